"""Writing CSV that a spreadsheet opens as it is: UTF-8 with its mark, and no cell that would be calculated. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

MARK = "\ufeff"
"""Begins the file, so that spreadsheets read it as UTF-8."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def rows(lines: Iterable[Sequence[object]]) -> str:
    """Lines of cells as CSV; None is an empty cell."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[_cell(cell) for cell in line] for line in lines])
    return out.getvalue()


def _cell(value: object) -> str:
    """A leading apostrophe makes a formula a text."""
    words = "" if value is None else str(value)
    return f"'{words}" if words.startswith(DANGEROUS) else words
