"""The whole story in a real browser: typed commands, pressed buttons, consent pages, direct messages; from each pane."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, company
from pane import Pane, imports, synced
from playwright.async_api import Browser
from visitor import Visitor


@pytest.fixture
async def acme(tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path, None, vendors=("slack", "zoom"), MIO_RATES="off") as made:
        yield made


PARTNERS = {"slack": "webex", "zoom": "slack", "teams": "zoom", "webex": "teams"}
"""Where Maya sits, and with whom her company shall write."""


@pytest.fixture(params=PARTNERS)
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Company, str, str]]:
    """Two platforms, and where Maya sits. The bot has been at work for a minute, so that it is told what is said."""
    home, other = request.param, PARTNERS[request.param]
    async with company(tmp_path, None, vendors=(home, other), MIO_RATES="off") as made:
        for platform in (home, other):
            made.faults(platform, limits=False)
        await made.later(minutes=1)
        yield made, home, other


async def test_the_story_in_the_browser(acme: Company, browser: Browser) -> None:
    """Maya imports in Zoom and syncs in Slack; Ann allows in Slack, Bob in Zoom; then they write to each other."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda fault: errors.append(str(fault)))
    await page.goto(acme.sandbox.url)
    slack, zoom = Pane(page, "slack"), Pane(page, "zoom")
    await zoom.writes("/mio import")
    await zoom.sees("Import is done")
    await synced(slack, "ann@acme.example", "slack", "zoom")
    await synced(slack, "bob@acme.example", "zoom", "slack")

    await slack.becomes("Ann Lee")
    await slack.sees("asks to link your Zoom account")
    assert "Zoom account is linked" in await slack.allows("link your Zoom account", "Ann Lee (ann@acme.example)")
    await slack.sees("Zoom colleagues now reach you here")
    await zoom.becomes("Bob Kim")
    await zoom.sees("asks to link your Slack account")
    await zoom.allows("link your Slack account", "Bob Kim (bob@acme.example)")
    await zoom.sees("Slack colleagues now reach you here")

    await zoom.opens("Ann Lee")
    await zoom.writes("Hello Ann, this is Bob in Zoom 👋")
    await slack.opens("Bob Kim")
    await slack.sees("Hello Ann, this is Bob in Zoom 👋")
    await slack.writes("Hi Bob, I read you in Slack")
    await zoom.sees("Hi Bob, I read you in Slack")
    assert errors == []


async def test_the_same_story_from_each_pane(two: tuple[Company, str, str], browser: Browser) -> None:
    """Maya sits in one app and never leaves it; Ann lives there too, Bob in the other; both allow, and they write."""
    acme, home, other = two
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda fault: errors.append(str(fault)))
    await page.goto(acme.sandbox.url)
    if "webex" in (home, other):
        await acme.connect("webex")
    here, there = Pane(page, home), Pane(page, other)
    for platform in (home, other):
        await imports(here, platform, home)
    await synced(here, "ann@acme.example", home, other)
    await synced(here, "bob@acme.example", other, home)

    await here.becomes("Ann Lee")
    await here.sees(f"asks to link your {other.title()} account")
    said = await here.allows(f"link your {other.title()} account", "Ann Lee (ann@acme.example)")
    assert f"{other.title()} account is linked" in said
    await there.becomes("Bob Kim")
    await there.sees(f"asks to link your {home.title()} account")
    await there.allows(f"link your {home.title()} account", "Bob Kim (bob@acme.example)")
    await there.sees(f"{home.title()} colleagues now reach you here")

    await there.opens("Ann Lee")
    await there.writes("Hello Ann, this is Bob 👋")
    await here.opens("Bob Kim")
    await here.sees("Hello Ann, this is Bob 👋")
    await here.writes("Hi Bob, *I read you* here")
    await there.sees("I read you")

    await here.becomes("Maya Ortiz")
    await here.opens("Mio")
    await here.writes("/mio status ann@acme.example")
    await here.sees("✅ synced")
    await Visitor(page, f"story-{home}").looks("status")
    assert errors == []
