"""The wire strip: trips joined across a bot by words and people, without a secret in what they show."""

from typing import Any

import orjson
import pytest
from slack_workspace import USER_SCOPES, Answer, Listener, Workspace

from sandbox.exchange import CUT, HIDDEN, Exchange, body, fields
from sandbox.wire import MOST, Wire, norm
from sandbox.zoom import Zoom


class Between:
    """What a bot would do: Bob's Zoom message goes into Slack with Bob's own token."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack
        zoom = slack.running.fakes["zoom"]
        assert isinstance(zoom, Zoom)
        self.zoom = zoom
        self.wire: Wire = slack.running.control.wire
        self.bob = slack.person("Bob Kim", USER_SCOPES)
        self.zoom.tokens.consent(self.native("Ann Lee"))

    def native(self, name: str) -> str:
        return next(a.id for a in self.zoom.core.world.accounts["zoom"].values() if a.name == name)

    async def written(self, text: str) -> None:
        await self.zoom.say(self.native("Bob Kim"), self.native("Ann Lee"), text)
        await self.slack.idle()

    async def posted(self, text: str) -> Any:
        opened = await self.bob.conversations_open(users=self.slack.id("Ann Lee"))
        answer = await self.bob.chat_postMessage(channel=opened["channel"]["id"], text=text)
        await self.slack.idle()
        return answer

    def trip(self, text: str) -> dict[str, Any]:
        return next(t for t in self.wire.since(0) if t["text"] == text)


@pytest.fixture
def between(slack: Workspace) -> Between:
    return Between(slack)


def kinds(trip: dict[str, Any]) -> list[tuple[str, str]]:
    return [(hop["kind"], hop["platform"]) for hop in trip["hops"]]


async def test_a_message_is_followed_to_its_receipt(between: Between) -> None:
    await between.written("Hello Ann")
    trip = between.trip("Hello Ann")
    assert (trip["who"], trip["to"], trip["under_way"], trip["arrived"]) == ("Bob Kim", "Ann Lee", True, None)
    assert kinds(trip) == [("written", "zoom"), ("webhook", "zoom"), ("stored", "zoom")]
    await between.posted("Hello Ann")
    trip = between.trip("Hello Ann")
    there = [("decided", "slack"), ("posted", "slack"), ("receipt", "slack")]
    assert sorted(kinds(trip)[3:]) == sorted(there) and all(hop["ok"] for hop in trip["hops"])
    assert not trip["under_way"] and trip["arrived"] is not None
    assert [hop["ms"] for hop in trip["hops"]] == sorted(hop["ms"] for hop in trip["hops"])


async def test_parts_arrive_one_by_one_and_a_copy_too_many_is_counted(between: Between) -> None:
    await between.written("one two three four")
    await between.posted("one two")
    assert between.trip("one two three four")["under_way"]
    await between.posted("three\nfour")
    trip = between.trip("one two three four")
    assert (trip["under_way"], trip["parts"], trip["doubled"]) == (False, 2, 0)
    await between.posted("three four")
    assert between.trip("one two three four")["doubled"] == 1


async def test_the_same_words_twice_are_two_trips(between: Between) -> None:
    for _ in range(2):
        await between.written("ok")
    for _ in range(2):
        await between.posted("ok")
    trips = [t for t in between.wire.since(0) if t["text"] == "ok"]
    assert [(t["parts"], t["doubled"]) for t in trips] == [(1, 0), (1, 0)]


async def test_other_peoples_words_are_another_matter(between: Between) -> None:
    await between.written("Hello Ann")
    maya = between.slack.person("Maya Ortiz", USER_SCOPES)
    opened = await maya.conversations_open(users=between.slack.id("Ann Lee"))
    await maya.chat_postMessage(channel=opened["channel"]["id"], text="Hello Ann")
    assert between.trip("Hello Ann")["under_way"]


async def test_duplicates_failures_and_a_bot_that_is_away(between: Between, bot: Listener) -> None:
    between.slack.running.core.faults["zoom"].change({"duplicate": True})
    await between.written("twice")
    assert between.trip("twice")["repeats"] == 1
    between.slack.running.core.faults["zoom"].change({"duplicate": False})
    bot.answers.append(Answer(status=503))
    await between.written("later")
    assert [hop["ok"] for hop in between.trip("later")["hops"]] == [True, True, False, True, True]
    between.slack.switch(down=True)
    with pytest.raises(Exception, match="503"):
        opened = between.slack.fake.methods.dm(between.slack.id("Bob Kim"), between.slack.id("Ann Lee"))
        await between.bob.chat_postMessage(channel=opened.id, text="later")
    failed = [hop for hop in between.trip("later")["hops"] if hop["kind"] == "posted"]
    assert [(hop["ok"], hop["note"]) for hop in failed] == [(False, "answered 503")]
    between.slack.running.bot_url = "http://127.0.0.1:9"
    await between.written("nobody there")
    assert {"no answer", "attempt 2"} <= {hop["note"] for hop in between.trip("nobody there")["hops"]}


async def test_a_command_and_its_card_are_one_trip_and_an_unasked_card_is_its_own(slack: Workspace) -> None:
    maya, ann = slack.id("Maya Ortiz"), slack.id("Ann Lee")
    async with slack.browser.post(
        f"{slack.running.url}/control/command", json={"platform": "slack", "as": maya, "text": "help"}
    ) as answer:
        assert answer.status == 200
    client = slack.client()
    for person in (maya, ann):
        await client.chat_postMessage(channel=person, text="What I can do")
    await slack.idle()
    command, card = slack.running.control.wire.since(0)
    assert (command["kind"], command["text"], command["who"]) == ("command", "/mio help", "Maya Ortiz")
    assert {"webhook", "stored", "card", "receipt"} <= {hop["kind"] for hop in command["hops"]}
    assert (card["kind"], card["who"], card["to"]) == ("card", "Mio", "Ann Lee")
    assert card["arrived"] is not None


async def test_a_hop_shows_what_was_sent_and_no_secret(between: Between) -> None:
    await between.written("Hello Ann")
    await between.posted("Hello Ann")
    trip = between.trip("Hello Ann")
    shown = [between.wire.hop(trip["n"], number) for number in range(len(trip["hops"]))]
    assert all(one is not None for one in shown)
    whole = orjson.dumps(shown).decode()
    for secret in (between.bob.token, "v0=", "slack-client-secret"):
        assert secret is not None and secret not in whole
    posted = next(one["exchange"] for one in shown if one and one["kind"] == "posted")
    assert (posted["method"], posted["path"], posted["status"]) == ("POST", "/slack/api/chat.postMessage", 200)
    assert posted["request"]["headers"]["Authorization"] == HIDDEN and posted["answer"]["body"]["ok"]
    assert between.wire.hop(trip["n"], 99) is None and between.wire.hop(10_000, 0) is None


async def test_old_trips_are_forgotten(between: Between) -> None:
    for number in range(MOST + 5):
        await between.zoom.say(between.native("Maya Ortiz"), between.native("Bob Kim"), f"number {number}")
    trips = between.wire.since(0)
    assert len(trips) == MOST and trips[0]["text"] == "number 5"
    assert [t["text"] for t in between.wire.since(trips[-2]["version"])] == [f"number {MOST + 4}"]


async def test_long_bodies_are_cut(between: Between) -> None:
    await between.posted("x" * 2 * CUT)
    await between.written("short")
    held = [hop.exchange for trip in between.wire.trips for hop in trip.hops if hop.exchange is not None]
    assert all(len(one.body) <= CUT and len(one.answer) <= CUT for one in held)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a\n b", "a b"), ("a &lt; b", "a < b"), ("*bold* and `code`", "bold and code"), (" a ", "a")],
)
def test_the_same_words_in_two_dialects(one: str, other: str) -> None:
    assert norm(one) == norm(other)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b'{"access_token":"t","list":[{"code":"c"}]}', {"access_token": HIDDEN, "list": [{"code": HIDDEN}]}),
        (b"token=t&payload=%7B%22a%22%3A1%7D", {"token": HIDDEN, "payload": {"a": 1}}),
        (b"plain words", "plain words"),
        (b"", ""),
        (b'{"token":"t", "text":"cut', f'{{"token":"{HIDDEN}", "text":"cut'),
        (b"payload=%7B%22response_url%22%3A%22http", {"payload": f'{{"response_url":"{HIDDEN}'}),
        (b"\xff", "\ufffd"),
    ],
)
def test_bodies_are_shown_without_secrets(raw: bytes, shown: Any) -> None:
    assert body(raw) == shown


def test_what_counts_as_failed() -> None:
    def seen(status: int, answer: bytes = b"") -> bool:
        return Exchange("POST", "/", {}, b"", status, {}, answer, 0.0, 0.0).failed()

    assert [seen(0), seen(503), seen(200, b'{"ok":false,"error":"x"}'), seen(200, b'{"ok":true}')] == [True] * 3 + [
        False
    ]
    assert fields(b"no form") is None
