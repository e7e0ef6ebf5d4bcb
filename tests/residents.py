"""One colleague lives on each platform and has accounts on all; an administrator somewhere imports and syncs them."""

from company import Company, Seat

import platforms
from bot.platform import Scope

RESIDENTS = {"slack": "Ann Lee", "zoom": "Bob Kim", "webex": "Cleo Park", "teams": "Emil Novak"}
BY_TEAM = [str(spec.id) for spec in platforms.specs() if spec.traits.scope is Scope.TEAMS and str(spec.id) in RESIDENTS]


async def all_imported(maya: Seat) -> None:
    """By an administrator at any platform; where people are imported by team, the team of everybody."""
    acme = maya.company
    await acme.connect("webex")
    for platform in RESIDENTS:
        await maya.types(f"import {platform}")
        await acme.calm()
        if platform in BY_TEAM:
            await maya.types(f"import {platform} add Everybody")
            await acme.calm()


async def synced(maya: Seat, home: str, name: str, *others: str) -> None:
    """Planned, confirmed, and allowed by the person for each of the other platforms."""
    acme = maya.company
    await maya.types(f'sync "{name}" primary={home} secondary={",".join(others)}')
    await acme.calm()
    await maya.presses("Confirm")
    await acme.calm()
    for platform in others:
        page = await acme.seat(home, name).allows(platform)
        assert "linked" in page, (name, platform, page)
        await acme.calm()


async def all_linked(acme: Company) -> None:
    maya = acme.seat("slack", "Maya Ortiz")
    await all_imported(maya)
    for home, name in RESIDENTS.items():
        await synced(maya, home, name, *[platform for platform in RESIDENTS if platform != home])


async def linked(acme: Company) -> tuple[Seat, Seat, Seat, Seat]:
    """Ann lives in Slack, Bob in Zoom, both allowed: Ann, Bob, Ann's Zoom account, Bob's Slack account."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    return (
        acme.seat("slack", "Ann Lee"),
        acme.seat("zoom", "Bob Kim"),
        acme.seat("zoom", "Ann Lee"),
        acme.seat("slack", "Bob Kim"),
    )
