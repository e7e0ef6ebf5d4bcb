"""Somebody who looks at the sandbox's page in a real browser: follows the guide, presses, signs in, takes pictures.

Pictures of every state, light and dark, go to the folder that MIO_SCREENSHOTS names.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

PATIENCE = 15_000
GRAVE = ("serious", "critical")


@dataclass(slots=True)
class Visitor:
    page: Page
    name: str
    """What the pictures are called after."""
    errors: list[str] = field(default_factory=list)
    taken: int = 0

    async def opens(self, url: str) -> None:
        self.page.on("pageerror", lambda fault: self.errors.append(str(fault)))
        await self.page.goto(url)
        await expect(self.page.locator("html[data-ready=true]")).to_be_attached(timeout=PATIENCE)

    # -- looking ---------------------------------------------------------------------------------

    async def looks(self, what: str, page: Page | None = None) -> None:
        """A picture, light and dark, and nothing grave for people who see, hear or move otherwise."""
        seen, keep = page or self.page, os.environ.get("MIO_SCREENSHOTS")
        self.taken += 1
        wrong: list[str] = []
        for scheme in ("light", "dark"):
            await seen.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if keep:
                path = Path(keep) / f"{self.name}-{self.taken:02}-{what}-{scheme}.png"
                await seen.screenshot(path=path)
            wrong += [f"{scheme}: {line}" for line in await grave(seen)]
        await seen.emulate_media(color_scheme="light", reduced_motion="reduce")
        assert not wrong, f"{what}: " + "\n".join(wrong)

    def pane(self, platform: str) -> Locator:
        return self.page.locator(f".pane[data-platform={platform}]")

    async def sees(self, platform: str, words: str) -> None:
        await expect(self.pane(platform).locator(".messages")).to_contain_text(words, timeout=PATIENCE)

    async def is_told(self, words: str) -> None:
        """The guide says so."""
        await expect(self.page.locator("#guide [role=status]")).to_contain_text(words, timeout=2 * PATIENCE)

    # -- doing -----------------------------------------------------------------------------------

    async def follows(self, words: str) -> None:
        """The guide says these words; press its button."""
        await self.is_told(words)
        await self.page.locator("#guide .go").click()

    async def sends(self, platform: str) -> None:
        """What the guide has filled in."""
        send = self.pane(platform).get_by_role("button", name="Send")
        await expect(send).to_be_focused(timeout=PATIENCE)
        await send.click()

    async def fills_and_sends(self, words: str, platform: str) -> None:
        await self.follows(words)
        await self.sends(platform)

    async def presses_what_is_shown(self, label: str) -> None:
        """The button or link that the guide put the focus on."""
        shown = self.page.locator(".pointed")
        await expect(shown).to_have_text(label, timeout=PATIENCE)
        await shown.click()

    async def allows(self, name: str, what: str = "") -> None:
        """Press Allow; the platform's page begins with the right person; read what the page says at the end."""
        async with self.page.context.expect_page() as opened:
            await self.presses_what_is_shown("Allow")
        tab = await opened.value
        await expect(tab.locator("html[data-ready=true]")).to_be_attached(timeout=PATIENCE)
        await expect(tab.get_by_label("Signed in as").locator("option:checked")).to_contain_text(name)
        if what:
            await tab.set_viewport_size(self.page.viewport_size or {"width": 1280, "height": 800})
            await self.looks(what, tab)
        await tab.get_by_role("button", name="Allow").click()
        await expect(tab.locator("h1")).to_contain_text("Done", timeout=PATIENCE)
        await tab.close()

    async def becomes(self, platform: str, name: str) -> None:
        await self.pane(platform).locator(".present").click()
        box = self.pane(platform).get_by_role("combobox", name="search people")
        await box.fill(name)
        await expect(self.pane(platform).locator(".popup [role=option]").first).to_contain_text(name, timeout=PATIENCE)
        await box.press("Enter")
        await expect(self.pane(platform).locator(".present")).to_contain_text(name)


async def grave(page: Page) -> list[str]:
    """What axe finds serious or critical, one line a rule."""
    found = await Axe().run(page)
    return [_told(one) for one in found.response["violations"] if one["impact"] in GRAVE]


def _told(violation: dict[str, Any]) -> str:
    where = "; ".join(f"{node['target']} {node['failureSummary'][:160]}" for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']} – {where}"
