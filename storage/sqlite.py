"""The embedded database: one writer thread with group commit, a few read-only connections.

``synchronous=FULL``: what was answered with 200 survives a power cut. A savepoint per piece of work keeps one failure
from rolling back the others of its group.
"""

import asyncio
import concurrent.futures
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.migrate import outdated

if TYPE_CHECKING:
    from storage.store import Store, Tx

T = TypeVar("T")
GROUP = 256
READERS = 4
Ticket = tuple["Callable[[Tx], Any]", "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class SqliteEngine:
    def __init__(self, store: "Store") -> None:
        self.store = store
        self.path = Path(make_url(store.url).database or "")
        self._tickets: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._readers = concurrent.futures.ThreadPoolExecutor(READERS, "mio-read")
        self._local = threading.local()
        self._open: list[Connection] = []
        self._engine = create_engine(store.url, poolclass=NullPool, connect_args={"check_same_thread": False})
        event.listen(self._engine, "connect", _on_connect)
        event.listen(self._engine, "begin", lambda conn: None)

    async def open(self) -> None:
        from storage.store import StoreError

        try:
            with self._engine.connect() as conn:
                stale = outdated(conn)
        except DBAPIError as fault:
            raise StoreError(f"cannot open the database {self.path}: {fault.orig}") from None
        if stale:
            raise StoreError(f"the database {self.path} is not migrated: run `python app.py migrate`")
        self._writer = threading.Thread(target=self._write_all, name="mio-write", daemon=True)
        self._writer.start()

    async def close(self) -> None:
        if self._writer is not None:
            self._tickets.put(None)
            await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        for conn in self._open:
            conn.close()
        self._engine.dispose()

    # -- writing ---------------------------------------------------------------------------------

    async def write(self, work: "Callable[[Tx], T]") -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._tickets.put((work, done, loop))
        return await done

    def _write_all(self) -> None:
        """The writer thread: drain, one transaction, answer; until told to end."""
        conn = self._engine.connect()
        ending = False
        while not ending:
            group: list[Ticket] = []
            ticket = self._tickets.get()
            while ticket is not None:
                group.append(ticket)
                if len(group) >= GROUP or self._tickets.empty():
                    break
                ticket = self._tickets.get()
            ending = ticket is None
            if group:
                self._commit(conn, group)
        conn.close()

    def _commit(self, conn: Connection, group: list[Ticket]) -> None:
        answers: list[tuple[Ticket, Any, BaseException | None]] = []
        enqueued = False
        try:
            raw = conn.connection.driver_connection
            assert raw is not None
            raw.execute("BEGIN IMMEDIATE")
            for ticket in group:
                answer, fault, woke = self._piece(conn, raw, ticket)
                enqueued = enqueued or woke
                answers.append((ticket, answer, fault))
            raw.execute("COMMIT")
        except Exception as fault:
            answers = [(ticket, None, fault) for ticket in group]
            _roll_back(conn)
        _answer(answers)
        if enqueued:
            loop = group[0][2]
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.store.wake)

    def _piece(self, conn: Connection, raw: Any, ticket: Ticket) -> tuple[Any, BaseException | None, bool]:
        from storage.store import Tx

        raw.execute("SAVEPOINT piece")
        tx = Tx(conn, self.store.keys, self.store.clock)
        try:
            answer = ticket[0](tx)
        except Exception as fault:
            raw.execute("ROLLBACK TO piece")
            raw.execute("RELEASE piece")
            return None, fault, False
        raw.execute("RELEASE piece")
        return answer, None, tx.queue.enqueued

    # -- reading ---------------------------------------------------------------------------------

    async def read(self, work: "Callable[[Tx], T]") -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: "Callable[[Tx], T]") -> T:
        from storage.store import Tx

        conn: Connection | None = getattr(self._local, "conn", None)
        if conn is None:
            conn = self._engine.connect()
            conn.connection.driver_connection.execute("PRAGMA query_only=1")  # type: ignore[union-attr]
            self._local.conn = conn
            self._open.append(conn)
        return work(Tx(conn, self.store.keys, self.store.clock))


def _on_connect(dbapi_connection: Any, _record: Any) -> None:
    """Autocommit mode: transactions are begun and ended by hand, so that a group shares one."""
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=1", "cache_size=-16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _roll_back(conn: Connection) -> None:
    raw = conn.connection.driver_connection
    if raw is not None and raw.in_transaction:
        raw.execute("ROLLBACK")


def _answer(answers: "list[tuple[Ticket, Any, BaseException | None]]") -> None:
    """Resolve the futures of a group, one wake-up per loop."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any, BaseException | None]]] = {}
    for (_, done, loop), answer, fault in answers:
        loops.setdefault(loop, []).append((done, answer, fault))
    for loop, mine in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, mine)


def _resolve(answers: "list[tuple[asyncio.Future[Any], Any, BaseException | None]]") -> None:
    for done, answer, fault in answers:
        if done.done():
            continue
        if fault is not None:
            done.set_exception(fault)
        else:
            done.set_result(answer)
