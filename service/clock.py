"""The clock of the process: real time, shifted on purpose in demonstrations and tests, and the ticks made from it.

APScheduler with its memory store only says "now"; a tick becomes a row with a unique key, so any number of processes
may run it and one of them wins.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.orders import Tick
from storage.queue import BULK, NewJob
from storage.store import Store


class RealClock:
    """The system's time plus an offset; the offset is zero outside demonstrations."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        self.offset += by


def slot(now: datetime, interval: timedelta) -> datetime:
    """The beginning of the interval that ``now`` lies in, the same in every process."""
    seconds = int(interval.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def tick_job(name: str, at: datetime) -> NewJob:
    return NewJob(
        stream=f"tick:{name}", kind="Tick", order=Tick(name, at), at=at, rank=BULK, key=f"tick:{name}:{at.isoformat()}"
    )


class Ticker:
    """Submits each tick of the table once per interval."""

    def __init__(self, store: Store, clock: RealClock, table: Mapping[str, timedelta]) -> None:
        self.store = store
        self.clock = clock
        self.table = table
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    async def run(self) -> None:
        """Tick until cancelled; once at the start, so that a restart catches up."""
        await self.tick()
        shortest = min(self.table.values()).total_seconds()
        self._scheduler.add_job(
            self.tick, "interval", seconds=min(shortest, 20.0), max_instances=1, coalesce=True, jitter=2
        )
        self._scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            self._scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        """Put the current slot of every tick; a slot that is there already is not put again."""
        now = self.clock.now()
        await self.store.submit([tick_job(name, slot(now, interval)) for name, interval in self.table.items()])
