"""Orders to Slack: messages as a person, cards as the bot, and looking whether something is there already."""

from collections.abc import Sequence
from datetime import datetime

from bot.events import Event, Tokens
from bot.ids import AccountId, ChannelId, NativeId, user_of
from bot.people import Account
from bot.platform import (
    Gone,
    GrantKind,
    Lent,
    Listed,
    NotAuthorised,
    Probed,
    ReadyCard,
    ReadyPost,
    Refused,
    Sent,
    Signed,
    TryLater,
)
from bot.text import normal
from cards import block_kit
from platforms.slack import members, oauth, text
from platforms.slack.api import SLACK, Api
from platforms.slack.decode import Decoder, moment


class Slack:
    """Fulfils ``bot.platform.Platform``."""

    id = SLACK

    def __init__(self, lent: Lent) -> None:
        from platforms.slack import TRAITS

        self.traits = TRAITS
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
        found = await self.api.person(
            ready.voice,
            "chat.postMessage",
            writes=True,
            channel=channel,
            unfurl_links=False,
            unfurl_media=False,
            **text.write(ready.text),
        )
        return Sent(ChannelId(str(found["channel"])), NativeId(str(found["ts"])), moment(str(found["ts"])))

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
            found = await self.api.bot("chat.update", channel=ready.channel, ts=ready.native, **content)
        else:
            channel = await self._bot_channel(ready.reader)
            found = await self.api.bot("chat.postMessage", channel=channel, unfurl_links=False, **content)
        ts = str(found["ts"])
        return Sent(ChannelId(str(found["channel"])), NativeId(ts), moment(ts))

    async def _bot_channel(self, reader: Account) -> str:
        known = await self.lent.memory.get(f"bot:{reader.user}")
        if known is not None:
            return known
        found = await self.api.bot("conversations.open", users=reader.user)
        channel = str(found["channel"]["id"])
        await self.lent.memory.put(f"bot:{reader.user}", channel)
        await self.lent.memory.put(f"dm:{channel}", f"bot:{reader.user}")
        return channel

    # -- directory and grants --------------------------------------------------------------------

    async def members(self, cursor: str | None) -> Listed:
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

    async def probe(self) -> Probed:
        try:
            who = await self.api.identity()
        except TryLater as later:
            return Probed(False, f"Slack does not answer at the moment ({later})")
        except (NotAuthorised, Refused, Gone) as refused:
            return Probed(False, f"Slack refuses the bot: {refused}")
        return Probed(True, f"workspace {who.team}")
