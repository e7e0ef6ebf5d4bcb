"""Pausing a platform, or – once it was confirmed – everything; and who hears of it."""

from collections import Counter
from collections.abc import Sequence

from bot.ids import PlatformId
from bot.links import LinkReason
from bot.pauses import ALL
from bot.people import Account
from bot.words import listed
from cards.content import AdminNotice, PauseAll
from handlers.ctx import Ctx
from handlers.planning import Row
from handlers.roles import administrators
from storage.plans import Plan
from storage.policies import Pause


def halt(ctx: Ctx, actor: Account, name: str) -> None:
    """From now on nothing is carried to or from there."""
    ctx.tx.policies.pause(name, Pause(ctx.now, actor.id))
    ctx.tx.acts.add(actor.id, "paused", name, {"messages": ctx.policy.paused})
    ctx.ruled = True
    tell(ctx, actor, *(("admin.paused.all", ALL) if name == ALL else ("admin.paused", _title(ctx, name))))


def tell(ctx: Ctx, actor: Account, key: str, what: str) -> None:
    """Every other administrator hears of it, once, where they live."""
    mine = ctx.tx.people.by_account(actor.id)
    known = {account.id for account in mine.accounts.values()} if mine else {actor.id}
    facts = AdminNotice(key, actor.name, what, LinkReason.NONE)
    for account in administrators(ctx)[:20]:
        if account.id not in known:
            ctx.show(account, facts, subject=f"admin:{key}")


# -- everything, as a plan about nobody in particular ------------------------------------------------


def look(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> list[str]:
    return ["" for _ in rows]


def act(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> Counter[str]:
    return Counter()


def face(ctx: Ctx, plan: Plan) -> PauseAll:
    titles = listed([_title(ctx, platform) for platform in sorted(ctx.policy.platforms)])
    state = plan.state if plan.state in ("done", "cancelled") else "open"
    return PauseAll(plan.id, plan.number, titles, ctx.policy.paused == "refuse", state)


def ended(ctx: Ctx, plan: Plan) -> None:
    """It was confirmed, or cancelled."""
    actor = ctx.tx.people.account(plan.by)
    if plan.state == "done" and actor is not None and ALL not in ctx.tx.policies.rules().pauses:
        halt(ctx, actor, ALL)


def _title(ctx: Ctx, name: str) -> str:
    return ctx.policy.title(PlatformId(name))
