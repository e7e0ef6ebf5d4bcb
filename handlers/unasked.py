"""Messages that nobody asked for: when the next one may go to somebody, and that one went."""

from collections.abc import Sequence
from datetime import datetime

from bot.people import Person
from handlers.asking import last_asked
from handlers.ctx import Ctx


def next_free(ctx: Ctx, person: Person) -> datetime:
    last = last_asked(ctx, person)
    return ctx.now if last is None else max(ctx.now, last + ctx.policy.throttle)


def sent(ctx: Ctx, people: Sequence[Person]) -> None:
    return None
