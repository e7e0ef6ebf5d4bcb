"""Zoom's payloads as events. May ask Zoom for what a payload leaves out; decides nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

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
)
from bot.ids import ChannelId, NativeId
from bot.links import LinkReason
from bot.platform import Undecodable
from bot.text import RichText
from platforms.zoom import text
from platforms.zoom.api import ZOOM, Api
from platforms.zoom.members import lookup

T = TypeVar("T")
JOINED = ("user.created", "user.invitation_accepted", "user.activated")
LEFT = ("user.deactivated", "user.deleted", "user.disassociated")


class DirectMessage(msgspec.Struct):
    """``operator`` wrote, ``contact`` is the other side."""

    message_id: str
    contact_member_id: str
    timestamp: int
    contact_id: str = ""
    message: str = ""
    files: list[dict[str, Any]] = []
    rich_text: list[dict[str, Any]] = []
    reply_main_message_id: str | None = None


class Payload(msgspec.Struct):
    operator_member_id: str
    operator_id: str = ""
    by_external_user: bool = False


class Notification(msgspec.Struct):
    userId: str
    cmd: str = ""
    toJid: str = ""
    robotJid: str = ""


class Pressed(msgspec.Struct):
    userId: str
    messageId: str = ""
    actionItem: dict[str, Any] = {}
    selectedItems: list[dict[str, Any]] = []


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
            kind, payload = str(event["event"]), event["payload"]
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            raise Undecodable("not a kept Zoom request") from None
        at = self._time(event)
        if kind.startswith("team_chat.dm_message_"):
            return await self._message(kind, payload, at)
        match kind:
            case "bot_notification":
                return await self._command(_convert(payload, Notification), at)
            case "interactive_message_actions" | "interactive_message_select":
                return self._press(_convert(payload, Pressed), at)
            case "app_deauthorized":
                return self._deauthorised(payload, at)
            case _ if kind.startswith("user."):
                return await self._member(kind, payload, at)
            case _:
                return [Ignored(ZOOM, "unknown kind", kind[:60])]

    def _time(self, event: dict[str, Any]) -> datetime:
        value = event.get("event_ts")
        if isinstance(value, int) and 0 < value < 10**14:
            return datetime.fromtimestamp(value / 1000, UTC)
        return self.lent.clock.now()

    # -- messages --------------------------------------------------------------------------------

    async def _message(self, kind: str, payload: dict[str, Any], at: datetime) -> Sequence[Event]:
        writer = _convert(payload, Payload)
        message = _convert(payload.get("object"), DirectMessage) if kind != DELETED else None
        about = payload.get("object")
        if not isinstance(about, dict):
            raise Undecodable("Expected `object` - at `$.payload.object`")
        author = await self._user(writer.operator_member_id, writer.operator_id)
        reader = await self._user(str(about.get("contact_member_id", "")), str(about.get("contact_id") or ""))
        if author is None or reader is None or author == reader:
            return [Ignored(ZOOM, "foreign", kind)]
        channel = channel_of(author, reader)
        if message is None:
            gone = about.get("message_id")
            if not isinstance(gone, str):
                raise Undecodable("Expected `str` - at `$.object.message_id`")
            return [MessageErased(ZOOM, channel, native(gone), at)]
        body = text.read(message.message, message.rich_text) if message.message else RichText()
        if kind == UPDATED:
            ids = self.api.account(author), self.api.account(reader)
            return [MessageEdited(ZOOM, channel, native(message.message_id), *ids, body, at)]
        return [
            MessagePosted(
                platform=ZOOM,
                channel=channel,
                native=native(message.message_id),
                author=self.api.account(author),
                reader=self.api.account(reader),
                text=body,
                at=datetime.fromtimestamp(message.timestamp / 1000, UTC),
                files=tuple(str(f.get("file_name", "file")) for f in message.files),
                reply_to=native(message.reply_main_message_id) if message.reply_main_message_id else None,
            )
        ]

    async def _user(self, member: str, user: str) -> str | None:
        """The user id; people outside the account come with a member id only, and stay unknown."""
        if user and member:
            if await self.lent.memory.get(f"member:{member}") != user:
                await self.lent.memory.put(f"member:{member}", user)
            return user
        return await self.lent.memory.get(f"member:{member}") if member else user or None

    # -- the bot ---------------------------------------------------------------------------------

    async def _command(self, note: Notification, at: datetime) -> Sequence[Event]:
        actor = await lookup(self.api, note.userId)
        if actor is None:
            return [Ignored(ZOOM, "unknown user", "bot_notification")]
        mine = (actor.address or "").lower()
        place = note.toJid.split("/")[0].lower()
        shared = bool(place) and place != mine and not place.startswith(note.robotJid.lower() or "\0")
        return [CommandGiven(actor, note.cmd, at, shared)]

    def _press(self, pressed: Pressed, at: datetime) -> Sequence[Event]:
        """A choice's value carries the action before a bar: an answer to a select names nothing else."""
        wire = str(pressed.actionItem.get("value", ""))
        value: str | None = None
        if pressed.selectedItems:
            wire, bar, chosen = str(pressed.selectedItems[0].get("value", "")).partition("|")
            value = chosen if bar else None
        account = self.api.account(pressed.userId)
        where = NativeId(pressed.messageId) if pressed.messageId else None
        return [ButtonPressed(account, wire, at, value, None, where)]

    def _deauthorised(self, payload: dict[str, Any], at: datetime) -> Sequence[Event]:
        user, client = payload.get("user_id"), payload.get("client_id")
        if not isinstance(user, str):
            raise Undecodable("Expected `str` - at `$.user_id`")
        if client == self.lent.settings["MIO_ZOOM_USER_CLIENT_ID"]:
            return [GrantLost(self.api.account(user), LinkReason.REVOKED, at, "app_deauthorized")]
        return [AppLost(ZOOM, at, "app_deauthorized")]

    async def _member(self, kind: str, payload: dict[str, Any], at: datetime) -> Sequence[Event]:
        about = payload.get("object")
        if not isinstance(about, dict):
            raise Undecodable("Expected `object` - at `$.payload.object`")
        user = about.get("id")
        if not isinstance(user, str) or not user:
            return [Ignored(ZOOM, "no id yet", kind)]
        if kind in LEFT:
            return [MemberLeft(self.api.account(user), at)]
        account = await lookup(self.api, user)
        if account is None:
            return [MemberLeft(self.api.account(user), at)]
        return [MemberJoined(account, at) if kind in JOINED else MemberChanged(account, at)]


DELETED, UPDATED = "team_chat.dm_message_deleted", "team_chat.dm_message_updated"


def _stripped(value: Any) -> Any:
    """Zoom's own sample spells a key with a trailing blank."""
    if isinstance(value, dict):
        return {str(k).strip(): _stripped(v) for k, v in value.items()}
    return [_stripped(v) for v in value] if isinstance(value, list) else value


def _convert(value: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as fault:
        raise Undecodable(str(fault)) from None
