"""Slack's payloads as events. May ask Slack for what a payload leaves out; decides nothing.

A direct message's event does not say whom it is with, and is delivered once per app, naming one user who may see it.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

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
from bot.text import RichText
from platforms.slack import text
from platforms.slack.api import SLACK, Api
from platforms.slack.members import account_of, lookup
from platforms.slack.shapes import (
    Before,
    Changed,
    Deleted,
    Envelope,
    Inner,
    Message,
    Pressed,
    Revoked,
    Slash,
    convert,
)

RELAYED = ("", "file_share", "me_message", "thread_broadcast")


def moment(ts: str) -> datetime:
    """Slack's ``ts`` as a time; ``Undecodable`` when it is none."""
    try:
        whole, _, part = ts.partition(".")
        return datetime.fromtimestamp(int(whole), UTC).replace(microsecond=int((part + "000000")[:6]))
    except (ValueError, OverflowError, OSError):
        raise Undecodable("`ts` is not a time") from None


def _second_after(seconds: int) -> datetime:
    """An event's own time is cut to a second: it happened before the end of that."""
    return moment(str(seconds + 1))


class Decoder:
    """Reads one kept request. ``names`` of mentioned users are remembered."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.lent = api.lent

    async def decode(self, body: bytes) -> Sequence[Event]:
        try:
            kept = msgspec.json.decode(body)
            kind, payload = kept["kind"], kept["payload"]
        except (msgspec.DecodeError, KeyError, TypeError, RecursionError):
            raise Undecodable("not a kept Slack request") from None
        match kind:
            case "event":
                return await self._event(convert(payload, Envelope))
            case "command":
                return await self._command(convert(payload, Slash))
            case _:
                return self._press(convert(payload, Pressed))

    async def _event(self, envelope: Envelope) -> Sequence[Event]:
        match envelope.event.get("type"):
            case "message":
                return await self._message(envelope)
            case "user_change" | "team_join" as kind:
                return await self._member(envelope, kind == "team_join")
            case "tokens_revoked":
                return await self._revoked(envelope)
            case "app_uninstalled":
                return [AppLost(SLACK, self.lent.clock.now(), "app_uninstalled")]
            case kind:
                return [Ignored(SLACK, "unknown kind", str(kind)[:40])]

    async def _member(self, envelope: Envelope, joined: bool) -> Sequence[Event]:
        user, now = envelope.event.get("user"), self.lent.clock.now()
        if not isinstance(user, dict) or not isinstance(user.get("id"), str):
            raise Undecodable("`event.user.id` is missing")
        if not isinstance(user.get("profile") or {}, dict):
            raise Undecodable("`event.user.profile` is no object")
        account = account_of(user, envelope.team_id)
        if account is None:
            return [Ignored(SLACK, "no member", str(envelope.event["type"]))]
        if await self.lent.memory.get(f"name:{account.user}") is not None:
            await self.lent.memory.put(f"name:{account.user}", account.name)
        if not account.active:
            return [MemberLeft(account.id, now)]
        return [MemberJoined(account, now) if joined else MemberChanged(account, now)]

    async def _revoked(self, envelope: Envelope) -> Sequence[Event]:
        """The bot's own token may be an old one that was replaced: only Slack knows whether the app still works."""
        tokens, now = convert(envelope.event.get("tokens") or {}, Revoked), self.lent.clock.now()
        lost = [self.api.account(envelope.team_id, user) for user in tokens.oauth]
        at = min(now, _second_after(envelope.event_time)) if envelope.event_time > 0 else now
        events: list[Event] = [GrantLost(account, LinkReason.REVOKED, at, "tokens_revoked") for account in lost]
        if tokens.bot:
            try:
                await self.api.bot("auth.test")
            except NotAuthorised:
                events.append(AppLost(SLACK, now, "tokens_revoked"))
        return events or [Ignored(SLACK, "nothing lost", "tokens_revoked")]

    # -- messages --------------------------------------------------------------------------------

    async def _message(self, envelope: Envelope) -> Sequence[Event]:
        event = envelope.event
        subtype = str(event.get("subtype") or "")
        if not str(event.get("channel") or "D").startswith("D"):
            return [Ignored(SLACK, "not a direct message", subtype[:40] or "message")]
        if subtype == "message_changed":
            return await self._changed(envelope, convert(event, Changed))
        if subtype == "message_deleted":
            gone = convert(event, Deleted)
            at = moment(gone.event_ts)
            return [MessageErased(SLACK, ChannelId(gone.channel), NativeId(gone.deleted_ts), at)]
        message = convert(event, Message)
        if subtype not in RELAYED or not message.user:
            return [Ignored(SLACK, "subtype", subtype[:40] or "no user")]
        bot = (await self.api.identity()).user
        if message.user == bot:
            return [Ignored(SLACK, "own", "message")]
        other = await self._counterpart(envelope, message.channel, message.user)
        if other is None:
            return [Ignored(SLACK, "no permission to look", "message")]
        if other == bot:
            return await self._to_bot(envelope, message, message.user)
        return [await self._posted(envelope, message, message.user, other)]

    async def _posted(self, envelope: Envelope, message: Message, author: str, reader: str) -> MessagePosted:
        reply = message.thread_ts if message.thread_ts != message.ts else None
        return MessagePosted(
            platform=SLACK,
            channel=ChannelId(message.channel),
            native=NativeId(message.ts),
            author=self.api.account(envelope.team_id, author),
            reader=self.api.account(envelope.team_id, reader),
            text=await self._words(envelope.event, envelope.team_id),
            at=moment(message.ts),
            files=tuple(str(f.get("name") or f.get("title") or "file") for f in message.files or ()),
            reply_to=NativeId(reply) if reply else None,
        )

    async def _changed(self, envelope: Envelope, changed: Changed) -> Sequence[Event]:
        """Link previews and reply counts change a message, too: an edit has a new ``edited.ts`` and other words."""
        inner, before = convert(changed.message, Inner), convert(changed.previous_message or {}, Before)
        fresh = inner.edited is not None and (before.edited is None or inner.edited.ts != before.edited.ts)
        if not fresh or not inner.user or (inner.text, inner.blocks) == (before.text, before.blocks):
            return [Ignored(SLACK, "not an edit", "message_changed")]
        if inner.user == (await self.api.identity()).user:
            return [Ignored(SLACK, "own", "message_changed")]
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
                text=await self._words(changed.message, envelope.team_id),
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

    async def _words(self, event: dict[str, Any], team: str) -> RichText:
        """The text with the names of whom it mentions. Blocks are free in form, so reading them is the check."""
        try:
            return text.read(event, await self._names(text.mentioned(event), team))
        except (AttributeError, TypeError, ValueError, OverflowError, RecursionError):
            raise Undecodable("`blocks` does not have the known shape") from None

    async def _names(self, users: set[str], team: str) -> dict[str, str]:
        names: dict[str, str] = {}
        for user in sorted(users)[:20]:
            name = await self.lent.memory.get(f"name:{user}")
            if name is None:
                account = await lookup(self.api, team, user)
                name = account.name if account else "somebody"
                await self.lent.memory.put(f"name:{user}", name)
            names[user] = name
        return names

    # -- the bot ---------------------------------------------------------------------------------

    async def _to_bot(self, envelope: Envelope, message: Message, author: str) -> Sequence[Event]:
        actor = await lookup(self.api, envelope.team_id, author)
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
        if not pressed.actions:
            raise Undecodable("`actions` is empty")
        action, place = pressed.actions[0], pressed.container
        # The id says what is meant; a button's has a number behind it to be unique on the card.
        wire, value = action.action_id.split("#")[0], None
        if action.selected_option is not None:
            value = action.selected_option.value
        elif action.selected_options is not None:
            value = ",".join(chosen.value for chosen in action.selected_options)
        elif action.type == "plain_text_input":
            value = action.value or ""
        return [
            ButtonPressed(
                account=self.api.account(pressed.team.id, pressed.user.id),
                action=wire,
                at=self.lent.clock.now(),
                value=value,
                channel=ChannelId(place.channel_id) if place.channel_id else None,
                native=NativeId(place.message_ts) if place.message_ts else None,
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
