"""A roll-out in waves: no more a day than allowed, in everybody's working hours, and no further when it goes badly."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, Seat, company

MONDAY, TUESDAY, WEDNESDAY = 0, 1, 2
PEOPLE = 40
SYNC = "sync new primary=slack secondary=zoom"


@pytest.fixture
async def forty(database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    """Acme with forty people; ten first cards a day."""
    async with company(tmp_path, database, people=PEOPLE, MIO_RATES="off", MIO_PROMPT_PER_DAY="10") as made:
        for platform in ("slack", "zoom"):
            made.faults(platform, limits=False)
        await made.import_all()
        yield made


def asked(acme: Company) -> list[Seat]:
    """Everybody in Slack who has a consent card."""
    return [s for (p, _), s in acme.seats.items() if p == "slack" and any(_asks(card) for card in s.cards())]


def _asks(card: dict[str, object]) -> bool:
    return "Let Zoom colleagues reach you here" in str(card["lines"]) or "Not linked" in str(card["lines"])


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_ten_a_day(forty: Company, platform: str) -> None:
    """The plan says when the last card goes out; nobody is asked at the weekend or at night, and everybody once."""
    await forty.next_time(MONDAY, 7)
    maya = forty.seat(platform, "Maya Ortiz")
    plan = await maya.asks(SYNC)
    assert "32 people, 32 will be asked." in plan and "10 a day at most" in plan, plan
    assert "the last one on Thursday" in plan, plan
    await maya.presses("Confirm")
    assert "0 people were asked, 32 are still to come. Next day: Monday" in maya.reads()
    assert asked(forty) == [], "it is seven in the morning"
    counts = []
    for weekday in (MONDAY, TUESDAY, WEDNESDAY, WEDNESDAY + 1, WEDNESDAY + 2):
        await forty.reach(await forty.next_time(weekday, 9)) if weekday != MONDAY else await forty.later(hours=2)
        await forty.later(minutes=10)
        counts.append(len(asked(forty)))
    assert counts == [10, 20, 30, 32, 32]
    assert "Plan 1 was carried out" in "\n".join(maya.card("were asked")["lines"])
    assert all(len(seat.cards()) <= 2 for seat in asked(forty) if seat.name != "Maya Ortiz"), "a reminder at most"


async def test_too_many_say_no(forty: Company) -> None:
    """Three of ten decline: it stops by itself, every administrator hears it, and one lets it go on or ends it."""
    await forty.next_time(MONDAY, 10)
    maya = forty.seat("slack", "Maya Ortiz")
    await maya.types(SYNC)
    await maya.presses("Confirm")
    await forty.later(minutes=2)
    people = [seat for seat in asked(forty) if seat.name != "Maya Ortiz"]
    for seat in people[:3]:
        await seat.presses("No thanks")
    await forty.next_time(TUESDAY, 10)
    assert len(asked(forty)) == 10
    assert "Plan 1 has stopped" in maya.card("Too many declined or failed.")["lines"][0]
    assert "Resume" in [b["label"] for b in maya.card("nobody is asked until you decide")["buttons"]]
    await forty.next_time(WEDNESDAY, 10)
    assert len(asked(forty)) == 10, "it stays stopped"
    await maya.presses("Resume")
    await forty.later(minutes=2)
    assert len(asked(forty)) == 20, "today's wave"
    await maya.types("cancel 1")
    await forty.next_time(WEDNESDAY + 1, 10)
    assert len(asked(forty)) == 20
    assert "20 people were asked before; nobody else is." in "\n".join(maya.card("nobody else is")["lines"])
    assert "of 12" in await maya.asks("users new"), "who was not asked may be planned again"


async def test_who_leaves_before_their_turn(forty: Company) -> None:
    """Excluded, reset or gone before their card was due: they are left out, and the plan comes to its end."""
    await forty.next_time(MONDAY, 10)
    maya = forty.seat("slack", "Maya Ortiz")
    await maya.types(SYNC)
    await maya.presses("Confirm")
    await forty.later(minutes=2)
    await maya.types("users pending")
    await maya.presses("Next")
    names = re.findall(r"^\*?\d+\. ([^*·\n]+)", maya.reads(), re.MULTILINE)
    before = asked(forty)
    waiting = [forty.seat("slack", name.strip()) for name in names]
    planned = [seat for seat in waiting if seat not in before and seat.name != "Maya Ortiz"][:2]
    status = await maya.asks(f'status "{planned[0].name}"')
    assert "🕐 pending – planned" in status, status
    await maya.types(f'exclude "{planned[0].name}"')
    await maya.presses("Confirm", "Exclude")
    await forty.fake("slack").deactivate(planned[1].id)
    await forty.settle()
    for day in (TUESDAY, WEDNESDAY, WEDNESDAY + 1):
        await forty.next_time(day, 10)
    await forty.later(hours=2)
    assert planned[0].cards() == [] and planned[1].cards() == []
    assert "Plan 1 was carried out" in "\n".join(maya.card("were asked")["lines"])


async def test_reprompting_many_is_a_plan(forty: Company) -> None:
    """More than twenty at once are asked again by a plan and in waves; those who said no are left alone."""
    await forty.next_time(MONDAY, 10)
    maya = forty.seat("slack", "Maya Ortiz")
    await maya.types(SYNC)
    await maya.presses("Confirm")
    for day in (TUESDAY, WEDNESDAY, WEDNESDAY + 1):
        await forty.next_time(day, 10)
    first = [seat for seat in asked(forty) if seat.name != "Maya Ortiz"]
    await first[0].presses("No thanks")
    said = await maya.asks("reprompt pending")
    assert "31 people, 31 will be asked." in said and "will be asked again for Zoom" in said, said
    await maya.presses("Confirm", "asked again")
    before = {seat.name: len(seat.cards()) for seat in first}
    await forty.next_time(MONDAY, 10)
    await forty.next_time(TUESDAY, 10)
    assert len(first[0].cards()) == before[first[0].name], "no means no"
    assert sum(len(seat.cards()) for seat in first) > sum(before.values())


async def test_two_administrators_have_to_agree(tmp_path: Path, database: str | None) -> None:
    """Over five people the rule of two holds: Maya confirms, Emil is asked, and only his word sends the cards."""
    async with company(tmp_path, database, MIO_RATES="off", MIO_TWO_PERSON="5") as acme:
        await acme.import_all()
        maya, emil, ann = (
            acme.seat("slack", "Maya Ortiz"),
            acme.seat("zoom", "Emil Novak"),
            acme.seat("slack", "Ann Lee"),
        )
        await maya.types("sync new primary=slack secondary=zoom")
        await maya.presses("Confirm")
        assert "there is none. Name one" in maya.reads(), "nobody could be the second one"
        await maya.types("admins add emil@acme.example")
        await maya.presses("Confirm", "will be asked")
        assert "another administrator has to confirm it, too" in maya.reads()
        assert ann.cards() == []
        await maya.types("confirm 1")
        assert ann.cards() == [], "she cannot be both"
        assert "Only administrators" in await acme.seat("slack", "Bob Kim").asks("confirm 1")
        place = (
            emil if emil.cards() and "Maya Ortiz has confirmed it" in emil.reads() else acme.seat("slack", "Emil Novak")
        )
        assert "Maya Ortiz has confirmed it" in place.reads()
        await place.presses("Confirm")
        assert "Allow" in ann.buttons()
        audit = await maya.asks("audit")
        assert "Maya Ortiz: confirmed first" in audit and "Emil Novak: confirmed –" in audit, audit
        assert "1 person was asked again" in await maya.asks("reprompt ann@acme.example"), "one person needs no second"


async def test_a_plan_that_no_longer_fits_is_shown_again(forty: Company) -> None:
    """Between plan and Confirm two people have linked by themselves: it says so, asks again, and the second Confirm holds."""
    await forty.next_time(MONDAY, 10)
    maya = forty.seat("zoom", "Maya Ortiz")
    await maya.types(SYNC)
    await forty.seat("slack", "Maya Ortiz").types("sync ann@acme.example primary=slack secondary=zoom")
    await forty.seat("slack", "Maya Ortiz").presses("Confirm")
    assert "linked" in await forty.seat("slack", "Ann Lee").allows("zoom")
    await maya.presses("Confirm")
    said = maya.reads()
    assert "The world has changed since this was shown: for 1 person" in said and "31 will be asked" in said, said
    assert "already synced to Zoom – Ann Lee" in said
    await maya.presses("Confirm")
    await forty.later(minutes=2)
    assert len(asked(forty)) == 10


async def test_a_team_is_asked_together(tmp_path: Path, database: str | None) -> None:
    """Sales and Support are imported from Webex: the first wave is people of one team, so that pairs meet."""
    two = ("slack", "webex")
    async with company(tmp_path, database, 40, vendors=two, MIO_RATES="off", MIO_PROMPT_PER_DAY="8") as acme:
        for platform in two:
            acme.faults(platform, limits=False)
        await acme.later(minutes=1)
        await acme.connect("webex")
        maya = acme.seat("slack", "Maya Ortiz")
        await maya.types("import slack")
        await maya.types("import webex")
        await maya.types("import webex add Sales, Support")
        await acme.next_time(MONDAY, 10)
        await maya.types("sync new primary=slack secondary=webex")
        await maya.presses("Confirm", "waves")
        await acme.later(minutes=2)
        first = [s.name for (p, _), s in acme.seats.items() if p == "slack" and _invited(s) and s is not maya]
        teams = {name: {team for team in ("Sales", "Support") if name in await _listed(maya, team)} for name in first}
        assert len(first) >= 7
        assert len({tuple(mine) for mine in teams.values()}) == 1 and all(len(t) == 1 for t in teams.values()), teams


def _invited(seat: Seat) -> bool:
    return any("Let Webex colleagues reach you here" in str(card["lines"]) for card in seat.cards())


async def _listed(maya: Seat, team: str) -> str:
    """Everybody of a team, by the list's pages."""
    pages = [await maya.asks(f"users team:{team}")]
    while "Next" in maya.buttons():
        await maya.presses("Next")
        pages.append(maya.reads())
    return "\n".join(pages)


async def test_progress_does_not_ring_in_webex(tmp_path: Path) -> None:
    """Maya sits in Webex, where a card cannot change in place: however much happens in a day, she gets one message."""
    two = ("slack", "webex")
    async with company(tmp_path, None, 40, vendors=two, MIO_RATES="off", MIO_PROMPT_PER_DAY="8") as acme:
        for platform in two:
            acme.faults(platform, limits=False)
        await acme.later(minutes=1)
        await acme.connect("webex")
        maya = acme.seat("webex", "Maya Ortiz")
        await maya.types("import slack")
        await acme.calm()
        await maya.types("import webex")
        await acme.calm()
        await maya.types("import webex add Everybody")
        await acme.calm()
        await acme.next_time(MONDAY, 9)
        await maya.types("sync new primary=slack secondary=webex")
        await acme.calm()
        await maya.presses("Confirm", "waves")
        await acme.calm()
        seen = set()
        people = [s for (p, _), s in acme.seats.items() if p == "slack"]
        for hour in range(8):
            await acme.later(hours=1)
            invited = [s for s in people if _invited(s)]
            if hour % 2 and hour // 2 < len(invited):
                await invited[hour // 2].presses("No thanks") if hour == 1 else await invited[hour // 2].allows("webex")
            await acme.calm()
            seen |= {card["id"] for card in maya.cards() if "goes out in waves" in card["lines"][0]}
        assert len(seen) <= 2, "once when it begins, once with today's numbers"
        assert "🔄 1 declined" in maya.card("goes out in waves")["lines"][2] or "asked" in maya.reads()
