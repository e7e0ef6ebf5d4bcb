"""Who only reads the page: the guide to the first message, then the three-minute tour, killing the bot included."""

from pathlib import Path

import pytest
from demo_process import demo
from playwright.async_api import Browser, Page, expect
from visitor import PATIENCE, Visitor

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}


async def visit(browser: Browser, size: str) -> Page:
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, has_touch=size == "phone", reduced_motion="reduce"
    )
    return await context.new_page()


async def first_message(visitor: Visitor) -> None:
    """From the empty page to an answer that crossed back."""
    await visitor.looks("empty")
    await visitor.fills_and_sends("send /mio import", "slack")
    await visitor.sees("slack", "Import is done")
    await visitor.looks("imported")
    for name, home in (("Ann", "slack"), ("Bob", "zoom")):
        await visitor.fills_and_sends(f"{name} lives in", "slack")
        await visitor.follows("Press Confirm")
        if name == "Ann":
            await visitor.looks("plan")
        await visitor.presses_what_is_shown("Confirm")
        await visitor.follows("has been asked")
        await visitor.looks(f"asked-{name}")
        await visitor.allows(name, "consent" if name == "Ann" else "")
        await visitor.sees(home, "colleagues now reach you here")
    await visitor.follows("Bob writes to Ann")
    await visitor.looks("filled")
    await visitor.sends("zoom")
    await visitor.follows("Read it as Ann")
    await visitor.sees("slack", "Can you read this?")
    await visitor.fills_and_sends("Ann answers", "slack")
    await visitor.is_told("Dana has no Zoom account")
    await visitor.looks("answered")


async def tour(visitor: Visitor) -> None:
    await visitor.page.get_by_role("button", name="All steps").click()
    await visitor.looks("steps")
    await visitor.page.get_by_role("button", name="Hide steps").click()
    await visitor.fills_and_sends("Dana has no Zoom account", "slack")
    await visitor.sees("slack", "refused: no Zoom account")
    await visitor.follows("killed in the middle")
    await visitor.is_told("of 10 have arrived, none twice")
    await visitor.looks("killed")
    await visitor.is_told("takes her permission back")
    await visitor.looks("all-once")
    await visitor.follows("takes her permission back")
    await visitor.sees("slack", "Let Zoom colleagues reach you here")
    await visitor.follows("asks Ann again")
    await visitor.looks("asked-again")
    await visitor.allows("Ann")
    await visitor.is_told("That was everything")
    await visitor.looks("healed")


@pytest.mark.parametrize("size", SIZES)
async def test_the_guide_and_the_tour(browser: Browser, tmp_path: Path, size: str) -> None:
    async with demo(tmp_path) as url:
        visitor = Visitor(await visit(browser, size), size)
        await visitor.opens(url)
        await first_message(visitor)
        await tour(visitor)
        await visitor.page.get_by_role("button", name="On the wire").click()
        await expect(visitor.page.locator(".trips .trip").first).to_be_visible(timeout=PATIENCE)
        await visitor.looks("wire")
        await visitor.page.locator(".trips .chip", has_text="posted").first.click()
        await expect(visitor.page.locator("#hop pre").first).to_be_visible()
        await visitor.looks("hop")
        await visitor.page.keyboard.press("Escape")
        await visitor.page.get_by_role("button", name="Stage hands").click()
        await visitor.looks("stage")
        assert visitor.errors == []
