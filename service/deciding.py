"""Decides over events in one transaction with their job's end. The only place where handlers are called.

What a call brought about cannot be undone by losing a lease: such results are recorded whoever holds the stream.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

import structlog

from bot.events import (
    AppLost,
    CardShown,
    Event,
    Failed,
    Granted,
    GrantLost,
    MessageSent,
    PlanProceeded,
    Renewed,
    Ticked,
)
from bot.ids import platform_of
from bot.links import State
from bot.orders import Decode, Post, Proceed, Tick, platform_of_order
from bot.pauses import Stop
from bot.platform import NotAuthorised
from bot.ready import GrantKind
from handlers import decide, pausing
from handlers.ctx import Count, Ctx, Policy
from storage.queue import Job
from storage.store import Store, Tx

log = structlog.get_logger("mio.engine")

FACTS = (MessageSent, CardShown, Granted, Renewed)
"""Results that stand at the platform, whether or not we still hold the lease."""


class Fenced(Exception):
    """The stream was taken over: roll back."""


class Decider:
    def __init__(
        self,
        store: Store,
        policy: Callable[[], Policy],
        relearn: Callable[[], Awaitable[None]],
        forget_grant: Callable[[str], None],
        counted: Callable[[Iterable[Count]], None],
    ) -> None:
        self.store = store
        self.policy = policy
        self.relearn = relearn
        self.forget_grant = forget_grant
        self.counted = counted

    @staticmethod
    def told(order: Tick | Proceed) -> Sequence[Event]:
        """Orders that need no call are events at once."""
        match order:
            case Tick():
                return [Ticked(order.name, order.slot)]
            case Proceed():
                return [PlanProceeded(order.plan, order.offset)]

    async def done(self, job: Job, events: Sequence[Event], last: bool) -> bool:
        """Decide over ``events`` and end the job in one transaction. False: the stream is not ours any more."""

        def work(tx: Tx) -> Ctx:
            ctx = Ctx(tx, self.policy())
            for event in events:
                decide(event, ctx)
            if not tx.queue.done(job):
                if not any(isinstance(event, FACTS) for event in events):
                    raise Fenced
            elif last:
                tx.queue.release(job.stream, job.owner, job.epoch)
            return ctx

        try:
            ctx = await self.store.write(work)
        except Fenced:
            log.warning("fenced", job=job.id, kind=job.kind)
            return False
        await self._after(ctx)
        return True

    async def advanced(self, events: Sequence[Event]) -> None:
        """One part of a longer order is there; its job goes on."""

        def work(tx: Tx) -> Ctx:
            ctx = Ctx(tx, self.policy())
            for event in events:
                decide(event, ctx)
            return ctx

        await self._after(await self.store.write(work))

    async def ended(self, job: Job, last: bool) -> bool:
        return await self.done(job, [], last)

    async def refused(self, job: Job, reason: str, last: bool) -> bool:
        """It will never work: whoever waits for it hears why."""
        log.warning("refused", job=job.id, kind=job.kind, why=reason)
        if isinstance(job.order, Decode):
            return await self.set_aside(job, reason, last)
        return await self.done(job, [Failed(job.order, reason)], last)

    async def unknown(self, job: Job, last: bool) -> bool:
        log.warning("outcome unknown", job=job.id, kind=job.kind)
        return await self.done(job, [Failed(job.order, "unknown", unknown=True)], last)

    async def set_aside(self, job: Job, reason: str, last: bool) -> bool:
        """A payload nobody can read: kept sealed with its reason, and the stream goes on."""
        log.warning("set aside", job=job.id, kind=job.kind, why=reason)

        def work(tx: Tx) -> None:
            tx.queue.dead(job, reason)
            if last:
                tx.queue.release(job.stream, job.owner, job.epoch)

        await self.store.write(work)
        return True

    async def lost(self, job: Job, lost: NotAuthorised, began: datetime) -> bool:
        """A permission is over: decide over that, and hold this stream until it is given again.

        ``began``: when the call was made; a permission given since then is another one.
        """
        event: Event
        if lost.account is not None:
            event, wait = GrantLost(lost.account, lost.reason, began, str(lost)), f"grant:{lost.account}"
        else:
            platform = platform_of_order(job.order)
            event, wait = AppLost(platform, began, str(lost)), f"app:{platform}"

        def work(tx: Tx) -> Ctx:
            ctx = Ctx(tx, self.policy())
            decide(event, ctx)
            if _nothing_to_wait_for(tx, job, lost):
                tx.queue.later(job, tx.now, wait, certain=True)
            else:
                tx.queue.hold(job, wait)
            return ctx

        ctx = await self.store.write(work)
        log.warning("held", job=job.id, kind=job.kind, waits=wait, why=str(lost))
        await self._after(ctx)
        return False

    async def paused(self, job: Job, stop: Stop) -> bool:
        """Hold the stream for as long as the pause stands; if it has ended meanwhile, go on at once."""
        assert isinstance(job.order, Post), "only messages wait for a pause"
        order = job.order

        def work(tx: Tx) -> Ctx:
            ctx = Ctx(tx, self.policy())
            if not pausing.stands(ctx, stop):
                ctx.ruled = True
                tx.queue.later(job, tx.now, stop.key, certain=job.claimed is None)
            elif tx.queue.hold(job, stop.key):
                pausing.held(ctx, order, stop, job.stream)
            return ctx

        await self._after(await self.store.write(work))
        log.info("paused", job=job.id, waits=stop.key)
        return False

    async def _after(self, ctx: Ctx) -> None:
        if ctx.ruled:
            await self.relearn()
        for grant in ctx.grants:
            self.forget_grant(grant)
        self.counted(ctx.counts)


def _nothing_to_wait_for(tx: Tx, job: Job, lost: NotAuthorised) -> bool:
    """The permission was given anew meanwhile, or the link was taken back and the message will end with that reason."""
    if lost.account is None:
        return False
    if tx.grants.get(GrantKind.PERSON, platform_of(lost.account), lost.account) is not None:
        return True
    if not isinstance(job.order, Post):
        return False
    return tx.links.get(job.order.author, job.order.platform).state is State.NOT_CREATED
