"""Reminders by the timetable: who is due, within working hours of their own time zone, one card a person."""

from dataclasses import replace
from datetime import timedelta

from bot.events import Ticked
from bot.hours import next_open, zone
from bot.links import Effect, Happening, SyncLink, step
from bot.people import Person
from handlers.asking import ask
from handlers.ctx import Ctx

BATCH = 200


def remind(event: Ticked, ctx: Ctx) -> None:
    """Claim the people whose reminder is due and put their cards; those outside working hours wait for them."""
    due = ctx.tx.links.due(ctx.now, BATCH)
    people = ctx.tx.people.many({link.person for link in due})
    for person_id in dict.fromkeys(link.person for link in due):
        mine = [link for link in due if link.person == person_id]
        person = people.get(person_id)
        if person is None or person.excluded or person.home is None:
            _put_off(ctx, mine, timedelta(days=1))
            continue
        opens = next_open(ctx.now, zone(person.time_zone, ctx.policy.time_zone), ctx.policy.hours)
        if opens > ctx.now:
            _put_off(ctx, mine, opens - ctx.now)
            continue
        _one(ctx, person)


def _one(ctx: Ctx, person: Person) -> None:
    """One card for all of a person's links that are due or nearly so: nobody gets two unasked messages a day."""
    soon = ctx.now + ctx.policy.throttle
    again = False
    for link in ctx.tx.links.of([person.id]).values():
        if link.next_ask is None or link.next_ask > soon:
            continue
        early = _due_now(link, ctx)
        after = step(early, Happening.DUE, ctx.now, ctx.policy.timetable)
        ctx.tx.links.put(after.link)
        again = again or Effect.REMIND in after.effects
    if again:
        ask(ctx, person)


def _due_now(link: SyncLink, ctx: Ctx) -> SyncLink:
    return replace(link, next_ask=min(link.next_ask or ctx.now, ctx.now))


def _put_off(ctx: Ctx, links: list[SyncLink], by: timedelta) -> None:
    for link in links:
        ctx.tx.links.put(replace(link, next_ask=ctx.now + by))
