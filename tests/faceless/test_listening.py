"""Hearing each person through a watch of their own: begun with Allow, kept alive, and what was missed told late."""

from datetime import timedelta

import pytest
from company import Company, Seat
from faceless.vendor import Vendor


def cast(harbour: Company) -> tuple[Seat, Seat, Seat, Seat]:
    """Ann lives in Slack, Bob at the semaphore; and each one's place on the other's platform."""
    ann, bob = harbour.seat("slack", "Ann Lee"), harbour.seat("semaphore", "Bob Kim")
    return ann, bob, harbour.seat("semaphore", "Ann Lee"), harbour.seat("slack", "Bob Kim")


async def asked(harbour: Company) -> None:
    maya = harbour.seat("slack", "Maya Ortiz")
    for words in ("import slack", "import semaphore", "import semaphore add Deck"):
        await maya.types(words)


@pytest.fixture
async def linked(harbour: Company) -> Company:
    await asked(harbour)
    await harbour.link("Ann Lee", "slack", "semaphore")
    await harbour.link("Bob Kim", "semaphore", "slack")
    return harbour


async def hours(harbour: Company, count: int) -> None:
    """Time passes, and the clock ticks often enough for a watch of half an hour."""
    for _ in range(count * 3):
        await harbour.later(minutes=20)


async def test_pending_until_the_watch_stands(harbour: Company, vendor: Vendor) -> None:
    """Ann has allowed, but the harbour does not answer: not synced yet, and the card asks nothing more of her."""
    await asked(harbour)
    maya, ann = harbour.seat("slack", "Maya Ortiz"), harbour.seat("slack", "Ann Lee")
    await maya.types("sync ann@acme.example primary=slack secondary=semaphore")
    await maya.presses("Confirm")
    vendor.fogged.add("ann")
    assert "linked" in await ann.allows("semaphore")
    assert "pending" in await maya.asks("status ann@acme.example")
    assert "Allow" not in ann.buttons()
    vendor.fogged.clear()
    await harbour.later(minutes=1)
    assert "synced" in await maya.asks("status ann@acme.example")
    assert "Semaphore colleagues now reach you here" in "\n".join(ann.card("Done")["lines"])


async def test_the_answers_no_and_not_now_leave_a_link_that_is_being_connected_alone(
    harbour: Company, vendor: Vendor
) -> None:
    await asked(harbour)
    maya, ann = harbour.seat("slack", "Maya Ortiz"), harbour.seat("slack", "Ann Lee")
    await maya.types("sync ann@acme.example primary=slack secondary=semaphore")
    await maya.presses("Confirm")
    vendor.fogged.add("ann")
    await ann.allows("semaphore")
    await ann.types("no thanks")
    vendor.fogged.clear()
    await harbour.later(minutes=1)
    assert "synced" in await maya.asks("status ann@acme.example")


async def test_the_rules_of_the_harbour(harbour: Company, vendor: Vendor) -> None:
    """Nobody may watch Ann: the link fails with the reason, and Maya is told."""
    await asked(harbour)
    maya, ann = harbour.seat("slack", "Maya Ortiz"), harbour.seat("slack", "Ann Lee")
    await maya.types("sync ann@acme.example primary=slack secondary=semaphore")
    await maya.presses("Confirm")
    vendor.forbidden.add("ann")
    await ann.allows("semaphore")
    assert "failed" in await maya.asks("status ann@acme.example")
    assert "only an administrator can mend this" in "\n".join(maya.card("Ann Lee's Semaphore account")["lines"])
    assert vendor.tokens.keys() == {key for key, token in vendor.tokens.items() if token.user == "bot"}
    vendor.forbidden.clear()
    await maya.types("reprompt ann@acme.example")
    await ann.allows("semaphore")
    assert "synced" in await maya.asks("status ann@acme.example")


async def test_a_watch_never_ends_while_it_is_looked_after(linked: Company, vendor: Vendor) -> None:
    ann, bob, ann_there, bob_here = cast(linked)
    await hours(linked, 4)
    await bob.says(ann_there, "still there?")
    await linked.settle()
    assert ann.hears(bob_here) == ["still there?"]


async def test_what_a_struck_watch_missed_is_told_late_and_once(linked: Company, vendor: Vendor) -> None:
    """Three messages into a watch that hears nothing; on the next look all of them come, in order, in two pages."""
    ann, bob, ann_there, bob_here = cast(linked)
    await bob.says(ann_there, "heard")
    await linked.settle()
    vendor.deafen("ann")
    for text in ("one", "two", "three"):
        await bob.says(ann_there, text)
    await linked.settle()
    assert ann.hears(bob_here) == ["heard"]
    await hours(linked, 1)
    assert ann.hears(bob_here) == ["heard", "one", "two", "three"]
    await hours(linked, 1)
    assert ann.hears(bob_here) == ["heard", "one", "two", "three"]


async def test_what_ann_typed_there_by_hand_is_not_mirrored_from_history_either(
    linked: Company, vendor: Vendor
) -> None:
    ann, bob, ann_there, bob_here = cast(linked)
    vendor.deafen("ann")
    await ann_there.says(bob, "typed at the semaphore")
    await bob.says(ann_there, "and an answer")
    await hours(linked, 1)
    assert ann.sees(bob_here) == ["and an answer"]


async def test_the_bot_was_away_longer_than_a_watch_lasts(linked: Company, vendor: Vendor) -> None:
    """Nobody looked after anything for two hours; what was written meanwhile is read back, once the token is renewed."""
    ann, bob, ann_there, bob_here = cast(linked)
    by = timedelta(hours=2)
    linked.sandbox.core.clock.advance(by.total_seconds())
    await bob.says(ann_there, "while you were out")
    linked.program.advance(by)
    await linked.later(minutes=1)
    await linked.later(minutes=1)
    assert ann.hears(bob_here) == ["while you were out"]


async def test_consent_that_ended_is_asked_for_again_and_what_was_missed_comes(linked: Company, vendor: Vendor) -> None:
    """Ann's consent dies without a word from the harbour; the next look finds out."""
    ann, bob, ann_there, bob_here = cast(linked)
    vendor.tokens = {key: token for key, token in vendor.tokens.items() if token.user != "ann"}
    vendor.deafen("ann")
    await bob.says(ann_there, "into the fog")
    await hours(linked, 1)
    assert ann.hears(bob_here) == []
    assert "linked" in await ann.allows("semaphore")
    assert ann.hears(bob_here) == ["into the fog"]


async def test_nobody_looks_after_a_watch_that_was_given_up(linked: Company, vendor: Vendor) -> None:
    await cast(linked)[0].types("disconnect")
    await hours(linked, 2)
    assert "ann" not in vendor.watches
    counts = await linked.program.store.read(lambda tx: tx.queue.counts())
    assert (counts["held"], counts["dead"]) == (0, 0)


async def test_the_bots_own_ears_are_looked_after_beside_people_s(harbour: Company, vendor: Vendor) -> None:
    await harbour.later(minutes=1)
    assert set(vendor.watches) == {"bot"}
