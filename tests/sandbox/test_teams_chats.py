"""People's chats through Graph: one per pair, messages as the person, edits, removals, reactions, quotes, pages."""

from typing import Any

import orjson
import pytest
from teams_tenant import MEMBER, Api, Tenant, coded, html

from sandbox.core import Bad
from sandbox.teams.tenant import APP_ID

EVERY = "?$orderby=lastModifiedDateTime%20desc"


def at(chat: str, rest: str = "/messages") -> str:
    return f"/chats/{coded(chat)}{rest}"


async def started(teams: Tenant) -> tuple[Api, Api, str]:
    """Ann and Bob with their chat."""
    ann, bob = await teams.person("Ann Lee"), await teams.person("Bob Kim")
    return ann, bob, await teams.chat(ann, "Ann Lee", "Bob Kim")


async def sent(api: Api, chat: str, words: str) -> str:
    answer = await api.post(at(chat), html(words))
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def seen(teams: Tenant, who: str = "Bob Kim", other: str = "Ann Lee") -> list[tuple[str, bool]]:
    return [(m["text"], m["edited"]) for m in teams.fake.view(teams.id(who), teams.id(other))]


async def test_two_people_have_one_chat(teams: Tenant) -> None:
    ann, bob, chat = await started(teams)
    assert chat.startswith("19:") and chat.endswith("@unq.gbl.spaces")
    assert await teams.chat(bob, "Bob Kim", "Ann Lee") == chat
    native = await teams.fake.say(teams.id("Bob Kim"), teams.id("Ann Lee"), "hi")
    assert (await ann.get(at(chat, f"/messages/{native}"))).body["chatId"] == chat
    members = (await ann.get(at(chat, "/members"))).body["value"]
    assert {m["userId"] for m in members} == {teams.id("Ann Lee"), teams.id("Bob Kim")}


def changed(asked: dict[str, Any], **member: Any) -> dict[str, Any]:
    return {**asked, "members": [asked["members"][0], {**asked["members"][1], **member}]}


async def test_what_makes_no_chat(teams: Tenant) -> None:
    ann = await teams.person("Ann Lee")
    asked = teams.pair("Ann Lee", "Bob Kim")
    elsewhere = "https://graph.microsoft.com/v1.0/users('99999999-0000-4000-8000-000000000000')"
    table: list[tuple[dict[str, Any], int]] = [
        (changed(asked, roles=[]), 400),
        (changed(asked, roles=["guest"]), 400),
        (teams.pair("Ann Lee", "Gail Guest"), 400),
        (changed(asked, **{"@odata.type": "#microsoft.graph.user"}), 400),
        (changed(asked, **{"user@odata.bind": elsewhere}), 404),
        ({**asked, "members": asked["members"][:1]}, 400),
        (teams.pair("Ann Lee", "Ann Lee"), 400),
        (teams.pair("Bob Kim", "Maya Ortiz"), 400),
        (teams.pair("Ann Lee", "Gus Weber"), 403),
        ({**asked, "chatType": "group"}, 400),
    ]
    assert [(await ann.post("/chats", body)).status for body, _ in table] == [status for _, status in table]
    assert (await ann.post("/me/chats", asked)).status == 405
    assert (await (await teams.app()).post("/chats", asked)).status == 403
    assert (await ann.post("/chats", teams.pair("Ann Lee", "Gail Guest", "guest"))).status == 201
    assert asked["members"][0]["@odata.type"] == MEMBER


async def test_a_message_is_the_persons_own(teams: Tenant) -> None:
    ann, bob, chat = await started(teams)
    answer = await ann.post(at(chat), html("a &lt; b<br>c"))
    message = answer.body
    assert message["id"].isdecimal() and message["etag"] == message["id"] and message["chatId"] == chat
    assert message["from"]["user"]["id"] == teams.id("Ann Lee") and message["from"]["application"] is None
    assert message["messageType"] == "message" and message["lastEditedDateTime"] is None
    assert seen(teams) == [("a < b\nc", False)]
    assert (await bob.get(at(chat, f"/messages/{message['id']}"))).body == message
    assert not message["createdDateTime"].endswith("0Z"), "fractions lose their zeros"


async def test_who_may_not_see_or_send(teams: Tenant) -> None:
    ann, _, chat = await started(teams)
    native = await sent(ann, chat, "private")
    maya, app = await teams.person("Maya Ortiz"), await teams.app()
    for path in (at(chat), at(chat, f"/messages/{native}"), at(chat, "/members"), at(chat, "")):
        answer = await maya.get(path)
        assert answer.status == 403 and answer.body["error"]["innerError"]["code"] == "AclCheckFailed"
        assert (await app.get(path)).status == 403
    assert (await app.post(at(chat), html("as the app"))).status == 403
    assert (await maya.get("/chats/19:nothing@unq.gbl.spaces")).status == 404
    assert (await ann.get(f"/users/{teams.id('Ann Lee')}/chats/getAllMessages")).status == 403
    await teams.fake.remove_licence(teams.id("Ann Lee"))
    answer = await ann.post(at(chat), html("hi"))
    assert answer.status == 403 and "license" in answer.body["error"]["message"]
    with pytest.raises(Bad, match="no licence"):
        await teams.fake.say(teams.id("Ann Lee"), teams.id("Bob Kim"), "hi")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"body": {"content": " "}}, 400),
        ({"body": {"content": "x", "contentType": "markdown"}}, 400),
        ({**html("x"), "colour": "red"}, 400),
        (html("x" * 28_700), 413),
        ({**html("x"), "mentions": [{"id": 0, "mentioned": {"user": {"id": "{bob}"}}}]}, 400),
        (html('<at id="0">Bob</at>'), 400),
        ({**html('<at id="0">B</at>'), "mentions": [{"id": 0, "mentioned": {"user": {"id": "nobody"}}}]}, 400),
        (html('<attachment id="a"></attachment>'), 400),
        ([], 400),
    ],
)
async def test_what_cannot_be_sent(teams: Tenant, body: Any, status: int) -> None:
    ann, _, chat = await started(teams)
    body = orjson.loads(orjson.dumps(body).decode().replace("{bob}", teams.id("Bob Kim")))
    assert (await ann.post(at(chat), body)).status == status
    assert seen(teams) == []


async def test_mentions_and_files_come_along(teams: Tenant) -> None:
    ann, _, chat = await started(teams)
    who = {"user": {"id": teams.id("Bob Kim"), "displayName": "Bob", "userIdentityType": "aadUser"}}
    file = {"id": "f1", "contentType": "reference", "contentUrl": "https://acme.example/r.pdf", "name": "r.pdf"}
    said = html('Hi <at id="0">Bob</at> <attachment id="f1"></attachment>')
    message = {**said, "mentions": [{"id": 0, "mentionText": "Bob", "mentioned": who}], "attachments": [file]}
    found = (await ann.post(at(chat), message)).body
    assert found["mentions"][0]["mentioned"]["user"]["id"] == teams.id("Bob Kim")
    assert (found["attachments"][0]["name"], found["attachments"][0]["contentType"]) == ("r.pdf", "reference")
    assert seen(teams) == [("Hi Bob ", False)]


async def test_authors_edit_and_remove_and_nobody_else(teams: Tenant) -> None:
    ann, bob, chat = await started(teams)
    native = await sent(ann, chat, "draft")
    path = at(chat, f"/messages/{native}")
    assert (await bob.patch(path, html("mine now"))).status == 403
    assert (await ann.patch(path, html("final"))).status == 204
    found = (await ann.get(path)).body
    assert found["body"]["content"] == "<p>final</p>" and found["lastEditedDateTime"]
    assert int(found["etag"]) > int(native) == int(found["id"])
    gone = f"/users/{teams.id('Ann Lee')}{path}"
    assert (await bob.post(gone + "/softDelete")).status == 403
    assert (await bob.post(f"/users/{teams.id('Bob Kim')}{path}/softDelete")).status == 403
    assert (await ann.post(gone + "/softDelete")).status == 204
    found = (await ann.get(path)).body
    assert found["deletedDateTime"] and found["body"]["content"] == "" and seen(teams) == []
    assert (await ann.post(gone + "/softDelete")).status == 404
    teams.switch(mean=True)
    assert (await ann.post(gone + "/softDelete")).status == 409
    assert (await ann.post(gone + "/undoSoftDelete")).status == 204
    assert seen(teams) == [("final", True)]


async def test_a_policy_may_forbid_changes(teams: Tenant) -> None:
    ann, _, chat = await started(teams)
    native = await sent(ann, chat, "draft")
    teams.fake.messages.edits_allowed = False
    assert (await ann.patch(at(chat, f"/messages/{native}"), html("final"))).status == 403


async def test_reactions_are_several_and_end(teams: Tenant) -> None:
    ann, bob, chat = await started(teams)
    path = at(chat, f"/messages/{await sent(ann, chat, 'nice?')}")
    for emoji in ("👍", "❤️"):
        assert (await bob.post(path + "/setReaction", {"reactionType": emoji})).status == 204
    assert (await bob.post(path + "/setReaction", {"reactionType": "like"})).status == 400
    found = (await ann.get(path)).body["reactions"]
    assert [row["reactionType"] for row in found] == ["👍", "❤️"]
    assert found[0]["user"]["user"]["id"] == teams.id("Bob Kim")
    assert (await bob.post(path + "/unsetReaction", {"reactionType": "👍"})).status == 204
    assert teams.fake.view(teams.id("Ann Lee"), teams.id("Bob Kim"))[0]["reactions"] == ["❤️"]


async def test_an_answer_quotes(teams: Tenant) -> None:
    ann, bob, chat = await started(teams)
    native = await sent(ann, chat, "lunch?")
    quoted = await bob.post(at(chat, "/messages/replyWithQuote"), {"messageIds": [native], "replyMessage": html("ok")})
    [attachment] = quoted.body["attachments"]
    content = orjson.loads(attachment["content"])
    assert attachment["contentType"] == "messageReference" and content["messagePreview"] == "lunch?"
    assert content["messageId"] == native and f'<attachment id="{native}">' in quoted.body["body"]["content"]
    assert (await bob.post(at(chat, "/messages/replyWithQuote"), {"messageIds": [], "replyMessage": {}})).status == 400
    limited = teams.fake.tokens.new_code(teams.id("Bob Kim"), ("Chat.ReadWrite",), "", "", "")
    token = teams.fake.tokens.redeem(limited, "", "")[1].value
    other = Api(teams.browser, bob.base, token)
    answer = await other.post(at(chat, "/messages/replyWithQuote"), {"messageIds": [native], "replyMessage": html("x")})
    assert answer.status == 403, "this one call takes ChatMessage.Send only"


async def test_history_page_by_page(teams: Tenant) -> None:
    ann, _, chat = await started(teams)
    ids = []
    for number in range(7):
        ids.append(await sent(ann, chat, f"m{number}"))
        teams.later(10)
    found = await ann.pages(at(chat) + "?$top=3")
    assert [row["id"] for row in found] == ids[::-1], "newest first"
    await ann.patch(at(chat, f"/messages/{ids[0]}"), html("late edit"))
    order = [row["id"] for row in await ann.pages(at(chat) + EVERY + "&$top=2")]
    assert order == [ids[0], *ids[:0:-1]]
    since = coded(f"lastModifiedDateTime gt {found[2]['lastModifiedDateTime']}")
    assert [row["id"] for row in await ann.pages(f"{at(chat)}{EVERY}&$filter={since}")] == [ids[0], ids[6], ids[5]]


@pytest.mark.parametrize(
    "query",
    [
        "?$top=51",
        "?$orderby=createdDateTime",
        "?$orderby=from%20desc",
        "?$filter=lastModifiedDateTime%20gt%202026-01-01T00:00:00Z",
        "?$orderby=createdDateTime%20desc&$filter=createdDateTime%20gt%202026-01-01T00:00:00Z",
        "?$orderby=createdDateTime%20desc&$filter=lastModifiedDateTime%20gt%202026-01-01T00:00:00Z",
    ],
)
async def test_history_takes_few_questions(teams: Tenant, query: str) -> None:
    ann, _, chat = await started(teams)
    assert (await ann.get(at(chat) + query)).status == 400


async def test_the_list_of_chats(teams: Tenant) -> None:
    ann, _, chat = await started(teams)
    await sent(ann, chat, "older")
    teams.later(5)
    await teams.fake.say(teams.id("Maya Ortiz"), teams.id("Ann Lee"), "newer")
    teams.later(5)
    await teams.fake.say(teams.id("Ann Lee"), "bot", "help")
    found = await ann.pages("/me/chats?$top=2&$expand=members,lastMessagePreview")
    assert [row["lastMessagePreview"]["body"]["content"] for row in found][1:] == ["<p>newer</p>", "<p>older</p>"]
    assert APP_ID in found[0]["id"] and [m["userId"] for m in found[0]["members"]] == [teams.id("Ann Lee")]
    assert (await ann.get("/me/chats?$top=51")).status == 400
    assert (await ann.get("/me/chats?$expand=messages")).status == 400
    assert (await ann.get(f"/users/{teams.id('Bob Kim')}/chats")).status == 403


async def test_read_marks(teams: Tenant) -> None:
    ann, bob, chat = await started(teams)
    await sent(ann, chat, "news")
    assert teams.fake.chats(teams.id("Bob Kim"))[0]["unread"] == 1
    user = {"user": {"id": teams.id("Bob Kim"), "tenantId": "t"}}
    assert (await bob.post(at(chat, "/markChatReadForUser"), user)).status == 204
    assert teams.fake.chats(teams.id("Bob Kim"))[0]["unread"] == 0
    assert (await ann.post(at(chat, "/markChatReadForUser"), user)).status == 400


async def test_ids_grow_within_a_chat(teams: Tenant) -> None:
    ann, _, chat = await started(teams)
    ids = [int(await sent(ann, chat, "x")) for _ in range(5)]
    assert ids == sorted(set(ids))


async def test_html_may_be_cleaned(teams: Tenant) -> None:
    ann, _, chat = await started(teams)
    wild = {"body": {"contentType": "html", "content": "<marquee>hi</marquee> <strong>you</strong>"}}
    assert (await ann.post(at(chat), wild)).body["body"]["content"] == wild["body"]["content"]
    teams.switch(mean=True)
    assert (await ann.post(at(chat), wild)).body["body"]["content"] == "<p>hi <strong>you</strong></p>"


@pytest.mark.parametrize(("mean", "status"), [(False, 201), (True, 403)])
async def test_a_guests_own_token_is_open(teams: Tenant, mean: bool, status: int) -> None:
    gail = await teams.person("Gail Guest")
    teams.switch(mean=mean)
    asked = teams.pair("Ann Lee", "Gail Guest", "guest")
    assert (await gail.post("/chats", asked)).status == status


async def test_rates_of_the_tenant_and_perhaps_of_a_chat(teams: Tenant) -> None:
    ann, _, chat = await started(teams)
    teams.switch(limits=True)
    statuses = [(await ann.post(at(chat), html("x"))).status for _ in range(21)]
    assert statuses == [201] * 20 + [429]
    teams.later(2)
    teams.switch(mean=True)
    answers = [await ann.post(at(chat), html("x")) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 429]
    assert answers[-1].headers["Retry-After"] == "1"
