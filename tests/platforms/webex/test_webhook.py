"""Webex's requests at the door: signed over the raw bytes, kept once, own posts not at all."""

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from vendor_server import webhook_client
from webex_people import UUIDS

from bot.platform import Incoming, Lent, Overloaded
from platforms.webex.webhook import routes

PAYLOADS = Path(__file__).parent / "payloads"
SECRET = "s3cr3t-for-hook"


def delivery(name: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((PAYLOADS / f"{name}.json").read_bytes())["event"]
    return found


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


async def sent(
    lent: Lent, body: bytes, path: str = "/webex/user", missed: Callable[[str], None] = print, proof: str | None = None
) -> int:
    headers = {"X-Spark-Signature": signature(body) if proof is None else proof}
    async with webhook_client(routes(lent, missed)) as client, client.post(path, data=body, headers=headers) as answer:
        return answer.status


def test_the_published_vector() -> None:
    body = b'{"id":"w1","resource":"messages","event":"created","data":{"id":"m1"}}'
    assert signature(body) == "e0ecd2eb209feadb25cfb49d91095e9a95870cc1"


async def test_what_is_signed_is_kept_as_it_came(lent: Lent, submitted: list[Incoming]) -> None:
    event = delivery("message_created")
    assert await sent(lent, orjson.dumps(event)) == 200
    [kept] = submitted
    assert orjson.loads(kept.body) == {"hook": "user", "event": event}
    assert (kept.key, kept.stream) == ("w1:m1:messages:created:", "room:r1")
    assert kept.at.isoformat() == "2026-03-02T11:59:55.512000+00:00"


@pytest.mark.parametrize(
    "proof",
    [
        "",
        "x",
        signature(b"another body"),
        signature(orjson.dumps(delivery("message_created")), "another secret"),
        "ß" * 40,
    ],
)
async def test_a_wrong_signature_is_401_and_keeps_nothing(lent: Lent, submitted: list[Incoming], proof: str) -> None:
    assert await sent(lent, orjson.dumps(delivery("message_created")), proof=proof) == 401
    assert submitted == []


async def test_the_signature_is_over_the_bytes_not_over_the_meaning(lent: Lent) -> None:
    body = orjson.dumps(delivery("message_created"), option=orjson.OPT_INDENT_2)
    again = orjson.dumps(orjson.loads(body))
    assert await sent(lent, body) == 200
    assert await sent(lent, body, proof=signature(again)) == 401


@pytest.mark.parametrize("missing", ["id", "data", "createdBy", "resource"])
async def test_what_is_no_delivery_is_400(lent: Lent, submitted: list[Incoming], missing: str) -> None:
    event = delivery("message_created")
    del event[missing]
    assert await sent(lent, orjson.dumps(event)) == 400
    assert submitted == []


@pytest.mark.parametrize(("path", "hook"), [("/webex/user", "user"), ("/webex/bot", "bot")])
async def test_own_posts_are_answered_and_not_kept(lent: Lent, submitted: list[Incoming], path: str, hook: str) -> None:
    assert await sent(lent, orjson.dumps(delivery("message_created_own")), path) == 200
    assert submitted == []


async def test_a_press_on_a_card_of_the_bot_is_kept_by_person(lent: Lent, submitted: list[Incoming]) -> None:
    assert await sent(lent, orjson.dumps(delivery("press")), "/webex/bot") == 200
    assert submitted[0].stream == f"user:{UUIDS['maya']}"


async def test_the_same_told_with_another_cluster_is_the_same(lent: Lent, submitted: list[Incoming]) -> None:
    for name in ("message_created", "message_created_abroad"):
        assert await sent(lent, orjson.dumps(delivery(name))) == 200
    one, other = submitted
    assert (one.key, one.stream) == (other.key, other.stream)


async def test_each_edit_is_something_new(lent: Lent, submitted: list[Incoming]) -> None:
    event = delivery("message_updated")
    await sent(lent, orjson.dumps(event))
    event["data"]["updated"] = "2026-03-02T11:59:59.000Z"
    await sent(lent, orjson.dumps(event))
    assert len({kept.key for kept in submitted}) == 2


async def test_a_replay_after_days_is_answered_and_not_kept(lent: Lent, submitted: list[Incoming]) -> None:
    event = delivery("message_created")
    event["data"]["created"] = "2026-03-01T11:59:59.000Z"
    assert await sent(lent, orjson.dumps(event)) == 200
    event = delivery("message_deleted")
    event["data"]["created"] = "2025-03-01T11:59:59.000Z"
    assert await sent(lent, orjson.dumps(event)) == 200
    assert ["deleted" in kept.key for kept in submitted] == [True], "an old message may well be deleted today"


async def test_what_cannot_be_kept_is_503_and_read_back_later(lent: Lent) -> None:
    async def full(incoming: Incoming) -> None:
        raise Overloaded

    import dataclasses

    missed: list[str] = []
    crowded = dataclasses.replace(lent, submit=full)
    assert await sent(crowded, orjson.dumps(delivery("message_created")), missed=missed.append) == 503
    assert missed == [delivery("message_created")["createdBy"]]
