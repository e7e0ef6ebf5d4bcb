"""Slash commands, buttons and choices as a person uses them, and the addresses for later answers."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_workspace import Answer, Heard, Listener, Workspace

from sandbox.core import Bad

CARD: list[dict[str, Any]] = [
    {"type": "header", "text": {"type": "plain_text", "text": "Connect"}},
    {
        "type": "actions",
        "block_id": "consent:c1",
        "elements": [
            {
                "type": "button",
                "action_id": "allow",
                "text": {"type": "plain_text", "text": "Allow"},
                "url": "https://bot.example/allow/c1",
                "value": "c1",
                "style": "primary",
            },
            {"type": "button", "action_id": "later", "text": {"type": "plain_text", "text": "Not now"}, "value": "c1"},
        ],
    },
    {
        "type": "actions",
        "block_id": "who",
        "elements": [
            {
                "type": "static_select",
                "action_id": "pick",
                "placeholder": {"type": "plain_text", "text": "choose a person"},
                "options": [
                    {"text": {"type": "plain_text", "text": "Bob"}, "value": "p-bob"},
                    {"text": {"type": "plain_text", "text": "Dana"}, "value": "p-dana"},
                ],
            }
        ],
    },
]


async def shown_card(slack: Workspace) -> dict[str, Any]:
    await slack.client().chat_postMessage(channel=slack.id("Ann Lee"), text="Connect", blocks=CARD)
    found: dict[str, Any] = slack.fake.view(slack.id("Ann Lee"), "bot")[-1]
    return found


def last(bot: Listener, kind: str) -> Heard:
    """The newest form that carries ``kind``."""
    return [h for h in bot.heard if "form" in h.headers["content-type"] and kind in h.form()][-1]


def texts(slack: Workspace, name: str) -> list[str]:
    return [m["text"] for m in slack.fake.view(slack.id(name), "bot")]


async def reply(slack: Workspace, url: str, **body: Any) -> tuple[int, str]:
    async with slack.browser.post(url, json=body) as answer:
        return answer.status, await answer.text()


async def test_a_command_is_a_signed_form(slack: Workspace, bot: Listener) -> None:
    await slack.fake.command(slack.id("Ann Lee"), "status")
    form = last(bot, "command").form()
    assert (form["command"], form["text"], form["user_id"]) == ("/mio", "status", slack.id("Ann Lee"))
    assert form["team_id"] == "T0ACME" and form["channel_id"].startswith("D") and form["trigger_id"]
    assert texts(slack, "Ann Lee") == [], "an empty answer shows nothing"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("sync @Bob Kim now", "sync <@{bob}|bob> now"),
        ("sync @bob", "sync <@{bob}|bob>"),
        ("sync bob@acme.example", "sync bob@acme.example"),
        ("sync @somebody", "sync @somebody"),
        ('sync "Bob <Kim> & Co"', 'sync "Bob &lt;Kim&gt; &amp; Co"'),
    ],
)
async def test_names_are_escaped(slack: Workspace, bot: Listener, typed: str, sent: str) -> None:
    await slack.fake.command(slack.id("Ann Lee"), typed)
    assert last(bot, "command").form()["text"] == sent.format(bob=slack.id("Bob Kim"))


@pytest.mark.parametrize("body", [b'{"response_type":"ephemeral","text":"one moment"}', b"one moment"])
async def test_the_answer_is_seen_by_the_typist_only(slack: Workspace, bot: Listener, body: bytes) -> None:
    bot.answers = [Answer(body=body)]
    await slack.fake.command(slack.id("Ann Lee"), "import")
    assert texts(slack, "Ann Lee") == ["one moment"]
    assert texts(slack, "Bob Kim") == []


async def test_an_app_that_does_not_answer_is_told_to_the_typist(slack: Workspace, bot: Listener) -> None:
    bot.answers = [Answer(500)]
    await slack.fake.command(slack.id("Ann Lee"), "import")
    await slack.idle()
    assert texts(slack, "Ann Lee") == ["/mio failed because the app did not respond (500)"]
    assert len(bot.heard) == 1, "commands are not tried again"


async def test_later_answers_to_a_command_five_times_within_half_an_hour(slack: Workspace, bot: Listener) -> None:
    await slack.fake.command(slack.id("Ann Lee"), "import")
    url = last(bot, "command").form()["response_url"]
    assert url.startswith(slack.running.url + "/slack/hooks/commands/")
    for number in range(5):
        assert await reply(slack, url, text=f"step {number}") == (200, "ok")
    assert (await reply(slack, url, text="step 5"))[0] == 404
    assert texts(slack, "Ann Lee") == [f"step {n}" for n in range(5)]
    await slack.fake.command(slack.id("Ann Lee"), "import")
    fresh = last(bot, "command").form()["response_url"]
    slack.running.core.clock.advance(1_801)
    assert await reply(slack, fresh, text="late") == (404, '{"ok":false,"error":"expired_url"}')


async def test_a_button_is_pressed(slack: Workspace, bot: Listener) -> None:
    card = await shown_card(slack)
    assert await slack.fake.press(slack.id("Ann Lee"), card["id"], "Not now") is None
    payload = last(bot, "payload").json()
    assert (payload["type"], payload["user"]["id"]) == ("block_actions", slack.id("Ann Lee"))
    assert payload["container"]["message_ts"] == card["id"] and payload["channel"]["id"].startswith("D")
    [action] = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("later", "consent:c1", "c1")
    assert payload["message"]["blocks"] == CARD


async def test_a_url_button_opens_and_is_told_as_well(slack: Workspace, bot: Listener) -> None:
    card = await shown_card(slack)
    assert card["buttons"][0] == {"label": "Allow", "url": "https://bot.example/allow/c1"}
    assert await slack.fake.press(slack.id("Ann Lee"), card["id"], "Allow") == "https://bot.example/allow/c1"
    assert last(bot, "payload").json()["actions"][0]["action_id"] == "allow"


async def test_a_choice_is_made(slack: Workspace, bot: Listener) -> None:
    card = await shown_card(slack)
    assert card["choices"] == ["Bob", "Dana"]
    await slack.fake.choose(slack.id("Ann Lee"), card["id"], "Dana")
    [action] = last(bot, "payload").json()["actions"]
    assert (action["type"], action["action_id"], action["block_id"]) == ("static_select", "pick", "who")
    assert action["selected_option"]["value"] == "p-dana"


async def test_what_is_not_there_cannot_be_pressed(slack: Workspace) -> None:
    card = await shown_card(slack)
    for who, message, button in (
        (slack.id("Ann Lee"), card["id"], "Maybe"),
        (slack.id("Ann Lee"), "1.000001", "Allow"),
        (slack.id("Bob Kim"), card["id"], "Allow"),
    ):
        with pytest.raises(Bad):
            await slack.fake.press(who, message, button)
    with pytest.raises(Bad):
        await slack.fake.choose(slack.id("Ann Lee"), card["id"], "Cleo")


async def test_a_pressed_card_is_replaced_and_removed_through_its_address(slack: Workspace, bot: Listener) -> None:
    card = await shown_card(slack)
    await slack.fake.press(slack.id("Ann Lee"), card["id"], "Not now")
    url = last(bot, "payload").json()["response_url"]
    assert await reply(slack, url, replace_original=True, text="Later, then.") == (200, "ok")
    assert texts(slack, "Ann Lee") == ["Later, then."]
    assert await reply(slack, url, delete_original=True) == (200, "ok")
    assert texts(slack, "Ann Lee") == []


async def test_an_ephemeral_card_is_changed_through_its_address_only(slack: Workspace, bot: Listener) -> None:
    ann, client = slack.id("Ann Lee"), slack.client()
    channel = (await client.conversations_open(users=ann))["channel"]["id"]
    ts = (await client.chat_postEphemeral(channel=channel, user=ann, text="c", blocks=CARD))["message_ts"]
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.chat_update(channel=channel, ts=ts, text="done")
    await slack.fake.press(ann, ts, "Not now")
    payload = last(bot, "payload").json()
    assert payload["container"]["is_ephemeral"]
    await reply(slack, payload["response_url"], replace_original=True, text="done")
    assert texts(slack, "Ann Lee") == ["done"]


async def test_no_app_no_command(slack: Workspace) -> None:
    await slack.fake.uninstall()
    with pytest.raises(Bad, match="not a valid command"):
        await slack.fake.command(slack.id("Ann Lee"), "help")
