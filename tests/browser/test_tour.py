"""Who only reads the page: the guide to the first message, then the three-minute tour, killing the bot included."""

from pathlib import Path

import pytest
from company import company
from demo_process import demo
from playwright.async_api import Browser, Page, expect
from visitor import PATIENCE, Visitor

from sandbox.guide import BY_TEAM
from sandbox.main import DEFAULT

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}


async def visit(browser: Browser, size: str) -> Page:
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, has_touch=size == "phone", reduced_motion="reduce"
    )
    return await context.new_page()


async def connect(visitor: Visitor) -> None:
    """Webex shows its people only after an administrator has allowed it."""
    await visitor.fills_and_sends("send /mio setup", "slack")
    await visitor.follows("Press Connect below Webex")
    async with visitor.page.context.expect_page() as opened:
        await visitor.presses_what_is_shown("Connect")
    tab = await opened.value
    if await tab.get_by_role("link", name="Continue").count():
        await tab.get_by_role("link", name="Continue").click()
    await expect(tab.locator("html[data-ready=true]")).to_be_attached(timeout=PATIENCE)
    await expect(tab.get_by_label("Signed in as").locator("option:checked")).to_contain_text("Maya")
    await tab.get_by_role("button", name="Allow").click()
    await expect(tab.locator("h1")).to_contain_text("onnected", timeout=PATIENCE)
    await tab.close()


async def choose_teams(visitor: Visitor, title: str) -> None:
    """By the guide's steps; where another question was asked since, the card is asked for anew."""
    said = visitor.page.locator("#guide [role=status]")
    await expect(said).to_contain_text(title, timeout=PATIENCE)
    if "team by team" in await said.inner_text():
        await visitor.fills_and_sends("team by team", "slack")
    await visitor.follows(f"Mark a team of {title}")
    card = visitor.pane("slack").locator(".block-kit", has_text=f"Select teams of {title}").last
    await card.get_by_role("checkbox", name="Everybody").check(timeout=PATIENCE)
    await expect(card).to_contain_text("1 of", timeout=PATIENCE)
    await visitor.looks(f"teams-{title}")
    await card.get_by_role("button", name="Import teams and users").click()
    await visitor.sees("slack", f"✅ {title}: ")


async def first_message(visitor: Visitor, platforms: tuple[str, ...]) -> None:
    """From the empty page to an answer that crossed back."""
    await visitor.looks("empty")
    if "webex" in platforms:
        await connect(visitor)
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
    await visitor.sees("slack", "colleagues now reach you here")
    for name in DEFAULT:
        if name in BY_TEAM:
            await choose_teams(visitor, BY_TEAM[name])
    await visitor.is_told("That was everything")
    await visitor.looks("healed")


@pytest.mark.parametrize("size", SIZES)
async def test_the_guide_and_the_tour(browser: Browser, tmp_path: Path, size: str) -> None:
    async with demo(tmp_path) as url:
        visitor = Visitor(await visit(browser, size), size)
        await visitor.opens(url)
        await first_message(visitor, DEFAULT)
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


async def test_the_guide_with_webex(browser: Browser, tmp_path: Path) -> None:
    """Three panes: Webex is connected first, and imported team by team at the end."""
    three = ("slack", "zoom", "webex")
    async with company(tmp_path, None, vendors=three, MIO_RATES="off") as acme:
        visitor = Visitor(await visit(browser, "desktop"), "three")
        await visitor.opens(acme.sandbox.url)
        await first_message(visitor, three)
        await visitor.fills_and_sends("Dana has no Zoom account", "slack")
        await visitor.follows("takes her permission back")
        await visitor.page.get_by_role("button", name="All steps").click()
        await visitor.looks("steps")
        await visitor.page.get_by_role("button", name="Hide steps").click()
        await visitor.follows("asks Ann again")
        await visitor.allows("Ann")
        await choose_teams(visitor, "Webex")
        await visitor.is_told("That was everything")
        assert visitor.errors == []
