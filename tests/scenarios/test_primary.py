"""Changing where somebody is at home: the old home is asked for first, then everything switches at once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, Seat, company

FOUR = ("slack", "zoom", "webex", "teams")


@pytest.fixture
async def maya(acme: Company) -> Seat:
    """Ann lives in Slack, Bob in Zoom; both allowed."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    return acme.seat("slack", "Maya Ortiz")


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_ann_moves_to_zoom(acme: Company, maya: Seat, platform: str) -> None:
    """Until she allows her Slack account nothing changes; then Cleo in Slack reaches her in Zoom, and Bob needs nobody."""
    admin = acme.seat(platform, "Maya Ortiz")
    ann, ann_in_zoom = acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Ann Lee")
    bob, cleo = acme.seat("zoom", "Bob Kim"), acme.seat("slack", "Cleo Park")
    await acme.link("Cleo Park", "slack", "zoom")
    said = await admin.asks("primary ann@acme.example zoom")
    assert "1 person, 1 will be asked." in said and "will be asked to allow Slack, which they leave" in said, said
    await admin.presses("Confirm", "which they leave")
    assert "Make Zoom your primary platform" in ann.reads() and "allow your Slack account once" in ann.reads()
    await bob.says(ann_in_zoom, "still in Slack?")
    await acme.settle()
    assert ann.hears(acme.seat("slack", "Bob Kim")) == ["still in Slack?"], "nothing has changed yet"
    assert "Primary platform: Slack" in await admin.asks("status ann@acme.example")
    assert "linked" in await ann.allows("slack")
    assert "From now on you read and write in Zoom" in ann_in_zoom.reads()
    status = await admin.asks("status ann@acme.example")
    assert "Primary platform: Zoom" in status and "Slack: ✅ synced" in status, status
    assert ann_in_zoom.id not in acme.fake("zoom").tokens.of_user, "no permission is kept where she lives"
    await cleo.says(ann, "lunch?")
    await acme.settle()
    assert ann_in_zoom.hears(acme.seat("zoom", "Cleo Park")) == ["lunch?"]
    await ann_in_zoom.says(acme.seat("zoom", "Cleo Park"), "gladly")
    await acme.settle()
    assert cleo.hears(ann) == ["gladly"], "from her own Slack account"
    await bob.says(ann_in_zoom, "welcome")
    await acme.settle()
    assert ann.hears(acme.seat("slack", "Bob Kim")) == ["still in Slack?"], "both are at home in Zoom"


async def test_she_declines_and_stays(acme: Company, maya: Seat) -> None:
    ann = acme.seat("slack", "Ann Lee")
    await maya.types("primary ann@acme.example zoom")
    await maya.presses("Confirm", "which they leave")
    await ann.presses("No thanks")
    status = await maya.asks("status ann@acme.example")
    assert "Primary platform: Slack" in status and "Zoom: ✅ synced" in status, status
    await acme.seat("zoom", "Bob Kim").says(acme.seat("zoom", "Ann Lee"), "hello")
    await acme.settle()
    assert ann.hears(acme.seat("slack", "Bob Kim")) == ["hello"]
    await maya.types("reprompt ann@acme.example")
    assert "Primary platform: Slack" in await maya.asks("status ann@acme.example")


async def test_what_was_on_its_way_finds_the_new_home(acme: Company, maya: Seat) -> None:
    """Slack is down while Bob writes; Ann moves to Zoom meanwhile: there his message stands already, and is not doubled."""
    ann, ann_in_zoom, bob = acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Ann Lee"), acme.seat("zoom", "Bob Kim")
    await maya.types("primary ann@acme.example zoom")
    await maya.presses("Confirm", "which they leave")
    url = await ann.presses("Allow")
    assert url is not None
    acme.faults("slack", down=True)
    await bob.says(ann_in_zoom, "on its way")
    await acme.settle()
    acme.faults("slack", down=False)
    assert "linked" in await acme.consent(url, ann.id)
    await acme.later(minutes=6)
    assert ann.hears(acme.seat("slack", "Bob Kim")) == []
    assert ann_in_zoom.hears(bob) == ["on its way"]
    assert "did not get" not in "\n".join(line for card in bob.cards() for line in card["lines"])


async def test_what_may_have_arrived_is_looked_for_first(acme: Company, maya: Seat) -> None:
    """Slack took Bob's message, but its answer got lost; Ann moves meanwhile: it is found there, and not told anew."""
    ann, ann_in_zoom, bob = acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Ann Lee"), acme.seat("zoom", "Bob Kim")
    await maya.types("primary ann@acme.example zoom")
    await maya.presses("Confirm", "which they leave")
    url = await ann.presses("Allow")
    assert url is not None
    acme.faults("slack", accept_then_timeout=1)
    await bob.says(ann_in_zoom, "just once")
    await acme.settle()
    assert "linked" in await acme.consent(url, ann.id)
    await acme.later(seconds=20)
    assert "Primary platform: Zoom" in await maya.asks("status ann@acme.example")
    assert ann.hears(acme.seat("slack", "Bob Kim")) == ["just once"]
    assert "did not get" not in "\n".join(line for card in bob.cards() for line in card["lines"])


async def test_many_at_once(acme: Company, maya: Seat) -> None:
    """A selection is a plan: at once for whoever has nothing linked, asked where something is, refused without account."""
    said = await maya.asks("primary all zoom")
    assert "primary platform" in said.lower() and "have nothing linked: set to Zoom at once" in said, said
    assert (
        "will be asked to allow Slack, which they leave" in said
        and "– Ann Lee" in said
        and "already at home in Zoom – Bob Kim" in said
    )
    await maya.presses("Confirm")
    assert "Make Zoom your primary platform" in acme.seat("slack", "Ann Lee").reads()
    assert "Primary platform: Zoom" in await maya.asks("status cleo@acme.example")
    assert acme.seat("slack", "Cleo Park").cards() == []
    assert "no Zoom account: Dana Ruiz" in await maya.asks("primary dana@acme.example zoom")


@pytest.fixture
async def free(tmp_path: Path, database: str | None) -> AsyncIterator[Company]:
    """People may change their own primary."""
    async with company(tmp_path, database, MIO_RATES="off", MIO_SELF_PRIMARY="allow") as made:
        await made.import_all()
        yield made


async def test_one_changes_ones_own(free: Company) -> None:
    """Ann confirms her own plan, though she is no administrator; nobody else can, and none of Maya's."""
    await free.link("Ann Lee", "slack", "zoom")
    ann, bob = free.seat("slack", "Ann Lee"), free.seat("slack", "Bob Kim")
    said = await ann.asks("primary me zoom")
    assert "will be asked to allow Slack" in said, said
    number = said.rpartition("cancel ")[2].rstrip(".")
    assert "Only administrators" in await bob.asks(f"confirm {number}")
    await ann.presses("Confirm")
    assert "linked" in await ann.allows("slack")
    assert "Primary platform: Zoom" in await free.seat("slack", "Maya Ortiz").asks("status ann@acme.example")


async def test_by_request_the_administrators_decide(acme: Company, maya: Seat) -> None:
    ann = acme.seat("slack", "Ann Lee")
    assert "I told Maya Ortiz" in await ann.asks("primary me zoom")
    assert "would like Zoom as primary platform" in maya.card("would like")["lines"][0]
    await maya.types('primary "Ann Lee" zoom')
    await maya.presses("Confirm", "which they leave")
    assert "Make Zoom your primary platform" in ann.reads()


async def test_between_webex_and_teams(tmp_path: Path) -> None:
    """Where hearing is set up for each person: it is set up for the old home, and taken down at the new one."""
    from residents import all_linked

    async with company(tmp_path, vendors=FOUR, MIO_RATES="off") as acme:
        await all_linked(acme)
        maya, cleo = acme.seat("slack", "Maya Ortiz"), acme.seat("webex", "Cleo Park")
        await maya.types("primary cleo@acme.example teams")
        await maya.presses("Confirm", "which they leave")
        await acme.calm()
        assert "linked" in await cleo.allows("webex")
        await acme.calm()
        status = await maya.asks("status cleo@acme.example")
        assert "Primary platform: Teams" in status and status.count("✅ synced") == 3, status
        ann = acme.seat("slack", "Ann Lee")
        await ann.says(acme.seat("slack", "Cleo Park"), "where are you?")
        await acme.calm()
        at_home = acme.seat("teams", "Cleo Park")
        assert at_home.hears(acme.seat("teams", "Ann Lee")) == ["where are you?"]
        await at_home.says(acme.seat("teams", "Ann Lee"), "in Teams now")
        await acme.calm()
        assert ann.hears(acme.seat("slack", "Cleo Park")) == ["in Teams now"]
