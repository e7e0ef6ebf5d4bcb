"""Benchmarks: one file each; they print ratios, and no test depends on them."""
