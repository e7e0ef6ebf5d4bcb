"""Excluded people: never synced, prompted or represented, whatever else is decided. Ending their syncs is confirmed first."""

from collections.abc import Sequence

from bot.commands import Command
from bot.people import Account, Person
from bot.plans import has_link
from bot.words import say
from cards.content import Answer
from handlers import people, sync
from handlers.acting import propose_close
from handlers.ctx import Ctx


def exclude(ctx: Ctx, actor: Account, found: Sequence[Person]) -> None:
    """At once where nothing is open; whoever is synced or asked makes it a plan."""
    links = ctx.tx.links.of([person.id for person in found])
    if any(has_link(person, links) for person in found):
        return propose_close(ctx, actor.id, "exclude", found)
    for person in found:
        sync.exclude(ctx, person, actor.id)
    names = people.names(found)
    ctx.show(actor, Answer(say("exclude.title"), (say("exclude.done", count=len(found)), ", ".join(names))))


def include(ctx: Ctx, actor: Account, found: Sequence[Person]) -> None:
    """Nobody is asked by it: they may be synced again."""
    back = [person for person in found if person.excluded]
    ctx.tx.people.exclude([person.id for person in back], False)
    for person in back:
        ctx.tx.acts.add(actor.id, "include", person.id, {})
    key = "include.done" if back else "include.nobody"
    lines = (say(key, count=len(back)), *([", ".join(people.names(back))] if back else []))
    ctx.show(actor, Answer(say("include.title"), lines))


def answer(ctx: Ctx, actor: Account, command: Command, found: Sequence[Person]) -> None:
    (exclude if command.verb == "exclude" else include)(ctx, actor, found)
