"""Every request we make against Zoom's own descriptions: path, verb, query and body; and our payloads against its events.

Runs where VENDOR_SPECS names the folder of the vendors' descriptions; skips elsewhere.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from descriptions import needed, read, strangers
from vendor_pages import zoom as zoom_pages
from vendor_server import Answers, Asked

from bot.ids import AccountId, CardId, ChannelId, MessageId, NativeId
from bot.people import Account
from bot.ready import ReadyCard, ReadyPost
from bot.text import Block, BlockKind, RichText, Span, Style, of
from cards.model import Action, Button, Buttons, Card, Choice, Option, Rows, Text
from platforms.zoom.probe import PROBES
from platforms.zoom.send import Zoom

pytestmark = needed
PAYLOADS = Path(__file__).parent / "payloads"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN, BOB = AccountId("zoom:ACCT-ACME:AnnLee01"), AccountId("zoom:ACCT-ACME:BobKim02")
EVENTS = ("team-chat-events", "chatbot-events", "users-events", "marketplace-events")

DEFECTS = (
    # In Zoom's guides to slash commands, newer than the description.
    "$.payload.triggerId",
    "$.payload.userMemberId",
    "$.payload.userStatus",
    # In the description's own sample of a choice, not in its schema.
    "$.event_ts",
    # Our own card, sent back as it was; the schema has fields of its one example only.
    "$.payload.original",
)


def check(name: str, args: dict[str, Any]) -> None:
    zoom_pages().check(zoom_pages().noted(name, args))


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
    with pytest.raises(AssertionError):
        check(name, {"key": "", "type": "application/json", **args})


def labels(operation: Mapping[str, Any]) -> str:
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
        assert labels(zoom_pages().find(*name.split(" ", 1)).page) == label, name


# -- our recorded payloads -----------------------------------------------------------------------


def spelled(value: Any) -> Any:
    """Keys as the schema has them: a sample of the same event writes one with a trailing blank."""
    if isinstance(value, dict):
        return {k.strip(): spelled(v) for k, v in value.items()}
    return [spelled(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("file", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_our_payloads_have_no_field_zoom_does_not_know(file: Path) -> None:
    event = spelled(json.loads(file.read_text(encoding="utf-8"))["event"])
    pages = {kind: verbs for name in EVENTS for kind, verbs in read(f"zoom/{name}.json")["paths"].items()}
    if event["event"] not in pages:
        pytest.fail(f"Zoom describes no {event['event']}")
    [content] = pages[event["event"]]["post"]["requestBody"]["content"].values()
    unknown = list(strangers(event, content["schema"]))
    assert [name for name in unknown if not name.startswith(DEFECTS)] == []
