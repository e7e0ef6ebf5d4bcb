"""Housekeeping at every tick: tokens renewed before they end, what was held too long given up, old rows forgotten."""

from datetime import timedelta

from bot.events import Ticked
from bot.orders import Post, RenewGrant
from handlers.ctx import Ctx
from handlers.dm import failed_post

BATCH = 200
AHEAD = timedelta(minutes=15)
"""Tokens that end sooner than this are renewed by the clock, so that messages seldom wait for it."""


def renew(event: Ticked, ctx: Ctx) -> None:
    """Renewing has its own stream per grant, so the clock and a sender never renew the same grant at once."""
    for grant in ctx.tx.grants.expiring(ctx.now + AHEAD, BATCH):
        key = f"renew:{grant.id}:{grant.since.timestamp()}"
        ctx.put(RenewGrant(grant.id, grant.platform, grant.since), key=key)


def give_up(event: Ticked, ctx: Ctx) -> None:
    """Messages held longer than ``MIO_HOLD`` end here, and their writers are told."""
    for job in ctx.tx.queue.held_since(ctx.now - ctx.policy.hold, BATCH):
        if isinstance(job.order, Post):
            failed_post(ctx, job.order, "expired", unknown=False)
        ctx.tx.queue.drop(job)


def forget(event: Ticked, ctx: Ctx) -> None:
    """Unique keys after their time, set-aside payloads after the hold, ids and outcomes after ``MIO_KEEP``."""
    ctx.tx.queue.forget(ctx.now, ctx.now - ctx.policy.hold)
    ctx.tx.dms.forget(ctx.now - ctx.policy.keep)
    ctx.tx.cards.forget(ctx.now - ctx.policy.keep)
    ctx.tx.links.forget_attempts(ctx.now - timedelta(days=1))
