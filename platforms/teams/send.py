"""Orders to Teams: messages as a person, cards as the bot, and looking whether something is there already.

A one-to-one chat is made by asking for it, and asking again gives the same one; nothing here remembers a chat.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from botbuilder.core import CardFactory, MessageFactory

from bot.events import Event, Tokens
from bot.ids import AccountId, ChannelId, NativeId, user_of
from bot.people import Account
from bot.platform import Gone, Lent, PlatformError
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
from platforms.teams import probe, text
from platforms.teams.api import TEAMS, Api, path
from platforms.teams.certificates import Certificates
from platforms.teams.chats import Chats
from platforms.teams.contact import Contacts
from platforms.teams.decode import Decoder
from platforms.teams.ears import Ears
from platforms.teams.graph import READ, SEND, Graph, items, later
from platforms.teams.history import Past
from platforms.teams.invokes import Invokes
from platforms.teams.keys import Keys
from platforms.teams.members import Members
from platforms.teams.notifications import Notifications
from platforms.teams.oauth import Consent
from platforms.teams.shapes import moment

log = structlog.get_logger("mio.teams")

MOST_PAGES = 10


class Teams:
    """Fulfils ``bot.platform.Platform``, ``ByTeam``, ``Listens`` and ``Finds``."""

    id = TEAMS

    def __init__(self, lent: Lent) -> None:
        from platforms.teams import TRAITS

        self.traits = TRAITS
        self.probes: Sequence[str] = probe.PROBES
        self.lent = lent
        self.api = Api(lent)
        self.graph = Graph(self.api)
        self.keys = Keys(self.api)
        self.invokes = Invokes()
        self.chats = Chats(self.api, self.graph)
        self.people = Members(self.api, self.graph)
        self.contacts = Contacts(self.api, self.graph)
        self.certificates = Certificates(lent)
        self.ears = Ears(self.api, self.graph, self.certificates)
        self.notifications = Notifications(self.api, self.keys, self.ears, self.chats, self.certificates, self.people)
        self.decoder = Decoder(self.api, self.people, self.contacts, self.notifications)
        self.past = Past(self.api, self.graph, self.chats, self.notifications, self.people)
        self.consent = Consent(self.api, self.graph, self.keys)

    async def start(self) -> None:
        await self.api.http.start()

    async def stop(self) -> None:
        await self.api.http.stop()

    async def decode(self, body: bytes) -> Sequence[Event]:
        return await self.decoder.decode(body)

    # -- messages --------------------------------------------------------------------------------

    async def post(self, ready: ReadyPost) -> Sent:
        """A chat that is gone is made once more."""
        if ready.channel is not None:
            try:
                return await self._post(ready, ready.channel)
            except Gone:
                pass
        return await self._post(ready, await self._chat(ready))

    async def _chat(self, ready: ReadyPost) -> ChannelId:
        return await self.chats.open(ready.voice, user_of(ready.voice), user_of(ready.reader))

    async def _post(self, ready: ReadyPost, chat: ChannelId) -> Sent:
        body = {"body": text.write(ready.text)}
        found = await self.graph.person(
            ready.voice, "POST", path("chats", chat, "messages"), SEND, json=body, chat=chat
        )
        at = moment(found.get("createdDateTime")) or self.lent.clock.now()
        return Sent(chat, NativeId(str(found.get("id") or "")), at)

    async def find(self, ready: ReadyPost, since: datetime) -> Sequence[Sent] | None:
        chat = ready.channel or await self._chat(ready)
        voice, words = user_of(ready.voice), normal(ready.text)
        place, query = path("chats", chat, "messages"), {"$top": "50", "$orderby": "createdDateTime desc"}
        page = await self.graph.person(ready.voice, "GET", place, READ, query=query)
        found: list[Sent] = []
        for _ in range(MOST_PAGES):
            rows = [(moment(row.get("createdDateTime")), row) for row in items(page)]
            for at, message in rows:
                if at is not None and at >= since and _written_by(message) == voice and _words(message) == words:
                    found.append(Sent(chat, NativeId(str(message.get("id") or "")), at))
            link = later(page)
            if link is None or any(at is not None and at < since for at, _ in rows):
                return sorted(found, key=lambda sent: sent.at)
            page = await self.graph.person(ready.voice, "GET", self.graph.within(link), READ)
        return None

    # -- cards -----------------------------------------------------------------------------------

    async def show(self, ready: ReadyCard) -> Sent:
        """A card that takes another's place is also the answer to whoever waits after pressing that one."""
        content = adaptive.render(ready.content, adaptive.TEAMS)
        activity: dict[str, Any] = MessageFactory.attachment(CardFactory.adaptive_card(content)).serialize()
        activity["summary"] = plain(ready.content)[:200]
        user, now = ready.reader.user, self.lent.clock.now()
        if ready.native is not None and ready.channel is not None:
            await self.contacts.replace(user, ready.channel, ready.native, activity)
            self.invokes.shown((ready.channel, ready.native), content)
            return Sent(ready.channel, ready.native, now)
        conversation, native = await self.contacts.send(user, activity)
        return Sent(ChannelId(conversation), NativeId(native), now)

    # -- directory and hearing -------------------------------------------------------------------

    async def members(self, team: str | None, cursor: str | None) -> Listed:
        return await self.people.page(team, cursor)

    async def member(self, user: str) -> Account | None:
        return await self.people.member(user)

    async def teams(self, cursor: str | None) -> ListedTeams:
        return await self.people.teams(cursor)

    async def listen(self, account: AccountId | None) -> Listening:
        if account is not None:
            return await self.ears.listen(account)
        await self.find_consent()
        return await self.ears.upkeep()

    async def unlisten(self, tokens: Tokens) -> Tokens:
        if tokens.expires is not None and tokens.expires <= self.lent.clock.now():
            tokens = await self.consent.renew(tokens, None)
        await self.ears.take_down(tokens)
        return tokens

    async def history(self, account: AccountId, since: datetime, cursor: str | None) -> History:
        return await self.past.read(account, since, cursor)

    # -- grants ----------------------------------------------------------------------------------

    async def find_consent(self) -> None:
        """The tenant may have consented before we asked: its roles stand in the app's own token."""
        try:
            if await self.lent.tokens.installed(GrantKind.DIRECTORY) is None and await self.consent.proven():
                await self.lent.tokens.keep(GrantKind.DIRECTORY, self.consent.proof)
        except PlatformError as fault:
            log.info("consent not looked up", why=str(fault))

    def consent_url(self, kind: GrantKind, state: str, challenge: str, user: AccountId | None) -> str:
        return self.consent.consent_url(kind, state, challenge)

    async def redeem(self, kind: GrantKind, code: str, verifier: str) -> Signed:
        if kind is not GrantKind.PERSON:
            return await self.consent.redeem_tenant()
        signed = await self.consent.redeem(code, verifier)
        if signed.account is not None:
            await self.ears.allowed(signed.account.user)
        return signed

    async def renew(self, kind: GrantKind, tokens: Tokens, account: AccountId | None) -> Tokens:
        return await self.consent.renew(tokens, account)

    async def revoke(self, kind: GrantKind, tokens: Tokens) -> bool:
        """Microsoft has no way to end one app's tokens: what they set up is taken down, and then only our copy goes."""
        if kind is GrantKind.PERSON:
            await self.unlisten(tokens)
        return False

    async def probe(self, what: str) -> Probed:
        return await probe.probe(self.api, self.graph, self.consent, what)

    def knocks(self) -> Sequence[Knock]:
        """Microsoft signs with its own keys: nobody else can knock."""
        return ()


def _written_by(message: dict[str, Any]) -> str | None:
    sender = message.get("from")
    user = sender.get("user") if isinstance(sender, dict) else None
    native = user.get("id") if isinstance(user, dict) else None
    return native.lower() if isinstance(native, str) and message.get("deletedDateTime") is None else None


def _words(message: dict[str, Any]) -> str:
    body = message.get("body")
    body = body if isinstance(body, dict) else {}
    return normal(text.read(str(body.get("content") or ""), str(body.get("contentType") or "html")))
