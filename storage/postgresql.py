"""PostgreSQL through asyncpg: the same synchronous repositories, run on the loop's connection.

NOTIFY only wakes; the poll is the truth. With a direct address beside the usual one a pooler is assumed to stand
between, and prepared statements are not kept.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import asyncpg
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from storage.migrate import outdated

if TYPE_CHECKING:
    from storage.store import Store, Tx

T = TypeVar("T")
CHANNEL = "mio_jobs"
TRIES = 4
AGAIN = ("40001", "40P01", "23505")
"""Serialization failure, deadlock, and a unique key that another transaction was faster with: run it again, and the
transaction sees what the other one did."""


class PostgresqlEngine:
    def __init__(self, store: "Store", direct_url: str) -> None:
        self.store = store
        self.url = make_url(store.url).set(drivername="postgresql+asyncpg")
        self.direct = make_url(direct_url).set(drivername="postgresql")
        pooled = self.direct.host != self.url.host or self.direct.port != self.url.port
        cache = {"statement_cache_size": 0, "prepared_statement_cache_size": 0} if pooled else {}
        self._engine = create_async_engine(
            self.url, pool_size=10, max_overflow=5, connect_args={**cache, "timeout": 10}
        )
        self._listener: asyncio.Task[None] | None = None

    async def open(self) -> None:
        from storage.store import StoreError

        try:
            async with self._engine.connect() as conn:
                stale = await conn.run_sync(outdated)
        except (DBAPIError, OSError) as fault:
            raise StoreError(f"cannot reach the database {self.url.host or ''}: {type(fault).__name__}") from None
        if stale:
            raise StoreError("the database is not migrated: run `python app.py migrate`")
        self._listener = asyncio.create_task(self._listen())

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        await self._engine.dispose()

    async def write(self, work: "Callable[[Tx], T]") -> T:
        for attempt in range(TRIES):
            try:
                return await self._write(work)
            except DBAPIError as fault:
                if getattr(fault.orig, "sqlstate", None) not in AGAIN or attempt == TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    async def _write(self, work: "Callable[[Tx], T]") -> T:
        from storage.store import Tx

        def run(conn: Connection) -> tuple[T, bool]:
            tx = Tx(conn, self.store.keys, self.store.clock)
            answer = work(tx)
            if tx.queue.enqueued:
                conn.execute(text(f"NOTIFY {CHANNEL}"))
            return answer, tx.queue.enqueued

        async with self._engine.begin() as conn:
            answer, enqueued = await conn.run_sync(run)
        if enqueued:
            self.store.wake()
        return answer

    async def read(self, work: "Callable[[Tx], T]") -> T:
        from storage.store import Tx

        def run(conn: Connection) -> T:
            conn.execute(text("SET TRANSACTION READ ONLY"))
            return work(Tx(conn, self.store.keys, self.store.clock))

        async with self._engine.connect() as conn:
            return await conn.run_sync(run)

    async def _listen(self) -> None:
        """Be woken by other processes; a lost connection is made anew, the poll covers the time between."""
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
                conn = await asyncpg.connect(self.direct.render_as_string(hide_password=False), timeout=10)
                try:
                    await conn.add_listener(CHANNEL, lambda *_: self.store.wake())
                    while not conn.is_closed():
                        await asyncio.sleep(5)
                finally:
                    await conn.close(timeout=2)
            await asyncio.sleep(5)
