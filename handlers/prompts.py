"""Reminders by the timetable: who is due, within working hours of their own time zone, one card a person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.events import Ticked
from bot.hours import next_open, zone
from bot.links import Effect, Happening, LinkReason, State, SyncLink, step
from bot.people import Person
from handlers import unasked
from handlers.asking import ask
from handlers.ctx import Ctx

BATCH = 200


def remind(event: Ticked, ctx: Ctx) -> None:
    """Claim the people whose reminder is due and put their cards; those outside working hours, and those who have had their
    message of the day, wait for them."""
    due = list(dict.fromkeys(link.person for link in ctx.tx.links.due(ctx.now, BATCH)))
    ctx.tx.people.lock(due)
    people, links = ctx.tx.people.many(due), ctx.tx.links.of(due)
    free = unasked.next_free_of(ctx, due)
    later: list[SyncLink] = []
    for person_id in due:
        mine = [link for (owner, _), link in links.items() if owner == person_id and _is_reminded(link)]
        person = people.get(person_id)
        if person is None or person.excluded or person.home is None:
            later += _put_off(ctx, mine, ctx.now + timedelta(days=1))
            continue
        opens = next_open(free[person_id], zone(person.time_zone, ctx.policy.time_zone), ctx.policy.hours)
        if opens > ctx.now:
            later += _put_off(ctx, mine, opens)
        else:
            _one(ctx, person, mine)
    ctx.tx.links.put(*later)


def _is_reminded(link: SyncLink) -> bool:
    """First cards go out in waves."""
    return link.state is State.PENDING and link.next_ask is not None and link.reason is not LinkReason.PLANNED


def _one(ctx: Ctx, person: Person, links: Sequence[SyncLink]) -> None:
    """One card for all of a person's links that are due or nearly so: nobody gets two unasked messages a day."""
    soon = ctx.now + ctx.policy.throttle
    near = [replace(k, next_ask=min(k.next_ask, ctx.now)) for k in links if k.next_ask and k.next_ask <= soon]
    steps = [step(link, Happening.DUE, ctx.now, ctx.policy.timetable) for link in near]
    ctx.tx.links.put(*(after.link for after in steps))
    if any(Effect.REMIND in after.effects for after in steps):
        ask(ctx, person)


def _put_off(ctx: Ctx, links: Sequence[SyncLink], until: datetime) -> list[SyncLink]:
    return [replace(k, next_ask=until) for k in links if k.next_ask is not None and k.next_ask <= ctx.now]


# -- because somebody wrote ----------------------------------------------------------------------


def wanted(ctx: Ctx, reader: Person) -> None:
    """A colleague could not reach them: whoever was asked and has not answered is reminded as soon as may be.

    The card counts as one of the timetable's: it comes earlier, not more often. *Not now* keeps its time, and who was reminded
    to the last is left alone.
    """
    ctx.tx.people.lock([reader.id])
    soon = unasked.next_free(ctx, reader)
    mine = [link for link in ctx.tx.links.of([reader.id]).values() if link.reason is LinkReason.ASKED]
    sooner = [link for link in mine if link.next_ask is not None and link.next_ask > soon]
    ctx.tx.links.put(*(replace(link, next_ask=soon) for link in sooner))
