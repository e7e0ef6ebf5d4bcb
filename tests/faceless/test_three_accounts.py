"""One person with three accounts: two secondaries on one consent card, a line and an Allow each; and matching by hand among three."""

from company import Company, Seat
from faceless.vendor import Vendor


async def imported(harbour: Company) -> Seat:
    """Everybody in Slack and Zoom, and whoever is on deck or at the light."""
    maya = harbour.seat("slack", "Maya Ortiz")
    for command in ("import slack, zoom", "import semaphore"):
        await maya.types(command)
    await maya.types("import semaphore add Deck, Light")
    return maya


async def asked(harbour: Company) -> Seat:
    """Ann lives in Slack and is asked about both other accounts at once."""
    maya = await imported(harbour)
    await maya.types("sync ann@acme.example primary=slack secondary=zoom,semaphore")
    assert "Zoom" in maya.reads() and "Semaphore" in maya.reads()
    await maya.presses("Confirm")
    return harbour.seat("slack", "Ann Lee")


def allows(seat: Seat) -> dict[str, str]:
    """The addresses of the newest card's Allow buttons, by the platform whose line they follow."""
    card = seat.cards()[-1]
    lines = [line.partition(":")[0] for line in card["lines"] if line.startswith(("Zoom: 🕐", "Semaphore: 🕐"))]
    return dict(zip(lines, [b["url"] for b in card["buttons"] if b["label"] == "Allow"], strict=True))


async def test_one_card_with_a_line_and_an_allow_for_each(harbour: Company) -> None:
    ann = await asked(harbour)
    assert len([card for card in ann.cards() if "Allow" in str(card["buttons"])]) == 1
    assert "Let Semaphore and Zoom colleagues reach you here" in ann.reads()
    assert list(allows(ann)) == ["Semaphore", "Zoom"]
    assert ann.buttons() == ["Allow", "Allow", "Not now", "No thanks"]


async def test_each_line_is_answered_by_itself(harbour: Company, vendor: Vendor) -> None:
    """Ann allows Zoom and says no thanks to the rest: the first stays, the second ends."""
    ann = await asked(harbour)
    assert "linked" in await harbour.consent(allows(ann)["Zoom"], harbour.seat("zoom", "Ann Lee").id)
    await harbour.settle()
    assert list(allows(ann)) == ["Semaphore"] and "Zoom: ✅ synced" in ann.reads()
    await ann.presses("No thanks")
    said = await harbour.seat("slack", "Maya Ortiz").asks("status ann@acme.example")
    assert "Zoom: ✅ synced" in said and "Semaphore: 🔄 not created – declined" in said, said
    assert vendor.watches.get("ann") is None


async def test_a_colleague_on_either_platform_reaches_ann_at_home(harbour: Company) -> None:
    ann = await asked(harbour)
    for platform in ("zoom", "semaphore"):
        await harbour.consent(allows(ann)[platform.title()], harbour.seat(platform, "Ann Lee").id)
        await harbour.settle()
    await harbour.link("Cleo Park", "zoom", "slack")
    await harbour.link("Bob Kim", "semaphore", "slack")
    await harbour.seat("zoom", "Cleo Park").says(harbour.seat("zoom", "Ann Lee"), "from Zoom")
    await harbour.seat("semaphore", "Bob Kim").says(harbour.seat("semaphore", "Ann Lee"), "from the deck")
    await harbour.settle()
    assert ann.hears(harbour.seat("slack", "Cleo Park")) == ["from Zoom"]
    assert ann.hears(harbour.seat("slack", "Bob Kim")) == ["from the deck"]
    for name in ("Cleo Park", "Bob Kim"):
        await ann.says(harbour.seat("slack", name), f"hello {name}")
    await harbour.settle()
    assert harbour.seat("zoom", "Cleo Park").hears(harbour.seat("zoom", "Ann Lee")) == ["hello Cleo Park"]
    assert harbour.seat("semaphore", "Bob Kim").hears(harbour.seat("semaphore", "Ann Lee")) == ["hello Bob Kim"]


async def test_a_third_account_joins_by_hand(harbour: Company, vendor: Vendor) -> None:
    """Cleo keeps the light under another address: joined by hand she is one person of three accounts, also tomorrow."""
    vendor.people["cleo"].email = "keeper@light.example"
    maya = await imported(harbour)
    assert "Semaphore" not in await maya.asks("status cleo@acme.example")
    said = await maya.asks("match slack:cleo@acme.example semaphore:keeper@light.example")
    assert "Cleo Park" in said and "Semaphore, Slack, Zoom" in said, said
    await maya.types("import")
    assert "Semaphore, Slack, Zoom" in await maya.asks("status cleo@acme.example")
    assert "no longer Cleo Park's" in await maya.asks("unmatch zoom:cleo@acme.example")
    await maya.types("import")
    said = await maya.asks("status keeper@light.example")
    assert "Semaphore, Slack" in said and "Zoom" not in said, said
