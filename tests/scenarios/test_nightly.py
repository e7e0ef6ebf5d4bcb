"""Every night what was imported is imported again: newcomers wait, leavers go, and the administrators get one line or none."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from company import Company, Seat, company

from bot.ids import AccountId, CardId, PlatformId
from bot.people import Account
from storage import runs as runs_of
from storage.store import Tx


@pytest.fixture(params=["slack", "zoom"])
def maya(acme: Company, request: pytest.FixtureRequest) -> Seat:
    """She lives there, and hears of the night there."""
    return acme.seat(request.param, "Maya Ortiz")


async def settled(acme: Company, maya: Seat) -> None:
    """Imported at noon; Maya's home is where she sits."""
    await acme.next_time(0, 12)
    await acme.import_all(maya)
    await maya.types(f"primary me {maya.platform}")


async def night(acme: Company, hour: int = 2, minute: int = 0, zone: str = "UTC") -> None:
    """Time passes until the next such hour."""
    local = acme.clock.now().astimezone(ZoneInfo(zone))
    wanted = local.replace(hour=hour, minute=minute, second=5, microsecond=0)
    await acme.reach(wanted if wanted > local else wanted + timedelta(days=1))


def lines(seat: Seat) -> list[str]:
    """What the seat heard of nights, oldest first."""
    return [card["lines"][1] for card in seat.cards() if card["lines"][0] == "Tonight's import"]


async def runs(acme: Company) -> int:
    return int(await acme.program.store.read(_runs))


def _runs(tx: Tx) -> Any:
    return tx.conn.exec_driver_sql("SELECT count(*) FROM runs").scalar_one()


async def joined(acme: Company, name: str, email: str, *platforms: str, heard: bool) -> None:
    """Somebody new at these platforms, which tell of it or do not."""
    for platform in platforms:
        acme.faults(platform, webhook_down=not heard, retry_scale=0.0)
        await acme.fake(platform).join(name, email)
        await acme.settle()
        acme.faults(platform, webhook_down=False)


async def test_a_quiet_night_says_nothing(acme: Company, maya: Seat) -> None:
    await settled(acme, maya)
    shown, before = len(maya.cards()), await runs(acme)
    for n in range(3):
        await night(acme)
        assert await runs(acme) == before + 2 * (n + 1), "one run a platform, every night"
    await acme.later(hours=3)
    assert await runs(acme) == before + 6 and len(maya.cards()) == shown
    assert await acme.program.store.read(lambda tx: tx.cards.by_subject("nightly", 1)) == [], "nor tried to"


@pytest.mark.parametrize("heard", [True, False], ids=("told", "untold"))
async def test_newcomers_wait_and_the_administrators_get_one_line(acme: Company, maya: Seat, heard: bool) -> None:
    """Nina comes to both platforms, whether they tell it or only their directories know."""
    await settled(acme, maya)
    await joined(acme, "Nina New", "nina@acme.example", "slack", "zoom", heard=heard)
    await night(acme)
    assert lines(maya) == ["🔄 1 person is new; nobody was asked (users new)."]
    other = acme.seat("zoom" if maya.platform == "slack" else "slack", "Maya Ortiz")
    assert lines(other) == [], "once, at home"
    assert "🔄 not created" in await maya.asks("status nina@acme.example")
    await night(acme)
    assert len(lines(maya)) == 1, "the next night knows her"


async def test_who_left_unseen_is_closed_by_night(acme: Company, maya: Seat) -> None:
    await settled(acme, maya)
    await acme.link("Ann Lee", "slack", "zoom")
    world = acme.sandbox.core.world
    world.change(world.accounts["zoom"][acme.seat("zoom", "Ann Lee").id], active=False)
    await night(acme)
    assert lines(maya) == ["1 account is closed."]
    said = await maya.asks("users ann lee")
    assert (
        "1. Ann Lee" in said
        and "synced" not in said.partition("Choose")[0].partition("Show")[0].partition("✅ synced:")[0]
    )
    await night(acme)
    assert len(lines(maya)) == 1


async def test_a_new_conflict_is_told_once(acme: Company, maya: Seat) -> None:
    await settled(acme, maya)
    await maya.types("alias old.example=acme.example")
    await joined(acme, "Gus W.", "gus@old.example", "zoom", heard=False)
    for _ in range(2):
        await night(acme)
    assert lines(maya) == ["1 account could not be matched: conflicts."]
    assert "Gus W." in await maya.asks("conflicts")


async def test_several_administrators_hear_and_the_helpdesk_does_not(acme: Company, maya: Seat) -> None:
    await settled(acme, maya)
    for command in ("admins add bob@acme.example", "admins add cleo@acme.example helpdesk"):
        await maya.types(command)
    await maya.types("primary bob@acme.example zoom")
    await acme.fake("slack").join("Nina New", "nina@acme.example")
    await acme.settle()
    await night(acme)
    assert len(lines(maya)) == 1 == len(lines(acme.seat("zoom", "Bob Kim")))
    assert lines(acme.seat("slack", "Cleo Park")) == []


async def test_before_the_first_import_nights_are_quiet(acme: Company, maya: Seat) -> None:
    await acme.next_time(0, 12)
    await maya.types("help")
    await night(acme)
    assert await runs(acme) == 0
    await maya.types("import slack")
    await night(acme)
    assert await runs(acme) == 2, "Zoom was never imported"


async def test_whoever_was_down_at_two_catches_up_until_six(acme: Company, maya: Seat) -> None:
    await settled(acme, maya)
    before = await runs(acme)
    await night(acme, 5, 50)
    assert await runs(acme) == before + 2
    await acme.later(hours=21, minutes=30)
    assert await runs(acme) == before + 4, "03:20 of the next night"
    await acme.next_time(3, 7)
    assert await runs(acme) == before + 4, "a missed night is missed, not made up for by day"


async def test_what_was_imported_in_the_evening_is_not_read_again(acme: Company, maya: Seat) -> None:
    await settled(acme, maya)
    await night(acme, 23)
    await maya.types("import zoom")
    before = await runs(acme)
    await night(acme)
    assert await runs(acme) == before + 1, "Slack alone"
    await night(acme)
    assert await runs(acme) == before + 3


async def test_two_clocks_make_one_run(acme: Company, maya: Seat) -> None:
    await settled(acme, maya)
    before = await runs(acme)
    await night(acme)
    for _ in range(2):
        await acme.program.ticker.tick()
        await acme.later(minutes=5)
    assert await runs(acme) == before + 2


async def test_a_run_under_way_is_not_doubled(acme: Company, maya: Seat) -> None:
    """Zoom hangs since the evening: only Slack is refreshed."""
    await settled(acme, maya)
    await acme.program.store.write(_hang)
    before = await runs(acme)
    await night(acme)
    assert await runs(acme) == before + 1


def _hang(tx: Tx) -> None:
    tx.runs.new("import", PlatformId("zoom"), None, CardId("none"))


async def test_an_import_by_hand_in_the_night_takes_the_run_over(acme: Company, maya: Seat) -> None:
    """Zoom is slow that night, and Maya is awake: what she asked for is answered on her card, the rest in the line."""
    await settled(acme, maya)
    await acme.program.store.write(_slow_night)
    await maya.types("import zoom")
    assert len(lines(maya)) == 1 and "1 person is new" in lines(maya)[0]


def _slow_night(tx: Tx) -> None:
    """As it is when Slack's directory was read, and Zoom's was not begun."""
    card = runs_of.night(tx.now.date())
    done = tx.runs.new("import", PlatformId("slack"), None, card)
    tx.people.upsert([Account(AccountId("slack:T:nina"), "Nina New", "nina@acme.example")], done, {})
    tx.runs.finish(done)
    tx.runs.new("import", PlatformId("zoom"), None, card)


async def test_what_stopped_is_said_with_the_reason(acme: Company) -> None:
    """Slack's app is gone, and that run is given up after days; Zoom's newcomer is told all the same, in the same line."""
    maya = acme.seat("zoom", "Maya Ortiz")
    await settled(acme, maya)
    await joined(acme, "Nina New", "nina@acme.example", "zoom", heard=False)
    await acme.fake("slack").uninstall()
    await acme.settle()
    await night(acme)
    assert lines(maya) == [], "not before the night's last run has ended"
    await acme.later(hours=73)
    (line,) = lines(maya)
    assert "1 person is new" in line and "🔺 Slack stopped (" in line and "nobody was closed" in line, line


@pytest.fixture
async def kathmandu(database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path, database, MIO_RATES="off", MIO_TIMEZONE="Asia/Kathmandu") as made:
        for platform in ("slack", "zoom"):
            made.faults(platform, limits=False)
        yield made


async def test_two_o_clock_where_the_company_is(kathmandu: Company) -> None:
    """A quarter to an hour off: 02:00 there is 20:15 in UTC."""
    maya = kathmandu.seat("slack", "Maya Ortiz")
    await kathmandu.next_time(0, 12, "Asia/Kathmandu")
    await kathmandu.import_all(maya)
    before = await runs(kathmandu)
    await night(kathmandu, 1, 59, "Asia/Kathmandu")
    assert await runs(kathmandu) == before
    await night(kathmandu, 2, 0, "Asia/Kathmandu")
    assert await runs(kathmandu) == before + 2


async def test_where_it_goes_by_team_the_selected_ones_are_read(database: str | None, tmp_path: Path) -> None:
    """Webex: while teams are selected they are refreshed at night; with none selected any more there is nobody to read."""
    async with company(tmp_path, database, vendors=("slack", "webex"), MIO_RATES="off") as acme:
        for each in acme.sandbox.fakes:
            acme.faults(each, limits=False)
        await acme.connect("webex")
        maya = acme.seat("slack", "Maya Ortiz")
        await acme.next_time(0, 12)
        for command in ("import slack", "import webex", "import webex add Sales"):
            await maya.types(command)
            await acme.calm()
        before = await runs(acme)
        await night(acme)
        await acme.calm()
        assert await runs(acme) == before + 2 and lines(maya) == []
        await maya.types("import webex drop Sales")
        await acme.calm()
        before = await runs(acme)
        await night(acme)
        assert await runs(acme) == before + 1


async def test_whoever_was_removed_stays_away_by_night(acme: Company, maya: Seat) -> None:
    """Ann is removed: no night and no word of her platform lists her again; an administrator's own import does."""
    await settled(acme, maya)
    await maya.types("remove ann@acme.example")
    await maya.presses("Confirm", "Remove Ann Lee?")
    await night(acme)
    await acme.fake("slack").change(acme.seat("slack", "Ann Lee").id, zone="Asia/Tokyo")
    await acme.settle()
    assert "I found nobody" in await maya.asks("status ann@acme.example") and lines(maya) == []
    for _ in range(4):
        await night(acme)
    assert "I found nobody" in await maya.asks("status ann@acme.example"), "nor when she was erased"
    await maya.types("import")
    assert "🔄 not created" in await maya.asks("status ann@acme.example")
