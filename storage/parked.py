"""What was ended and can still be taken back: sealed, for as long as ``MIO_UNDO_WINDOW``, then erased."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from bot.ids import PersonId, PlanId
from storage.schema import parked
from storage.sealing import Keys
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Parked:
    """``body``: how the person was before: plain values."""

    plan: PlanId
    person: PersonId
    until: datetime
    body: Mapping[str, Any] = field(repr=False)


class ParkedPeople:
    def __init__(self, conn: Connection, keys: Keys) -> None:
        self.conn = conn
        self.keys = keys

    def put(self, rows: Sequence[Parked]) -> None:
        for row in rows:
            values = {
                "plan": row.plan,
                "person": row.person,
                "until": row.until,
                "body": self.keys.seal(json.dumps(dict(row.body)).encode(), f"parked:{row.plan}:{row.person}"),
            }
            new = upsert(self.conn, parked)
            change = {"until": new.excluded.until, "body": new.excluded.body}
            self.conn.execute(new.on_conflict_do_update(index_elements=["plan", "person"], set_=change), [values])

    def of(self, plan: PlanId, limit: int) -> list[Parked]:
        """Some of those whom a plan ended."""
        found = select(parked).where(parked.c.plan == plan).order_by(parked.c.person).limit(limit)
        return [self._row(row) for row in self.conn.execute(found)]

    def of_person(self, person: PersonId) -> list[Parked]:
        """What several plans ended of one person."""
        found = select(parked).where(parked.c.person == person).order_by(parked.c.plan)
        return [self._row(row) for row in self.conn.execute(found)]

    def count(self, plan: PlanId) -> int:
        found = select(func.count()).select_from(parked).where(parked.c.plan == plan)
        return int(self.conn.execute(found).scalar_one())

    def due(self, now: datetime, limit: int) -> list[Parked]:
        """Those whose time is over, longest first."""
        found = select(parked).where(parked.c.until <= now).order_by(parked.c.until).limit(limit)
        return [self._row(row) for row in self.conn.execute(found)]

    def drop(self, rows: Sequence[Parked]) -> None:
        for row in rows:
            mine = (parked.c.plan == row.plan, parked.c.person == row.person)
            self.conn.execute(delete(parked).where(*mine))

    def _row(self, row: Row[Any]) -> Parked:
        body = json.loads(self.keys.open(row.body, f"parked:{row.plan}:{row.person}"))
        return Parked(PlanId(row.plan), PersonId(row.person), row.until, body)
