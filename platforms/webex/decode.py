"""Webex's deliveries as events: metadata first, and the words fetched only of people we know. Decides nothing.

What a webhook's own creator wrote is never fetched: whoever we may hear through is away from home here.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import Message as Headers
from typing import Any
from urllib.parse import quote

import msgspec

from bot.events import (
    ButtonPressed,
    CommandGiven,
    Event,
    Ignored,
    MessageEdited,
    MessageErased,
    MessagePosted,
    OutsiderWrote,
)
from bot.ids import AccountId, ChannelId, NativeId
from bot.platform import Gone, Refused, TryLater, Undecodable
from bot.text import plain
from cards import adaptive
from platforms.html import named
from platforms.webex import text
from platforms.webex.api import WEBEX, Api, Voice
from platforms.webex.ids import bare, canonical
from platforms.webex.members import Members
from platforms.webex.shapes import Delivery, Kept, Message, Pressed, convert, moment

TRIES, WAIT = 4, timedelta(milliseconds=250)
"""A message may be announced before it can be fetched, and its key may come later than it."""
MOST_TRIES = 2_000
MOST_FILES = 5


class Decoder:
    def __init__(self, api: Api, members: Members) -> None:
        self.api = api
        self.lent = api.lent
        self.members = members
        self._tries: dict[str, int] = {}

    async def decode(self, body: bytes) -> Sequence[Event]:
        try:
            kept = msgspec.json.decode(body, type=Kept)
        except (msgspec.DecodeError, RecursionError):
            raise Undecodable("not a kept Webex request") from None
        told = convert(kept.event, Delivery, "$.event")
        match kept.hook, told.resource, told.event:
            case "user" | "bot", "messages", _ if own(told):
                return [Ignored(WEBEX, "own", told.event[:40])]
            case "user", "messages", "created" | "updated" | "deleted":
                return [await self._message(told)]
            case "bot", "messages", "created":
                return [await self._command(told)]
            case "bot", "attachmentActions", "created":
                return await self._press(told)
            case _:
                return [Ignored(WEBEX, "unknown kind", f"{told.resource} {told.event}"[:60])]

    # -- people's messages -----------------------------------------------------------------------

    async def _message(self, told: Delivery) -> Event:
        """In a room of two whoever is not the webhook's creator is the author, so the envelope says it all."""
        kind = f"messages {told.event}"
        if told.data.roomType not in ("", "direct"):
            return Ignored(WEBEX, "not a direct message", kind)
        reader, author = await self.members.known(told.createdBy), await self.members.known(told.data.personId)
        if reader is not None and author is None and told.event == "created":
            return await self._stranger(told, reader)
        if reader is None or author is None:
            return Ignored(WEBEX, "foreign", kind)
        if told.event == "deleted":
            where = ChannelId(canonical(told.data.roomId)), NativeId(canonical(told.data.id))
            return MessageErased(WEBEX, *where, self.lent.clock.now())
        if await self.lent.tokens.person_or_none(reader) is None:
            return Ignored(WEBEX, "no permission to look", kind)
        voice = await self.api.person(reader)
        found = await self._fetch(voice, told.data.id)
        if found is None:
            return Ignored(WEBEX, "not found", kind)
        posted = await self.posted(voice, found, author, reader)
        if told.event == "created":
            return posted
        at = moment(str(found.get("updated") or told.data.updated)) or self.lent.clock.now()
        return MessageEdited(WEBEX, posted.channel, posted.native, author, reader, posted.text, at)

    async def _stranger(self, told: Delivery, reader: AccountId) -> Event:
        """Somebody who was not imported: who they are is looked up, what they wrote is not fetched."""
        writer = await self.members.stranger(told.data.personId)
        if writer is None:
            return Ignored(WEBEX, "own", f"messages {told.event}")
        return OutsiderWrote(reader, self.lent.clock.now(), writer.name, writer.kind)

    async def posted(self, voice: Voice, found: dict[str, Any], author: AccountId, reader: AccountId) -> MessagePosted:
        """A fetched message. Raises ``Undecodable``."""
        message = convert(found, Message)
        return MessagePosted(
            platform=WEBEX,
            channel=ChannelId(canonical(message.roomId)),
            native=NativeId(canonical(message.id)),
            author=author,
            reader=reader,
            text=text.read(found),
            at=_time(message.created),
            files=tuple([await self._name(voice, url) for url in message.files[:MOST_FILES]]),
            reply_to=NativeId(canonical(message.parentId)) if message.parentId else None,
        )

    async def _fetch(self, voice: Voice, message: str) -> dict[str, Any] | None:
        """None: it is not there any more. Just after its announcement it may not be there yet."""
        try:
            found = await self.api.call(voice, "GET", f"/messages/{quote(message, safe='')}")
        except Gone:
            self._again(message, "not there yet")
            return None
        if not isinstance(found, dict):
            raise Undecodable("a message that is no object")
        errors = found.get("errors")
        if isinstance(errors, dict) and {"text", "html", "markdown"} & set(errors):
            self._again(message, "its key is not there yet")
            raise Undecodable("the message's key could not be had (kms_failure)")
        self._tries.pop(message, None)
        return found

    def _again(self, message: str, why: str) -> None:
        """Raises ``TryLater`` a few times, each later than the one before."""
        tries = self._tries.pop(message, 0) + 1
        if tries < TRIES:
            if len(self._tries) >= MOST_TRIES:
                self._tries.clear()
            self._tries[message] = tries
            raise TryLater(f"message {why}", WAIT * 2 ** (tries - 1))

    async def _name(self, voice: Voice, url: str) -> str:
        """A file's name; without one it is still named as a file."""
        try:
            disposition = await self.api.head(voice, url, "Content-Disposition")
        except (TryLater, Gone, Refused):
            return "file"
        headers = Headers()
        headers["Content-Disposition"] = re.sub(r"[\r\n]", " ", disposition)
        return (headers.get_filename() or "file")[:200]

    # -- the bot ---------------------------------------------------------------------------------

    async def _command(self, told: Delivery) -> Event:
        found = await self._fetch(self.api.bot(), told.data.id)
        if found is None:
            return Ignored(WEBEX, "not found", "messages created")
        message = convert(found, Message)
        actor = await self.members.lookup(message.personId)
        if actor is None:
            return Ignored(WEBEX, "unknown user", "messages created")
        words = await self._words(found, message, told.createdBy)
        return CommandGiven(actor, words, _time(message.created), told.data.roomType == "group")

    async def _words(self, found: dict[str, Any], message: Message, bot: str) -> str:
        """What was typed, with people mentioned as account ids, and without the bot's own name before it."""
        if not message.mentionedPeople:
            words = found.get("text")
            return (words if isinstance(words, str) else plain(text.read(found))).strip()
        known = {bare(person): await self.members.known(person) for person in message.mentionedPeople[:20]}

        def mention(person: str, name: str) -> str:
            if bare(person) == bare(bot):
                return ""
            account = known.get(bare(person))
            return f"@account:{account}" if account else named(person, name)

        words = plain(text.read(found, mention)).strip()
        name = self.lent.bot_name
        return words[len(name) :].strip() if words.lower().startswith(f"{name.lower()} ") else words

    async def _press(self, told: Delivery) -> Sequence[Event]:
        """The delivery does not say what was put in; whoever pressed is who Webex says when asked."""
        try:
            found = await self.api.call(self.api.bot(), "GET", f"/attachment/actions/{quote(told.data.id, safe='')}")
        except Gone:
            self._again(told.data.id, "not there yet")
            return [Ignored(WEBEX, "not found", "attachmentActions created")]
        self._tries.pop(told.data.id, None)
        pressed = convert(found, Pressed)
        account = await self._presser(pressed.personId)
        if account is None:
            return [Ignored(WEBEX, "unknown user", "attachmentActions created")]
        at = moment(told.data.created) or self.lent.clock.now()
        channel = ChannelId(canonical(pressed.roomId or told.data.roomId))
        native = NativeId(canonical(pressed.messageId))
        presses = adaptive.pressed(pressed.inputs)
        if not presses:
            return [Ignored(WEBEX, "nothing chosen", "attachmentActions created")]
        return [ButtonPressed(account, wire, at, value, channel, native) for wire, value in presses]

    async def _presser(self, person: str) -> AccountId | None:
        known = await self.members.known(person)
        if known is not None:
            return known
        found = await self.members.lookup(person)
        return found.id if found else None


def own(told: Delivery) -> bool:
    """Written by the webhook's creator, by hand or through us: there is no mark that tells."""
    return bare(told.data.personId) == bare(told.createdBy)


def _time(stamp: str) -> datetime:
    found = moment(stamp)
    if found is None:
        raise Undecodable("`created` is not a time")
    return found
