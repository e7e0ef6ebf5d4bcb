"""The list of people: pages, searches, selections, one person's card and its actions, and what numbers mean."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, company


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
