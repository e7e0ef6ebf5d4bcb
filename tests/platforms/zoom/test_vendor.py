"""Every request we make against Zoom's own descriptions: path, verb, query and body; and our payloads against its events.

Runs where VENDOR_SPECS names the folder of the vendors' descriptions; skips elsewhere.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from vendor_server import Answers, Asked

from bot.ids import AccountId, CardId, ChannelId, MessageId, NativeId
from bot.people import Account
from bot.ready import ReadyCard, ReadyPost
from bot.text import Block, BlockKind, RichText, Span, Style, of
from cards.model import Action, Button, Buttons, Card, Choice, Option, Rows, Text
from platforms.zoom.probe import PROBES
from platforms.zoom.send import Zoom

FOLDER = Path(os.environ.get("VENDOR_SPECS", "")) / "zoom"
pytestmark = pytest.mark.skipif("VENDOR_SPECS" not in os.environ, reason="VENDOR_SPECS is not set")
PAYLOADS = Path(__file__).parent / "payloads"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN, BOB = AccountId("zoom:ACCT-ACME:AnnLee01"), AccountId("zoom:ACCT-ACME:BobKim02")
METHODS = ("team-chat", "chatbot", "users", "accounts-roles-chat-settings")
EVENTS = ("team-chat-events", "chatbot-events", "users-events", "marketplace-events")

DEFECTS = {
    # In Zoom's guides to slash commands, newer than the description.
    "$.payload.triggerId",
    "$.payload.userMemberId",
    "$.payload.userStatus",
    # In the description's own sample of a choice, not in its schema.
    "$.event_ts",
    # Our own card, sent back as it was; the schema has fields of its one example only.
    "$.payload.original",
}


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Described:
    """One operation of the description."""

    path: re.Pattern[str]
    verb: str
    operation: dict[str, Any]

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        return {p["name"]: p for p in self.operation.get("parameters", ()) if p["in"] == place}

    def body(self) -> dict[str, Any] | None:
        content = self.operation.get("requestBody", {}).get("content", {})
        found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return found


def operations() -> Iterator[Described]:
    """Fixed paths before those with a parameter, as a router would try them."""
    found = [(path, verbs) for name in METHODS for path, verbs in read(name)["paths"].items()]
    for path, verbs in sorted(found, key=lambda pair: pair[0].count("{")):
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        for verb, operation in verbs.items():
            yield Described(pattern, verb.upper(), operation)


def described(name: str) -> Described:
    verb, path = name.split(" ", 1)
    found = next((o for o in operations() if o.verb == verb and o.path.fullmatch(path)), None)
    assert found is not None, f"Zoom describes no {name}"
    return found


def typed(value: str, schema: dict[str, Any]) -> Any:
    """A query's word as the type it stands for."""
    match schema.get("type"):
        case "integer":
            return int(value)
        case "boolean":
            return {"true": True, "false": False}[value]
        case _:
            return value


def mended(schema: Any) -> Any:
    """A defect of the description: an address is one of three kinds of string, and every string is of all three."""
    if isinstance(schema, dict):
        return {("anyOf" if k == "oneOf" else k): mended(v) for k, v in schema.items()}
    return [mended(v) for v in schema] if isinstance(schema, list) else schema


def check(name: str, args: dict[str, Any]) -> None:
    operation = described(name)
    given = {key: value for key, value in args.items() if key not in ("key", "type")}
    schema = operation.body()
    if schema is not None:
        assert args["type"] == "application/json"
        unknown = set(given) - set(schema["properties"])
        assert not unknown, f"{name}: fields Zoom does not know: {unknown}"
        jsonschema.validate(given, mended(schema))
        return
    known = operation.parameters("query")
    assert set(given) <= set(known), f"{name}: parameters Zoom does not know: {set(given) - set(known)}"
    assert {n for n, p in known.items() if p.get("required")} <= set(given), name
    for parameter, value in given.items():
        rules = known[parameter]["schema"]
        jsonschema.validate(typed(value, rules), rules, format_checker=jsonschema.FormatChecker())


RICH = RichText(
    (
        Block((Span("👋 hi", Style.BOLD | Style.STRIKE), Span(" there", Style.ITALIC, "https://acme.example/n"))),
        Block((Span("one"),), BlockKind.BULLET),
        Block((Span("first"),), BlockKind.NUMBER, 1),
        Block((Span("said"),), BlockKind.QUOTE),
    )
)
CARD = Card(
    "People",
    (
        Text("Ready?", small=True),
        Rows(("a", "b"), (("one", "two"),)),
        Choice("Who", Action("person"), (Option("Bob", "b"),)),
        Buttons((Button("Help", Action("help")), Button("Allow", Action("allow"), url="https://bot.example/allow/x"))),
    ),
)


async def everything(zoom: Zoom, answers: Answers) -> None:
    """Each request this folder can make, once."""
    user = {"id": "AnnLee01", "email": "ann@acme.example", "account_id": "ACCT-ACME"}
    answers |= {
        "GET /users": [{"users": [], "next_page_token": "more"}],
        "GET /users/me": [user],
        "GET /users/AnnLee01": [user],
        "POST /chat/users/me/messages": [{"id": "x"}],
        "GET /chat/users/me/messages": [{"messages": [], "next_page_token": "more"}, {"messages": []}],
        "POST /im/chat/messages": [{"message_id": "c"}],
        "PUT /im/chat/messages/c": [{"message_id": "c"}],
    }
    await zoom.members(None, None)
    await zoom.members(None, "more")
    await zoom.member("AnnLee01")
    for what in PROBES:
        await zoom.probe(what)
    for said in (of("hi"), RICH):
        ready = ReadyPost(MessageId("m"), 0, ANN, BOB, None, said)
        await zoom.post(ready)
        await zoom.find(ready, NOON)
    reader = Account(ANN, "Ann Lee")
    await zoom.show(ReadyCard(CardId("k"), reader, None, None, CARD))
    await zoom.show(ReadyCard(CardId("k"), reader, ChannelId("annlee01@xmpp.zoom.us"), NativeId("c"), CARD))


async def test_every_request_is_one_that_zoom_describes(zoom: Zoom, answers: Answers, asked: Asked) -> None:
    zoom.api.buckets.on = False
    await everything(zoom, answers)
    calls = [(name, args) for name, args in asked if not name.startswith("POST oauth/")]
    for name, args in calls:
        check(name, args)
    assert {name for name, _ in calls} == {
        "GET /users",
        "GET /users/me",
        "GET /users/AnnLee01",
        "PUT /im/chat/messages/mio-doctor",
        "GET /roles",
        "POST /chat/users/me/messages",
        "GET /chat/users/me/messages",
        "POST /im/chat/messages",
        "PUT /im/chat/messages/c",
    }


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("POST /chat/users/me/messages", {"message": "x" * 1_025}),
        ("POST /chat/users/me/messages", {"message": "hi", "too": "BobKim02"}),
        ("POST /chat/users/me/messages", {"message": "hi", "rich_text": [{"format_type": "Code"}]}),
        ("GET /chat/users/me/messages", {"page_size": "51"}),
        ("GET /users", {"status": "deleted"}),
        ("PUT /im/chat/messages/c", {"content": {}}),
        ("GET /users/AnnLee01/tokens", {}),
    ],
)
def test_the_check_itself_can_fail(name: str, args: dict[str, Any]) -> None:
    with pytest.raises((AssertionError, jsonschema.ValidationError)):
        check(name, {"key": "", "type": "application/json", **args})


def labels(operation: dict[str, Any]) -> str:
    found = re.search(r"Rate Limit Label\]\([^)]*\):\*\* `(\w+)`", operation["description"])
    assert found is not None
    return found.group(1).lower()


async def test_every_call_is_counted_under_zooms_own_label(zoom: Zoom, answers: Answers) -> None:
    counted: list[str] = []
    take = zoom.api._take

    def noted(label: str, chat: str) -> None:
        counted.append(label)
        take(label, chat)

    zoom.api.buckets.on = False
    zoom.api._take = noted  # type: ignore[method-assign]
    called: list[str] = []
    call = zoom.api.http.call

    async def heard(name: str, *args: Any, **options: Any) -> Any:
        if not name.startswith("oauth/"):
            called.append(name)
        return await call(name, *args, **options)

    zoom.api.http.call = heard  # type: ignore[method-assign]
    await everything(zoom, answers)
    for name, label in zip(called, counted, strict=True):
        assert labels(described(name).operation) == label, name


# -- our recorded payloads -----------------------------------------------------------------------


def spelled(value: Any) -> Any:
    """Keys as the schema has them: a sample of the same event writes one with a trailing blank."""
    if isinstance(value, dict):
        return {k.strip(): spelled(v) for k, v in value.items()}
    return [spelled(v) for v in value] if isinstance(value, list) else value


def unknown(value: Any, schema: dict[str, Any], path: str = "$") -> Iterator[str]:
    """Fields of a payload that the schema does not know; free objects are free."""
    if path in DEFECTS:
        return
    rules = {**schema, **{k: v for part in schema.get("allOf", ()) for k, v in part.items()}}
    if isinstance(value, dict) and rules.get("properties"):
        for key, inner in value.items():
            if key in rules["properties"]:
                yield from unknown(inner, rules["properties"][key], f"{path}.{key}")
            elif f"{path}.{key}" not in DEFECTS:
                yield f"{path}.{key}"
    if isinstance(value, list):
        for inner in value:
            yield from unknown(inner, rules.get("items", {}), f"{path}[]")


@pytest.mark.parametrize("file", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_our_payloads_have_no_field_zoom_does_not_know(file: Path) -> None:
    event = spelled(json.loads(file.read_text(encoding="utf-8"))["event"])
    pages = {kind: verbs for name in EVENTS for kind, verbs in read(name)["paths"].items()}
    if event["event"] not in pages:
        pytest.fail(f"Zoom describes no {event['event']}")
    [content] = pages[event["event"]]["post"]["requestBody"]["content"].values()
    assert list(unknown(event, content["schema"])) == []
