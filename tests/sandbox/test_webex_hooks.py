"""Webhooks: whose they are, what they tell whom, how they are signed, and how they end."""

from typing import Any

import pytest
from listener import Answer, Listener
from webex_org import CONSENT, SECRET, USER_SCOPES, Org, sent, signature

from sandbox.webex.ids import ABROAD, parse
from sandbox.webex.tokens import BOT_TOKEN

BOTH = {"filter": "roomType=direct", "secret": SECRET}


def told(bodies: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(b["resource"], b["event"]) for b in bodies]


async def test_a_message_as_webex_tells_it(webex: Org) -> None:
    hook = await webex.person("Ann Lee").listens("messages", "created", **BOTH)
    message = await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "private words")
    [body] = await webex.heard()
    assert body["data"] == {
        "id": message,
        "roomId": body["data"]["roomId"],
        "roomType": "direct",
        "personId": webex.id("Bob Kim"),
        "personEmail": "bob@acme.example",
        "created": body["data"]["created"],
    }
    assert (body["createdBy"], body["actorId"]) == (webex.id("Ann Lee"), webex.id("Bob Kim"))
    assert (body["id"], body["status"], body["ownedBy"]) == (hook["id"], "active", "creator")
    [heard] = webex.listener.heard
    assert heard.path == "/webex/user" and b"private words" not in heard.body and SECRET.encode() not in heard.body
    assert heard.headers["x-spark-signature"] == signature(SECRET, heard.body)


def test_the_signature_is_the_vendors() -> None:
    body = b'{"id":"w1","resource":"messages","event":"created","data":{"id":"m1"}}'
    assert signature("s3cr3t-for-hook", body) == "e0ecd2eb209feadb25cfb49d91095e9a95870cc1"


async def test_no_secret_no_signature(webex: Org) -> None:
    await webex.bot.listens("messages", "created", "/webex/bot")
    await webex.fake.command(webex.id("Ann Lee"), "help")
    [heard] = webex.listener.heard
    assert heard.path == "/webex/bot" and "x-spark-signature" not in heard.headers


async def test_every_owner_in_the_room_is_told_own_posts_included(webex: Org) -> None:
    ann = webex.person("Ann Lee")
    for name in ("Ann Lee", "Bob Kim", "Maya Ortiz"):
        await webex.person(name).listens("messages", "created", **BOTH)
    await ann.post("messages", toPersonId=webex.id("Bob Kim"), text="hi")
    await webex.fake.say(webex.id("Ann Lee"), "bot", "also told to Ann's own webhook")
    owners = [b["createdBy"] for b in await webex.heard()]
    assert sorted(owners) == sorted([webex.id("Ann Lee"), webex.id("Bob Kim"), webex.id("Ann Lee")])


async def test_the_text_is_read_with_the_owners_token(webex: Org) -> None:
    await webex.person("Ann Lee").listens("messages", "created", **BOTH)
    html = "see <strong>the</strong> plan"
    await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "", html=html)
    [body] = await webex.heard()
    path = f"messages/{body['data']['id']}"
    read = (await webex.person("Ann Lee").get(path)).body
    assert (read["html"], read["text"]) == (html, "see the plan") and "markdown" not in read
    assert (await webex.bot.get(path)).status == 404


async def test_a_fresh_message_may_not_be_there_at_once(webex: Org) -> None:
    webex.switch(mean=True)
    ann = webex.person("Ann Lee")
    message = await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "hi")
    assert [(await ann.get(f"messages/{message}")).status for _ in range(2)] == [404, 200]


async def test_edits_and_deletions(webex: Org) -> None:
    ann, bob = webex.id("Ann Lee"), webex.id("Bob Kim")
    client = webex.person("Ann Lee")
    for event in ("created", "updated", "deleted"):
        await client.listens("messages", event, **BOTH)
    message = await webex.fake.say(bob, ann, "draft")
    await webex.fake.edit(bob, message, "final")
    await webex.idle()
    assert (await client.get(f"messages/{message}")).body["text"] == "final"
    await webex.fake.delete(bob, message)
    bodies = await webex.heard()
    assert told(bodies) == [("messages", event) for event in ("created", "updated", "deleted")]
    assert {b["data"]["id"] for b in bodies} == {message} and bodies[1]["data"]["updated"]
    assert (await client.get(f"messages/{message}")).status == 404


async def test_edits_may_go_untold(webex: Org) -> None:
    ann, bob = webex.id("Ann Lee"), webex.id("Bob Kim")
    client = webex.person("Ann Lee")
    await client.listens("messages", "updated")
    webex.switch(mean=True)
    message = await webex.fake.say(bob, ann, "draft")
    await webex.fake.edit(bob, message, "final")
    assert await webex.heard() == []
    room = (await client.get("rooms")).items[0]["id"]
    assert (await client.get("messages", roomId=room)).items[0]["updated"], "but a look shows them"
    refused = await client.post(
        "webhooks", name="m", targetUrl="http://b.example/", resource="messages", event="updated"
    )
    assert refused.status == 400


async def test_ids_may_name_another_cluster(webex: Org) -> None:
    await webex.person("Ann Lee").listens("messages", "created", **BOTH)
    webex.switch(mean=True)
    message = await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "hi")
    [body] = await webex.heard()
    here, there = parse(message), parse(body["data"]["id"])
    assert here is not None and there is not None
    assert (there[0], there[1:]) == (ABROAD, here[1:]) and body["createdBy"] == webex.id("Ann Lee")
    assert body["data"]["personId"] != webex.id("Bob Kim")


async def test_replies_and_files_are_announced(webex: Org) -> None:
    ann, bob = webex.id("Ann Lee"), webex.id("Bob Kim")
    client = webex.person("Ann Lee")
    await client.listens("messages", "created", filter="roomType=direct&hasFiles=true")
    root = await webex.fake.say(bob, ann, "hi")
    told = await client.post("messages", toPersonId=bob, text="x", parentId=root, files=["https://a.example/p.png"])
    [body] = await webex.heard()
    assert body["data"]["parentId"] == root and body["data"]["files"] == told.body["files"]


@pytest.mark.parametrize(
    ("chosen", "texts"),
    [
        ("personEmail=bob@acme.example", ["words", "file"]),
        ("personId={ann}", ["card"]),
        ("hasFiles=true", ["file"]),
        ("hasFiles=false&hasAttachments=false", ["words"]),
        ("hasAttachments=true", ["card"]),
        ("mentionedPeople={ann}", ["words"]),
        ("roomType=group", []),
        ("roomId=elsewhere", []),
    ],
)
async def test_filters(webex: Org, chosen: str, texts: list[str]) -> None:
    ann, bob = webex.person("Ann Lee"), webex.person("Bob Kim")
    to_ann, to_bob = {"toPersonId": webex.id("Ann Lee")}, {"toPersonId": webex.id("Bob Kim")}
    await ann.listens("messages", "created", filter=chosen.format(ann=webex.id("Ann Lee")))
    await bob.post("messages", **to_ann, text="words", markdown="<@personEmail:ann@acme.example|A>")
    await bob.post("messages", **to_ann, text="file", files=["https://a.example/p.png"])
    await ann.post("messages", **to_bob, text="card", attachments=sent(CONSENT))
    heard = [(await ann.get(f"messages/{b['data']['id']}")).body["text"] for b in await webex.heard()]
    assert heard == texts


async def test_a_first_message_begins_a_room(webex: Org) -> None:
    await webex.bot.listens("memberships", "created", "/webex/bot")
    await webex.bot.listens("rooms", "created", "/webex/bot")
    for _ in range(2):
        await webex.fake.say(webex.id("Ann Lee"), "bot", "hello")
    bodies = await webex.heard()
    assert sorted(told(bodies)) == [("memberships", "created")] * 2 + [("rooms", "created")]


async def test_the_firehose(webex: Org) -> None:
    ann, bob = webex.id("Ann Lee"), webex.id("Bob Kim")
    client = webex.person("Ann Lee")
    await client.listens("messages", "all", **BOTH)
    message = await webex.fake.say(bob, ann, "hi")
    await webex.fake.delete(bob, message)
    assert told(await webex.heard()) == [("messages", "created"), ("messages", "deleted")]
    webex.switch(mean=True)
    target = {"name": "m", "targetUrl": "http://b.example/", "resource": "messages", "event": "all"}
    assert (await client.post("webhooks", **target, filter="roomType=direct")).status == 400
    assert (await client.post("webhooks", **target)).status == 200


# -- the calls -------------------------------------------------------------------------------------

GOOD = {"name": "mio", "targetUrl": "https://bot.example/hook", "resource": "messages", "event": "created"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ""}, 400),
        ({"targetUrl": "/hook"}, 400),
        ({"resource": "reactions"}, 400),
        ({"event": "migrated"}, 400),
        ({"filter": "colour=red"}, 400),
        ({"filter": "direct"}, 400),
        ({"resource": "attachmentActions", "filter": "roomType=direct"}, 400),
        ({"resource": "rooms", "event": "created"}, 403),
        ({"ownedBy": "org"}, 403),
    ],
)
async def test_webhooks_that_are_refused(webex: Org, change: dict[str, str], status: int) -> None:
    ann = webex.person("Ann Lee", "spark:messages_read")
    assert (await ann.post("webhooks", **{**GOOD, **change})).status == status
    assert (await ann.post("webhooks", **GOOD)).status == 200


async def test_webhooks_are_their_creators(webex: Org) -> None:
    ann, bob = webex.person("Ann Lee"), webex.person("Bob Kim")
    hook = await ann.listens("messages", "created", **BOTH)
    assert (await ann.get("webhooks")).items == [hook] and (await bob.get("webhooks")).items == []
    path = f"webhooks/{hook['id']}"
    assert (await ann.get(path)).body == hook
    for answer in (
        await bob.get(path),
        await bob.put(path, name="m", targetUrl="http://x.example"),
        await bob.delete(path),
    ):
        assert answer.status == 404
    assert [(await ann.delete(path)).status for _ in range(2)] == [204, 404]
    await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "hi")
    assert await webex.heard() == []


async def test_a_change_needs_name_and_address_and_cannot_pause(webex: Org) -> None:
    ann = webex.person("Ann Lee")
    path = f"webhooks/{(await ann.listens('messages', 'created', **BOTH))['id']}"
    target = {"name": "mio 2", "targetUrl": "http://bot.example/webex/elsewhere"}
    assert (await ann.put(path, name="mio 2")).status == 400
    assert (await ann.put(path, **target, status="inactive")).status == 400
    changed = (await ann.put(path, **target, secret="fresh", event="deleted")).body
    assert (changed["name"], changed["event"], changed["secret"]) == ("mio 2", "created", "fresh")
    await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "hi")
    await webex.idle()
    [heard] = webex.listener.heard
    assert heard.path == "/webex/elsewhere" and heard.headers["x-spark-signature"] == signature("fresh", heard.body)


async def test_another_apps_webhook_may_stand_among_them(webex: Org) -> None:
    ann = webex.person("Ann Lee")
    await ann.listens("messages", "created")
    webex.switch(mean=True)
    listed = (await ann.get("webhooks")).items
    assert [h["name"] for h in listed] == ["mio", "Other app"] and listed[0]["appId"] != listed[1]["appId"]
    await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "hi")
    assert len(await webex.heard()) == 1


async def test_many_webhooks_come_in_pages(webex: Org) -> None:
    for number in range(103):
        await webex.bot.listens("messages", "created", f"/hook/{number}")
    page = await webex.bot.get("webhooks", max="1000")
    assert len(page.items) == 100 and len(await webex.bot.all("webhooks")) == 103


# -- their end -------------------------------------------------------------------------------------


async def failing(webex: Org, bot: Listener, times: int) -> None:
    bot.answers = [Answer(500)] * times
    for _ in range(times):
        await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "hi")
    await webex.idle()


async def status(webex: Org) -> str:
    return str((await webex.person("Ann Lee").get("webhooks")).items[0]["status"])


async def test_a_hundred_failures_within_five_minutes_end_a_webhook(webex: Org, bot: Listener) -> None:
    ann, clock = webex.person("Ann Lee"), webex.running.core.clock
    hook = await ann.listens("messages", "created")
    await failing(webex, bot, 60)
    clock.advance(301)
    await failing(webex, bot, 99)
    assert await status(webex) == "active" and len(bot.heard) == 159, "no delivery is tried again"
    await failing(webex, bot, 1)
    assert await status(webex) == "inactive"
    await failing(webex, bot, 1)
    assert len(bot.heard) == 160, "an inactive one is silent"
    bot.answers = []
    path, again = f"webhooks/{hook['id']}", {"name": "mio", "targetUrl": hook["targetUrl"], "status": "active"}
    assert (await ann.put(path, **again)).body["status"] == "active"
    await failing(webex, bot, 1)
    assert await status(webex) == "inactive", "too early: one failure was enough"
    clock.advance(301)
    await ann.put(path, **again)
    await failing(webex, bot, 5)
    assert await status(webex) == "active"


@pytest.mark.parametrize("answer", [Answer(404), Answer(503)])
async def test_anything_but_2xx_is_a_failure_and_comes_once(webex: Org, bot: Listener, answer: Answer) -> None:
    await webex.person("Ann Lee").listens("messages", "created")
    bot.answers = [answer]
    await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "lost")
    await webex.idle()
    assert len(bot.heard) == 1
    [hook] = webex.fake.registry.of_user[webex.id("Ann Lee")].values()
    assert len(hook.failures) == 1


async def test_a_webhook_outlives_its_token(webex: Org) -> None:
    hook = await webex.person("Ann Lee").listens("messages", "created")
    await webex.fake.revoke(webex.id("Ann Lee"))
    await webex.fake.say(webex.id("Bob Kim"), webex.id("Ann Lee"), "still told")
    assert len(await webex.heard()) == 1
    later = webex.person("Ann Lee")
    assert [h["id"] for h in (await later.get("webhooks")).items] == [hook["id"]], "a new consent finds it again"
    assert (await later.delete(f"webhooks/{hook['id']}")).status == 204


@pytest.mark.parametrize("mean", [False, True])
async def test_a_deleted_creator_ends_them_a_closed_one_does_not(webex: Org, mean: bool) -> None:
    await webex.person("Ann Lee").listens("messages", "created")
    webex.fake.rooms.dm(webex.id("Ann Lee"), webex.id("Bob Kim"))
    webex.switch(mean=mean)
    await webex.fake.deactivate(webex.id("Ann Lee"))
    [hook] = webex.fake.registry.of_user[webex.id("Ann Lee")].values()
    assert hook.active is not mean


async def test_duplicates_and_echoes_before_the_answer(webex: Org) -> None:
    ann = webex.person("Ann Lee")
    await ann.listens("messages", "created")
    webex.switch(duplicate=True, echo_first=True)
    await ann.post("messages", toPersonId=webex.id("Bob Kim"), text="hi")
    first = len(webex.listener.heard)
    assert first >= 1, "told before the answer came"
    assert len({b["data"]["id"] for b in await webex.heard()}) == 1 and len(webex.listener.heard) == 2


async def test_the_bots_own_webhooks_and_a_narrow_token(webex: Org) -> None:
    """What the bot hears: its own conversations, its own posts among them."""
    await webex.client(BOT_TOKEN).listens("messages", "created", "/webex/bot", **BOTH)
    await webex.bot.post("messages", toPersonId=webex.id("Ann Lee"), text="hello")
    await webex.fake.command(webex.id("Ann Lee"), "/mio help")
    await webex.fake.say(webex.id("Ann Lee"), webex.id("Bob Kim"), "not for the bot")
    actors = [b["actorId"] for b in await webex.heard()]
    assert actors == [webex.fake.bot, webex.id("Ann Lee")]
    narrow = webex.person("Ann Lee", USER_SCOPES.replace("spark:messages_read ", ""))
    assert (await narrow.post("webhooks", **GOOD)).status == 403
