"""Housekeeping at every tick: tokens renewed before they end, what was held too long given up, old rows forgotten."""

from datetime import timedelta

from bot.events import Ticked
from bot.orders import FetchMembers, LookUpMember, Post, RenewGrant
from bot.relay import Reason
from handlers import directory
from handlers.ctx import Ctx
from handlers.dm import failed_post

BATCH = 200
SETTLED = timedelta(minutes=2)
AHEAD = timedelta(minutes=15)
"""Tokens that end sooner than this are renewed by the clock, so that messages seldom wait for it."""


def renew(event: Ticked, ctx: Ctx) -> None:
    """Renewing has its own stream per grant, so the clock and a sender never renew the same grant at once."""
    for grant in ctx.tx.grants.expiring(ctx.now + AHEAD, BATCH):
        key = f"renew:{grant.id}:{grant.since.timestamp()}"
        ctx.put(RenewGrant(grant.id, grant.platform, grant.since), key=key)


def give_up(event: Ticked, ctx: Ctx) -> None:
    """Whatever was held longer than ``MIO_HOLD`` ends here: writers are told, an import does not run for ever."""
    for job, waits in ctx.tx.queue.held_since(ctx.now - ctx.policy.hold, BATCH):
        match job.order:
            case Post() as order:
                paused = waits.startswith("pause:")
                failed_post(ctx, order, Reason.PAUSE_EXPIRED if paused else Reason.EXPIRED, unknown=False)
            case FetchMembers(run=run):
                directory.stopped(ctx, run, Reason.EXPIRED)
            case LookUpMember(run=run) if run is not None:
                directory.not_looked_up(ctx, run)
            case _:
                ctx.count("mio_events_total", "", job.kind, Reason.EXPIRED)
        ctx.tx.queue.drop(job)


def chain(event: Ticked, ctx: Ctx) -> None:
    """The audit log gets its next link; what is younger than any transaction may last waits for the next one."""
    ctx.tx.acts.chain(ctx.now - SETTLED)


def forget(event: Ticked, ctx: Ctx) -> None:
    """Unique keys after their time, set-aside payloads after the hold, ids and outcomes after ``MIO_KEEP``."""
    ctx.tx.queue.forget(ctx.now, ctx.now - ctx.policy.hold)
    ctx.tx.dms.forget(ctx.now - ctx.policy.keep)
    ctx.tx.plans.forget_lost(ctx.now - timedelta(days=1))
    ctx.tx.plans.forget_people(ctx.now - timedelta(days=30))
    ctx.tx.plans.forget(ctx.now - ctx.policy.keep)
    ctx.tx.cards.forget(ctx.now - ctx.policy.keep)
    ctx.tx.links.forget_attempts(ctx.now - timedelta(days=1))
