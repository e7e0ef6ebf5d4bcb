"""Days of a roll-out: which still have room for a first card, and days and spans in words. Reads only."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from bot.hours import zone
from bot.words import say
from handlers.ctx import Ctx

FURTHEST = 3_660
"""Days ahead in which a place is looked for."""


def today(ctx: Ctx) -> date:
    """The company's own day."""
    return ctx.now.astimezone(zone(ctx.policy.time_zone, "UTC")).date()


def room(ctx: Ctx) -> Iterator[date]:
    """For each further first card its day: working days, each until it is full; today only while it is open."""
    here, hours = zone(ctx.policy.time_zone, "UTC"), ctx.policy.hours
    first = today(ctx)
    taken = ctx.tx.plans.first_cards(first)
    over = ctx.now.astimezone(here).time() >= hours.end
    for ahead in range(int(over), FURTHEST):
        day = first + timedelta(days=ahead)
        if day.weekday() in hours.days:
            for _ in range(ctx.policy.per_day - taken.get(day, 0)):
                yield day
    while True:
        yield first + timedelta(days=FURTHEST)


def last_of(ctx: Ctx, people: int) -> date:
    """The day of the last first card, if so many more are planned now."""
    return next(islice(room(ctx), max(0, people - 1), None))


def in_words(day: date) -> str:
    """Tuesday 12 May."""
    return f"{day:%A} {day.day} {day:%B}"


def moment_in_words(ctx: Ctx, at: datetime, time_zone: str | None) -> str:
    """Tuesday 12 May, 14:02 – where the reader is."""
    local = at.astimezone(zone(time_zone, ctx.policy.time_zone))
    return f"{in_words(local.date())}, {local:%H:%M}"


def span_in_words(span: timedelta) -> str:
    """3 days, 36 hours, 90 minutes."""
    minutes = int(span.total_seconds() // 60)
    for unit, size in (("days", 1_440), ("hours", 60)):
        if minutes >= size and minutes % size == 0:
            return say(f"span.{unit}", count=minutes // size)
    return say("span.minutes", count=minutes)
