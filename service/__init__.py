"""How the process runs: the only folder that knows everybody."""
