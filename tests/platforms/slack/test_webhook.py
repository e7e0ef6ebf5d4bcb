"""Slack's requests in: signature, kinds, keys, order, answers."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from vendor_server import webhook_client

from bot.platform import Incoming, Lent, Overloaded
from platforms.slack.webhook import Webhook, routes

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
STAMP = str(int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()))
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
Send = Callable[..., Awaitable[ClientResponse]]
# The vendor's published vector, docs.slack.dev/authentication/verifying-requests-from-slack.
VECTOR = (
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack."
    "com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc8"
    "87a14d10d2c447fce8b6703c"
)
VECTOR_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def sign(body: bytes, stamp: str = STAMP) -> str:
    return "v0=" + hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()


@pytest.fixture
async def send(lent: Lent) -> AsyncIterator[Send]:
    async with client(lent) as made:
        yield sender(made)


def client(lent: Lent) -> TestClient[web.Request, web.Application]:
    return webhook_client(routes(lent, own))


async def own(user: str) -> str | None:
    return {"U0ANNA": "D0BOTANNA"}.get(user)


def sender(made: TestClient[web.Request, web.Application]) -> Send:
    async def go(body: bytes, kind: str = JSON, headers: Mapping[str, str] | None = None) -> ClientResponse:
        signed = {"X-Slack-Request-Timestamp": STAMP, "X-Slack-Signature": sign(body), "Content-Type": kind}
        return await made.post("/slack/events", data=body, headers={**signed, **(headers or {})})

    return go


def event(**inner: Any) -> bytes:
    envelope = {"type": "event_callback", "event_id": "Ev1", "team_id": "T0ACME", "event_time": 1_772_452_790}
    return orjson.dumps({**envelope, "event": inner})


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


MESSAGE = {"type": "message", "channel": "D0AB", "user": "U0ANNA", "text": "hi", "ts": "1772452795.000100"}
SLASH = {"command": "/mio", "text": "help", "team_id": "T0ACME", "user_id": "U0ANNA", "trigger_id": "1.2.abc"}
PRESS = {
    "type": "block_actions",
    "user": {"id": "U0ANNA"},
    "team": {"id": "T0ACME"},
    "trigger_id": "3.4.def",
    "actions": [{"type": "button", "action_id": "help:#0", "block_id": "b1", "value": "help:", "action_ts": "1.0"}],
}


async def test_an_event_is_kept_before_it_is_answered(send: Send, submitted: list[Incoming]) -> None:
    answer = await send(event(**MESSAGE))
    assert (answer.status, await answer.text()) == (200, "")
    [kept] = submitted
    assert (kept.key, kept.stream) == ("Ev1", "D0AB")
    assert kept.at == datetime(2026, 3, 2, 11, 59, 55, 100, tzinfo=UTC)
    assert orjson.loads(kept.body)["kind"] == "event"


@pytest.mark.parametrize(
    ("inner", "stream"),
    [
        ({"type": "user_change", "user": {"id": "U0BOB"}}, "user:U0BOB"),
        ({"type": "app_home_opened", "user": "U0BOB", "channel": "D0XY"}, "D0XY"),
        ({"type": "reaction_added", "user": "U0BOB", "item": {"channel": "D0AB"}}, "D0AB"),
        ({"type": "odd", "user": 7, "item": "x"}, "team"),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U0BOB"]}}, "team"),
    ],
)
async def test_order_is_kept_where_it_matters(
    send: Send, submitted: list[Incoming], inner: dict[str, Any], stream: str
) -> None:
    assert (await send(event(**inner))).status == 200
    assert submitted[0].stream == stream


async def test_the_url_check_is_answered_with_its_challenge(send: Send, submitted: list[Incoming]) -> None:
    answer = await send(b'{"type":"url_verification","challenge":"3eZbrw1a"}')
    assert (answer.status, await answer.text()) == (200, "3eZbrw1a")
    assert submitted == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"type":"app_rate_limited","minute_rate_limited":1}', JSON),
        (form(ssl_check="1"), FORM),
        (form(payload='{"type":"view_closed","team":{"id":"T"},"user":{"id":"U"},"view":{"type":"modal"}}'), FORM),
    ],
)
async def test_what_we_do_not_use_is_acknowledged(
    send: Send, submitted: list[Incoming], body: bytes, kind: str
) -> None:
    assert (await send(body, kind)).status == 200
    assert submitted == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "v0=\u00fc"},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": "\u00b2"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": ""},
    ],
)
async def test_a_bad_signature_is_turned_away(send: Send, submitted: list[Incoming], headers: dict[str, str]) -> None:
    assert (await send(event(**MESSAGE), JSON, headers)).status == 401
    assert submitted == []


@pytest.mark.parametrize(("age", "status"), [(299, 200), (301, 401), (-301, 401)])
async def test_a_request_is_fresh_for_five_minutes(send: Send, age: int, status: int) -> None:
    body, stamp = event(**MESSAGE), str(int(STAMP) - age)
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sign(body, stamp)}
    assert (await send(body, JSON, headers)).status == status


async def test_the_published_vector_is_accepted(lent: Lent) -> None:
    class Then:
        def now(self) -> datetime:
            return datetime.fromtimestamp(1_531_420_618, UTC)

    webhook = Webhook(replace(lent, clock=Then()), own)
    assert webhook._signed(VECTOR.encode(), "1531420618", VECTOR_SIGNATURE)
    assert not webhook._signed(VECTOR.encode() + b" ", "1531420618", VECTOR_SIGNATURE)


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", JSON), (b"[]", JSON), (b"\xff", JSON), (form(a="b"), FORM), (form(payload="{"), FORM), (b"\xff", FORM)],
)
async def test_what_cannot_be_read_is_400(send: Send, body: bytes, kind: str) -> None:
    assert (await send(body, kind)).status == 400


async def test_too_much_is_413(send: Send) -> None:
    assert (await send(event(**{**MESSAGE, "text": "x" * 1_048_000}), JSON)).status == 200
    with pytest.warns(ResourceWarning, match="large body"):
        assert (await send(b" " * 1_048_577, JSON)).status == 413


@pytest.mark.parametrize("place", ["C0GENERAL", "D0ANNABOB"])
async def test_a_command_in_a_shared_place_says_where_the_answer_is(
    send: Send, submitted: list[Incoming], place: str
) -> None:
    answer = await send(form(**SLASH, channel_id=place), FORM)
    assert await answer.json() == {"text": "I answered in our direct conversation.", "response_type": "ephemeral"}
    [kept] = submitted
    assert (kept.key, kept.stream) == ("command:1.2.abc", "user:U0ANNA")
    assert orjson.loads(kept.body)["payload"]["shared"] is True


@pytest.mark.parametrize("heard_before", [True, False])
async def test_a_command_in_the_bots_own_conversation_is_answered_there(
    send: Send, kept: dict[str, str], submitted: list[Incoming], heard_before: bool
) -> None:
    if heard_before:
        kept["dm:D0BOTANNA"] = "bot:U0ANNA"
    answer = await send(form(**SLASH, channel_id="D0BOTANNA"), FORM)
    assert (answer.status, await answer.text()) == (200, "")
    assert len(submitted) == 1


async def test_a_press_is_kept(send: Send, submitted: list[Incoming]) -> None:
    answer = await send(form(payload=orjson.dumps(PRESS).decode()), FORM)
    assert (answer.status, await answer.text()) == (200, "")
    assert (submitted[0].key, submitted[0].stream) == ("press:3.4.def", "user:U0ANNA")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (event(**MESSAGE), JSON),
        (form(**SLASH, channel_id="C0GENERAL"), FORM),
        (form(payload=orjson.dumps(PRESS).decode()), FORM),
    ],
)
async def test_overload_asks_slack_to_come_again(lent: Lent, body: bytes, kind: str) -> None:
    async def full(_: Incoming) -> None:
        raise Overloaded

    async with client(replace(lent, submit=full)) as made:
        assert (await sender(made)(body, kind)).status == 503
