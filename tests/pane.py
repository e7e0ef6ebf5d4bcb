"""One platform's part of the sandbox's page, as somebody who clicks sees it; and what administrators do there."""

from playwright.async_api import Locator, Page, expect
from residents import BY_TEAM
from visitor import PATIENCE


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

    async def chooses(self, option: str, words: str) -> None:
        """From the drop-down of a card; where the platform sends a choice with a button, that is pressed, too."""
        card = self.newest_card(words)
        box = card.locator("select").filter(has=self.page.locator("option", has_text=option)).last
        await box.select_option(label=option)
        go = card.get_by_role("button", name="Continue")
        if await go.count():
            await go.last.click()

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
