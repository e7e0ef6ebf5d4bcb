"""A file of people becomes a plan: its lines are added page by page, and the plan is there once all of them are.

Until then nothing points at the rows; whoever breaks off takes them away again.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from bot.commands import Command
from bot.ids import PersonId, PlanId, PlatformId
from bot.lines import Line
from bot.people import Account
from bot.words import say
from cards.content import Answer, Paper
from handlers import files, planning
from handlers.ctx import Ctx
from handlers.files import State, Ticket
from handlers.kinds import KINDS
from storage.plans import PlanPerson

SELECTIONS = "all, new, pending, failed, undecided, on:<platform>, team:<name>, domain:<domain>"


@dataclass(slots=True)
class Tally:
    """What was read so far. ``people``: in which line each person stands."""

    rows: int = 0
    unknown: int = 0
    guessed: bool = False


def ask(ctx: Ctx, actor: Account, command: Command) -> None:
    """*sync file*: a link at which the file can be sent."""
    wish = f"{command.primary or ''}>{';'.join(command.secondaries)}"
    ctx.show(actor, Paper("sync", ctx.policy.upload_url("sync", wish, actor.id)))


def not_here(ctx: Ctx, actor: Account) -> None:
    ctx.show(actor, Answer(say("failed.title"), (say("file.only_sync", selections=SELECTIONS),)))


def rows_of(
    ctx: Ctx, ticket: Ticket, page: Sequence[Line], before: int, seen: MutableMapping[PersonId, int]
) -> list[PlanPerson]:
    """Whom a page of lines means; a line that fits nobody says why. ``seen``: the people so far, with their lines."""
    wanted = {pair for line in page for pair in line.addresses}
    found = ctx.tx.people.addresses.whose(wanted, ctx.aliases)
    rows = []
    for n, line in enumerate(page, before + 1):
        person, fault = _person(line, found, seen)
        remark = _wish(ticket, line) if person else say("line.remark", line=line.number, why=fault)
        rows.append(PlanPerson(n, person, remark=remark))
    return rows


def _person(
    line: Line, found: Mapping[tuple[str, str], PersonId], seen: MutableMapping[PersonId, int]
) -> tuple[PersonId | None, str]:
    if line.fault:
        return None, line.fault
    unknown = next((address for column, address in line.addresses if (column, address) not in found), "")
    if unknown:
        return None, say("line.unknown", address=unknown)
    persons = {found[pair] for pair in line.addresses}
    if len(persons) > 1:
        return None, say("line.several")
    (person,) = persons
    first = seen.setdefault(person, line.number)
    return (person, "") if first == line.number else (None, say("line.duplicate", line=first))


def _wish(ticket: Ticket, line: Line) -> str:
    """What a line says for its own, over what the command said for all; empty: the command's word."""
    if line.primary is None and not line.secondaries:
        return ""
    primary, _, others = ticket.thing.partition(">")
    return f"{line.primary or primary}>{';'.join(line.secondaries) or others}"


def made(ctx: Ctx, ticket: Ticket, plan: PlanId, tally: Tally) -> State:
    """All lines are there: the link is used, and the plan begins. Otherwise there is none."""
    state = files.use(ctx, ticket)
    if state is State.GOOD:
        primary, _, others = ticket.thing.partition(">")
        wish = {"primary": primary or None, "secondaries": [PlatformId(one) for one in others.split(";") if one]}
        note = say("file.guessed") if tally.guessed else ""
        begun = planning.of_lines(ctx, ticket.kind, ticket.account, plan, **wish, note=note)
        planning.look(ctx, KINDS[ticket.kind], begun, tally.rows)
    return state
