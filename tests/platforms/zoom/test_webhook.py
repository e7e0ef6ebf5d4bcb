"""Zoom's requests in: signature, kinds, keys, order, answers."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from vendor_server import webhook_client

from bot.platform import Incoming, Lent, Overloaded
from platforms.zoom.webhook import BOT_EVENTS, USER_EVENTS, routes

SECRET_A, SECRET_B = "zm-webhook-secret-0001", "zm-webhook-secret-0002"
BOT, USER = "/zoom/bot", "/zoom/user"
STAMP = str(int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()))
Send = Callable[..., Awaitable[ClientResponse]]
# Secret of app A, time stamp 1767225600; the rule is developers.zoom.us/docs/api/webhooks.
VECTORS = [
    (
        b'{"event":"team_chat.dm_message_posted","event_ts":1767225600123,"payload":{"account_id":"ACC0001",'
        b'"operator_id":"UserA01","object":{"message_id":"0A1B2C3D-0000-4000-8000-000000000001","message":"hello"}}}',
        "v0=89ec29b46aff7e3a41d7a49dcb9862118c9a68920049166a4ffd6df058d88d33",
    ),
    (
        '{"event":"team_chat.dm_message_posted","event_ts":1767225600123,'
        '"payload":{"object":{"message":"h\u00e9llo \U0001f44b"}}}'.encode(),
        "v0=45d2c1271c063596b1e36a3034d173f348fd62419b2186280cb532d9f3f23ad3",
    ),
    (
        b'{ "event": "bot_notification", "payload": { "cmd": "import" } }',
        "v0=c4b4d3d17af35a29e7bf9b2138a6cfef8653757d9c0d6bd6ab7aca9fe658f83d",
    ),
    (
        b'{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1767225600000,'
        b'"event":"endpoint.url_validation"}',
        "v0=d85e916111baa675b89fe3fd16f55e0e29a0cb3a03fe72dafec4f0cd2fa72d12",
    ),
]
CHECK = orjson.dumps({"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}})
SEALED = "071ec54cf770bef67f51401d8aa3ee40cdfd5fe3b41516e209002aad9a771be9"


def sign(body: bytes, secret: str, stamp: str = STAMP) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()


@pytest.fixture
async def send(lent: Lent) -> AsyncIterator[Send]:
    async with webhook_client(routes(lent)) as made:
        yield sender(made)


def sender(made: TestClient[web.Request, web.Application]) -> Send:
    async def go(body: bytes, path: str = USER, headers: Mapping[str, str] | None = None) -> ClientResponse:
        signature = sign(body, SECRET_A if path == BOT else SECRET_B)
        signed = {
            "x-zm-request-timestamp": STAMP,
            "x-zm-signature": signature,
            "x-zm-request-id": "req-1",
            "Content-Type": "application/json; charset=utf-8",
        }
        return await made.post(path, data=body, headers={**signed, **(headers or {})})

    return go


def event(kind: str, payload: dict[str, Any], **more: Any) -> bytes:
    return orjson.dumps({"event": kind, "event_ts": 1_772_452_795_100, "payload": payload, **more})


def message(**about: Any) -> bytes:
    contact = {"contact_id": "BobKim02", "contact_member_id": "mbr-bob", **about}
    writer = {"operator_id": "AnnLee01", "operator_member_id": "mbr-ann"}
    return event("team_chat.dm_message_posted", {**writer, "object": contact})


async def test_an_event_is_kept_before_it_is_answered(send: Send, submitted: list[Incoming]) -> None:
    body = message(message="hi")
    answer = await send(body)
    assert (answer.status, await answer.text()) == (200, "")
    [kept] = submitted
    assert (kept.key, kept.stream) == ("user:req-1", "mbr-ann:mbr-bob")
    assert kept.at == datetime(2026, 3, 2, 11, 59, 55, 100_000, tzinfo=UTC)
    assert orjson.loads(kept.body) == {"app": "user", "event": orjson.loads(body)}


@pytest.mark.parametrize(
    ("path", "kind", "payload", "stream"),
    [
        (USER, "team_chat.dm_message_deleted", {"operator_id": "B", "object": {"contact_id": "A"}}, "A:B"),
        (BOT, "bot_notification", {"userId": "AnnLee01"}, "user:AnnLee01"),
        (BOT, "interactive_message_actions", {"userId": "AnnLee01"}, "user:AnnLee01"),
        (BOT, "user.updated", {"operator_id": "M", "object": {"id": "BobKim02"}}, "user:BobKim02"),
        (BOT, "app_deauthorized", {"user_id": "MayaOrtiz03"}, "user:MayaOrtiz03"),
        (USER, "app_deauthorized", {"user_id": "AnnLee01"}, "user:AnnLee01"),
        (BOT, "user.created", {"object": []}, "user:account"),
    ],
)
async def test_order_is_kept_where_it_matters(
    send: Send, submitted: list[Incoming], path: str, kind: str, payload: dict[str, Any], stream: str
) -> None:
    assert (await send(event(kind, payload), path)).status == 200
    assert submitted[0].stream == stream


async def test_both_directions_and_deletes_share_a_stream(send: Send, submitted: list[Incoming]) -> None:
    turned = {"operator_member_id": "mbr-bob", "object": {"contact_member_id": "mbr-ann", "message_id": "x"}}
    for body in (message(), event("team_chat.dm_message_deleted", turned)):
        await send(body)
    assert len({kept.stream for kept in submitted}) == 1


async def test_a_retry_has_the_same_key_and_each_app_its_own(send: Send, submitted: list[Incoming]) -> None:
    body = event("app_deauthorized", {"user_id": "AnnLee01"})
    late = str(int(STAMP) - 85 * 60)
    old = {"x-zm-request-timestamp": late, "x-zm-signature": sign(body, SECRET_B, late)}
    for path, headers in ((USER, {}), (USER, old), (BOT, {})):
        assert (await send(body, path, headers)).status == 200
    assert [kept.key for kept in submitted][:2] == ["user:req-1", "user:req-1"]
    assert submitted[2].key.startswith("bot:")


async def test_a_command_that_comes_again_with_a_new_request_id_is_the_same(
    send: Send, submitted: list[Incoming]
) -> None:
    """A message has an id of its own to be known by; a command or a press would be carried out twice."""
    body = event("bot_notification", {"userId": "AnnLee01", "cmd": "import", "triggerId": "t1"})
    for request_id in ("req-1", "req-2"):
        assert (await send(body, BOT, {"x-zm-request-id": request_id})).status == 200
    first, again = submitted
    assert first.key == again.key


async def test_without_a_request_id_the_body_is_the_key(send: Send, submitted: list[Incoming]) -> None:
    for body in (message(message_id="1"), message(message_id="1"), message(message_id="2")):
        await send(body, USER, {"x-zm-request-id": ""})
    first, again, other = (kept.key for kept in submitted)
    assert first == again != other


@pytest.mark.parametrize("stamp", [None, "soon", -1, 2**63 - 1, "2026-03-02 12:00:00"])
async def test_an_event_without_a_time_is_as_old_as_its_arrival(
    send: Send, submitted: list[Incoming], stamp: Any
) -> None:
    assert (await send(event("bot_installed", {"userId": "AnnLee01"}, event_ts=stamp), BOT)).status == 200
    assert submitted[0].at in (datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC))


@pytest.mark.parametrize(("path", "secret"), [(BOT, SECRET_A), (USER, SECRET_B)])
async def test_the_url_check_is_sealed_with_the_apps_own_secret(
    send: Send, submitted: list[Incoming], path: str, secret: str
) -> None:
    answer = await send(CHECK, path)
    expected = hmac.new(secret.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
    assert await answer.json() == {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": expected}
    assert (expected == SEALED) is (path == BOT)
    assert submitted == []


async def test_each_address_takes_its_own_apps_events(send: Send, submitted: list[Incoming]) -> None:
    """Above all no direct message through the app that everybody's administrator installed."""
    for path, kinds in ((BOT, USER_EVENTS - BOT_EVENTS), (USER, BOT_EVENTS - USER_EVENTS)):
        for kind in [*kinds, "chat_message.sent", "team_chat.channel_message_posted"]:
            assert (await send(event(kind, {"object": {}}), path)).status == 200
    assert submitted == []


@pytest.mark.parametrize(
    "headers",
    [
        {"x-zm-signature": "v0=" + "0" * 64},
        {"x-zm-signature": "v0=\u00fc"},
        {"x-zm-signature": ""},
        {"x-zm-request-timestamp": "\u00b2"},
        {"x-zm-request-timestamp": "-1"},
        {"x-zm-request-timestamp": "9" * 30},
        {"x-zm-request-timestamp": ""},
    ],
)
@pytest.mark.parametrize("body", [message(), CHECK])
async def test_a_bad_signature_is_turned_away(
    send: Send, submitted: list[Incoming], headers: dict[str, str], body: bytes
) -> None:
    assert (await send(body, USER, headers)).status == 401
    assert submitted == []


async def test_one_apps_secret_opens_only_its_own_address(send: Send) -> None:
    assert (await send(message(), USER, {"x-zm-signature": sign(message(), SECRET_A)})).status == 401
    assert (await send(CHECK, BOT, {"x-zm-signature": sign(CHECK, SECRET_B)})).status == 401


@pytest.mark.parametrize(("age", "status"), [(10_799, 200), (10_801, 401), (-10_801, 401)])
async def test_a_request_is_fresh_for_three_hours(send: Send, age: int, status: int) -> None:
    body, stamp = message(), str(int(STAMP) - age)
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": sign(body, SECRET_B, stamp)}
    assert (await send(body, USER, headers)).status == status


@pytest.mark.parametrize(("body", "signature"), VECTORS)
async def test_the_bytes_are_signed(lent: Lent, body: bytes, signature: str) -> None:
    class Then:
        def now(self) -> datetime:
            return datetime.fromtimestamp(1_767_225_600, UTC)

    headers = {"x-zm-request-timestamp": "1767225600", "x-zm-signature": signature}
    async with webhook_client(routes(replace(lent, clock=Then()))) as made:
        assert (await made.post(BOT, data=body, headers=headers)).status == 200
        assert (await made.post(BOT, data=body + b" ", headers=headers)).status == 401
        assert (await made.post(USER, data=body, headers=headers)).status == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"7", b'{"event":"bot_notification"}', b'{"payload":[]}'])
async def test_what_cannot_be_read_is_400(send: Send, body: bytes) -> None:
    assert (await send(body)).status == 400


async def test_too_much_is_413(send: Send) -> None:
    assert (await send(message(message="x" * 1_048_000))).status == 200
    with pytest.warns(ResourceWarning, match="large body"):
        assert (await send(b" " * 1_048_577)).status == 413


async def test_overload_asks_zoom_to_come_again(lent: Lent) -> None:
    """Zoom never repeats after a 4xx."""

    async def full(_: Incoming) -> None:
        raise Overloaded

    async with webhook_client(routes(replace(lent, submit=full))) as made:
        assert (await sender(made)(message())).status == 503
