"""Every request we make against Webex's own descriptions: path, verb, query and body; and our cards against its schema.

Runs where VENDOR_SPECS names the folder of the vendors' descriptions; skips elsewhere.
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
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

FOLDER = Path(os.environ.get("VENDOR_SPECS", "")) / "webex"
pytestmark = pytest.mark.skipif("VENDOR_SPECS" not in os.environ, reason="VENDOR_SPECS is not set")
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


@cache
def described() -> dict[str, Any]:
    """Operations by verb and path pattern, fixed paths before those with a parameter."""
    found: dict[str, Any] = {}
    for name in ("webex-messaging", "webex-admin"):
        paths = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["paths"]
        for path in sorted(paths, key=lambda path: path.count("{")):
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
            for verb, operation in paths[path].items():
                found.setdefault(f"{verb.upper()} {pattern}", operation)
    return found


def operation(name: str) -> Any:
    fits = [o for pattern, o in described().items() if re.fullmatch(pattern, name)]
    assert fits, f"Webex describes no {name}"
    return fits[0]


def check(name: str, args: dict[str, Any]) -> None:
    described_as = operation(name)
    given = {key: value for key, value in args.items() if key not in ("key", "type")}
    content = described_as.get("requestBody", {}).get("content", {})
    if content:
        assert args["type"] == "application/json"
        schema = content["application/json"]["schema"]
        unknown = set(given) - set(schema["properties"])
        assert not unknown, f"{name}: fields Webex does not know: {unknown}"
        # Attachments refer into the whole description; cards have a test of their own.
        jsonschema.validate({n: v for n, v in given.items() if n != "attachments"}, schema)
        return
    known = {p["name"]: p for p in described_as.get("parameters", ()) if p["in"] == "query"}
    assert set(given) <= set(known), f"{name}: parameters Webex does not know: {set(given) - set(known)}"
    assert {n for n, p in known.items() if p.get("required")} <= set(given), name
    for parameter, value in given.items():
        kind = known[parameter]["schema"]["type"]
        assert kind == "string" or (kind == "number" and value.isdecimal()) or value in ("true", "false")


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
    calls = [(name, args) for name, args in asked if name not in UNDESCRIBED]
    for name, args in calls:
        check(name, args)
    called = {re.sub(r"/(?:Y2lz|w\d)\w*", "/{id}", name) for name, _ in calls}
    assert called == {
        "DELETE /messages/{id}",
        "DELETE /webhooks/{id}",
        "GET /attachment/actions/{id}",
        "GET /memberships",
        "GET /messages",
        "GET /messages/direct",
        "GET /messages/{id}",
        "GET /people",
        "GET /people/me",
        "GET /people/{id}",
        "GET /roles",
        "GET /rooms",
        "GET /team/memberships",
        "GET /teams",
        "GET /webhooks",
        "POST /messages",
        "POST /webhooks",
        "PUT /webhooks/{id}",
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
    with pytest.raises((AssertionError, jsonschema.ValidationError)):
        check(name, {"key": "", "type": "application/json", **args})


async def test_our_cards_are_of_the_version_webex_takes(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers["POST /messages"] = [{"id": "c", "roomId": "r"}]
    await webex.show(ReadyCard(CardId("k"), Account(BOB, "Bob Lee"), None, None, CARD))
    [attached] = asked[0][1]["attachments"]
    schema = json.loads((FOLDER / "adaptive-cards" / "adaptive-card-1.3.0.json").read_text(encoding="utf-8"))
    jsonschema.validate(attached["content"], schema)
    presses = json.dumps(attached["content"]).count('"Action.')
    assert presses <= 5, "developer.webex.com: no more than five buttons"
