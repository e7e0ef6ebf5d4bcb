"""Excluded people are nobody's to sync or ask; and everybody may find their colleagues."""

import pytest
from company import Company, Seat


@pytest.fixture
async def maya(acme: Company) -> Seat:
    """Everybody is imported; Ann lives in Slack, Bob in Zoom, both allowed."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    return acme.seat("slack", "Maya Ortiz")


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_whoever_is_excluded_is_neither_asked_nor_planned(acme: Company, maya: Seat, platform: str) -> None:
    admin, cleo = acme.seat(platform, "Maya Ortiz"), acme.seat("slack", "Cleo Park")
    assert "1 person is excluded." in await admin.asks("exclude cleo@acme.example"), "nothing ends by it: no question"
    assert "excluded" in await admin.asks("sync cleo@acme.example primary=slack secondary=zoom")
    assert cleo.cards() == []
    await cleo.types("connect")
    assert "excluded you" in cleo.reads()
    assert "may be synced again" in await admin.asks("include cleo@acme.example")
    await admin.types("sync cleo@acme.example primary=slack secondary=zoom")
    await admin.presses("Confirm")
    assert "Allow" in cleo.buttons()
    assert "None of them was excluded" in await admin.asks("include cleo@acme.example")


async def test_excluding_somebody_who_is_synced_is_confirmed_first(acme: Company, maya: Seat) -> None:
    ann, bob = acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Bob Kim")
    ann_in_zoom, bob_in_slack = acme.seat("zoom", "Ann Lee"), acme.seat("slack", "Bob Kim")
    assert "Exclude Ann Lee?" in await maya.asks("exclude ann@acme.example")
    assert "synced" in await maya.asks("status ann@acme.example")
    await maya.presses("Confirm")
    said = await maya.asks("status ann@acme.example")
    assert "Excluded: never synced or prompted." in said and "✅" not in said, said
    await bob.says(ann_in_zoom, "are you there?")
    await acme.settle()
    assert ann.hears(bob_in_slack) == []


async def test_only_administrators_exclude(acme: Company, maya: Seat) -> None:
    ann = acme.seat("slack", "Ann Lee")
    await ann.types("exclude bob@acme.example")
    assert "administrator" in ann.reads()
    assert "✅ synced" in await maya.asks("status bob@acme.example")


async def test_ann_finds_whom_to_write_to_here(acme: Company, maya: Seat) -> None:
    ann, emil = acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Emil Novak")
    assert "Write to Bob Kim's Slack account here: it arrives in Zoom." in await ann.asks("find bob")
    assert "that is you" in await ann.asks("find ann lee")
    assert "works here in Slack" in await ann.asks("find dana")
    assert "Pat Stone works in Zoom and has no account in Slack" in await ann.asks("find stone")
    assert "not decided yet" in await ann.asks("find cleo")
    assert "no colleague" in await ann.asks("find zaphod")
    assert "Not understood" in await ann.asks("find")
    await maya.types("sync emil@acme.example primary=zoom secondary=slack")
    await maya.presses("Confirm")
    assert "Allow your own Slack account once" in await emil.asks("find ann lee")
    assert "cannot be reached from Slack yet" in await ann.asks("find emil")
    await maya.types("exclude pat@acme.example")
    assert "no colleague" in await ann.asks("find stone"), "excluded people are nobody's business"
