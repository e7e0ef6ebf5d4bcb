"""The whole story in a real browser: typed commands, pressed buttons, consent pages, direct messages; from each pane."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, company
from playwright.async_api import Browser, Locator, Page, expect
from residents import BY_TEAM
from visitor import PATIENCE, Visitor


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


class Pane:
    """One platform's part of the page."""

    def __init__(self, page: Page, platform: str) -> None:
        self.page = page
        self.root = page.locator(f".pane[data-platform={platform}]")

    async def becomes(self, name: str) -> None:
        await self.root.locator(".present").click()
        await self.root.get_by_role("combobox", name="search people").fill(name)
        await self.root.locator(".popup").get_by_role("option", name=name).click()

    async def opens(self, name: str) -> None:
        back = self.root.get_by_role("button", name="Back to the conversations")
        if await back.is_visible():
            await back.click()
        await self.root.get_by_role("navigation").get_by_role("button", name=name).first.click()

    async def writes(self, text: str) -> None:
        await self.root.locator(".write textarea").fill(text)
        await self.root.get_by_role("button", name="Send").click()

    def newest_card(self, words: str) -> Locator:
        return self.root.locator(".block-kit, .zoom-card, .adaptive-card").filter(has_text=words).last

    async def sees(self, text: str) -> None:
        await expect(self.root.locator(".messages")).to_contain_text(text, timeout=PATIENCE)

    async def presses(self, button: str, words: str) -> None:
        await self.newest_card(words).locator("button, a").get_by_text(button, exact=True).click()

    @staticmethod
    def page_explains(url: str) -> bool:
        """Microsoft's page explains nothing once the tenant has consented: ours comes before it."""
        return "/allow/" not in url

    async def allows(self, words: str, name: str) -> str:
        """Press Allow, sign in as ``name`` on the platform's page, and read what the page says at the end."""
        async with self.page.context.expect_page() as opened:
            await self.presses("Allow", words)
        tab = await opened.value
        if not self.page_explains(tab.url):
            await tab.get_by_role("link", name="Continue").click()
        await tab.get_by_label("Signed in as").select_option(label=name, timeout=PATIENCE)
        await tab.get_by_role("button", name="Allow").click()
        await expect(tab.locator("h1")).to_contain_text("Done", timeout=PATIENCE)
        said = await tab.locator("main, body").first.inner_text()
        await tab.close()
        return said


async def synced(maya: Pane, who: str, primary: str, secondary: str) -> None:
    await maya.opens("Mio")
    await maya.writes(f"/mio sync {who} primary={primary} secondary={secondary}")
    await maya.sees(f"will be asked to link {secondary.title()}")
    await maya.newest_card("will be asked").get_by_role("button", name="Confirm").click()
    await maya.sees("was carried out")


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


async def imports(maya: Pane, platform: str, face: str) -> None:
    """Where it goes by team, the team of everybody is marked in the card, or typed where the card has no boxes."""
    title = platform.title()
    await maya.writes(f"/mio import {platform}")
    if platform in BY_TEAM:
        await maya.sees("0 of 3 teams selected")
        if face in BY_TEAM:
            card = maya.newest_card(f"Select teams of {title}")
            await card.get_by_role("checkbox", name="Everybody").check()
            await card.get_by_role("button", name="Import teams and users").click()
        else:
            await maya.writes(f"/mio import {platform} add Everybody")
    await maya.sees(f"✅ {title}: ")


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
