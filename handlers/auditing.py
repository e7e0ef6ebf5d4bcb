"""The audit log in chat: who did what to whom, newest first, with names where there still are any. Reads only."""

from collections.abc import Mapping, Sequence

from bot.commands import Command
from bot.hours import zone
from bot.ids import AccountId, PersonId
from bot.people import Account, Person
from bot.words import say
from cards.content import Answer
from handlers.ctx import Ctx
from storage.acts import Act

USUAL, MOST = 10, 40


def show(ctx: Ctx, actor: Account, command: Command, about: Sequence[Person]) -> None:
    """The newest acts; with ``about`` those by these people and over them."""
    wanted = min(command.number or USUAL, MOST)
    ids = [one for person in about for one in (person.id, *(a.id for a in person.accounts.values()))]
    found = ctx.tx.acts.newest(wanted, ids)
    names = _names(ctx, found)
    lines = [_line(ctx, actor, act, names) for act in found] or [say("audit.empty")]
    ctx.show(actor, Answer(say("audit.title"), tuple(lines)))


def _names(ctx: Ctx, acts: Sequence[Act]) -> Mapping[str, str]:
    """People behind the numbers; whoever was erased has none any more. An actor who is no person is an account."""
    people = ctx.tx.people.many([PersonId(one) for act in acts for one in (act.subject, act.actor) if one])
    names = {str(person.id): person.name for person in people.values()}
    for act in acts:
        account = ctx.tx.people.account(AccountId(act.actor)) if act.actor and act.actor not in names else None
        if act.actor and account is not None:
            names[act.actor] = account.name
    return names


def _line(ctx: Ctx, reader: Account, act: Act, names: Mapping[str, str]) -> str:
    at = act.at.astimezone(zone(reader.time_zone, ctx.policy.time_zone))
    who = names.get(act.actor, act.actor) if act.actor else say("audit.bot")
    subject = names.get(act.subject, act.subject)
    more = ", ".join(f"{name} {_words(value)}" for name, value in act.detail.items() if value not in ("", [], {}))
    line = say("audit.line", number=act.n, at=f"{at:%d %b %H:%M}", who=who, verb=act.verb, subject=subject)
    return f"{line} ({more})"[:300] if more else line[:300]


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
