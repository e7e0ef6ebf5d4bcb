"""Lists and totals of persons: what administrators look at. Reads only, pages only."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, tuple_

from bot.ids import AccountId, PersonId, PlatformId
from bot.links import State
from bot.people import Account, Kind, Person
from storage.addresses import CHUNK
from storage.schema import accounts, links, people, team_members


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals of persons (conflicts: of accounts)."""

    people: int = 0
    matched: int = 0
    only_one: int = 0
    to_decide: int = 0
    without_email: int = 0
    conflicts: int = 0
    excluded: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """What to list: words in name or address, at least so many platforms, a state of some link, a platform, a domain, teams.
    Everything given has to fit."""

    words: str = ""
    platforms: int = 1
    state: State | None = None
    """*Not created*: on two or more platforms, and neither asked nor synced nor failed anywhere."""
    undecided: bool = False
    unlinked: bool = False
    """Without any link so far."""
    excluded: bool = False
    on: PlatformId | None = None
    domain: str = ""
    teams: tuple[tuple[PlatformId, str], ...] = ()
    """Members of any of these, by platform and team's id."""


def account_of(row: Any) -> Account:
    return Account(
        AccountId(row.id), row.name, row.email, Kind(row.kind), row.admin, row.active, row.time_zone, row.address
    )


def person_of(row: Any, mine: Iterable[Account]) -> Person:
    primary = PlatformId(row.primary_platform) if row.primary_platform else None
    return Person(PersonId(row.id), row.name, row.email, primary, row.excluded, {a.platform: a for a in mine})


class Listing:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def many(self, ids: Collection[PersonId]) -> dict[PersonId, Person]:
        """The persons with their active accounts."""
        found: dict[PersonId, Person] = {}
        wanted = list(ids)
        for at in range(0, len(wanted), CHUNK):
            found.update(self._some(wanted[at : at + CHUNK]))
        return found

    def _some(self, ids: Sequence[PersonId]) -> dict[PersonId, Person]:
        rows = self.conn.execute(select(people).where(people.c.id.in_(ids))).all()
        mine: dict[str, list[Account]] = {}
        owned = select(accounts).where(accounts.c.person.in_(ids), accounts.c.active)
        for row in self.conn.execute(owned):
            mine.setdefault(row.person, []).append(account_of(row))
        return {PersonId(row.id): person_of(row, mine.get(row.id, ())) for row in rows}

    def search(self, wanted: Search, offset: int = 0, limit: int = 10) -> tuple[list[Person], int]:
        """A page sorted by name, and how many there are in all."""
        chosen = _filtered(select(people.c.id), wanted)
        total = self.conn.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
        page = chosen.order_by(people.c.name, people.c.id).offset(offset).limit(limit)
        return self._of(page), int(total)

    def page(self, wanted: Search, after: tuple[str, PersonId] | None, limit: int = 500) -> list[Person]:
        """The next people by (name, id) behind ``after``; nothing is counted, so a walk over everybody costs what it shows."""
        chosen = _filtered(select(people.c.id), wanted)
        if after is not None:
            chosen = chosen.where(tuple_(people.c.name, people.c.id) > tuple_(*after))
        return self._of(chosen.order_by(people.c.name, people.c.id).limit(limit))

    def _of(self, chosen: Select[Any]) -> list[Person]:
        """The persons of a query of ids, in its order."""
        ids = [PersonId(i) for i in self.conn.execute(chosen).scalars()]
        found = self.many(ids)
        return [found[i] for i in ids if i in found]

    def chosen_primary(self, person: PersonId) -> PlatformId | None:
        """The primary that somebody chose; None when it only follows from the accounts."""
        mine = select(people.c.primary_platform).where(people.c.id == person, people.c.primary_chosen)
        found = self.conn.execute(mine).scalar()
        return PlatformId(found) if found else None

    def moving_to(self, person: PersonId) -> PlatformId | None:
        """The platform that becomes this person's primary once they allowed."""
        found = self.conn.execute(select(people.c.moving).where(people.c.id == person)).scalar()
        return PlatformId(found) if found else None

    def moving(self, most: int) -> list[PersonId]:
        """People whose primary is about to change."""
        found = select(people.c.id).where(people.c.moving.is_not(None)).order_by(people.c.id).limit(most)
        return [PersonId(i) for i in self.conn.execute(found).scalars()]

    def totals(self) -> Counts:
        """Every total of an import's result; people without any account left are not counted."""
        several = people.c.reach > 1
        row = self.conn.execute(
            select(
                func.count(),
                func.count().filter(several),
                func.count().filter(people.c.reach == 1),
                func.count().filter(several, people.c.primary_platform.is_(None), ~people.c.excluded),
                func.count().filter(people.c.email.is_(None)),
                func.count().filter(people.c.excluded),
            ).where(people.c.reach > 0)
        ).one()
        conflicts = select(func.count()).select_from(accounts).where(accounts.c.conflict, accounts.c.active)
        return Counts(row[0], row[1], row[2], row[3], row[4], int(self.conn.execute(conflicts).scalar_one()), row[5])

    def per_platform(self) -> dict[PlatformId, int]:
        """Imported persons by platform."""
        found = (
            select(accounts.c.platform, func.count())
            .where(accounts.c.person.is_not(None), accounts.c.active)
            .group_by(accounts.c.platform)
        )
        return {PlatformId(p): int(n) for p, n in self.conn.execute(found)}


OPEN = (State.SYNCED, State.PENDING, State.FAILED)


def _filtered(query: Select[Any], wanted: Search) -> Select[Any]:
    return query.where(*_conditions(wanted))


def _conditions(wanted: Search) -> Iterable[ColumnElement[bool]]:
    if wanted.words:
        yield people.c.folded.contains(wanted.words.casefold(), autoescape=True)
    if wanted.domain:
        yield people.c.email.endswith("@" + wanted.domain.lower(), autoescape=True)
    if wanted.platforms > 1:
        yield people.c.reach >= wanted.platforms
    if wanted.undecided:
        yield and_(people.c.primary_platform.is_(None), ~people.c.excluded)
    if wanted.excluded:
        yield people.c.excluded
    if wanted.unlinked:
        yield ~select(links.c.person).where(links.c.person == people.c.id).exists()
    if wanted.on is not None:
        here = select(accounts.c.id).where(accounts.c.person == people.c.id, accounts.c.active)
        yield here.where(accounts.c.platform == wanted.on).exists()
    if wanted.state is State.NOT_CREATED:
        begun = select(links.c.person).where(links.c.person == people.c.id, links.c.state.in_(OPEN))
        yield and_(people.c.reach > 1, ~people.c.excluded, ~begun.exists())
    elif wanted.state is not None:
        yield people.c.id.in_(select(links.c.person).where(links.c.state == wanted.state))
    if wanted.teams:
        team = tuple_(team_members.c.platform, team_members.c.team)
        joined = accounts.join(team_members, team_members.c.account == accounts.c.id)
        yield people.c.id.in_(select(accounts.c.person).select_from(joined).where(team.in_(wanted.teams)))
