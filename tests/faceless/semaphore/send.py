"""Orders to Semaphore: messages as a person, cards as the bot, watches, and what was said before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from bot.events import Event, Tokens
from bot.ids import AccountId, ChannelId, NativeId, user_of
from bot.people import Account
from bot.platform import Lent
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

from . import decode, members, oauth, probe, text
from .api import SEMAPHORE, Api, moment


class Semaphore:
    """Fulfils ``bot.platform.Platform``, ``ByTeam`` and ``Listens``."""

    id = SEMAPHORE

    def __init__(self, lent: Lent) -> None:
        from . import TRAITS

        self.traits = TRAITS
        self.probes: Sequence[str] = probe.PROBES
        self.lent = lent
        self.api = Api(lent)

    async def start(self) -> None:
        await self.api.http.start()

    async def stop(self) -> None:
        await self.api.http.stop()

    async def decode(self, body: bytes) -> Sequence[Event]:
        return await decode.decode(self.api, body)

    # -- messages --------------------------------------------------------------------------------

    async def post(self, ready: ReadyPost) -> Sent:
        said = {"to": user_of(ready.reader), "text": text.write(ready.text)}
        return _sent(await self.api.person(ready.voice, "POST", "/messages", writes=True, json=said))

    async def find(self, ready: ReadyPost, since: datetime) -> Sequence[Sent] | None:
        query = {"with": user_of(ready.reader), "since": str(since.timestamp()), "cursor": ""}
        found: list[Sent] = []
        while True:
            page = await self.api.person(ready.voice, "GET", "/messages", params=query)
            mine = [m for m in page["messages"] if m["author"] == user_of(ready.voice)]
            found += [_sent(m) for m in mine if normal(text.read(m["text"])) == normal(ready.text)]
            if not page["cursor"]:
                return found
            query["cursor"] = page["cursor"]

    async def show(self, ready: ReadyCard) -> Sent:
        card = {"card": adaptive.render(ready.content, adaptive.TEAMS), "text": plain(ready.content)}
        if ready.native is not None:
            return _sent(await self.api.bot("PUT", f"/cards/{ready.native}", json=card))
        return _sent(await self.api.bot("POST", "/cards", json={"to": ready.reader.user, **card}))

    # -- hearing ---------------------------------------------------------------------------------

    async def listen(self, account: AccountId | None) -> Listening:
        """A watch ends by itself; Semaphore says since when it has been struck."""
        if account is None:
            found = await self.api.bot("PUT", "/watch")
        else:
            found = await self.api.person(account, "PUT", "/watch")
        gap = found["deaf_since"]
        return Listening(moment(found["until"]), moment(gap) if gap is not None else None)

    async def unlisten(self, tokens: Tokens) -> Tokens:
        if tokens.expires is not None and tokens.expires <= self.api.lent.clock.now():
            tokens = await oauth.renew(self.api, tokens, None)
        await self.api.call(tokens.access, "DELETE", "/watch", None)
        return tokens

    async def history(self, account: AccountId, since: datetime, cursor: str | None) -> History:
        query = {"with": "", "since": str(since.timestamp()), "cursor": cursor or ""}
        page = await self.api.person(account, "GET", "/messages", params=query)
        said = [msgspec.convert({"id": "history", **m}, decode.Written) for m in page["messages"]]
        return History(tuple(decode.written(self.api, each) for each in said), page["cursor"] or None)

    # -- directory and grants --------------------------------------------------------------------

    async def members(self, team: str | None, cursor: str | None) -> Listed:
        return await members.page(self.api, team, cursor)

    async def member(self, user: str) -> Account | None:
        return await members.lookup(self.api, user)

    async def teams(self, cursor: str | None) -> ListedTeams:
        return await members.teams(self.api, cursor)

    def consent_url(self, kind: GrantKind, state: str, challenge: str, user: AccountId | None) -> str:
        return oauth.consent_url(self.api, kind, state, challenge)

    async def redeem(self, kind: GrantKind, code: str, verifier: str) -> Signed:
        return await oauth.redeem(self.api, code, verifier)

    async def renew(self, kind: GrantKind, tokens: Tokens, account: AccountId | None) -> Tokens:
        return await oauth.renew(self.api, tokens, account)

    async def revoke(self, kind: GrantKind, tokens: Tokens) -> bool:
        return await oauth.revoke(self.api, tokens)

    async def probe(self, what: str) -> Probed:
        return await probe.probe(self.api, what)

    def knocks(self) -> Sequence[Knock]:
        """Semaphore tests no address."""
        return ()


def _sent(found: dict[str, Any]) -> Sent:
    return Sent(ChannelId(found["conversation"]), NativeId(found["message"]), moment(found["at"]))
