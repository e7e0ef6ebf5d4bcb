"""What the page asks for: people by search, native messages, the guide's facts, stage hands."""

from typing import Any, Protocol
from unittest.mock import ANY

import aiohttp
import pytest
from aiohttp import web
from company import TWO
from slack_workspace import Answer, Listener, Workspace
from teams_tenant import Tenant
from webex_org import ADMIN_SCOPES, BACK, Org, card, sent, submit

from sandbox.backstage import Backstage
from sandbox.core import Bad
from sandbox.main import Options, Running, start

ADAPTIVE = "application/vnd.microsoft.card.adaptive"
FIELD = {"type": "Input.Text", "id": "reply", "label": "Reply"}


class Sandbox(Protocol):
    """What is asked and done here is the same on every platform."""

    @property
    def running(self) -> Running: ...

    @property
    def browser(self) -> aiohttp.ClientSession: ...


async def look(slack: Sandbox, what: str, **query: Any) -> tuple[int, Any]:
    async with slack.browser.get(f"{slack.running.url}/control/{what}", params=query) as answer:
        return answer.status, await answer.json()


async def act(slack: Sandbox, what: str, **body: Any) -> tuple[int, Any]:
    async with slack.browser.post(f"{slack.running.url}/control/{what}", json=body) as answer:
        return answer.status, await answer.json()


async def test_people_are_searched_by_name_and_address(slack: Workspace) -> None:
    _, all_of = await look(slack, "people", platform="slack", limit=3)
    assert all_of["people"][0]["name"] == "Maya Ortiz" and len(all_of["people"]) == 3
    assert all_of["total"] == 12, "eleven colleagues and a guest; no bots, nobody who has left"
    for words in ("ANN L", "ann@acme"):
        _, found = await look(slack, "people", platform="slack", q=words)
        assert [p["email"] for p in found["people"]] == ["ann@acme.example"]
    assert (await look(slack, "people", platform="slack", q="zzz"))[1] == {"people": [], "total": 0}
    assert (await look(slack, "people", platform="fax"))[0] == 400
    assert (await look(slack, "people", platform="slack", limit="many"))[0] == 400


async def test_the_world_without_its_people(slack: Workspace) -> None:
    _, world = await look(slack, "world", people="none")
    assert (world["people"], world["titles"]) == ([], {name: name.title() for name in TWO})


async def test_messages_carry_what_the_client_draws(slack: Workspace) -> None:
    ann, bob = slack.id("Ann Lee"), slack.id("Bob Kim")
    for number in range(205):
        await slack.fake.say(ann, bob, f"number {number}")
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "Title"}}]
    await slack.client().chat_postMessage(channel=ann, text="Title", blocks=blocks)
    _, seen = await look(slack, "chat", **{"platform": "slack", "as": bob, "with": ann})
    assert len(seen["messages"]) == 200 and seen["messages"][0]["text"] == "number 5"
    assert seen["messages"][-1]["native"]["blocks"][0]["type"] == "rich_text"
    _, card = await look(slack, "chat", **{"platform": "slack", "as": ann, "with": "bot"})
    assert card["messages"][0]["native"]["blocks"] == blocks


async def test_a_press_carries_inputs_in_webex(webex: Org) -> None:
    await webex.bot.listens("attachmentActions", "created", "/webex/bot")
    content = card(FIELD, actions=[submit("Send", action="reply")])
    posted = await webex.bot.post("messages", toPersonId=webex.id("Ann Lee"), text="c", attachments=sent(content))
    pressed = {"platform": "webex", "as": webex.id("Ann Lee"), "message": posted.body["id"], "button": "Send"}
    assert await act(webex, "press", **pressed, inputs={"reply": "hello"}) == (200, {"url": None})
    [told] = await webex.heard()
    action = await webex.bot.get(f"attachment/actions/{told['data']['id']}")
    assert action.body["inputs"] == {"action": "reply", "reply": "hello"}
    for wrong in ([], ["reply"], {"reply": 1}, {"who": "x"}):
        status, refused = await act(webex, "press", **pressed, inputs=wrong)
        assert status == (400 if wrong else 200), refused
    filled = {**pressed, "field": "Reply", "text": "x"}
    assert (await act(webex, "fill", **filled))[1]["error"].startswith("what is filled in there goes along")


async def test_a_press_carries_inputs_in_teams(teams: Tenant) -> None:
    conversation, connector = await teams.installed("Ann Lee"), await teams.connector()
    content = {**card(FIELD, actions=[submit("Send", action="reply")]), "version": "1.5"}
    attached = {"type": "message", "attachments": [{"contentType": ADAPTIVE, "content": content}]}
    posted = await connector.post(f"/v3/conversations/{conversation}/activities", attached)
    pressed = {"platform": "teams", "as": teams.id("Ann Lee"), "message": posted.body["id"], "button": "Send"}
    assert (await act(teams, "press", **pressed, inputs={"reply": "hello"}))[0] == 200
    await teams.idle()
    assert teams.bot.activities("message")[-1]["value"] == {"action": "reply", "reply": "hello"}
    assert (await act(teams, "press", **pressed, inputs={"nowhere": "x"}))[0] == 400


async def test_a_field_is_filled_in_slack(slack: Workspace, bot: Listener) -> None:
    label = {"type": "plain_text", "text": "Reply"}
    field = {"type": "input", "block_id": "b", "label": label, "dispatch_action": True}
    block = {**field, "element": {"type": "plain_text_input", "action_id": "a"}}
    ann = slack.id("Ann Lee")
    posted = await slack.client().chat_postMessage(channel=ann, text="c", blocks=[block])
    body = {"platform": "slack", "as": ann, "message": posted["ts"], "field": "Reply", "text": "hello"}
    assert (await act(slack, "fill", **body))[0] == 200
    await slack.idle()
    [action] = bot.heard[-1].json()["actions"]
    assert (action["action_id"], action["value"]) == ("a", "hello")


async def test_the_guide_knows_when_webex_is_connected(webex: Org) -> None:
    async def facts() -> Any:
        return (await look(webex, "guide"))[1]

    async def said(text: str) -> None:
        told = await webex.bot.post("messages", toPersonId=webex.id("Maya Ortiz"), text=text, attachments=sent(setup))
        assert told.status == 200, told.body

    lead = {"type": "Action.OpenUrl", "title": "Connect", "url": "https://bot.example/setup"}
    setup = card({"type": "TextBlock", "text": "Webex: 🔺 not connected"}, actions=[lead])
    first = await facts()
    assert (first["connect"], first["teams"]) == (
        {"card": None, "done": False},
        {"webex": {"card": None, "done": False}},
    )
    await said("Connect Center")
    assert (await facts())["connect"]["card"]["platform"] == "webex"
    async with webex.browser.get(f"{webex.running.url}/control/events") as stream:
        await stream.content.readline()
        code = (await webex.allow(webex.id("Maya Ortiz"), scope=ADMIN_SCOPES))["code"]
        told = await webex.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
        assert told.status == 200, told.body
        while b'"kind":"guide"' not in await stream.content.readline():
            pass
    assert (await facts())["connect"]["done"]
    take = {"type": "Action.Submit", "title": "Import teams and users"}
    setup = card({"type": "TextBlock", "text": "Select teams of Webex"}, actions=[take])
    await said("Select teams of Webex")
    assert (await facts())["teams"]["webex"] == {"card": {"platform": "webex", "message": ANY}, "done": False}
    setup = card(
        {"type": "TextBlock", "text": "Import is done"}, {"type": "TextBlock", "text": "✅ Webex: 11 people read"}
    )
    await said("Import is done")
    assert (await facts())["teams"]["webex"]["done"]


async def test_where_no_directory_is_connected_by_hand() -> None:
    running = await start(Options(port=0, platforms=("slack", "zoom")))
    facts = running.control.guide.facts()
    assert (facts["connect"], facts["teams"]) == (None, {})
    await running.stop()


async def test_a_newer_question_about_teams_closes_the_older(webex: Org) -> None:
    running = await start(Options(port=0, platforms=("webex", "teams")))
    both = Org(running, webex.listener, webex.browser)
    take = {"type": "Action.Submit", "title": "Import teams and users"}
    for title, other in (("Webex", "teams"), ("Teams", "webex")):
        content = card({"type": "TextBlock", "text": f"Select teams of {title}"}, actions=[take])
        await both.bot.post("messages", toPersonId=both.id("Maya Ortiz"), text="c", attachments=sent(content))
        asked = running.control.guide.facts()["teams"]
        assert asked[title.lower()]["card"] and not asked[other]["card"]
    await running.stop()


async def test_the_guide_sees_what_has_happened(slack: Workspace) -> None:
    ann, maya = slack.id("Ann Lee"), slack.id("Maya Ortiz")
    client = slack.client()

    async def facts() -> Any:
        return (await look(slack, "guide"))[1]

    first = await facts()
    assert (first["imported"], first["ann"]["plan"], first["ann"]["linked"]) == (False, None, False)
    assert set(first["cast"]["dana"]["accounts"]) == {"slack"} and set(first["cast"]["pat"]["accounts"]) == {"zoom"}
    await client.chat_postMessage(channel=maya, text="Import is done")
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Confirm"}, "value": "v"}
    plan = [{"type": "actions", "elements": [button]}]
    posted = await client.chat_postMessage(channel=maya, text="Plan: Ann Lee", blocks=plan)
    now = await facts()
    assert now["imported"] and now["ann"]["plan"] == {"platform": "slack", "message": posted["ts"]}
    assert now["bob"]["plan"] is None
    allow = [{"type": "actions", "elements": [{**button, "text": {"type": "plain_text", "text": "Allow"}}]}]
    asked = await client.chat_postMessage(channel=ann, text="Asked", blocks=allow)
    assert (await facts())["ann"]["asked"]["message"] == asked["ts"]
    done = "Zoom colleagues now reach you here."
    await client.chat_update(channel=asked["channel"], ts=asked["ts"], text=done)
    now = await facts()
    assert (now["ann"]["asked"], now["ann"]["linked"], now["ann"]["healed"]) == (None, True, False)
    zoom_ann = now["cast"]["ann"]["accounts"]["zoom"]
    assert (await act(slack, "revoke", **{"platform": "zoom", "as": zoom_ann}))[0] == 200
    again = await client.chat_postMessage(channel=ann, text="Asked again", blocks=allow)
    assert not (await facts())["ann"]["linked"]
    await client.chat_update(channel=again["channel"], ts=again["ts"], text=done)
    now = await facts()
    assert now["ann"]["healed"] and now["played"]["revoked"] > 0


async def test_the_guide_marks_nothing_as_read(slack: Workspace) -> None:
    """And knows a read copy from one that merely arrived, a doubled one from one that came once."""
    ann, bob = slack.id("Ann Lee"), slack.id("Bob Kim")
    zoom = {a.name: a.id for a in slack.running.core.world.accounts["zoom"].values()}
    await slack.running.fakes["zoom"].say(zoom["Bob Kim"], zoom["Ann Lee"], "Burst 1 of 10")
    person = slack.person("Bob Kim")
    opened = await person.conversations_open(users=ann)
    for _ in range(2):
        await person.chat_postMessage(channel=opened["channel"]["id"], text="Burst 1 of 10")
    for _ in range(2):
        _, facts = await look(slack, "guide")
        assert facts["first"] == {"wrote": True, "arrived": True, "read": False}
    assert facts["burst"] == {"wrote": 1, "arrived": 1, "doubled": 1}
    await look(slack, "chat", **{"platform": "slack", "as": ann, "with": bob})
    assert (await look(slack, "guide"))[1]["first"]["read"]


class Puppet:
    """A bot whose process is ours."""

    def __init__(self) -> None:
        self.state = "running"

    async def kill(self) -> None:
        self.state = "down"

    async def restart(self) -> None:
        self.state = "running"


async def test_only_our_own_bot_can_be_killed(slack: Workspace) -> None:
    assert (await look(slack, "stage"))[1]["bot"] is None
    status, refused = await act(slack, "bot", do="kill")
    assert status == 400 and "was not started here" in refused["error"]
    slack.running.stage = Puppet()
    assert (await act(slack, "bot", do="kill"))[1]["bot"] == "down"
    assert (await act(slack, "bot", do="restart"))[1]["bot"] == "running"
    assert (await act(slack, "bot", do="dance"))[0] == 400
    assert "killed" in (await look(slack, "guide"))[1]["played"]


@pytest.mark.parametrize(
    ("status", "refused"), [(200, None), (404, "the bot answered 404; MIO_DEBUG_CLOCK=1 allows it")]
)
async def test_a_day_passes_for_both_when_the_bot_lets_it(
    slack: Workspace, bot: Listener, status: int, refused: str | None
) -> None:
    bot.answers.append(Answer(status=status))
    before = slack.running.core.clock.now()
    _, said = await act(slack, "day", advance=86_400)
    assert said["refused"] == refused and (bot.heard[-1].path, bot.heard[-1].body) == (
        "/debug/clock",
        b'{"advance": 86400}',
    )
    assert (slack.running.core.clock.now() - before).days == 1
    slack.running.bot_url = "http://127.0.0.1:9"
    assert (await act(slack, "day", advance=1))[1]["refused"] == "the bot does not answer"
    for wrong in ("soon", -1, True, 1e12):
        assert (await act(slack, "day", advance=wrong))[0] == 400


async def test_an_address_differs(slack: Workspace, bot: Listener) -> None:
    ann = slack.id("Ann Lee")
    changed = {"platform": "slack", "as": ann, "email": "ann.private@acme.example"}
    assert (await act(slack, "address", **changed))[0] == 200
    await slack.idle()
    assert bot.events("user_change")[0]["event"]["user"]["profile"]["email"] == "ann.private@acme.example"
    assert (await look(slack, "people", platform="slack", q="ann.private"))[1]["total"] == 1
    for wrong in (
        {**changed, "email": "bob@acme.example"},
        {**changed, "email": "nowhere"},
        {**changed, "as": "U0NOBODY"},
        {**changed, "platform": "fax"},
    ):
        assert (await act(slack, "address", **wrong))[0] == 400


async def test_the_strip_is_told_and_asked(slack: Workspace) -> None:
    async with slack.browser.get(f"{slack.running.url}/control/events") as stream:
        await stream.content.readline()
        ann, bob = slack.id("Ann Lee"), slack.id("Bob Kim")
        await act(slack, "say", **{"platform": "slack", "as": ann, "to": bob, "text": "hello"})
        while b'"kind":"wire"' not in (line := await stream.content.readline()):
            pass
    assert b'"text":"hello"' in line
    _, found = await look(slack, "wire", since=0)
    trip = found["trips"][0]
    assert (await look(slack, "hop", trip=trip["n"], hop=0))[1]["exchange"] is None
    assert (await look(slack, "hop", trip=trip["n"], hop=9))[0] == 404
    assert (await look(slack, "hop", trip="x", hop=0))[0] == 404
    assert (await look(slack, "wire", since="then"))[0] == 400


async def test_an_account_without_a_change_of_its_own() -> None:
    """A platform that does not tell the app still gets the new address."""
    running = await start(Options(port=0, platforms=TWO))
    world = running.core.world
    zoom = next(a for a in world.accounts["zoom"].values() if a.name == "Ann Lee")
    stage = Backstage(running.core, {"zoom": object()}, running.control.guide)  # type: ignore[dict-item]
    await stage.address({"platform": "zoom", "as": zoom.id, "email": "a@b.example"})
    assert world.emails["zoom"]["a@b.example"] is zoom
    with pytest.raises(Bad, match="taken"):
        await stage.address({"platform": "zoom", "as": zoom.id, "email": "bob@acme.example"})
    await running.stop()


async def test_listening_pages_do_not_hold_up_the_end(slack: Workspace) -> None:
    async with slack.browser.get(f"{slack.running.url}/control/events") as stream:
        await stream.content.readline()
        await slack.running.control.end(web.Application())
        assert (await stream.content.read()).endswith(b"\n")
