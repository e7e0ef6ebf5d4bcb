"""The first hour: nothing is connected yet, and the printed one-time links open the door for administrators alone."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from company import Company, company

from service.main import unconnected

REFUSED = {"slack": "An administrator has to do this", "zoom": "This app needs your administrator"}
"""Slack lets anybody come back and we refuse; Zoom does not let them come this far."""
INSTALLED = ("MIO_SLACK_BOT_TOKEN", "MIO_ZOOM_S2S_CLIENT_ID", "MIO_ZOOM_S2S_CLIENT_SECRET")


@asynccontextmanager
async def opened(folder: Path, database: str | None, admins: str = "") -> AsyncIterator[Company]:
    """Acme on its first day: Slack's app is not installed, and nobody let us read Zoom's directory."""
    async with company(folder, database, without=INSTALLED, MIO_RATES="off", MIO_ADMINS=admins) as made:
        for platform in ("slack", "zoom"):
            made.faults(platform, limits=False)
        yield made


@pytest.fixture
def first_day(database: str | None, tmp_path: Path) -> AbstractAsyncContextManager[Company]:
    return opened(tmp_path, database)


async def printed(acme: Company) -> dict[str, str]:
    """The links that the program prints, by platform."""
    lines = await unconnected(acme.program)
    return {line.split(":")[0].lower(): line.rsplit(" ", 1)[1] for line in lines}


async def test_the_printed_links(first_day: AbstractAsyncContextManager[Company]) -> None:
    """Bob finds the log and tries: refused on both. Maya's links work once each; then nothing is left to print."""
    async with first_day as acme:
        for platform, title in (("slack", "Slack"), ("zoom", "Zoom")):
            maya, bob = acme.seat(platform, "Maya Ortiz"), acme.seat(platform, "Bob Kim")
            link = (await printed(acme))[platform]
            page = await acme.consent(link, bob.id)
            assert REFUSED[platform] in page
            assert "was used, or is too old" in await acme.consent(link, maya.id)
            assert "Not allowed" in await acme.consent((await printed(acme))[platform], maya.id, "cancel")
            assert f"{title} is connected" in await acme.consent((await printed(acme))[platform], maya.id)
            assert platform not in await printed(acme)
        assert await printed(acme) == {}
        await acme.import_all()
        assert (
            "10 on two or more platforms (matched)" in acme.seat("zoom", "Maya Ortiz").card("Import is done")["lines"]
        )


async def test_the_connect_center_after_the_first_platform(first_day: AbstractAsyncContextManager[Company]) -> None:
    """Slack is connected from the printed link; the rest happens in chat: setup shows what is missing, import waits for it."""
    async with first_day as acme:
        maya, cleo = acme.seat("slack", "Maya Ortiz"), acme.seat("slack", "Cleo Park")
        await acme.consent((await printed(acme))["slack"], maya.id)
        assert "Only administrators may do that" in await cleo.asks("setup")
        centre = await maya.asks("setup")
        assert "Slack: ✅ connected" in centre and "Zoom: 🔺 not connected" in centre
        assert "Two platforms are needed" in centre
        answer = await maya.asks("import zoom")
        assert "Zoom is not connected yet" in answer and "Type setup" in answer
        answer = await maya.asks("import")
        assert "Zoom is not connected yet" in answer and "Import is done" in answer
        await maya.types("setup")
        url = await maya.presses("Connect", "Zoom: 🔺")
        assert url is not None
        assert REFUSED["zoom"] in await acme.consent(url, acme.seat("zoom", "Cleo Park").id)
        await maya.types("setup")
        url = await maya.presses("Connect", "Zoom: 🔺")
        assert url is not None
        assert "Zoom is connected" in await acme.consent(url, acme.seat("zoom", "Maya Ortiz").id)
        assert "Zoom: ✅ connected" in await maya.asks("setup")
        assert "10" in (await maya.asks("import")).split("(matched)")[0]


async def test_a_link_in_the_wrong_hands(first_day: AbstractAsyncContextManager[Company]) -> None:
    """A preview spends nothing; another browser, a day later, and made-up links get nowhere."""
    async with first_day as acme:
        maya = acme.seat("slack", "Maya Ortiz")
        link = (await printed(acme))["slack"]
        preview = {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}
        async with acme.browser.get(link, headers=preview) as page:
            assert page.status == 503
        async with acme.browser.get(link + "x") as page:
            assert page.status == 404
        async with acme.browser.get(link, allow_redirects=False) as page:
            vendor = page.headers["Location"]
        async with aiohttp.ClientSession() as other:
            decided = {"user": maya.id, "decision": "allow"}
            async with other.post(vendor, data=decided) as page:
                assert "Please begin again" in await page.text()
        assert "slack" in await printed(acme)
        late = (await printed(acme))["slack"]
        await acme.later(hours=25)
        assert "was used, or is too old" in await acme.consent(late, maya.id)


async def test_administrators_by_name(database: str | None, tmp_path: Path) -> None:
    """Acme names Bob: Slack does not list him, but the company does. Maya is Slack's owner and may not."""
    async with opened(tmp_path, database, "bob@acme.example") as acme:
        maya, bob = acme.seat("slack", "Maya Ortiz"), acme.seat("slack", "Bob Kim")
        assert REFUSED["slack"] in await acme.consent((await printed(acme))["slack"], maya.id)
        assert "Slack is connected" in await acme.consent((await printed(acme))["slack"], bob.id)
        assert "Ask bob@acme.example" in await maya.asks("import slack")
        assert "Slack: 15 people read" in await bob.asks("import slack")
        assert "Ask Bob Kim (bob@acme.example)" in await maya.asks("import slack")
