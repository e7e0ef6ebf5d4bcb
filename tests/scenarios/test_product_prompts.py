"""Prompts, row by row: three answers, the timetable, what is heard and who is told, bursts, and what was not carried."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from company import Company, Seat, company
from residents import RESIDENTS, all_imported, synced

ADMINS = pytest.mark.parametrize("admin", ["slack", "zoom"])
MONDAY = 0
ASKS = "Let Zoom colleagues reach you here"


@pytest.fixture
async def imported(acme: Company) -> Company:
    """Everybody is imported; it is Monday, ten o'clock."""
    await acme.import_all()
    await acme.next_time(MONDAY, 10)
    return acme


@pytest.fixture
async def four(database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    """All four platforms, everybody imported; nobody is asked yet."""
    async with company(tmp_path, database, vendors=tuple(RESIDENTS), MIO_RATES="off") as made:
        for platform in RESIDENTS:
            made.faults(platform, limits=False)
        await made.later(minutes=1)
        await all_imported(made.seat("slack", "Maya Ortiz"))
        yield made


async def asked(acme: Company, maya: Seat, *names: str, home: str = "slack", other: str = "zoom") -> list[Seat]:
    """These people live in ``home`` and are asked about ``other``."""
    for name in names:
        await maya.types(f'sync "{name}" primary={home} secondary={other}')
        await maya.presses("Confirm")
    return [acme.seat(home, name) for name in names]


def saying(seat: Seat, words: str) -> list[dict[str, object]]:
    return [card for card in seat.cards() if words in "\n".join(card["lines"])]


def written(seats: Iterable[Seat]) -> list[int]:
    return [len(seat.cards()) for seat in seats]


# -- three answers ---------------------------------------------------------------------------------


@ADMINS
async def test_answer_allow(imported: Company, admin: str) -> None:
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    assert ann.buttons() == ["Allow", "Not now", "No thanks"]
    assert "linked" in await ann.allows("zoom")
    await acme.later(days=14)
    assert len(ann.cards()) == 1, "nobody who allowed is reminded"


@ADMINS
async def test_answer_not_now(imported: Company, admin: str) -> None:
    """Stays pending, and asks again by the timetable."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    await acme.later(days=2)
    await ann.presses("Not now")
    assert "🕐 pending – said “Not now”" in await maya.asks("status ann@acme.example")
    await acme.later(days=2)
    assert len(ann.cards()) == 1
    await acme.next_time(MONDAY, 11)
    assert len(ann.cards()) == 2 and "Allow" in ann.buttons(), "her three days ended on a Saturday"


@ADMINS
async def test_answer_no_thanks(imported: Company, admin: str) -> None:
    """Respected by plans, by every selection and by the person's very name in a plan; *connect* and an express reprompt ask."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    ann, bob = await asked(acme, maya, "Ann Lee", "Bob Kim")
    for seat in (ann, bob):
        await seat.presses("No thanks")
    for command in ("sync all", "sync ann@acme.example primary=slack secondary=zoom"):
        assert "declined Zoom: only their own connect or an express reprompt asks again" in await maya.asks(command)
        if "Confirm" in maya.buttons():
            await maya.presses("Confirm")
    for who in ("all", "pending", "new", "on:slack"):
        await maya.types(f"reprompt {who}")
    await acme.later(days=14)
    assert written((ann, bob)) == [1, 1], "no means no"
    await ann.types("connect")
    assert "1 person was asked again" in await maya.asks("reprompt bob@acme.example")
    assert written((ann, bob)) == [2, 2] and "Allow" in ann.buttons() and "Allow" in bob.buttons()


# -- the timetable ---------------------------------------------------------------------------------


@ADMINS
async def test_timetable(imported: Company, admin: str) -> None:
    """The first card and three reminders, then silence – and the person stays visible."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    counts = []
    for _ in range(10):
        await acme.later(days=3)
        counts.append(len(ann.cards()))
    assert counts[-1] == 4 and counts == sorted(counts), counts
    assert "did not answer the last reminder" in await maya.asks("status ann@acme.example")
    assert "Ann Lee" in await maya.asks("users pending")


@ADMINS
async def test_nobody_gets_two_unasked_messages_a_day(imported: Company, admin: str) -> None:
    """Ann's reminder is due a few hours after an outsider's line: it comes the day after, and so does the next outsider's."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (bob,) = await asked(acme, maya, "Bob Kim", home="zoom", other="slack")
    await bob.allows("slack")
    guest, robot = Seat(acme, "slack", "U0GUEST01", "Gail Guest"), Seat(acme, "slack", "U0ROBOT01", "Build Robot")
    before = len(bob.cards())
    await guest.says(acme.seat("slack", "Bob Kim"), "secret")
    await acme.later(hours=20)
    assert len(bob.cards()) == before, "he was asked today"
    await acme.later(hours=5)
    assert "Gail Guest (outside Acme) wrote to you in Slack" in bob.reads() and len(bob.cards()) == before + 1
    await robot.says(acme.seat("slack", "Bob Kim"), "build failed")
    await acme.settle()
    assert len(bob.cards()) == before + 1, "one a day"
    await acme.later(hours=25)
    assert "Build Robot (a bot) wrote to you in Slack" in bob.reads(), "it waited, and was not lost"
    assert "secret" not in str(bob.cards()) and "build failed" not in str(bob.cards())


async def test_what_cannot_wait_goes_at_once(imported: Company) -> None:
    """An administrator's act on one person, a broken consent and a notice come on the very day of another card."""
    acme, maya = imported, imported.seat("slack", "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    await maya.types("reprompt ann@acme.example")
    assert len(ann.cards()) == 2
    await ann.allows("zoom")
    await acme.fake("zoom").revoke(acme.seat("zoom", "Ann Lee").id)
    await acme.settle()
    assert len(ann.cards()) == 3 and "Allow" in ann.buttons(), "the card again, without waiting"


# -- reactive prompts ------------------------------------------------------------------------------


@pytest.mark.parametrize(("home", "away"), [("slack", "zoom"), ("zoom", "slack")])
async def test_row_unlinked_to_linked(imported: Company, home: str, away: str) -> None:
    """Heard through the reader's grant: the writer is told every time, an open question is brought up to date, and nobody else
    is asked."""
    acme, maya = imported, imported.seat(home, "Maya Ortiz")
    await acme.link("Ann Lee", home, away)
    (cleo, gus) = await asked(acme, maya, "Cleo Park", "Gus Weber", home=away, other=home)
    await gus.presses("No thanks")
    fay, there = acme.seat(away, "Fay Wong"), acme.seat(away, "Ann Lee")
    title = home.title()
    before = written((cleo, gus, fay))
    for writer in (cleo, gus, fay):
        await writer.says(there, "hello?")
    await acme.settle()
    assert [n - b for n, b in zip(written((cleo, gus, fay)), before, strict=True)] == [1, 1, 1], "told, by one card"
    assert all("Ann Lee did not get your message" in seat.reads() for seat in (cleo, gus, fay))
    assert "Press Allow once and your messages will reach Ann Lee there" in cleo.reads() and "Allow" in cleo.buttons()
    assert "Allow" not in gus.buttons() and "Allow" not in fay.buttons(), "told, not asked"
    assert len(saying(cleo, f"Let {title} colleagues reach you here")) == 1, "their one card, and no second one"
    await acme.later(minutes=30)
    await fay.says(there, "and now?")
    await acme.settle()
    assert len(fay.cards()) == before[2] + 2, "every time"
    assert "linked" in await cleo.allows(home), "by the notice"
    assert saying(cleo, "Done"), "and the card is done"


@pytest.mark.parametrize(("home", "away"), [("slack", "zoom"), ("zoom", "slack")])
async def test_row_linked_to_unlinked(imported: Company, home: str, away: str) -> None:
    """Nobody hears it, so nothing happens – and status says so."""
    acme, maya = imported, imported.seat(home, "Maya Ortiz")
    await acme.link("Ann Lee", home, away)
    ann, (bob,) = acme.seat(home, "Ann Lee"), await asked(acme, maya, "Bob Kim", home=away, other=home)
    before = written((ann, bob))
    await ann.says(acme.seat(home, "Bob Kim"), "hello?")
    await acme.settle()
    assert written((ann, bob)) == before
    said = await maya.asks("why bob@acme.example")
    assert f"Messages between Bob Kim and colleagues in {home.title()} cannot be noticed yet" in said, said


@ADMINS
async def test_row_unlinked_to_unlinked(imported: Company, admin: str) -> None:
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    (bob,) = await asked(acme, maya, "Bob Kim", home="zoom", other="slack")
    before = written((ann, bob))
    await ann.says(acme.seat("slack", "Bob Kim"), "hello?")
    await bob.says(acme.seat("zoom", "Ann Lee"), "hello?")
    await acme.settle()
    assert written((ann, bob)) == before
    for name, title in (("ann", "Zoom"), ("bob", "Slack")):
        said = await maya.asks(f"status {name}@acme.example")
        assert f"colleagues in {title} cannot be noticed yet: nothing is heard there before" in said, said


async def test_a_grant_that_is_still_alive_hears(imported: Company) -> None:
    """Ann was reset and asked anew; Zoom still lets her parked permission hear: Bob is told, and her reminder comes sooner."""
    acme, maya = imported, imported.seat("slack", "Maya Ortiz")
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    await maya.types("reset ann@acme.example")
    await maya.presses("Confirm", "Reset Ann Lee?")
    (ann,) = await asked(acme, maya, "Ann Lee")
    bob, cards = acme.seat("zoom", "Bob Kim"), len(ann.cards())
    await bob.says(acme.seat("zoom", "Ann Lee"), "hello?")
    await acme.settle()
    assert "Ann Lee works in Slack and is not linked to Zoom at the moment" in bob.reads()
    assert len(ann.cards()) == cards, "throttled: she was asked today"
    await acme.later(hours=23)
    assert len(ann.cards()) == cards
    await acme.later(hours=2)
    assert len(ann.cards()) == cards + 1 and "Allow" in ann.buttons(), "two days before the timetable"
    await acme.later(days=1)
    assert len(ann.cards()) == cards + 1, "it was one of the three"


# -- bursts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("home", "away"), [("slack", "zoom"), ("zoom", "slack")])
async def test_a_burst_makes_one_notice(imported: Company, home: str, away: str) -> None:
    """Updated in place: the same card counts, from the first message to the last."""
    acme = imported
    await acme.link("Ann Lee", home, away)
    fay, there = acme.seat(away, "Fay Wong"), acme.seat(away, "Ann Lee")
    for n in range(7):
        await fay.says(there, f"hello {n}")
        await acme.settle()
        if n == 0:
            first = fay.cards()[-1]["id"]
    assert len(saying(fay, "Ann Lee did not get")) == 1
    assert "Ann Lee did not get 7 of your messages" in fay.reads() and fay.cards()[-1]["id"] == first
    await acme.later(minutes=11)
    await fay.says(there, "hello again")
    await acme.settle()
    assert len(saying(fay, "Ann Lee did not get")) == 2, "a new burst, a new notice"


@pytest.mark.parametrize("away", ["webex", "teams"])
async def test_a_burst_makes_one_notice_elsewhere(four: Company, away: str) -> None:
    """On Webex a card is deleted and posted anew: there is still one, and it counts."""
    acme, maya = four, four.seat("slack", "Maya Ortiz")
    await synced(maya, "slack", "Ann Lee", away)
    await maya.types(f"primary fay@acme.example {away}")
    fay, there = acme.seat(away, "Fay Wong"), acme.seat(away, "Ann Lee")
    for n in range(4):
        await fay.says(there, f"hello {n}")
        await acme.calm()
    assert len(saying(fay, "Ann Lee did not get")) == 1, [card["lines"] for card in fay.cards()]
    assert saying(fay, "Ann Lee did not get 4 of your messages")


# -- what is not carried ---------------------------------------------------------------------------


OUTSIDE = [
    ("an outsider", "Gail Guest (outside Acme) wrote to you in Slack"),
    ("a bot", "Build Robot (a bot) wrote to you in Slack"),
    ("an excluded colleague", "Eve Novak wrote to you in Slack"),
]


@pytest.mark.parametrize(("who", "words"), OUTSIDE)
async def test_not_carried_to_a_slack_account(imported: Company, who: str, words: str) -> None:
    """One line at home, in Zoom, without the text; nobody outside is prompted."""
    acme, maya = imported, imported.seat("slack", "Maya Ortiz")
    await acme.link("Bob Kim", "zoom", "slack")
    writer = {
        "an outsider": Seat(acme, "slack", "U0GUEST01", "Gail Guest"),
        "a bot": Seat(acme, "slack", "U0ROBOT01", "Build Robot"),
        "an excluded colleague": acme.seat("slack", "Emil Novak"),
    }[who]
    if who == "an excluded colleague":
        await maya.types("exclude emil@acme.example")
    await acme.later(days=1, hours=1)
    bob, before = acme.seat("zoom", "Bob Kim"), len(acme.seat("zoom", "Bob Kim").cards())
    for _ in range(3):
        await writer.says(acme.seat("slack", "Bob Kim"), "secret words")
        await acme.settle()
    assert len(bob.cards()) == before + 1 and words.replace("Eve Novak", writer.name) in bob.reads(), bob.reads()
    assert "secret words" not in str(bob.cards()) and writer.cards() == []
    assert bob.hears(acme.seat("zoom", "Emil Novak")) == []


@pytest.mark.parametrize("who", ["an outsider", "an excluded colleague"])
async def test_not_carried_to_a_zoom_account(imported: Company, who: str) -> None:
    acme, maya = imported, imported.seat("slack", "Maya Ortiz")
    await acme.link("Ann Lee", "slack", "zoom")
    if who == "an outsider":
        native = await acme.fake("zoom").outsider("Olga Outside", "olga@elsewhere.example")
        writer, words = Seat(acme, "zoom", native, "Olga Outside"), "Somebody (outside Acme, or not imported) wrote"
    else:
        writer, words = acme.seat("zoom", "Emil Novak"), "Emil Novak wrote to you in Zoom"
        await maya.types("exclude emil@acme.example")
    await acme.later(days=1, hours=1)
    ann, before = acme.seat("slack", "Ann Lee"), len(acme.seat("slack", "Ann Lee").cards())
    for _ in range(3):
        await writer.says(acme.seat("zoom", "Ann Lee"), "secret words")
        await acme.settle()
    assert len(ann.cards()) == before + 1 and words in ann.reads(), ann.reads()
    assert "secret words" not in str(ann.cards()) and writer.cards() == []


async def test_an_excluded_colleague_away_from_home_is_an_outsider_too(imported: Company) -> None:
    """Emil's home is Zoom; what he types by hand in Slack to Bob's account there leaves its line."""
    acme, maya = imported, imported.seat("slack", "Maya Ortiz")
    await acme.link("Bob Kim", "zoom", "slack")
    await maya.types("primary emil@acme.example zoom")
    await maya.types("exclude emil@acme.example")
    await acme.later(days=1, hours=1)
    await acme.seat("slack", "Emil Novak").says(acme.seat("slack", "Bob Kim"), "secret words")
    await acme.settle()
    assert "Emil Novak wrote to you in Slack" in acme.seat("zoom", "Bob Kim").reads()


@pytest.mark.parametrize("away", ["webex", "teams"])
async def test_not_carried_from_an_unimported_colleague(four: Company, away: str) -> None:
    """Where import goes by team, a colleague in none of them is unknown: one line, and they are not prompted."""
    acme, maya = four, four.seat("slack", "Maya Ortiz")
    await synced(maya, "slack", "Ann Lee", away)
    native = await acme.fake(away).join("Nora New", "nora@acme.example")
    nora = Seat(acme, away, native, "Nora New")
    await acme.later(days=1, hours=1)
    ann, before = acme.seat("slack", "Ann Lee"), len(acme.seat("slack", "Ann Lee").cards())
    for _ in range(2):
        await nora.says(acme.seat(away, "Ann Lee"), "secret words")
        await acme.calm()
    assert len(ann.cards()) == before + 1, [card["lines"] for card in ann.cards()]
    assert f"Nora New wrote to you in {away.title()}" in ann.reads(), ann.reads()
    assert "secret words" not in str(ann.cards()) and nora.cards() == []


@pytest.mark.parametrize("away", ["webex", "teams"])
async def test_not_carried_from_somebody_outside_elsewhere(four: Company, away: str) -> None:
    """A guest of Webex's, a person of another tenant in Teams. What Ann writes to them by hand is nobody's news."""
    acme, maya = four, four.seat("slack", "Maya Ortiz")
    await synced(maya, "slack", "Ann Lee", away)
    if away == "teams":
        native = await acme.fake("teams").outsider("Olga Outside", "olga@elsewhere.example")
        olga = Seat(acme, "teams", native, "Olga Outside")
    else:
        olga = acme.seat("webex", "Gail Guest")
    await acme.later(days=1, hours=1)
    ann, there = acme.seat("slack", "Ann Lee"), acme.seat(away, "Ann Lee")
    before = len(ann.cards())
    await there.says(olga, "hello from Ann's own hand")
    await acme.calm()
    assert len(ann.cards()) == before
    await olga.says(there, "secret words")
    await acme.calm()
    assert f"{olga.name} (outside Acme) wrote to you in {away.title()}" in ann.reads(), ann.reads()
    assert "secret words" not in str(ann.cards())
