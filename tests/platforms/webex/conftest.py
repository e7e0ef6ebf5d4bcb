"""A Webex that answers from a table, and what the platform is lent. Ann is away from home here and has allowed.

``answers`` holds the next answers by verb and path (the last one stays), ``asked`` what was called and with what.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from vendor_server import NOON, Answers, Asked, Purse, answer, arguments, lend, serving
from webex_people import ANN, KNOWN, ORG, record

from bot.ids import AccountId
from bot.platform import Incoming, Lent
from bot.ready import GrantKind
from platforms.webex.send import Webex

UNKNOWN = (404, {"Content-Type": "application/json"}, '{"message":"Not found.","trackingId":"ROUTER_1"}')


class Watch:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def answers() -> Answers:
    return {"GET /people/me": [record("mio", type="bot")], "GET /webhooks": [{"items": []}]}


@pytest.fixture
def owners() -> set[AccountId]:
    """Accounts with a live grant."""
    return {ANN}


@pytest.fixture
def kept() -> dict[str, str]:
    """Ann and Bob were imported from Acme."""
    return {**KNOWN, "org": ORG}


@pytest.fixture
def purse(owners: set[AccountId], rejected: list[tuple[AccountId | None, GrantKind]]) -> Purse:
    return Purse(owners, rejected, "tok-", "tok-directory")


@pytest.fixture
async def vendor(answers: Answers, asked: Asked) -> AsyncIterator[TestServer]:
    async def told(request: web.Request) -> web.StreamResponse:
        name = f"{request.method} {request.path.removeprefix('/v1')}"
        asked.append((name, await arguments(request)))
        return answer(answers, name, UNKNOWN, {})

    async with serving({"/v1/{path:.+}": told, "/revoke": told}) as server:
        yield server


@pytest.fixture
def lent(
    vendor: TestServer,
    purse: Purse,
    watch: Watch,
    submitted: list[Incoming],
    kept: dict[str, str],
    counts: list[tuple[str, int]],
) -> Lent:
    settings = {
        "MIO_WEBEX_BOT_TOKEN": "tok-bot",
        "MIO_WEBEX_CLIENT_ID": "C0client",
        "MIO_WEBEX_CLIENT_SECRET": "hush",
        "MIO_WEBEX_WEBHOOK_SECRET": "s3cr3t-for-hook",
        "MIO_WEBEX_API_URL": str(vendor.make_url("/v1")),
        "MIO_WEBEX_REVOKE_URL": str(vendor.make_url("/revoke")),
    }
    return replace(lend("webex", settings, purse, submitted=submitted, kept=kept, counts=counts), clock=watch)


@pytest.fixture
async def webex(lent: Lent) -> AsyncIterator[Webex]:
    made = Webex(lent)
    await made.start()
    yield made
    await made.stop()
