"""Stop buttons: a platform, everything, oneself. What is written meanwhile waits in order, or is refused; both sides know."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, Seat, company
from residents import linked

from bot.ids import PlatformId
from service.main import program
from storage.policies import Pause

SEATS = ("slack", "zoom")


def words(seat: Seat) -> str:
    return "\n".join(line for card in seat.cards() for line in card["lines"])


@pytest.fixture
async def refusing(tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path, MIO_RATES="off", MIO_PAUSED="refuse") as made:
        for platform in SEATS:
            made.faults(platform, limits=False)
        yield made


@pytest.mark.parametrize("paused", SEATS)
@pytest.mark.parametrize("platform", SEATS)
async def test_a_paused_platform_neither_sends_nor_receives(acme: Company, platform: str, paused: str) -> None:
    """Whichever of the two is paused, both directions wait, and go out in order after resume."""
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    maya = acme.seat(platform, "Maya Ortiz")
    said = await maya.asks(f"pause {paused}")
    assert f"{paused.title()} is paused: nothing is carried" in said and f"resume {paused}" in said, said
    for number in range(3):
        await bob.says(ann_in_zoom, f"b{number}")
        await ann.says(bob_in_slack, f"a{number}")
        await acme.settle()
    assert not ann.hears(bob_in_slack) and not bob.hears(ann_in_zoom)
    for writer, other in ((bob, "Ann Lee"), (ann, "Bob Kim")):
        shown = "\n".join(writer.card("are waiting")["lines"])
        assert f"3 of your messages to {other} are waiting" in shown, shown
        assert f"{paused.title()} is paused by your administrator since" in shown, shown
    assert words(ann).count("Messages from Zoom do not arrive at the moment") == 1, "once a day"
    assert words(bob).count("Messages from Slack do not arrive at the moment") == 1
    await acme.later(hours=2)
    assert not ann.hears(bob_in_slack) and not bob.hears(ann_in_zoom)
    said = await maya.asks(f"resume {paused}")
    assert f"Going on: {paused.title()}" in said, said
    assert [text.split()[-1] for text in ann.hears(bob_in_slack)] == ["b0", "b1", "b2"]
    assert [text.split()[-1] for text in bob.hears(ann_in_zoom)] == ["a0", "a1", "a2"]
    for writer in (bob, ann):
        assert "on their way again" in words(writer) and "are waiting" not in words(writer)
    await bob.says(ann_in_zoom, "and now")
    await acme.settle()
    assert ann.hears(bob_in_slack)[-1] == "and now"


@pytest.mark.parametrize("platform", SEATS)
async def test_what_is_queued_already_stops_too(acme: Company, platform: str) -> None:
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    acme.faults("slack", down=True)
    for number in range(3):
        await bob.says(ann_in_zoom, f"b{number}")
    await acme.settle()
    await acme.seat("zoom", "Maya Ortiz").types("pause zoom")
    acme.faults("slack", down=False)
    await acme.later(minutes=10)
    assert not ann.hears(bob_in_slack)
    assert "3 of your messages to Ann Lee are waiting" in words(bob)
    await acme.seat(platform, "Maya Ortiz").types("resume zoom")
    await acme.later(minutes=10)
    assert [text.split()[-1] for text in ann.hears(bob_in_slack)] == ["b0", "b1", "b2"]


@pytest.mark.parametrize("platform", SEATS)
async def test_refused_messages_are_told_at_once(refusing: Company, platform: str) -> None:
    ann, bob, ann_in_zoom, bob_in_slack = await linked(refusing)
    maya = refusing.seat(platform, "Maya Ortiz")
    assert "writers are told" in await maya.asks("pause slack")
    await bob.says(ann_in_zoom, "lost")
    await refusing.settle()
    said = bob.reads()
    assert "Ann Lee did not get your message" in said and "Slack is paused by your administrator" in said, said
    assert "Messages from Zoom do not arrive at the moment" in words(ann) and "are told so" in words(ann)
    await maya.types("resume slack")
    await refusing.later(minutes=1)
    assert not ann.hears(bob_in_slack), "nothing was kept"
    await bob.says(ann_in_zoom, "again")
    await refusing.settle()
    assert ann.hears(bob_in_slack) == ["again"]


@pytest.mark.parametrize("platform", SEATS)
async def test_everything_is_paused_after_confirm(acme: Company, platform: str) -> None:
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    maya = acme.seat(platform, "Maya Ortiz")
    await maya.types("admins add cleo@acme.example")
    cleo = acme.seat("slack", "Cleo Park")
    assert "Pause everything?" in await maya.asks("pause all")
    await bob.says(ann_in_zoom, "before confirm")
    await acme.settle()
    assert ann.hears(bob_in_slack) == ["before confirm"]
    await maya.presses("Cancel", "Pause everything?")
    assert not acme.program.policy().pauses
    await maya.types("pause all")
    await maya.presses("Confirm", "Pause everything?")
    assert "Everything is paused" in maya.reads(), maya.reads()
    assert "Maya Ortiz has paused everything." in words(cleo), "all administrators hear"
    await bob.says(ann_in_zoom, "during")
    await acme.settle()
    assert ann.hears(bob_in_slack) == ["before confirm"]
    assert "paused messages between platforms" in words(bob)
    assert "Everything is paused since" in await maya.asks("pause all")
    assert "resume all" in await maya.asks("resume slack")
    for asked in ("status", "setup"):
        assert "Everything is paused since" in await cleo.asks(asked)
    await maya.types("pause slack")
    assert "Slack is paused since" in await maya.asks("status")
    await maya.types("resume all")
    assert ann.hears(bob_in_slack)[-1] == "during"
    assert "Maya Ortiz has ended a pause: everything and Slack." in words(cleo), words(cleo)
    assert "paused since" not in await maya.asks("status")
    assert "Not paused" in await maya.asks("resume all")
    said = await maya.asks("audit 20")
    assert "paused – all" in said and "resumed – slack" in said, said


async def test_typed_and_other_hands(acme: Company) -> None:
    """*confirm <n>* is the button's twin; nobody else's button pauses anything; a stale one says so."""
    await acme.import_all()
    maya, ann = acme.seat("slack", "Maya Ortiz"), acme.seat("slack", "Ann Lee")
    number = (await maya.asks("pause all")).partition("confirm ")[2].partition(",")[0]
    assert "Only administrators" in await ann.asks(f"confirm {number}") and not acme.program.policy().pauses
    await maya.types(f"confirm {number}")
    assert set(acme.program.policy().pauses) == {"all"}
    await maya.types("resume all")
    assert "confirmed before" in await maya.asks(f"confirm {number}")
    assert not acme.program.policy().pauses


@pytest.mark.parametrize("platform", SEATS)
async def test_only_administrators_pause_platforms(acme: Company, platform: str) -> None:
    await acme.import_all()
    cleo = acme.seat(platform, "Cleo Park")
    for line in ("pause zoom", "pause all", "resume zoom"):
        said = await cleo.asks(line)
        assert "Only administrators may do that" in said and "For your own messages alone" in said, said
    assert not acme.program.policy().pauses
    assert f"pause {'[<platform>'}" not in await cleo.asks("help")
    assert "pause [<platform>|all]" in await acme.seat(platform, "Maya Ortiz").asks("help")


async def test_what_waits_too_long_is_told_so(acme: Company) -> None:
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    maya = acme.seat("slack", "Maya Ortiz")
    await maya.types("pause slack")
    await bob.says(ann_in_zoom, "too long")
    await acme.settle()
    await acme.later(hours=73)
    said = bob.reads()
    assert "did not get your message" in said and "waited for the end of a pause" in said, said
    await maya.types("resume slack")
    assert not ann.hears(bob_in_slack)


# -- one's own -------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", [True, False], ids=["button", "typed"])
async def test_ann_pauses_her_own_messages(acme: Company, button: bool) -> None:
    """Nothing to her, nothing from her; everybody else goes on, her links stay."""
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    await acme.link("Cleo Park", "slack", "zoom")
    await ann.types("me")
    assert "Pause" in ann.buttons() and "Resume" not in ann.buttons()
    if button:
        await ann.presses("Pause")
    else:
        await ann.types("pause me")
    assert "Nothing is carried to or from you now" in ann.reads() and ann.buttons() == ["Resume"]
    assert "paused since" in (await ann.asks("pause")).lower(), "before"
    await bob.says(ann_in_zoom, "b0")
    await ann.says(bob_in_slack, "a0")
    await bob.says(acme.seat("zoom", "Cleo Park"), "c0")
    await acme.settle()
    assert not ann.hears(bob_in_slack) and not bob.hears(ann_in_zoom)
    assert acme.seat("slack", "Cleo Park").hears(bob_in_slack) == ["c0"]
    assert "Ann Lee has paused messages from other apps." in words(bob), words(bob)
    assert "You have paused messages between apps" in words(ann)
    said = await ann.asks("me")
    assert "Paused since" in said and "synced" in said and "Resume" in ann.buttons(), said
    said = await acme.seat("zoom", "Maya Ortiz").asks("status ann@acme.example")
    assert "Paused messages from other apps since" in said, said
    if button:
        await ann.presses("Resume")
    else:
        await ann.types("resume")
    assert ann.hears(bob_in_slack) == ["b0"] and bob.hears(ann_in_zoom) == ["a0"]
    assert "on their way again" in words(bob)
    assert "have not paused" in await ann.asks("resume")


async def test_a_paused_person_in_a_refusing_company(refusing: Company) -> None:
    ann, bob, ann_in_zoom, bob_in_slack = await linked(refusing)
    await ann_in_zoom.types("pause")
    await bob.says(ann_in_zoom, "b0")
    await refusing.settle()
    assert "did not get your message" in bob.reads() and "Ann Lee has paused" in bob.reads()
    assert not ann.hears(bob_in_slack)


async def test_who_is_not_imported_or_excluded_has_nothing_to_pause(acme: Company) -> None:
    ann = acme.seat("slack", "Ann Lee")
    assert "not been imported" in await ann.asks("pause")
    await acme.import_all()
    await acme.seat("slack", "Maya Ortiz").types("exclude ann@acme.example")
    assert "excluded" in await ann.asks("pause")


async def test_a_reset_ends_what_waits_for_a_pause(acme: Company) -> None:
    """Bob has paused, and is reset: what he wrote does not wait for him to go on."""
    _, bob, ann_in_zoom, _ = await linked(acme)
    await bob.types("pause")
    await bob.says(ann_in_zoom, "b0")
    await acme.settle()
    maya = acme.seat("slack", "Maya Ortiz")
    await maya.types("reset bob@acme.example")
    await maya.presses("Confirm")
    assert "did not get your message" in words(bob)


# -- other processes -------------------------------------------------------------------------------


async def test_a_restart_keeps_a_pause(acme: Company) -> None:
    await acme.import_all()
    await acme.seat("slack", "Maya Ortiz").types("pause zoom")
    async with program(acme.program.settings, acme.clock) as again:
        assert set(again.policy().pauses) == {"zoom"}


async def test_a_pause_that_another_process_ended_holds_nothing(acme: Company) -> None:
    """What this process remembers is old: it looks again before it holds a message, and then knows better."""
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    await acme.seat("slack", "Maya Ortiz").types("pause zoom")
    await acme.program.store.write(lambda tx: tx.policies.resume("zoom"))
    assert set(acme.program.policy().pauses) == {"zoom"}
    await bob.says(ann_in_zoom, "b0")
    await acme.settle()
    assert ann.hears(bob_in_slack) == ["b0"] and not acme.program.policy().pauses


async def test_a_pause_that_another_process_began_counts_after_a_look(acme: Company) -> None:
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    pause = Pause(acme.clock.now(), acme.seat("slack", "Maya Ortiz").id)
    await acme.program.store.write(lambda tx: tx.policies.pause(PlatformId("zoom"), pause))
    await acme.program.rules.refresh()
    await bob.says(ann_in_zoom, "b0")
    await acme.settle()
    assert not ann.hears(bob_in_slack)
