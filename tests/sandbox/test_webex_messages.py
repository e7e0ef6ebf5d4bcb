"""Messages over the API: post, read, list, edit, delete, files – what is answered, and what is refused with which status."""

from typing import Any

import aiohttp
import pytest
from webex_org import USER_SCOPES, Client, Org, Told

from sandbox.webex.ids import abroad


async def said(webex: Org, text: str = "hi", **more: Any) -> dict[str, Any]:
    """Ann writes to Bob."""
    told = await webex.person("Ann Lee").post("messages", toPersonId=webex.id("Bob Kim"), text=text, **more)
    assert told.status == 200, told.body
    return told.body


async def test_a_message_between_two(webex: Org) -> None:
    message = await said(webex)
    assert (message["personEmail"], message["roomType"], message["text"]) == ("ann@acme.example", "direct", "hi")
    assert "html" not in message and "markdown" not in message and "updated" not in message
    for client in (webex.person("Ann Lee"), webex.person("Bob Kim")):
        assert (await client.get(f"messages/{message['id']}")).body == message
        assert (await client.get(f"messages/{abroad(message['id'])}")).body == message, "another cluster's name for it"
    assert (await webex.bot.get(f"messages/{message['id']}")).status == 404, "the bot is not in the room"
    shown = webex.fake.view(webex.id("Bob Kim"), webex.id("Ann Lee"))
    assert [(m["text"], m["from_name"], m["by_app"]) for m in shown] == [("hi", "Ann Lee", True)]


async def test_both_sides_and_all_ways_lead_to_one_room(webex: Org) -> None:
    ann, bob = webex.person("Ann Lee"), webex.person("Bob Kim")
    rooms = {
        (await ann.post("messages", toPersonId=webex.id("Bob Kim"), text="1")).body["roomId"],
        (await bob.post("messages", toPersonEmail="Ann@acme.example", text="2")).body["roomId"],
        (await ann.post("messages", toPersonId=abroad(webex.id("Bob Kim")), text="3")).body["roomId"],
    }
    assert len(rooms) == 1
    assert (await bob.post("messages", roomId=rooms.pop(), text="4")).status == 200


@pytest.mark.parametrize(
    ("markdown", "html", "text"),
    [
        ("**b** *i* `c`", "<p><strong>b</strong> <em>i</em> <code>c</code></p>", "b i c"),
        ("[x](https://a.example?b=1&c=2)", '<p><a href="https://a.example?b=1&amp;c=2" rel="nofollow">x</a></p>', "x"),
        ("one  \ntwo", "<p>one<br>\ntwo</p>", "one\ntwo"),
        ("one\ntwo", "<p>one\ntwo</p>", "one two"),
        (r"\*no\* \<@all> &lt;", "<p>*no* &lt;@all&gt; &lt;</p>", "*no* <@all> <"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>", "<b>x</b>"),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>", "q"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>", "a\nb"),
        ("```\na\n  b\n```", "<pre><code>a\n  b\n</code></pre>", "a\n  b"),
        ("~~x~~ ![p](https://a.example/p)", None, None),
    ],
)
async def test_markdown_becomes_html_and_text(webex: Org, markdown: str, html: str | None, text: str | None) -> None:
    told = await webex.bot.post("messages", toPersonId=webex.id("Ann Lee"), markdown=markdown)
    if html is None:
        assert "<del>" not in told.body["html"] and "<img" not in told.body["html"]
    else:
        assert (told.body["html"], told.body["text"], told.body["markdown"]) == (html, text, markdown)


async def test_the_alternate_text_stays(webex: Org) -> None:
    told = await webex.bot.post("messages", toPersonId=webex.id("Ann Lee"), text="plain", markdown="**rich**")
    assert (told.body["text"], told.body["html"]) == ("plain", "<p><strong>rich</strong></p>")


async def test_headings_may_stay_signs(webex: Org) -> None:
    async def html() -> Any:
        return (await webex.bot.post("messages", toPersonId=webex.id("Ann Lee"), markdown="# Big")).body["html"]

    assert await html() == "<h1>Big</h1>"
    webex.switch(mean=True)
    assert await html() == "<p># Big</p>"


async def test_mentions_are_people_of_the_room_or_everybody(webex: Org) -> None:
    markdown = "<@personEmail:bob@acme.example|Bo> <@personEmail:maya@acme.example|M> <@all>"
    told = await webex.person("Ann Lee").post("messages", toPersonId=webex.id("Bob Kim"), markdown=markdown)
    bob = webex.id("Bob Kim")
    assert told.body["mentionedPeople"] == [bob] and told.body["mentionedGroups"] == ["all"]
    assert f'data-object-id="{bob}">Bo</spark-mention> M ' in told.body["html"]
    assert 'data-object-type="groupMention"' in told.body["html"]
    room = told.body["roomId"]
    found = await webex.person("Bob Kim").get("messages", roomId=room, mentionedPeople="me")
    assert [m["id"] for m in found.items] == [told.body["id"]]
    assert (await webex.person("Ann Lee").get("messages", roomId=room, mentionedPeople="me")).items == []
    assert (await webex.person("Ann Lee").get("messages", roomId=room, mentionedPeople=bob)).status == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "hi"}, 400),
        ({"toPersonEmail": "bob@acme.example", "toPersonId": "x", "text": "hi"}, 400),
        ({"toPersonEmail": "bob@acme.example"}, 400),
        ({"toPersonEmail": "ann@acme.example", "text": "to myself"}, 400),
        ({"toPersonEmail": "bob", "text": "hi"}, 400),
        ({"toPersonEmail": "bob@acme.example", "text": 7}, 400),
        ({"toPersonEmail": "nobody@acme.example", "text": "hi"}, 404),
        ({"toPersonId": "nobody", "text": "hi"}, 404),
        ({"roomId": "nowhere", "text": "hi"}, 404),
        ({"toPersonEmail": "otto@acme.example", "text": "hi"}, 403),
        ({"toPersonEmail": "bob@acme.example", "text": "hi", "parentId": "none"}, 404),
        ({"toPersonEmail": "bob@acme.example", "text": "x" * 7_440}, 400),
        ({"toPersonEmail": "bob@acme.example", "files": ["https://a.example/1", "https://a.example/2"]}, 400),
        ({"toPersonEmail": "bob@acme.example", "files": ["ftp://a.example/1"]}, 400),
    ],
)
async def test_posts_that_are_refused(webex: Org, body: dict[str, Any], status: int) -> None:
    told = await webex.person("Ann Lee").post("messages", **body)
    assert told.status == status and told.body["errors"][0]["description"] == told.body["message"]
    assert told.body["trackingId"] == told.headers["trackingid"]
    assert (await webex.person("Ann Lee").get("rooms")).items == [], "no room without a message"


@pytest.mark.parametrize("name", ["text", "markdown"])
async def test_lengths_are_bytes(webex: Org, name: str) -> None:
    async def told(words: str) -> Told:
        return await webex.bot.post("messages", toPersonId=webex.id("Ann Lee"), **{name: words})

    assert (await told("x" * 7_439)).status == 200
    assert (await told("é" * 3_720)).status == 400
    assert "payload is too big" in (await told("x" * 7_440)).body["message"]


async def test_an_unknown_address_may_be_invited(webex: Org) -> None:
    webex.switch(mean=True)
    told = await webex.bot.post("messages", toPersonEmail="New@acme.example", text="hi")
    assert told.status == 200
    [new] = (await webex.bot.get("people", email="new@acme.example")).items
    assert new["status"] == "pending"


@pytest.mark.parametrize("mean", [False, True])
async def test_whoever_left_gets_nothing(webex: Org, mean: bool) -> None:
    room = (await said(webex))["roomId"]
    webex.switch(mean=mean)
    await webex.fake.deactivate(webex.id("Bob Kim"))
    ann = webex.person("Ann Lee")
    for to in ({"roomId": room}, {"toPersonId": webex.id("Bob Kim")}, {"toPersonEmail": "bob@acme.example"}):
        assert (await ann.post("messages", **to, text="hi")).status == (404 if mean else 403)
    assert len((await ann.get("messages", roomId=room)).items) == 1


@pytest.mark.parametrize("mean", [False, True])
async def test_a_reply_to_a_reply(webex: Org, mean: bool) -> None:
    root = await said(webex)
    ann, room = webex.person("Ann Lee"), root["roomId"]
    reply = (await ann.post("messages", roomId=room, parentId=root["id"], text="re")).body
    assert reply["parentId"] == root["id"]
    webex.switch(mean=mean)
    deeper = await ann.post("messages", roomId=room, parentId=reply["id"], text="re: re")
    if mean:
        assert deeper.status == 400
    else:
        assert deeper.body["parentId"] == root["id"]
        thread = await ann.get("messages", roomId=room, parentId=root["id"])
        assert [m["text"] for m in thread.items] == ["re: re", "re"]


async def test_lists_newest_first_and_in_pages(webex: Org) -> None:
    ann = webex.person("Ann Lee")
    told = [(await ann.post("messages", toPersonId=webex.id("Bob Kim"), text=f"no. {n}")).body for n in range(7)]
    room = told[0]["roomId"]
    await ann.delete(f"messages/{told[5]['id']}")
    page = await ann.get("messages", roomId=room, max="3")
    assert [m["text"] for m in page.items] == ["no. 6", "no. 4", "no. 3"]
    rest = await ann.get(page.next)
    assert [m["text"] for m in rest.items] == ["no. 2", "no. 1", "no. 0"] and not rest.next
    before = await ann.get("messages", roomId=room, before=told[2]["created"])
    assert [m["text"] for m in before.items] == ["no. 1", "no. 0"]
    by_id = await ann.get("messages", roomId=room, beforeMessage=told[1]["id"])
    assert [m["text"] for m in by_id.items] == ["no. 0"]
    direct = await webex.person("Bob Kim").get("messages/direct", personEmail="ann@acme.example")
    assert len(direct.items) == 6
    assert len((await ann.get("messages/direct", personId=webex.id("Bob Kim"))).items) == 6


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("messages", {}, 400),
        ("messages", {"roomId": "nowhere"}, 404),
        ("messages", {"roomId": "{room}", "before": "yesterday"}, 400),
        ("messages", {"roomId": "{room}", "before": "2026-01-01T00:00:00"}, 400),
        ("messages", {"roomId": "{room}", "beforeMessage": "none"}, 404),
        ("messages", {"roomId": "{room}", "max": "101", "mentionedPeople": "me"}, 400),
        ("messages/direct", {}, 400),
        ("messages/direct", {"personEmail": "cleo@acme.example"}, 404),
        ("messages/none", {}, 404),
    ],
)
async def test_lists_that_are_refused(webex: Org, path: str, query: dict[str, str], status: int) -> None:
    room = (await said(webex))["roomId"]
    query = {name: value.format(room=room) for name, value in query.items()}
    assert (await webex.person("Ann Lee").get(path, **query)).status == status


async def test_an_edit_ten_times_by_the_author(webex: Org) -> None:
    first = await said(webex, "draft")
    ann, path, room = webex.person("Ann Lee"), f"messages/{first['id']}", first["roomId"]
    edited = (await ann.put(path, roomId=room, markdown="**final**")).body
    assert edited["html"] == "<p><strong>final</strong></p>" and edited["updated"] > edited["created"]
    assert edited["created"] == first["created"]
    for number in range(9):
        assert (await ann.put(path, roomId=room, text=f"no. {number}")).status == 200
    assert "limit" in (await ann.put(path, roomId=room, text="too often")).body["message"]
    [shown] = webex.fake.view(webex.id("Bob Kim"), webex.id("Ann Lee"))
    assert (shown["text"], shown["edited"]) == ("no. 8", True)


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("Bob Kim", {"roomId": "{room}", "text": "x"}, 403),
        ("Maya Ortiz", {"roomId": "{room}", "text": "x"}, 404),
        ("Ann Lee", {"text": "x"}, 400),
        ("Ann Lee", {"roomId": "elsewhere", "text": "x"}, 400),
        ("Ann Lee", {"roomId": "{room}"}, 400),
        ("Ann Lee", {"roomId": "{room}", "markdown": "x", "html": "<p>x</p>"}, 400),
        ("Ann Lee", {"roomId": "{room}", "text": "x" * 7_440}, 400),
    ],
)
async def test_edits_that_are_refused(webex: Org, who: str, body: dict[str, str], status: int) -> None:
    first = await said(webex)
    body = {name: value.format(room=first["roomId"]) for name, value in body.items()}
    assert (await webex.person(who).put(f"messages/{first['id']}", **body)).status == status


async def test_only_the_author_deletes_and_once(webex: Org) -> None:
    path = f"messages/{(await said(webex))['id']}"
    assert (await webex.person("Bob Kim").delete(path)).status == 403
    assert [(await webex.person("Ann Lee").delete(path)).status for _ in range(2)] == [204, 404]
    assert webex.fake.view(webex.id("Bob Kim"), webex.id("Ann Lee")) == []


# -- files -----------------------------------------------------------------------------------------


async def uploaded(webex: Org, client: Client, **fields: str) -> Told:
    form = aiohttp.FormData(fields)
    form.add_field("files", b"%PDF", filename="plan.pdf", content_type="application/pdf")
    return await client.call("POST", "messages", data=form)


async def test_a_file_goes_up_and_comes_down(webex: Org) -> None:
    message = await uploaded(webex, webex.person("Ann Lee"), toPersonId=webex.id("Bob Kim"), text="see")
    [address] = message.body["files"]
    assert message.body["text"] == "see" and address.startswith(f"{webex.running.url}/webex/v1/contents/")
    bearer = {"Authorization": f"Bearer {webex.person('Bob Kim').token}"}
    async with webex.browser.get(address, headers=bearer) as answer:
        assert (answer.status, await answer.read(), answer.content_type) == (200, b"%PDF", "application/pdf")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    async with webex.browser.head(address, headers=bearer) as answer:
        assert (answer.status, answer.headers["Content-Length"], await answer.read()) == (200, "4", b"")
    assert (await webex.bot.get(address)).status == 404
    edit = await webex.person("Ann Lee").put(f"messages/{message.body['id']}", roomId=message.body["roomId"], text="no")
    assert edit.status == 400 and "unsupported" in edit.body["message"]
    await webex.person("Ann Lee").delete(f"messages/{message.body['id']}")
    assert (await webex.person("Bob Kim").get(address)).status == 404


@pytest.mark.parametrize(("state", "status"), [("scanning", 423), ("infected", 410), ("unscannable", 428)])
async def test_a_file_may_be_held_back(webex: Org, state: str, status: int) -> None:
    webex.fake.contents.state = state
    [address] = (await uploaded(webex, webex.person("Ann Lee"), toPersonId=webex.id("Bob Kim"))).body["files"]
    bob = webex.person("Bob Kim")
    refused = await bob.get(address)
    assert refused.status == status and ("Retry-After" in refused.headers) is (state == "scanning")
    assert (await bob.get(address, allow="unscannable")).status == (200 if state == "unscannable" else status)
    webex.fake.contents.release()
    assert (await bob.get(address)).status == (200 if state == "scanning" else status)


# -- tokens, bodies, limits ------------------------------------------------------------------------


async def test_without_kms_there_may_be_no_words(webex: Org) -> None:
    webex.switch(mean=True)
    root = await said(webex)
    scopes = USER_SCOPES.replace(" spark:kms", "")
    bob = webex.person("Bob Kim", scopes)
    [held] = (await bob.get("messages", roomId=root["roomId"])).items
    assert "text" not in held and held["errors"]["text"]["code"] == "kms_failure"
    webex.switch(mean=False)
    [shown] = (await webex.person("Bob Kim", scopes).get("messages", roomId=root["roomId"])).items
    assert shown["text"] == "hi", "granted unasked"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": []}, 400),
        ({"data": {"text": "hi"}}, 415),
    ],
)
async def test_bodies_that_are_none(webex: Org, more: dict[str, Any], status: int) -> None:
    assert (await webex.bot.call("POST", "messages", **more)).status == status


@pytest.mark.parametrize(("method", "path", "status"), [("PATCH", "messages/x", 405), ("GET", "reactions", 404)])
async def test_what_is_not_here(webex: Org, method: str, path: str, status: int) -> None:
    """There are no reactions, for instance."""
    assert (await webex.bot.call(method, path)).status == status


async def test_too_many_calls_are_told_how_long_to_wait(webex: Org) -> None:
    webex.switch(limits=True)
    ann, again = webex.person("Ann Lee"), webex.person("Ann Lee")
    for _ in range(300):
        assert (await ann.get("webhooks")).status == 200
    refused = await again.get("webhooks")
    assert refused.status == 429 and 1 <= int(refused.headers["Retry-After"]) <= 60, "counted per person, not per token"
    assert (await webex.person("Bob Kim").get("webhooks")).status == 200
    assert (await ann.get("rooms")).status == 200
    webex.running.core.clock.advance(61)
    assert (await ann.get("webhooks")).status == 200


@pytest.mark.parametrize("mean", [False, True])
async def test_trouble_in_json_or_html(webex: Org, mean: bool) -> None:
    webex.switch(mean=mean, rate_limit=1, error_5xx=1)
    limited, broken = await webex.bot.get("webhooks"), await webex.bot.get("webhooks")
    assert (limited.status, limited.headers["Retry-After"], broken.status) == (429, "1", 500)
    for told in (limited, broken):
        assert told.headers["trackingid"] and ("html" in told.headers["Content-Type"]) is mean


async def test_an_answer_may_get_lost_though_the_message_is_there(webex: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    webex.switch(accept_then_timeout=1)
    monkeypatch.setattr("sandbox.core.HANG", 0.0)
    await said(webex)
    assert len(webex.fake.view(webex.id("Bob Kim"), webex.id("Ann Lee"))) == 1
    assert webex.running.core.faults["webex"].accept_then_timeout == 0
