"""The chatbot's cards: sending, changing, deleting, and what Zoom would not take – each limit just kept and just broken."""

from typing import Any

import pytest
from zoom_account import Office, Reply

from sandbox.zoom import cards
from sandbox.zoom.tokens import ACCOUNT, BOT_JID

PATH = "/im/chat/messages"


def message(length: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "message", "text": "x" * length, **more}


def actions(count: int, label: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "actions", "items": [{"text": "x" * label, "value": "v", **more}] * count}


def fields(key: int = 1, value: int = 1) -> dict[str, Any]:
    return {"type": "fields", "items": [{"key": "k" * key, "value": "v" * value}]}


def select(count: int, **more: Any) -> dict[str, Any]:
    return {"type": "select", "text": "who", "select_items": [{"text": "t", "value": "v"}] * count, **more}


PICTURE = {"type": "attachments", "resource_url": "https://x.example", "img_url": "https://x.example/i.png"}


@pytest.mark.parametrize(
    "block",
    [
        message(4_096),
        message(link="https://bot.example/allow/x"),
        actions(5, 40, style="Primary"),
        fields(256, 256),
        fields(1, 0),
        select(100),
        {"type": "select", "text": "who", "static_source": "members"},
        PICTURE,
        {"type": "section", "sections": [message(), actions(1)]},
    ],
)
def test_just_right(block: dict[str, Any]) -> None:
    content = {"head": {"text": "t", "sub_head": {"text": "s"}}, "body": [block]}
    assert cards.check(content) == content


@pytest.mark.parametrize(
    "block",
    [
        message(0),
        message(4_097),
        message(link="javascript:x"),
        actions(0),
        actions(6),
        actions(1, 41),
        actions(1, style="Loud"),
        actions(1, value=7),
        fields(257),
        fields(0),
        fields(1, 257),
        select(0),
        select(101),
        select(1, text=""),
        {**PICTURE, "img_url": "i.png"},
        {"type": "section", "sections": []},
        {"type": "section", "sections": [message(0)]},
        {"type": "marquee"},
        "words",
    ],
)
def test_just_wrong(block: Any) -> None:
    with pytest.raises(cards.BadCard, match=r"content\.body\[0\]"):
        cards.check({"head": {"text": "t"}, "body": [block]})


@pytest.mark.parametrize(
    "content",
    [None, [], {}, {"head": {}}, {"head": {"text": ""}}, {"head": {"text": "t", "sub_head": "s"}}, {"head": "t"}],
)
def test_no_head_no_card(content: Any) -> None:
    with pytest.raises(cards.BadCard):
        cards.check(content)


async def test_a_card_arrives(zoom: Office) -> None:
    sent = await zoom.card("Ann Lee", message(3), message(link="https://bot.example/allow"), actions(1))
    jid = zoom.extra("Ann Lee", "jid")
    assert sent.status == 201 and sent.body["to_jid"] == sent.body["user_jid"] == jid
    [shown] = zoom.fake.view(zoom.id("Ann Lee"), "bot")
    assert shown["id"] == sent.body["message_id"] and shown["lines"] == ["Connect", "xxx"]
    assert shown["buttons"] == [{"label": "x", "url": "https://bot.example/allow"}, {"label": "x", "url": None}]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"robot_jid": None}, (400, 7001)),
        ({"to_jid": None}, (400, 7001)),
        ({"user_jid": None}, (400, 7001)),
        ({"account_id": None}, (400, 7001)),
        ({"content": None}, (400, 7001)),
        ({"content": {"head": {}}}, (400, 7001)),
        ({"robot_jid": "mio"}, (404, 7002)),
        ({"robot_jid": "v1other@xmpp.zoom.us"}, (403, 7003)),
        ({"account_id": "ACCT-OTHER"}, (403, 7004)),
        ({"to_jid": "nobody@xmpp.zoom.us"}, (403, 7004)),
        ({"user_jid": "nobody@xmpp.zoom.us"}, (403, 7004)),
    ],
)
async def test_cards_that_are_refused(zoom: Office, change: dict[str, Any], code: tuple[int, int]) -> None:
    answer = await zoom.card("Ann Lee", **change)
    assert answer.code == code and answer.body["result"] is False
    assert zoom.fake.view(zoom.id("Ann Lee"), "bot") == []


async def test_addresses_are_in_small_letters_and_closed_accounts_get_nothing(zoom: Office) -> None:
    jid = f"{zoom.id('Ann Lee')}@xmpp.zoom.us"
    assert (await zoom.card("Ann Lee", to_jid=jid)).code == (403, 7004)
    await zoom.fake.deactivate(zoom.id("Ann Lee"))
    assert (await zoom.card("Ann Lee")).code == (403, 7004)


@pytest.mark.parametrize("body", [b"{", b"[]"])
async def test_a_body_that_is_no_object(zoom: Office, body: bytes) -> None:
    kind = {"Content-Type": "application/json"}
    answer = await zoom.call(await zoom.bot_token(), "POST", PATH, data=body, headers=kind)
    assert answer.code == (400, 7001)


async def test_only_the_apps_own_token_speaks_as_the_bot(zoom: Office) -> None:
    for token in ("", "made-up", zoom.person("Ann Lee"), await zoom.directory()):
        assert (await zoom.call(token, "POST", PATH, json={})).code == (401, 7010)
    token = await zoom.bot_token()
    zoom.later(3_601)
    assert (await zoom.call(token, "POST", PATH, json={})).code == (401, 7010)


async def changed(zoom: Office, native: str, **change: Any) -> Reply:
    content = {"head": {"text": "Done"}}
    body = {"robot_jid": BOT_JID, "account_id": ACCOUNT, "content": content, **change}
    return await zoom.call(await zoom.bot_token(), "PUT", f"{PATH}/{native}", json=body)


async def test_a_card_is_changed_and_deleted(zoom: Office) -> None:
    native = (await zoom.card("Ann Lee", actions(1))).body["message_id"]
    assert (await changed(zoom, native)).body["message_id"] == native
    assert [m["lines"] for m in zoom.fake.view(zoom.id("Ann Lee"), "bot")] == [["Done"]]
    token, query = await zoom.bot_token(), {"robot_jid": BOT_JID, "account_id": ACCOUNT}
    assert (await zoom.call(token, "DELETE", f"{PATH}/{native}", params={"robot_jid": BOT_JID})).code == (403, 7004)
    assert (await zoom.call(token, "DELETE", f"{PATH}/{native}", params=query)).status == 200
    assert zoom.fake.view(zoom.id("Ann Lee"), "bot") == []
    assert (await changed(zoom, native)).code == (404, 8001)
    assert (await changed(zoom, "20260101000140456_AbCdE_aw1")).code == (404, 8001)


async def test_what_ann_wrote_to_the_bot_is_no_card(zoom: Office) -> None:
    native = await zoom.fake.say(zoom.id("Ann Lee"), "bot", "help")
    assert (await changed(zoom, native)).code == (404, 8001)


@pytest.mark.parametrize("mean", [False, True])
async def test_a_pressed_card_may_be_past_changing(zoom: Office, mean: bool) -> None:
    native = (await zoom.card("Ann Lee", actions(1))).body["message_id"]
    await zoom.fake.press(zoom.id("Ann Lee"), native, "x")
    zoom.switch(mean=mean)
    assert (await changed(zoom, native)).status == (404 if mean else 200)


async def test_without_app_a_no_card_arrives(zoom: Office) -> None:
    await zoom.fake.uninstall()
    assert (await zoom.card("Ann Lee")).code == (403, 7004)
    await zoom.allows("Maya Ortiz", "A")
    assert (await zoom.card("Ann Lee")).status == 201
