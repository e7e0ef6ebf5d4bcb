"""Opens the database and runs transactions. The only place that begins and ends one.

On SQLite every write goes through one thread with group commit; on PostgreSQL the same synchronous repositories run
through asyncpg. A transaction never waits for the network.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.platform import Clock
from storage.acts import Acts
from storage.cards import Cards
from storage.dms import Dms
from storage.dossier import Dossier
from storage.grants import Grants
from storage.leaving import Leaving
from storage.links import Links
from storage.matches import Matches
from storage.memory import Memory
from storage.parked import ParkedPeople
from storage.pauses import Pauses
from storage.people import People
from storage.plans import Plans
from storage.policies import Policies
from storage.queue import NewJob, Queue
from storage.runs import Runs
from storage.sealing import Keys
from storage.teams import Teams
from storage.unasked import Unasked

T = TypeVar("T")


class StoreError(Exception):
    """The database cannot be used; the message is one readable line."""


class Tx:
    """The repositories over one connection; ``now`` is fixed for the whole transaction."""

    def __init__(self, conn: Connection, keys: Keys, clock: Clock) -> None:
        self.conn = conn
        self.now = clock.now()
        self.queue = Queue(conn, keys, self.now)
        self.people = People(conn, self.now)
        self.matches = Matches(conn, self.people)
        self.links = Links(conn, keys, self.now)
        self.dms = Dms(conn, self.now)
        self.grants = Grants(conn, keys, self.now)
        self.cards = Cards(conn, self.now)
        self.runs = Runs(conn, self.now)
        self.plans = Plans(conn, self.now)
        self.leaving = Leaving(conn, keys)
        self.unasked = Unasked(conn)
        self.parked = ParkedPeople(conn, keys)
        self.acts = Acts(conn, keys, self.now)
        self.dossier = Dossier(conn)
        self.memory = Memory(conn)
        self.teams = Teams(conn)
        self.policies = Policies(conn)
        self.pauses = Pauses(conn)


Work = Callable[[Tx], T]


class Engine(Protocol):
    """What differs between the databases."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def write(self, work: Work[T]) -> T: ...

    async def read(self, work: Work[T]) -> T: ...


class Store:
    """The database as the rest of the program sees it."""

    def __init__(self, url: str, keys: Keys, clock: Clock, *, direct_url: str | None = None) -> None:
        self.url = url
        self.keys = keys
        self.clock = clock
        self._woken = asyncio.Event()
        self.embedded = url.startswith("sqlite")
        self._engine = _engine(self, direct_url or url)
        self._waiting: list[tuple[Sequence[NewJob], asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Raises ``StoreError`` in one readable line: unreachable, or not migrated."""
        await self._engine.open()
        if self.embedded:
            await self.write(lambda tx: tx.queue.free_all())

    async def close(self) -> None:
        if self._flushing is not None:
            await asyncio.gather(self._flushing, return_exceptions=True)
        await self._engine.close()

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in one transaction; what it enqueued wakes the workers."""
        return await self._engine.write(work)

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on a connection that cannot write."""
        return await self._engine.read(work)

    async def submit(self, jobs: Sequence[NewJob]) -> None:
        """Enqueue and return once it is on disk. Callers that come at the same time share one transaction."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((jobs, done))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        await done

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:256], self._waiting[256:]
            try:
                await self._put([job for jobs, _ in batch for job in jobs])
            except Exception as fault:
                await self._one_by_one(batch, fault)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def _put(self, jobs: Sequence[NewJob]) -> None:
        await self.write(lambda tx: tx.queue.put(jobs))

    async def _one_by_one(self, batch: list[tuple[Sequence[NewJob], asyncio.Future[None]]], fault: Exception) -> None:
        """A batch failed: nobody pays for somebody else's job."""
        for jobs, done in batch:
            if done.done():
                continue
            if len(batch) == 1:
                done.set_exception(fault)
                continue
            try:
                await self._put(jobs)
                done.set_result(None)
            except Exception as own:
                done.set_exception(own)

    async def ready(self) -> bool:
        """Whether the database answers."""
        try:
            await self.read(lambda tx: tx.conn.exec_driver_sql("SELECT 1").scalar())
        except (DBAPIError, OSError, StoreError):
            return False
        return True

    @property
    def submitting(self) -> bool:
        """Whether something that was submitted is on its way to disk."""
        return bool(self._waiting) or (self._flushing is not None and not self._flushing.done())

    # -- waking ----------------------------------------------------------------------------------

    def wake(self) -> None:
        self._woken.set()

    async def woken(self, seconds: float) -> None:
        """Return when jobs were committed, or after ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()


def _engine(store: Store, direct_url: str) -> Engine:
    if store.embedded:
        from storage.sqlite import SqliteEngine

        return SqliteEngine(store)
    from storage.postgresql import PostgresqlEngine

    return PostgresqlEngine(store, direct_url)


def embedded_url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'mio.db'}"
