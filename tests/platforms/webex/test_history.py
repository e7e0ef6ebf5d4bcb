"""What was missed, read back: only rooms with people we know, only what they wrote, oldest first."""

import json
from datetime import timedelta
from typing import Any

from vendor_server import NOON, Answers, Asked
from webex_people import ANN, BOB, native, person

from bot.events import MessagePosted
from bot.ready import History
from bot.text import plain
from platforms.webex.send import Webex

ROOMS, MEMBERS, MESSAGES = "GET /rooms", "GET /memberships", "GET /messages"
SINCE = NOON - timedelta(hours=1)


def room(name: str, minutes_ago: int) -> dict[str, Any]:
    return {"id": native("ROOM", name), "type": "direct", "lastActivity": stamp(minutes_ago)}


def stamp(minutes_ago: int) -> str:
    return (NOON - timedelta(minutes=minutes_ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def said(name: str, author: str, minutes_ago: int, **more: Any) -> dict[str, Any]:
    made = {"id": native("MESSAGE", name), "roomId": native("ROOM", "r1"), "personId": person(author), "text": name}
    return {**made, "created": stamp(minutes_ago), **more}


def with_(*people: str) -> dict[str, Any]:
    return {"items": [{"personId": person(name), "personOrgId": "x"} for name in people]}


def words(found: History) -> list[str]:
    return [plain(event.text) for event in found.events if isinstance(event, MessagePosted)]


async def test_what_bob_wrote_since_then(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers |= {
        ROOMS: [{"items": [room("r1", 5), room("r9", 90)]}],
        MEMBERS: [with_("ann", "bob")],
        MESSAGES: [
            {
                "items": [
                    said("third", "bob", 5),
                    said("own", "ann", 10),
                    said("first", "bob", 20),
                    said("old", "bob", 70),
                ]
            }
        ],
    }
    found = await webex.history(ANN, SINCE, None)
    assert words(found) == ["first", "third"] and found.cursor is None
    first = found.events[0]
    assert isinstance(first, MessagePosted) and (first.author, first.reader) == (BOB, ANN)
    assert [name for name, _ in asked] == [ROOMS, MEMBERS, MESSAGES]
    assert asked[0][1]["sortBy"] == "lastactivity"
    assert {args["key"] for _, args in asked} == {f"Bearer tok-{ANN}"}


async def test_a_room_with_somebody_unknown_is_not_read(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers |= {ROOMS: [{"items": [room("r2", 5)]}], MEMBERS: [with_("ann", "pat")]}
    assert (await webex.history(ANN, SINCE, None)).events == ()
    assert MESSAGES not in [name for name, _ in asked]


async def test_whom_a_room_is_with_is_asked_once(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers |= {ROOMS: [{"items": [room("r1", 5)]}], MEMBERS: [with_("ann", "bob")], MESSAGES: [{"items": []}]}
    for _ in range(2):
        await webex.history(ANN, SINCE, None)
    assert [name for name, _ in asked].count(MEMBERS) == 1


async def test_a_room_of_many_pages_comes_out_in_order(webex: Webex, answers: Answers, lent: Any) -> None:
    link = f'<{lent.settings["MIO_WEBEX_API_URL"]}/messages?beforeMessage=x>; rel="next"'
    headers = {"Link": link, "Content-Type": "application/json"}
    newest = json.dumps({"items": [said("b", "bob", 2), said("a", "bob", 3)]})
    answers |= {
        ROOMS: [{"items": [room("r1", 2)]}],
        MEMBERS: [with_("ann", "bob")],
        MESSAGES: [(200, headers, newest), {"items": [said("0", "bob", 4), said("old", "bob", 99)]}],
    }
    assert words(await webex.history(ANN, SINCE, None)) == ["0", "a", "b"]


async def test_many_rooms_are_several_pages(webex: Webex, answers: Answers, asked: Asked, lent: Any) -> None:
    link = f'<{lent.settings["MIO_WEBEX_API_URL"]}/rooms?cursor=2>; rel="next"'
    headers = {"Link": link, "Content-Type": "application/json"}
    first = json.dumps({"items": [room(f"r{number}", 5) for number in range(7)]})
    answers |= {
        ROOMS: [(200, headers, first), {"items": [room("r7", 6), room("r8", 80)]}],
        MEMBERS: [with_("ann", "bob")],
        MESSAGES: [{"items": []}],
    }
    cursor: str | None = None
    pages = 0
    while pages == 0 or cursor is not None:
        cursor = (await webex.history(ANN, SINCE, cursor)).cursor
        pages += 1
        assert pages < 10
    assert [args["roomId"] for name, args in asked if name == MESSAGES] == [native("ROOM", f"r{n}") for n in range(8)]
    assert [name for name, _ in asked].count(ROOMS) == 2, "the next list is not asked for once a room is older"


async def test_one_message_that_cannot_be_read_does_not_hide_the_others(webex: Webex, answers: Answers) -> None:
    answers |= {
        ROOMS: [{"items": [room("r1", 2), {"title": "no id"}]}],
        MEMBERS: [with_("ann", "bob")],
        MESSAGES: [{"items": [said("b", "bob", 2), said("a", "bob", 3, files="x"), {"id": "odd"}]}],
    }
    assert words(await webex.history(ANN, SINCE, None)) == ["b"]


async def test_a_room_that_is_gone_meanwhile(webex: Webex, answers: Answers) -> None:
    answers |= {ROOMS: [{"items": [room("r1", 2)]}], MEMBERS: [with_("ann", "bob")]}
    found = await webex.history(ANN, SINCE, None)
    assert (found.events, found.cursor) == ((), None)
