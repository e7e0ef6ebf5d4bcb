"""When people last got, or will get, a message that nobody asked for. Nobody gets two of them in a day."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from bot.ids import PersonId
from storage.addresses import CHUNK
from storage.hot import Hot
from storage.schema import Moment, people

_LAST = Hot(select(people.c.unasked).where(people.c.id == bindparam("person")))
_NOTE = Hot(
    update(people)
    .where(
        people.c.id == bindparam("person"),
        people.c.unasked.is_(None) | (people.c.unasked < bindparam("at", type_=Moment)),
    )
    .values(unasked=bindparam("at", type_=Moment))
)


class Unasked:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def last(self, person: PersonId) -> datetime | None:
        """In the future: one waits to be sent then."""
        row = _LAST.first(self.conn, person=person)
        at: datetime | None = row.unasked if row is not None else None
        return at

    def many(self, persons: Collection[PersonId]) -> dict[PersonId, datetime]:
        """The same for many; whoever never got one is left out."""
        wanted, found = list(persons), {}
        for at in range(0, len(wanted), CHUNK):
            some = select(people.c.id, people.c.unasked).where(people.c.id.in_(wanted[at : at + CHUNK]))
            rows = self.conn.execute(some.where(people.c.unasked.is_not(None)))
            found.update({PersonId(row.id): row.unasked for row in rows})
        return found

    def note(self, persons: Collection[PersonId], at: datetime) -> None:
        """One goes to each of them at that moment; a later one that waits stays the last."""
        _NOTE.each(self.conn, [{"person": person, "at": at} for person in sorted(set(persons))])
