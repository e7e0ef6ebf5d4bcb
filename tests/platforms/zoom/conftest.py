"""A Zoom that answers from a table, and what the platform is lent.

``answers`` holds the next answers by verb and path (the last one stays), ``asked`` what was called and with what.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from vendor_server import Answers, Asked, Purse, answer, arguments, lend, serving

from bot.ids import AccountId
from bot.platform import Incoming, Lent
from bot.ready import GrantKind
from platforms.zoom.send import Zoom

ANN = AccountId("zoom:ACCT-ACME:AnnLee01")
UNKNOWN = (404, {"Content-Type": "application/json"}, '{"code":2300,"message":"This API endpoint is not recognized."}')


@pytest.fixture
def answers() -> Answers:
    roles = [{"id": "0", "name": "Owner"}, {"id": "1", "name": "Admin"}, {"id": "2", "name": "Member"}]
    app = {"access_token": "tok-app", "token_type": "bearer", "expires_in": 3_599, "scope": "imchat:bot"}
    return {"POST oauth/token": [app], "GET /roles": [{"roles": roles, "total_records": 3}]}


@pytest.fixture
def owners() -> set[AccountId]:
    """Accounts with a live grant."""
    return {ANN}


@pytest.fixture
def purse(owners: set[AccountId], rejected: list[tuple[AccountId | None, GrantKind]]) -> Purse:
    return Purse(owners, rejected, "tok-", "tok-directory")


@pytest.fixture
async def vendor(answers: Answers, asked: Asked) -> AsyncIterator[TestServer]:
    async def told(request: web.Request) -> web.StreamResponse:
        name = f"{request.method} {request.path.removeprefix('/v2').replace('/oauth', 'oauth')}"
        asked.append((name, await arguments(request)))
        return answer(answers, name, UNKNOWN, {})

    async with serving({"/v2/{path:.+}": told, "/oauth/{path:.+}": told}) as server:
        yield server


@pytest.fixture
def lent(
    vendor: TestServer,
    purse: Purse,
    submitted: list[Incoming],
    kept: dict[str, str],
    counts: list[tuple[str, int]],
) -> Lent:
    settings = {
        "MIO_ZOOM_ACCOUNT_ID": "ACCT-ACME",
        "MIO_ZOOM_BOT_JID": "v1mio01@xmpp.zoom.us",
        "MIO_ZOOM_CLIENT_ID": "app-a",
        "MIO_ZOOM_CLIENT_SECRET": "hush-a",
        "MIO_ZOOM_SECRET_TOKEN": "zm-webhook-secret-0001",
        "MIO_ZOOM_USER_CLIENT_ID": "app-b",
        "MIO_ZOOM_USER_CLIENT_SECRET": "hush-b",
        "MIO_ZOOM_USER_SECRET_TOKEN": "zm-webhook-secret-0002",
        "MIO_ZOOM_API_URL": str(vendor.make_url("/v2")),
        "MIO_ZOOM_OAUTH_URL": str(vendor.make_url("/oauth")),
        "MIO_ZOOM_FILE_URL": "https://file.zoom.us/v2",
    }
    return lend("zoom", settings, purse, submitted=submitted, kept=kept, counts=counts)


@pytest.fixture
async def zoom(lent: Lent) -> AsyncIterator[Zoom]:
    made = Zoom(lent)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def s2s(lent: Lent) -> AsyncIterator[Zoom]:
    """Zoom whose directory is read by a server-to-server app."""
    more = {"MIO_ZOOM_S2S_CLIENT_ID": "app-c", "MIO_ZOOM_S2S_CLIENT_SECRET": "hush-c"}
    made = Zoom(replace(lent, settings={**lent.settings, **more}))
    await made.start()
    yield made
    await made.stop()
