"""A sandbox of its own for every test, and a small bot that only listens to its webhooks."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import teams_tenant
from company import TWO
from listener import Listener, listening
from slack_workspace import Workspace
from webex_org import Org, organisation
from zoom_account import Office

from sandbox.main import Options, Running, start


@pytest.fixture
async def bot() -> AsyncIterator[Listener]:
    async with listening(Listener()) as listener:
        yield listener


@pytest.fixture
async def running(bot: Listener) -> AsyncIterator[Running]:
    """The bot starts later than the sandbox, as in life."""
    made = await start(Options(port=0, platforms=TWO))
    made.bot_url = bot.url
    for faults in made.core.faults.values():
        faults.change({"limits": False, "retry_scale": 0.0})
    yield made
    await made.stop()


@pytest.fixture
async def slack(running: Running, bot: Listener) -> AsyncIterator[Workspace]:
    async with aiohttp.ClientSession() as browser:
        yield Workspace(running, bot, browser)


@pytest.fixture
async def zoom(running: Running, bot: Listener) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as browser:
        yield Office(running, bot, browser)


@pytest.fixture
async def webex(bot: Listener) -> AsyncIterator[Org]:
    async with organisation(bot) as org:
        yield org


@pytest.fixture
async def teams() -> AsyncIterator[teams_tenant.Tenant]:
    """Teams alone, with a bot that also shakes hands."""
    async with listening(teams_tenant.Listener()) as listener:
        made = await start(Options(port=0, bot_url=listener.url, platforms=("teams",)))
        made.core.faults["teams"].change({"limits": False, "retry_scale": 0.0})
        async with aiohttp.ClientSession() as browser:
            yield teams_tenant.Tenant(made, listener, browser)
        await made.stop()
