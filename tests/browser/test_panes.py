"""Every platform the sandbox has, on one page: read, written, pressed and looked at; any number of panes side by side."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import teams_tenant
import webex_org
from listener import Listener, listening
from playwright.async_api import Browser, expect
from slack_sdk.web.async_client import AsyncWebClient
from visitor import PATIENCE, Visitor
from webex_org import Org

from sandbox.main import FAKES, Options, Running, start
from sandbox.teams.tenant import APP_ID, TENANT

EVERY = tuple(FAKES)
CHOICES = [{"title": "Sales (24)", "value": "t1"}, {"title": "Support (8)", "value": "t2"}]
SIZES = {"desktop": (1280, 800), "wide": (1900, 1000), "phone": (390, 844)}
ROOM = {"desktop": 4, "wide": 4, "phone": 1}


def card(act: str) -> dict[str, Any]:
    body = [
        {"type": "TextBlock", "text": "Choose teams", "wrap": True, "weight": "Bolder"},
        {"type": "Input.ChoiceSet", "id": "teams", "label": "Teams", "isMultiSelect": True, "choices": CHOICES},
        {"type": "Input.Text", "id": "reply", "label": "Reply to Ann"},
    ]
    allow = {"type": "Action.OpenUrl", "title": "Allow", "url": "http://127.0.0.1:9/allow"}
    go = {"type": act, "title": "Import", "data": {"cid": "c1"}, "style": "positive"}
    return {"type": "AdaptiveCard", "version": "1.3", "body": body, "actions": [allow, go]}


async def opened(browser: Browser, running: Running, size: str = "desktop", name: str = "") -> Visitor:
    width, height = SIZES[size]
    context = await browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    visitor = Visitor(await context.new_page(), f"panes-{name}{size}")
    await visitor.opens(running.url)
    return visitor


@pytest.fixture
async def every() -> AsyncIterator[Running]:
    async with listening(Listener()) as bot:
        made = await start(Options(port=0, bot_url=bot.url, platforms=EVERY))
        yield made
        await made.stop()


@pytest.fixture
async def tenant() -> AsyncIterator[teams_tenant.Tenant]:
    """Every platform; whatever is told to the bot is heard by one listener."""
    async with listening(teams_tenant.Listener()) as listener:
        made = await start(Options(port=0, bot_url=listener.url, platforms=EVERY))
        async with aiohttp.ClientSession() as browser:
            yield teams_tenant.Tenant(made, listener, browser)
        await made.stop()


@pytest.fixture
async def webex() -> AsyncIterator[Org]:
    async with listening(Listener()) as listener:
        made = await start(Options(port=0, bot_url=listener.url, platforms=EVERY))
        async with aiohttp.ClientSession() as browser:
            yield Org(made, listener, browser)
        await made.stop()


async def talks_to(visitor: Visitor, platform: str, name: str) -> None:
    pane = visitor.pane(platform)
    back = pane.get_by_role("button", name="Back to the conversations")
    if await back.is_visible():
        await back.click()
    await pane.get_by_role("navigation").get_by_role("button", name=name).click()


async def rested(visitor: Visitor, platform: str) -> None:
    """What was pressed has been told to the bot."""
    await expect(visitor.page.locator(f".pane[data-platform={platform}].busy")).to_have_count(0, timeout=PATIENCE)


async def filled(visitor: Visitor, platform: str) -> None:
    """Marks a team, writes a reply and presses the button, as Ann."""
    pane = visitor.pane(platform)
    await expect(pane.get_by_role("group", name="Choose teams")).to_be_visible(timeout=PATIENCE)
    await pane.get_by_role("checkbox", name="Support (8)").check()
    await pane.get_by_role("textbox", name="Reply to Ann").fill("hello")
    await visitor.looks("card")
    await pane.get_by_role("button", name="Import").click()


@pytest.mark.parametrize("act", ["Action.Execute", "Action.Submit"])
async def test_a_card_in_teams_is_pressed(browser: Browser, tenant: teams_tenant.Tenant, act: str) -> None:
    """The bot hears the button's data with the inputs over it; what it answers is seen at once."""
    conversation, connector = await tenant.installed("Ann Lee"), await tenant.connector()
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card(act)}
    path = f"/v3/conversations/{conversation}/activities"
    assert (await connector.post(path, {"type": "message", "attachments": [attached]})).status == 201
    done = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Imported."}]}
    if act == "Action.Execute":
        await tenant.idle()
        kind = "application/vnd.microsoft.card.adaptive"
        tenant.bot.answers = [(200, {"statusCode": 200, "type": kind, "value": done})]
    visitor = await opened(browser, tenant.running, name="teams-")
    await visitor.becomes("teams", "Ann Lee")
    await filled(visitor, "teams")
    data = {"cid": "c1", "teams": "t2", "reply": "hello"}
    if act == "Action.Execute":
        await visitor.sees("teams", "Imported.")
        assert tenant.bot.activities("invoke")[-1]["value"]["action"]["data"] == data
    else:
        await rested(visitor, "teams")
        await tenant.idle()
        assert tenant.bot.activities("message")[-1]["value"] == data
    assert visitor.errors == []


async def test_a_card_in_webex_is_pressed(browser: Browser, webex: Org) -> None:
    await webex.bot.listens("attachmentActions", "created", f"{webex.listener.url}/webex/bot")
    content = [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card("Action.Submit")}]
    sent = await webex.bot.post("messages", toPersonId=webex.id("Ann Lee"), text="card", attachments=content)
    assert sent.status == 200, sent.body
    visitor = await opened(browser, webex.running, name="webex-")
    await visitor.becomes("webex", "Ann Lee")
    await filled(visitor, "webex")
    await rested(visitor, "webex")
    [told] = await webex.heard()
    action = await webex.bot.get(f"attachment/actions/{told['data']['id']}")
    assert action.body["inputs"] == {"cid": "c1", "teams": "t2", "reply": "hello"}
    async with visitor.page.context.expect_page() as tab:
        await visitor.pane("webex").get_by_role("link", name="Allow").click()
    assert (await tab.value).url.startswith(("http://127.0.0.1:9", "chrome-error"))
    kept = await visitor.page.evaluate("JSON.parse(localStorage.getItem('sandbox-signed-in')).email")
    assert kept == "ann@acme.example", "the page there begins with whoever sat here"


@pytest.mark.parametrize("platform", EVERY)
async def test_people_write_to_each_other(browser: Browser, every: Running, platform: str) -> None:
    """From the one's list to the other's unread mark, with the list behind the way back where the pane is narrow."""
    visitor = await opened(browser, every, name=f"{platform}-")
    pane = visitor.pane(platform)
    await visitor.becomes(platform, "Ann Lee")
    await talks_to(visitor, platform, "Bob Kim")
    await pane.locator("textarea").fill("Hello Bob, see https://acme.example/plan & <b>more</b>")
    await pane.get_by_role("button", name="Send").click()
    await visitor.sees(platform, "Hello Bob, see https://acme.example/plan & <b>more</b>")
    if platform in ("webex", "teams"):
        await expect(pane.locator(".message a")).to_have_attribute("href", "https://acme.example/plan")
    await visitor.becomes(platform, "Bob Kim")
    await expect(pane.get_by_role("button", name="Back to the conversations, 1 unread")).to_be_visible(timeout=PATIENCE)
    await talks_to(visitor, platform, "Ann Lee")
    await visitor.sees(platform, "Hello Bob")
    await expect(pane.get_by_role("button", name="Back to the conversations, 1 unread")).to_have_count(0)
    await visitor.looks("talk")
    assert visitor.errors == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("platforms", [EVERY, EVERY[:3], EVERY[2:]], ids="-".join)
async def test_as_many_panes_as_there_is_room_for(browser: Browser, platforms: tuple[str, ...], size: str) -> None:
    running = await start(Options(port=0, platforms=platforms))
    try:
        visitor = await opened(browser, running, size, f"{len(platforms)}-")
        room = min(ROOM[size], len(platforms))
        await expect(visitor.page.locator(".pane:visible")).to_have_count(room)
        if room < len(platforms):
            for name in platforms:
                await visitor.page.locator(f"#tabs [data-platform={name}]").click()
                await expect(visitor.pane(name)).to_be_visible()
        else:
            await expect(visitor.page.locator("#tabs")).to_be_hidden()
        wide = "document.documentElement.scrollWidth > window.innerWidth"
        assert not await visitor.page.evaluate(wide), "the page scrolls sideways"
        await visitor.looks("panes")
        await visitor.page.get_by_role("button", name="Stage hands").click()
        for name in platforms:
            down = visitor.page.get_by_role("button", name=f"{name.title()} down")
            await down.click()
            await expect(visitor.page.locator("#state")).to_contain_text(f"{name.title()} is down.")
        await visitor.looks("stage")
    finally:
        await running.stop()


async def test_a_narrow_pane_by_keyboard(browser: Browser, every: Running) -> None:
    """The person, the way back to the list, the search in it, the conversation, the box to write in."""
    visitor = await opened(browser, every, name="keys-")
    pane, keys = visitor.pane("slack"), visitor.page.keyboard
    for key in ("Tab", "Enter", "Tab", "Enter"):
        await keys.press(key)
    await keys.type("bob")
    await expect(pane.locator(".popup [role=option]")).to_have_count(1)
    await visitor.looks("person")
    await keys.press("Enter")
    await expect(pane.locator(".present")).to_contain_text("Bob Kim")
    await keys.press("Tab")
    await expect(pane.get_by_role("button", name="Back to the conversations")).to_be_focused()
    await keys.press("Enter")
    await expect(pane.get_by_role("searchbox")).to_be_focused()
    await keys.type("ann")
    await expect(pane.locator(".chats button")).to_have_count(1)
    await visitor.looks("list")
    await keys.press("Enter")
    await expect(pane.locator("h3")).to_have_text("Ann Lee")
    await expect(pane.get_by_role("log")).to_be_focused()
    await keys.press("Tab")
    await expect(pane.locator("textarea")).to_be_focused()
    await keys.type("hello")
    await keys.press("Enter")
    await visitor.sees("slack", "hello")
    await keys.type("/mio imp")
    await expect(pane.get_by_role("option")).to_have_count(1)
    await visitor.looks("offers")


async def test_a_field_is_sent_in_slack(browser: Browser, every: Running) -> None:
    label = {"type": "plain_text", "text": "Reply"}
    element = {"type": "plain_text_input", "action_id": "a"}
    ann = next(a for a in every.core.world.accounts["slack"].values() if a.name == "Ann Lee")
    client = AsyncWebClient(token="xoxb-sandbox-bot", base_url=f"{every.url}/slack/api/")
    blocks = [{"type": "input", "label": label, "dispatch_action": True, "element": element}]
    await client.chat_postMessage(channel=ann.id, text="Card", blocks=blocks)
    visitor = await opened(browser, every, name="field-")
    await visitor.becomes("slack", "Ann Lee")
    await visitor.pane("slack").get_by_role("textbox", name="Reply").fill("hello")
    await visitor.pane("slack").get_by_role("button", name="Save Reply").click()
    await rested(visitor, "slack")
    await every.core.hooks.idle()
    assert "[Reply]" in [trip["text"] for trip in every.control.wire.since(0)]


async def test_only_the_pages_own_scripts_run(browser: Browser, every: Running) -> None:
    """Whatever were put into the page: no other script, no other style, no picture, no other address."""
    visitor = await opened(browser, every, name="policy-")
    await visitor.page.evaluate("""() => {
      window.stopped = new Set();
      document.addEventListener("securitypolicyviolation", (event) => stopped.add(event.effectiveDirective));
      const inner = document.createElement("div");
      inner.innerHTML = `<img src="http://127.0.0.1:9/x" onerror="window.ran = 1"><style>p {}</style>`;
      const script = document.createElement("script");
      script.textContent = "window.ran = 2";
      document.body.append(inner, script);
      fetch("http://127.0.0.1:9/x").catch(() => null);
    }""")
    for directive in ("script-src-elem", "style-src-elem", "img-src", "connect-src"):
        await visitor.page.wait_for_function("name => window.stopped.has(name)", arg=directive, timeout=PATIENCE)
    assert await visitor.page.evaluate("window.ran") is None


@pytest.mark.parametrize("platform", ["webex", "teams"])
async def test_the_consent_page_begins_with_whoever_sat_there(browser: Browser, every: Running, platform: str) -> None:
    """And looks like nobody's but the platform's, for everybody."""
    ways = {
        "webex": ("/webex/v1/authorize", {**webex_org.APP, "redirect_uri": webex_org.BACK, "scope": "spark:kms"}),
        "teams": (
            f"/teams/login/{TENANT}/oauth2/v2.0/authorize",
            {"client_id": APP_ID, "redirect_uri": teams_tenant.BACK, "scope": teams_tenant.SCOPES},
        ),
    }
    path, query = ways[platform]
    visitor = await opened(browser, every, name=f"consent-{platform}-")
    kept = '{"name": "Hana Sato", "email": "hana@acme.example"}'
    await visitor.page.evaluate("kept => localStorage.setItem('sandbox-signed-in', kept)", kept)
    asked = {"response_type": "code", "state": "s1", **query}
    await visitor.page.goto(f"{every.url}{path}?{urlencode(asked)}")
    await expect(visitor.page.locator("html[data-ready=true]")).to_be_attached(timeout=PATIENCE)
    await expect(visitor.page.get_by_label("Signed in as").locator("option:checked")).to_contain_text("Hana Sato")
    await visitor.looks("consent")
