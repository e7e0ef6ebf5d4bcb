"""Zoom's payloads as events. May ask Zoom for what a payload leaves out; decides nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from bot.events import (
    AppLost,
    ButtonPressed,
    CommandGiven,
    Event,
    GrantLost,
    Ignored,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MessageEdited,
    MessageErased,
    MessagePosted,
    OutsiderWrote,
)
from bot.ids import ChannelId, NativeId
from bot.links import LinkReason
from bot.platform import Undecodable
from bot.text import RichText
from platforms.zoom import text
from platforms.zoom.api import ZOOM, Api
from platforms.zoom.members import lookup

T = TypeVar("T")
POSTED, UPDATED, DELETED = (f"team_chat.dm_message_{kind}" for kind in ("posted", "updated", "deleted"))
JOINED = ("user.created", "user.invitation_accepted", "user.activated")
LEFT = ("user.deactivated", "user.deleted", "user.disassociated")
Filled = Annotated[str, msgspec.Meta(min_length=1)]
Moment = Annotated[int, msgspec.Meta(ge=0, lt=10**14)]


class File(msgspec.Struct, frozen=True):
    file_name: str = "file"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a delete tells, too. ``operator`` wrote, ``contact`` is the other side; both have ids only in our account."""

    message_id: Filled
    contact_member_id: str
    contact_id: str = ""
    contact_account_id: str = ""


class DirectMessage(Written, frozen=True, kw_only=True):
    timestamp: Moment
    message: str = ""
    files: list[File] = []
    rich_text: list[dict[str, Any]] = []
    reply_main_message_id: str | None = None


class Payload(msgspec.Struct, frozen=True):
    operator_member_id: str
    operator_id: str = ""
    account_id: str = ""
    by_external_user: bool = False


class Notification(msgspec.Struct, frozen=True):
    userId: Filled
    cmd: str = ""
    toJid: str = ""
    robotJid: str = ""
    userJid: str = ""


class Item(msgspec.Struct, frozen=True):
    value: Filled


class Pressed(msgspec.Struct, frozen=True):
    userId: Filled
    actionItem: Item
    messageId: str = ""


class Selected(msgspec.Struct, frozen=True):
    userId: Filled
    selectedItems: Annotated[list[Item], msgspec.Meta(min_length=1)]
    messageId: str = ""


class Deauthorised(msgspec.Struct, frozen=True):
    user_id: Filled
    client_id: str
    account_id: str = ""


class User(msgspec.Struct, frozen=True):
    id: str = ""
    """Absent while pending."""


class Changed(msgspec.Struct, frozen=True):
    object: User
    account_id: str = ""


def channel_of(one: str, other: str) -> ChannelId:
    """A direct conversation has no id of its own: the sorted pair of user ids stands for it."""
    return ChannelId(":".join(sorted((one, other))))


def native(message: str) -> NativeId:
    """Message ids come with and without braces, in either case."""
    return NativeId(message.strip("{}").upper())


class Decoder:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.lent = api.lent

    async def decode(self, body: bytes) -> Sequence[Event]:
        try:
            event = _stripped(msgspec.json.decode(body)["event"])
            kind, payload = event["event"], event["payload"]
        except (msgspec.DecodeError, KeyError, TypeError, RecursionError):
            raise Undecodable("not a kept Zoom request") from None
        at = self._time(event)
        match kind:
            case str() if kind in (POSTED, UPDATED, DELETED):
                return await self._message(kind, payload, at)
            case "bot_notification":
                return await self._command(_convert(payload, Notification), at)
            case "interactive_message_actions":
                pressed = _convert(payload, Pressed)
                return [self._press(pressed.userId, pressed.messageId, pressed.actionItem.value, None, at)]
            case "interactive_message_select":
                return [self._choice(_convert(payload, Selected), at)]
            case "app_deauthorized":
                return [self._deauthorised(_convert(payload, Deauthorised), at)]
            case str() if kind in JOINED or kind in LEFT or kind == "user.updated":
                return await self._member(kind, _convert(payload, Changed), at)
            case _:
                return [Ignored(ZOOM, "unknown kind", str(kind)[:60])]

    def _time(self, event: dict[str, Any]) -> datetime:
        value = event.get("event_ts")
        if isinstance(value, int) and 0 < value < 10**14:
            return datetime.fromtimestamp(value / 1000, UTC)
        return self.lent.clock.now()

    def _ours(self, account: str) -> bool:
        """Zoom leaves the account out, or empty, in places."""
        return account in ("", self.api.tenant)

    # -- messages --------------------------------------------------------------------------------

    async def _message(self, kind: str, payload: Any, at: datetime) -> Sequence[Event]:
        writer = _convert(payload, Payload)
        about = _convert(payload.get("object"), Written if kind == DELETED else DirectMessage, "$.object")
        author = reader = None
        if not writer.by_external_user and self._ours(writer.account_id):
            author = await self._user(writer.operator_member_id, writer.operator_id)
        if self._ours(about.contact_account_id):
            reader = await self._user(about.contact_member_id, about.contact_id)
        if author is None and reader is not None and kind == POSTED:
            return [OutsiderWrote(self.api.account(reader), at)]
        if author is None or reader is None or author == reader:
            return [Ignored(ZOOM, "foreign", kind)]
        channel, message = channel_of(author, reader), native(about.message_id)
        if not isinstance(about, DirectMessage):
            return [MessageErased(ZOOM, channel, message, at)]
        body = text.read(about.message, about.rich_text) if about.message else RichText()
        ids = self.api.account(author), self.api.account(reader)
        if kind == UPDATED:
            return [MessageEdited(ZOOM, channel, message, *ids, body, at)]
        sent = datetime.fromtimestamp(about.timestamp / 1000, UTC)
        files = tuple(file.file_name for file in about.files)
        root = native(about.reply_main_message_id) if about.reply_main_message_id else None
        return [MessagePosted(ZOOM, channel, message, *ids, body, sent, files, root)]

    async def _user(self, member: str, user: str) -> str | None:
        """The user id; people outside the account come with a member id only, and stay unknown."""
        if user and member:
            if await self.lent.memory.get(f"member:{member}") != user:
                await self.lent.memory.put(f"member:{member}", user)
            return user
        return await self.lent.memory.get(f"member:{member}") if member else user or None

    # -- the bot ---------------------------------------------------------------------------------

    async def _command(self, note: Notification, at: datetime) -> Sequence[Event]:
        """In its own conversation the bot is addressed as ``{user}/robot_{bot}``, or by either half alone."""
        actor = await lookup(self.api, note.userId)
        if actor is None:
            return [Ignored(ZOOM, "unknown user", "bot_notification")]
        place = note.toJid.split("/")[0].lower().removeprefix("robot_")
        own = ("", (actor.address or "").lower(), note.userJid.lower(), note.robotJid.lower())
        return [CommandGiven(actor, note.cmd, at, place not in own)]

    def _choice(self, chosen: Selected, at: datetime) -> ButtonPressed:
        """A choice's value carries the action before a bar: an answer to a select names nothing else."""
        wire, bar, value = chosen.selectedItems[0].value.partition("|")
        return self._press(chosen.userId, chosen.messageId, wire, value if bar else None, at)

    def _press(self, user: str, message: str, wire: str, value: str | None, at: datetime) -> ButtonPressed:
        return ButtonPressed(self.api.account(user), wire, at, value, None, NativeId(message) if message else None)

    def _deauthorised(self, gone: Deauthorised, at: datetime) -> Event:
        if not self._ours(gone.account_id):
            return Ignored(ZOOM, "foreign", "app_deauthorized")
        if gone.client_id == self.lent.settings["MIO_ZOOM_USER_CLIENT_ID"]:
            return GrantLost(self.api.account(gone.user_id), LinkReason.REVOKED, at, "app_deauthorized")
        if gone.client_id == self.lent.settings["MIO_ZOOM_CLIENT_ID"]:
            return AppLost(ZOOM, at, "app_deauthorized")
        return Ignored(ZOOM, "unknown app", "app_deauthorized")

    async def _member(self, kind: str, changed: Changed, at: datetime) -> Sequence[Event]:
        user = changed.object.id
        if not user or not self._ours(changed.account_id):
            return [Ignored(ZOOM, "foreign" if user else "no id yet", kind)]
        if kind in LEFT:
            return [MemberLeft(self.api.account(user), at)]
        account = await lookup(self.api, user)
        if account is None:
            return [MemberLeft(self.api.account(user), at)]
        return [MemberJoined(account, at) if kind in JOINED else MemberChanged(account, at)]


def _stripped(value: Any) -> Any:
    """Zoom's own sample spells a key with a trailing blank."""
    if isinstance(value, dict):
        return {str(k).strip(): _stripped(v) for k, v in value.items()}
    return [_stripped(v) for v in value] if isinstance(value, list) else value


def _convert(value: Any, kind: type[T], path: str = "$") -> T:
    """``value`` as ``kind``. Raises ``Undecodable`` with the path of the fault, without quoting it."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as fault:
        words = str(fault)
        words = words.replace("`$", f"`{path}", 1) if "`$" in words else f"{words} - at `{path}`"
        raise Undecodable(words) from None
