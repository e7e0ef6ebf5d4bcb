"""The same administrator's story from each platform: connect, import, sync, Confirm, Allow, status."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, Seat, company
from residents import RESIDENTS, all_imported, synced


@pytest.fixture(params=["kind", "mean"])
async def four(request: pytest.FixtureRequest, database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path, database, vendors=tuple(RESIDENTS), MIO_RATES="off") as acme:
        for platform in RESIDENTS:
            acme.faults(platform, limits=False, mean=request.param == "mean")
        await acme.later(minutes=1)
        yield acme


async def heard(seat: Seat, command: str) -> str:
    """Every word the bot shows for a command, late ones included."""
    before = {card["id"]: card["lines"] for card in seat.cards()}
    await seat.types(command)
    await seat.company.calm()
    return "\n".join(line for card in seat.cards() if before.get(card["id"]) != card["lines"] for line in card["lines"])


@pytest.mark.parametrize("home", RESIDENTS)
async def test_the_same_story_from_each_platform(four: Company, home: str) -> None:
    """Maya sits at ``home`` and never needs another app; so does Ann, whose other accounts are linked."""
    maya, others = four.seat(home, "Maya Ortiz"), [platform for platform in RESIDENTS if platform != home]
    await all_imported(maya)
    assert "Import is done" in "\n".join(maya.card("Import is done")["lines"])
    assert "not created" in await heard(maya, "status ann@acme.example")
    await synced(maya, home, "Ann Lee", *others)
    said = await heard(maya, "status ann@acme.example")
    assert said.count("✅ synced") == len(others), said
    counts = await heard(maya, "status")
    assert "people imported" in counts and counts.count("synced") >= len(others), counts


async def test_setup_warns_of_a_directory_that_hangs_on_a_colleague(four: Company) -> None:
    """Maya connected Webex with the account she works with; only once she is known elsewhere, too, is that said."""
    maya = four.seat("slack", "Maya Ortiz")
    await four.connect("webex")
    assert "own account" not in await heard(maya, "setup")
    await all_imported_again(maya)
    said = await heard(maya, "setup")
    assert "Webex: ✅ connected" in said and "Maya Ortiz's own account" in said and "service account" in said, said


async def all_imported_again(maya: Seat) -> None:
    for command in ("import slack", "import webex", "import webex add Everybody"):
        await heard(maya, command)


async def test_two_questions_at_once_are_both_answered(four: Company) -> None:
    """One import asks for teams of Webex and of Teams; the older card works as well as the newer."""
    maya = four.seat("slack", "Maya Ortiz")
    await four.connect("webex")
    await heard(maya, "import")
    for title in ("Teams", "Webex"):
        for card in [card for card in maya.cards() if f"Select teams of {title}" in card["lines"][0]]:
            option = next(choice for choice in card["choices"] if "Everybody" in choice)
            await four.fake("slack").choose(maya.id, card["id"], option)
            await four.calm()
            await four.fake("slack").press(maya.id, card["id"], "Import teams and users")
            await four.calm()
        assert any(f"{title}: " in line and "people read" in line for line in maya.card(f"✅ {title}")["lines"])
