"""Cards that were shown: what they say and where they stand, so that they can be replaced in place."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.ids import AccountId, CardId, ChannelId, NativeId, fresh
from storage.schema import cards


@dataclass(frozen=True, slots=True)
class CardRow:
    """``data`` is the card's facts as JSON; ``native`` None: not shown yet."""

    id: CardId
    account: AccountId
    kind: str
    subject: str
    data: str
    channel: ChannelId | None
    native: NativeId | None
    made: datetime


class Cards:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn = conn
        self.now = now

    def new(self, account: AccountId, kind: str, subject: str, data: str) -> CardId:
        made = CardId(fresh())
        row = {"id": made, "account": account, "kind": kind, "subject": subject, "data": data, "made": self.now}
        self.conn.execute(insert(cards), [row])
        return made

    def get(self, card: CardId) -> CardRow | None:
        row = self.conn.execute(select(cards).where(cards.c.id == card)).first()
        return _row(row) if row else None

    def lock(self, card: CardId) -> None:
        """Whoever changes what a card is made of waits for others that do."""
        self.conn.execute(select(cards.c.id).where(cards.c.id == card).with_for_update()).all()

    def set_data(self, card: CardId, data: str, kind: str) -> None:
        self.conn.execute(update(cards).where(cards.c.id == card).values(data=data, kind=kind))

    def set_subject(self, card: CardId, subject: str) -> None:
        self.conn.execute(update(cards).where(cards.c.id == card).values(subject=subject))

    def beginning(self, prefix: str, most: int) -> list[CardRow]:
        """Cards whose subject begins with this, oldest first."""
        found = select(cards).where(cards.c.subject.startswith(prefix, autoescape=True))
        return [_row(row) for row in self.conn.execute(found.order_by(cards.c.id).limit(most))]

    def shown(self, card: CardId, channel: ChannelId, native: NativeId) -> None:
        self.conn.execute(update(cards).where(cards.c.id == card).values(channel=channel, native=native))

    def by_subject(self, subject: str, most: int) -> list[CardRow]:
        """Newest first."""
        found = select(cards).where(cards.c.subject == subject).order_by(cards.c.id.desc()).limit(most)
        return [_row(row) for row in self.conn.execute(found)]

    def newest(self, account: AccountId, kinds: Collection[str], subject: str | None = None) -> CardRow | None:
        """The newest card of some kinds, about ``subject`` if given, that an account was shown."""
        found = select(cards).where(cards.c.account == account, cards.c.kind.in_(list(kinds)))
        if subject is not None:
            found = found.where(cards.c.subject == subject)
        row = self.conn.execute(found.order_by(cards.c.id.desc()).limit(1)).first()
        return _row(row) if row else None

    def last_place(self, accounts: Collection[AccountId]) -> AccountId | None:
        """Which of a person's accounts was shown a card last."""
        found = select(cards.c.account).where(cards.c.account.in_(list(accounts))).order_by(cards.c.id.desc()).limit(1)
        account = self.conn.execute(found).scalar()
        return AccountId(account) if account else None

    def forget(self, before: datetime) -> None:
        self.conn.execute(delete(cards).where(cards.c.made < before))


def _row(row: Row[Any]) -> CardRow:
    channel = ChannelId(row.channel) if row.channel else None
    native = NativeId(row.native) if row.native else None
    return CardRow(CardId(row.id), AccountId(row.account), row.kind, row.subject, row.data, channel, native, row.made)
