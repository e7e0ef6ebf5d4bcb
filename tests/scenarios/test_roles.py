"""Administrators named in chat, the helpdesk, and that nobody locks the company out."""

from pathlib import Path

import pytest
from company import Company, Seat, company


@pytest.fixture
async def maya(acme: Company) -> Seat:
    """Everybody is imported; Maya administers Slack and Zoom, and nobody is named yet."""
    await acme.import_all()
    return acme.seat("slack", "Maya Ortiz")


def words(seat: Seat) -> str:
    return "\n".join(line for card in seat.cards() for line in card["lines"])


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_the_first_one_named_takes_maya_along(acme: Company, maya: Seat, platform: str) -> None:
    admin, ann = acme.seat(platform, "Maya Ortiz"), acme.seat("slack", "Ann Lee")
    assert "Nobody is named" in await admin.asks("admins")
    assert "administrator" in await ann.asks("sync"), "Ann is refused"
    said = await admin.asks("admins add ann@acme.example")
    assert "Ann Lee (ann@acme.example): administrator" in said and "Maya Ortiz (maya@acme.example)" in said, said
    assert "Sync users" in await ann.asks("sync")
    assert "Plan" in await admin.asks("sync bob@acme.example primary=slack secondary=zoom"), "Maya still may"
    await admin.types("admins add bob@acme.example")
    assert "Bob Kim is an administrator of this bot now" in words(ann), "all administrators are told"


async def test_the_last_administrator_stays(acme: Company, maya: Seat) -> None:
    await maya.types("admins add ann@acme.example")
    ann = acme.seat("slack", "Ann Lee")
    assert "Maya Ortiz said so" in words(ann)
    said = await ann.asks("admins remove maya@acme.example")
    assert "Maya" not in said, said
    assert "last administrator" in await ann.asks("admins remove ann@acme.example")
    assert "last administrator" in await ann.asks("admins add ann@acme.example helpdesk")
    assert "administrator" in await maya.asks("sync"), "Maya is refused now"


async def test_the_helpdesk_looks_and_reprompts(acme: Company, maya: Seat) -> None:
    cleo, ann = acme.seat("slack", "Cleo Park"), acme.seat("slack", "Ann Lee")
    await maya.types("admins add cleo@acme.example helpdesk")
    assert "Ann Lee" in await cleo.asks("users ann")
    assert "people imported" in await cleo.asks("status")
    assert "Primary platform" in await cleo.asks("status ann@acme.example")
    assert "administrator" in await cleo.asks("reset ann@acme.example")
    assert "administrator" in await cleo.asks("sync ann@acme.example primary=slack secondary=zoom")
    await maya.types("sync ann@acme.example primary=slack secondary=zoom")
    await maya.presses("Confirm")
    await ann.presses("No thanks")
    await cleo.types("reprompt ann@acme.example")
    assert "Allow" in ann.buttons()
    said = await cleo.asks("help")
    assert "reprompt" in said and "exclude" not in said
    await maya.types("admins remove cleo@acme.example")
    assert "administrator" in await cleo.asks("users ann")


async def test_naming_a_helpdesk_alone_changes_no_administrator(acme: Company, maya: Seat) -> None:
    await maya.types("admins add cleo@acme.example helpdesk")
    assert "Nobody is named" in await maya.asks("admins")
    assert "Sync users" in await acme.seat("zoom", "Maya Ortiz").asks("sync")


async def test_what_the_setting_says_is_changed_only_there(tmp_path: Path) -> None:
    async with company(tmp_path, MIO_RATES="off", MIO_ADMINS="ann@acme.example") as acme:
        ann = acme.seat("slack", "Ann Lee")
        await ann.types("import")
        assert "by the setting MIO_ADMINS" in await ann.asks("admins")
        assert "changed only there" in await ann.asks("admins remove ann@acme.example")
        assert "Bob Kim" in await ann.asks("admins add bob@acme.example")
        assert "has no role here" in await ann.asks("admins remove cleo@acme.example")
        assert "Not understood" in await ann.asks("admins promote bob@acme.example")
        assert "Not understood" in await ann.asks("admins add")
        assert "one person at a time" in await ann.asks("admins add all")
