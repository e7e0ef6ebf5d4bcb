"""Orders to Webex: messages as a person, cards as the bot, and looking whether something is there already.

Everything is addressed by person: the room of two makes itself, and its id may change.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from bot.events import Event, Tokens
from bot.ids import AccountId, ChannelId, NativeId, user_of
from bot.people import Account
from bot.platform import Gone, Lent, NotAuthorised, Refused, TryLater
from bot.ready import (
    GrantKind,
    History,
    Knock,
    Listed,
    ListedTeams,
    Listening,
    Probed,
    ReadyCard,
    ReadyPost,
    Sent,
    Signed,
)
from bot.text import normal
from cards import adaptive
from cards.model import plain
from platforms.webex import probe, text
from platforms.webex.api import WEBEX, Api, Voice
from platforms.webex.decode import Decoder
from platforms.webex.history import Past
from platforms.webex.hooks import Hooks
from platforms.webex.ids import bare, canonical
from platforms.webex.members import Members
from platforms.webex.oauth import Oauth
from platforms.webex.shapes import moment

log = structlog.get_logger("mio.webex")

MOST_PAGES = 5


class Webex:
    """Fulfils ``bot.platform.Platform``, ``ByTeam`` and ``Listens``."""

    id = WEBEX

    def __init__(self, lent: Lent) -> None:
        from platforms.webex import TRAITS

        self.probes: Sequence[str] = probe.PROBES

        self.traits = TRAITS
        self.lent = lent
        self.api = Api(lent)
        self.people = Members(self.api)
        self.decoder = Decoder(self.api, self.people)
        self.hooks = Hooks(self.api)
        self.past = Past(self.api, self.people, self.decoder)
        self.oauth = Oauth(self.api)

    async def start(self) -> None:
        await self.api.start()

    async def stop(self) -> None:
        await self.api.stop()

    async def decode(self, body: bytes) -> Sequence[Event]:
        return await self.decoder.decode(body)

    # -- messages --------------------------------------------------------------------------------

    async def post(self, ready: ReadyPost) -> Sent:
        voice = await self.api.person(ready.voice)
        return self._sent(await self._say(voice, user_of(ready.reader), text.write(ready.text)))

    async def _say(self, voice: Voice, reader: str, content: dict[str, Any]) -> dict[str, Any]:
        try:
            found = await self.api.call(voice, "POST", "/messages", writes=True, json={"toPersonId": reader, **content})
        except Gone as unknown:
            # Nobody there to read it: that must be said, not passed over as done.
            raise Refused(f"reader unknown ({unknown})") from None
        if not isinstance(found, dict) or not found.get("id"):
            raise TryLater("POST /messages: an answer without an id", certain=False)
        return found

    def _sent(self, found: dict[str, Any]) -> Sent:
        at = moment(str(found.get("created"))) or self.lent.clock.now()
        return Sent(ChannelId(canonical(str(found.get("roomId")))), NativeId(canonical(str(found["id"]))), at)

    async def find(self, ready: ReadyPost, since: datetime) -> Sequence[Sent] | None:
        voice = await self.api.person(ready.voice)
        mine, words = bare(user_of(ready.voice)), normal(ready.text)
        listed = await self._since(voice, user_of(ready.reader), since)
        if listed is None:
            return None
        same = [m for m in listed if bare(str(m.get("personId"))) == mine and normal(text.read(m)) == words]
        return sorted((self._sent(m) for m in same if m.get("id")), key=lambda sent: sent.at)

    async def _since(self, voice: Voice, reader: str, since: datetime) -> list[dict[str, Any]] | None:
        """The messages of the two since then; None when there are too many to look through."""
        try:
            page = await self.api.page(voice, "/messages/direct", {"personId": reader})
        except Gone:
            return []
        if not page.items or _older(page.items[-1], since):
            return [m for m in page.items if not _older(m, since)]
        # How far back the first list goes is not documented; a room's list has pages.
        room = str(page.items[0].get("roomId"))
        page = await self.api.page(voice, "/messages", {"roomId": room, "max": "100"})
        found: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            fresh = [m for m in page.items if not _older(m, since)]
            found.extend(fresh)
            if page.next is None or len(fresh) < len(page.items):
                return found
            page = await self.api.page(voice, page.next)
        return None

    # -- cards -----------------------------------------------------------------------------------

    async def show(self, ready: ReadyCard) -> Sent:
        """A message with a card cannot be edited: the old one goes, a new one comes."""
        voice = self.api.bot()
        if ready.native is not None:
            await self._withdraw(voice, ready.native)
        card = {"contentType": adaptive.CONTENT_TYPE, "content": adaptive.render(ready.content, adaptive.WEBEX)}
        words = {"text": _cut(plain(ready.content))}
        try:
            found = await self._say(voice, ready.reader.user, {**words, "attachments": [card]})
        except Refused:
            # A card that Webex will not have says the same in words; a reader it does not know is refused again.
            found = await self._say(voice, ready.reader.user, words)
        at = moment(str(found.get("created"))) or self.lent.clock.now()
        # As Webex named it: the next change addresses it by this id.
        return Sent(ChannelId(str(found.get("roomId"))), NativeId(str(found["id"])), at)

    async def _withdraw(self, voice: Voice, native: str) -> None:
        try:
            await self.api.call(voice, "DELETE", f"/messages/{native}")
        except (Gone, Refused):
            return

    # -- hearing ---------------------------------------------------------------------------------

    async def listen(self, account: AccountId | None) -> Listening:
        return await self.hooks.listen(account)

    async def unlisten(self, tokens: Tokens) -> Tokens:
        """The webhooks outlive the token: they are taken down with one that works now."""
        tokens = await self.oauth.live(tokens)
        await self.hooks.take_down(self.api.holder(tokens.access), tokens.extra.get("user", ""))
        return tokens

    async def history(self, account: AccountId, since: datetime, cursor: str | None) -> History:
        return await self.past.read(account, since, cursor)

    # -- directory and grants --------------------------------------------------------------------

    async def teams(self, cursor: str | None) -> ListedTeams:
        return await self.people.teams(cursor)

    async def members(self, team: str | None, cursor: str | None) -> Listed:
        return await self.people.page(team, cursor)

    async def member(self, user: str) -> Account | None:
        return await self.people.member(user)

    def consent_url(self, kind: GrantKind, state: str, challenge: str, user: AccountId | None) -> str:
        return self.oauth.consent_url(kind, state, challenge)

    async def redeem(self, kind: GrantKind, code: str, verifier: str) -> Signed:
        signed = await self.oauth.redeem(kind, code, verifier)
        if kind is GrantKind.PERSON:
            await self.hooks.allowed(signed.tokens.extra["user"])
        return signed

    async def renew(self, kind: GrantKind, tokens: Tokens, account: AccountId | None) -> Tokens:
        return await self.oauth.renew(tokens, account)

    async def revoke(self, kind: GrantKind, tokens: Tokens) -> bool:
        """The webhooks first: they outlive the token, and without it nobody could take them down."""
        if kind is GrantKind.PERSON:
            try:
                tokens = await self.unlisten(tokens)
            except (NotAuthorised, Refused) as over:
                log.warning("webhooks left behind", why=str(over))
        return await self.oauth.revoke(tokens)

    async def probe(self, what: str) -> Probed:
        return await probe.probe(self.api, what)

    def knocks(self) -> Sequence[Knock]:
        return probe.knocks()


def _older(message: dict[str, Any], since: datetime) -> bool:
    at = moment(str(message.get("created")))
    return at is not None and at < since


def _cut(words: str) -> str:
    """At most as many bytes as a text may have."""
    raw = words.encode("utf-8", "replace")
    return words if len(raw) <= text.LIMIT else raw[: text.LIMIT - 3].decode("utf-8", "ignore") + "…"
