"""People who have paused: nothing is carried to or from them until they go on."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from bot.ids import PersonId, PlatformId
from bot.pauses import Party
from storage.hot import Hot
from storage.schema import people

_BOTH = Hot(
    select(people.c.id, people.c.primary_platform, people.c.paused).where(
        or_(people.c.id == bindparam("one"), people.c.id == bindparam("other"))
    )
)


class Pauses:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def parties(self, writer: PersonId, reader: PersonId) -> tuple[Party, Party]:
        """Where both live and whether they have paused; of somebody who is not here any more, nothing."""
        rows = {row.id: row for row in _BOTH.rows(self.conn, one=writer, other=reader)}
        return _party(writer, rows.get(writer)), _party(reader, rows.get(reader))

    def set(self, person: PersonId, since: datetime | None) -> None:
        self.conn.execute(update(people).where(people.c.id == person).values(paused=since))

    def stands(self, person: PersonId) -> bool:
        """Whether somebody has still paused, until this transaction ends: going on waits for it."""
        mine = select(people.c.id).where(people.c.id == person, people.c.paused.is_not(None))
        return self.conn.execute(mine.with_for_update(read=True)).first() is not None


def _party(person: PersonId, row: object) -> Party:
    home = getattr(row, "primary_platform", None)
    return Party(person, PlatformId(home) if home else None, getattr(row, "paused", None))
