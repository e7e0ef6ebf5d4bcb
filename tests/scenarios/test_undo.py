"""Reset, remove and exclude stop at once, and can be taken back for a while; afterwards nothing is left."""

from pathlib import Path

import pytest
from company import Company, Seat, company
from residents import all_linked

from bot.ids import AccountId
from storage.store import Tx


@pytest.fixture
async def maya(acme: Company) -> Seat:
    """Ann lives in Slack, Bob in Zoom; both allowed."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    return acme.seat("slack", "Maya Ortiz")


def live(acme: Company, name: str) -> bool:
    """Whether Zoom still honours this person's permission."""
    return acme.seat("zoom", name).id in acme.fake("zoom").tokens.of_user


async def carried(acme: Company, words: str) -> bool:
    """Bob writes to Ann's Zoom account; whether it reaches her in Slack."""
    await acme.seat("zoom", "Bob Kim").says(acme.seat("zoom", "Ann Lee"), words)
    await acme.settle()
    return words in acme.seat("slack", "Ann Lee").hears(acme.seat("slack", "Bob Kim"))


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_a_reset_stops_at_once_and_is_taken_back(acme: Company, maya: Seat, platform: str) -> None:
    admin, ann = acme.seat(platform, "Maya Ortiz"), acme.seat("slack", "Ann Lee")
    assert "Synced or being asked now" not in await admin.asks("reset cleo@acme.example")
    assert "Synced or being asked now: 1; they hear of it." in await admin.asks("reset ann@acme.example")
    await admin.presses("Confirm", "Reset Ann Lee?")
    assert "Undo is possible until" in admin.reads() and admin.buttons() == ["Undo"]
    number = admin.reads().rpartition("undo ")[2].rstrip(".")
    assert not await carried(acme, "are you there?")
    assert "Maya Ortiz has ended the link of your Zoom account" in ann.reads()
    assert "not created – reset by an administrator" in await admin.asks("status ann@acme.example")
    assert live(acme, "Ann Lee"), "parked, not revoked"
    await admin.presses("Undo")
    assert admin.card("as they were")["buttons"] == []
    assert "taken that back: your Zoom account is linked as before" in ann.reads()
    assert "✅ synced" in await admin.asks("status ann@acme.example")
    assert await carried(acme, "and now?")
    assert "was undone before" in await admin.asks(f"undo {number}")


async def test_after_the_window_nothing_is_left(acme: Company, maya: Seat) -> None:
    """Three days later the permission is revoked at Zoom, and undo says that it is too late."""
    await maya.types("reset ann@acme.example")
    await maya.presses("Confirm", "Reset Ann Lee?")
    await acme.later(hours=71)
    assert live(acme, "Ann Lee")
    await acme.later(hours=2)
    assert not live(acme, "Ann Lee")
    await maya.presses("Undo")
    assert "cannot be undone any more" in maya.reads()
    assert "nothing to undo" in await maya.asks("undo")


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_a_removed_person_comes_back_whole(acme: Company, maya: Seat, platform: str) -> None:
    """Ann is removed and taken back: the same links, the same permission – although an import found her meanwhile."""
    admin = acme.seat(platform, "Maya Ortiz")
    await admin.types("remove ann@acme.example")
    await admin.presses("Confirm", "Remove Ann Lee?")
    assert "taken you out of this bot" in acme.seat("slack", "Ann Lee").reads()
    assert "I found nobody" in await admin.asks("status ann@acme.example")
    assert not await carried(acme, "are you there?")
    await admin.types("import")
    assert "not created" in await admin.asks("status ann@acme.example"), "a newcomer"
    await admin.types("undo")
    assert "✅ synced" in await admin.asks("status ann@acme.example")
    assert "1–1 of 1" in await admin.asks("users ann@acme.example")
    assert await carried(acme, "and now?")


async def test_a_removed_person_is_erased_when_the_time_is_over(acme: Company, maya: Seat) -> None:
    dana = acme.seat("slack", "Dana Ruiz")
    await maya.types("remove ann@acme.example")
    await maya.presses("Confirm", "Remove Ann Lee?")
    await maya.types("remove dana@acme.example")
    await maya.presses("Confirm", "Remove Dana Ruiz?")
    await maya.types("import slack")
    await acme.later(hours=73)
    stored = await acme.program.store.read(accounts)
    assert not any(acme.seat("zoom", "Ann Lee").id in account for account in stored), "not imported again: gone"
    assert any(dana.id in account for account in stored), "imported again meanwhile: somebody's"
    assert not live(acme, "Ann Lee")


def accounts(tx: Tx) -> list[AccountId]:
    return [AccountId(row[0]) for row in tx.conn.exec_driver_sql("SELECT id FROM accounts")]


async def test_remove_now_has_no_way_back(acme: Company, maya: Seat) -> None:
    asked = await maya.asks("remove ann@acme.example now")
    assert "This cannot be undone." in asked
    number = asked.rpartition("cancel ")[2].rstrip(".")
    await maya.presses("Confirm", "Remove Ann Lee?")
    assert maya.buttons() == [] and not live(acme, "Ann Lee"), "revoked at once"
    assert "taken you out of this bot" in acme.seat("slack", "Ann Lee").reads(), "she hears it all the same"
    assert "for good" in await maya.asks(f"undo {number}")
    assert "nothing to undo" in await maya.asks("undo")
    await acme.later(minutes=11)
    stored = await acme.program.store.read(accounts)
    assert not any(acme.seat("slack", "Ann Lee").id in account for account in stored)


async def test_what_is_newer_stays(acme: Company, maya: Seat) -> None:
    """Ann was reset, synced again and allowed again: undo leaves her alone, and the old permission is revoked."""
    await maya.types("reset ann@acme.example")
    await maya.presses("Confirm", "Reset Ann Lee?")
    await acme.link("Ann Lee", "slack", "zoom")
    await maya.presses("Undo", "Undo is possible")
    assert "stay as they are" in maya.card("as they were")["lines"][-1]
    assert "✅ synced" in await maya.asks("status ann@acme.example")
    assert await carried(acme, "hello")


async def test_a_question_that_was_open_is_open_again(acme: Company, maya: Seat) -> None:
    """Cleo was asked, reset, and taken back: the very card she has can be answered."""
    await maya.types("sync cleo@acme.example primary=slack secondary=zoom")
    await maya.presses("Confirm")
    cleo = acme.seat("slack", "Cleo Park")
    await maya.types("exclude cleo@acme.example")
    await maya.presses("Confirm", "Exclude Cleo Park?")
    assert "No longer needed" in cleo.reads() and len(cleo.cards()) == 1
    await maya.types("undo")
    assert "Allow" in cleo.buttons() and len(cleo.cards()) == 1
    assert "linked" in await cleo.allows("zoom")
    assert "Primary platform: Slack" in await maya.asks("status cleo@acme.example")


async def test_only_administrators_undo_and_only_what_ended(acme: Company, maya: Seat) -> None:
    ann = acme.seat("slack", "Ann Lee")
    assert "Only administrators" in await ann.asks("undo")
    assert "nothing to undo" in await maya.asks("undo 99")
    assert "did not end anything" in await maya.asks("undo 1")


async def test_where_hearing_is_set_up_for_each_person(tmp_path: Path, database: str | None) -> None:
    """Webex and Teams: webhooks and subscriptions are taken down with the reset, and set up again with the undo."""
    vendors = ("slack", "zoom", "webex", "teams")
    async with company(tmp_path, database, vendors=vendors, MIO_RATES="off") as acme:
        await all_linked(acme)
        maya, ann = acme.seat("slack", "Maya Ortiz"), acme.seat("slack", "Ann Lee")
        await maya.types("reset ann@acme.example")
        await maya.presses("Confirm", "Reset Ann Lee?")
        await acme.calm()
        for platform, other in (("webex", "Cleo Park"), ("teams", "Emil Novak")):
            await acme.seat(platform, other).says(acme.seat(platform, "Ann Lee"), "while she was reset")
        await acme.calm()
        await maya.types("undo")
        await acme.calm()
        status = await maya.asks("status ann@acme.example")
        assert status.count("✅ synced") == 3, status
        for platform, other in (("webex", "Cleo Park"), ("teams", "Emil Novak")):
            await acme.seat(platform, other).says(acme.seat(platform, "Ann Lee"), "and after it")
            await acme.calm()
            assert ann.hears(acme.seat("slack", other)) == ["and after it"], platform
