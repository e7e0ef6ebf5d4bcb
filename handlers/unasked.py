"""Messages that nobody asked for: at most one a day for each person, of all kinds together.

Notices about a person's own messages, answers to their commands, and what an administrator does to a few people go at once –
and count. Whatever may not go now waits for its day; nothing is left out, and no two go together.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from bot.ids import PersonId
from bot.people import Person
from handlers.ctx import Ctx


def next_free(ctx: Ctx, person: Person) -> datetime:
    """When the person may get the next one; now, if nothing stands against it."""
    last = ctx.tx.unasked.last(person.id)
    return ctx.now if last is None else max(ctx.now, last + ctx.policy.throttle)


def next_free_of(ctx: Ctx, persons: Collection[PersonId]) -> dict[PersonId, datetime]:
    """The same for many."""
    last = ctx.tx.unasked.many(persons)
    return {p: max(ctx.now, last[p] + ctx.policy.throttle) if p in last else ctx.now for p in persons}


def sent(ctx: Ctx, people: Sequence[Person], at: datetime | None = None) -> None:
    """One goes to each of them now, or ``at`` a later moment."""
    ctx.tx.unasked.note([person.id for person in people], at or ctx.now)


def show(ctx: Ctx, person: Person, facts: Any, *, at_once: bool, subject: str = "") -> None:
    """Show a card at home, now or on the next day that is free; whoever has no home sees nothing."""
    if person.home is None:
        return
    due = ctx.now if at_once else next_free(ctx, person)
    ctx.show(person.home, facts, subject=subject, due=due if due > ctx.now else None)
    sent(ctx, [person], due)
