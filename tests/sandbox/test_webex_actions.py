"""Commands, buttons and choices as a person uses them, conversations as they look, and a restart."""

from pathlib import Path
from typing import Any

import pytest
from webex_org import ADMIN_SCOPES, CHOICES, CONSENT, Org, Told, card, sent, submit, words

from sandbox.core import Bad
from sandbox.main import DEFAULT, FAKES, Options, start
from sandbox.webex import Webex


async def shown(webex: Org, content: dict[str, Any]) -> dict[str, Any]:
    """The card, as Ann sees it."""
    told = await webex.bot.post("messages", toPersonId=webex.id("Ann Lee"), text="card", attachments=sent(content))
    assert told.status == 200, told.body
    found: dict[str, Any] = webex.fake.view(webex.id("Ann Lee"), "bot")[-1]
    return found


async def submitted(webex: Org) -> list[dict[str, Any]]:
    """What the bot reads after it was told of submits."""
    bodies = [b for b in await webex.heard() if b["resource"] == "attachmentActions"]
    return [(await webex.bot.get(f"attachment/actions/{b['data']['id']}")).body for b in bodies]


async def test_a_command_is_plain_words_and_waits_until_told(webex: Org) -> None:
    await webex.bot.listens("messages", "created", "/webex/bot", filter="roomType=direct")
    await webex.fake.command(webex.id("Ann Lee"), "/mio status")
    assert len(webex.listener.heard) == 1
    [body] = await webex.heard()
    assert (await webex.bot.get(f"messages/{body['data']['id']}")).body["text"] == "/mio status"
    assert [m["text"] for m in webex.fake.view(webex.id("Ann Lee"), "bot")] == ["/mio status"]


async def test_a_button_is_told_without_and_read_with_its_inputs(webex: Org) -> None:
    await webex.bot.listens("attachmentActions", "created", "/webex/bot")
    await webex.person("Ann Lee").listens("attachmentActions", "created")
    seen = await shown(webex, CONSENT)
    assert await webex.fake.press(webex.id("Ann Lee"), seen["id"], "Not now") is None
    [body] = await webex.heard()
    assert body["createdBy"] == webex.fake.bot, "the card's author alone is told"
    assert set(body["data"]) == {"id", "type", "messageId", "roomId", "personId", "created"}
    [action] = await submitted(webex)
    assert (action["messageId"], action["personId"]) == (seen["id"], webex.id("Ann Lee"))
    assert action["inputs"] == {"action": "later"}
    path = f"attachment/actions/{action['id']}"
    assert (await webex.person("Bob Kim").get(path)).status == 404
    await webex.fake.press(webex.id("Ann Lee"), seen["id"], "Not now")
    assert len(await submitted(webex)) == 2, "the same card again and again"


async def test_a_url_button_opens_and_nobody_is_told(webex: Org) -> None:
    await webex.bot.listens("attachmentActions", "created", "/webex/bot")
    seen = await shown(webex, CONSENT)
    assert await webex.fake.press(webex.id("Ann Lee"), seen["id"], "Allow") == "https://bot.example/allow/c1"
    assert await webex.heard() == []


async def test_a_choice_counts_with_continue(webex: Org) -> None:
    await webex.bot.listens("attachmentActions", "created", "/webex/bot")
    fields = (
        {"type": "Input.ChoiceSet", "id": "who", "choices": CHOICES},
        {"type": "Input.Text", "id": "note", "value": "none"},
        {"type": "Input.Toggle", "id": "loud", "title": "Loud?"},
    )
    content = card(*fields, actions=[submit("Cancel"), submit("Continue", action="pick")])
    seen = await shown(webex, content)
    assert seen["choices"] == ["Bob", "Cleo"]
    await webex.fake.choose(webex.id("Ann Lee"), seen["id"], "Cleo")
    [action] = await submitted(webex)
    assert action["inputs"] == {"action": "pick", "who": "p-cleo", "note": "none", "loud": "false"}


async def test_a_required_field_holds_the_button_back(webex: Org) -> None:
    await webex.bot.listens("attachmentActions", "created", "/webex/bot")
    field = {"type": "Input.Text", "id": "reply", "isRequired": True, "errorMessage": "Say something"}
    inner = card(field, actions=[submit("Send it", action="reply")])
    seen = await shown(webex, card(words(), actions=[{"type": "Action.ShowCard", "title": "Reply", "card": inner}]))
    ann = webex.id("Ann Lee")
    assert await webex.fake.press(ann, seen["id"], "Reply") is None
    with pytest.raises(Bad, match="Say something"):
        await webex.fake.press(ann, seen["id"], "Send it")
    await webex.fake.press(ann, seen["id"], "Send it", reply="hello")
    assert [a["inputs"] for a in await submitted(webex)] == [{"action": "reply", "reply": "hello"}]


async def test_a_client_may_submit_over_the_api(webex: Org) -> None:
    await webex.bot.listens("attachmentActions", "created", "/webex/bot")
    seen, ann = await shown(webex, CONSENT), webex.person("Ann Lee")

    async def told(client: Any = ann, **change: Any) -> Told:
        body = {"type": "submit", "messageId": seen["id"], "inputs": {"a": "1"}, **change}
        answer: Told = await client.post("attachment/actions", **body)
        return answer

    done = await told()
    assert done.status == 202 and (await ann.get(f"attachment/actions/{done.body['id']}")).body["inputs"] == {"a": "1"}
    assert (await told(type="press")).status == 400
    assert (await told(inputs="a")).status == 400
    assert (await told(messageId="none")).status == 404
    assert (await told(webex.person("Bob Kim"))).status == 404
    assert len(await submitted(webex)) == 1


async def test_what_is_not_there_cannot_be_pressed(webex: Org) -> None:
    seen, ann, bob = await shown(webex, CONSENT), webex.id("Ann Lee"), webex.id("Bob Kim")
    for who, message, button in ((ann, seen["id"], "Maybe"), (ann, "none", "Allow"), (bob, seen["id"], "Allow")):
        with pytest.raises(Bad):
            await webex.fake.press(who, message, button)
    with pytest.raises(Bad):
        await webex.fake.choose(ann, seen["id"], "Dana")
    undecided = card({"type": "Input.ChoiceSet", "id": "who", "choices": CHOICES}, actions=[submit("A"), submit("B")])
    with pytest.raises(Bad, match="Continue"):
        await webex.fake.choose(ann, (await shown(webex, undecided))["id"], "Bob")


async def test_people_change_only_their_own_words(webex: Org) -> None:
    ann, bob = webex.id("Ann Lee"), webex.id("Bob Kim")
    message = await webex.fake.say(ann, bob, "hi")
    for act in (webex.fake.edit(bob, message, "x"), webex.fake.delete(bob, message)):
        with pytest.raises(Bad, match="of your own"):
            await act
    for number in range(10):
        await webex.fake.edit(ann, message, f"no. {number}")
    with pytest.raises(Bad, match="limit"):
        await webex.fake.edit(ann, message, "too often")
    reply = await webex.fake.say(bob, ann, "re", parent=message)
    await webex.fake.say(ann, bob, "re: re", parent=reply)
    assert [m["parent"] for m in webex.fake.view(ann, bob)] == ["", message, message], "clients reply to the root"
    await webex.fake.delete(ann, message)
    assert [m["text"] for m in webex.fake.view(bob, ann)] == ["re", "re: re"]


async def test_people_who_are_not_there_do_nothing(webex: Org) -> None:
    ann = webex.id("Ann Lee")
    for who, to in ((ann, ann), (ann, "nobody"), (webex.id("Otto Gone"), ann), (webex.id("Ina Invited"), ann)):
        with pytest.raises(Bad):
            await webex.fake.say(who, to, "hi")
    with pytest.raises(Bad, match="here already"):
        await webex.fake.join("Ann Lee", "Ann@acme.example")
    assert await webex.fake.say(webex.id("Gail Guest"), ann, "from outside")


async def test_chats_newest_first_with_what_is_unread(webex: Org) -> None:
    ann, bob = webex.id("Ann Lee"), webex.id("Bob Kim")
    await webex.fake.say(bob, ann, "one")
    await webex.bot.post("messages", toPersonId=ann, text="two")
    rows = webex.fake.chats(ann)
    assert [(r["with"], r["last"], r["unread"]) for r in rows] == [("bot", "two", 1), (bob, "one", 1)]
    webex.fake.view(ann, bob)
    assert [r["unread"] for r in webex.fake.chats(ann)] == [1, 0]


async def test_the_page_and_the_settings(webex: Org) -> None:
    async with webex.browser.get(f"{webex.running.url}/control/world") as answer:
        world = await answer.json()
    people = {p["name"]: p for p in world["people"]}
    assert world["platforms"] == ["webex"] and people["Maya Ortiz"]["accounts"]["webex"]["admin"]
    assert people["Gail Guest"]["accounts"]["webex"]["guest"] and "Build Robot" not in people
    body = {"platform": "webex", "as": webex.id("Ann Lee"), "to": "bot", "text": "hello"}
    async with webex.browser.post(f"{webex.running.url}/control/say", json=body) as answer:
        assert (await answer.json())["id"]
    names = ("BOT_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "WEBHOOK_SECRET", "API_URL", "REVOKE_URL")
    settings = webex.fake.settings()
    assert set(settings) == {f"MIO_WEBEX_{name}" for name in names}
    assert settings["MIO_WEBEX_API_URL"] == f"{webex.running.url}/webex/v1"


async def test_every_platform_is_part_of_the_demo_and_lends_its_settings() -> None:
    assert set(FAKES) == set(DEFAULT) and Options().platforms == DEFAULT
    running = await start(Options(port=0, platforms=tuple(FAKES)))
    addresses = {f"MIO_{name.upper()}_{'GRAPH' if name == 'teams' else 'API'}_URL" for name in FAKES}
    assert addresses <= set(running.settings())
    await running.stop()


async def test_a_restart_keeps_everything(tmp_path: Path, webex: Org) -> None:
    """Grants, webhooks, files, submits, newcomers, messages."""
    options = Options(port=0, platforms=("webex",), data_dir=tmp_path)
    first = await start(options)
    fake = first.fakes["webex"]
    assert isinstance(fake, Webex)
    before = Org(first, webex.listener, webex.browser)
    ann = before.person("Ann Lee")
    hook = await ann.listens("messages", "created")
    seen = await shown(before, CONSENT)
    await fake.press(before.id("Ann Lee"), seen["id"], "Not now")
    [action] = fake.actions._held
    nora = await fake.join("Nora New", "nora@acme.example")
    posted = await ann.post("messages", toPersonId=nora, text="x", files=["https://a.example/p.png"])
    await first.stop()
    second = await start(options)
    after = Org(second, webex.listener, webex.browser)
    again = after.client(ann.token)
    assert [h["id"] for h in (await again.get("webhooks")).items] == [hook["id"]]
    assert (await again.get(f"attachment/actions/{action}")).status == 200
    assert (await again.get(f"messages/{posted.body['id']}")).body["text"] == "x"
    file = (await again.get(f"messages/{posted.body['id']}")).body["files"][0]
    assert (await again.get(file)).status == 200
    names = {p["displayName"] for p in await after.person("Maya Ortiz", ADMIN_SCOPES).all("people")}
    assert "Nora New" in names
    await second.stop()
