"""Changing a primary: at once where nothing is linked, else by a plan – the old home is asked for first, then the switch.

Until the person allows, nothing changes: they are reached and heard where they are at home now.
"""

from collections import Counter
from collections.abc import Sequence

from bot.events import Ticked
from bot.ids import AccountId, PersonId, PlatformId
from bot.links import Happening, State, step
from bot.people import Person
from bot.plans import has_link
from bot.words import say
from cards.content import Answer
from handlers import unasked
from handlers.asking import ask, refresh_consent
from handlers.consent import close
from handlers.ctx import Ctx
from handlers.planning import AT_ONCE, Row
from storage.plans import Plan

BATCH = 50


def look(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> list[str]:
    """Set at once, moved once they allow, or refused with the reason."""
    target = PlatformId(plan.data["primary"])
    links = ctx.tx.links.of([person.id for _, person in rows])
    return [_outcome(person, target, has_link(person, links)) for _, person in rows]


def _outcome(person: Person, target: PlatformId, linked: bool) -> str:
    if person.excluded:
        return "excluded:"
    if person.on(target) is None:
        return f"no home account:{target}"
    if person.primary == target:
        return f"at home:{target}"
    if person.primary is None or person.home is None or not linked:
        return f"set:{target}"
    return f"move:{person.primary}"


def act(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> Counter[str]:
    """Whoever has links is asked for the home they leave, on the card they know; all others move at once."""
    target = PlatformId(plan.data["primary"])
    by = plan.by
    at_once = [person for row, person in rows if row.outcome.startswith("set:")]
    ctx.tx.people.set_primary([person.id for person in at_once], target)
    few = plan.data["acts"] <= AT_ONCE
    for row, person in rows:
        ctx.tx.acts.add(by, "primary", person.id, {"platform": target, "plan": plan.number})
        if not row.outcome.startswith("move:") or person.primary is None:
            continue
        ctx.tx.people.move_to(person.id, target)
        link = ctx.tx.links.get(person.id, person.primary, lock=True)
        asked = step(link, Happening.ASKED, ctx.now, ctx.policy.timetable).link
        ctx.tx.links.put(asked)
        ask(ctx, person, by, None if few else unasked.next_free(ctx, person))
    return Counter(asked=len(rows) - len(at_once), set=len(at_once))


def answered(ctx: Ctx, person: PersonId) -> None:
    """Something became of the question for the old home: the switch follows, or is off."""
    target = ctx.tx.people.moving_to(person)
    found = ctx.tx.people.get(person) if target is not None else None
    if target is None or found is None or found.primary is None:
        return
    link = ctx.tx.links.get(person, found.primary, lock=True)
    if link.state is State.NOT_CREATED or found.on(target) is None:
        return ctx.tx.people.move_to(person, None)
    if link.state is State.SYNCED and not ctx.tx.queue.waits_to_send(target, person):
        _switch(ctx, found, target)


def answered_by(ctx: Ctx, account: AccountId | None) -> None:
    """The same, for whoever this account belongs to."""
    person = ctx.tx.people.by_account(account) if account is not None else None
    if person is not None:
        answered(ctx, person.id)


def look_after(event: Ticked, ctx: Ctx) -> None:
    """Switches that waited for the person's own messages to go out."""
    for person in ctx.tx.people.moving(BATCH):
        ctx.tx.people.lock([person])
        answered(ctx, person)


def _switch(ctx: Ctx, person: Person, target: PlatformId) -> None:
    """In one commit: a new home, the old one heard and spoken for through the new permission, and none needed at home."""
    old = person.primary
    ctx.tx.people.set_primary([person.id], target)
    ctx.tx.people.move_to(person.id, None)
    close(ctx, person, Happening.RESET, target)
    link = ctx.tx.links.get(person.id, target, lock=True)
    ctx.tx.links.forget([link])
    ctx.tx.acts.add(None, "moved", person.id, {"from": old, "to": target})
    moved = ctx.tx.people.get(person.id)
    if moved is None or moved.home is None or old is None:
        return
    words = say("move.done", home=ctx.policy.title(target), platforms=ctx.policy.title(old))
    ctx.show(moved.home, Answer(say("answer.noted"), (words,)))
    refresh_consent(ctx, moved)
