"""The page on its own: by keyboard alone, with very many people, with very many messages."""

from playwright.async_api import Browser, expect
from slack_workspace import Listener
from visitor import PATIENCE, Visitor

from sandbox.main import Options, Running, start

LONG = "Maximiliane-Theodora Freifrau von und zu Hohenlohe-Waldenburg"


async def opened(browser: Browser, running: Running, width: int = 1280, height: int = 800) -> Visitor:
    context = await browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    visitor = Visitor(await context.new_page(), f"page-{width}")
    await visitor.opens(running.url)
    return visitor


def named(running: Running, platform: str, name: str) -> str:
    return next(a.id for a in running.core.world.accounts[platform].values() if a.name == name)


async def test_the_first_steps_by_keyboard(browser: Browser, running: Running, bot: Listener) -> None:
    """Skip to the panes, switch the person, complete a command, send it, write a message, leave the boxes with Escape."""
    visitor = await opened(browser, running)
    keys = visitor.page.keyboard
    await keys.press("Tab")
    await expect(visitor.page.locator(".skip")).to_be_focused()
    await keys.press("Enter")
    await keys.press("Tab")
    await expect(visitor.pane("slack").locator(".present")).to_be_focused()
    await keys.press("Enter")
    await keys.type("bob")
    await expect(visitor.pane("slack").locator(".popup [role=option]")).to_have_count(1)
    await keys.press("Enter")
    await expect(visitor.pane("slack").locator(".present")).to_contain_text("Bob Kim")
    await expect(visitor.pane("slack").locator(".present")).to_be_focused()
    await keys.press("Tab")
    await keys.type("ann")
    await expect(visitor.pane("slack").locator(".chats button")).to_have_count(1)
    await keys.press("Enter")
    await expect(visitor.pane("slack").locator("h3")).to_have_text("Ann Lee")
    for _ in range(5):
        await keys.press("Tab")
        if await visitor.pane("slack").locator("textarea").evaluate("box => box === document.activeElement"):
            break
    await keys.type("hello")
    await keys.press("Enter")
    await visitor.sees("slack", "hello")
    await keys.type("/mio imp")
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(visitor.pane("slack").locator("textarea")).to_have_value("/mio import ")
    await keys.press("Enter")
    await expect(visitor.pane("slack").locator("h3")).to_contain_text("Mio")
    await running.core.hooks.idle()
    assert [h.form()["text"] for h in bot.heard if b"command=" in h.body] == ["import"]


async def test_many_people_are_searched_not_shipped(browser: Browser) -> None:
    running = await start(Options(port=0, people=3_000, platforms=("slack", "zoom")))
    try:
        visitor = await opened(browser, running)
        assert await visitor.page.locator(".chats button").count() < 100
        await visitor.becomes("zoom", "2642")
        search = visitor.pane("slack").get_by_role("searchbox")
        await search.fill("2641")
        await expect(visitor.pane("slack").locator(".chats button")).to_have_count(1)
        await search.fill("nobody at all")
        await expect(visitor.pane("slack").locator(".side .count")).to_have_text("Nobody has that name.")
        await visitor.looks("nobody")
    finally:
        await running.stop()


async def test_nodes_do_not_pile_up(browser: Browser, running: Running) -> None:
    """A long conversation keeps the newest 200 messages, the strip its last trips."""
    visitor = await opened(browser, running)
    ann, bob = named(running, "slack", "Ann Lee"), named(running, "slack", "Bob Kim")
    await visitor.becomes("slack", "Ann Lee")
    await visitor.pane("slack").locator(f".chats [data-with={bob}]").click()
    await visitor.page.get_by_role("button", name="On the wire").click()
    for number in range(450):
        await running.fakes["slack"].say(bob, ann, f"message {number}")
    await visitor.sees("slack", "message 449")
    await expect(visitor.page.locator(".trips .trip").first).to_contain_text("message 449", timeout=PATIENCE)
    assert await visitor.page.locator(".pane[data-platform=slack] .message").count() == 200
    assert await visitor.page.locator(".trips .trip").count() <= 40


async def test_long_names_long_words_and_refusals(browser: Browser, running: Running) -> None:
    ann, bob = named(running, "zoom", "Ann Lee"), named(running, "zoom", "Bob Kim")
    running.core.world.change(running.core.world.accounts["zoom"][bob], name=LONG)
    await running.fakes["zoom"].say(bob, ann, "https://acme.example/" + "x" * 300)
    await running.fakes["zoom"].say(bob, ann, "one\ntwo " + "words and words " * 40)
    for width, height in ((1280, 800), (390, 844)):
        visitor = await opened(browser, running, width, height)
        if width < 800:
            await visitor.page.locator("#tabs").get_by_role("button", name="Zoom").click()
        await visitor.becomes("zoom", "Ann Lee")
        if width < 800:
            await visitor.pane("zoom").get_by_role("button", name="Back to the conversations").click()
            await visitor.looks("list")
        await visitor.pane("zoom").locator(".chats button", has_text=LONG).click()
        await visitor.sees("zoom", "words and words")
        running.core.world.accounts["zoom"][ann].active = False
        await visitor.pane("zoom").locator("textarea").fill("never")
        await visitor.pane("zoom").get_by_role("button", name="Send").click()
        await expect(visitor.pane("zoom").locator(".trouble")).to_contain_text("no active Zoom account")
        await expect(visitor.pane("zoom").locator("textarea")).to_have_value("never")
        running.core.world.accounts["zoom"][ann].active = True
        await visitor.looks("long")
        wide = "document.documentElement.scrollWidth > window.innerWidth"
        assert not await visitor.page.evaluate(wide), "the page scrolls sideways"
