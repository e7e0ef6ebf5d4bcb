"""Plans: whom something is about and what Confirm would do to each, before anything is done.

A plan is made page by page: a selection of fifty thousand people is a chain of small decisions, never one large one.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import msgspec

from bot.ids import AccountId, CardId, PersonId, PlanId, PlatformId
from bot.orders import Proceed
from bot.people import Person
from cards.content import PlanGroup
from handlers.ctx import Ctx
from storage.listing import Search
from storage.plans import Plan, PlanPerson

PAGE = 500
"""People looked at in one transaction while a plan is made."""
GENTLE = 50
"""People looked at or given a day in one transaction once it was confirmed, when others may be writing."""
AT_ONCE = 20
"""People who may be asked at once; more of them are asked in waves."""
NAMES = 10
"""Names on the card for each group."""

Row = tuple[PlanPerson, Person]


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of plan. ``look``: for each row the parts of its outcome, ``what:platform``; ``acts``: the parts that Confirm
    would carry out; ``act``: carries out a page and counts what it did; ``face``: the card's facts as the plan stands;
    ``page``: people carried out in one transaction."""

    look: Callable[[Ctx, Plan, Sequence[Row]], list[str]]
    acts: frozenset[str]
    act: Callable[[Ctx, Plan, Sequence[Row]], Counter[str]]
    face: Callable[[Ctx, Plan], Any]
    page: int = 50
    waves: bool = False
    """Whether people hear of it in waves, once they are many."""
    ended: Callable[[Ctx, Plan], None] | None = None
    """What follows once it was carried out, or cancelled."""


def begin(ctx: Ctx, kind: Kind, name: str, asker: AccountId, who: Sequence[Person] | Search, **data: Any) -> Plan:
    """Make a plan about these people and show it, at once where they are few. ``data``: what the kind has to remember."""
    plan = ctx.tx.plans.new(asker, name, {**data, "people": 0, "acts": 0, "groups": {}, "step": 0})
    if isinstance(who, Search):
        plan.data["select"] = asdict(who)
        return _select(ctx, kind, plan)
    for at in range(0, len(who), PAGE):
        _note(ctx, kind, plan, who[at : at + PAGE])
    return made(ctx, kind, plan)


def of_lines(ctx: Ctx, name: str, asker: AccountId, id: PlanId | None = None, **data: Any) -> Plan:
    """A plan whose people come as rows, by ``tx.plans.add``; ``look`` begins once they are all there. ``id``: under which
    they were added before, so that there is no plan until all of them were."""
    return ctx.tx.plans.new(asker, name, {**data, "people": 0, "acts": 0, "groups": {}, "step": 0}, id)


def look(ctx: Ctx, kind: Kind, plan: Plan, people: int) -> None:
    """All rows are there, so many: say on a card that they are being looked at, and begin."""
    plan.data.update({"people": people, "cursor": 0})
    go_on(ctx, show(ctx, kind, plan))


def more(ctx: Ctx, kind: Kind, plan: Plan) -> None:
    """One more page of a plan that is being made: of its selection, or of the lines of its file."""
    if "select" in plan.data:
        _select(ctx, kind, plan)
    elif not look_again(ctx, kind, plan):
        made(ctx, kind, plan)


def _select(ctx: Ctx, kind: Kind, plan: Plan) -> Plan:
    search = msgspec.convert(plan.data["select"], Search, strict=False)
    after = plan.data.get("after")
    page = ctx.tx.people.page(search, (str(after[0]), PersonId(after[1])) if after else None, PAGE)
    _note(ctx, kind, plan, page)
    if len(page) < PAGE:
        return made(ctx, kind, plan)
    plan.data["after"] = [page[-1].name, page[-1].id]
    if plan.card is None:
        plan = show(ctx, kind, plan)
    go_on(ctx, plan)
    return plan


def _note(ctx: Ctx, kind: Kind, plan: Plan, people: Sequence[Person]) -> None:
    """Keep a page of people with what the plan says of them."""
    first = plan.data["people"]
    teams = ctx.tx.plans.teams_of([person.id for person in people])
    rows = [PlanPerson(first + n, person.id, team=teams.get(person.id, "")) for n, person in enumerate(people, start=1)]
    said = kind.look(ctx, plan, list(zip(rows, people, strict=True)))
    ctx.tx.plans.add(plan.id, [replace(row, outcome=o) for row, o in zip(rows, said, strict=True)])
    for person, outcome in zip(people, said, strict=True):
        count(kind, plan, outcome, person.name)
    plan.data["people"] += len(people)


def count(kind: Kind, plan: Plan, outcome: str, name: str) -> None:
    """Add one person's outcome to the plan's groups."""
    parts = outcome.split(",")
    for part in parts:
        group = plan.data["groups"].setdefault(part, [0, []])
        group[0] += 1
        if len(group[1]) < NAMES:
            group[1].append(name)
    plan.data["acts"] += effective(kind, outcome)


def effective(kind: Kind, outcome: str) -> bool:
    """Whether Confirm does anything for a person of this outcome."""
    return any(part.partition(":")[0] in kind.acts for part in outcome.split(","))


def look_again(ctx: Ctx, kind: Kind, plan: Plan) -> bool:
    """Look at one more page of the plan's own rows, and note what changed. False: that was the last one."""
    size = PAGE if plan.state == "making" else GENTLE
    rows = ctx.tx.plans.page(plan.id, plan.data.get("cursor", 0), size)
    known = with_people(ctx, rows)
    said = dict(zip([row.n for row, _ in known], kind.look(ctx, plan, known), strict=True))
    teams = {} if plan.state == "checking" else ctx.tx.plans.teams_of([person.id for _, person in known])
    names = {row.n: person.name for row, person in known}
    changed = []
    for row in rows:
        if row.person is None:
            plan.data["unknown"] = plan.data.get("unknown", 0) + 1
            continue
        now = said.get(row.n, "gone:")
        if now != row.outcome:
            changed.append(replace(row, outcome=now, team=teams.get(row.person, row.team)))
        count(kind, plan, now, names.get(row.n, "–"))
    ctx.tx.plans.set_outcomes(plan.id, changed)
    plan.data["changed"] = plan.data.get("changed", 0) + len(changed)
    if len(rows) < size:
        return False
    plan.data["cursor"] = rows[-1].n
    go_on(ctx, plan)
    return True


def with_people(ctx: Ctx, rows: Sequence[PlanPerson]) -> list[Row]:
    """The rows whose person is still there."""
    found = ctx.tx.people.many([row.person for row in rows if row.person])
    return [(row, found[row.person]) for row in rows if row.person in found]


def go_on(ctx: Ctx, plan: Plan) -> None:
    """The next page follows in a transaction of its own; whoever waits for the plan itself does not wait longer."""
    step = plan.data["step"] = plan.data["step"] + 1
    ctx.tx.plans.save(plan)
    order, key = Proceed(plan.id, step), f"plan:{plan.id}:{step}"
    if plan.state == "making":
        ctx.put(order, key=key)
    else:
        ctx.breathe(order, step, key=key)


def made(ctx: Ctx, kind: Kind, plan: Plan) -> Plan:
    """Everybody was looked at: now it may be confirmed."""
    plan.data.pop("after", None)
    plan.data.pop("changed", None)
    plan.data["cursor"] = 0
    return move(ctx, kind, plan, "open")


def move(ctx: Ctx, kind: Kind, plan: Plan, state: str) -> Plan:
    """Take a plan to its next state, and say so on its card."""
    ctx.tx.plans.move(plan.id, [plan.state], state)
    if kind.ended is not None and state in ("done", "cancelled"):
        kind.ended(ctx, replace(plan, state=state))
    return show(ctx, kind, replace(plan, state=state))


def show(ctx: Ctx, kind: Kind, plan: Plan) -> Plan:
    """The plan's card, as the plan stands now."""
    facts = kind.face(ctx, plan)
    if plan.card is None:
        card: CardId = ctx.show(plan.asker, facts, subject=f"plan:{plan.id}")
        ctx.tx.plans.set_card(plan.id, card)
        plan = replace(plan, card=card)
    else:
        ctx.replace(plan.card, facts)
    ctx.tx.plans.save(plan)
    return plan


def groups(ctx: Ctx, plan: Plan, order: Sequence[str]) -> tuple[PlanGroup, ...]:
    """Counts and first names for each outcome and platform, outcomes in this order."""
    found = []
    for part, (n, names) in plan.data["groups"].items():
        what, _, platform = part.partition(":")
        rank = order.index(what) if what in order else len(order)
        title = ctx.policy.title(PlatformId(platform)) if platform else ""
        found.append((rank, platform, PlanGroup(what, title, n, tuple(names))))
    return tuple(group for _, _, group in sorted(found, key=lambda item: item[:2]))
