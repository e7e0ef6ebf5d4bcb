"""Finding colleagues: where somebody works and whom to write to here. Says what would become of a message, sends none."""

from bot.commands import Command
from bot.ids import PlatformId
from bot.people import Account, Person
from bot.relay import Carry, Reason, Tell, route
from bot.words import say
from cards.content import Answer
from handlers.ctx import Ctx
from storage.listing import Search

MOST = 10


def find(ctx: Ctx, actor: Account, command: Command) -> None:
    """Up to ten people whose name or address holds these words; excluded ones are nobody's business."""
    found, total = ctx.tx.people.search(Search(command.words), 0, MOST)
    mine = ctx.tx.people.by_account(actor.id)
    lines = [_line(ctx, mine, person, actor.platform) for person in found if not person.excluded]
    if not lines:
        lines = [say("find.nobody", words=command.words)]
    elif total > MOST:
        lines.append(say("find.more", count=total - MOST))
    ctx.show(actor, Answer(say("find.title", words=command.words), tuple(lines)))


def _line(ctx: Ctx, mine: Person | None, person: Person, here: PlatformId) -> str:
    home = ctx.policy.title(person.primary) if person.primary else ""
    facts = {"name": person.name, "home": home, "here": ctx.policy.title(here)}
    if mine is not None and person.id == mine.id:
        return say("find.you", **facts)
    if person.primary == here:
        return say("find.same", **facts)
    if person.primary is None:
        key = "find.undecided" if person.on(here) else "find.elsewhere"
        return say(key, **facts | {"home": ", ".join(ctx.policy.title(p) for p in person.platforms)})
    if person.on(here) is None:
        return say("find.elsewhere", **facts)
    return say(_key(ctx, mine, person, here), **facts)


def _key(ctx: Ctx, mine: Person | None, person: Person, here: PlatformId) -> str:
    """What a message written here to their account here would meet."""
    if mine is None:
        return "find.unknown"
    decision = route(here, mine, person, ctx.tx.links.of([mine.id, person.id]))
    match decision:
        case Carry():
            return "find.reached"
        case Tell(reason=Reason.WRITER_NOT_LINKED):
            return "find.allow"
        case Tell():
            return "find.not_linked"
        case _:
            return "find.home" if decision.reason is Reason.NOT_AT_HOME else "find.unknown"
