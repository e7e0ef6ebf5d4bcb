"""What the app hears of a workspace: signed, once, and only what somebody's consent covers."""

import pytest
from slack_sdk.signature import SignatureVerifier
from slack_workspace import Listener, Workspace

from sandbox.core import Bad


async def test_a_direct_message_as_slack_tells_it(slack: Workspace, bot: Listener) -> None:
    slack.person("Ann Lee")
    ts = await slack.fake.say(slack.id("Bob Kim"), slack.id("Ann Lee"), "a < b")
    await slack.idle()
    [envelope] = bot.events()
    event = envelope["event"]
    assert (envelope["type"], envelope["team_id"], envelope["api_app_id"]) == ("event_callback", "T0ACME", "A0MIO")
    assert envelope["event_id"].startswith("Ev") and bot.heard[0].path == "/slack/events"
    assert (event["channel_type"], event["user"], event["text"]) == ("im", slack.id("Bob Kim"), "a &lt; b")
    assert (event["ts"], event["event_ts"]) == (ts, ts) and event["channel"].startswith("D")
    assert event["blocks"][0]["elements"][0]["elements"] == [{"type": "text", "text": "a < b"}]
    assert "bot_id" not in event


async def test_every_request_is_signed_with_the_sandboxs_time(slack: Workspace, bot: Listener) -> None:
    slack.running.core.clock.advance(7_200)
    await slack.fake.say(slack.id("Ann Lee"), "bot", "hello")
    await slack.fake.command(slack.id("Ann Lee"), "help")
    await slack.idle()
    assert len(bot.heard) == 2
    verifier = SignatureVerifier("slack-signing-secret")
    for heard in bot.heard:
        stamp, signature = heard.headers["x-slack-request-timestamp"], heard.headers["x-slack-signature"]
        assert verifier.generate_signature(timestamp=stamp, body=heard.body) == signature
        assert abs(int(stamp) - slack.running.core.clock.seconds()) < 60


async def test_nobodys_consent_nobodys_words(slack: Workspace, bot: Listener) -> None:
    slack.person("Ann Lee", "chat:write")
    await slack.fake.say(slack.id("Bob Kim"), slack.id("Ann Lee"), "private")
    await slack.idle()
    assert bot.heard == [], "writing for Ann does not mean reading her messages"


@pytest.mark.parametrize(("mean", "named"), [(False, "Ann Lee"), (True, "Bob Kim")])
async def test_one_event_names_one_of_two(slack: Workspace, bot: Listener, mean: bool, named: str) -> None:
    """Both allowed: still one delivery, and which of them it names says nothing about the reader."""
    slack.switch(mean=mean)
    slack.person("Ann Lee")
    slack.person("Bob Kim")
    await slack.fake.say(slack.id("Bob Kim"), slack.id("Ann Lee"), "hello")
    await slack.idle()
    [envelope] = bot.events()
    assert [a["user_id"] for a in envelope["authorizations"]] == [slack.id(named)]


async def test_the_bot_hears_what_is_said_to_it(slack: Workspace, bot: Listener) -> None:
    await slack.fake.say(slack.id("Ann Lee"), "bot", "help")
    await slack.idle()
    [envelope] = bot.events()
    assert envelope["authorizations"][0]["is_bot"] and envelope["authorizations"][0]["user_id"] == "U0MIOBOT"


async def test_own_posts_come_back(slack: Workspace, bot: Listener) -> None:
    ann = slack.person("Ann Lee")
    channel = (await ann.conversations_open(users=slack.id("Bob Kim")))["channel"]["id"]
    said = await ann.chat_postMessage(channel=channel, text="hello")
    await slack.idle()
    [event] = [e["event"] for e in bot.events("message")]
    assert (event["user"], event["bot_id"], event["ts"]) == (slack.id("Ann Lee"), "B0MIO", said["ts"])


async def test_echo_first_is_heard_before_the_answer(slack: Workspace, bot: Listener) -> None:
    slack.switch(echo_first=True)
    ann = slack.person("Ann Lee")
    channel = (await ann.conversations_open(users=slack.id("Bob Kim")))["channel"]["id"]
    said = await ann.chat_postMessage(channel=channel, text="hello")
    assert [e["event"]["ts"] for e in bot.events("message")] == [said["ts"]]


async def test_edits_and_deletes_are_told_with_what_was_before(slack: Workspace, bot: Listener) -> None:
    ann = slack.person("Ann Lee")
    channel = (await ann.conversations_open(users=slack.id("Bob Kim")))["channel"]["id"]
    ts = (await ann.chat_postMessage(channel=channel, text="draft"))["ts"]
    await ann.chat_update(channel=channel, ts=ts, text="final")
    await ann.chat_delete(channel=channel, ts=ts)
    await slack.idle()
    changed, gone = (e["event"] for e in bot.events("message")[1:])
    assert (changed["subtype"], changed["hidden"], changed["channel"]) == ("message_changed", True, channel)
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("final", "draft")
    assert changed["message"]["ts"] == ts != changed["ts"] and changed["message"]["edited"]["ts"] > ts
    assert (gone["subtype"], gone["deleted_ts"], gone["previous_message"]["text"]) == ("message_deleted", ts, "final")


async def test_bob_edits_and_deletes_in_his_client(slack: Workspace, bot: Listener) -> None:
    slack.person("Ann Lee")
    bob, ann = slack.id("Bob Kim"), slack.id("Ann Lee")
    ts = await slack.fake.say(bob, ann, "draft")
    await slack.fake.edit(bob, ts, "a < b")
    assert [(m["text"], m["edited"]) for m in slack.fake.view(ann, bob)] == [("a < b", True)]
    await slack.fake.delete(bob, ts)
    assert slack.fake.view(ann, bob) == []
    await slack.idle()
    changed, gone = (e["event"] for e in bot.events("message")[1:])
    assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "a &lt; b")
    assert changed["message"]["edited"] == {"user": bob, "ts": changed["message"]["edited"]["ts"]}
    typed = changed["message"]["blocks"][0]["elements"][0]["elements"]
    assert typed == [{"type": "text", "text": "a < b"}] and changed["previous_message"]["text"] == "draft"
    assert (gone["subtype"], gone["deleted_ts"]) == ("message_deleted", ts)


async def test_people_change_their_own_words_only(slack: Workspace) -> None:
    ts = await slack.fake.say(slack.id("Ann Lee"), slack.id("Bob Kim"), "hello")
    for call in (slack.fake.edit(slack.id("Bob Kim"), ts, "bye"), slack.fake.delete(slack.id("Bob Kim"), ts)):
        with pytest.raises(Bad, match="no message"):
            await call


async def test_what_only_one_person_saw_is_told_to_nobody(slack: Workspace, bot: Listener) -> None:
    channel = (await slack.client().conversations_open(users=slack.id("Ann Lee")))["channel"]["id"]
    await slack.client().chat_postEphemeral(channel=channel, user=slack.id("Ann Lee"), text="psst")
    await slack.idle()
    assert bot.heard == []
    assert [m["text"] for m in slack.fake.view(slack.id("Ann Lee"), "bot")] == ["psst"]
    assert (await slack.client().conversations_history(channel=channel))["messages"] == []


async def test_ann_removes_the_app(slack: Workspace, bot: Listener) -> None:
    slack.person("Ann Lee")
    await slack.fake.revoke(slack.id("Ann Lee"))
    await slack.fake.say(slack.id("Bob Kim"), slack.id("Ann Lee"), "still there?")
    await slack.idle()
    [envelope] = bot.events()
    assert envelope["event"] == {"type": "tokens_revoked", "tokens": {"oauth": [slack.id("Ann Lee")], "bot": []}}


@pytest.mark.parametrize("mean", [False, True])
async def test_an_admin_removes_the_app(slack: Workspace, bot: Listener, mean: bool) -> None:
    slack.switch(mean=mean)
    slack.person("Ann Lee")
    await slack.fake.uninstall()
    await slack.fake.say(slack.id("Ann Lee"), "bot", "hello?")
    await slack.idle()
    kinds = [e["event"]["type"] for e in bot.events()]
    assert kinds == (["app_uninstalled", "tokens_revoked"] if mean else ["tokens_revoked", "app_uninstalled"])
    [revoked] = bot.events("tokens_revoked")
    assert revoked["event"]["tokens"] == {"oauth": [slack.id("Ann Lee")], "bot": ["U0MIOBOT"]}
    slack.fake.tokens.install("chat:write,im:history")
    await slack.fake.say(slack.id("Ann Lee"), "bot", "welcome back")
    await slack.idle()
    assert bot.events()[-1]["event"]["text"] == "welcome back"


async def test_people_come_change_and_go(slack: Workspace, bot: Listener) -> None:
    nora = await slack.fake.join("Nora New", "nora@acme.example")
    await slack.fake.change(nora, name="Nora Newman", email="nora.newman@acme.example")
    await slack.fake.change(nora, name="Nora Newman")
    await slack.fake.deactivate(nora)
    await slack.fake.change(nora, active=True)
    await slack.idle()
    told = [(e["event"]["type"], e["event"]["user"]["real_name"], e["event"]["user"]["deleted"]) for e in bot.events()]
    assert told == [
        ("team_join", "Nora New", False),
        ("user_change", "Nora Newman", False),
        ("user_change", "Nora Newman", True),
        ("user_change", "Nora Newman", False),
    ]
    assert bot.events()[1]["event"]["user"]["profile"]["email"] == "nora.newman@acme.example"


async def test_opening_home_is_told(slack: Workspace, bot: Listener) -> None:
    assert await slack.fake.open_home(slack.id("Ann Lee")) is None
    await slack.idle()
    [envelope] = bot.events("app_home_opened")
    assert (envelope["event"]["user"], envelope["event"]["tab"]) == (slack.id("Ann Lee"), "home")
