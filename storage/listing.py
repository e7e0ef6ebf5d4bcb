"""Lists and totals of persons: what administrators look at. Reads only, pages only."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
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

    @property
    def plain(self) -> bool:
        """Whether an index alone answers, however many there are."""
        return self == Search(platforms=self.platforms)


def account_of(row: Any) -> Account:
    return Account(
        AccountId(row.id), row.name, row.email, Kind(row.kind), row.admin, row.active, row.time_zone, row.address
    )


def person_of(row: Any, mine: Iterable[Account]) -> Person:
    primary = PlatformId(row.primary_platform) if row.primary_platform else None
    return Person(
        PersonId(row.id), row.name, row.email, primary, row.excluded, {a.platform: a for a in mine}, row.paused
    )


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
        """A page sorted by name, and how many there are in all; counted up to ``COUNTED`` unless ``wanted.plain``: a total
        beyond that only says that there are more."""
        if wanted.plain:
            every = select(func.count()).select_from(people).where(*_conditions(wanted))
            return self._of(_plain(wanted, offset).limit(limit)), int(self.conn.execute(every).scalar_one())
        # Materialised, or SQLite sorts them all before it takes some.
        some = select(people.c.id, people.c.name).where(*_conditions(wanted)).limit(COUNTED + 1).cte("some")
        some = some.prefix_with("MATERIALIZED")
        ids = self.conn.execute(select(some.c.id).order_by(some.c.name, some.c.id)).scalars().all()
        if len(ids) <= COUNTED:
            return self._in_order(ids[offset : offset + limit]), len(ids)
        # People of one name stand together: a walk towards them may be long, so words are looked for everywhere at once.
        name = people.c.name + "" if wanted.words else people.c.name
        found = select(people.c.id).where(*_conditions(wanted, walk=True)).order_by(name, people.c.id)
        return self._of(found.offset(offset).limit(limit)), len(ids)

    def page(self, wanted: Search, after: tuple[str, PersonId] | None, limit: int = 500) -> list[Person]:
        """The next people by (name, id) behind ``after``; nothing is counted, so a walk over everybody costs what it shows."""
        chosen = select(people.c.id).where(*_conditions(wanted, walk=True))
        if after is not None:
            chosen = chosen.where(tuple_(people.c.name, people.c.id) > tuple_(*after))
        return self._of(chosen.order_by(people.c.name, people.c.id).limit(limit))

    def _of(self, chosen: Select[Any]) -> list[Person]:
        """The persons of a query of ids, in its order."""
        return self._in_order(self.conn.execute(chosen).scalars().all())

    def _in_order(self, ids: Sequence[str]) -> list[Person]:
        found = self.many([PersonId(i) for i in ids])
        return [found[PersonId(i)] for i in ids]

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
                # All columns are needed: along the index of reach each row would be fetched by itself.
            ).where(people.c.reach + 0 > 0)
        ).one()
        conflicts = select(func.count()).select_from(accounts).where(accounts.c.conflict, accounts.c.active)
        return Counts(row[0], row[1], row[2], row[3], row[4], int(self.conn.execute(conflicts).scalar_one()), row[5])

    def made_since(self, at: datetime) -> int:
        """How many people are known since then who were not before."""
        found = select(func.count()).select_from(people).where(people.c.made > at, people.c.reach > 0)
        return int(self.conn.execute(found).scalar_one())

    def per_platform(self) -> dict[PlatformId, int]:
        """Imported persons by platform."""
        found = (
            select(accounts.c.platform, func.count())
            .where(accounts.c.person.is_not(None), accounts.c.active)
            .group_by(accounts.c.platform)
        )
        return {PlatformId(p): int(n) for p, n in self.conn.execute(found)}


OPEN = (State.SYNCED, State.PENDING, State.FAILED)
COUNTED = 2_000
"""People whose number a search says exactly: beyond, a page is found by walking in the order of names, and counting them
would cost more than the page."""
SHALLOW = 1_000
"""People before a page, up to which walking by name is the shortest way to it. A name with nothing added to it hides its index
from the planner, which does not know how far it is."""


def _plain(wanted: Search, offset: int) -> Select[tuple[str]]:
    """Far behind, the index of the platforms' number is sorted rather than everybody walked by."""
    name = people.c.name if offset < SHALLOW or wanted.platforms < 2 else people.c.name + ""
    return select(people.c.id).where(*_conditions(wanted)).order_by(name, people.c.id).offset(offset)


def _conditions(wanted: Search, *, walk: bool = False) -> Iterable[ColumnElement[bool]]:
    """``walk``: the query goes along the names and asks about each person; else it begins with those whom lists name (and
    has their accounts beside people, one each)."""
    if wanted.words:
        yield people.c.folded.contains(wanted.words.casefold(), autoescape=True)
    if wanted.domain:
        yield people.c.email.endswith("@" + wanted.domain.lower(), autoescape=True)
    if wanted.platforms > 1:
        # With other conditions the index of reach is a detour over nearly all rows.
        yield (people.c.reach if wanted.plain else people.c.reach + 0) >= wanted.platforms
    if wanted.undecided:
        yield and_(people.c.primary_platform.is_(None), ~people.c.excluded)
    if wanted.excluded:
        yield people.c.excluded
    if wanted.unlinked:
        yield ~select(links.c.person).where(links.c.person == people.c.id).exists()
    if wanted.state is State.NOT_CREATED:
        begun = select(links.c.person).where(links.c.person == people.c.id, links.c.state.in_(OPEN))
        yield and_(people.c.reach + 0 > 1, ~people.c.excluded, ~begun.exists())
    elif wanted.state is not None:
        yield _among(select(links.c.person).where(links.c.state == wanted.state), links.c.person, walk)
    if wanted.on is not None:
        here = and_(accounts.c.person == people.c.id, accounts.c.platform == wanted.on, accounts.c.active)
        yield select(accounts.c.id).where(here).exists() if walk else here
    if wanted.teams:
        team = tuple_(team_members.c.platform, team_members.c.team)
        joined = accounts.join(team_members, team_members.c.account == accounts.c.id)
        members = select(accounts.c.person).select_from(joined).where(team.in_(wanted.teams))
        yield _among(members, accounts.c.person, walk)


def _among(named: Select[Any], person: ColumnElement[Any], walk: bool) -> ColumnElement[bool]:
    return named.where(person == people.c.id).exists() if walk else people.c.id.in_(named)
