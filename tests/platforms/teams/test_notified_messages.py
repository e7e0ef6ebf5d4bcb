"""What Bob writes to Ann, edits, removes, quotes and attaches, as events; and what is nobody's message to her."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from teams_hearing import ANN, BOB, Hearing, hearing_ann, reason
from teams_tenant import Tenant, coded, html

from bot.events import MessageEdited, MessageErased, MessagePosted
from bot.platform import Lent, Undecodable
from bot.text import plain
from platforms.teams.api import Api
from sandbox.teams.tenant import ELSEWHERE, chat_id

PROFILES = pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])


@pytest.fixture
async def hearing(
    tenant: Tenant, people: Any, api: Api, lent: Lent, kept: dict[str, str], counts: list[tuple[str, int]]
) -> Hearing:
    made = await hearing_ann(tenant, people, api, lent, kept)
    counts.clear()
    return made


@PROFILES
async def test_bob_writes_to_ann(hearing: Hearing, tenant: Tenant, mean: bool) -> None:
    tenant.switch(mean=mean)
    native = await hearing.say(words="Hi Ann, lunch?")
    [event] = await hearing.events()
    assert isinstance(event, MessagePosted)
    assert (event.author, event.reader) == (hearing.account(BOB), hearing.account(ANN))
    assert (event.channel, event.native) == (chat_id(tenant.id(ANN), tenant.id(BOB)), native)
    assert plain(event.text) == "Hi Ann, lunch?" and (event.files, event.reply_to) == ((), None)
    assert int(event.at.timestamp() * 1_000 + 0.5) == int(native)


@PROFILES
async def test_what_ann_writes_herself(hearing: Hearing, tenant: Tenant, mean: bool) -> None:
    """By hand, and as ourselves in her name: there is no mark that tells."""
    tenant.switch(mean=mean)
    await hearing.say(ANN, BOB)
    ann = await tenant.person(ANN)
    chat = await tenant.chat(ann, ANN, BOB)
    assert (await ann.post(f"/chats/{coded(chat)}/messages", html("hello"))).status == 201
    assert [reason(event) for event in await hearing.events()] == ["own", "own"]


@PROFILES
async def test_bob_edits_reacts_removes_and_brings_back(hearing: Hearing, tenant: Tenant, mean: bool) -> None:
    tenant.switch(mean=mean)
    native, bob = await hearing.say(), tenant.id(BOB)
    await hearing.told()
    await tenant.fake.react(tenant.id(ANN), bob, native, "👍")
    [reacted] = await hearing.events()
    assert reason(reacted) == "nothing new in it"
    await tenant.fake.edit(bob, native, "hello again")
    [edited] = await hearing.events()
    assert isinstance(edited, MessageEdited)
    assert (edited.native, edited.author, edited.reader) == (native, hearing.account(BOB), hearing.account(ANN))
    assert plain(edited.text) == "hello again" and edited.at.timestamp() * 1_000 > int(native)
    await tenant.fake.delete(bob, native)
    [erased] = await hearing.events()
    assert isinstance(erased, MessageErased)
    assert (erased.channel, erased.native) == (chat_id(tenant.id(ANN), bob), native)
    await tenant.fake.restore(bob, native)
    [back] = await hearing.events()
    assert isinstance(back, MessageEdited), "it was edited once"
    own = await hearing.say(ANN, BOB)
    await tenant.fake.delete(tenant.id(ANN), own)
    assert [reason(event) for event in await hearing.events()] == ["own", "own"]


async def test_bob_answers_with_a_quote_and_a_file(hearing: Hearing, tenant: Tenant) -> None:
    first = await hearing.say(ANN, BOB)
    bob = await tenant.person(BOB)
    chat = await tenant.chat(bob, BOB, ANN)
    file = {"id": "f1", "contentType": "reference", "contentUrl": "https://files.example/plan.pdf", "name": "plan.pdf"}
    reply = {
        "body": {"contentType": "html", "content": '<p>like this</p><attachment id="f1"></attachment>'},
        "attachments": [file],
    }
    body = {"messageIds": [first], "replyMessage": reply}
    assert (await bob.post(f"/chats/{coded(chat)}/messages/replyWithQuote", body)).status == 201
    event = (await hearing.events())[-1]
    assert isinstance(event, MessagePosted)
    assert (event.reply_to, event.files, plain(event.text)) == (first, ("plan.pdf",), "like this")


async def test_a_card_that_bob_sent_is_told_in_its_own_words(hearing: Hearing) -> None:
    card = {"type": "AdaptiveCard", "fallbackText": "A poll: pizza or soup?", "body": []}
    kind = "application/vnd.microsoft.card.adaptive"
    row = {"id": "c1", "contentType": kind, "content": json.dumps(card), "name": None}
    odd = [{"id": "c2", "contentType": kind, "content": "no json"}, {"id": "c3", "contentType": kind, "content": "[]"}]
    body = {"contentType": "html", "content": '<attachment id="c1"></attachment>'}
    event = await hearing.read(hearing.says(hearing.message(attachments=[row, *odd], body=body), "1772442930123"))
    assert isinstance(event, MessagePosted) and plain(event.text) == "A poll: pizza or soup?" and event.files == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"messageType": "systemEventMessage"}, "not a person's message"),
        ({"messageType": "unknownFutureValue"}, "not a person's message"),
        ({"eventDetail": {"@odata.type": "#microsoft.graph.callEndedEventMessageDetail"}}, "not a person's message"),
        ({"from": None}, "foreign"),
        ({"from": {"application": {"id": "a"}, "user": None}}, "foreign"),
        ({"from": {"user": {"id": "BOB", "userIdentityType": "federatedUser"}}}, "foreign"),
        ({"from": {"user": {"id": "BOB", "userIdentityType": "aadUser", "tenantId": ELSEWHERE}}}, "foreign"),
        ({"from": {"user": {"id": "somebody", "userIdentityType": "aadUser"}}}, "foreign"),
        ({"id": "1772442930124"}, "another message inside"),
        ({"chatId": "19:other@unq.gbl.spaces"}, "another message inside"),
    ],
)
async def test_what_is_no_message_of_bobs(hearing: Hearing, change: dict[str, Any], why: str) -> None:
    """Not from him, not a message, or not what the envelope says."""
    bob = hearing.tenant.id(BOB)
    change = json.loads(json.dumps(change).replace('"BOB"', json.dumps(bob)))
    assert reason(await hearing.read(hearing.says(hearing.message(**change), "1772442930123"))) == why


async def test_an_identity_without_its_kind_and_in_capitals(hearing: Hearing) -> None:
    sender = {"user": {"id": hearing.tenant.id(BOB).upper()}}
    event = await hearing.read(hearing.says(hearing.message(**{"from": sender}), "1772442930123"))
    assert isinstance(event, MessagePosted) and event.author == hearing.account(BOB)


async def test_of_a_removed_message_nobody_need_be_named(hearing: Hearing) -> None:
    message = hearing.message(**{"from": None, "deletedDateTime": "2026-03-02T10:00:00Z"})
    event = await hearing.read(hearing.says(message, "1772442930123", "updated"))
    assert isinstance(event, MessageErased) and event.at == datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize("raw", [b"hello", b'["hello"]', b"\xff\xfe", b"[" * 100_000])
async def test_an_unreadable_inside(hearing: Hearing, raw: bytes) -> None:
    with pytest.raises(Undecodable) as fault:
        await hearing.read(hearing.says(raw, "1772442930123"))
    assert "hello" not in str(fault.value)


@pytest.mark.parametrize("change", [{"createdDateTime": None}, {"createdDateTime": "noon"}, {"attachments": "hello"}])
async def test_a_message_without_its_parts(hearing: Hearing, change: dict[str, Any]) -> None:
    with pytest.raises(Undecodable) as fault:
        await hearing.read(hearing.says(hearing.message(**change), "1772442930123"))
    assert "hello" not in str(fault.value)
