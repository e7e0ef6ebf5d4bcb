"""A vendor that answers from a table over real sockets, and what a platform is lent: fixed time, a purse, a memory.

Tests of one platform put its own manners (addresses, envelopes) around this; nothing here knows a vendor.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.events import Secret, Tokens
from bot.ids import AccountId
from bot.platform import Incoming, Lent, NotAuthorised, Route
from bot.ready import GrantKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Asked = list[tuple[str, dict[str, Any]]]
Answers = dict[str, list[Any]]
"""By call: JSON objects, or (status, headers, text) for anything else; the last one stays."""


class Noon:
    def now(self) -> datetime:
        return NOON


@dataclass
class Purse:
    """The ``owners`` have a live grant, the bot is installed; nobody else is anything."""

    owners: set[AccountId]
    rejected: list[tuple[AccountId | None, GrantKind]]
    person_prefix: str = ""
    installed_token: str | None = "installed"
    renewed: dict[AccountId, str] = field(default_factory=dict)
    kept: list[tuple[GrantKind, Tokens]] = field(default_factory=list)
    """What a platform stored by itself."""

    async def person(self, account: AccountId) -> str:
        token = await self.person_or_none(account)
        if token is None:
            raise NotAuthorised("no live grant", account)
        return token

    async def person_or_none(self, account: AccountId) -> str | None:
        token = self.renewed.get(account, f"{self.person_prefix}{account}")
        return token if account in self.owners else None

    async def ends(self, account: AccountId) -> datetime | None:
        return None

    async def installed(self, kind: GrantKind) -> Tokens | None:
        return Tokens(Secret(self.installed_token)) if self.installed_token else None

    async def keep(self, kind: GrantKind, tokens: Tokens) -> None:
        self.kept.append((kind, tokens))

    def stale(self, account: AccountId | None, kind: GrantKind) -> None:
        self.rejected.append((account, kind))


class Memory:
    def __init__(self, kept: dict[str, str]) -> None:
        self.kept = kept

    async def get(self, key: str) -> str | None:
        return self.kept.get(key)

    async def put(self, key: str, value: str) -> None:
        self.kept[key] = value


def lend(
    platform: str,
    settings: Mapping[str, str],
    purse: Purse,
    *,
    submitted: list[Incoming],
    kept: dict[str, str],
    counts: list[tuple[str, int]],
) -> Lent:
    async def submit(incoming: Incoming) -> None:
        submitted.append(incoming)

    return Lent(
        settings=settings,
        public_url="https://bot.example",
        command="/mio",
        bot_name="Mio",
        submit=submit,
        tokens=purse,
        memory=Memory(kept),
        clock=Noon(),
        rates=True,
        counted=lambda source, method, status: counts.append((method, status)) if source == platform else None,
    )


async def arguments(request: web.Request) -> dict[str, Any]:
    """Query, form or JSON of a request, with its key and type."""
    if request.content_type == "application/json":
        args = orjson.loads(await request.read() or b"{}")
    else:
        args = dict(await request.post())
    key = request.headers.get("Authorization", "")
    return {**request.query, **args, "key": key, "type": request.content_type}


def answer(answers: Answers, name: str, unknown: Any, usual: Mapping[str, Any]) -> web.Response:
    """The next answer to this call; ``usual`` is what every JSON answer of the vendor holds."""
    queue = answers.get(name) or [unknown]
    found = queue.pop(0) if len(queue) > 1 else queue[0]
    if isinstance(found, tuple):
        status, headers, text = found
        return web.Response(status=status, headers=headers, text=text)
    return web.json_response({**usual, **found})


@asynccontextmanager
async def serving(
    routes: Mapping[str, Callable[[web.Request], Awaitable[web.StreamResponse]]],
) -> AsyncIterator[TestServer]:
    """A server for these addresses, whatever the verb."""
    app = web.Application()
    for path, handler in routes.items():
        app.router.add_route("*", path, handler)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


def webhook_client(routes: Sequence[Route]) -> TestClient[web.Request, web.Application]:
    """A platform's routes behind a server that would take twice what the platform takes."""
    app = web.Application(client_max_size=2 * 1024 * 1024)
    for route in routes:
        app.router.add_route(route.method, route.path, route.handler)
    return TestClient(TestServer(app))


def refusal(status: int, code: int | None = None, **body: Any) -> tuple[int, dict[str, str], str]:
    """An error answer in JSON."""
    words = {**({"code": code, "message": "No."} if code is not None else {}), **body}
    return status, {"Content-Type": "application/json"}, orjson.dumps(words).decode()
