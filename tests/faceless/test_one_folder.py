"""A fifth platform is one folder: Semaphore is found, set up, imported, linked, written to and left.

No line elsewhere was changed for it; ``test_nobody_has_heard_of_it`` looks.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from company import Company
from faceless.vendor import Vendor

import platforms
from bot.platform import ByTeam, Listens, PlatformSpec
from service.main import unconnected
from service.settings import SettingsError, load

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("app.py", "bot", "handlers", "platforms", "storage", "cards", "service", "sandbox")


def test_nobody_has_heard_of_it() -> None:
    files = [file for name in PROGRAM for file in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*"))]
    texts = [
        file for file in files if file.suffix in (".py", ".html", ".js", ".yaml", ".toml") or file.name == "app.py"
    ]
    assert len(texts) > 100
    assert [str(f) for f in [*texts, ROOT / "pyproject.toml"] if "semaphore" in f.read_text("utf-8").lower()] == []


def test_it_is_found_while_its_folder_is_there(found: PlatformSpec) -> None:
    names = [str(spec.id) for spec in platforms.specs()]
    assert found.title == "Semaphore" and "semaphore" in names and names == sorted(names)


def test_it_is_forgotten_without_its_folder() -> None:
    assert "semaphore" not in [spec.id for spec in platforms.specs()]


def test_half_configured_is_named(found: PlatformSpec, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as fault:
        load({"MIO_SEMAPHORE_CLIENT_ID": "lamp"}, platforms.specs(), tmp_path)
    assert fault.value.problems == (
        "Semaphore is half-configured (MIO_SEMAPHORE_CLIENT_ID is set): "
        "missing MIO_SEMAPHORE_CLIENT_SECRET, MIO_SEMAPHORE_SIGNING_SECRET",
    )


def test_a_setting_nobody_knows_is_not_its_own(found: PlatformSpec, vendor: Vendor, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="MIO_SEMAPHORE_COLOUR"):
        load({**vendor.settings(), "MIO_SEMAPHORE_COLOUR": "red"}, platforms.specs(), tmp_path)
    given = load({**vendor.settings(), "MIO_SEMAPHORE_COMMAND": "/flag"}, platforms.specs(), tmp_path)
    assert given.commands["semaphore"] == "/flag"
    assert "hush" not in repr(given)


async def test_what_it_can_do_beside_the_protocol(offered: Company) -> None:
    platform: Any = next(p for name, p in offered.program.platforms.items() if name == "semaphore")
    assert isinstance(platform, ByTeam) and isinstance(platform, Listens)


async def test_maya_connects_it(offered: Company, vendor: Vendor) -> None:
    """First contact prints a link; only a harbour master gets through; setup says what is true before and after."""
    maya = offered.seat("slack", "Maya Ortiz")
    await maya.types("setup")
    assert "raise the app's flag in your Semaphore harbour" in "\n".join(maya.card("Semaphore")["lines"])
    (line,) = [line for line in await unconnected(offered.program) if line.startswith("Semaphore: raise")]
    page = await offered.consent(line.rpartition(": ")[2], "ann")
    assert "harbour masters only" in page, page
    (line,) = [line for line in await unconnected(offered.program) if line.startswith("Semaphore: raise")]
    assert "Semaphore is connected" in await offered.consent(line.rpartition(": ")[2], "maya")
    assert not [line for line in await unconnected(offered.program) if line.startswith("Semaphore")]
    await maya.types("setup")
    assert "raise the app's flag" not in "\n".join(maya.card("Semaphore")["lines"])
    await offered.seat("semaphore", "Maya Ortiz").types("help")
    assert "help" in "\n".join(offered.seat("semaphore", "Maya Ortiz").card("import")["lines"])


async def imported(harbour: Company) -> None:
    """Slack's people, and those on deck and at the light."""
    maya = harbour.seat("slack", "Maya Ortiz")
    await maya.types("import slack")
    await maya.types("import semaphore")
    await maya.types("import semaphore add Deck, light")


async def linked(harbour: Company) -> None:
    """Ann lives in Slack, Bob at the semaphore; both allowed."""
    await imported(harbour)
    await harbour.link("Ann Lee", "slack", "semaphore")
    await harbour.link("Bob Kim", "semaphore", "slack")


async def test_people_meet_by_address_whatever_its_case(harbour: Company) -> None:
    await imported(harbour)
    maya = harbour.seat("slack", "Maya Ortiz")
    said = "\n".join(maya.card("Import is done")["lines"])
    assert "Semaphore: 4 people read" in said and "*3*  on two or more platforms (matched)" in said
    assert "Semaphore" in await maya.asks("status ann@acme.example")


async def test_allow_needs_our_own_page_first_and_the_watch_afterwards(harbour: Company, vendor: Vendor) -> None:
    await imported(harbour)
    maya, ann = harbour.seat("slack", "Maya Ortiz"), harbour.seat("slack", "Ann Lee")
    await maya.types("sync ann@acme.example primary=slack secondary=semaphore")
    await maya.presses("Confirm")
    url = await ann.presses("Allow")
    assert url is not None
    where, page = await harbour.opens(url)
    assert where == url and "The account: ann@acme.example" in page and "Continue" in page
    assert vendor.codes == {} and vendor.watches == {}
    assert "Done" in await harbour.consent(url, "ann")
    await harbour.settle()
    assert set(vendor.watches) == {"ann"}
    assert "Semaphore colleagues now reach you here" in "\n".join(ann.card()["lines"])


@pytest.mark.parametrize("trouble", [{}, {"duplicate": True}, {"duplicate": True, "echo_first": True}], ids=str)
async def test_each_message_once_both_ways(harbour: Company, trouble: dict[str, bool]) -> None:
    """Also when every event comes twice, before the answer to what caused it."""
    await linked(harbour)
    for platform in ("slack", "semaphore"):
        harbour.faults(platform, **trouble)
    ann, bob = harbour.seat("slack", "Ann Lee"), harbour.seat("semaphore", "Bob Kim")
    ann_there, bob_here = harbour.seat("semaphore", "Ann Lee"), harbour.seat("slack", "Bob Kim")
    for number in range(3):
        await bob.says(ann_there, f"b{number}")
        await ann.says(bob_here, f"a{number}")
    await harbour.settle()
    assert ann.hears(bob_here) == ["b0", "b1", "b2"]
    assert bob.hears(ann_there) == ["a0", "a1", "a2"]


async def test_a_long_message_is_cut_by_bytes(harbour: Company) -> None:
    """Anchors are three bytes each: 800 of them are three messages there."""
    await linked(harbour)
    await harbour.seat("slack", "Ann Lee").says(harbour.seat("slack", "Bob Kim"), "⚓" * 800)
    await harbour.settle()
    heard = harbour.seat("semaphore", "Bob Kim").hears(harbour.seat("semaphore", "Ann Lee"))
    assert [len(text.encode()) for text in heard] == [999, 999, 402] and "".join(heard) == "⚓" * 800


async def test_an_answer_that_never_came_is_looked_for(harbour: Company) -> None:
    await linked(harbour)
    harbour.faults("semaphore", accept_then_timeout=1)
    await harbour.seat("slack", "Ann Lee").says(harbour.seat("slack", "Bob Kim"), "only once")
    await harbour.settle()
    await harbour.later(seconds=20)
    assert harbour.seat("semaphore", "Bob Kim").hears(harbour.seat("semaphore", "Ann Lee")) == ["only once"]


async def test_its_numbers_carry_its_name(harbour: Company) -> None:
    await linked(harbour)
    await harbour.seat("semaphore", "Bob Kim").says(harbour.seat("semaphore", "Ann Lee"), "counted")
    await harbour.settle()
    async with harbour.browser.get(f"{harbour.sandbox.bot_url}/metrics") as answer:
        text = await answer.text()
    for name in ("mio_platform_requests_total", "mio_events_total", "mio_grants", "mio_subscriptions"):
        assert re.search(rf'^{name}\{{[^}}]*platform="semaphore"', text, re.MULTILINE), name


async def test_disconnect_revokes_and_ends_the_watch(harbour: Company, vendor: Vendor) -> None:
    await linked(harbour)
    ann = harbour.seat("slack", "Ann Lee")
    await ann.types("disconnect")
    assert "Semaphore disconnected" in "\n".join(ann.card("disconnected")["lines"])
    assert "ann" not in vendor.watches and "ann" not in {token.user for token in vendor.tokens.values()}
    await harbour.seat("semaphore", "Bob Kim").says(harbour.seat("semaphore", "Ann Lee"), "anybody there?")
    await harbour.settle()
    assert ann.sees(harbour.seat("slack", "Bob Kim")) == []


async def test_taken_back_there_and_healed(harbour: Company, vendor: Vendor) -> None:
    """Ann takes her consent back at the semaphore: what she writes waits until she allows again."""
    await linked(harbour)
    ann, bob_here = harbour.seat("slack", "Ann Lee"), harbour.seat("slack", "Bob Kim")
    await vendor.revoke("ann")
    await harbour.settle()
    await ann.says(bob_here, "wait for me")
    await harbour.settle()
    bob, ann_there = harbour.seat("semaphore", "Bob Kim"), harbour.seat("semaphore", "Ann Lee")
    assert bob.hears(ann_there) == [] and vendor.watches == {}
    assert "linked" in await ann.allows("semaphore")
    assert bob.hears(ann_there) == ["wait for me"] and set(vendor.watches) == {"ann"}


async def test_leaving_the_harbour_ends_the_link(harbour: Company, vendor: Vendor) -> None:
    await linked(harbour)
    vendor.signal({"type": "struck", "user": "ann", "left": True}, "ann")
    await harbour.settle()
    links = await harbour.program.store.read(lambda tx: tx.links.counts())
    assert {(str(platform), str(state)): n for (platform, state), n in links.items()}.get(
        ("semaphore", "synced")
    ) is None
