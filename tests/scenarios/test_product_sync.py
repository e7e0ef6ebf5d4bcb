"""What Confirm will do, row by row: an account there, none, none in Teams, none in Zoom – and nothing before Confirm."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, Seat, company

ADMINS = pytest.mark.parametrize("admin", ["slack", "zoom"])
STAND_INS = {"slack": "Pat Stone", "zoom": "Dana Ruiz"}
"""Who has no account there."""


@pytest.fixture
async def imported(acme: Company) -> Company:
    await acme.import_all()
    return acme


@pytest.fixture
async def with_teams(database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    """Slack and Teams; Emil's licence for Teams was taken away before anybody was imported."""
    async with company(tmp_path, database, vendors=("slack", "teams"), MIO_RATES="off") as made:
        for platform in made.sandbox.fakes:
            made.faults(platform, limits=False)
        await made.later(minutes=1)
        await made.fake("teams").remove_licence(made.seat("teams", "Emil Novak").id)
        maya = made.seat("slack", "Maya Ortiz")
        for command in ("import slack", "import teams", "import teams add Everybody"):
            await maya.types(command)
            await made.calm()
        yield made


def chats(acme: Company, name: str) -> list[Seat]:
    """Everywhere that somebody could have been contacted."""
    return [seat for (_, who), seat in acme.seats.items() if who == name]


def uncontacted(acme: Company, *names: str) -> bool:
    return all(seat.cards() == [] for name in names for seat in chats(acme, name))


# -- the account exists ----------------------------------------------------------------------------


@ADMINS
async def test_row_account_exists(imported: Company, admin: str) -> None:
    """Ann is asked on her primary platform, waits visibly, signs in at the secondary, and is synced."""
    acme, maya, ann = imported, imported.seat(admin, "Maya Ortiz"), imported.seat("slack", "Ann Lee")
    plan = await maya.asks("sync ann@acme.example primary=slack secondary=zoom")
    assert "1: 🕐 will be asked to link Zoom – Ann Lee" in plan and uncontacted(acme, "Ann Lee"), plan
    await maya.presses("Confirm")
    assert acme.seat("zoom", "Ann Lee").cards() == [], "only at home"
    card = "\n".join(ann.card("Let Zoom colleagues reach you here")["lines"])
    for words in ("Maya Ortiz", "link your Zoom account", "reading all your direct messages", "/mio disconnect"):
        assert words in card, words
    assert ann.buttons() == ["Allow", "Not now", "No thanks"]
    assert "Zoom: 🕐 pending – asked, no answer yet" in await maya.asks("status ann@acme.example")
    page = await ann.allows("zoom", as_=acme.seat("zoom", "Bob Kim"))
    assert "Nothing was linked. Please sign in to Zoom as ann@acme.example" in page, page
    assert "🕐 pending – signed in with another account" in await maya.asks("status ann@acme.example")
    assert "linked" in await ann.allows("zoom")
    assert "Done" in "\n".join(ann.card("Zoom colleagues now reach you here")["lines"])
    assert "Zoom: ✅ synced" in await maya.asks("status ann@acme.example")


@pytest.mark.parametrize("admin", ["slack", "teams"])
async def test_row_account_exists_in_teams_with_a_licence(with_teams: Company, admin: str) -> None:
    """Bob has a licence and is asked; Emil has none, is no account that could be linked, and is not contacted."""
    acme, maya = with_teams, with_teams.seat(admin, "Maya Ortiz")
    plan = await maya.asks("sync bob@acme.example primary=slack secondary=teams")
    assert "will be asked to link Teams – Bob Kim" in plan, plan
    await maya.presses("Confirm")
    assert "Allow" in acme.seat("slack", "Bob Kim").buttons()
    assert "linked" in await acme.seat("slack", "Bob Kim").allows("teams")
    plan = await maya.asks("sync emil@acme.example primary=slack secondary=teams")
    assert "refused: no Teams account" in plan and "licence" in plan and "Confirm" not in maya.buttons(), plan
    assert uncontacted(acme, "Emil Novak")
    await acme.fake("teams").change(acme.seat("teams", "Emil Novak").id, licence="yes")
    await acme.seat("slack", "Maya Ortiz").types("import teams")
    await acme.calm()
    await maya.types("status")
    await maya.presses("Try again")
    assert "will be asked to link Teams – Emil Novak" in maya.reads()


# -- none, and somebody or something could stand in ------------------------------------------------


@ADMINS
@pytest.mark.parametrize(("platform", "name"), STAND_INS.items())
async def test_row_none_with_standins(imported: Company, admin: str, platform: str, name: str) -> None:
    """Stand-ins are not available yet: asking for one is answered so, and no plan offers one."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    said = await maya.asks(f'sync "{name}" secondary={platform} standins=yes')
    assert "standins=yes (not available yet)" in said, said
    plan = await maya.asks(f'sync "{name}" secondary={platform}')
    assert f"refused: no {platform.title()} account" in plan and "represented" not in plan, plan
    assert "Confirm" not in maya.buttons() and uncontacted(acme, name)


@pytest.mark.parametrize("admin", ["slack", "teams"])
async def test_row_none_in_teams_with_guests(with_teams: Company, admin: str) -> None:
    """Guests are not available yet: the setting is answered so, and nobody is invited."""
    acme, maya = with_teams, with_teams.seat(admin, "Maya Ortiz")
    guests = len(acme.sandbox.core.world.accounts["teams"])
    assert "not available yet" in await maya.asks("settings guests on")
    plan = await maya.asks("sync dana@acme.example secondary=teams")
    assert "refused: no Teams account" in plan and "guest" not in plan, plan
    assert uncontacted(acme, "Dana Ruiz") and len(acme.sandbox.core.world.accounts["teams"]) == guests


# -- none in Zoom ----------------------------------------------------------------------------------


@ADMINS
async def test_row_none_in_zoom(imported: Company, admin: str) -> None:
    """Dana is refused with the reason, and told nothing; once she has an account there, *Try again* plans to ask her."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    plan = await maya.asks("sync dana@acme.example secondary=zoom")
    assert "refused: no Zoom account; ask your Zoom admin to create one" in plan, plan
    assert "Nobody has been contacted; other links stay as they are" in plan, plan
    assert maya.buttons()[0] == "Try again" and "Confirm" not in maya.buttons() and uncontacted(acme, "Dana Ruiz")
    await maya.presses("Try again")
    assert "refused: no Zoom account" in maya.reads(), "nothing has changed"
    await acme.fake("zoom").join("Dana Ruiz", "dana@acme.example")
    await acme.settle()
    assert "will be asked to link Zoom – Dana Ruiz" in await maya.asks("try again"), "its typed twin"
    await maya.presses("Confirm")
    assert "Allow" in acme.seat("slack", "Dana Ruiz").buttons()


async def test_only_administrators_try_a_plan_again(imported: Company) -> None:
    acme, maya = imported, imported.seat("slack", "Maya Ortiz")
    await maya.types("sync dana@acme.example secondary=zoom")
    await maya.types("admins add emil@acme.example")
    emil = acme.seat("slack", "Emil Novak")
    await emil.types("sync dana@acme.example secondary=zoom")
    await maya.types("admins remove emil@acme.example")
    await emil.presses("Try again")
    assert "Only administrators" in emil.reads()
    assert "will be asked" not in await emil.asks("try again")
    assert uncontacted(acme, "Dana Ruiz")


# -- before Confirm --------------------------------------------------------------------------------


@ADMINS
async def test_the_plan_counts_everybody_before_anything_is_sent(imported: Company, admin: str) -> None:
    """Who is asked, who is refused and why, who is excluded, who said no: all in the plan, and nobody has heard of it."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    await maya.types("exclude fay@acme.example")
    await maya.types("sync gus@acme.example primary=slack secondary=zoom")
    await maya.presses("Confirm")
    await acme.seat("slack", "Gus Weber").presses("No thanks")
    names = {seat.name for seat in acme.seats.values()} - {"Maya Ortiz", "Gus Weber"}
    plan = await maya.asks("sync on:slack primary=slack secondary=zoom")
    assert "1: 🔺 refused: no Zoom account" in plan and "1: 🔺 excluded – Fay Wong" in plan, plan
    assert "1: 🔄 declined Zoom: only their own connect or an express reprompt asks again – Gus Weber" in plan, plan
    assert uncontacted(acme, *names)
    await maya.presses("Cancel")
    assert "Nobody was contacted" in maya.reads() and uncontacted(acme, *names)
