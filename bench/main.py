"""Runs benchmarks by name: ``python app.py bench [NAME] [--json]``."""

import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from bench import people, relay

Bench = Callable[[], Coroutine[Any, Any, dict[str, Any]]]


async def _page() -> dict[str, Any]:
    """Imported late: it needs a browser's driver, which the program does not."""
    found: dict[str, Any] = await importlib.import_module("bench.page").run()
    return found


ALL: dict[str, Bench] = {"relay": relay.run, "import": people.run, "page": _page}


def command(name: str, as_json: bool) -> int:
    """Run one benchmark, or all. Returns the exit status."""
    if name and name not in ALL:
        print(f"mio: no benchmark {name}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    for chosen in [name] if name else ALL:
        found = asyncio.run(ALL[chosen]())
        if as_json:
            print(json.dumps({chosen: found}))
        else:
            print(f"{chosen}:")
            for key, value in found.items():
                print(f"  {key:<42} {value}")
    return 0
