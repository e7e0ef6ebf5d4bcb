"""What survives a restart: conversations, tokens, consent, people who came and went."""

import asyncio
from pathlib import Path

import pytest
from company import TWO

from sandbox.keep import Keep
from sandbox.main import Options, Running, start
from sandbox.slack import Slack
from sandbox.slack.tokens import BOT_TOKEN, SlackFault

NOBODY = "http://127.0.0.1:9"


async def begun(folder: Path, reset: bool = False) -> Running:
    made = await start(Options(port=0, platforms=TWO, data_dir=folder, bot_url=NOBODY, reset=reset))
    made.core.faults["slack"].change({"webhook_down": True, "retry_scale": 0.0})
    return made


def fake_of(running: Running) -> Slack:
    fake = running.fakes["slack"]
    assert isinstance(fake, Slack)
    return fake


def named(running: Running, name: str) -> str:
    return next(a.id for a in running.core.world.accounts["slack"].values() if a.name == name)


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    first = await begun(tmp_path)
    ann, bob = named(first, "Ann Lee"), named(first, "Bob Kim")
    for number in range(20):
        await first.fakes["slack"].say(ann, bob, f"no. {number}")
    token = fake_of(first).tokens.consent(ann, "chat:write,im:history")
    await first.stop()

    second = await begun(tmp_path)
    assert [m["text"] for m in second.fakes["slack"].view(bob, ann)] == [f"no. {n}" for n in range(20)]
    tokens = fake_of(second).tokens
    assert tokens.check(token.value, "chat:write").user == ann
    assert tokens.may_see(ann) and not tokens.may_see(bob)
    assert tokens.renew(token.refresh or "").user == ann
    await second.stop()


async def test_who_left_stays_away_and_who_joined_stays(tmp_path: Path) -> None:
    first = await begun(tmp_path)
    dead = fake_of(first).tokens.consent(named(first, "Bob Kim"), "chat:write").value
    await fake_of(first).deactivate(named(first, "Bob Kim"))
    nora = await fake_of(first).join("Nora New", "nora@acme.example")
    await fake_of(first).say(nora, "bot", "hello")
    await first.stop()

    second = await begun(tmp_path)
    accounts = second.core.world.accounts["slack"]
    assert not accounts[named(second, "Bob Kim")].active
    with pytest.raises(SlackFault, match="account_inactive"):
        fake_of(second).tokens.check(dead, None)
    assert accounts[nora].email == "nora@acme.example"
    assert [row["with"] for row in fake_of(second).chats(nora)] == ["bot"]
    await second.stop()


async def test_an_uninstalled_app_stays_uninstalled(tmp_path: Path) -> None:
    first = await begun(tmp_path)
    await fake_of(first).uninstall()
    await first.stop()
    second = await begun(tmp_path)
    with pytest.raises(SlackFault, match="token_revoked"):
        fake_of(second).tokens.check(BOT_TOKEN, None)
    assert not fake_of(second).tokens.installed
    await second.stop()


async def test_reset_begins_anew(tmp_path: Path) -> None:
    first = await begun(tmp_path / "state")
    ann, bob = named(first, "Ann Lee"), named(first, "Bob Kim")
    await first.fakes["slack"].say(ann, bob, "hello")
    await first.stop()
    second = await begun(tmp_path / "state", reset=True)
    assert second.fakes["slack"].view(ann, bob) == []
    await second.stop()


async def test_closing_in_the_middle_of_a_write_loses_nothing(tmp_path: Path) -> None:
    """The write under way runs in a thread; a second one on the same connection would collide with it."""
    keep = Keep(tmp_path / "sandbox.db")
    for number in range(20_000):
        keep.put("row", str(number), {"n": number})
    task = keep._task
    assert task is not None
    keep._hurry.set()
    await asyncio.sleep(0)
    keep.put("row", "last", {"n": -1})
    await keep.close()
    again = Keep(tmp_path / "sandbox.db")
    assert len(list(again.all("row"))) == 20_001
    await again.close()


async def test_nothing_is_kept_without_a_folder() -> None:
    keep = Keep(None)
    keep.put("row", "1", {})
    assert keep.get("row", "1") is None
    await keep.close()
