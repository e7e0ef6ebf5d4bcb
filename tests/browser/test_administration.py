"""An administrator at work in each of the four apps: the list, a person, a plan, Confirm, why, an end, and Undo."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, company
from pane import Pane, imports
from playwright.async_api import Browser
from visitor import Visitor

PARTNERS = {"slack": "zoom", "zoom": "slack", "teams": "webex", "webex": "teams"}
"""Where Maya sits, and which other platform her company has."""


@pytest.fixture(params=PARTNERS)
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Company, str, str]]:
    home, other = request.param, PARTNERS[request.param]
    async with company(tmp_path, None, vendors=(home, other), MIO_RATES="off") as made:
        for platform in (home, other):
            made.faults(platform, limits=False)
        await made.later(minutes=1)
        yield made, home, other


async def test_list_plan_confirm_undo_and_why(two: tuple[Company, str, str], browser: Browser) -> None:
    """Maya never leaves her app: she finds Ann, plans everybody, confirms, asks why, resets Ann, and takes it back."""
    acme, home, other = two
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda fault: errors.append(str(fault)))
    await page.goto(acme.sandbox.url)
    if "webex" in (home, other):
        await acme.connect("webex")
    maya, visitor = Pane(page, home), Visitor(page, f"administration-{home}")
    for platform in (home, other):
        await imports(maya, platform, home)
    await maya.opens("Mio")
    await maya.writes("/mio sync")
    await maya.sees("Ann Lee")
    await visitor.looks("list")
    await maya.chooses("1. Ann Lee", "Sync users")
    await maya.sees("Primary platform: to decide")
    await visitor.looks("person")

    await maya.writes(f"/mio sync new primary={home} secondary={other}")
    await maya.sees("nothing has been sent yet")
    await visitor.looks("plan")
    await maya.presses("Confirm", "nothing has been sent yet")
    await maya.sees("was carried out")
    await maya.writes("/mio why ann@acme.example")
    await maya.sees("🕐 pending – asked, no answer yet")
    await visitor.looks("why")

    await maya.writes("/mio reset ann@acme.example")
    await maya.sees("Reset Ann Lee?")
    await visitor.looks("question")
    await maya.presses("Confirm", "Reset Ann Lee?")
    await maya.sees("Undo is possible until")
    await visitor.looks("done")
    await maya.presses("Undo", "Undo is possible until")
    await maya.sees("1 person is as they were.")
    await visitor.looks("undone")
    await maya.writes("/mio why ann@acme.example")
    await maya.sees("🕐 pending – asked, no answer yet")
    assert errors == []
