"""What happens to accounts after the import: people come, go, are renamed, change addresses – told by the vendors' events."""

from company import Company, Seat

from bot.ids import account_id
from bot.links import State
from bot.people import Account


async def linked(acme: Company) -> None:
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")


async def zoom_changes(acme: Company, seat: Seat, **values: object) -> None:
    """An administrator changes somebody in Zoom, and Zoom tells the app."""
    await acme.fake("zoom").change(seat.id, **values)
    await acme.settle()


async def test_a_newcomer_is_known_and_left_alone(acme: Company) -> None:
    """Before any import nobody is known; afterwards a newcomer is listed, not created, and not prompted."""
    slack, maya = acme.fake("slack"), acme.seat("slack", "Maya Ortiz")
    await slack.join("Early Bird", "early@acme.example")
    await acme.settle()
    assert "I found nobody" in await maya.asks("status early@acme.example")
    await acme.import_all()
    nina = Seat(acme, "slack", await slack.join("Nina Novak", "nina@acme.example"), "Nina Novak")
    await acme.settle()
    assert "Primary platform: Slack" in await maya.asks("status nina@acme.example"), "on one platform: no question"
    assert nina.cards() == []
    assert "no Zoom account; ask your Zoom admin" in await maya.asks("sync nina@acme.example secondary=zoom")
    assert "There is nothing to confirm" in maya.reads() and maya.buttons() == ["Try again", "Export"]


async def test_a_new_name_is_used_from_then_on(acme: Company) -> None:
    await linked(acme)
    maya, ann, bob = acme.seat("slack", "Maya Ortiz"), acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Bob Kim")
    await acme.fake("slack").change(ann.id, name="Ann Lee-Brandt")
    await acme.settle()
    assert "Ann Lee-Brandt" in await maya.asks("status ann@acme.example"), "the home account's name counts"
    assert "Ann Lee-Brandt" in await maya.asks("users brandt")
    await zoom_changes(acme, acme.seat("zoom", "Ann Lee"), name="Annie")
    assert "Annie" not in await maya.asks("status ann@acme.example")
    await bob.says(acme.seat("zoom", "Ann Lee"), "congratulations!")
    await acme.settle()
    assert ann.hears(acme.seat("slack", "Bob Kim")) == ["congratulations!"], "a name carries nothing"


async def test_an_address_changes_on_one_side_then_on_the_other(acme: Company) -> None:
    """Ann's link survives; she is found under the old and the new address while both are in use, then under the new one."""
    await linked(acme)
    maya, ann = acme.seat("slack", "Maya Ortiz"), acme.seat("slack", "Ann Lee")
    await acme.fake("slack").change(ann.id, email="ann.brandt@acme.example")
    await acme.settle()
    for address in ("ann@acme.example", "ann.brandt@acme.example"):
        assert "✅ synced" in await maya.asks(f"status {address}")
    await zoom_changes(acme, acme.seat("zoom", "Ann Lee"), email="ann.brandt@acme.example")
    assert "✅ synced" in await maya.asks("status ann.brandt@acme.example")
    assert "I found nobody" in await maya.asks("status ann@acme.example")
    await acme.import_all()
    assert "✅ synced" in await maya.asks("status ann.brandt@acme.example")


async def test_two_halves_of_a_person_meet_when_an_address_is_mended(acme: Company) -> None:
    """Emil's Zoom account had a misspelt address: two people, one platform each. Mended, it is one – unless somebody said no."""
    emil_in_zoom = acme.seat("zoom", "Emil Novak")
    acme.sandbox.core.world.change(
        acme.sandbox.core.world.accounts["zoom"][emil_in_zoom.id], email="emill@acme.example"
    )
    await acme.import_all()
    maya = acme.seat("slack", "Maya Ortiz")
    assert "9 on two or more platforms (matched)" in acme.seat("zoom", "Maya Ortiz").card("Import is done")["lines"]
    await zoom_changes(acme, emil_in_zoom, email="emil@acme.example")
    card = await maya.asks("status emil@acme.example")
    assert "Slack, Zoom" in card and "to decide" in card
    assert "I found nobody" in await maya.asks("status emill@acme.example")
    await acme.import_all()
    assert "12 people imported" in await maya.asks("status")


async def test_an_asked_persons_account_does_not_wander_off(acme: Company) -> None:
    """Zoom says that Cleo's account has Dana's address now. Cleo is linked: nothing moves by itself."""
    await acme.import_all()
    await acme.link("Cleo Park", "slack", "zoom")
    await zoom_changes(acme, acme.seat("zoom", "Cleo Park"), email="dana@acme.example")
    maya = acme.seat("slack", "Maya Ortiz")
    assert "✅ synced" in await maya.asks("status cleo@acme.example")
    assert "Dana Ruiz" in await maya.asks('status "Dana Ruiz"') and "· Slack" in maya.reads()


async def test_the_second_account_is_closed(acme: Company) -> None:
    """Ann's Zoom account is deactivated: her link ends, her permission is erased, her home stays; she may come back."""
    await linked(acme)
    maya, ann, ann_in_zoom = (
        acme.seat("slack", "Maya Ortiz"),
        acme.seat("slack", "Ann Lee"),
        acme.seat("zoom", "Ann Lee"),
    )
    await acme.fake("zoom").deactivate(ann_in_zoom.id)
    await acme.settle()
    card = await maya.asks("status ann@acme.example")
    assert "Primary platform: Slack" in card and "left the company or lost the account" in card
    grants = await acme.program.store.read(lambda tx: tx.grants.counts())
    assert grants.get(("zoom", "person"), 0) == 0, "no permission is kept for a closed account"
    assert "no Zoom account" in await maya.asks("sync ann@acme.example secondary=zoom")
    await zoom_changes(acme, ann_in_zoom, active=True)
    await maya.types("sync ann@acme.example secondary=zoom")
    await maya.presses("Confirm", "will be asked")
    assert "linked" in await ann.allows("zoom")
    await acme.seat("zoom", "Bob Kim").says(ann_in_zoom, "back again?")
    await acme.settle()
    assert ann.hears(acme.seat("slack", "Bob Kim")) == ["back again?"]


async def test_the_home_account_is_closed(acme: Company) -> None:
    """Ann leaves Slack for good: nothing is shown there any more, and with Zoom alone that is her home."""
    await linked(acme)
    maya, ann = acme.seat("slack", "Maya Ortiz"), acme.seat("slack", "Ann Lee")
    cards = [c["lines"] for c in ann.cards()]
    await acme.fake("slack").deactivate(ann.id)
    await acme.settle()
    assert [c["lines"] for c in ann.cards()] == cards
    assert "Primary platform: Zoom" in await maya.asks("status ann@acme.example")
    counts = await acme.program.store.read(lambda tx: tx.queue.counts())
    assert counts == {"todo": 0, "held": 0, "dead": 0}, "a card for a closed account waits for nobody"


async def test_somebody_leaves_while_an_import_is_under_way(acme: Company) -> None:
    """The page that was read before and the event meet in either order: the leaver's sync stays closed."""
    await linked(acme)
    zoom, maya = acme.fake("zoom"), acme.seat("zoom", "Maya Ortiz")
    await zoom.command(maya.id, "import")
    await zoom.deactivate(acme.seat("zoom", "Ann Lee").id)
    await acme.settle()
    await acme.import_all()
    people = await acme.program.store.read(lambda tx: tx.people.by_email("ann@acme.example", {}))
    assert people is not None and people.platforms == ("slack",)
    links = await acme.program.store.read(lambda tx: tx.links.of([people.id]))
    assert {link.state for link in links.values()} == {State.NOT_CREATED}


async def test_rights_follow_the_platform(acme: Company) -> None:
    """Maya hands over to Emil before any import: from then on her cards' buttons refuse her, and his commands work."""
    slack, maya, emil = acme.fake("slack"), acme.seat("slack", "Maya Ortiz"), acme.seat("slack", "Emil Novak")
    await maya.types("setup")
    await emil.types("help")
    await slack.change(emil.id, admin=True)
    await slack.change(maya.id, admin=False)
    await acme.settle()
    await maya.presses("Import users")
    assert "Only administrators may do that" in maya.reads() and "Ask Emil Novak" in maya.reads()
    assert "Import is done" in await emil.asks("import slack")


async def test_an_account_in_conflict_stays_one_when_it_speaks(acme: Company) -> None:
    """Two Slack accounts with one address: the second is a conflict, also after its owner typed to the bot."""
    await acme.import_all()
    twin = Account(account_id(*("slack", "T0ACME", "U0TWIN001")), "Ann Twin", "ann@acme.example")  # type: ignore[arg-type]
    store = acme.program.store
    await store.write(lambda tx: tx.people.upsert([twin], None, {}))
    await store.write(lambda tx: tx.people.note(twin))
    assert (await store.read(lambda tx: tx.people.counts())).conflicts == 1
