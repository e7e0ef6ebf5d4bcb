"""What platforms gave us: sealed tokens, bound to their row. Nothing here ever leaves memory unsealed."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, literal, select, update

from bot.events import Tokens
from bot.ids import AccountId, AttemptId, PersonId, PlatformId, fresh
from bot.ready import GrantKind
from storage import codec
from storage.schema import Moment, accounts, grants
from storage.sealing import Keys
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class Grant:
    id: str
    kind: GrantKind
    platform: PlatformId
    account: AccountId | None
    tokens: Tokens = field(repr=False)
    since: datetime
    """When these tokens were stored."""
    gap: datetime | None = None
    """From then on something may have been missed, and was not read back yet."""


def grant_id(kind: GrantKind, platform: PlatformId, account: AccountId | None) -> str:
    return f"{kind}:{account or platform}"


def discarded_id(attempt: AttemptId | str) -> str:
    """Under this id tokens only wait to be revoked; nobody finds them by account."""
    return f"discarded:{attempt}"


class Grants:
    def __init__(self, conn: Connection, keys: Keys, now: datetime) -> None:
        self.conn = conn
        self.keys = keys
        self.now = now

    def put(
        self, kind: GrantKind, platform: PlatformId, account: AccountId | None, tokens: Tokens, id: str | None = None
    ) -> None:
        key = id or grant_id(kind, platform, account)
        row = {
            "id": key,
            "kind": kind,
            "platform": platform,
            "account": account,
            "sealed": self.keys.seal(codec.encode_tokens(tokens), f"grants:{key}"),
            "expires": tokens.expires,
            "refreshable": tokens.refresh is not None,
            "since": self.now,
        }
        new = upsert(self.conn, grants)
        change = {name: new.excluded[name] for name in ("sealed", "expires", "refreshable", "since")}
        self.conn.execute(new.on_conflict_do_update(index_elements=["id"], set_=change), [row])

    def renew(self, grant: str, tokens: Tokens) -> None:
        """New tokens for the same grant; nothing when it was erased meanwhile."""
        change = {
            "sealed": self.keys.seal(codec.encode_tokens(tokens), f"grants:{grant}"),
            "expires": tokens.expires,
            "refreshable": tokens.refresh is not None,
            "since": self.now,
        }
        self.conn.execute(update(grants).where(grants.c.id == grant).values(**change))

    def get(self, kind: GrantKind, platform: PlatformId, account: AccountId | None) -> Grant | None:
        return self.by_id(grant_id(kind, platform, account))

    def by_id(self, grant: str) -> Grant | None:
        row = self.conn.execute(select(grants).where(grants.c.id == grant)).first()
        return self._grant(row) if row else None

    def of_person(self, person: PersonId) -> list[Grant]:
        mine = select(grants).join(accounts, accounts.c.id == grants.c.account).where(accounts.c.person == person)
        live = mine.where(grants.c.kind == GrantKind.PERSON, ~grants.c.id.startswith("discarded:"))
        return [self._grant(row) for row in self.conn.execute(live)]

    def expiring(self, before: datetime, most: int) -> list[Grant]:
        """Grants that can be renewed and end before a time, earliest first."""
        due = select(grants).where(grants.c.expires < before, grants.c.refreshable)
        live = due.where(~grants.c.id.startswith("discarded:"))
        return [self._grant(row) for row in self.conn.execute(live.order_by(grants.c.expires).limit(most))]

    def to_listen(self, before: datetime, platforms: Collection[PlatformId], most: int) -> list[Grant]:
        """People's live grants whose hearing is to be looked after, longest due first."""
        due = select(grants).where(grants.c.listen <= before, grants.c.platform.in_(list(platforms)))
        live = due.where(grants.c.kind == GrantKind.PERSON, ~grants.c.id.startswith("discarded:"))
        return [self._grant(row) for row in self.conn.execute(live.order_by(grants.c.listen).limit(most))]

    def listen_at(self, grant: str, at: datetime) -> None:
        """Look after this grant's hearing again at ``at``."""
        self.conn.execute(update(grants).where(grants.c.id == grant).values(listen=at))

    def missed(self, platform: PlatformId, since: datetime) -> None:
        """Nobody there was heard since then: everybody's turn is now, with the earliest gap."""
        mine = update(grants).where(grants.c.platform == platform, grants.c.listen.is_not(None))
        self.conn.execute(mine.values(listen=self.now, gap=func.coalesce(grants.c.gap, literal(since, Moment))))

    def reading_back(self, grant: str) -> None:
        """What was missed is being read back."""
        self.conn.execute(update(grants).where(grants.c.id == grant).values(gap=None))

    def listening(self, now: datetime) -> dict[tuple[str, str], int]:
        """Subscriptions by platform and state: live, or due to be looked after."""
        state = case((grants.c.listen > now, "live"), else_="due")
        found = select(grants.c.platform, state, func.count()).where(
            grants.c.listen.is_not(None), ~grants.c.id.startswith("discarded:")
        )
        rows = self.conn.execute(found.group_by(grants.c.platform, state))
        return {(str(p), str(s)): int(n) for p, s, n in rows}

    def discard(self, grant: str) -> str | None:
        """Take a grant out of use at once, until it is revoked; returns the id under which it waits."""
        held = self.by_id(grant)
        if held is None:
            return None
        parked = discarded_id(fresh())
        self.put(held.kind, held.platform, None, held.tokens, id=parked)
        self.erase(grant)
        return parked

    def restore(self, parked: str, grant: str) -> bool:
        """A grant that was put out of use is in use again under its old id. False: it is gone, or there is a newer one."""
        held = self.by_id(parked)
        if held is None or self.by_id(grant) is not None:
            return False
        account = AccountId(grant.partition(":")[2])
        self.put(held.kind, held.platform, account, held.tokens, id=grant)
        self.erase(parked)
        return True

    def erase(self, grant: str) -> None:
        self.conn.execute(delete(grants).where(grants.c.id == grant))

    def counts(self) -> dict[tuple[str, str], int]:
        """Live grants by platform and kind."""
        found = select(grants.c.platform, grants.c.kind, func.count()).where(~grants.c.id.startswith("discarded:"))
        rows = self.conn.execute(found.group_by(grants.c.platform, grants.c.kind))
        return {(str(p), str(k)): int(n) for p, k, n in rows}

    def _grant(self, row: Row[Any]) -> Grant:
        tokens = codec.decode_tokens(self.keys.open(row.sealed, f"grants:{row.id}"))
        account = AccountId(row.account) if row.account else None
        return Grant(row.id, GrantKind(row.kind), PlatformId(row.platform), account, tokens, row.since, row.gap)
