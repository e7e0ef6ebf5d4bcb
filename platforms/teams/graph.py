"""The only file that calls Microsoft Graph: as a person, as the app, or as whoever holds a token that is not stored yet.

Limits are counted per tenant and kind of call: learn.microsoft.com/graph/throttling-limits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from bot.ids import AccountId
from bot.platform import Refused, TryLater
from bot.ready import GrantKind
from platforms.http import Rate
from platforms.teams import answers
from platforms.teams.api import GRAPH_SCOPE, Api, template

READ, SEND, WRITE, DIRECTORY, SUBSCRIBE = "read", "send", "write", "directory", "subscribe"
# Per app and tenant, a little below the published figures; a directory call costs up to five of 350 units a second.
RATES = {
    READ: Rate(18, 18),
    SEND: Rate(18, 18),
    WRITE: Rate(27, 27),
    DIRECTORY: Rate(60, 60),
    SUBSCRIBE: Rate(45, 200),
}
CHAT = Rate(4, 20)
"""One chat; the vendor publishes no figure."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose permission a call uses. ``account`` None: the app's own, or with ``held`` somebody whose grant is not stored."""

    token: str = field(repr=False)
    account: AccountId | None = None
    held: bool = False

    @property
    def app(self) -> bool:
        return self.account is None and not self.held


class Graph:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.lent = api.lent
        self._refused: dict[str, int] = {}
        """By account: which token Graph refused last, so that a renewed one that is refused, too, ends it."""

    # -- voices ----------------------------------------------------------------------------------

    async def person(self, account: AccountId, method: str, place: str, kind: str, **more: Any) -> dict[str, Any]:
        """As the person. ``NotAuthorised`` when their consent is over."""
        voice = Voice(await self.lent.tokens.person(account), account)
        return await self.call(voice, method, place, kind, **more)

    async def app(self, method: str, place: str, kind: str = DIRECTORY, **more: Any) -> dict[str, Any]:
        """As the app. ``NotAuthorised`` without account when the tenant's consent is missing."""
        voice = Voice(await self.api.own(GRAPH_SCOPE))
        return await self.call(voice, method, place, kind, **more)

    @staticmethod
    def holder(token: str) -> Voice:
        return Voice(token, held=True)

    # -- calls -----------------------------------------------------------------------------------

    async def call(
        self,
        voice: Voice,
        method: str,
        place: str,
        kind: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        chat: str | None = None,
    ) -> dict[str, Any]:
        """The body of a success. ``place``: a path below the API with its ids escaped, or a ``nextLink`` through ``within``.

        ``chat``: counted there as well. Raises the four errors and ``Conflict``.
        """
        lanes = [(kind, RATES[kind]), *([(f"chat:{chat}", CHAT)] if chat else [])]
        self.api.buckets.take_all(*lanes)
        url = self.api.graph + place + (f"?{encoded(query)}" if query else "")
        name = f"{method} {template(place)}"
        sent: dict[str, Any] = {"headers": {"Authorization": f"Bearer {voice.token}", **(headers or {})}}
        if json is not None:
            sent["json"] = json
        answer = await self.api.http.call(name, method, url, writes=kind == SEND, **sent)
        if 200 <= answer.status < 300:
            self._refused.pop(voice.account or "", None)
            return answer.body if isinstance(answer.body, dict) else {}
        now = self.lent.clock.now()
        if answer.status == 429:
            self.api.buckets.shut(*lanes[0], answers.wait(answer, now))
        if answer.status == 401:
            self._once_more(voice, name)
        raise answers.graph(answer, name, voice.account, voice.app, now)

    def _once_more(self, voice: Voice, name: str) -> None:
        """``TryLater`` while a refused token may only be old; returns when a renewed one was refused, too."""
        if voice.held:
            return
        key, mark = voice.account or "", hash(voice.token)
        before = self._refused.get(key)
        if before is not None and before != mark:
            del self._refused[key]
            return
        self._refused[key] = mark
        if voice.account is None:
            self.api.forget(GRAPH_SCOPE, voice.token)
        else:
            self.lent.tokens.stale(voice.account, GrantKind.PERSON)
        raise TryLater(f"{name}: 401, the token is renewed", None if before == mark else answers.SOON / 8)

    def within(self, link: str) -> str:
        """A ``nextLink`` or ``deltaLink`` as a place, verbatim. ``Refused`` when it leads out of Graph."""
        if not link.startswith(self.api.graph + "/"):
            raise Refused("a link that leads out of Graph")
        return link.removeprefix(self.api.graph)


def encoded(query: Mapping[str, str]) -> str:
    return urlencode(query, quote_via=quote, safe="$,()'/")


def items(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = page.get("value")
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def later(page: Mapping[str, Any]) -> str | None:
    """Where a list goes on."""
    link = page.get("@odata.nextLink")
    return link if isinstance(link, str) and link else None
