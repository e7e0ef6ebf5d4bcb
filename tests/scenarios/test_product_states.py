"""Synced, pending, failed, not created – each with its reason, its day and the next step; and what the person card does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from company import Company, Seat

from bot.ids import PlatformId
from bot.links import LinkReason, State
from storage.store import Tx

ADMINS = pytest.mark.parametrize("admin", ["slack", "zoom"])
MONDAY = 0


@pytest.fixture
async def imported(acme: Company) -> Company:
    """Everybody is imported; it is Monday, ten o'clock."""
    await acme.import_all()
    await acme.next_time(MONDAY, 10)
    return acme


async def asked(acme: Company, maya: Seat, *names: str) -> list[Seat]:
    """These people live in Slack and are asked about Zoom."""
    for name in names:
        await maya.types(f'sync "{name}" primary=slack secondary=zoom')
        await maya.presses("Confirm")
    return [acme.seat("slack", name) for name in names]


def today(acme: Company, ahead: int = 0) -> str:
    at = acme.clock.now() + timedelta(days=ahead)
    return f"{at.day} {at:%B}"


def live(acme: Company, name: str) -> bool:
    """Whether Zoom still honours this person's permission."""
    return acme.seat("zoom", name).id in acme.fake("zoom").tokens.of_user


# -- the four states -------------------------------------------------------------------------------


@ADMINS
async def test_row_synced(imported: Company, admin: str) -> None:
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    await ann.allows("zoom")
    said = await maya.asks("why ann@acme.example")
    assert f"Zoom: ✅ synced, since {today(acme)}" in said and "cannot be noticed" not in said, said
    assert f"Zoom: ✅ synced, since {today(acme)}" in await ann.asks("me")


@ADMINS
async def test_row_pending(imported: Company, admin: str) -> None:
    """Asked, *Not now*, and silent to the last reminder: why, since when, and what comes next – for both sides."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    ann, bob = await asked(acme, maya, "Ann Lee", "Bob Kim")
    monday = today(acme)
    said = await maya.asks("why ann@acme.example")
    assert (
        f"🕐 pending – asked, no answer yet, since {monday}. The next reminder follows on {today(acme, 3)}" in said
    ), said
    assert "Messages between Ann Lee and colleagues in Zoom cannot be noticed yet" in said, said
    assert "Press Allow on the card, or type /mio connect" in await ann.asks("me")
    await acme.later(days=1)
    await bob.presses("Not now")
    said = await maya.asks("why bob@acme.example")
    assert f"said “Not now”, since {today(acme)}. Asked again on {today(acme, 3)}." in said, said
    said = await bob.asks("me")
    assert f"You will be asked again on {today(acme, 3)}. To link it now, type /mio connect." in said, said
    for _ in range(8):
        await acme.later(days=3)
    said = await maya.asks("why ann@acme.example")
    assert "🕐 pending – did not answer the last reminder, since" in said, said
    assert "No reminder follows any more; Reprompt user asks again." in said, said
    said = await ann.asks("me")
    assert "Type /mio connect to be asked again." in said and "Reprompt" not in said, said


@ADMINS
async def test_row_failed(imported: Company, admin: str) -> None:
    """With the reason; *Try again* on the person's card."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    await ann.allows("zoom", decision="cancel")
    said = await maya.asks("why ann@acme.example")
    assert f"🔺 failed – refused on the platform's page, since {today(acme)}. They may press Allow again" in said, said
    assert "Press Allow again, or type /mio connect." in await ann.asks("me")
    await maya.types("sync")
    await maya.chooses(next(o for card in maya.cards() for o in card["choices"] if o.endswith(". Ann Lee")))
    assert "Try again" in maya.buttons() and "refused on the platform's page" in maya.reads()
    assert "linked" in await ann.allows("zoom"), "the very card still does"
    assert "✅ synced" in await maya.asks("why ann@acme.example")


@ADMINS
async def test_row_not_created(imported: Company, admin: str) -> None:
    """Never asked, declined with the day, and on one platform only."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    await ann.presses("No thanks")
    said = await maya.asks("why ann@acme.example")
    assert f"🔄 not created – declined {today(acme)}. Only the person's own connect or Reprompt user" in said, said
    assert "You are not asked again. If you change your mind, type /mio connect." in await ann.asks("me")
    said = await maya.asks("why emil@acme.example")
    assert "Zoom: 🔄 not created – never asked. Sync asks for it." in said, said
    assert "On one platform only" in await maya.asks("why dana@acme.example")
    emil = acme.seat("slack", "Emil Novak")
    assert "Type /mio connect to link it." in await emil.asks("me") and "Emil" not in await ann.asks("why me")
    assert "administrator" in await ann.asks("why emil@acme.example"), "one's own only"


# -- the person card -------------------------------------------------------------------------------


@ADMINS
async def test_row_reset_user(imported: Company, admin: str) -> None:
    """Breaks the sync and forgets the primary at once; may be synced again; taken back while the window is open."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    await ann.allows("zoom")
    await maya.types("reset ann@acme.example")
    await maya.presses("Confirm", "Reset Ann Lee?")
    said = await maya.asks("why ann@acme.example")
    assert f"🔄 not created – reset by an administrator, since {today(acme)}. Sync again when wanted." in said, said
    assert "Primary platform: to decide" in said and live(acme, "Ann Lee"), "parked, not revoked"
    await maya.types("undo")
    assert "✅ synced" in await maya.asks("why ann@acme.example")
    await maya.types("reset ann@acme.example")
    await maya.presses("Confirm", "Reset Ann Lee?")
    await acme.later(hours=73)
    assert not live(acme, "Ann Lee"), "revoked at the platform"
    await asked(acme, maya, "Ann Lee")
    assert "Allow" in ann.buttons()


@ADMINS
async def test_row_reprompt_user(imported: Company, admin: str) -> None:
    """Asks again at once whoever is pending, and – by name – whoever said no; nobody who is synced."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    ann, bob, cleo = await asked(acme, maya, "Ann Lee", "Bob Kim", "Cleo Park")
    await bob.presses("No thanks")
    await cleo.allows("zoom")
    for name, count in (("ann", 1), ("bob", 1)):
        assert f"{count} person was asked again" in await maya.asks(f"reprompt {name}@acme.example")
    assert "Nobody to ask" in await maya.asks("reprompt cleo@acme.example")
    assert [len(seat.cards()) for seat in (ann, bob)] == [2, 2] and "Allow" in bob.buttons()
    assert "🕐 pending – asked" in await maya.asks("why bob@acme.example")


@ADMINS
async def test_row_remove_user(imported: Company, admin: str) -> None:
    """Breaks the sync and takes the person out at once; taken back while the window is open, erased afterwards."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    (ann,) = await asked(acme, maya, "Ann Lee")
    await ann.allows("zoom")
    await maya.types("remove ann@acme.example")
    await maya.presses("Confirm", "Remove Ann Lee?")
    assert "I found nobody" in await maya.asks("why ann@acme.example")
    await maya.types("undo")
    assert "✅ synced" in await maya.asks("why ann@acme.example")
    await maya.types("remove ann@acme.example now")
    await maya.presses("Confirm", "Remove Ann Lee?")
    assert not live(acme, "Ann Lee") and "for good" in await maya.asks("undo 3")


@ADMINS
async def test_row_disconnect_and_leaving(imported: Company, admin: str) -> None:
    """At once and without undo; whoever disconnected is asked by no plan, and who left is prompted no more."""
    acme, maya = imported, imported.seat(admin, "Maya Ortiz")
    ann, bob = await asked(acme, maya, "Ann Lee", "Bob Kim")
    await ann.allows("zoom")
    await ann.types("disconnect")
    assert not live(acme, "Ann Lee")
    said = await maya.asks("why ann@acme.example")
    assert f"🔄 not created – disconnected by the person, since {today(acme)}. Only the person's own connect" in said, (
        said
    )
    assert "nothing to undo" in await maya.asks("undo")
    plan = await maya.asks("sync ann@acme.example secondary=zoom")
    assert "declined Zoom: only their own connect" in plan and "Confirm" not in maya.buttons(), plan
    await acme.fake("zoom").deactivate(acme.seat("zoom", "Bob Kim").id)
    await acme.settle()
    cards = len(bob.cards())
    await acme.later(days=7)
    assert len(bob.cards()) == cards
    said = await maya.asks("why bob@acme.example")
    assert "🔄 not created – left the company or lost the account" in said and "Import again" in said, said


async def test_planned_says_the_day_of_the_first_card(imported: Company) -> None:
    """Ann's first card goes out with tomorrow's wave: the day, for the administrator and for her. Acme is too small for waves,
    so the link is put as one puts it."""
    acme, maya, ann = imported, imported.seat("slack", "Maya Ortiz"), imported.seat("slack", "Ann Lee")
    await maya.types("primary ann@acme.example slack")

    def planned(tx: Tx) -> None:
        person = tx.people.by_email("ann@acme.example", {})
        assert person is not None
        link = tx.links.get(person.id, PlatformId("zoom"))
        due = tx.now + timedelta(days=1)
        tx.links.put(replace(link, state=State.PENDING, reason=LinkReason.PLANNED, since=tx.now, next_ask=due))

    await acme.program.store.write(planned)
    assert (
        f"🕐 pending – planned, since {today(acme)}. The first card goes out on {today(acme, 1)}."
        in await maya.asks("why ann@acme.example")
    )
    assert f"You will be asked on {today(acme, 1)}" in await ann.asks("me")
