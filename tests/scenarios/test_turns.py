"""Consent and decisions that cross: second clicks, other browsers, late words from a vendor, resets in between."""

import asyncio

import aiohttp
from company import Company, Seat

from bot.events import GrantLost
from bot.links import LinkReason
from bot.ready import GrantKind
from handlers import consent
from handlers.ctx import Ctx
from storage.store import Tx


async def asked(acme: Company) -> tuple[Seat, Seat]:
    """Ann lives in Slack and has her card for Zoom; Maya asked."""
    await acme.import_all()
    maya = acme.seat("slack", "Maya Ortiz")
    await maya.types("sync ann@acme.example primary=slack secondary=zoom")
    await maya.presses("Confirm")
    return acme.seat("slack", "Ann Lee"), maya


async def opened(acme: Company, browser: aiohttp.ClientSession, ann: Seat) -> str:
    """Ann opens Allow and sits before Zoom's page; its address."""
    url = await ann.presses("Allow")
    assert url is not None
    async with browser.get(url) as page:
        assert "decision" in await page.text()
        return str(page.url)


async def decides(browser: aiohttp.ClientSession, form: str, user: str) -> str:
    async with browser.post(form, data={"user": user, "decision": "allow"}) as page:
        return await page.text()


def live(acme: Company, name: str) -> bool:
    """Whether Zoom still honours this person's permission."""
    return acme.seat("zoom", name).id in acme.fake("zoom").tokens.of_user


async def test_a_second_click_is_told_that_it_is_done(acme: Company) -> None:
    """Two tabs, both before Zoom's page: the first links, the second hears the same and breaks nothing."""
    ann, _ = await asked(acme)
    ann_in_zoom, bob = acme.seat("zoom", "Ann Lee"), acme.seat("zoom", "Bob Kim")
    first, second = await opened(acme, acme.browser, ann), await opened(acme, acme.browser, ann)
    for form in (first, second):
        assert "Your Zoom account is linked" in await decides(acme.browser, form, ann_in_zoom.id)
        await acme.settle()
    await acme.link("Bob Kim", "zoom", "slack")
    await bob.says(ann_in_zoom, "hi")
    await ann.says(acme.seat("slack", "Bob Kim"), "hello")
    await acme.settle()
    assert bob.hears(ann_in_zoom) == ["hello"], "the newer permission is the one in use"
    assert "Done" in ann.card("Zoom colleagues now reach you")["lines"]


async def test_a_second_click_with_a_wrong_account_breaks_nothing(acme: Company) -> None:
    ann, _ = await asked(acme)
    first, second = await opened(acme, acme.browser, ann), await opened(acme, acme.browser, ann)
    await decides(acme.browser, first, acme.seat("zoom", "Ann Lee").id)
    assert "That was another account" in await decides(acme.browser, second, acme.seat("zoom", "Emil Novak").id)
    await acme.settle()
    assert live(acme, "Ann Lee") and not live(acme, "Emil Novak")
    assert "Done" in ann.reads()


async def test_the_wrong_account_belongs_to_somebody_who_allowed(acme: Company) -> None:
    """Ann's browser is signed in as Cleo, who is linked: Cleo's permission is renewed, not revoked, and Ann's stays open."""
    ann, maya = await asked(acme)
    await acme.link("Cleo Park", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    page = await ann.allows("zoom", as_=acme.seat("zoom", "Cleo Park"))
    assert "That was another account" in page
    assert live(acme, "Cleo Park")
    cleo, cleo_in_zoom, bob = (
        acme.seat("slack", "Cleo Park"),
        acme.seat("zoom", "Cleo Park"),
        acme.seat("zoom", "Bob Kim"),
    )
    await cleo.says(acme.seat("slack", "Bob Kim"), "still me")
    await acme.settle()
    assert bob.hears(cleo_in_zoom) == ["still me"]
    assert "signed in with another account" in await maya.asks("status ann@acme.example")


async def test_a_reset_while_ann_is_on_zooms_page(acme: Company) -> None:
    """Nothing is linked, the permission is given back, and the page says why."""
    ann, maya = await asked(acme)
    form = await opened(acme, acme.browser, ann)
    await maya.types("reset ann@acme.example")
    await maya.presses("Confirm", "Reset Ann Lee?")
    assert "The question was taken back" in await decides(acme.browser, form, acme.seat("zoom", "Ann Lee").id)
    await acme.settle()
    assert not live(acme, "Ann Lee")
    assert "reset by an administrator" in await maya.asks("status ann@acme.example")


async def test_ten_minutes_and_another_browser(acme: Company) -> None:
    ann, _ = await asked(acme)
    ann_in_zoom = acme.seat("zoom", "Ann Lee").id
    form = await opened(acme, acme.browser, ann)
    async with aiohttp.ClientSession() as other:
        assert "Please begin again" in await decides(other, form, ann_in_zoom)
    late = await opened(acme, acme.browser, ann)
    await acme.later(minutes=11)
    assert "Please begin again" in await decides(acme.browser, late, ann_in_zoom)
    assert "Allow" in ann.buttons()
    assert "linked" in await ann.allows("zoom")


async def test_an_old_cards_allow_tells_what_is_true_now(acme: Company) -> None:
    """Reprompted, declined, erased: every old link opens a page that says so, and none does anything."""
    ann, maya = await asked(acme)
    first = await ann.presses("Allow")
    await maya.types("reprompt ann@acme.example")
    assert first is not None
    assert "There is a newer card" in await acme.consent(first, "nobody")
    second = await ann.presses("Allow")
    assert second is not None and second != first
    await ann.presses("No thanks")
    assert "You said no thanks" in await acme.consent(second, "nobody")
    await maya.types("remove ann@acme.example")
    await maya.presses("Confirm", "Remove Ann Lee?")
    assert "not known here" in await acme.consent(second, "nobody")


async def test_the_echo_of_a_disconnect_does_not_kill_the_next_consent(acme: Company) -> None:
    """Bob disconnects and comes back at once; Slack's word about the first permission arrives last."""
    await acme.import_all()
    await acme.link("Bob Kim", "zoom", "slack")
    bob, maya = acme.seat("zoom", "Bob Kim"), acme.seat("slack", "Maya Ortiz")
    gone = acme.clock.now()
    await bob.types("disconnect")
    await acme.later(seconds=5)
    await bob.types("connect")
    assert "linked" in await bob.allows("slack")
    person = await acme.program.store.read(lambda tx: tx.people.by_email("bob@acme.example", {}))
    assert person is not None
    mine = person.accounts[next(p for p in person.accounts if p == "slack")].id

    def late(tx: Tx) -> bool:
        consent.lost(GrantLost(mine, LinkReason.REVOKED, gone), Ctx(tx, acme.program.policy()))
        return tx.grants.get(GrantKind.PERSON, person.platforms[0], mine) is not None

    assert await acme.program.store.write(late)
    assert "✅ synced" in await maya.asks("status bob@acme.example")


async def test_no_thanks_and_allow_at_the_same_moment(acme: Company) -> None:
    """Whichever is first counts, and afterwards permission and state agree."""
    ann, maya = await asked(acme)
    form = await opened(acme, acme.browser, ann)
    card = ann.cards()[-1]["id"]
    both = (
        decides(acme.browser, form, acme.seat("zoom", "Ann Lee").id),
        acme.fake("slack").press(ann.id, card, "No thanks"),
    )
    await asyncio.gather(*both)
    await acme.settle()
    synced = "✅ synced" in await maya.asks("status ann@acme.example")
    assert live(acme, "Ann Lee") is synced
    grants = await acme.program.store.read(lambda tx: tx.grants.counts())
    assert grants.get(("zoom", "person"), 0) == int(synced)


async def test_reset_and_allow_at_the_same_moment(acme: Company) -> None:
    ann, maya = await asked(acme)
    form = await opened(acme, acme.browser, ann)
    await maya.types("reset ann@acme.example")
    card = next(c["id"] for c in reversed(maya.cards()) if "Confirm" in [b["label"] for b in c["buttons"]])
    both = (
        decides(acme.browser, form, acme.seat("zoom", "Ann Lee").id),
        acme.fake("slack").press(maya.id, card, "Confirm"),
    )
    await asyncio.gather(*both)
    await acme.settle()
    assert "not created" in await maya.asks("status ann@acme.example")
    grants = await acme.program.store.read(lambda tx: tx.grants.counts())
    assert grants.get(("zoom", "person"), 0) == 0, "out of use at once"
    await acme.later(hours=73)
    assert not live(acme, "Ann Lee"), "and revoked when it can no longer be taken back"


async def test_a_message_on_its_way_while_its_writer_is_reset(acme: Company) -> None:
    """Slack is down, Bob's message waits; he is reset meanwhile: it is not sent, and he hears it when Slack is back."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    bob, maya = acme.seat("zoom", "Bob Kim"), acme.seat("zoom", "Maya Ortiz")
    acme.faults("slack", down=True)
    await bob.says(acme.seat("zoom", "Ann Lee"), "on my way")
    await acme.settle()
    await maya.types("reset bob@acme.example")
    await maya.presses("Confirm", "Reset Bob Kim?")
    acme.faults("slack", down=False)
    await acme.later(minutes=6)
    assert acme.seat("slack", "Ann Lee").hears(acme.seat("slack", "Bob Kim")) == []
    assert "Ann Lee did not get your message" in bob.reads()


async def test_an_import_that_waits_for_ever_ends(acme: Company) -> None:
    """Slack's app is gone while an import runs: it is given up in the end, and the next one can run."""
    await acme.import_all()
    maya = acme.seat("zoom", "Maya Ortiz")
    await acme.fake("slack").uninstall()
    await acme.settle()
    await maya.types("import slack")
    assert "Import is running" in "\n".join(line for c in maya.cards() for line in c["lines"])
    assert "Slack does not accept the bot any more" in maya.card("does not accept")["lines"][0], (
        "told where she can read it"
    )
    await acme.later(hours=73)
    assert "Import of Slack stopped" in maya.card("stopped")["lines"][0]
    running = await acme.program.store.read(lambda tx: [tx.runs.running(p) for p in acme.program.platforms])
    assert [run for run in running if run is not None and run.asker is not None] == [], "whatever the night has begun"
