"""Slack's payloads as events. May ask Slack for what a payload leaves out; decides nothing.

A direct message's event does not say whom it is with, and is delivered once per app, naming one user who may see it.
"""

import re
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
from bot.platform import Gone, NotAuthorised, Refused, Undecodable
from platforms.slack import text
from platforms.slack.api import SLACK, Api
from platforms.slack.members import account_of, lookup


class Authorization(msgspec.Struct):
    user_id: str = ""
    is_bot: bool = False


class Envelope(msgspec.Struct):
    event: dict[str, Any]
    team_id: str
    authorizations: list[Authorization] = []


class Message(msgspec.Struct):
    channel: str
    ts: str
    user: str = ""
    subtype: str = ""
    channel_type: str = ""
    text: str | None = None
    blocks: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    thread_ts: str | None = None
    bot_id: str | None = None


class Inner(msgspec.Struct):
    ts: str
    user: str = ""
    edited: dict[str, Any] | None = None


class Changed(msgspec.Struct):
    channel: str
    message: dict[str, Any]
    event_ts: str
    previous_message: dict[str, Any] = {}


class Deleted(msgspec.Struct):
    channel: str
    deleted_ts: str
    event_ts: str


class Slash(msgspec.Struct):
    team_id: str
    user_id: str
    text: str = ""
    shared: bool = False


class Pressed(msgspec.Struct):
    user: dict[str, Any]
    team: dict[str, Any]
    actions: list[dict[str, Any]]
    container: dict[str, Any] = {}


T = TypeVar("T")
RELAYED = ("", "file_share", "me_message", "thread_broadcast")


def moment(ts: str) -> datetime:
    """Slack's ``ts`` as a time; ``Undecodable`` when it is none."""
    try:
        whole, _, part = ts.partition(".")
        return datetime.fromtimestamp(int(whole), UTC).replace(microsecond=int((part + "000000")[:6]))
    except (ValueError, OverflowError, OSError):
        raise Undecodable("`ts` is not a time") from None


class Decoder:
    """Reads one kept request. ``names`` of mentioned users are remembered."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.lent = api.lent

    async def decode(self, body: bytes) -> Sequence[Event]:
        try:
            kept = msgspec.json.decode(body)
            kind, payload = kept["kind"], kept["payload"]
        except (msgspec.DecodeError, KeyError, TypeError):
            raise Undecodable("not a kept Slack request") from None
        match kind:
            case "event":
                return await self._event(_convert(payload, Envelope))
            case "command":
                return await self._command(_convert(payload, Slash))
            case _:
                return self._press(_convert(payload, Pressed))

    async def _event(self, envelope: Envelope) -> Sequence[Event]:
        event, now = envelope.event, self.lent.clock.now()
        match event.get("type"):
            case "message":
                return await self._message(envelope)
            case "user_change" | "team_join":
                account = account_of(event.get("user") or {}, envelope.team_id)
                if account is None:
                    raise Undecodable("`event.user.id` is missing")
                if not account.active:
                    return [MemberLeft(account.id, now)]
                joined = event.get("type") == "team_join"
                return [MemberJoined(account, now) if joined else MemberChanged(account, now)]
            case "tokens_revoked":
                users = (event.get("tokens") or {}).get("oauth") or []
                lost = [self.api.account(envelope.team_id, str(user)) for user in users]
                return [GrantLost(account, LinkReason.REVOKED, now, "tokens_revoked") for account in lost]
            case "app_uninstalled":
                return [AppLost(SLACK, now, "app_uninstalled")]
            case kind:
                return [Ignored(SLACK, "unknown kind", str(kind)[:40])]

    # -- messages --------------------------------------------------------------------------------

    async def _message(self, envelope: Envelope) -> Sequence[Event]:
        event = envelope.event
        subtype = event.get("subtype") or ""
        if subtype == "message_changed":
            return await self._changed(envelope, _convert(event, Changed))
        if subtype == "message_deleted":
            gone = _convert(event, Deleted)
            at = moment(gone.event_ts)
            return [MessageErased(SLACK, ChannelId(gone.channel), NativeId(gone.deleted_ts), at)]
        message = _convert(event, Message)
        if subtype not in RELAYED or not message.user:
            return [Ignored(SLACK, "subtype", subtype[:40] or "no user")]
        if not message.channel.startswith("D"):
            return [Ignored(SLACK, "not a direct message", "message")]
        other = await self._counterpart(envelope, message.channel, message.user)
        bot = (await self.api.identity()).user
        if message.user == bot:
            return [Ignored(SLACK, "own", "message")]
        if other is None:
            return [Ignored(SLACK, "no permission to look", "message")]
        names = await self._names(event, envelope.team_id)
        body = text.read(event, names)
        if other == bot:
            return await self._to_bot(envelope, message)
        return [
            MessagePosted(
                platform=SLACK,
                channel=ChannelId(message.channel),
                native=NativeId(message.ts),
                author=self.api.account(envelope.team_id, message.user),
                reader=self.api.account(envelope.team_id, other),
                text=body,
                at=moment(message.ts),
                files=tuple(str(f.get("name") or f.get("title") or "file") for f in message.files),
                reply_to=NativeId(message.thread_ts) if message.thread_ts else None,
            )
        ]

    async def _changed(self, envelope: Envelope, changed: Changed) -> Sequence[Event]:
        """Link previews and reply counts change a message, too: only a new ``edited.ts`` is an edit."""
        inner = _convert(changed.message, Inner)
        before = (changed.previous_message.get("edited") or {}).get("ts")
        if not inner.edited or inner.edited.get("ts") == before or not inner.user:
            return [Ignored(SLACK, "not an edit", "message_changed")]
        other = await self._counterpart(envelope, changed.channel, inner.user)
        if other is None:
            return [Ignored(SLACK, "no permission to look", "message_changed")]
        return [
            MessageEdited(
                platform=SLACK,
                channel=ChannelId(changed.channel),
                native=NativeId(inner.ts),
                author=self.api.account(envelope.team_id, inner.user),
                reader=self.api.account(envelope.team_id, other),
                text=text.read(changed.message, await self._names(changed.message, envelope.team_id)),
                at=moment(changed.event_ts),
            )
        ]

    async def _counterpart(self, envelope: Envelope, channel: str, author: str) -> str | None:
        """The other party of a direct conversation; None when nobody's permission lets us look."""
        known = await self.lent.memory.get(f"dm:{channel}")
        if known is not None:
            one, _, other = known.partition(":")
            if one == "bot":
                return (await self.api.identity()).user if other == author else other
            return other if one == author else one
        found = await self._ask(envelope, channel, author)
        if found is not None:
            bot = (await self.api.identity()).user
            pair = f"bot:{author if found == bot else found}" if bot in (author, found) else f"{author}:{found}"
            await self.lent.memory.put(f"dm:{channel}", pair)
        return found

    async def _ask(self, envelope: Envelope, channel: str, author: str) -> str | None:
        for seen_by in envelope.authorizations:
            if seen_by.user_id and seen_by.user_id != author:
                return (await self.api.identity()).user if seen_by.is_bot else seen_by.user_id
        account = self.api.account(envelope.team_id, author)
        if await self.lent.tokens.person_or_none(account) is not None:
            try:
                found = await self.api.person(account, "conversations.info", channel=channel)
            except (Refused, Gone, NotAuthorised):
                return None
            return str(found["channel"].get("user") or "") or None
        return None

    async def _names(self, event: dict[str, Any], team: str) -> dict[str, str]:
        names: dict[str, str] = {}
        for user in sorted(text.mentioned(event))[:20]:
            name = await self.lent.memory.get(f"name:{user}")
            if name is None:
                account = await lookup(self.api, team, user)
                name = account.name if account else "somebody"
                await self.lent.memory.put(f"name:{user}", name)
            names[user] = name
        return names

    # -- the bot ---------------------------------------------------------------------------------

    async def _to_bot(self, envelope: Envelope, message: Message) -> Sequence[Event]:
        actor = await lookup(self.api, envelope.team_id, message.user)
        if actor is None:
            return [Ignored(SLACK, "unknown user", "message")]
        return [CommandGiven(actor, command_text(message.text or "", envelope.team_id), moment(message.ts))]

    async def _command(self, slash: Slash) -> Sequence[Event]:
        actor = await lookup(self.api, slash.team_id, slash.user_id)
        if actor is None:
            return [Ignored(SLACK, "unknown user", "command")]
        words = command_text(slash.text, slash.team_id)
        return [CommandGiven(actor, words, self.lent.clock.now(), slash.shared)]

    def _press(self, pressed: Pressed) -> Sequence[Event]:
        user, team = str(pressed.user.get("id", "")), str(pressed.team.get("id", ""))
        if not user or not team or not pressed.actions:
            raise Undecodable("`user.id`, `team.id` or `actions` is missing")
        action = pressed.actions[0]
        chosen = action.get("selected_option")
        value = str(chosen.get("value", "")) if isinstance(chosen, dict) else None
        wire = str(action.get("value") or action.get("action_id") or "").split("#")[0]
        account = self.api.account(team, user)
        channel = pressed.container.get("channel_id")
        native = pressed.container.get("message_ts")
        return [
            ButtonPressed(
                account,
                wire,
                self.lent.clock.now(),
                value,
                ChannelId(channel) if isinstance(channel, str) else None,
                NativeId(native) if isinstance(native, str) else None,
            )
        ]


def command_text(words: str, team: str) -> str:
    """What was typed, with mentions as account ids and addresses without Slack's brackets."""

    def entity(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        if target.startswith("@"):
            return f"@account:slack:{team}:{target[1:]}"
        return label if label and target.startswith("mailto:") else target.removeprefix("mailto:")

    return text.unescape(text.ENTITY.sub(entity, words))


def _convert(value: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as fault:
        raise Undecodable(str(fault)) from None
