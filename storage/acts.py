"""The audit log: every administrative act, consent and policy decision, and no content. Append only.

The clock chains it: each link is a keyed hash over the acts since the link before and over that link, so that nobody
without the key can change, remove or reorder a row unseen. What came last, and is not chained yet, proves nothing.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, func, insert, literal, or_, select

from storage.schema import accounts, acts, seals
from storage.sealing import Keys

LINK = 1_000
"""Acts in one link at most."""
_ORDER = select(acts).order_by(acts.c.n)


@dataclass(frozen=True, slots=True)
class Act:
    n: int
    at: datetime
    actor: str | None
    verb: str
    subject: str
    detail: Mapping[str, object]


@dataclass(slots=True)
class Verdict:
    """``faults``: sentences, each naming the acts it speaks of; ``head``: the newest link, worth keeping elsewhere."""

    chained: int = 0
    waiting: int = 0
    head: str = ""
    faults: list[str] = field(default_factory=list)


class Acts:
    def __init__(self, conn: Connection, keys: Keys, now: datetime) -> None:
        self.conn = conn
        self.keys = keys
        self.now = now

    def add(self, actor: str | None, verb: str, subject: str, detail: Mapping[str, object]) -> None:
        """``actor``: an account, written as its person's number as long as it has one: erasing the person then erases whom
        the number meant."""
        who = literal(actor, String)
        person = select(accounts.c.person).where(accounts.c.id == who).scalar_subquery()
        row = {"at": self.now, "verb": verb, "subject": subject, "detail": json.dumps(dict(detail))}
        self.conn.execute(insert(acts).values(actor=func.coalesce(person, who) if actor else None, **row))

    def newest(self, most: int, about: Collection[str] = ()) -> list[Act]:
        """The newest acts, of all or by and over these ids."""
        found = select(acts).order_by(acts.c.n.desc()).limit(most)
        if about:
            found = found.where(or_(acts.c.subject.in_(list(about)), acts.c.actor.in_(list(about))))
        return [_act(row) for row in self.conn.execute(found)]

    # -- the chain -------------------------------------------------------------------------------

    def chain(self, before: datetime) -> int:
        """One more link over acts that are older than ``before``, so that no transaction under way can slip one in."""
        last = self.conn.execute(select(seals).order_by(seals.c.upto.desc()).limit(1)).first()
        since, digest = (last.upto, last.digest) if last is not None else (0, "")
        young = self.conn.execute(select(func.min(acts.c.n)).where(acts.c.n > since, acts.c.at >= before)).scalar()
        rows = _ORDER.where(acts.c.n > since, *([acts.c.n < young] if young is not None else [])).limit(LINK)
        found = self.conn.execute(rows).all()
        if found:
            link = {"upto": found[-1].n, "acts": len(found), "digest": self._digest(digest, found), "at": self.now}
            self.conn.execute(insert(seals), [link])
        return len(found)

    def verify(self) -> Verdict:
        """Read the whole log, a link at a time."""
        verdict, since, digest = Verdict(), 0, ""
        for link in self._links():
            found = self.conn.execute(_ORDER.where(acts.c.n > since, acts.c.n <= link.upto)).all()
            where = f"acts {since + 1} to {link.upto}"
            if len(found) != link.acts:
                verdict.faults.append(f"{where}: {link.acts} were chained, {len(found)} are there")
            elif self._digest(digest, found) != link.digest:
                verdict.faults.append(f"{where}: something was changed or reordered")
            verdict.chained += len(found)
            since, digest = link.upto, link.digest
        verdict.head = digest
        waiting = select(func.count()).select_from(acts).where(acts.c.n > since)
        verdict.waiting = int(self.conn.execute(waiting).scalar_one())
        return verdict

    def _links(self) -> Iterator[Row[Any]]:
        """By pages, since one cursor may not stay open beside another."""
        since = -1
        while True:
            page = self.conn.execute(select(seals).where(seals.c.upto > since).order_by(seals.c.upto).limit(LINK)).all()
            yield from page
            if len(page) < LINK:
                return
            since = page[-1].upto

    def _digest(self, before: str, rows: Collection[Row[Any]]) -> str:
        lines = [[r.n, r.at.isoformat(), r.actor, r.verb, r.subject, r.detail] for r in rows]
        return self.keys.digest("\n".join([before, *(json.dumps(line) for line in lines)]))


def _act(row: Row[Any]) -> Act:
    return Act(row.n, row.at, row.actor, row.verb, row.subject, json.loads(row.detail))
