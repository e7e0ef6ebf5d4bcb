"""The audit log: every administrative act, consent and policy decision, and no content. Append only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from storage.schema import acts


@dataclass(frozen=True, slots=True)
class Act:
    n: int
    at: datetime
    actor: str | None
    verb: str
    subject: str
    detail: Mapping[str, object]


class Acts:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn = conn
        self.now = now

    def add(self, actor: str | None, verb: str, subject: str, detail: Mapping[str, object]) -> None:
        row = {"at": self.now, "actor": actor, "verb": verb, "subject": subject, "detail": json.dumps(dict(detail))}
        self.conn.execute(insert(acts), [row])

    def of(self, subject: str, most: int) -> list[Act]:
        """The newest acts over one subject."""
        found = select(acts).where(acts.c.subject == subject).order_by(acts.c.n.desc()).limit(most)
        rows = self.conn.execute(found)
        return [Act(row.n, row.at, row.actor, row.verb, row.subject, json.loads(row.detail)) for row in rows]
