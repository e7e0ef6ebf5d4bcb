"""The whole story in a real browser: typed commands, pressed buttons, consent pages, direct messages; two panes and three."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, company
from playwright.async_api import Browser, Locator, Page, expect
from visitor import PATIENCE


@pytest.fixture
async def acme(tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path, None, vendors=("slack", "zoom"), MIO_RATES="off") as made:
        yield made


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Company]:
    """The bot has been at work for a minute, so that Webex tells it what is said there."""
    async with company(tmp_path, None, vendors=("slack", "zoom", "webex"), MIO_RATES="off") as made:
        made.faults("webex", limits=False)
        await made.later(minutes=1)
        yield made


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

    async def allows(self, words: str, name: str) -> str:
        """Press Allow, sign in as ``name`` on the platform's page, and read what the page says at the end."""
        async with self.page.context.expect_page() as opened:
            await self.presses("Allow", words)
        tab = await opened.value
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


async def test_the_story_with_webex(three: Company, browser: Browser) -> None:
    """Bob lives in Webex. Maya runs it from there: she connects it, marks a team in the card, imports, confirms."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda fault: errors.append(str(fault)))
    await page.goto(three.sandbox.url)
    await three.connect("webex")
    slack, webex = Pane(page, "slack"), Pane(page, "webex")
    await webex.writes("/mio import webex")
    await webex.sees("/mio import webex")
    await webex.sees("0 of 3 teams selected")
    card = webex.newest_card("Select teams of Webex")
    await card.get_by_role("checkbox", name="Everybody").check()
    await card.get_by_role("button", name="Import teams and users").click()
    await webex.sees("✅ Webex: ")
    await slack.writes("/mio import slack")
    await slack.sees("✅ Slack: ")
    await synced(webex, "ann@acme.example", "slack", "webex")
    await synced(webex, "bob@acme.example", "webex", "slack")

    await slack.becomes("Ann Lee")
    await slack.sees("asks to link your Webex account")
    assert "Webex account is linked" in await slack.allows("link your Webex account", "Ann Lee (ann@acme.example)")
    await webex.becomes("Bob Kim")
    await webex.sees("asks to link your Slack account")
    await webex.allows("link your Slack account", "Bob Kim (bob@acme.example)")
    await webex.sees("Slack colleagues now reach you here")

    await webex.opens("Ann Lee")
    await webex.writes("Hello Ann, this is Bob in Webex 👋")
    await slack.opens("Bob Kim")
    await slack.sees("Hello Ann, this is Bob in Webex 👋")
    await slack.writes("Hi Bob, *I read you* in Slack")
    await webex.sees("I read you")
    assert errors == []
