"""Every request we make against Webex's own descriptions: path, verb, query and body; and our cards against its schema.

Runs where VENDOR_SPECS names the folder of the vendors' descriptions; skips elsewhere.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from descriptions import needed, read
from vendor_pages import webex as webex_pages
from vendor_server import NOON, Answers, Asked, refusal
from webex_people import ADMIN, ANN, BOB, native, person, record

from bot.events import Secret, Tokens
from bot.ids import CardId, ChannelId, MessageId, NativeId
from bot.people import Account
from bot.ready import GrantKind, ReadyCard, ReadyPost
from bot.text import Block, RichText, Span, Style, of
from cards.model import Action, Button, Buttons, Card, Choice, Input, Option, Rows, Text
from platforms.webex.hooks import PEOPLE
from platforms.webex.send import Webex

pytestmark = needed
PAYLOADS = Path(__file__).parent / "payloads"
UNDESCRIBED = ("POST /access_token", "POST /revoke")
"""OAuth has a page of its own, not a description."""
CARD = Card(
    "People",
    (
        Text("Ready?", small=True),
        Rows(("a", "b"), (("one", "two"),)),
        Choice("Who", Action("person"), (Option("b", "Bob"),)),
        Choice("Teams", Action("team"), (Option("t", "Sales"),), several=Action("teams"), chosen=("t",)),
        Input("Search", Action("search"), "Search"),
        Buttons((Button("Help", Action("help")), Button("Allow", Action("allow"), url="https://bot.example/allow/x"))),
    ),
)


def check(name: str, args: dict[str, Any]) -> str:
    return webex_pages().check(webex_pages().noted(name, args)).name


async def everything(webex: Webex, answers: Answers) -> None:
    """Each request this folder can make, once."""
    answers |= told(webex)
    for path in sorted(PAYLOADS.glob("*.json")):
        if "abroad" not in path.stem:
            await webex.decode(path.read_bytes())
    await messages_and_cards(webex)
    for hour in (12, 12, 13):
        webex.lent.clock.time = NOON.replace(hour=hour)  # type: ignore[attr-defined]
        await webex.listen(ANN)
    await webex.history(ANN, NOON, None)
    await webex.teams(None)
    await webex.members("t1", None)
    await webex.members(None, None)
    await webex.member(person("bob"))
    await webex.probe("bot")
    await webex.revoke(GrantKind.PERSON, Tokens(Secret("a"), extra={"user": "x"}))


async def messages_and_cards(webex: Webex) -> None:
    for said in (of("hi"), RichText((Block((Span("bold", Style.BOLD),)),))):
        ready = ReadyPost(MessageId("m"), 0, ANN, BOB, None, said)
        await webex.post(ready)
        await webex.find(ready, NOON)
    reader = Account(BOB, "Bob Lee")
    await webex.show(ReadyCard(CardId("k"), reader, None, None, CARD))
    await webex.show(ReadyCard(CardId("k"), reader, ChannelId("r"), NativeId(native("MESSAGE", "c")), CARD))


def told(webex: Webex) -> Answers:
    """What Webex says to all of it."""
    message = {"id": native("MESSAGE", "m1"), "roomId": native("ROOM", "r1"), "personId": person("bob"), "text": "x"}
    message["created"] = "2026-03-02T12:00:01.000Z"
    hooks = [
        {"id": f"w{n}", "name": webex.hooks.name, "targetUrl": "https://bot.example/webex/user", "status": "inactive"}
        | dict(zip(("resource", "event", "filter"), key, strict=True))
        for n, key in enumerate((*PEOPLE, PEOPLE[0]))
    ]
    return {
        "GET /people/me": [record("ann", roles=[ADMIN])],
        "GET /people": [{"items": [record("bob")]}],
        f"GET /people/{person('bob')}": [record("bob")],
        f"GET /people/{person('maya')}": [record("maya")],
        "GET /roles": [{"items": []}],
        "GET /teams": [{"items": []}],
        "GET /team/memberships": [{"items": [{"personId": person("bob")}]}],
        "GET /webhooks": [{"items": []}, {"items": hooks}],
        "POST /webhooks": [{"id": "w"}],
        "PUT /webhooks/w0": [{}],
        "PUT /webhooks/w1": [{}],
        "PUT /webhooks/w2": [{}],
        **{f"DELETE /webhooks/w{n}": [(204, {}, "")] for n in range(4)},
        "POST /messages": [message],
        "GET /messages/direct": [{"items": [message]}],
        "GET /messages": [{"items": [message]}],
        f"DELETE /messages/{native('MESSAGE', 'c')}": [(204, {}, "")],
        **{f"GET /messages/{native('MESSAGE', m)}": [message] for m in ("m1", "m4", "m5", "m6")},
        "GET /rooms": [{"items": [{"id": native("ROOM", "r1"), "lastActivity": "2026-03-02T12:00:00Z"}]}],
        "GET /memberships": [{"items": [{"personId": person("ann")}, {"personId": person("bob")}]}],
        f"GET /attachment/actions/{native('ATTACHMENT_ACTION', 'p1')}": [
            {"id": "x", "personId": person("bob"), "messageId": "c", "inputs": {"action": "help:"}}
        ],
        "POST /revoke": [refusal(401)],
    }


async def test_every_request_is_one_that_webex_describes(webex: Webex, answers: Answers, asked: Asked) -> None:
    webex.api.buckets.on = False
    await everything(webex, answers)
    assert {check(name, args) for name, args in asked if name not in UNDESCRIBED} == {
        "DELETE /messages/{messageId}",
        "DELETE /webhooks/{webhookId}",
        "GET /attachment/actions/{id}",
        "GET /memberships",
        "GET /messages",
        "GET /messages/direct",
        "GET /messages/{messageId}",
        "GET /people",
        "GET /people/me",
        "GET /people/{personId}",
        "GET /roles",
        "GET /rooms",
        "GET /team/memberships",
        "GET /teams",
        "GET /webhooks",
        "POST /messages",
        "POST /webhooks",
        "PUT /webhooks/{webhookId}",
    }


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("POST /messages", {"text": "x", "to": "y"}),
        ("POST /messages", {"text": 7}),
        ("POST /webhooks", {"name": "x", "targetUrl": "y", "resource": "people", "event": "created"}),
        ("PUT /webhooks/w", {"name": "x", "targetUrl": "y", "status": "inactive"}),
        ("PUT /webhooks/w", {"status": "active"}),
        ("GET /messages", {"max": "9"}),
        ("GET /people", {"max": "many"}),
        ("GET /reactions", {}),
    ],
)
def test_the_check_itself_can_fail(name: str, args: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        check(name, {"key": "", "type": "application/json", **args})


async def test_our_cards_are_of_the_version_webex_takes(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers["POST /messages"] = [{"id": "c", "roomId": "r"}]
    await webex.show(ReadyCard(CardId("k"), Account(BOB, "Bob Lee"), None, None, CARD))
    [attached] = asked[0][1]["attachments"]
    schema = read("webex/adaptive-cards/adaptive-card-1.3.0.json")
    jsonschema.validate(attached["content"], schema)
    presses = json.dumps(attached["content"]).count('"Action.')
    assert presses <= 5, "developer.webex.com: no more than five buttons"
