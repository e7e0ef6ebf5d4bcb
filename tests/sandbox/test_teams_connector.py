"""The Bot Connector and the activities that come from it: signed, for whom the app is installed, as strict as the vendor."""

from typing import Any

import jwt
import orjson
import pytest
from teams_tenant import Api, Tenant, coded

from sandbox.core import Bad
from sandbox.teams.tenant import APP_ID, BOT, TENANT, mri

CARD: dict[str, Any] = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "Connect", "wrap": True}],
    "actions": [{"type": "Action.Execute", "verb": "go", "title": "Go"}],
}
ATTACHED = {"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}


def at(conversation: str, activity: str = "", rest: str = "activities") -> str:
    return f"/v3/conversations/{coded(conversation)}/{rest}{'/' + activity if activity else ''}"


async def said(api: Api, conversation: str, text: str) -> str:
    answer = await api.post(at(conversation), {"type": "message", "text": text})
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def texts(teams: Tenant, name: str) -> list[str]:
    return [m["text"] for m in teams.fake.view(teams.id(name), "bot")]


# -- out: the bot writes ------------------------------------------------------------------------


async def test_first_contact_with_somebody_who_has_the_app(teams: Tenant) -> None:
    conversation = await teams.installed("Ann Lee")
    assert conversation.startswith("a:1")
    bot = await teams.connector()
    again = await bot.post("/v3/conversations", teams.first_contact(mri(teams.id("Ann Lee"))))
    assert (again.status, again.body["id"]) == (201, conversation), "the same one again, by either id"
    await said(bot, conversation, "hello")
    assert texts(teams, "Ann Lee") == ["hello"] and texts(teams, "Bob Kim") == []


async def test_without_the_app_nobody_is_reached(teams: Tenant) -> None:
    answer = await (await teams.connector()).post("/v3/conversations", teams.first_contact(teams.id("Ann Lee")))
    assert (answer.status, answer.code) == (403, "BotNotInConversationRoster")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"members": [{"id": "ann@acme.example"}]}, 400, "BadArgument"),
        ({"members": [{"aadObjectId": "{ann}"}]}, 400, "BadArgument"),
        ({"members": [{"id": "29:1somebodyelses"}]}, 403, "BadArgument"),
        ({"members": []}, 400, "BadArgument"),
        ({"members": [{"id": "{ann}"}, {"id": "{ann}"}]}, 400, "BadArgument"),
        ({"isGroup": True}, 400, "BadArgument"),
        ({"tenantId": "elsewhere"}, 400, "BadArgument"),
        ({"bot": {"id": "28:other"}}, 403, "Forbidden"),
    ],
)
async def test_what_first_contact_refuses(teams: Tenant, change: dict[str, Any], status: int, code: str) -> None:
    await teams.installed("Ann Lee")
    ann = teams.id("Ann Lee")
    change = orjson.loads(orjson.dumps(change).decode().replace("{ann}", ann))
    answer = await (await teams.connector()).post("/v3/conversations", {**teams.first_contact(ann), **change})
    assert (answer.status, answer.code) == (status, code)


async def test_a_card_is_replaced_in_place_days_later_and_removed(teams: Tenant) -> None:
    conversation, bot = await teams.installed("Ann Lee"), await teams.connector()
    made = await bot.post(at(conversation), {"type": "message", "attachments": [ATTACHED]})
    card = made.body["id"]
    [shown] = teams.fake.view(teams.id("Ann Lee"), "bot")
    assert shown["lines"] == ["Connect"] and shown["buttons"] == [{"label": "Go", "url": None}]
    teams.later(80_000 * 5)
    bot = await teams.connector()
    assert (await bot.put(at(conversation, card), {"type": "message", "text": "Done."})).body == {"id": card}
    [shown] = teams.fake.view(teams.id("Ann Lee"), "bot")
    assert (shown["text"], shown["card"]) == ("Done.", None)
    assert (await bot.delete(at(conversation, card))).status == 200
    assert texts(teams, "Ann Lee") == []
    assert (await bot.put(at(conversation, card), {"type": "message", "text": "x"})).status == 404


async def test_only_own_activities_are_changed(teams: Tenant) -> None:
    native = await teams.fake.say(teams.id("Ann Lee"), "bot", "mine")
    bot = await teams.connector()
    conversation = (await bot.post("/v3/conversations", teams.first_contact(teams.id("Ann Lee")))).body["id"]
    assert (await bot.put(at(conversation, native), {"type": "message", "text": "yours"})).status == 403
    assert (await bot.delete(at(conversation, native))).status == 403


async def test_text_with_card_is_split_and_its_id_of_no_use(teams: Tenant) -> None:
    conversation, bot = await teams.installed("Ann Lee"), await teams.connector()
    answer = await bot.post(at(conversation), {"type": "message", "text": "hi", "attachments": [ATTACHED]})
    assert (answer.status, answer.body) == (201, {})
    assert [bool(m["card"]) for m in teams.fake.view(teams.id("Ann Lee"), "bot")] == [False, True]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"type": "message"}, 400, "BadSyntax"),
        ({"type": "event", "text": "x"}, 400, "BadSyntax"),
        ({"type": "message", "text": "x" * 60_000}, 413, "MessageSizeTooBig"),
        ({"type": "message", "attachments": [{"contentType": "image/png"}]}, 400, "BadRequest"),
        ({"type": "message", "attachments": [{**ATTACHED, "content": {"type": "Card"}}]}, 400, "BadRequest"),
        ([], 400, "BadSyntax"),
    ],
)
async def test_what_cannot_be_sent(teams: Tenant, body: Any, status: int, code: str) -> None:
    answer = await (await teams.connector()).post(at(await teams.installed("Ann Lee")), body)
    assert (answer.status, answer.code) == (status, code)
    assert texts(teams, "Ann Lee") == []


async def test_a_reply_to_anything_and_typing_are_fine(teams: Tenant) -> None:
    conversation, bot = await teams.installed("Ann Lee"), await teams.connector()
    assert (await bot.post(at(conversation, "made-up"), {"type": "message", "text": "hi"})).status == 201
    assert (await bot.post(at(conversation), {"type": "typing"})).status == 201
    assert texts(teams, "Ann Lee") == ["hi"]


@pytest.mark.parametrize("mean", [False, True])
async def test_a_blocked_bot_hears_it_in_two_ways(teams: Tenant, mean: bool) -> None:
    conversation, bot = await teams.installed("Ann Lee"), await teams.connector()
    await teams.fake.block(teams.id("Ann Lee"))
    teams.switch(mean=mean)
    answer = await bot.post(at(conversation), {"type": "message", "text": "hi"})
    assert answer.status == 403
    if mean:
        assert answer.body["errorCode"] == 209 and "MessageWritesBlocked" in answer.body["message"]
    else:
        assert answer.code == "ConversationBlockedByUser"


async def test_a_removed_app_and_a_cleared_chat(teams: Tenant) -> None:
    conversation, bot = await teams.installed("Ann Lee"), await teams.connector()
    await teams.fake.clear_history(teams.id("Ann Lee"))
    answer = await bot.post(at(conversation), {"type": "message", "text": "hi"})
    assert (answer.status, answer.code) == (404, "ConversationNotFound")
    fresh = (await bot.post("/v3/conversations", teams.first_contact(teams.id("Ann Lee")))).body["id"]
    assert fresh != conversation
    await said(bot, fresh, "hi again")
    await teams.fake.remove_app(teams.id("Ann Lee"))
    answer = await bot.post(at(fresh), {"type": "message", "text": "hi"})
    assert (answer.status, answer.code) == (403, "BotNotInConversationRoster")


async def test_the_vendors_rates(teams: Tenant) -> None:
    conversation, bot = await teams.installed("Ann Lee"), await teams.connector()
    teams.switch(limits=True)
    answers = [await bot.post(at(conversation), {"type": "message", "text": "x"}) for _ in range(9)]
    limited = [answer for answer in answers if answer.status == 429]
    assert limited and int(limited[0].headers["Retry-After"]) >= 1 and limited[0].code == "TooManyRequests"


async def test_members_of_a_conversation(teams: Tenant) -> None:
    conversation, bot = await teams.installed("Bob Kim"), await teams.connector()
    found = await bot.get(at(conversation, teams.id("Bob Kim"), "members"))
    assert found.body["id"] == mri(teams.id("Bob Kim")) and found.body["email"] == "bob@acme.example"
    assert found.body["userPrincipalName"] == "bob@corp.acme.example" and found.body["tenantId"] == TENANT
    assert (await bot.get(at(conversation, teams.id("Ann Lee"), "members"))).status == 404


# -- in: activities -----------------------------------------------------------------------------


async def test_every_activity_is_signed_for_this_app_and_this_service(teams: Tenant) -> None:
    teams.later(7_200)
    await teams.fake.command(teams.id("Ann Lee"), "import")
    await teams.idle()
    assert [a["type"] for a in teams.bot.activities()] == ["conversationUpdate", "installationUpdate", "message"]
    async with teams.browser.get(teams.fake.settings()["MIO_TEAMS_OPENID_URL"]) as found:
        described = await found.json()
    assert described["issuer"] == "https://api.botframework.com"
    async with teams.browser.get(described["jwks_uri"]) as found:
        assert all(key["endorsements"] == ["msteams"] for key in (await found.json())["keys"])
    for heard in teams.bot.heard:
        token = heard.headers["authorization"].removeprefix("Bearer ")
        claims = await teams.verified(token, described["jwks_uri"], audience=APP_ID, issuer=described["issuer"])
        assert claims["serviceurl"] == heard.json()["serviceUrl"] == f"{teams.url}/connector/emea/"
        assert abs(claims["nbf"] - teams.running.core.clock.seconds()) < 60


async def test_a_command_is_ordinary_text_in_the_personal_chat(teams: Tenant) -> None:
    await teams.fake.command(teams.id("Ann Lee"), "import")
    await teams.idle()
    [activity] = teams.bot.activities("message")
    assert (activity["text"], activity["channelId"], activity["textFormat"]) == ("/mio import", "msteams", "plain")
    assert activity["from"] == {"id": mri(teams.id("Ann Lee")), "name": "Ann Lee", "aadObjectId": teams.id("Ann Lee")}
    assert activity["recipient"]["id"] == BOT and activity["attachments"][0]["contentType"] == "text/html"
    where = activity["conversation"]
    assert (where["conversationType"], where["tenantId"]) == ("personal", TENANT)
    assert activity["channelData"]["tenant"]["id"] == TENANT
    answer = await (await teams.connector()).post(at(where["id"]), {"type": "message", "text": "done"})
    assert answer.status == 201 and texts(teams, "Ann Lee") == ["/mio import", "done"]


async def test_a_mention_in_a_team_and_the_answer_there(teams: Tenant) -> None:
    root = await teams.fake.mention(teams.id("Ann Lee"), "Everybody", "status")
    await teams.idle()
    [activity] = teams.bot.activities("message")
    assert activity["text"] == "<at>Mio</at>&nbsp;status" and activity["conversation"]["isGroup"]
    assert activity["conversation"]["id"].endswith(f"@thread.tacv2;messageid={root}")
    assert activity["entities"][0]["mentioned"]["id"] == BOT
    bot = await teams.connector()
    where = activity["conversation"]["id"]
    assert (await bot.post(at(where, root), {"type": "message", "text": "see our chat"})).status == 201
    assert [m["text"] for m in teams.fake.channel(teams.id("Bob Kim"), "Everybody")] == ["see our chat"]
    team = await bot.get(f"/v3/teams/{coded(activity['channelData']['team']['id'])}")
    assert team.body["aadGroupId"] == activity["channelData"]["team"]["aadGroupId"]
    everybody = await bot.get(at(where, "", "pagedmembers"))
    assert len(everybody.body["members"]) == 11
    with pytest.raises(Bad, match="is in no team"):
        await teams.fake.mention(teams.id("Ann Lee"), "Nowhere", "status")


async def test_a_slash_command_is_answered_privately(teams: Tenant) -> None:
    ann = teams.id("Ann Lee")
    await teams.fake.mention(ann, "Everybody", "status", slash=True)
    await teams.idle()
    [activity] = teams.bot.activities("message")
    assert activity["recipient"]["isTargeted"] and activity["text"] == "/mio status"
    bot, path = await teams.connector(), at(activity["conversation"]["id"]) + "?isTargetedActivity=true"
    private = {"type": "message", "text": "psst", "recipient": {"id": mri(ann), "isTargeted": True}}
    assert (await bot.post(path, private)).status == 201
    assert [m["text"] for m in teams.fake.channel(ann, "Everybody")] == ["psst"]
    assert teams.fake.channel(teams.id("Bob Kim"), "Everybody") == []
    assert (await bot.post(path, {"type": "message", "text": "psst"})).status == 400


async def test_edits_removals_and_reactions_are_told(teams: Tenant) -> None:
    ann = teams.id("Ann Lee")
    native = await teams.fake.say(ann, "bot", "draft")
    await teams.fake.edit(ann, native, "final")
    await teams.fake.delete(ann, native)
    conversation = (await (await teams.connector()).post("/v3/conversations", teams.first_contact(ann))).body["id"]
    answer = await said(await teams.connector(), conversation, "nice?")
    await teams.fake.react(ann, "bot", answer, "like")
    await teams.fake.remove_app(ann)
    await teams.idle()
    kinds = [(a["type"], a["channelData"].get("eventType")) for a in teams.bot.activities()]
    assert ("messageUpdate", "editMessage") in kinds and ("messageDelete", "softDeleteMessage") in kinds
    [reaction] = teams.bot.activities("messageReaction")
    assert (reaction["replyToId"], reaction["reactionsAdded"]) == (answer, [{"type": "like"}])
    assert [a["action"] for a in teams.bot.activities("installationUpdate")] == ["add", "remove"]
    assert teams.bot.activities("conversationUpdate")[-1]["membersRemoved"] == [{"id": BOT}]


@pytest.mark.parametrize(("mean", "tries"), [(False, 3), (True, 1)])
async def test_whether_a_failed_activity_comes_again_is_open(teams: Tenant, mean: bool, tries: int) -> None:
    await teams.installed("Ann Lee")
    await teams.idle()
    teams.bot.heard.clear()
    teams.switch(mean=mean)
    teams.bot.answers = [(503, None)] * 3
    await teams.fake.say(teams.id("Ann Lee"), "bot", "hello")
    await teams.idle()
    assert len(teams.bot.heard) == tries


async def test_a_new_key_signs_at_once(teams: Tenant) -> None:
    kid = teams.fake.activities.keys.rotate(keep_old=False)
    await teams.fake.say(teams.id("Ann Lee"), "bot", "hello")
    await teams.idle()
    token = teams.bot.heard[-1].headers["authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(token)["kid"] == kid
    assert [key["kid"] for key in teams.fake.activities.keys.published()["keys"]] == [kid]
