"""The sandbox's Teams as the vendor of the platform's own tests, and what the platform is lent: its clock, a purse of
tokens people really gave, a memory. A listener answers Graph's handshakes.
"""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import teams_tenant
from listener import listening
from teams_people import People, Purse
from teams_tenant import Tenant
from vendor_server import Memory

from bot.platform import Incoming, Lent
from platforms.teams.api import Api
from platforms.teams.graph import Graph
from sandbox.main import Options, start


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    """Teams alone, kind, without its rate limits and its waits."""
    async with listening(teams_tenant.Listener()) as listener:
        made = await start(Options(port=0, bot_url=listener.url, platforms=("teams",)))
        made.core.faults["teams"].change({"limits": False, "retry_scale": 0.0})
        async with aiohttp.ClientSession() as browser:
            yield Tenant(made, listener, browser)
        await made.stop()


@pytest.fixture
def purse() -> Purse:
    return Purse()


@pytest.fixture
def people(tenant: Tenant, purse: Purse) -> People:
    return People(tenant, purse)


@pytest.fixture
def lent(
    tenant: Tenant, purse: Purse, submitted: list[Incoming], kept: dict[str, str], counts: list[tuple[str, int]]
) -> Lent:
    async def submit(incoming: Incoming) -> None:
        submitted.append(incoming)

    defaults = {
        "MIO_TEAMS_BOT_SCOPE": "https://api.botframework.com/.default",
        "MIO_TEAMS_ANONYMOUS": "0",
    }
    return Lent(
        settings={**defaults, **tenant.fake.settings()},
        public_url=tenant.bot.url,
        command="/mio",
        bot_name="Mio",
        submit=submit,
        tokens=purse,
        memory=Memory(kept),
        clock=tenant.running.core.clock,
        rates=False,
        counted=lambda source, method, status: counts.append((method, status)) if source == "teams" else None,
    )


@pytest.fixture
async def api(lent: Lent) -> AsyncIterator[Api]:
    made = Api(lent)
    await made.http.start()
    yield made
    await made.http.stop()


@pytest.fixture
def graph(api: Api) -> Graph:
    return Graph(api)
