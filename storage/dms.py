"""Conversations, messages and copies: which message stands where. Ids, times and outcomes; never text.

A copy without a native id is a claim: we are about to post it, or have posted it and do not know its id yet. Whoever
learns the id first – the answer or the echo – writes it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from bot.events import MessagePosted, MessageSent
from bot.ids import AccountId, ChannelId, DmId, MessageId, NativeId, PersonId, PlatformId, fresh
from storage.schema import copies, legs, messages
from storage.upsert import upsert


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
        self.conn.execute(insert(messages), [row])
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
        self.conn.execute(insert(copies), [first])
        return made

    def message(self, message: MessageId) -> Message | None:
        row = self.conn.execute(select(messages).where(messages.c.id == message)).first()
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
        found = select(copies.c.message).where(
            copies.c.platform == platform, copies.c.channel == channel, copies.c.native == native
        )
        message = self.conn.execute(found).scalar()
        return MessageId(message) if message else None

    def claim(self, message: MessageId, platform: PlatformId, part: int, hash_: str, author: AccountId) -> None:
        row = {"message": message, "platform": platform, "part": part, "hash": hash_, "author": author}
        self.conn.execute(insert(copies), [row])

    def missing(self, message: MessageId, platform: PlatformId) -> list[int]:
        """Parts that are claimed and not known to stand on the platform."""
        found = select(copies.c.part).where(
            copies.c.message == message, copies.c.platform == platform, copies.c.native.is_(None)
        )
        return list(self.conn.execute(found.order_by(copies.c.part)).scalars())

    def receipt(
        self, platform: PlatformId, channel: ChannelId, native: NativeId, author: AccountId, hash_: str, at: datetime
    ) -> bool:
        """An echo: the oldest open claim with the same author and words takes this id. False: not ours."""
        if self.copy(platform, channel, native) is not None:
            return True
        claims = select(copies.c.message, copies.c.part).where(
            copies.c.author == author,
            copies.c.hash == hash_,
            copies.c.platform == platform,
            copies.c.native.is_(None),
        )
        claim = self.conn.execute(claims.order_by(copies.c.message, copies.c.part).limit(1)).first()
        if claim is None:
            return False
        self._change(MessageId(claim.message), platform, claim.part, channel, native, at)
        return True

    def sent(self, event: MessageSent) -> None:
        """The platform's own answer: always accepted, and better than a guess from an echo."""
        other = self.conn.execute(
            select(copies.c.message, copies.c.part).where(
                copies.c.platform == event.platform,
                copies.c.channel == event.channel,
                copies.c.native == event.native,
            )
        ).first()
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
        row = (copies.c.message == message, copies.c.platform == platform, copies.c.part == part)
        self.conn.execute(update(copies).where(*row).values(channel=channel, native=native, at=at))

    def outcome(self, message: MessageId, outcome: str, reason: str) -> None:
        change = update(messages).where(messages.c.id == message)
        self.conn.execute(change.values(outcome=outcome, reason=reason[:200]))

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
        found = select(legs.c.channel).where(legs.c.dm == dm, legs.c.platform == platform)
        channel = self.conn.execute(found).scalar()
        return ChannelId(channel) if channel else None

    def last(self, dm: DmId, platform: PlatformId) -> datetime | None:
        """The vendor's time of the newest message heard on this leg."""
        found = select(legs.c.last).where(legs.c.dm == dm, legs.c.platform == platform)
        newest: datetime | None = self.conn.execute(found).scalar()
        return newest

    def reach(self, dm: DmId, platform: PlatformId, channel: ChannelId | None, last: datetime | None) -> None:
        """Remember a leg's channel or its newest message; None leaves what is known."""
        row = {"dm": dm, "platform": platform, "channel": channel, "last": last}
        new = upsert(self.conn, legs)
        change = {}
        if channel is not None:
            change["channel"] = new.excluded.channel
        if last is not None:
            change["last"] = new.excluded.last
        self.conn.execute(new.on_conflict_do_update(index_elements=["dm", "platform"], set_=change), [row])
