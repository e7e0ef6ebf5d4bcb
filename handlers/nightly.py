"""The night's import: when it is due, and the one line about it to the administrators – only when something changed."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.hours import zone
from bot.ids import CardId
from cards.content import NightlyImport
from handlers.ctx import Ctx
from handlers.roles import administrators
from storage.runs import Run

BEGINS, ENDS = 2, 6
"""Hours in the company's time zone: whoever was down at two catches up until six, and not in the middle of a working day."""
RECENT = timedelta(hours=6)
"""What somebody imported so shortly before need not be read again."""
MOST = 20
"""Administrators who hear of it."""


def day(ctx: Ctx) -> date | None:
    """The day whose night it is; None: it is not night."""
    local = ctx.now.astimezone(zone(ctx.policy.time_zone, ctx.policy.time_zone))
    return local.date() if BEGINS <= local.hour < ENDS else None


def report(ctx: Ctx, card: CardId, runs: Sequence[Run]) -> None:
    """All runs of the night have ended. Newcomers are counted since the import before, however they became known."""
    before = ctx.tx.runs.before(card)
    facts = NightlyImport(
        newcomers=ctx.tx.people.made_since(before) if before else 0,
        left=_sum(runs, "left"),
        conflicts=_sum(runs, "conflicts"),
        missing=_sum(runs, "not looked up"),
        stopped=tuple((ctx.policy.title(run.platform), run.reason) for run in runs if run.state == "stopped"),
    )
    if facts != NightlyImport():
        for account in administrators(ctx)[:MOST]:
            ctx.show(account, facts, subject="nightly")


def _sum(runs: Sequence[Run], name: str) -> int:
    return sum(run.counts.get(name, 0) for run in runs)
