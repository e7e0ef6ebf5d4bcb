"""Reminders by the timetable: who is due, within working hours of their own time zone, one card a person."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.events import Ticked
from bot.hours import next_open, zone
from bot.links import Effect, Happening, SyncLink, step
from bot.people import Person
from handlers.asking import ask, last_asked
from handlers.ctx import Ctx

BATCH = 200


def remind(event: Ticked, ctx: Ctx) -> None:
    """Claim the people whose reminder is due and put their cards; those outside working hours wait for them."""
    due = list(dict.fromkeys(link.person for link in ctx.tx.links.due(ctx.now, BATCH)))
    ctx.tx.people.lock(due)
    people = ctx.tx.people.many(due)
    for person_id in due:
        person = people.get(person_id)
        links = list(ctx.tx.links.of([person_id]).values())
        if person is None or person.excluded or person.home is None:
            _put_off(ctx, links, ctx.now + timedelta(days=1))
            continue
        opens = next_open(_earliest(ctx, person), zone(person.time_zone, ctx.policy.time_zone), ctx.policy.hours)
        if opens > ctx.now:
            _put_off(ctx, links, opens)
            continue
        _one(ctx, person, links)


def _earliest(ctx: Ctx, person: Person) -> datetime:
    """Not before the last card is a day old, whatever the timetable says."""
    asked = last_asked(ctx, person)
    return ctx.now if asked is None else max(ctx.now, asked + ctx.policy.throttle)


def _one(ctx: Ctx, person: Person, links: Iterable[SyncLink]) -> None:
    """One card for all of a person's links that are due or nearly so: nobody gets two unasked messages a day."""
    soon = ctx.now + ctx.policy.throttle
    again = False
    for link in links:
        if link.next_ask is None or link.next_ask > soon:
            continue
        after = step(replace(link, next_ask=min(link.next_ask, ctx.now)), Happening.DUE, ctx.now, ctx.policy.timetable)
        ctx.tx.links.put(after.link)
        again = again or Effect.REMIND in after.effects
    if again:
        ask(ctx, person)


def _put_off(ctx: Ctx, links: Iterable[SyncLink], until: datetime) -> None:
    for link in links:
        if link.next_ask is not None and link.next_ask <= ctx.now:
            ctx.tx.links.put(replace(link, next_ask=until))
