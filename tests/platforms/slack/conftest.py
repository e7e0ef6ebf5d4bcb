"""A Slack that answers from a table, and what the platform is lent.

``answers`` holds the next answers by method (the last one stays), ``asked`` what was called and with what.
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
from platforms.slack.send import Slack

ANN = AccountId("slack:T0ACME:U0ANNA")


@pytest.fixture
def answers() -> Answers:
    """By method."""
    return {"auth.test": [{"team_id": "T0ACME", "user_id": "U0MIO", "bot_id": "B0MIO"}]}


@pytest.fixture
def owners() -> set[AccountId]:
    """Accounts with a live grant."""
    return {ANN}


@pytest.fixture
async def vendor(answers: Answers, asked: Asked) -> AsyncIterator[TestServer]:
    async def told(request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        asked.append((method, await arguments(request)))
        return answer(answers, method, {"ok": False, "error": "unknown_method"}, {"ok": True})

    async with serving({"/api/{method}": told}) as server:
        yield server


@pytest.fixture
def lent(
    vendor: TestServer,
    submitted: list[Incoming],
    kept: dict[str, str],
    owners: set[AccountId],
    rejected: list[tuple[AccountId | None, GrantKind]],
    counts: list[tuple[str, int]],
) -> Lent:
    settings = {
        "MIO_SLACK_CLIENT_ID": "11.22",
        "MIO_SLACK_CLIENT_SECRET": "hush",
        "MIO_SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
        "MIO_SLACK_API_URL": str(vendor.make_url("/api/")),
        "MIO_SLACK_AUTHORIZE_URL": "https://slack.com/oauth/v2/authorize",
    }
    purse = Purse(owners, rejected, "xoxp-", "xoxb-installed")
    return lend("slack", settings, purse, submitted=submitted, kept=kept, counts=counts)


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
