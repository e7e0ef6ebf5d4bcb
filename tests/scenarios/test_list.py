"""The list of people: pages, searches, selections, one person's card and its actions, and what numbers mean."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, Seat, company


@pytest.fixture
async def forty(database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    """Acme with forty people: the list has pages."""
    async with company(tmp_path, database, people=40, MIO_RATES="off") as made:
        for platform in ("slack", "zoom"):
            made.faults(platform, limits=False)
        await made.import_all()
        yield made


def names(card: str) -> dict[int, str]:
    """The numbered people of a list."""
    return {int(n): name.strip() for n, name in re.findall(r"^\*?(\d+)\. ([^*·\n]+)", card, re.MULTILINE)}


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_pages_by_button_and_by_word(forty: Company, platform: str) -> None:
    """Next and Previous turn the card in place; typed, a new card comes; neither end can be passed."""
    maya = forty.seat(platform, "Maya Ortiz")
    first = await maya.asks("sync")
    assert "1–10 of 32" in first and names(first)[1] == "Alex Berg 14" and maya.buttons() == ["Next"]
    shown = len(maya.cards())
    await maya.presses("Next")
    assert "11–20 of 32" in maya.reads() and maya.buttons() == ["Previous", "Next"]
    await maya.presses("Previous")
    assert maya.reads() == first and len(maya.cards()) == shown, "in place, both ways"
    for _ in range(5):
        await maya.tells_bot("next")
    assert "31–32 of 32" in maya.reads() and maya.buttons() == ["Previous"]
    await maya.tells_bot("previous")
    assert "21–30 of 32" in maya.reads()
    assert names(maya.reads())[23] in await maya.asks("status 23")
    assert "I found nobody for “3”" in await maya.asks("status 3"), "numbers are those of the last list"


async def test_searches_and_selections(forty: Company) -> None:
    maya = forty.seat("slack", "Maya Ortiz")
    assert len(names(await maya.asks("users lee"))) == 1
    assert "Nobody found" in await maya.asks("users zzz")
    assert "of 40" in await maya.asks("users")
    assert "of 36" in await maya.asks("users on:slack")
    assert "Dana Ruiz" not in await maya.asks("users on:zoom")
    await maya.presses("Next")
    assert "11–20 of 36" in maya.reads(), "pages keep the selection"
    assert "of 32" in await maya.asks("users undecided")
    assert "of 40" in await maya.asks("users domain:acme.example")
    await forty.link("Ann Lee", "slack", "zoom")
    await maya.types("sync bob@acme.example primary=zoom")
    await maya.presses("Confirm")
    assert len(names(await maya.asks("status pending"))) == 1 and "Bob Kim" in maya.reads()
    assert "Nobody found" in await maya.asks("users failed")
    assert "of 30" in await maya.asks("users new")
    await maya.types("import slack")
    await maya.presses("Sync users")
    assert "of 32" in maya.reads(), "a fresh list, whatever was searched before"
    assert "🕐 1 pending · ✅ 1 synced" in maya.reads()


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_a_persons_card_and_its_actions(acme: Company, platform: str) -> None:
    """From the list to Ann's card: choose her primary, start the sync, reprompt, reset, remove – each asks or answers."""
    await acme.import_all()
    maya, ann = acme.seat(platform, "Maya Ortiz"), acme.seat("slack", "Ann Lee")
    assert "to decide" in await maya.asks("users ann")
    await maya.chooses("1. Ann Lee")
    assert "Primary platform: to decide" in maya.reads()
    assert maya.buttons() == ["Reset user", "Reprompt user", "Remove user"], "nothing to start before it is decided"
    await maya.chooses("Slack")
    assert "Primary platform: Slack" in maya.card("ann@acme.example · ")["lines"][2]
    await maya.presses("Zoom 🔄")
    assert "1: 🕐 will be asked to link Zoom – Ann Lee" in maya.reads() and ann.cards() == []
    await maya.presses("Confirm", "will be asked")
    assert "1 person was asked" in maya.reads()
    await maya.presses("Reprompt user", "Primary platform: Slack")
    assert "1 person was asked again" in maya.reads() and len(ann.cards()) == 2
    await ann.allows("zoom", decision="cancel")
    await maya.types("users ann")
    await maya.chooses("1. Ann Lee")
    assert "🔺 failed – refused on the platform's page" in maya.reads() and "Try again" in maya.buttons()
    await maya.presses("Try again")
    await maya.presses("Confirm", "will be asked")
    assert "linked" in await ann.allows("zoom")
    await maya.chooses("Zoom")
    assert "will be asked to allow Slack, which they leave" in maya.reads(), "she is synced: a plan"
    await maya.presses("Cancel")
    await maya.presses("Reset user", "Ann Lee")
    await maya.presses("Cancel", "Reset Ann Lee?")
    assert "Nothing was changed" in maya.reads()
    assert "✅ synced" in await maya.asks("status ann@acme.example")
    await maya.presses("Remove user", "Ann Lee")
    await maya.presses("Confirm", "Remove Ann Lee?")
    assert "1 person was removed" in maya.reads()
    await maya.presses("Zoom 🔄", "Primary platform: Slack")
    assert "answered or taken back before" in maya.reads(), "her old card leads nowhere"
    assert "Nobody found" in await maya.asks("users ann")


async def test_status_says_since_when_and_why(acme: Company) -> None:
    """The oldest question without an answer, and what failed for which reason."""
    await acme.import_all()
    maya = acme.seat("slack", "Maya Ortiz")
    assert "pending since" not in await maya.asks("status")
    for name in ("Cleo Park", "Emil Novak"):
        await maya.types(f'sync "{name}" primary=slack secondary=zoom')
        await maya.presses("Confirm")
    await acme.seat("slack", "Cleo Park").allows("zoom", decision="deny")
    said = await maya.asks("status")
    assert f"pending since {acme.clock.now().day} " in said, said
    assert "refused on the platform's page" in said, said


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_show_filters_in_place_and_says_how_to_come_back(forty: Company, platform: str) -> None:
    """Maya looks at those who wait, at one platform, at the excluded; the card stays one, and says what it shows."""
    maya = forty.seat(platform, "Maya Ortiz")
    await maya.types("sync bob@acme.example primary=zoom")
    await maya.presses("Confirm")
    await maya.types('exclude "Cleo Park"')
    assert "Shown:" not in await maya.asks("sync"), "the usual view needs no remark"
    shown = len(maya.cards())
    await maya.chooses("🕐 pending")
    assert names(maya.reads()) == {1: "Bob Kim"} and "Shown: 🕐 pending. To see the usual list again" in maya.reads()
    assert "In all: 🕐 1 pending" in maya.reads()
    for look, people in (("excluded", ["Cleo Park"]), ("✅ synced", []), ("🔺 failed", [])):
        await maya.chooses(look)
        assert list(names(maya.reads()).values()) == people and f"Shown: {look}" in maya.reads()
    assert "Nobody found" in maya.reads(), "an empty list still leads on"
    await maya.chooses("on Slack")
    assert "1–10 of 36" in maya.reads() and "Shown: on Slack" in maya.reads()
    await maya.presses("Next")
    assert "11–20 of 36" in maya.reads(), "pages keep the filter"
    await maya.chooses("🔄 not created")
    assert "1–10 of 30" in maya.reads(), "neither Bob, who is asked, nor Cleo, who is excluded"
    await maya.chooses("to decide")
    assert "1–10 of 30" in maya.reads()
    await maya.chooses("everybody")
    assert "1–10 of 40" in maya.reads()
    await maya.chooses("on two or more platforms")
    assert "1–10 of 32" in maya.reads() and "Shown:" not in maya.reads()
    assert len(maya.cards()) == shown


async def test_searching_on_the_card_looks_among_those_it_shows(forty: Company) -> None:
    maya, label = forty.seat("slack", "Maya Ortiz"), "Search a name or an e-mail address"
    await maya.types("sync bob@acme.example primary=zoom")
    await maya.presses("Confirm")
    await maya.types("sync")
    shown = len(maya.cards())
    await maya.writes(label, "  BOB@acme ")
    assert names(maya.reads()) == {1: "Bob Kim"} and "with “BOB@acme” in name or address" in maya.reads()
    await maya.chooses("🕐 pending")
    assert names(maya.reads()) == {1: "Bob Kim"} and "with “" not in maya.reads(), "another filter begins anew"
    await maya.writes(label, "ann")
    assert "Nobody found" in maya.reads() and "Shown: 🕐 pending, with “ann”" in maya.reads()
    await maya.chooses("on two or more platforms")
    await maya.writes(label, "berg")
    assert set(names(maya.reads()).values()) and len(maya.cards()) == shown


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_who_may_filter(acme: Company, platform: str) -> None:
    """The helpdesk looks without actions; somebody who lost the role is refused, whatever card they still have."""
    await acme.import_all()
    maya, cleo = acme.seat("slack", "Maya Ortiz"), acme.seat(platform, "Cleo Park")
    await maya.types("admins add maya@acme.example")
    await maya.types("admins add cleo@acme.example helpdesk")
    await cleo.types("users")
    await cleo.chooses("on two or more platforms")
    assert "Shown: on two or more platforms. To see the usual list again, choose under Show: everybody" in cleo.reads()
    await cleo.chooses("1. Ann Lee")
    assert "Reset user" not in cleo.buttons()
    await maya.types("admins remove cleo@acme.example")
    await cleo.chooses("everybody")
    assert "Only administrators may do that" in cleo.reads()


@pytest.mark.parametrize("platform", ["slack", "webex"])
async def test_teams_are_shown_and_synced_by_name(database: str | None, tmp_path: Path, platform: str) -> None:
    async with company(tmp_path, database, vendors=("slack", "webex"), MIO_RATES="off") as acme:
        for each in acme.sandbox.fakes:
            acme.faults(each, limits=False)
        await acme.connect("webex")
        maya = acme.seat("slack", "Maya Ortiz")
        for command in ("import slack", "import webex", "import webex add Sales, Support"):
            await maya.types(command)
            await acme.calm()
        maya = acme.seat(platform, "Maya Ortiz")
        said = await heard(maya, "users team:sales")
        members = set(names(said).values())
        assert 2 < len(members) < 10 and "Shown: team:sales" in said, said
        said = await heard(maya, "users team:support")
        assert members & set(names(said).values()) == {"Maya Ortiz"}, said
        said = await heard(maya, 'sync "TEAM:Sales" primary=slack secondary=webex')
        assert f"{len(members)} people" in said, said
        said = await heard(maya, "sync team:“Sails”")
        assert "No imported team is called “Sails”. Nearest: Sales" in said, said
        said = await heard(maya, "users team:Suport")
        assert "Nearest: Support" in said and "1–" not in said, said
        assert "Nobody of" not in await heard(maya, "status team:Support")


async def heard(seat: Seat, command: str) -> str:
    """Every word the bot shows for a command, late ones included."""
    before = {card["id"]: card["lines"] for card in seat.cards()}
    await seat.types(command)
    await seat.company.calm()
    return "\n".join(line for card in seat.cards() if before.get(card["id"]) != card["lines"] for line in card["lines"])
