"""Orders to Slack: messages as a person, cards as the bot, and looking whether something is there already."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.events import Event, Tokens
from bot.ids import AccountId, ChannelId, NativeId, user_of
from bot.people import Account
from bot.platform import Gone, Lent, PlatformError, Refused
from bot.ready import GrantKind, Knock, Listed, Probed, ReadyCard, ReadyPost, Sent, Signed
from bot.text import normal
from cards import block_kit
from platforms.slack import members, oauth, probe, text
from platforms.slack.api import SLACK, Api
from platforms.slack.decode import Decoder, moment

UNSHOWABLE = ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long")
"""Slack takes the words, not their shape: then the words alone."""
LOST_CARD = ("cant_update_message", "edit_window_closed", "channel_not_found", "is_inactive", "block_mismatch")
"""The card to be replaced is out of reach, as after the app was installed anew: a fresh one is shown."""
AT_ONCE = 1.0
"""Seconds that a command's answer may wait for a look at Slack."""


class Slack:
    """Fulfils ``bot.platform.Platform``."""

    id = SLACK

    def __init__(self, lent: Lent) -> None:
        from platforms.slack import TRAITS

        self.traits = TRAITS
        self.probes: Sequence[str] = probe.PROBES
        self.lent = lent
        self.api = Api(lent)
        self.decoder = Decoder(self.api)

    async def start(self) -> None:
        await self.api.start()

    async def stop(self) -> None:
        await self.api.stop()

    async def decode(self, body: bytes) -> Sequence[Event]:
        return await self.decoder.decode(body)

    # -- messages --------------------------------------------------------------------------------

    async def post(self, ready: ReadyPost) -> Sent:
        channel = await self._channel(ready)
        content = text.write(ready.text)
        try:
            found = await self._say(ready.voice, channel, content)
        except Refused as refused:
            if str(refused) not in UNSHOWABLE:
                raise
            found = await self._say(ready.voice, channel, {"text": content["text"]})
        return Sent(ChannelId(str(found["channel"])), NativeId(str(found["ts"])), moment(str(found["ts"])))

    async def _say(self, voice: AccountId, channel: str, content: dict[str, Any]) -> Any:
        quiet = {"unfurl_links": False, "unfurl_media": False}
        return await self.api.person(voice, "chat.postMessage", writes=True, channel=channel, **quiet, **content)

    async def _channel(self, ready: ReadyPost) -> str:
        """The direct conversation of the two; opening it again gives the same one."""
        if ready.channel is not None:
            return ready.channel
        one, other = user_of(ready.voice), user_of(ready.reader)
        found = await self.api.person(ready.voice, "conversations.open", users=other)
        channel = str(found["channel"]["id"])
        await self.lent.memory.put(f"dm:{channel}", f"{one}:{other}")
        return channel

    async def find(self, ready: ReadyPost, since: datetime) -> Sequence[Sent] | None:
        channel = await self._channel(ready)
        words, author = normal(ready.text), user_of(ready.voice)
        found: list[Sent] = []
        cursor = ""
        for _ in range(5):
            page = await self.api.person(
                ready.voice,
                "conversations.history",
                channel=channel,
                oldest=f"{since.timestamp():.6f}",
                limit=200,
                cursor=cursor,
            )
            for message in page.get("messages") or ():
                if message.get("user") == author and normal(text.read(message, {})) == words:
                    ts = str(message["ts"])
                    found.append(Sent(ChannelId(channel), NativeId(ts), moment(ts)))
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return sorted(found, key=lambda sent: sent.at)
        return None

    # -- cards -----------------------------------------------------------------------------------

    async def show(self, ready: ReadyCard) -> Sent:
        content = block_kit.render(ready.content)
        if ready.native is not None and ready.channel is not None:
            found = await self._replace(ready.channel, ready.native, content)
        else:
            found = await self._show(ready.reader, content)
        ts = str(found["ts"])
        return Sent(ChannelId(str(found["channel"])), NativeId(ts), moment(ts))

    async def _replace(self, channel: str, ts: str, content: dict[str, Any]) -> Any:
        try:
            return await self.api.bot("chat.update", channel=channel, ts=ts, **content)
        except Refused as refused:
            if str(refused) in LOST_CARD:
                raise Gone(str(refused)) from None
            raise

    async def _show(self, reader: Account, content: dict[str, Any]) -> Any:
        """Cards are at least once: showing one twice harms less than losing it."""
        known = await self.lent.memory.get(f"bot:{reader.user}")
        quiet = {"unfurl_links": False, "unfurl_media": False}
        try:
            channel = known or await self._open(reader.user)
            return await self.api.bot("chat.postMessage", channel=channel, **quiet, **content)
        except Refused as refused:
            if known is None or str(refused) != "channel_not_found":
                raise
        return await self.api.bot("chat.postMessage", channel=await self._open(reader.user), **quiet, **content)

    async def _open(self, user: str) -> str:
        """The bot's direct conversation with somebody, remembered."""
        found = await self.api.bot("conversations.open", users=user)
        channel = str(found["channel"]["id"])
        await self.lent.memory.put(f"bot:{user}", channel)
        await self.lent.memory.put(f"dm:{channel}", f"bot:{user}")
        return channel

    async def bot_channel(self, user: str) -> str | None:
        """The same for somebody whose command waits for an answer within three seconds; None when Slack takes longer."""
        known = await self.lent.memory.get(f"bot:{user}")
        if known is not None:
            return known
        try:
            async with asyncio.timeout(AT_ONCE):
                return await self._open(user)
        except (TimeoutError, PlatformError):
            return None

    # -- directory and grants --------------------------------------------------------------------

    async def members(self, team: str | None, cursor: str | None) -> Listed:
        return await members.page(self.api, cursor)

    async def member(self, user: str) -> Account | None:
        return await members.lookup(self.api, (await self.api.identity()).team, user)

    def consent_url(self, kind: GrantKind, state: str, challenge: str, user: AccountId | None) -> str:
        team = user.split(":", 2)[1] if user else None
        return oauth.consent_url(self.api, kind, state, team)

    async def redeem(self, kind: GrantKind, code: str, verifier: str) -> Signed:
        return await oauth.redeem(self.api, kind, code)

    async def renew(self, kind: GrantKind, tokens: Tokens, account: AccountId | None) -> Tokens:
        return await oauth.renew(self.api, tokens, account)

    async def revoke(self, kind: GrantKind, tokens: Tokens) -> bool:
        return await oauth.revoke(self.api, tokens)

    async def probe(self, what: str) -> Probed:
        return await probe.probe(self.api, what)

    def knocks(self) -> Sequence[Knock]:
        return probe.knocks(self.lent)
