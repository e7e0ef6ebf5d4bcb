"""Commands, buttons, choices and fields as a person uses them, late answers, and what a client does not offer."""

from typing import Any

import pytest
from listener import Listener
from zoom_account import Office, Reply

from sandbox.core import Bad
from sandbox.zoom.tokens import ACCOUNT, BOT_JID

CARD: list[dict[str, Any]] = [
    {"type": "message", "text": "Allow", "link": "https://bot.example/allow/c1"},
    {
        "type": "actions",
        "items": [
            {"text": "Not now", "value": "later:c1", "style": "Default"},
            {"text": "Gone", "value": "gone:c1", "style": "Disabled"},
        ],
    },
    {"type": "select", "text": "choose a person", "select_items": [{"text": "Bob", "value": "p-bob"}]},
    {
        "type": "fields",
        "items": [
            {"key": "Reply", "value": "", "editable": True},
            {"key": "From", "value": "Bob"},
        ],
    },
]


async def shown_card(zoom: Office) -> str:
    return str((await zoom.card("Ann Lee", *CARD)).body["message_id"])


async def test_a_command_and_words_to_the_bot(zoom: Office, bot: Listener) -> None:
    ann = zoom.id("Ann Lee")
    await zoom.fake.command(ann, "import all")
    await zoom.fake.say(ann, "bot", "help me")
    await zoom.idle()
    first, second = (e["payload"] for e in zoom.events("bot_notification"))
    assert (first["cmd"], second["cmd"]) == ("import all", "help me")
    for note in (first, second):
        assert (note["accountId"], note["robotJid"], note["userId"]) == (ACCOUNT, BOT_JID, ann)
        assert note["userJid"] == note["toJid"] == zoom.extra("Ann Lee", "jid")
    assert {h.path for h in bot.heard} == {"/zoom/bot"}


async def test_what_a_command_must_carry_and_no_more(zoom: Office) -> None:
    zoom.switch(mean=True)
    await zoom.fake.command(zoom.id("Ann Lee"), "help")
    [event] = zoom.events()
    assert set(event["payload"]) == {"accountId", "cmd", "robotJid", "userId", "userJid", "toJid"}
    assert event["payload"]["toJid"] == f"{zoom.extra('Ann Lee', 'jid')}/robot_{BOT_JID}"


async def test_a_command_beside_a_colleague_names_that_conversation(zoom: Office) -> None:
    await zoom.fake.command(zoom.id("Ann Lee"), "status", beside=zoom.id("Bob Kim"))
    [event] = zoom.events()
    assert event["payload"]["toJid"] == zoom.extra("Bob Kim", "jid")


async def test_a_button_is_pressed(zoom: Office) -> None:
    native = await shown_card(zoom)
    assert await zoom.fake.press(zoom.id("Ann Lee"), native, "Not now") is None
    [event] = zoom.events("interactive_message_actions")
    payload = event["payload"]
    assert payload["actionItem"] == {"text": "Not now", "value": "later:c1"}
    assert (payload["messageId"], payload["userId"]) == (native, zoom.id("Ann Lee"))
    assert payload["toJid"] == f"{zoom.extra('Ann Lee', 'jid')}/robot_{BOT_JID}"
    assert payload["original"]["body"] == CARD


async def test_a_link_opens_and_is_told_to_nobody(zoom: Office, bot: Listener) -> None:
    native = await shown_card(zoom)
    assert await zoom.fake.press(zoom.id("Ann Lee"), native, "Allow") == "https://bot.example/allow/c1"
    await zoom.idle()
    assert bot.heard == []


async def test_a_choice_is_made_and_a_field_is_filled(zoom: Office) -> None:
    ann, native = zoom.id("Ann Lee"), await shown_card(zoom)
    await zoom.fake.choose(ann, native, "Bob")
    await zoom.fake.fill(ann, native, "Reply", "on my way")
    [chosen] = zoom.events("interactive_message_select")
    [filled] = zoom.events("interactive_message_fields_editable")
    assert chosen["payload"]["selectedItems"] == [{"value": "p-bob"}]
    edit = {"key": "Reply", "currentValue": "", "newValue": "on my way"}
    assert filled["payload"]["fieldEditItem"] == edit


async def test_what_is_not_there_cannot_be_used(zoom: Office) -> None:
    ann, native = zoom.id("Ann Lee"), await shown_card(zoom)
    for call in (
        zoom.fake.press(ann, native, "Maybe"),
        zoom.fake.press(ann, native, "Gone"),
        zoom.fake.press(ann, "20260101_x_aw1", "Not now"),
        zoom.fake.press(zoom.id("Bob Kim"), native, "Not now"),
        zoom.fake.choose(ann, native, "Cleo"),
        zoom.fake.fill(ann, native, "From", "Mallory"),
        zoom.fake.accept(ann),
        zoom.fake.join("Ann Again", "ann@acme.example"),
        zoom.fake.change(ann, shoe_size=38),
        zoom.fake.change(ann, admin="yes"),
        zoom.fake.say(ann, ann, "note"),
        zoom.fake.say(ann, "nobody", "hi"),
    ):
        with pytest.raises(Bad):
            await call


async def test_people_change_their_own_words_only(zoom: Office) -> None:
    ann, bob = zoom.id("Ann Lee"), zoom.id("Bob Kim")
    native = await zoom.fake.say(ann, bob, "hello")
    for call in (zoom.fake.edit(bob, native, "bye"), zoom.fake.delete(bob, native)):
        with pytest.raises(Bad, match="no message"):
            await call
    await zoom.fake.delete(ann, native)
    with pytest.raises(Bad, match="no message"):
        await zoom.fake.edit(ann, native, "again")


async def test_pending_and_closed_accounts_do_nothing(zoom: Office) -> None:
    nora = await zoom.fake.invite("Nora New", "nora@acme.example")
    await zoom.fake.deactivate(zoom.id("Bob Kim"))
    for who in (nora, zoom.id("Bob Kim")):
        with pytest.raises(Bad, match="no active"):
            await zoom.fake.say(who, "bot", "hi")
    await zoom.fake.accept(nora)
    await zoom.fake.say(nora, "bot", "hi")


async def test_no_app_no_command(zoom: Office) -> None:
    await zoom.fake.uninstall()
    with pytest.raises(Bad, match="not a valid command"):
        await zoom.fake.command(zoom.id("Ann Lee"), "help")


# -- one late answer -----------------------------------------------------------------------------


async def pressed(zoom: Office) -> dict[str, Any]:
    await zoom.fake.press(zoom.id("Ann Lee"), await shown_card(zoom), "Not now")
    return zoom.events("interactive_message_actions")[-1]


async def answered(zoom: Office, event: dict[str, Any], token: str, **body: Any) -> Reply:
    path = event["callback_url"].removeprefix(f"{zoom.running.url}/zoom/v2")
    return await zoom.call(token, "POST", path, json=body)


async def test_a_press_may_be_answered_once_within_half_an_hour(zoom: Office) -> None:
    event, content = await pressed(zoom), {"head": {"text": "Later, then."}}
    assert (await answered(zoom, event, await zoom.bot_token(), content=content)).code == (401, 7010)
    assert (await answered(zoom, event, event["callback_token"])).code == (400, 7001)
    assert (await answered(zoom, event, event["callback_token"], content=content)).status == 201
    assert zoom.fake.view(zoom.id("Ann Lee"), "bot")[-1]["lines"] == ["Later, then."]
    assert (await answered(zoom, event, event["callback_token"], content=content)).code == (401, 7010)
    late = await pressed(zoom)
    zoom.later(1_801)
    assert (await answered(zoom, late, late["callback_token"], content=content)).code == (401, 7010)


async def test_the_late_address_is_too_new_to_count_on(zoom: Office) -> None:
    zoom.switch(mean=True)
    assert "callback_url" not in await pressed(zoom)
