"""Vendors in trouble and bad input at the door: nothing is lost, doubled, or answered with a 500."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from company import Company
from door import BOT, SLACK, USER, Door

from bot.ids import PlatformId
from bot.ready import ReadyPost, Sent


async def linked(acme: Company) -> None:
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")


@pytest.mark.parametrize(
    "switches",
    [
        {"rate_limit": 3},
        {"error_5xx": 3},
        {"down": True},
        {"duplicate": True, "unordered": True},
        {"echo_first": True, "duplicate": True},
    ],
    ids=lambda switches: "+".join(switches),
)
async def test_trouble_on_both_sides(acme: Company, switches: dict[str, Any]) -> None:
    await linked(acme)
    for platform in ("slack", "zoom"):
        acme.faults(platform, **switches)
    ann, bob = acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Bob Kim")
    ann_in_zoom, bob_in_slack = acme.seat("zoom", "Ann Lee"), acme.seat("slack", "Bob Kim")
    for number in range(5):
        await bob.says(ann_in_zoom, f"b{number}")
        await ann.says(bob_in_slack, f"a{number}")
    await acme.settle()
    for platform in ("slack", "zoom"):
        acme.faults(platform, down=False)
    for _ in range(6):
        await acme.later(minutes=6)
    strip = "0123456789:() "
    assert sorted(t.lstrip(strip) for t in ann.hears(bob_in_slack)) == [f"b{n}" for n in range(5)]
    assert sorted(t.lstrip(strip) for t in bob.hears(ann_in_zoom)) == [f"a{n}" for n in range(5)]
    if "unordered" not in switches:
        assert ann.hears(bob_in_slack) == [f"b{n}" for n in range(5)]
        assert bob.hears(ann_in_zoom) == [f"a{n}" for n in range(5)]


async def test_a_straggler_is_shown_with_its_original_time(acme: Company) -> None:
    """Bob's first message is delivered late: Ann sees it last, with the time it was written."""
    await linked(acme)
    bob, ann_in_zoom = acme.seat("zoom", "Bob Kim"), acme.seat("zoom", "Ann Lee")
    acme.faults("zoom", webhook_down=True, retry_scale=0.005)
    attempts = acme.sandbox.core.hooks.log
    attempts.clear()
    await bob.says(ann_in_zoom, "first")
    while not attempts:
        await asyncio.sleep(0)
    acme.faults("zoom", webhook_down=False)
    await bob.says(ann_in_zoom, "second")
    await acme.settle()
    heard = acme.seat("slack", "Ann Lee").hears(acme.seat("slack", "Bob Kim"))
    assert heard[0] == "second"
    assert heard[1].endswith(" first") and heard[1].startswith("(")


# -- at the door ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [SLACK, BOT, USER])
async def test_who_is_turned_away(acme: Company, path: str) -> None:
    door, good = Door(acme), b'{"event": "unheard.of", "type": "unheard_of", "payload": {}}'
    assert await door.knock(path, good, {"Content-Type": "application/json"}) == 401
    forged = {**door.sign(path, good), "X-Slack-Signature": "v0=0", "x-zm-signature": "v0=0"}
    assert await door.knock(path, good, forged) == 401
    assert await door.knock(path, b"{broken", door.sign(path, b"{broken")) == 400
    large = b'{"payload": "' + b"x" * (1024 * 1024) + b'"}'
    assert await door.knock(path, large, door.sign(path, large)) == 413
    assert await door.knock(path, good, door.sign(path, good)) == 200, "unknown kinds are accepted"


async def test_an_old_request_is_turned_away(acme: Company) -> None:
    door, body = Door(acme), b'{"type": "event_callback", "event": {}}'
    headers = door.sign(SLACK, body)
    await acme.later(minutes=6)
    assert await door.knock(SLACK, body, headers) == 401


CROOKED = [
    (SLACK, {"type": "event_callback", "event_id": "Ev1", "event": {"type": "message", "channel": "D1"}}),
    (SLACK, {"type": "event_callback", "event_id": "Ev2", "team_id": 7, "event": {"type": "message", "channel": 5}}),
    (
        SLACK,
        {
            "type": "event_callback",
            "event_id": "Ev3",
            "team_id": "T0ACME",
            "event": {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "ts": "never"},
        },
    ),
    (USER, {"event": "team_chat.dm_message_posted", "event_ts": 1, "payload": {"object": {}}}),
    (
        USER,
        {
            "event": "team_chat.dm_message_posted",
            "event_ts": "soon",
            "payload": {"operator_member_id": "m", "object": {"message_id": 5}},
        },
    ),
    (BOT, {"event": "bot_notification", "event_ts": 1, "payload": {"userId": 12}}),
    (BOT, {"event": "user.updated", "event_ts": 1, "payload": {"object": "not an object"}}),
]


async def test_crooked_payloads_are_set_aside_and_lose_nothing(acme: Company) -> None:
    await linked(acme)
    door = Door(acme)
    for path, payload in CROOKED:
        body = orjson.dumps(payload)
        assert await door.knock(path, body, door.sign(path, body)) == 200
    bob = acme.seat("zoom", "Bob Kim")
    await bob.says(acme.seat("zoom", "Ann Lee"), "still here")
    await acme.settle()
    assert acme.seat("slack", "Ann Lee").hears(acme.seat("slack", "Bob Kim")) == ["still here"]
    counts = await acme.program.store.read(lambda tx: tx.queue.counts())
    assert counts["dead"] >= 4 and counts["todo"] == 0


async def test_the_database_is_away(acme: Company) -> None:
    """503, so that the vendor comes again – and nothing was half kept."""
    from sqlalchemy.exc import OperationalError

    async def away(jobs: object) -> None:
        raise OperationalError("insert", {}, Exception("gone"))

    door = Door(acme)
    body = b'{"event": "bot_notification", "event_ts": 1, "payload": {"userId": "u", "userJid": "u@x"}}'
    keep, acme.program.store.submit = acme.program.store.submit, away  # type: ignore[method-assign]
    assert await door.knock(BOT, body, door.sign(BOT, body)) == 503
    acme.program.store.submit = keep  # type: ignore[method-assign]
    assert await door.knock(BOT, body, door.sign(BOT, body)) == 200


async def test_an_answer_that_never_came_is_looked_for(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The post was carried out, the answer got lost: it is found, not sent again."""
    await linked(acme)
    acme.faults("slack", accept_then_timeout=1)
    acme.faults("zoom", accept_then_timeout=1)
    ann, bob = acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Bob Kim")
    await bob.says(acme.seat("zoom", "Ann Lee"), "once, please")
    await ann.says(acme.seat("slack", "Bob Kim"), "only once")
    await acme.settle()
    await acme.later(seconds=20)
    assert ann.hears(acme.seat("slack", "Bob Kim")) == ["once, please"]
    assert bob.hears(acme.seat("zoom", "Ann Lee")) == ["only once"]


async def test_a_clock_set_forward_doubles_nothing(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease ends under a call that is still on its way: nobody looks, or sends again, before it has come back."""
    await linked(acme)
    zoom = acme.program.platforms[PlatformId("zoom")]
    began, go, calls = asyncio.Event(), asyncio.Event(), []
    real_post, real_find = zoom.post, zoom.find

    async def post(ready: ReadyPost) -> Sent:
        calls.append("post")
        began.set()
        await go.wait()
        return await real_post(ready)

    async def find(ready: ReadyPost, since: datetime) -> Sequence[Sent] | None:
        calls.append("find")
        return await real_find(ready, since)

    monkeypatch.setattr(zoom, "post", post)
    monkeypatch.setattr(zoom, "find", find)
    await acme.seat("slack", "Ann Lee").says(acme.seat("slack", "Bob Kim"), "only once")
    await began.wait()
    acme.program.advance(timedelta(minutes=6))
    for _ in range(50):
        await acme.program.store.read(lambda tx: tx.queue.idle())
    assert calls == ["post"]
    go.set()
    await acme.settle()
    assert acme.seat("zoom", "Bob Kim").hears(acme.seat("zoom", "Ann Lee")) == ["only once"]
