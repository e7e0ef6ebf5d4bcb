"""Deliveries: in order, tried again as the vendor does, and known to be over."""

import asyncio

import pytest
from company import TWO
from slack_workspace import Answer, Listener, Workspace

import sandbox.webhooks
from sandbox.main import Options, start


async def test_a_conversation_keeps_its_order(slack: Workspace, bot: Listener) -> None:
    slack.person("Ann Lee")
    for number in range(40):
        await slack.fake.say(slack.id("Bob Kim"), slack.id("Ann Lee"), f"no. {number}")
    await slack.idle()
    assert [e["event"]["text"] for e in bot.events("message")] == [f"no. {n}" for n in range(40)]


async def test_unordered_brings_all_of_them_shuffled(slack: Workspace, bot: Listener) -> None:
    slack.switch(unordered=True)
    for number in range(40):
        await slack.fake.say(slack.id("Bob Kim"), "bot", f"no. {number}")
    await slack.idle()
    said = [e["event"]["text"] for e in bot.events("message")]
    assert said != [f"no. {n}" for n in range(40)]
    assert sorted(said) == sorted(f"no. {n}" for n in range(40))


async def test_a_failed_delivery_comes_again_three_times(slack: Workspace, bot: Listener) -> None:
    """Same event, fresh signature, and headers that say which try it is and why."""
    bot.answers = [Answer(500)] * 9
    await slack.fake.say(slack.id("Ann Lee"), "bot", "hello")
    await slack.idle()
    assert len({h.json()["event_id"] for h in bot.heard}) == 1
    tries = [(h.headers.get("x-slack-retry-num"), h.headers.get("x-slack-retry-reason")) for h in bot.heard]
    assert tries == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]


async def test_slack_repeats_after_a_refusal_too(slack: Workspace, bot: Listener) -> None:
    bot.answers = [Answer(403)]
    await slack.fake.say(slack.id("Ann Lee"), "bot", "hello")
    await slack.idle()
    assert len(bot.heard) == 2


async def test_no_retry_is_honoured(slack: Workspace, bot: Listener) -> None:
    bot.answers = [Answer(500, headers={"x-slack-no-retry": "1"})]
    await slack.fake.say(slack.id("Ann Lee"), "bot", "hello")
    await slack.idle()
    assert len(bot.heard) == 1


async def test_a_later_message_does_not_wait_for_an_earlier_ones_retry(slack: Workspace, bot: Listener) -> None:
    slack.switch(retry_scale=0.001)
    bot.answers = [Answer(500), Answer(500)]
    for text in ("first", "second"):
        await slack.fake.say(slack.id("Ann Lee"), "bot", text)
    await slack.idle()
    assert [e["event"]["text"] for e in bot.events()][:2] == ["first", "second"]


async def test_duplicate_delivers_the_same_event_twice(slack: Workspace, bot: Listener) -> None:
    slack.switch(duplicate=True)
    await slack.fake.say(slack.id("Ann Lee"), "bot", "hello")
    await slack.idle()
    assert len(bot.heard) == 2
    assert len({e["event_id"] for e in bot.events()}) == 1


async def test_a_bot_that_is_away_hears_nothing_and_idle_comes_nevertheless(slack: Workspace, bot: Listener) -> None:
    slack.switch(webhook_down=True)
    await slack.fake.say(slack.id("Ann Lee"), "bot", "hello")
    await slack.idle()
    assert bot.heard == []


async def test_an_answer_that_takes_too_long_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seconds at the vendor; the reason is told with the next try."""
    monkeypatch.setattr(sandbox.webhooks, "ANSWER", 0.05)
    reasons: list[str] = []

    async def sleepy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        reasons.extend(line.split(": ")[1] for line in head.splitlines() if line.startswith("x-slack-retry-reason"))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(sleepy, "127.0.0.1", 0)
    running = await start(
        Options(port=0, platforms=TWO, bot_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    )
    running.core.faults["slack"].change({"retry_scale": 0.0})
    maya = next(a.id for a in running.core.world.accounts["slack"].values() if a.admin)
    await running.fakes["slack"].say(maya, "bot", "hello")
    await running.core.hooks.idle()
    await running.stop()
    server.close()
    await server.wait_closed()
    assert reasons == ["http_timeout"] * 3


async def test_stopping_leaves_nothing_behind(slack: Workspace, bot: Listener) -> None:
    slack.switch(retry_scale=1.0)
    bot.answers = [Answer(500)] * 4
    before = asyncio.all_tasks()
    await slack.fake.say(slack.id("Ann Lee"), "bot", "hello")
    await slack.running.core.hooks.stop()
    assert not [t for t in asyncio.all_tasks() - before if "Webhooks" in repr(t.get_coro())]
