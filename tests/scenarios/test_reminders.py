"""Reminders by the timetable: working hours, weekends and time zones of the one who is asked; never two in a day."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from company import Company, Seat, company

MONDAY, FRIDAY = 0, 4


async def asked(acme: Company, *names: str) -> list[Seat]:
    """These people live in Slack and are asked to link Zoom."""
    maya = acme.seat("slack", "Maya Ortiz")
    for name in names:
        await maya.types(f'sync "{name}" primary=slack secondary=zoom')
        await maya.presses("Confirm")
    return [acme.seat("slack", name) for name in names]


async def test_everybody_is_asked_in_their_own_working_hours(acme: Company) -> None:
    """Friday noon in UTC; three days later it is Monday: here at once, in New York at nine, in Tokyo it is night and Tuesday comes first."""
    await acme.import_all()
    slack = acme.fake("slack")
    zones = {"Ann Lee": "Asia/Tokyo", "Bob Kim": "UTC", "Cleo Park": "America/New_York"}
    for name, zone in zones.items():
        await slack.change(acme.seat("slack", name).id, zone=zone)
    await acme.settle()
    friday = await acme.next_time(FRIDAY, 12)
    people = await asked(acme, *zones)
    assert [len(p.cards()) for p in people] == [1, 1, 1], "an administrator's act on one person goes at once"
    monday = friday.date() + timedelta(days=3)
    moments = [
        (friday + timedelta(days=1), [1, 1, 1]),
        (friday + timedelta(days=2), [1, 1, 1]),
        (at(monday, 11, 30, "UTC"), [1, 1, 1]),
        (at(monday, 12, 30, "UTC"), [1, 2, 1]),
        (at(monday, 8, 50, "America/New_York"), [1, 2, 1]),
        (at(monday, 9, 10, "America/New_York"), [1, 2, 2]),
        (at(monday + timedelta(days=1), 8, 50, "Asia/Tokyo"), [1, 2, 2]),
        (at(monday + timedelta(days=1), 9, 10, "Asia/Tokyo"), [2, 2, 2]),
    ]
    for moment, cards in moments:
        await acme.reach(moment)
        assert [len(p.cards()) for p in people] == cards, moment


def at(day: date, hour: int, minute: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone))


async def test_an_answer_changes_what_comes(acme: Company) -> None:
    """Ann says Not now: she is asked three days after that. Bob says No thanks: never again. Cleo allows: no reminder."""
    await acme.import_all()
    monday = await acme.next_time(MONDAY, 10)
    ann, bob, cleo = await asked(acme, "Ann Lee", "Bob Kim", "Cleo Park")
    await acme.reach(monday + timedelta(days=2))
    await ann.presses("Not now")
    await bob.presses("No thanks")
    assert "linked" in await cleo.allows("zoom")
    await acme.reach(monday + timedelta(days=4, hours=4))
    assert [len(p.cards()) for p in (ann, bob, cleo)] == [1, 1, 1]
    await acme.reach(monday + timedelta(days=7))
    assert [len(p.cards()) for p in (ann, bob, cleo)] == [2, 1, 1], "her three days ended on a Saturday"
    maya = acme.seat("slack", "Maya Ortiz")
    assert "asked less than a day ago" in await maya.asks("reprompt all"), "one card a day, and no means no"
    assert "1 person was asked again" in await maya.asks("reprompt bob@acme.example"), "unless expressly named"
    assert len(bob.cards()) == 2


async def test_never_two_in_a_day(tmp_path: Path) -> None:
    """A timetable of an hour does not make the bot write every hour; what somebody asked for comes at once."""
    async with company(tmp_path, MIO_RATES="off", MIO_PROMPT_EVERY="1h", MIO_PROMPT_DAYS="mon-sun") as acme:
        await acme.import_all()
        monday = await acme.next_time(MONDAY, 10)
        (ann,) = await asked(acme, "Ann Lee")
        for hour in (1, 2, 8, 23):
            await acme.reach(monday + timedelta(hours=hour))
        assert len(ann.cards()) == 1
        await acme.reach(monday + timedelta(hours=25))
        assert len(ann.cards()) == 2
        await ann.types("connect")
        assert len(ann.cards()) == 3
        await acme.reach(monday + timedelta(hours=47))
        assert len(ann.cards()) == 3


async def test_who_cannot_be_asked_is_not_lost(acme: Company) -> None:
    """Reset, removed and closed accounts end their reminders; the tick goes on for the others."""
    await acme.import_all()
    await acme.next_time(MONDAY, 10)
    ann, bob, cleo, emil = await asked(acme, "Ann Lee", "Bob Kim", "Cleo Park", "Emil Novak")
    maya = acme.seat("slack", "Maya Ortiz")
    for verb, who in (("reset", "ann@acme.example"), ("remove", "bob@acme.example")):
        await maya.types(f"{verb} {who}")
        await maya.presses("Confirm", "Or type: confirm")
    await acme.fake("slack").deactivate(cleo.id)
    await acme.settle()
    assert "No longer needed" in ann.reads()
    before = [len(p.cards()) for p in (ann, bob, cleo)]
    await acme.later(days=3)
    await acme.later(hours=1)
    assert [len(p.cards()) for p in (ann, bob, cleo)] == before
    assert len(emil.cards()) == 2
