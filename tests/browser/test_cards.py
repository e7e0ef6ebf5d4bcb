"""The file with every card in a real browser, opened as a file: complete, legible in light and dark, and silent."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from chromium import FLAGS, chromium
from playwright.async_api import Browser, Page, async_playwright, expect

from sandbox.main import PAGE
from service import export
from service.export import Names

Scheme = Literal["light", "dark"]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8").split("\n", 1)[1]
HEADING = ".place :is(h4, [role=heading])"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        await running.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cards.html"
    export.write(path, Names("Acme", "Mio", "/mio", {}), PAGE)
    return path


def trouble(page: Page) -> list[str]:
    """Everything that went wrong or left the machine, as it happens."""
    found: list[str] = []
    page.on("pageerror", lambda fault: found.append(str(fault)))
    page.on("console", lambda said: found.append(said.text) if said.type in ("error", "warning") else None)
    page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else found.append(asked.url))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_card_is_drawn_and_legible(browser: Browser, file: Path, scheme: Scheme) -> None:
    page = await browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    found = trouble(page)
    await page.goto(file.as_uri())
    places = await page.locator(".place").count()
    assert places > 2 * 22
    for look in (".place > [role=group]", HEADING):
        await expect(page.locator(look)).to_have_count(places)
    assert all(words.strip() for words in await page.locator(HEADING).all_inner_texts())
    assert await page.locator(".ac-adaptiveCard").count() == places / 2, "by the library, for Webex and Teams"
    await expect(page.locator(".unknown")).to_have_count(0)
    assert await page.evaluate(CONTRAST) == []
    if keep := os.environ.get("MIO_SCREENSHOTS"):
        await page.screenshot(path=Path(keep) / f"cards-{scheme}.png", full_page=True)
    assert found == []


async def test_nothing_on_the_file_can_be_pressed_in_earnest(browser: Browser, file: Path) -> None:
    page = await browser.new_page()
    found = trouble(page)
    await page.goto(file.as_uri())
    for platform in ("slack", "zoom", "webex", "teams"):
        await page.locator(f"[data-card=consent-1][data-platform={platform}]").get_by_role("link", name="Allow").click()
    await page.get_by_role("button", name="No thanks").first.click()
    assert len(page.context.pages) == 1
    assert found == []


async def test_a_narrow_window_scrolls_only_downwards(browser: Browser, file: Path) -> None:
    page = await browser.new_page(viewport={"width": 360, "height": 700})
    await page.goto(file.as_uri())
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_on_paper(browser: Browser, file: Path) -> None:
    """Printed from a dark screen it is dark on white, and three columns fit the sheet."""
    page = await browser.new_page(viewport={"width": 720, "height": 1000}, color_scheme="dark")
    await page.goto(file.as_uri())
    await page.emulate_media(media="print")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert await page.evaluate("document.documentElement.scrollWidth") == 720
    assert await page.evaluate(CONTRAST) == []
    if keep := os.environ.get("MIO_SCREENSHOTS"):
        await page.screenshot(path=Path(keep) / "cards-print.png", full_page=True)


async def test_without_scripts_the_plain_text_remains(browser: Browser, file: Path) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(file.as_uri())
    await expect(page.locator("noscript p")).to_be_visible()
    await expect(page.locator("pre.plain", has_text="Let Zoom colleagues reach you here").first).to_be_visible()
    await expect(page.locator(".face").first).to_be_hidden()
