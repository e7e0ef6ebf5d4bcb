"""Import runs: what an administrator started, and how far it is."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from bot.ids import AccountId, CardId, PlatformId, RunId, fresh
from storage.schema import runs

NIGHT = "night:"


def night(day: date) -> CardId:
    """What the runs of a night have in common, in the place of a card."""
    return CardId(f"{NIGHT}{day.isoformat()}")


@dataclass(frozen=True, slots=True)
class Run:
    """``state``: running, done or stopped. ``counts``: numbers by name."""

    id: RunId
    kind: str
    platform: PlatformId
    asker: AccountId | None
    """None: the clock."""
    card: CardId
    """What runs that report together have in common: their card, or their night, which has none."""
    state: str
    cursor: str | None
    counts: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    """Why it stopped."""

    @property
    def nightly(self) -> bool:
        """Nobody waits for it; the administrators hear of the night as a whole."""
        return self.card.startswith(NIGHT)


class Runs:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn = conn
        self.now = now

    def new(self, kind: str, platform: PlatformId, asker: AccountId | None, card: CardId) -> RunId:
        made = RunId(fresh())
        row = {
            "id": made,
            "kind": kind,
            "platform": platform,
            "asker": asker or "",
            "card": card,
            "state": "running",
            "counts": "{}",
            "made": self.now,
        }
        self.conn.execute(insert(runs), [row])
        return made

    def get(self, run: RunId) -> Run | None:
        row = self.conn.execute(select(runs).where(runs.c.id == run)).first()
        return _run(row) if row else None

    def running(self, platform: PlatformId) -> Run | None:
        found = select(runs).where(runs.c.platform == platform, runs.c.state == "running")
        row = self.conn.execute(found.limit(1)).first()
        return _run(row) if row else None

    def ever(self, platform: PlatformId) -> bool:
        """Whether this platform was ever imported."""
        found = select(runs.c.id).where(runs.c.platform == platform, runs.c.state == "done").limit(1)
        return self.conn.execute(found).first() is not None

    def last_done(self, platform: PlatformId) -> RunId | None:
        """The newest run of this platform that came to its end."""
        found = select(runs.c.id).where(runs.c.platform == platform, runs.c.state == "done")
        last = self.conn.execute(found.order_by(runs.c.id.desc()).limit(1)).scalar()
        return RunId(last) if last else None

    def ended(self, platform: PlatformId) -> datetime | None:
        """When this platform was last read to its end."""
        found = select(func.max(runs.c.ended)).where(runs.c.platform == platform, runs.c.state == "done")
        at: datetime | None = self.conn.execute(found).scalar()
        return at

    def of_card(self, card: CardId) -> list[Run]:
        found = select(runs).where(runs.c.card == card).order_by(runs.c.platform)
        return [_run(row) for row in self.conn.execute(found)]

    def report_to(self, run: RunId, card: CardId, asker: AccountId) -> None:
        """From now on it is this asker's."""
        self.conn.execute(update(runs).where(runs.c.id == run).values(card=card, asker=asker))

    def before(self, card: CardId) -> datetime | None:
        """When the last run ended before those of this card began."""
        began = select(func.min(runs.c.made)).where(runs.c.card == card).scalar_subquery()
        found = select(func.max(runs.c.ended)).where(runs.c.state == "done", runs.c.card != card, runs.c.ended <= began)
        ended: datetime | None = self.conn.execute(found).scalar()
        return ended

    def advance(self, run: RunId, cursor: str | None, counts: dict[str, int]) -> None:
        change = update(runs).where(runs.c.id == run)
        self.conn.execute(change.values(cursor=cursor, counts=json.dumps(counts)))

    def count(self, run: RunId, name: str, by: int) -> int:
        """Add to one of a run's counts; returns what it is now."""
        found = self.get(run)
        if found is None:
            return 0
        value = found.counts.get(name, 0) + by
        self.advance(run, found.cursor, {**found.counts, name: value})
        return value

    def finish(self, run: RunId) -> None:
        self.conn.execute(update(runs).where(runs.c.id == run).values(state="done", ended=self.now))

    def stop(self, run: RunId, reason: str) -> None:
        """It ends before its end. Where it stood is of no use to anybody any more; why it stopped is."""
        change = update(runs).where(runs.c.id == run)
        self.conn.execute(change.values(state="stopped", cursor=reason, ended=self.now))


def _run(row: Row[Any]) -> Run:
    stopped = row.state == "stopped"
    return Run(
        RunId(row.id),
        row.kind,
        PlatformId(row.platform),
        AccountId(row.asker) if row.asker else None,
        CardId(row.card),
        row.state,
        None if stopped else row.cursor,
        json.loads(row.counts),
        (row.cursor or "") if stopped else "",
    )
