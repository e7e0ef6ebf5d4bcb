"""Runs benchmarks by name: ``python app.py bench [NAME] [--json]``; a name may say what of it, such as ``relay:slack-zoom``."""

import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from bench import admin, people, relay

Rows = list[dict[str, Any]]


async def _page() -> Rows:
    """Imported late: it needs a browser's driver, which the program does not."""
    found: dict[str, Any] = await importlib.import_module("bench.page").run()
    return [found]


ALL: dict[str, Callable[[], Coroutine[Any, Any, Rows]]] = {
    "relay": relay.run,
    "import": people.run,
    "admin": admin.run,
    "page": _page,
}
PARTS: dict[str, Callable[[str], Coroutine[Any, Any, Rows]]] = {"relay": relay.run, "admin": admin.run}
"""Those that can do a part of themselves. Raise ``ValueError`` for one they do not have."""


def command(name: str, as_json: bool) -> int:
    """Run one benchmark, or all. Returns the exit status."""
    chosen, _, part = name.partition(":")
    if name and chosen not in (PARTS if part else ALL):
        print(f"mio: no benchmark {name}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    for one in [chosen] if name else ALL:
        try:
            rows = asyncio.run(PARTS[one](part) if part else ALL[one]())
        except ValueError as fault:
            print(f"mio: {one}: {fault}", file=sys.stderr)
            return 2
        for line in (
            [json.dumps({one: row}, ensure_ascii=False) for row in rows] if as_json else [f"{one}:", *table(rows)]
        ):
            print(line)
    return 0


def table(rows: Rows) -> list[str]:
    """One row as names and values below each other; several beside each other, a column for each."""
    names = list(rows[0])
    columns = [[str(row[name]) for name in names] for row in rows]
    if len(rows) == 1:
        return [f"  {name:<42} {value}" for name, value in zip(names, columns[0], strict=True)]
    lines = [names, *columns]
    widths = [max(len(line[n]) for line in lines) for n in range(len(names))]
    return ["  " + "  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True)) for line in lines]
