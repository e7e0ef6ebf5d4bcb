"""A Slack that answers from a table, and what the platform is lent: fixed time, a purse, a memory.

``answers`` holds the next answers by method (the last one stays), ``asked`` what was called and with what.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.events import Secret, Tokens
from bot.ids import AccountId
from bot.platform import GrantKind, Incoming, Lent, NotAuthorised
from platforms.slack.send import Slack

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN = AccountId("slack:T0ACME:U0ANNA")
BOB = AccountId("slack:T0ACME:U0BOB")


class Noon:
    def now(self) -> datetime:
        return NOON


class Purse:
    """Ann has a live grant, the bot is installed; nobody else is anything."""

    def __init__(self, rejected: list[tuple[AccountId | None, GrantKind]], owners: set[AccountId]) -> None:
        self.rejected = rejected
        self.owners = owners

    async def person(self, account: AccountId) -> str:
        token = await self.person_or_none(account)
        if token is None:
            raise NotAuthorised("no live grant", account)
        return token

    async def person_or_none(self, account: AccountId) -> str | None:
        return f"xoxp-{account}" if account in self.owners else None

    async def installed(self, kind: GrantKind) -> Tokens | None:
        return Tokens(Secret("xoxb-installed"))

    async def keep(self, kind: GrantKind, tokens: Tokens) -> None:
        raise AssertionError("Slack stores nothing by itself")

    def stale(self, account: AccountId | None, kind: GrantKind) -> None:
        self.rejected.append((account, kind))


class Memory:
    def __init__(self, kept: dict[str, str]) -> None:
        self.kept = kept

    async def get(self, key: str) -> str | None:
        return self.kept.get(key)

    async def put(self, key: str, value: str) -> None:
        self.kept[key] = value


@pytest.fixture
def answers() -> dict[str, list[Any]]:
    """By method: JSON objects, or (status, headers, text) for anything else."""
    return {"auth.test": [{"team_id": "T0ACME", "user_id": "U0MIO"}]}


@pytest.fixture
def asked() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def rejected() -> list[tuple[AccountId | None, GrantKind]]:
    return []


@pytest.fixture
def owners() -> set[AccountId]:
    """Accounts with a live grant."""
    return {ANN}


@pytest.fixture
def kept() -> dict[str, str]:
    return {}


@pytest.fixture
def submitted() -> list[Incoming]:
    return []


@pytest.fixture
def counts() -> list[tuple[str, int]]:
    return []


@pytest.fixture
async def vendor(answers: dict[str, list[Any]], asked: list[tuple[str, dict[str, Any]]]) -> AsyncIterator[TestServer]:
    async def answer(request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.content_type == "application/json":
            args = orjson.loads(await request.read())
        else:
            args = dict(await request.post())
        key = request.headers.get("Authorization", "")
        asked.append((method, {**args, "key": key, "type": request.content_type}))
        queue = answers.get(method) or [{"ok": False, "error": "unknown_method"}]
        found = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(found, tuple):
            status, headers, text = found
            return web.Response(status=status, headers=headers, text=text)
        return web.json_response({"ok": True, **found})

    app = web.Application()
    app.router.add_post("/api/{method}", answer)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
def lent(
    vendor: TestServer,
    submitted: list[Incoming],
    kept: dict[str, str],
    owners: set[AccountId],
    rejected: list[tuple[AccountId | None, GrantKind]],
    counts: list[tuple[str, int]],
) -> Lent:
    async def submit(incoming: Incoming) -> None:
        submitted.append(incoming)

    return Lent(
        settings={
            "MIO_SLACK_CLIENT_ID": "11.22",
            "MIO_SLACK_CLIENT_SECRET": "hush",
            "MIO_SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
            "MIO_SLACK_API_URL": str(vendor.make_url("/api/")),
            "MIO_SLACK_AUTHORIZE_URL": "https://slack.com/oauth/v2/authorize",
        },
        public_url="https://bot.example",
        command="/mio",
        bot_name="Mio",
        submit=submit,
        tokens=Purse(rejected, owners),
        memory=Memory(kept),
        clock=Noon(),
        rates=True,
        counted=lambda platform, method, status: counts.append((method, status)),
    )


@pytest.fixture
async def slack(lent: Lent) -> AsyncIterator[Slack]:
    made = Slack(lent)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def fixed(lent: Lent) -> AsyncIterator[Slack]:
    """Slack with a bot token from the settings, which nobody can renew."""
    made = Slack(replace(lent, settings={**lent.settings, "MIO_SLACK_BOT_TOKEN": "xoxb-fixed"}))
    await made.start()
    yield made
    await made.stop()
