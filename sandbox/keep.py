"""What survives a restart of the sandbox: documents by kind and key in one file, written in batches behind the work."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

BEHIND = 0.1


class Keep:
    """``path`` None: nothing is kept (tests). Reading gives what a former run left, never this run's changes."""

    def __init__(self, path: Path | None) -> None:
        self._held: dict[tuple[str, str], Any] = {}
        self._new: dict[tuple[str, str], Any] = {}
        self._conn: sqlite3.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._conn = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._conn.execute("PRAGMA journal_mode=WAL")
            self._conn.execute("PRAGMA synchronous=OFF")
            self._conn.execute(
                "CREATE TABLE IF NOT EXISTS docs (kind TEXT, key TEXT, value BLOB, PRIMARY KEY (kind, key))"
            )
            for kind, key, value in self._conn.execute("SELECT kind, key, value FROM docs"):
                self._held[kind, key] = orjson.loads(value)

    def get(self, kind: str, key: str) -> Any:
        return self._held.get((kind, key))

    def all(self, kind: str) -> Iterator[tuple[str, Any]]:
        return ((key, value) for (k, key), value in list(self._held.items()) if k == kind)

    def put(self, kind: str, key: str, value: Any) -> None:
        """None erases. On disk within a tenth of a second."""
        if self._conn is None:
            return
        self._new[kind, key] = value
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._later())

    async def _later(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), BEHIND)
        while self._new:
            batch, self._new = self._new, {}
            await asyncio.to_thread(self._write, batch)

    def _write(self, batch: dict[tuple[str, str], Any]) -> None:
        assert self._conn is not None
        rows = [(kind, key, orjson.dumps(value)) for (kind, key), value in batch.items() if value is not None]
        gone = [(kind, key) for (kind, key), value in batch.items() if value is None]
        self._conn.execute("BEGIN")
        self._conn.executemany("INSERT OR REPLACE INTO docs VALUES (?, ?, ?)", rows)
        self._conn.executemany("DELETE FROM docs WHERE kind = ? AND key = ?", gone)
        self._conn.execute("COMMIT")

    async def close(self) -> None:
        """Everything is on disk afterwards: a write under way is waited for, since two on one connection collide."""
        self._hurry.set()
        if self._task is not None:
            await self._task
        if self._conn is not None:
            self._conn.close()
