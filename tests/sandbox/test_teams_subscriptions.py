"""Listening to a person's chats: the handshake, the limits, encrypted notifications, lifecycle events, trouble."""

import base64
from typing import Any

import jwt
import pytest
from teams_tenant import Api, Tenant, certificate, coded, decrypted, html

from sandbox.teams.activities import iso
from sandbox.teams.subscriptions import PER_DIRECTORY, PER_PERSON
from sandbox.teams.tenant import APP_ID, PUBLISHER, TENANT

HOUR = 3_600


async def asked(teams: Tenant, api: Api, **change: Any) -> tuple[int, Any]:
    answer = await api.post("/subscriptions", teams.wanted(teams.id("Ann Lee"), **change))
    return answer.status, answer.body


def until(teams: Tenant, minutes: float) -> str:
    return iso(teams.running.core.clock.seconds() + minutes * 60)


async def bob_says(teams: Tenant, text: str) -> str:
    native = await teams.fake.say(teams.id("Bob Kim"), teams.id("Ann Lee"), text)
    await teams.idle()
    return native


# -- made ---------------------------------------------------------------------------------------


async def test_ann_is_listened_to_until_it_is_ended(teams: Tenant) -> None:
    ann, native = await teams.subscribed("Ann Lee")
    shown = (await ann.get(f"/subscriptions/{native}")).body
    assert (shown["applicationId"], shown["creatorId"]) == (APP_ID, teams.id("Ann Lee"))
    assert [row["id"] for row in (await ann.get("/subscriptions")).body["value"]] == [native]
    bob = await teams.person("Bob Kim")
    assert (await bob.get("/subscriptions")).body["value"] == []
    assert (await bob.delete(f"/subscriptions/{native}")).status == 404
    assert (await ann.delete(f"/subscriptions/{native}")).status == 204
    await bob_says(teams, "anybody?")
    assert teams.bot.notices() == []


@pytest.mark.parametrize(
    "change",
    [
        {"resource": "/users/nobody/drives"},
        {"changeType": "created,moved"},
        {"changeType": None},
        {"notificationUrl": "http://bot.example/notify"},
        {"notificationUrl": None},
        {"lifecycleNotificationUrl": None},
        {"expirationDateTime": "soon"},
        {"expirationDateTime": "2020-01-01T00:00:00Z"},
        {"clientState": "x" * 129},
        {"encryptionCertificate": None},
        {"encryptionCertificate": "AAAA"},
        {"encryptionCertificateId": None},
        {"encryptionCertificateId": "x" * 129},
        {"colour": "red"},
    ],
)
async def test_what_makes_no_subscription(teams: Tenant, change: dict[str, Any]) -> None:
    ann = await teams.person("Ann Lee")
    status, body = await asked(teams, ann, **change)
    assert status == 400, body
    assert (await ann.get("/subscriptions")).body["value"] == []


async def test_how_long_it_may_live(teams: Tenant) -> None:
    ann = await teams.person("Ann Lee")
    assert (await asked(teams, ann, expirationDateTime=until(teams, 4_325)))[0] == 400
    short = {"expirationDateTime": until(teams, 10), "lifecycleNotificationUrl": None}
    status, body = await asked(teams, ann, **short)
    assert status == 201 and body["expirationDateTime"] > until(teams, 40), "below 45 minutes it is made longer"
    path = f"/subscriptions/{body['id']}"
    assert (await ann.patch(path, {"expirationDateTime": until(teams, 120)})).status == 400, "no address for its end"
    assert (await ann.patch(path, {"lifecycleNotificationUrl": "https://x.example"})).status == 400
    teams.later(46 * 60)
    assert (await ann.get(path)).status == 404


async def test_it_is_renewed_by_the_same_person(teams: Tenant) -> None:
    ann, native = await teams.subscribed("Ann Lee")
    teams.later(70 * HOUR)
    ann, bob = await teams.person("Ann Lee"), await teams.person("Bob Kim")
    path, more = f"/subscriptions/{native}", {"expirationDateTime": until(teams, 4_260)}
    assert (await bob.patch(path, more)).status == 404
    renewed = await ann.patch(path, more)
    assert (renewed.status, renewed.body["expirationDateTime"]) == (200, more["expirationDateTime"])
    teams.later(10 * HOUR)
    await bob_says(teams, "still there?")
    assert len(teams.bot.notices()) == 1
    teams.later(72 * HOUR)
    await bob_says(teams, "and now?")
    assert len(teams.bot.notices()) == 1, "after its end nothing comes"


async def test_whose_chats_and_with_which_token(teams: Tenant) -> None:
    ann, app = await teams.person("Ann Lee"), await teams.app()
    assert (await asked(teams, ann, resource=f"users/{teams.id('Bob Kim')}/chats/getAllMessages"))[0] == 403
    assert (await asked(teams, app))[0] == 403
    assert (await asked(teams, app, resource="/chats/getAllMessages"))[0] == 403, "a permission nobody asked for"
    assert (await asked(teams, ann, resource="me/chats/getAllMessages()"))[0] == 201
    assert (await asked(teams, ann))[0] == 409, "the same thing in another spelling"
    await teams.fake.remove_licence(teams.id("Bob Kim"))
    bob = await teams.person("Bob Kim")
    assert (await bob.post("/subscriptions", teams.wanted(teams.id("Bob Kim")))).status == 403


async def test_one_chat_alone(teams: Tenant) -> None:
    ann = await teams.person("Ann Lee")
    chat = await teams.chat(ann, "Ann Lee", "Bob Kim")
    maya = await teams.person("Maya Ortiz")
    assert (await maya.post("/subscriptions", teams.wanted("x", resource=f"chats/{chat}/messages"))).status == 403
    assert (await asked(teams, ann, resource=f"chats/{chat}/messages"))[0] == 201
    await bob_says(teams, "here")
    await teams.fake.say(teams.id("Maya Ortiz"), teams.id("Ann Lee"), "elsewhere")
    await teams.idle()
    assert [decrypted(n["encryptedContent"])["chatId"] for n in teams.bot.notices()] == [chat]


@pytest.mark.parametrize("mean", [False, True])
async def test_a_second_of_the_same_kind_is_open(teams: Tenant, mean: bool) -> None:
    ann, _ = await teams.subscribed("Ann Lee")
    teams.switch(mean=mean)
    assert (await asked(teams, ann))[0] == (201 if mean else 409)
    assert (await asked(teams, ann, changeType="created"))[0] == 201, "other changes are another kind"


async def test_quotas(teams: Tenant) -> None:
    ann, app = await teams.person("Ann Lee"), await teams.app()
    teams.switch(mean=True)
    statuses = [(await asked(teams, ann))[0] for _ in range(PER_PERSON + 1)]
    assert statuses == [201] * PER_PERSON + [403]
    users = {"resource": "users", "changeType": "updated", "includeResourceData": None}
    statuses = [(await asked(teams, app, **users))[0] for _ in range(PER_DIRECTORY + 1)]
    assert statuses == [201] * PER_DIRECTORY + [403]


@pytest.mark.parametrize("trouble", ["wrong", "json", "down"])
async def test_an_address_that_does_not_shake_hands(teams: Tenant, trouble: str) -> None:
    ann = await teams.person("Ann Lee")
    teams.bot.shake = trouble
    teams.switch(webhook_down=trouble == "down")
    status, body = await asked(teams, ann)
    assert (status, body["error"]["code"]) == (400, "ValidationError")
    assert (await ann.get("/subscriptions")).body["value"] == []


@pytest.mark.parametrize(("mean", "status"), [(False, 204), (True, 404)])
async def test_whether_the_app_may_end_a_persons_is_open(teams: Tenant, mean: bool, status: int) -> None:
    _, native = await teams.subscribed("Ann Lee")
    teams.switch(mean=mean)
    assert (await (await teams.app()).delete(f"/subscriptions/{native}")).status == status


# -- delivered ----------------------------------------------------------------------------------


async def test_a_notification_is_encrypted_and_signed_for(teams: Tenant) -> None:
    _, subscription = await teams.subscribed("Ann Lee")
    native = await bob_says(teams, "hello Ann")
    [heard] = [heard for heard in teams.bot.heard if heard.path == "/teams/notifications"]
    [item], [token] = heard.json()["value"], heard.json()["validationTokens"]
    assert (item["subscriptionId"], item["clientState"], item["tenantId"]) == (subscription, "state-1", TENANT)
    assert item["changeType"] == "created" and item["resource"].endswith(f"/messages('{native}')")
    assert item["resourceData"]["id"] == native and "hello" not in heard.body.decode()
    message = decrypted(item["encryptedContent"])
    assert message["body"] == {"contentType": "html", "content": "<p>hello Ann</p>"}
    assert message["from"]["user"]["id"] == teams.id("Bob Kim") and message["id"] == native
    assert item["resource"].startswith(f"chats('{message['chatId']}')")
    assert item["encryptedContent"]["encryptionCertificateId"] == "cert-1"
    keys = f"{teams.url}/login/common/discovery/keys"
    claims = await teams.verified(token, keys, audience=APP_ID, issuer=f"https://sts.windows.net/{TENANT}/")
    assert claims["appid"] == PUBLISHER


async def test_validation_tokens_have_two_versions_and_requests_several_items(teams: Tenant) -> None:
    await teams.subscribed("Ann Lee")
    await teams.subscribed("Bob Kim")
    await bob_says(teams, "one")
    assert [len(heard.json()["value"]) for heard in teams.bot.heard] == [1, 1], "both members hear it"
    teams.switch(mean=True)
    await bob_says(teams, "two")
    last = teams.bot.heard[-1].json()
    assert len(last["value"]) == 2 and len(last["validationTokens"]) == 1
    claims = jwt.decode(last["validationTokens"][0], options={"verify_signature": False})
    assert (claims["azp"], claims["ver"]) == (PUBLISHER, "2.0") and claims["iss"].endswith(f"/{TENANT}/v2.0")


@pytest.mark.parametrize(
    ("mean", "told"),
    [
        (False, ["created", "updated", "updated", "updated", "deleted"]),
        (True, ["created", "updated", "updated", "updated", "updated", "updated"]),
    ],
)
async def test_edits_reactions_and_removals(teams: Tenant, mean: bool, told: list[str]) -> None:
    await teams.subscribed("Ann Lee")
    teams.switch(mean=mean)
    bob, ann = teams.id("Bob Kim"), teams.id("Ann Lee")
    native = await bob_says(teams, "draft")
    await teams.fake.edit(bob, native, "final")
    await teams.fake.react(ann, bob, native, "👍")
    await teams.fake.react(ann, bob, native, "👍", added=False)
    await teams.fake.delete(bob, native)
    await teams.idle()
    assert [n["changeType"] for n in teams.bot.notices()] == told
    messages = [decrypted(n["encryptedContent"]) for n in teams.bot.notices()]
    assert messages[1]["lastEditedDateTime"] and messages[1]["body"]["content"] == "<p>final</p>"
    assert messages[2]["reactions"][0]["user"]["user"]["id"] == ann and messages[3]["reactions"] == []
    assert messages[-1]["deletedDateTime"] and messages[-1]["body"]["content"] == ""
    etags = [int(message["etag"]) for message in messages]
    assert etags == sorted(etags)


async def test_only_the_changes_that_were_asked_for(teams: Tenant) -> None:
    ann = await teams.person("Ann Lee")
    await asked(teams, ann, changeType="created")
    native = await bob_says(teams, "draft")
    await teams.fake.edit(teams.id("Bob Kim"), native, "final")
    await teams.idle()
    assert [n["changeType"] for n in teams.bot.notices()] == ["created"]


@pytest.mark.parametrize("mean", [False, True])
async def test_own_posts_come_back(teams: Tenant, mean: bool) -> None:
    """To the sender's subscription as well; whether they name the app is open."""
    ann, _ = await teams.subscribed("Ann Lee")
    chat = await teams.chat(ann, "Ann Lee", "Bob Kim")
    teams.switch(mean=mean)
    said = await ann.post(f"/chats/{coded(chat)}/messages", html("hello"))
    await teams.idle()
    [message] = [decrypted(n["encryptedContent"]) for n in teams.bot.notices()]
    assert (message["id"], message["from"]["user"]["id"]) == (said.body["id"], teams.id("Ann Lee"))
    assert (message["from"]["application"] is not None) is mean


async def test_the_bots_own_chat_is_heard_too(teams: Tenant) -> None:
    """A person's subscription delivers everything, and in the bot's chat under another id than the bot knows."""
    await teams.subscribed("Ann Lee")
    conversation, bot = await teams.installed("Ann Lee"), await teams.connector()
    await bot.post(f"/v3/conversations/{conversation}/activities", {"type": "message", "text": "hello"})
    await teams.idle()
    [message] = [decrypted(n["encryptedContent"]) for n in teams.bot.notices()]
    assert message["from"]["user"] is None and message["from"]["application"]["id"] == APP_ID
    assert message["chatId"] != conversation and APP_ID in message["chatId"]


async def test_echo_first_and_a_lost_answer(teams: Tenant) -> None:
    ann, _ = await teams.subscribed("Ann Lee")
    chat = await teams.chat(ann, "Ann Lee", "Bob Kim")
    teams.switch(echo_first=True)
    said = await ann.post(f"/chats/{coded(chat)}/messages", html("hello"))
    assert [n["resourceData"]["id"] for n in teams.bot.notices()] == [said.body["id"]], "before the answer"


async def test_duplicates_and_repetition(teams: Tenant) -> None:
    await teams.subscribed("Ann Lee")
    teams.switch(duplicate=True)
    await bob_says(teams, "twice")
    assert len(teams.bot.notices()) == 2


async def test_a_new_certificate_counts_from_now_on(teams: Tenant) -> None:
    ann, native = await teams.subscribed("Ann Lee")
    changed = {"encryptionCertificate": certificate(), "encryptionCertificateId": "cert-2"}
    assert (await ann.patch(f"/subscriptions/{native}", changed)).status == 200
    await bob_says(teams, "hi")
    [item] = teams.bot.notices()
    assert item["encryptedContent"]["encryptionCertificateId"] == "cert-2"
    assert base64.b64decode(item["encryptedContent"]["data"])


# -- a grant's end ------------------------------------------------------------------------------


async def test_with_the_grant_the_listening_ends(teams: Tenant) -> None:
    await teams.subscribed("Ann Lee")
    await teams.fake.revoke(teams.id("Ann Lee"))
    await bob_says(teams, "still there?")
    [event] = teams.bot.notices("/teams/lifecycle")
    assert (event["lifecycleEvent"], event["clientState"]) == ("subscriptionRemoved", "state-1")
    assert teams.bot.notices() == []


async def test_withdrawn_consent_is_told(teams: Tenant) -> None:
    await teams.subscribed("Ann Lee")
    await teams.fake.withdraw_consent()
    await teams.idle()
    assert [n["lifecycleEvent"] for n in teams.bot.notices("/teams/lifecycle")] == ["reauthorizationRequired"]


@pytest.mark.parametrize("mean", [False, True])
async def test_whether_it_outlives_its_token_is_open(teams: Tenant, mean: bool) -> None:
    _, native = await teams.subscribed("Ann Lee")
    teams.switch(mean=mean)
    teams.later(2 * HOUR)
    await bob_says(teams, "one")
    await bob_says(teams, "two")
    events = [n["lifecycleEvent"] for n in teams.bot.notices("/teams/lifecycle")]
    assert (events, len(teams.bot.notices())) == ((["reauthorizationRequired"], 0) if mean else ([], 2))
    fresh = await teams.person("Ann Lee")
    assert (await fresh.post(f"/subscriptions/{native}/reauthorize")).status == 204
    await bob_says(teams, "three")
    assert len(teams.bot.notices()) == (1 if mean else 3)


async def test_other_lifecycle_events_on_demand(teams: Tenant) -> None:
    _, native = await teams.subscribed("Ann Lee")
    sub = teams.fake.book.get(native)
    assert sub is not None
    teams.fake.notify.send(teams.fake.notify.lifecycle(sub, "missed"))
    await teams.idle()
    assert [n["lifecycleEvent"] for n in teams.bot.notices("/teams/lifecycle")] == ["missed"]


async def test_the_directory_is_watched_by_the_app(teams: Tenant) -> None:
    app, plain = await teams.app(), {"includeResourceData": None, "changeType": "updated,deleted"}
    for resource in ("/users", "/groups"):
        far = until(teams, 41_000)
        assert (await asked(teams, app, resource=resource, expirationDateTime=far, **plain))[0] == 201
    assert (await asked(teams, app, resource="/users", includeResourceData=True))[0] == 400
    assert (await asked(teams, app, **{**plain, "resource": "/users", "changeType": "created"}))[0] == 400
    nora = await teams.fake.join("Nora New", "nora@acme.example")
    await teams.fake.join_group(nora, "Mio users")
    await teams.idle()
    assert [n["resourceData"]["@odata.type"] for n in teams.bot.notices()] == [
        "#Microsoft.Graph.User",
        "#Microsoft.Graph.Group",
    ]
    assert all("encryptedContent" not in n for n in teams.bot.notices())


async def test_group_chats_are_heard_as_well(teams: Tenant) -> None:
    ann, _ = await teams.subscribed("Ann Lee")
    bob, fay = teams.id("Bob Kim"), teams.id("Fay Wong")
    room = await teams.fake.say_together(bob, [teams.id("Ann Lee"), fay], "pizza?")
    await teams.fake.say_together(bob, [fay], "without Ann")
    await teams.idle()
    [item] = teams.bot.notices()
    assert room.endswith("@thread.v2") and item["resource"].startswith(f"chats('{room}')/")
    assert decrypted(item["encryptedContent"])["chatId"] == room
    chat = (await ann.get(f"/chats/{coded(room)}?$expand=members")).body
    assert (chat["chatType"], chat["topic"], len(chat["members"])) == ("group", "Lunch", 3)
    assert [row["chatType"] for row in (await ann.get("/me/chats")).body["value"]] == ["group"]
    assert (await (await teams.person("Gail Guest")).get(f"/chats/{coded(room)}")).status == 403
