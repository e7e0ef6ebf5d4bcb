"""Conversations, messages and copies: which message stands where. Ids, times and outcomes; never text.

A copy without a native id is a claim: we are about to post it, or have posted it and do not know its id yet. Whoever
learns the id first – the answer or the echo – writes it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.events import MessagePosted, MessageSent
from bot.ids import AccountId, ChannelId, DmId, MessageId, NativeId, PersonId, PlatformId, fresh
from storage.hot import Hot
from storage.schema import Moment, copies, legs, messages
from storage.upsert import hot_upsert


@dataclass(frozen=True, slots=True)
class Message:
    id: MessageId
    dm: DmId
    platform: PlatformId
    """Where it was written."""
    author: PersonId
    reader: PersonId
    at: datetime
    made: datetime
    outcome: str | None
    reason: str | None


_PART = (
    copies.c.message == bindparam("m"),
    copies.c.platform == bindparam("p"),
    copies.c.part == bindparam("n"),
)
_PLACE = (
    copies.c.platform == bindparam("p"),
    copies.c.channel == bindparam("c"),
    copies.c.native == bindparam("n"),
)
_NEW_MESSAGE = Hot(
    insert(messages).values(
        {name: bindparam(name) for name in ("id", "dm", "platform", "author", "reader", "at", "made")}
    )
)
_COPY = ("message", "platform", "part", "author", "hash", "channel", "native", "at")
_NEW_COPY = Hot(insert(copies).values({name: bindparam(name) for name in _COPY}))
_MESSAGE = Hot(select(messages).where(messages.c.id == bindparam("m")))
_AT = Hot(select(copies.c.message, copies.c.part).where(*_PLACE))
_MISSING = Hot(
    select(copies.c.part)
    .where(copies.c.message == bindparam("m"), copies.c.platform == bindparam("p"), copies.c.native.is_(None))
    .order_by(copies.c.part)
)
_CLAIMS = Hot(
    select(copies.c.message, copies.c.part)
    .where(
        copies.c.author == bindparam("a"),
        copies.c.hash == bindparam("h"),
        copies.c.platform == bindparam("p"),
        copies.c.native.is_(None),
    )
    .order_by(copies.c.message, copies.c.part)
    .limit(1)
)
_STANDS = Hot(
    update(copies)
    .where(*_PART)
    .values(channel=bindparam("to_channel"), native=bindparam("to_native"), at=bindparam("to_at", type_=Moment))
)
_OUTCOME = Hot(
    update(messages).where(messages.c.id == bindparam("m")).values(outcome=bindparam("o"), reason=bindparam("r"))
)
_LEG = Hot(select(legs.c.channel, legs.c.last).where(legs.c.dm == bindparam("d"), legs.c.platform == bindparam("p")))
_REACH = hot_upsert(
    legs,
    ("dm", "platform"),
    lambda new: {
        "channel": func.coalesce(new.excluded.channel, legs.c.channel),
        "last": func.coalesce(new.excluded.last, legs.c.last),
    },
    ("dm", "platform", "channel", "last"),
)


class Dms:
    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn = conn
        self.now = now

    # -- messages and copies ---------------------------------------------------------------------

    def heard(self, event: MessagePosted, dm: DmId, author: PersonId, reader: PersonId, hash_: str) -> MessageId | None:
        """A new message with its first copy; None when this native message is known already."""
        if self.copy(event.platform, event.channel, event.native) is not None:
            return None
        made = MessageId(fresh())
        row = {
            "id": made,
            "dm": dm,
            "platform": event.platform,
            "author": author,
            "reader": reader,
            "at": event.at,
            "made": self.now,
        }
        _NEW_MESSAGE.run(self.conn, **row)
        first = {
            "message": made,
            "platform": event.platform,
            "part": 0,
            "author": event.author,
            "hash": hash_,
            "channel": event.channel,
            "native": event.native,
            "at": event.at,
        }
        _NEW_COPY.run(self.conn, **first)
        return made

    def message(self, message: MessageId) -> Message | None:
        row = _MESSAGE.first(self.conn, m=message)
        if row is None:
            return None
        return Message(
            MessageId(row.id),
            DmId(row.dm),
            PlatformId(row.platform),
            PersonId(row.author),
            PersonId(row.reader),
            row.at,
            row.made,
            row.outcome,
            row.reason,
        )

    def copy(self, platform: PlatformId, channel: ChannelId, native: NativeId) -> MessageId | None:
        row = _AT.first(self.conn, p=platform, c=channel, n=native)
        return MessageId(row.message) if row else None

    def claim(self, message: MessageId, platform: PlatformId, part: int, hash_: str, author: AccountId) -> None:
        row = {"message": message, "platform": platform, "part": part, "hash": hash_, "author": author}
        _NEW_COPY.run(self.conn, **row, channel=None, native=None, at=None)

    def missing(self, message: MessageId, platform: PlatformId) -> list[int]:
        """Parts that are claimed and not known to stand on the platform."""
        return [row.part for row in _MISSING.rows(self.conn, m=message, p=platform)]

    def receipt(
        self, platform: PlatformId, channel: ChannelId, native: NativeId, author: AccountId, hash_: str, at: datetime
    ) -> bool:
        """An echo: the oldest open claim with the same author and words takes this id. False: not ours."""
        if self.copy(platform, channel, native) is not None:
            return True
        claim = _CLAIMS.first(self.conn, a=author, h=hash_, p=platform)
        if claim is None:
            return False
        self._change(MessageId(claim.message), platform, claim.part, channel, native, at)
        return True

    def sent(self, event: MessageSent) -> None:
        """The platform's own answer: always accepted, and better than a guess from an echo."""
        other = _AT.first(self.conn, p=event.platform, c=event.channel, n=event.native)
        if other is not None and (other.message, other.part) != (event.message, event.part):
            self._swap(MessageId(other.message), other.part, event)
        self._change(event.message, event.platform, event.part, event.channel, event.native, event.at)

    def _swap(self, other: MessageId, part: int, event: MessageSent) -> None:
        """The id was guessed for another claim: that one gets what we held so far, or is open again."""
        mine = self.conn.execute(
            select(copies.c.channel, copies.c.native, copies.c.at).where(
                copies.c.message == event.message,
                copies.c.platform == event.platform,
                copies.c.part == event.part,
            )
        ).first()
        for message, number in ((other, part), (event.message, event.part)):
            self._change(message, event.platform, number, None, None, None)
        if mine is not None and mine.native is not None:
            self._change(other, event.platform, part, mine.channel, mine.native, mine.at)

    def _change(
        self,
        message: MessageId,
        platform: PlatformId,
        part: int,
        channel: str | None,
        native: str | None,
        at: datetime | None,
    ) -> None:
        _STANDS.run(self.conn, m=message, p=platform, n=part, to_channel=channel, to_native=native, to_at=at)

    def outcome(self, message: MessageId, outcome: str, reason: str) -> None:
        _OUTCOME.run(self.conn, m=message, o=outcome, r=reason[:200])

    def unclaim(self, message: MessageId, platform: PlatformId) -> None:
        """The message will not be sent: nothing on that platform can be its echo."""
        mine = (copies.c.message == message, copies.c.platform == platform, copies.c.native.is_(None))
        self.conn.execute(delete(copies).where(*mine))

    def forget(self, before: datetime) -> None:
        """Ids, times and outcomes after ``MIO_KEEP``."""
        self.conn.execute(delete(messages).where(messages.c.made < before))

    # -- legs ------------------------------------------------------------------------------------

    def leg(self, dm: DmId, platform: PlatformId) -> ChannelId | None:
        """The native conversation on a platform, once known."""
        row = _LEG.first(self.conn, d=dm, p=platform)
        return ChannelId(row.channel) if row and row.channel else None

    def last(self, dm: DmId, platform: PlatformId) -> datetime | None:
        """The vendor's time of the newest message heard on this leg."""
        row = _LEG.first(self.conn, d=dm, p=platform)
        newest: datetime | None = row.last if row else None
        return newest

    def reach(self, dm: DmId, platform: PlatformId, channel: ChannelId | None, last: datetime | None) -> None:
        """Remember a leg's channel or its newest message; None leaves what is known."""
        _REACH.run(self.conn, dm=dm, platform=platform, channel=channel, last=last)
