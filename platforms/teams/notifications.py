"""What Graph tells of a person's chats, as events: proven, and decrypted only in chats of two in which they let us look.

Of somebody who is not imported nothing is taken out of it but who wrote.

In this order: whose subscription, which chat, who signed, and only then what it says. Decides nothing.
Source: learn.microsoft.com/graph/change-notifications-with-resource-data and change-notifications-lifecycle-events.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from bot.events import Deafened, Event, Ignored, MessageEdited, MessageErased, MessagePosted, OutsiderWrote
from bot.ids import AccountId, ChannelId, NativeId, user_of
from bot.people import Kind
from bot.platform import NotAuthorised, Undecodable
from bot.ready import GrantKind
from bot.text import RichText, of
from platforms.teams import text
from platforms.teams.api import TEAMS, Api
from platforms.teams.certificates import Certificates, UnknownCertificate
from platforms.teams.chats import Chats
from platforms.teams.ears import OLDEST, Ears
from platforms.teams.keys import Forged, Keys
from platforms.teams.members import Members
from platforms.teams.shapes import Filled, Item, convert, moment

WHERE = re.compile(r"/?chats\('([^'/]{1,400})'\)/messages\('(\d{1,16})'\)")
REPEATED = timedelta(hours=4)
"""For so long Graph tries to deliver."""
MOST_TOKENS = 20
MOST_FILES, MOST_NAME = 20, 200
CARD = "application/vnd.microsoft.card."
PERSON = "aadUser"
STRANGER = "stranger"


class Message(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """A chatMessage, as far as it is used."""

    id: Filled
    messageType: str = ""
    chatId: str | None = None
    createdDateTime: str | None = None
    lastEditedDateTime: str | None = None
    deletedDateTime: str | None = None
    sender: dict[str, Any] | None = None
    body: dict[str, Any] | None = None
    attachments: list[dict[str, Any]] | None = None
    eventDetail: dict[str, Any] | None = None


class Notifications:
    def __init__(
        self, api: Api, keys: Keys, ears: Ears, chats: Chats, certificates: Certificates, members: Members
    ) -> None:
        self.api = api
        self.lent = api.lent
        self.keys = keys
        self.ears = ears
        self.chats = chats
        self.certificates = certificates
        self.members = members

    async def read(self, item: Item, tokens: Sequence[Any], heard: datetime | None = None) -> Sequence[Event]:
        """``heard``: when it was taken in; its tokens had to be good then."""
        kind = f"message {item.changeType}"[:40] if item.lifecycleEvent is None else item.lifecycleEvent[:40]
        user = await self.ears.owner(item.clientState)
        if user is None:
            return [Ignored(TEAMS, "unknown subscription", kind)]
        if item.tenantId.lower() != self.api.tenant:
            return [Ignored(TEAMS, "foreign tenant", kind)]
        reader = self.api.account(user)
        if item.lifecycleEvent is not None:
            return [await self._lifecycle(item.lifecycleEvent, reader)]
        where = WHERE.fullmatch(item.resource)
        if where is None:
            return [Ignored(TEAMS, "not a chat message", kind)]
        author, why = await self._partner(reader, where[1])
        if author is None and why != STRANGER:
            return [Ignored(TEAMS, why, kind)]
        if item.encryptedContent is not None and not await self._signed(tokens, heard):
            return [Ignored(TEAMS, "not signed", kind)]
        if author is None:
            return [await self._stranger(item, reader)]
        return [await self._change(item, (where[1], where[2]), author, reader)]

    async def _lifecycle(self, event: str, account: AccountId) -> Event:
        now = self.lent.clock.now()
        match event:
            case "reauthorizationRequired":
                # It is to be renewed with a token that lives longer than the one it was made with.
                self.lent.tokens.stale(account, GrantKind.PERSON)
                return Deafened(account, now, await self.ears.withheld(user_of(account)))
            case "subscriptionRemoved":
                return Deafened(account, now)
            case "missed":
                return Deafened(account, now, await self.ears.last(user_of(account)))
            case _:
                return Ignored(TEAMS, "unknown kind", event[:40])

    # -- before a word is read -------------------------------------------------------------------

    async def _partner(self, reader: AccountId, chat: str) -> tuple[AccountId | None, str]:
        """Whom the reader talks to there, if we know them and may look; else why not."""
        try:
            pair = await self.chats.pair(reader, chat)
        except NotAuthorised:
            return None, "no permission to look"
        author = await self.counterpart(pair, user_of(reader))
        if author is None and (pair is None or user_of(reader) not in pair):
            return None, "foreign"
        allowed = await self.lent.tokens.person_or_none(reader) is not None
        if not allowed:
            return None, "no permission to look"
        return author, "" if author is not None else STRANGER

    async def counterpart(self, pair: tuple[str, str] | None, user: str) -> AccountId | None:
        """The other one of a pair that the user belongs to, if they were imported."""
        if pair is None or user not in pair:
            return None
        other = pair[1] if pair[0] == user else pair[0]
        return await self.members.known(other) if other != user else None

    async def _stranger(self, item: Item, reader: AccountId) -> Event:
        """Somebody who is not imported, or of another tenant: that a person wrote is told, what they wrote is not."""
        kind = f"message {item.changeType}"[:40]
        if item.changeType != "created" or item.encryptedContent is None:
            return Ignored(TEAMS, "foreign", kind)
        try:
            found = convert(_object(await self.certificates.open(item.encryptedContent)), Message)
        except (Forged, UnknownCertificate):
            return Ignored(TEAMS, "foreign", kind)
        user = (found.sender or {}).get("user")
        writer = str(user.get("id") or "").lower() if isinstance(user, dict) else ""
        if found.messageType != "message" or found.eventDetail or writer in ("", user_of(reader)):
            return Ignored(TEAMS, "foreign", kind)
        name = user.get("displayName") if isinstance(user, dict) else None
        kind_of = Kind.MEMBER if self._writer(found) is not None else Kind.GUEST
        return OutsiderWrote(reader, self.lent.clock.now(), name[:MOST_NAME] if isinstance(name, str) else "", kind_of)

    async def _change(self, item: Item, where: tuple[str, str], author: AccountId, reader: AccountId) -> Event:
        kind = f"message {item.changeType}"[:40]
        if item.encryptedContent is None:
            return Ignored(TEAMS, "nothing inside", kind)
        try:
            raw = await self.certificates.open(item.encryptedContent)
        except Forged:
            return Ignored(TEAMS, "forged content", kind)
        except UnknownCertificate:
            return Deafened(reader, self.lent.clock.now(), self._told_at(item, where[1]))
        message = _object(raw)
        if (str(message.get("chatId") or where[0]).lower(), message.get("id")) != (where[0].lower(), where[1]):
            return Ignored(TEAMS, "another message inside", kind)
        return self.told({**message, "chatId": where[0]}, author, reader, item.changeType)

    async def _signed(self, tokens: Sequence[Any], heard: datetime | None) -> bool:
        if not 0 < len(tokens) <= MOST_TOKENS:
            return False
        try:
            for token in tokens:
                await self.keys.notification(str(token), heard)
        except Forged:
            return False
        return True

    def _told_at(self, item: Item, native: str) -> datetime:
        """From when on what we cannot read is to be read back: a message's number is the time it was written."""
        now = self.lent.clock.now()
        written = int(native) if item.changeType == "created" else 0
        at = datetime.fromtimestamp(written // 1_000, UTC) if 0 < written < 10**14 else now - REPEATED
        return min(max(at, now - OLDEST), now)

    # -- a message -------------------------------------------------------------------------------

    def told(self, message: dict[str, Any], author: AccountId, reader: AccountId, change: str) -> Event:
        """``change``: created, updated or deleted. Raises ``Undecodable``."""
        found, kind = convert(message, Message), f"message {change}"[:40]
        if found.messageType != "message" or found.eventDetail:
            return Ignored(TEAMS, "not a person's message", kind)
        removed = found.deletedDateTime is not None or change == "deleted"
        writer = self._writer(found)
        if writer == user_of(reader):
            return Ignored(TEAMS, "own", kind)
        # Of a removed message the vendor need not say who wrote it.
        if writer != user_of(author) and not (removed and found.sender is None):
            return Ignored(TEAMS, "foreign", kind)
        where = ChannelId(found.chatId or ""), NativeId(found.id)
        if removed:
            return MessageErased(TEAMS, *where, moment(found.deletedDateTime) or self.lent.clock.now())
        if change == "created":
            return self.posted(message, author, reader)
        edited = moment(found.lastEditedDateTime)
        if change != "updated" or edited is None:
            return Ignored(TEAMS, "nothing new in it", kind)
        return MessageEdited(TEAMS, *where, author, reader, _words(found), edited)

    def _writer(self, found: Message) -> str | None:
        """A person of this tenant, by object id; apps, bots and other tenants' people are nobody here."""
        user = (found.sender or {}).get("user")
        if not isinstance(user, dict) or user.get("userIdentityType") not in (None, PERSON):
            return None
        if str(user.get("tenantId") or self.api.tenant).lower() != self.api.tenant:
            return None
        return str(user.get("id") or "").lower() or None

    def posted(self, message: dict[str, Any], author: AccountId, reader: AccountId) -> MessagePosted:
        """A message as it stands now. Raises ``Undecodable``."""
        found = convert(message, Message)
        at = moment(found.createdDateTime)
        if at is None:
            raise Undecodable("`createdDateTime` is not a time")
        if not found.chatId:
            raise Undecodable("`chatId` is missing")
        return MessagePosted(
            platform=TEAMS,
            channel=ChannelId(found.chatId),
            native=NativeId(found.id),
            author=author,
            reader=reader,
            text=_words(found),
            at=at,
            files=_files(found),
            reply_to=_quoted(found),
        )


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Undecodable("decrypted content that is no JSON object")
    return found


def _attached(found: Message, kind: str) -> list[dict[str, Any]]:
    return [row for row in found.attachments or () if str(row.get("contentType") or "").startswith(kind)]


def _words(found: Message) -> RichText:
    """The body; of cards that came along what their makers wrote for those who see none."""
    body = found.body or {}
    words = text.read(str(body.get("content") or ""), str(body.get("contentType") or "html"))
    lines = [line for row in _attached(found, CARD) if (line := str(_inside(row).get("fallbackText") or "").strip())]
    return RichText((*words.blocks, *(block for line in lines for block in of(line).blocks)))


def _inside(row: dict[str, Any]) -> dict[str, Any]:
    """An attachment's content, which is JSON in a string."""
    try:
        found = msgspec.json.decode(str(row.get("content") or "{}"))
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _files(found: Message) -> tuple[str, ...]:
    names = [row.get("name") for row in found.attachments or () if row.get("contentType") == "reference"]
    return tuple(str(name or "file")[:MOST_NAME] for name in names[:MOST_FILES])


def _quoted(found: Message) -> NativeId | None:
    for row in _attached(found, "messageReference"):
        native = str(_inside(row).get("messageId") or row.get("id") or "")
        if native:
            return NativeId(native)
    return None
