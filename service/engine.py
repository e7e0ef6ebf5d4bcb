"""Works through the jobs: lease streams, carry orders out, decide over what came of them, record it.

No transaction is open while a platform is called; what a call brought is decided in the same transaction that marks
its job done. Retrying, holding and giving up live here and nowhere else.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from bot.events import Event
from bot.orders import Decode, Order, Proceed, Tick
from bot.platform import Gone, NotAuthorised, Refused, TryLater, Undecodable
from service.deciding import Decider
from service.performing import Paused, Performer, Unknown
from storage.queue import Job
from storage.store import Store, Tx

log = structlog.get_logger("mio.engine")

REQUEST_TIMEOUT = timedelta(seconds=5)
LEASE = timedelta(seconds=30)
FIRST_RETRY = timedelta(seconds=1)
POISON = 5
"""A payload that made us stumble so often is set aside: it must not hold up the rest of its stream for days."""
LAST_RETRY = timedelta(minutes=5)


class Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Width:
    """How much is worked on at the same time."""

    streams: int = 48
    lease: int = 16
    rows: int = 16


def retry_delay(attempts: int) -> timedelta:
    """Exponential with jitter, so that a thousand streams do not come back in the same second."""
    grown: timedelta = min(FIRST_RETRY * (2 ** min(attempts, 10)), LAST_RETRY)
    return grown * random.uniform(0.5, 1.0)


class Engine:
    """One worker; any number may run over one PostgreSQL database."""

    def __init__(
        self,
        store: Store,
        performer: Performer,
        decider: Decider,
        clock: Clock,
        owner: str,
        hold: Callable[[], timedelta],
    ) -> None:
        self.store = store
        self.performer = performer
        self.decider = decider
        self.clock = clock
        self.owner = owner
        self.hold = hold
        self.width = Width()
        self._tasks: set[asyncio.Task[None]] = set()
        self._active: dict[str, asyncio.Task[None]] = {}
        """By stream, the task that works on it."""
        self._freed = asyncio.Event()
        self.rested = asyncio.Event()
        """Set whenever a look at the queue found nothing to do and nothing is under way."""
        self._stopping = False

    # -- the loop --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until cancelled; streams under way are finished first."""
        try:
            while True:
                busy = await self._round()
                if busy:
                    self.rested.clear()
                    continue
                if not self._tasks:
                    self.rested.set()
                await self._pause()
        finally:
            self._stopping = True
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _round(self) -> bool:
        free = self.width.streams - len(self._tasks)
        if free <= 0:
            self._freed.clear()
            await self._freed.wait()
            return True
        try:
            until = self.clock.now() + LEASE
            batches = await self.store.write(
                lambda tx: tx.queue.lease(self.owner, until, min(free, self.width.lease), self.width.rows)
            )
        except Exception as fault:
            log.error("lease failed", fault=type(fault).__name__)
            return False
        for batch in batches:
            stream = batch[0].stream
            task = asyncio.create_task(self._stream(batch, until, self._active.get(stream)))
            self._active[stream] = task
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, stream))
        return bool(batches)

    def _ended(self, stream: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._active.get(stream) is task:
            del self._active[stream]
        self._freed.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("stream failed", exc_info=task.exception())

    async def _pause(self) -> None:
        due = await self.store.read(lambda tx: tx.queue.next_due())
        wait = 1.0 if due is None else (due - self.clock.now()).total_seconds()
        await self.store.woken(min(1.0, max(0.0, wait)))

    @property
    def working(self) -> bool:
        return bool(self._tasks)

    # -- one stream ------------------------------------------------------------------------------

    async def _stream(self, batch: Sequence[Job], lease_ends: datetime, before: asyncio.Task[None] | None) -> None:
        """The leased rows of one stream, one after another; the first that must wait ends the turn.

        ``before``: our own earlier turn, whose lease ran out under it because the clock was set forward. Its call may
        still be under way, so it is waited for. A lease that has nearly run out is made sure of before anything is called.
        """
        if before is not None:
            await asyncio.wait({before})
        last = len(batch) - 1
        for index, job in enumerate(batch):
            if self._stopping:
                await self._give_back(batch[index:])
                return
            if lease_ends - self.clock.now() < LEASE / 2:
                lease_ends = self.clock.now() + LEASE
                if not await self._beat(job, lease_ends):
                    return
            if not await self._job(job, index == last):
                await self._unclaim(batch[index + 1 :])
                return

    async def _beat(self, job: Job, until: datetime) -> bool:
        return await self.store.write(lambda tx: tx.queue.beat(job.stream, job.owner, job.epoch, until))

    async def _unclaim(self, jobs: Sequence[Job]) -> None:
        if jobs:
            await self.store.write(lambda tx: tx.queue.unclaim(jobs))

    async def _give_back(self, jobs: Sequence[Job]) -> None:
        first = jobs[0]

        def back(tx: Tx) -> None:
            tx.queue.unclaim(jobs)
            tx.queue.release(first.stream, first.owner, first.epoch)

        await self.store.write(back)

    async def _job(self, job: Job, last: bool) -> bool:
        """Carry one order out. False: the stream's turn is over (waiting, held, or leased by somebody else)."""
        began = self.clock.now()
        try:
            return await self._carry_out(job, last)
        except TryLater as later:
            return await self._later(job, later.after, str(later), later.certain)
        except NotAuthorised as lost:
            return await self.decider.lost(job, lost, began)
        except Paused as paused:
            return await self.decider.paused(job, paused.stop)
        except Gone as gone:
            log.info("gone", kind=job.kind, job=job.id, why=str(gone))
            return await self.decider.ended(job, last)
        except Refused as refused:
            return await self.decider.refused(job, str(refused), last)
        except Unknown:
            return await self.decider.unknown(job, last)
        except Undecodable as fault:
            return await self.decider.set_aside(job, str(fault), last)
        except asyncio.CancelledError:
            raise
        except Exception as fault:
            log.error("unexpected", kind=job.kind, job=job.id, exc_info=True)
            if isinstance(job.order, Decode) and job.attempts >= POISON:
                return await self.decider.set_aside(job, f"unexpected {type(fault).__name__}", last)
            return await self._later(job, None, type(fault).__name__, False)

    async def _carry_out(self, job: Job, last: bool) -> bool:
        order: Order = job.order
        match order:
            case Tick() | Proceed():
                events: Sequence[Event] = self.decider.told(order)
                return await self.decider.done(job, events, last)
            case Decode():
                events = await self.performer.decode(order.platform, order.body)
                return await self.decider.done(job, events, last)
            case _:
                return await self._call(job, last)

    async def _call(self, job: Job, last: bool) -> bool:
        """Orders that call a platform; a long message is several calls, each recorded before the next."""
        while True:
            outcome = await self.performer.perform(job)
            if outcome is None:
                return await self.decider.ended(job, last)
            if not outcome.more:
                return await self.decider.done(job, outcome.events, last)
            await self.decider.advanced(outcome.events)
            job = replace(job, claimed=None)

    async def _later(self, job: Job, after: timedelta | None, why: str, certain: bool) -> bool:
        """Due again later; nothing dies by count, only ``MIO_HOLD`` after its time."""
        now = self.clock.now()
        if now - max(job.at, job.made) > self.hold():
            return await self.decider.refused(job, "expired", True)
        delay = retry_delay(job.attempts) if after is None else after
        if not certain:
            delay = max(delay, REQUEST_TIMEOUT)
        log.info("later", kind=job.kind, job=job.id, why=why, seconds=round(delay.total_seconds(), 3))
        await self.store.write(lambda tx: tx.queue.later(job, now + delay, why, certain))
        return False
