"""Orders to Zoom: messages as a person, cards as the bot, and looking whether something is there already."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot.events import Event, Tokens
from bot.ids import AccountId, ChannelId, NativeId, user_of
from bot.people import Account
from bot.platform import Lent, PlatformError, Refused
from bot.ready import GrantKind, Knock, Listed, Probed, ReadyCard, ReadyPost, Sent, Signed
from bot.text import normal
from cards import zoom as cards
from platforms.zoom import members, oauth, probe, text
from platforms.zoom.answers import SendingFailed
from platforms.zoom.api import LIGHT, ZOOM, Api
from platforms.zoom.decode import Decoder, channel_of, native

MESSAGES = "/chat/users/me/messages"
CARDS = "/im/chat/messages"
TRIES = 3
"""How often Zoom's general failure of a send is met before it counts as Zoom's last word."""
REMEMBERED = 10_000


class Zoom:
    """Fulfils ``bot.platform.Platform``."""

    id = ZOOM

    def __init__(self, lent: Lent) -> None:
        from platforms.zoom import TRAITS

        self.traits = TRAITS
        self.probes: Sequence[str] = probe.PROBES
        self.lent = lent
        self.api = Api(lent)
        self.decoder = Decoder(self.api)
        self._failures: dict[tuple[str, int], int] = {}

    async def start(self) -> None:
        await self.api.http.start()

    async def stop(self) -> None:
        await self.api.http.stop()

    async def decode(self, body: bytes) -> Sequence[Event]:
        return await self.decoder.decode(body)

    # -- messages --------------------------------------------------------------------------------

    async def post(self, ready: ReadyPost) -> Sent:
        reader = user_of(ready.reader)
        channel = channel_of(user_of(ready.voice), reader)
        body = {**text.write(ready.text), "to_contact": reader}
        try:
            found = await self.api.person(ready.voice, "POST", MESSAGES, writes=True, chat=channel, json=body)
        except SendingFailed as failed:
            raise self._failed((ready.message, ready.part), failed) from None
        self._failures.pop((ready.message, ready.part), None)
        return Sent(channel, native(str(found["id"])), self.lent.clock.now())

    def _failed(self, part: tuple[str, int], failed: SendingFailed) -> PlatformError:
        failures = self._failures.pop(part, 0) + 1
        if failures >= TRIES:
            return Refused(str(failed))
        if len(self._failures) >= REMEMBERED:
            self._failures.clear()
        self._failures[part] = failures
        return failed

    async def find(self, ready: ReadyPost, since: datetime) -> Sequence[Sent] | None:
        """Zoom compares whole seconds; its order is not documented, so we sort."""
        voice, reader = user_of(ready.voice), user_of(ready.reader)
        query = {
            "to_contact": reader,
            "from": _stamp(since - timedelta(seconds=1)),
            "to": _stamp(self.lent.clock.now() + timedelta(minutes=1)),
            "page_size": "50",
        }
        mine = await self._address(ready.voice)
        if not mine:
            return None
        found: list[Sent] = []
        token = ""
        for _ in range(10):
            asked = {**query, "next_page_token": token} if token else query
            page = await self.api.person(ready.voice, "GET", MESSAGES, params=asked)
            found.extend(_same(page, mine, normal(ready.text), since, channel_of(voice, reader)))
            token = page.get("next_page_token") or ""
            if not token:
                return sorted(found, key=lambda sent: sent.at)
        return None

    async def _address(self, account: AccountId) -> str:
        """The voice's e-mail address of today, by which its own messages are known in a listing."""
        me = await self.api.person(account, "GET", "/users/me", label=LIGHT)
        return str(me.get("email") or "").strip().lower()

    # -- cards -----------------------------------------------------------------------------------

    async def show(self, ready: ReadyCard) -> Sent:
        address = ready.reader.address or f"{ready.reader.user}@xmpp.zoom.us".lower()
        body = {
            "robot_jid": self.lent.settings["MIO_ZOOM_BOT_JID"],
            "account_id": self.api.tenant,
            "user_jid": address,
            "content": cards.render(ready.content),
        }
        if ready.native is not None:
            found = await self.api.bot("PUT", f"{CARDS}/{quote(ready.native, safe='')}", json=body)
        else:
            found = await self.api.bot("POST", CARDS, writes=True, json={**body, "to_jid": address})
        return Sent(ChannelId(address), NativeId(str(found["message_id"])), self.lent.clock.now())

    # -- directory and grants --------------------------------------------------------------------

    async def members(self, team: str | None, cursor: str | None) -> Listed:
        return await members.page(self.api, cursor)

    async def member(self, user: str) -> Account | None:
        return await members.lookup(self.api, user)

    def consent_url(self, kind: GrantKind, state: str, challenge: str, user: AccountId | None) -> str:
        return oauth.consent_url(self.api, kind, state, challenge)

    async def redeem(self, kind: GrantKind, code: str, verifier: str) -> Signed:
        return await oauth.redeem(self.api, kind, code, verifier)

    async def renew(self, kind: GrantKind, tokens: Tokens, account: AccountId | None) -> Tokens:
        return await oauth.renew(self.api, kind, tokens, account)

    async def revoke(self, kind: GrantKind, tokens: Tokens) -> bool:
        return await oauth.revoke(self.api, kind, tokens)

    async def probe(self, what: str) -> Probed:
        return await probe.probe(self.api, what)

    def knocks(self) -> Sequence[Knock]:
        return probe.knocks(self.lent)


def _same(page: dict[str, Any], mine: str, words: str, since: datetime, channel: ChannelId) -> Sequence[Sent]:
    found = []
    for message in page.get("messages") or ():
        at = datetime.fromtimestamp(int(message.get("timestamp", 0)) / 1000, UTC)
        body = text.read(str(message.get("message", "")), message.get("rich_text") or ())
        if str(message.get("sender", "")).strip().lower() == mine and at >= since and normal(body) == words:
            found.append(Sent(channel, native(str(message["id"])), at))
    return found


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
