"""What the two apps hear: signed, at their own address, only what somebody's consent covers, tried again as Zoom does."""

import hashlib
import hmac

import pytest
from listener import Answer, Listener
from zoom_account import Office, validated

from sandbox.zoom.tokens import ACCOUNT, APPS

POSTED, UPDATED, DELETED = (f"team_chat.dm_message_{kind}" for kind in ("posted", "updated", "deleted"))


async def test_a_direct_message_as_zoom_tells_it(zoom: Office, bot: Listener) -> None:
    zoom.person("Ann Lee")
    native = await zoom.fake.say(zoom.id("Bob Kim"), zoom.id("Ann Lee"), "hello")
    await zoom.idle()
    [event] = zoom.events()
    payload, about = event["payload"], event["payload"]["object"]
    assert (event["event"], bot.heard[0].path) == (POSTED, "/zoom/user")
    assert abs(event["event_ts"] / 1000 - zoom.running.core.clock.seconds()) < 60
    assert (payload["account_id"], payload["by_external_user"]) == (ACCOUNT, False)
    assert (payload["operator"], payload["operator_id"]) == ("bob@acme.example", zoom.id("Bob Kim"))
    assert payload["operator_member_id"] == zoom.extra("Bob Kim", "member")
    assert (about["message_id"], about["message"]) == (native, "hello")
    assert (about["contact_email"], about["contact_id"]) == ("ann@acme.example", zoom.id("Ann Lee"))
    assert (about["contact_member_id"], about["contact_account_id"]) == (zoom.extra("Ann Lee", "member"), ACCOUNT)


async def test_every_request_is_signed_with_its_apps_secret(zoom: Office, bot: Listener) -> None:
    zoom.later(7_200)
    zoom.person("Ann Lee")
    await zoom.fake.say(zoom.id("Bob Kim"), zoom.id("Ann Lee"), "hello")
    await zoom.fake.command(zoom.id("Ann Lee"), "help")
    await zoom.idle()
    assert {h.path for h in bot.heard} == {"/zoom/user", "/zoom/bot"}
    for heard in bot.heard:
        secret = APPS["A" if heard.path == "/zoom/bot" else "B"][2].encode()
        stamp = heard.headers["x-zm-request-timestamp"]
        base = b"v0:" + stamp.encode() + b":" + heard.body
        assert heard.headers["x-zm-signature"] == "v0=" + hmac.new(secret, base, hashlib.sha256).hexdigest()
        assert abs(int(stamp) - zoom.running.core.clock.seconds()) < 60
        assert heard.headers["x-zm-request-id"] and "clientid" not in heard.headers


async def test_nobodys_consent_nobodys_words(zoom: Office, bot: Listener) -> None:
    zoom.person("Ann Lee", "team_chat:read:user_message")
    await zoom.fake.say(zoom.id("Bob Kim"), zoom.id("Ann Lee"), "private")
    await zoom.fake.say(zoom.id("Bob Kim"), zoom.id("Cleo Park"), "private")
    await zoom.idle()
    assert bot.heard == [], "writing for Ann does not mean reading her messages"


@pytest.mark.parametrize(
    ("authorised", "mean", "times"),
    [
        (["Ann Lee"], False, 1),
        (["Ann Lee"], True, 1),
        (["Bob Kim"], False, 0),
        (["Bob Kim"], True, 1),
        (["Ann Lee", "Bob Kim"], False, 1),
        (["Ann Lee", "Bob Kim"], True, 2),
    ],
)
async def test_bob_writes_to_ann_and_the_app_hears_it(
    zoom: Office, authorised: list[str], mean: bool, times: int
) -> None:
    zoom.switch(mean=mean)
    for name in authorised:
        zoom.person(name)
    await zoom.fake.say(zoom.id("Bob Kim"), zoom.id("Ann Lee"), "hello")
    await zoom.idle()
    assert len(zoom.events(POSTED)) == times


@pytest.mark.parametrize(("mean", "times"), [(False, 1), (True, 2)])
async def test_own_posts_edits_and_deletes_come_back(zoom: Office, mean: bool, times: int) -> None:
    zoom.switch(mean=mean)
    native = (await zoom.sends("Ann Lee", "Bob Kim", "draft")).body["id"]
    ann, contact = zoom.fake.tokens.of_user[zoom.id("Ann Lee")].value, zoom.id("Bob Kim")
    path = f"/chat/users/me/messages/{native}"
    await zoom.call(ann, "PUT", path, json={"message": "final", "to_contact": contact})
    await zoom.call(ann, "DELETE", path, params={"to_contact": contact})
    await zoom.idle()
    assert [e["event"] for e in zoom.events()] == [POSTED] * times + [UPDATED] * times + [DELETED] * times
    assert {e["payload"]["operator_id"] for e in zoom.events()} == {zoom.id("Ann Lee")}


async def test_echo_first_is_heard_before_the_answer(zoom: Office) -> None:
    zoom.switch(echo_first=True)
    sent = await zoom.sends("Ann Lee", "Bob Kim", "hello")
    assert [e["payload"]["object"]["message_id"] for e in zoom.events(POSTED)] == [sent.body["id"]]


async def test_bob_edits_and_deletes_in_his_client(zoom: Office) -> None:
    zoom.person("Ann Lee")
    bob, ann = zoom.id("Bob Kim"), zoom.id("Ann Lee")
    native = await zoom.fake.say(bob, ann, "draft")
    zoom.later(60)
    await zoom.fake.edit(bob, native, "final")
    assert [(m["text"], m["edited"]) for m in zoom.fake.view(ann, bob)] == [("final", True)]
    await zoom.fake.delete(bob, native)
    assert zoom.fake.view(ann, bob) == []
    await zoom.idle()
    posted, updated, deleted = zoom.events()
    assert (updated["event"], deleted["event"]) == (UPDATED, DELETED)
    was, now, gone = (e["payload"]["object"] for e in (posted, updated, deleted))
    assert now["message"] == "final" and now["timestamp"] == was["timestamp"], "the time is the message's"
    assert updated["event_ts"] >= posted["event_ts"] + 60_000
    assert {now["message_id"], gone["message_id"]} == {native}
    assert "message" not in gone and "session_id" not in gone


async def test_what_the_vendors_samples_leave_to_guess(zoom: Office) -> None:
    zoom.switch(mean=True)
    zoom.person("Ann Lee")
    native = await zoom.fake.say(zoom.id("Bob Kim"), zoom.id("Ann Lee"), "hello")
    await zoom.idle()
    about = zoom.events()[0]["payload"]["object"]
    assert about["message_id"] == "{" + native.lower() + "}"
    assert about["contact_account_id "] == ACCOUNT and "contact_account_id" not in about


async def test_somebody_of_another_account_has_a_member_id_only(zoom: Office) -> None:
    zoom.person("Ann Lee")
    olga, ann = await zoom.fake.outsider("Olga Outside", "olga@elsewhere.example"), zoom.id("Ann Lee")
    await zoom.fake.say(olga, ann, "hello from outside")
    await zoom.sends("Ann Lee", "Olga Outside", "hello there")
    await zoom.idle()
    got, sent = (e["payload"] for e in zoom.events(POSTED))
    assert (got["by_external_user"], got["account_id"], got["operator_id"]) == (True, "", "")
    assert got["operator_member_id"] == zoom.extra("Olga Outside", "member")
    assert (sent["object"]["contact_id"], sent["object"]["contact_account_id"]) == ("", "")
    assert sent["object"]["contact_member_id"] == zoom.extra("Olga Outside", "member")


async def test_replies_name_the_main_message(zoom: Office) -> None:
    main = (await zoom.sends("Ann Lee", "Bob Kim", "main")).body["id"]
    await zoom.sends("Ann Lee", "Bob Kim", "reply", reply_main_message_id=main)
    await zoom.idle()
    first, second = (e["payload"]["object"] for e in zoom.events(POSTED))
    assert "reply_main_message_id" not in first and second["reply_main_message_id"] == main


# -- people and apps come and go -----------------------------------------------------------------


async def test_ann_removes_app_b(zoom: Office, bot: Listener) -> None:
    zoom.person("Ann Lee")
    await zoom.fake.revoke(zoom.id("Ann Lee"))
    await zoom.fake.say(zoom.id("Bob Kim"), zoom.id("Ann Lee"), "still there?")
    await zoom.idle()
    [event] = zoom.events()
    assert bot.heard[0].path == "/zoom/user" and "event_ts" not in event
    told = (event["event"], event["payload"]["user_id"], event["payload"]["client_id"])
    assert told == ("app_deauthorized", zoom.id("Ann Lee"), "zoom-app-b")


async def test_private_apps_may_hear_nothing_of_it(zoom: Office, bot: Listener) -> None:
    zoom.switch(mean=True)
    token = zoom.person("Ann Lee")
    await zoom.fake.revoke(zoom.id("Ann Lee"))
    await zoom.idle()
    assert bot.heard == [] and (await zoom.call(token, "GET", "/users/me")).code == (401, 124)


async def test_an_administrator_removes_app_a(zoom: Office, bot: Listener) -> None:
    given = await zoom.allows("Maya Ortiz", "A")
    await zoom.fake.uninstall()
    await zoom.fake.join("Nora New", "nora@acme.example")
    await zoom.fake.say(zoom.id("Ann Lee"), "bot", "hello?")
    await zoom.idle()
    [event] = zoom.events()
    assert (event["event"], bot.heard[0].path) == ("app_deauthorized", "/zoom/bot")
    assert (event["payload"]["user_id"], event["payload"]["client_id"]) == (zoom.id("Maya Ortiz"), "zoom-app-a")
    assert (await zoom.call(given["access_token"], "GET", "/users")).code == (401, 124)
    await zoom.allows("Maya Ortiz", "A")
    await zoom.fake.say(zoom.id("Ann Lee"), "bot", "welcome back")
    await zoom.idle()
    installed, note = zoom.events()[1:]
    assert (installed["event"], installed["payload"]["userId"]) == ("bot_installed", zoom.id("Maya Ortiz"))
    assert "event_ts" not in installed and note["payload"]["cmd"] == "welcome back"


async def test_people_come_change_and_go(zoom: Office, bot: Listener) -> None:
    nora = await zoom.fake.join("Nora New", "nora@acme.example")
    await zoom.fake.change(nora, name="Nora Newman", email="nora.newman@acme.example", zone="Asia/Tokyo", admin=True)
    await zoom.fake.change(nora, name="Nora Newman")
    await zoom.fake.deactivate(nora)
    await zoom.fake.change(nora, active=True)
    await zoom.idle()
    assert {h.path for h in bot.heard} == {"/zoom/bot"}
    kinds = [e["event"] for e in zoom.events()]
    assert kinds == ["user.created", "user.updated", "user.deactivated", "user.activated"]
    created, updated = (e["payload"] for e in zoom.events()[:2])
    assert (created["creation_type"], created["object"]["email"]) == ("ssoCreate", "nora@acme.example")
    assert (created["operator"], created["operator_id"]) == ("maya@acme.example", zoom.id("Maya Ortiz"))
    assert updated["old_object"] == {
        "id": nora,
        "email": "nora@acme.example",
        "first_name": "Nora",
        "last_name": "New",
        "display_name": "Nora New",
        "timezone": "UTC",
        "role": "Member",
    }
    assert updated["object"]["email"] == "nora.newman@acme.example" and updated["object"]["role"] == "Admin"


async def test_an_invitation_is_accepted(zoom: Office) -> None:
    nora = await zoom.fake.invite("Nora New", "nora@acme.example")
    await zoom.fake.accept(nora)
    await zoom.idle()
    created, accepted = zoom.events()
    assert (created["event"], created["payload"]["creation_type"]) == ("user.created", "create")
    assert (accepted["event"], accepted["payload"]["object"]["id"]) == ("user.invitation_accepted", nora)
    assert "operator" not in accepted["payload"]


async def test_a_leaver_is_heard_no_more(zoom: Office) -> None:
    token = zoom.person("Ann Lee")
    await zoom.fake.deactivate(zoom.id("Ann Lee"))
    await zoom.idle()
    assert [e["event"] for e in zoom.events()] == ["user.deactivated"]
    assert (await zoom.call(token, "GET", "/users/me")).code == (401, 124)


# -- delivery ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [False, True])
async def test_a_failed_delivery_comes_again_three_times(zoom: Office, bot: Listener, mean: bool) -> None:
    zoom.switch(mean=mean)
    bot.answers = [Answer(503)] * 9
    await zoom.fake.say(zoom.id("Ann Lee"), "bot", "hello")
    await zoom.idle()
    assert len(bot.heard) == 4 and len({h.body for h in bot.heard}) == 1
    assert len({h.headers["x-zm-request-id"] for h in bot.heard}) == (4 if mean else 1)


@pytest.mark.parametrize(("mean", "fresh"), [(False, True), (True, False)])
async def test_a_retrys_time_stamp(zoom: Office, bot: Listener, mean: bool, fresh: bool) -> None:
    zoom.switch(mean=mean)

    def away(heard: object) -> Answer:
        zoom.later(3_600)
        return Answer(503)

    bot.respond = away
    await zoom.fake.say(zoom.id("Ann Lee"), "bot", "hello")
    await zoom.idle()
    stamps = [int(h.headers["x-zm-request-timestamp"]) for h in bot.heard]
    assert (stamps[-1] - stamps[0] >= 3 * 3_600) is fresh


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404])
async def test_redirects_and_refusals_are_never_tried_again(zoom: Office, bot: Listener, status: int) -> None:
    bot.answers = [Answer(status, headers={"Location": bot.url + "/elsewhere"} if status < 400 else {})]
    await zoom.fake.say(zoom.id("Ann Lee"), "bot", "hello")
    await zoom.idle()
    assert [h.path for h in bot.heard] == ["/zoom/bot"]


# -- the addresses are checked -------------------------------------------------------------------

CHECK, THREE_DAYS = "endpoint.url_validation", 72 * 3_600


async def test_an_address_is_checked_every_three_days(zoom: Office, bot: Listener) -> None:
    bot.respond = validated
    for wait in (0, THREE_DAYS - 60, 120, 60):
        zoom.later(wait)
        await zoom.fake.say(zoom.id("Ann Lee"), "bot", "hello")
        await zoom.idle()
    assert len(zoom.events(CHECK)) == 1 and len(zoom.events("bot_notification")) == 4
    assert await zoom.fake.events.endpoints.validate("A") and await zoom.fake.events.endpoints.validate("B")


async def test_six_failed_checks_switch_the_events_off(zoom: Office, bot: Listener) -> None:
    """One right answer in between counts from the beginning; app B has a count of its own."""
    zoom.person("Bob Kim")

    async def checked(times: int) -> None:
        for _ in range(times):
            zoom.later(THREE_DAYS)
            await zoom.fake.say(zoom.id("Ann Lee"), "bot", "hello")
            await zoom.idle()

    await checked(5)
    bot.respond = validated
    await checked(1)
    bot.respond = None
    await checked(6)
    before = len(zoom.events("bot_notification"))
    await zoom.fake.command(zoom.id("Ann Lee"), "anybody there?")
    await zoom.fake.say(zoom.id("Ann Lee"), zoom.id("Bob Kim"), "hello")
    await zoom.idle()
    assert before == 12 == len(zoom.events("bot_notification")) and len(zoom.events(POSTED)) == 1
    assert not await zoom.fake.events.endpoints.validate("A")
    bot.respond = validated
    assert await zoom.fake.events.endpoints.validate("A")
    await zoom.fake.command(zoom.id("Ann Lee"), "and now?")
    assert zoom.events("bot_notification")[-1]["payload"]["cmd"] == "and now?"
