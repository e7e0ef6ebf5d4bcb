"""Plans: what an administrator was shown before anything is done, whom it is about, and how far it is.

A plan's people are rows, read and written by pages: a plan about fifty thousand people is never in memory as a whole.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select, tuple_, update

from bot.ids import AccountId, CardId, PersonId, PlanId, fresh
from bot.links import LinkReason, State
from storage.schema import accounts, links, plan_people, plans, team_members, waves
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Plan:
    """``kind``: what Confirm does. ``state``: making (its people are being looked at), open, checking (was confirmed; looking
    whether it still fits), confirmed (being carried out), scheduling, waves, stopping, stopped, withdrawing, done, cancelled,
    undoing, undone. ``data``: plain values."""

    id: PlanId
    number: int
    asker: AccountId
    kind: str
    state: str
    card: CardId | None
    made: datetime
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def by(self) -> AccountId:
        """In whose name it is carried out: whoever confirmed it last, before that its asker."""
        return AccountId(self.data.get("by", self.asker))


@dataclass(frozen=True, slots=True)
class PlanPerson:
    """One row of a plan. ``person`` None: a line of a file that fitted nobody, as ``remark`` says. ``outcome``: what the plan
    said when it was shown."""

    n: int
    person: PersonId | None
    outcome: str = ""
    remark: str = ""
    team: str = ""


class Plans:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn = conn
        self.now = now

    def new(self, asker: AccountId, kind: str, data: Mapping[str, Any], id: PlanId | None = None) -> Plan:
        """A plan in state *making*, without people – or with those that were added under ``id`` before it was there."""
        made = id or PlanId(fresh())
        row = {
            "id": made,
            "asker": asker,
            "data": json.dumps({"kind": kind, **data}),
            "state": "making",
            "made": self.now,
        }
        number = self.conn.execute(insert(plans).returning(plans.c.number), row).scalar_one()
        return Plan(made, int(number), asker, kind, "making", None, self.now, dict(data))

    def get(self, plan: PlanId, *, lock: bool = False) -> Plan | None:
        found = select(plans).where(plans.c.id == plan)
        row = self.conn.execute(found.with_for_update() if lock else found).first()
        return _plan(row) if row else None

    def numbered(self, number: int) -> Plan | None:
        row = self.conn.execute(select(plans).where(plans.c.number == number)).first()
        return _plan(row) if row else None

    def newest_of(self, asker: AccountId, most: int) -> list[Plan]:
        """Somebody's plans, newest first."""
        found = select(plans).where(plans.c.asker == asker).order_by(plans.c.number.desc()).limit(most)
        return [_plan(row) for row in self.conn.execute(found)]

    def in_state(self, *states: str) -> list[Plan]:
        """The oldest hundred plans in one of these states, by number."""
        found = select(plans).where(plans.c.state.in_(states)).order_by(plans.c.number).limit(100)
        return [_plan(row) for row in self.conn.execute(found)]

    def move(self, plan: PlanId, before: Collection[str], state: str) -> bool:
        """From one of these states to another: true exactly once."""
        mine = update(plans).where(plans.c.id == plan, plans.c.state.in_(list(before))).values(state=state)
        return self.conn.execute(mine).rowcount == 1

    def save(self, plan: Plan) -> None:
        """Keep a plan's data."""
        data = json.dumps({"kind": plan.kind, **plan.data})
        self.conn.execute(update(plans).where(plans.c.id == plan.id).values(data=data))

    def set_card(self, plan: PlanId, card: CardId) -> None:
        self.conn.execute(update(plans).where(plans.c.id == plan).values(card=card))

    # -- people ----------------------------------------------------------------------------------

    def add(self, plan: PlanId, rows: Sequence[PlanPerson]) -> None:
        """A page of people, in order."""
        if rows:
            self.conn.execute(
                insert(plan_people),
                [
                    {
                        "plan": plan,
                        "n": row.n,
                        "person": row.person,
                        "team": row.team,
                        "outcome": row.outcome,
                        "remark": row.remark[:300],
                    }
                    for row in rows
                ],
            )

    def drop_people(self, plan: PlanId) -> None:
        """A plan that does not come about leaves no rows."""
        self.conn.execute(delete(plan_people).where(plan_people.c.plan == plan))

    def page(self, plan: PlanId, after: int, limit: int) -> list[PlanPerson]:
        """Rows after number ``after``, in the plan's order."""
        found = select(plan_people).where(plan_people.c.plan == plan, plan_people.c.n > after)
        return [_person(row) for row in self.conn.execute(found.order_by(plan_people.c.n).limit(limit))]

    def by_team(self, plan: PlanId, after: tuple[str, int], limit: int) -> list[PlanPerson]:
        """Rows after this team and number, team by team."""
        key = tuple_(plan_people.c.team, plan_people.c.n)
        found = select(plan_people).where(plan_people.c.plan == plan, key > after)
        rows = self.conn.execute(found.order_by(plan_people.c.team, plan_people.c.n).limit(limit))
        return [_person(row) for row in rows]

    def set_outcomes(self, plan: PlanId, rows: Sequence[PlanPerson]) -> None:
        """What the plan says of these people now."""
        if rows:
            mine = update(plan_people).where(plan_people.c.plan == plan, plan_people.c.n == bindparam("at"))
            change = mine.values(outcome=bindparam("said"), team=bindparam("with_"))
            self.conn.execute(change, [{"at": row.n, "said": row.outcome, "with_": row.team} for row in rows])

    def teams_of(self, persons: Collection[PersonId]) -> dict[PersonId, str]:
        """For each the smallest team they are in, on whatever platform; who is in none is left out."""
        mine = (
            select(accounts.c.person, team_members.c.platform, team_members.c.team)
            .join(team_members, team_members.c.account == accounts.c.id)
            .where(accounts.c.person.in_(list(persons)))
        )
        rows = self.conn.execute(mine).all()
        names = {(row.platform, row.team) for row in rows}
        if not names:
            return {}
        size = (
            select(team_members.c.platform, team_members.c.team, func.count())
            .where(team_members.c.team.in_([team for _, team in names]))
            .group_by(team_members.c.platform, team_members.c.team)
        )
        sizes = {(platform, team): int(n) for platform, team, n in self.conn.execute(size)}
        found: dict[PersonId, tuple[int, str]] = {}
        for row in rows:
            mine_is = (sizes.get((row.platform, row.team), 0), f"{row.platform}:{row.team}")
            person = PersonId(row.person)
            found[person] = min(found.get(person, mine_is), mine_is)
        return {person: team for person, (_, team) in found.items()}

    def plan_of(self, persons: Collection[PersonId]) -> dict[PersonId, PlanId]:
        """The newest plan with waves that each of a few people waits in."""
        found = (
            select(plan_people.c.person, plans.c.id)
            .join(plans, plans.c.id == plan_people.c.plan)
            .where(plan_people.c.person.in_(list(persons)), plans.c.state.in_(("waves", "stopped", "confirmed")))
            .order_by(plans.c.number)
        )
        return {PersonId(person): PlanId(plan) for person, plan in self.conn.execute(found)}

    # -- waves -----------------------------------------------------------------------------------

    def first_cards(self, since: date) -> dict[date, int]:
        """How many first cards go out on each day from ``since`` on, by all plans."""
        found = select(waves.c.day, func.sum(waves.c.people)).where(waves.c.day >= since.isoformat())
        return {date.fromisoformat(day): int(n) for day, n in self.conn.execute(found.group_by(waves.c.day))}

    def waves_of(self, plan: PlanId) -> dict[date, int]:
        """A plan's own waves, first to last."""
        found = select(waves.c.day, waves.c.people).where(waves.c.plan == plan, waves.c.people > 0)
        return {date.fromisoformat(day): int(n) for day, n in self.conn.execute(found.order_by(waves.c.day))}

    def add_waves(self, plan: PlanId, people: Mapping[date, int]) -> None:
        if people:
            new = upsert(self.conn, waves)
            change = {"people": waves.c.people + new.excluded.people}
            rows = [{"day": day.isoformat(), "plan": plan, "people": n} for day, n in people.items()]
            self.conn.execute(new.on_conflict_do_update(index_elements=["day", "plan"], set_=change), rows)

    def drop_waves(self, plan: PlanId, since: date) -> None:
        """What was to go out from ``since`` on does not."""
        self.conn.execute(delete(waves).where(waves.c.plan == plan, waves.c.day >= since.isoformat()))

    def progress(self, plan: PlanId) -> dict[tuple[State, LinkReason], int]:
        """The links of a plan's people by state and reason."""
        mine = select(links.c.state, links.c.reason, func.count()).join(
            plan_people, plan_people.c.person == links.c.person
        )
        found = mine.where(plan_people.c.plan == plan).group_by(links.c.state, links.c.reason)
        return {(State(s), LinkReason(r)): int(n) for s, r, n in self.conn.execute(found)}

    def trouble(self, plan: PlanId, since: datetime) -> int:
        """People of a plan who declined, or whose link failed, since then."""
        bad = or_(links.c.state == State.FAILED, links.c.reason == LinkReason.DECLINED)
        mine = select(func.count(plan_people.c.person.distinct())).join(links, links.c.person == plan_people.c.person)
        found = mine.where(plan_people.c.plan == plan, bad, links.c.since >= since)
        return int(self.conn.execute(found).scalar_one())

    # -- forgetting ------------------------------------------------------------------------------

    def forget_people(self, before: datetime) -> None:
        """Whom old plans that are over were about is nobody's business any more."""
        over = select(plans.c.id).where(plans.c.made < before, plans.c.state.in_(("done", "cancelled", "undone")))
        self.conn.execute(delete(plan_people).where(plan_people.c.plan.in_(over)))

    def forget_lost(self, before: datetime) -> None:
        """Rows that were added for a plan that never came about, because the process ended."""
        made = f"{int(before.timestamp() * 1000):012x}"
        lost = delete(plan_people).where(plan_people.c.plan < made, plan_people.c.plan.not_in(select(plans.c.id)))
        self.conn.execute(lost)

    def forget(self, before: datetime) -> None:
        old = select(plans.c.id).where(plans.c.made < before)
        for table in (plan_people, waves):
            self.conn.execute(delete(table).where(table.c.plan.in_(old)))
        self.conn.execute(delete(plans).where(plans.c.made < before))


def _plan(row: Row[Any]) -> Plan:
    data = dict(json.loads(row.data))
    kind = str(data.pop("kind", "sync"))
    card = CardId(row.card) if row.card else None
    return Plan(PlanId(row.id), row.number, AccountId(row.asker), kind, row.state, card, row.made, data)


def _person(row: Row[Any]) -> PlanPerson:
    return PlanPerson(row.n, PersonId(row.person) if row.person else None, row.outcome, row.remark, row.team)
