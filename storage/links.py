"""Links, consent attempts, and values that may be used once."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from bot.ids import AccountId, AttemptId, PersonId, PlatformId, fresh
from bot.links import LinkReason, StandIn, State, SyncLink
from bot.ready import GrantKind
from storage.hot import Hot
from storage.schema import attempts, links, seen
from storage.sealing import Keys
from storage.upsert import insert_or_ignore, upsert


@dataclass(frozen=True, slots=True)
class Attempt:
    """One opening of *Allow* or *Connect*. ``outcome`` None: under way."""

    id: AttemptId
    platform: PlatformId
    kind: GrantKind
    person: PersonId | None
    account: AccountId | None
    """The account that must sign in."""
    verifier: str = field(repr=False)
    until: datetime
    used: bool
    outcome: str | None
    detail: str


_OF = Hot(select(links).where(links.c.person == bindparam("person")))


def link_of(row: Any) -> SyncLink:
    return SyncLink(
        PersonId(row.person),
        PlatformId(row.platform),
        State(row.state),
        StandIn(row.stand_in),
        LinkReason(row.reason),
        row.since,
        row.next_ask,
        row.asked,
        row.round,
    )


class Links:
    def __init__(self, conn: Connection, keys: Keys, now: datetime) -> None:
        self.conn = conn
        self.keys = keys
        self.now = now

    def get(self, person: PersonId, platform: PlatformId, lock: bool = False) -> SyncLink:
        """The link; one that was never made is *not created*."""
        found = select(links).where(links.c.person == person, links.c.platform == platform)
        row = self.conn.execute(found.with_for_update() if lock else found).first()
        return link_of(row) if row else SyncLink(person, platform)

    def put(self, *changed: SyncLink) -> None:
        if not changed:
            return
        rows = [dataclasses.asdict(link) for link in changed]
        new = upsert(self.conn, links)
        change = {name: new.excluded[name] for name in rows[0] if name not in ("person", "platform")}
        self.conn.execute(new.on_conflict_do_update(index_elements=["person", "platform"], set_=change), rows)

    def forget(self, never: Collection[SyncLink]) -> None:
        """Links that came to nothing: as if they had never been planned."""
        for link in never:
            mine = (links.c.person == link.person, links.c.platform == link.platform)
            self.conn.execute(delete(links).where(*mine))

    def of(self, persons: Collection[PersonId]) -> dict[tuple[PersonId, PlatformId], SyncLink]:
        """All links of some persons."""
        found: dict[tuple[PersonId, PlatformId], SyncLink] = {}
        wanted = list(persons)
        if len(wanted) <= 2:
            rows = [row for person in wanted for row in _OF.rows(self.conn, person=person)]
            return {(link.person, link.platform): link for link in map(link_of, rows)}
        for at in range(0, len(wanted), 400):
            some = select(links).where(links.c.person.in_(wanted[at : at + 400]))
            for row in self.conn.execute(some):
                link = link_of(row)
                found[link.person, link.platform] = link
        return found

    def due(self, now: datetime, most: int) -> list[SyncLink]:
        """Pending links whose reminder is due, longest waiting first."""
        found = select(links).where(
            links.c.next_ask <= now, links.c.state == State.PENDING, links.c.reason != LinkReason.PLANNED
        )
        return [link_of(row) for row in self.conn.execute(found.order_by(links.c.next_ask).limit(most))]

    def planned(self, now: datetime, most: int) -> list[PersonId]:
        """People whose first card is due by a wave, longest waiting first."""
        first = func.min(links.c.next_ask)
        mine = select(links.c.person).where(
            links.c.next_ask <= now, links.c.state == State.PENDING, links.c.reason == LinkReason.PLANNED
        )
        found = self.conn.execute(mine.group_by(links.c.person).order_by(first, links.c.person).limit(most))
        return [PersonId(person) for person in found.scalars()]

    def counts(self) -> dict[tuple[PlatformId, State], int]:
        found = select(links.c.platform, links.c.state, func.count()).group_by(links.c.platform, links.c.state)
        return {(PlatformId(p), State(s)): int(n) for p, s, n in self.conn.execute(found)}

    def failures(self) -> dict[tuple[PlatformId, LinkReason], int]:
        """Failed links by platform and reason."""
        mine = select(links.c.platform, links.c.reason, func.count()).where(links.c.state == State.FAILED)
        found = self.conn.execute(mine.group_by(links.c.platform, links.c.reason))
        return {(PlatformId(p), LinkReason(r)): int(n) for p, r, n in found}

    def oldest_pending(self) -> datetime | None:
        """Since when somebody has been asked without an answer."""
        asked = select(func.min(links.c.since)).where(links.c.state == State.PENDING)
        since: datetime | None = self.conn.execute(asked).scalar()
        return since

    # -- attempts --------------------------------------------------------------------------------

    def new_attempt(
        self,
        *,
        person: PersonId | None,
        platform: PlatformId,
        kind: GrantKind,
        account: AccountId | None,
        state: str,
        verifier: str,
        until: datetime,
    ) -> AttemptId:
        made = AttemptId(fresh())
        row = {
            "id": made,
            "state": self.keys.digest(state),
            "person": person,
            "platform": platform,
            "kind": kind,
            "account": account,
            "verifier": self.keys.seal(verifier.encode(), f"attempts:{made}"),
            "until": until,
            "used": False,
        }
        self.conn.execute(insert(attempts), [row])
        return made

    def attempt(self, attempt: AttemptId) -> Attempt | None:
        row = self.conn.execute(select(attempts).where(attempts.c.id == attempt)).first()
        return self._attempt(row) if row else None

    def by_state(self, state: str) -> Attempt | None:
        row = self.conn.execute(select(attempts).where(attempts.c.state == self.keys.digest(state))).first()
        return self._attempt(row) if row else None

    def use(self, attempt: AttemptId) -> bool:
        """True exactly once."""
        mine = update(attempts).where(attempts.c.id == attempt, ~attempts.c.used).values(used=True)
        return self.conn.execute(mine).rowcount == 1

    def outcome(self, attempt: AttemptId, outcome: str, detail: str) -> None:
        change = update(attempts).where(attempts.c.id == attempt)
        self.conn.execute(change.values(outcome=outcome, detail=detail[:200]))

    def forget_attempts(self, before: datetime) -> None:
        self.conn.execute(delete(attempts).where(attempts.c.until < before))

    def _attempt(self, row: Row[Any]) -> Attempt:
        verifier = self.keys.open(row.verifier, f"attempts:{row.id}").decode()
        person = PersonId(row.person) if row.person else None
        account = AccountId(row.account) if row.account else None
        kind = GrantKind(row.kind)
        return Attempt(
            AttemptId(row.id),
            PlatformId(row.platform),
            kind,
            person,
            account,
            verifier,
            row.until,
            row.used,
            row.outcome,
            row.detail or "",
        )

    def use_once(self, key: str, until: datetime) -> bool:
        """True for the first caller with this key."""
        return bool(insert_or_ignore(self.conn, seen, [{"key": f"once:{key}", "until": until}], "key"))

    def lock_once(self, key: str) -> None:
        """Whoever goes on with what a key was used for waits for others that do."""
        self.conn.execute(select(seen.c.key).where(seen.c.key == f"once:{key}").with_for_update()).all()

    def used(self, key: str) -> bool:
        """Whether ``use_once`` has had its first caller with this key."""
        return self.conn.execute(select(seen.c.key).where(seen.c.key == f"once:{key}")).first() is not None
