"""Lists and totals of persons: what administrators look at. Reads only, pages only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select, tuple_

from bot.ids import PersonId, PlatformId
from bot.links import State
from bot.people import Person
from storage.schema import accounts, links, people


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
    """What to list: words in name or address, at least so many platforms, a state of some link, a platform, a domain."""

    words: str = ""
    platforms: int = 1
    state: State | None = None
    undecided: bool = False
    unlinked: bool = False
    """Without any link so far."""
    on: PlatformId | None = None
    domain: str = ""


class Listing:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def many(self, ids: Sequence[PersonId]) -> dict[PersonId, Person]:
        raise NotImplementedError

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
        """Every total of an import's result, in three statements."""
        mine = (
            select(accounts.c.person, func.count().label("n"))
            .where(accounts.c.person.is_not(None), accounts.c.active)
            .group_by(accounts.c.person)
            .subquery()
        )
        row = self.conn.execute(
            select(
                func.count(),
                func.count().filter(mine.c.n > 1),
                func.count().filter(mine.c.n == 1),
                func.count().filter(and_(mine.c.n > 1, people.c.primary_platform.is_(None), ~people.c.excluded)),
                func.count().filter(people.c.email.is_(None)),
                func.count().filter(people.c.excluded),
            ).select_from(people.join(mine, mine.c.person == people.c.id))
        ).one()
        conflicts = self.conn.execute(
            select(func.count()).select_from(accounts).where(accounts.c.conflict, accounts.c.active)
        ).scalar_one()
        return Counts(row[0], row[1], row[2], row[3], row[4], int(conflicts), row[5])

    def per_platform(self) -> dict[PlatformId, int]:
        """Imported persons by platform."""
        found = (
            select(accounts.c.platform, func.count())
            .where(accounts.c.person.is_not(None), accounts.c.active)
            .group_by(accounts.c.platform)
        )
        return {PlatformId(p): int(n) for p, n in self.conn.execute(found)}


def _filtered(query: Select[Any], wanted: Search) -> Select[Any]:
    mine = and_(accounts.c.person == people.c.id, accounts.c.active)
    if wanted.words:
        like = "%" + wanted.words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        name = func.lower(people.c.name).like(like, escape="\\")
        query = query.where(or_(name, people.c.email.like(like, escape="\\")))
    if wanted.domain:
        query = query.where(people.c.email.like("%@" + wanted.domain.lower()))
    if wanted.platforms > 1:
        count = select(func.count()).select_from(accounts).where(mine).correlate(people).scalar_subquery()
        query = query.where(count >= wanted.platforms)
    if wanted.on is not None:
        query = query.where(exists().where(mine, accounts.c.platform == wanted.on).correlate(people))
    if wanted.undecided:
        query = query.where(people.c.primary_platform.is_(None))
    if wanted.unlinked:
        query = query.where(~exists().where(links.c.person == people.c.id).correlate(people))
    if wanted.state is not None:
        same = and_(links.c.person == people.c.id, links.c.state == wanted.state)
        query = query.where(exists().where(same).correlate(people))
    return query
