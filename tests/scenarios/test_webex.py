"""Webex beside the others: first contact, teams, Allow, messages both ways, trouble with webhooks, and the end."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from company import Company, Seat, company

from bot.ids import PlatformId
from bot.ready import GrantKind
from sandbox.webex import Webex
from sandbox.webex.calls import Upload

WEBEX = PlatformId("webex")


@pytest.fixture
async def acme(database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path, database, vendors=("slack", "webex"), MIO_RATES="off") as made:
        async for ready in _ready(made):
            yield ready


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Company]:
    """With Zoom, too; on the embedded database."""
    async with company(tmp_path, vendors=("slack", "webex", "zoom"), MIO_RATES="off") as made:
        async for ready in _ready(made):
            yield ready


async def _ready(made: Company) -> AsyncIterator[Company]:
    for platform in made.sandbox.fakes:
        made.faults(platform, limits=False)
    await made.later(minutes=1)
    yield made


def fake(acme: Company) -> Webex:
    found = acme.sandbox.fakes["webex"]
    assert isinstance(found, Webex)
    return found


async def connected(acme: Company) -> Seat:
    """Maya follows the link that the bot printed at its start; from then on her word counts in Webex."""
    maya = acme.seat("webex", "Maya Ortiz")
    url = acme.program.policy().setup_url(WEBEX, GrantKind.DIRECTORY)
    page = await acme.consent(url, maya.id)
    await acme.settle()
    assert "onnected" in page, page
    return maya


async def orders(maya: Seat, command: str) -> None:
    """Where Webex tells of a message before it can be read, it is read a moment later."""
    await maya.types(command)
    await maya.company.later(seconds=3)


async def imported(acme: Company, *others: str) -> Seat:
    maya = await connected(acme)
    await orders(maya, "import webex")
    await orders(maya, "import webex add Everybody")
    for platform in others:
        await orders(maya, f"import {platform}")
    return maya


async def linked(acme: Company) -> None:
    """Ann lives in Slack, Bob in Webex; both allowed."""
    maya = await imported(acme, "slack")
    for name, primary, secondary in (("Ann Lee", "slack", "webex"), ("Bob Kim", "webex", "slack")):
        await orders(maya, f'sync "{name}" primary={primary} secondary={secondary}')
        await maya.presses("Confirm")
        page = await acme.seat(primary, name).allows(secondary)
        assert "linked" in page, page


def hooks_of(acme: Company, seat: Seat) -> list[tuple[str, str, bool]]:
    """The webhooks that were made with this person's permission."""
    held = fake(acme).registry.of_user.get(seat.id, {}).values()
    return sorted((hook.resource, hook.event, hook.active) for hook in held if hook.app == "integration")


async def pass_by(acme: Company, *minutes: int) -> None:
    for some in minutes:
        await acme.later(minutes=some)


# -- the first day -------------------------------------------------------------------------------


async def test_without_the_directory_nobody_is_an_administrator_by_webex(acme: Company) -> None:
    maya = acme.seat("webex", "Maya Ortiz")
    await maya.types("/mio import webex")
    assert maya.cards() and not [c for c in maya.cards() if "Select teams" in "\n".join(c["lines"])]
    page = await acme.consent(acme.program.policy().setup_url(WEBEX, GrantKind.DIRECTORY), maya.id)
    assert "onnected" in page, page
    await maya.types("/mio import webex")
    maya.card("Select teams of Webex")


async def test_whoever_is_no_administrator_cannot_connect_the_directory(acme: Company) -> None:
    bob = acme.seat("webex", "Bob Kim")
    page = await acme.consent(acme.program.policy().setup_url(WEBEX, GrantKind.DIRECTORY), bob.id)
    assert "An administrator has to do this" in page


async def test_select_teams_on_the_card(acme: Company) -> None:
    """Chosen in the list, imported with the button; the card that counted is gone, the one that counts is there."""
    maya = await connected(acme)
    await maya.types("import webex")
    choice = maya.card("Select teams of Webex")
    assert choice["choices"] == ["1. Everybody", "2. Sales", "3. Support"], "only the administrator's own teams"
    picked = _input(choice["card"])
    values = {c["title"]: c["value"] for c in picked["choices"]}
    teams = ",".join([values["2. Sales"], values["3. Support"]])
    await fake(acme).press(maya.id, choice["id"], "Import teams and users", **{picked["id"]: teams})
    await acme.settle()
    assert [c for c in maya.cards() if c["id"] == choice["id"]] == [], "a card is replaced by deleting it"
    maya.card("2 of 3 teams selected")
    both = len({m for t in fake(acme).directory.teams.values() if t.name in ("Sales", "Support") for m in t.members})
    assert f"✅ Webex: {both} people read" in maya.card("Import is done")["lines"]


def _input(card: dict[str, Any]) -> dict[str, Any]:
    return next(e for e in card["body"] if e["type"] == "Input.ChoiceSet")


async def test_a_dropped_team_asks_keep_or_unsync(acme: Company) -> None:
    maya = await connected(acme)
    await maya.types("import webex")
    await maya.types("import webex add Sales, Support")
    await maya.types("import webex drop Support")
    await maya.presses("Keep")
    await maya.types("import webex add Support")
    await maya.types("import webex drop Support")
    await maya.presses("Unsync")
    await maya.types("import webex add Somewhere")
    maya.card("Somewhere")


async def test_guests_bots_and_the_not_yet_arrived_are_left_out(acme: Company) -> None:
    maya = await imported(acme, "slack")
    await maya.types("users")
    words = "\n".join(line for card in maya.cards() for line in card["lines"])
    for name in ("Gail Guest", "Otto Gone", "Ina Invited", "Vic Visitor", "Build Robot"):
        assert name not in words


# -- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])
async def test_messages_both_ways(acme: Company, mean: bool) -> None:
    if mean:
        acme.mean()
    await linked(acme)
    for platform in ("slack", "webex"):
        acme.faults(platform, duplicate=True, echo_first=True)
    ann, bob = acme.seat("slack", "Ann Lee"), acme.seat("webex", "Bob Kim")
    ann_in_webex, bob_in_slack = acme.seat("webex", "Ann Lee"), acme.seat("slack", "Bob Kim")
    for number in range(3):
        await bob.says(ann_in_webex, f"*b{number}* _x_ <@all> & 1. #1")
        await acme.settle()
        await ann.says(bob_in_slack, f"a{number} <@all>")
        await acme.settle()
    await pass_by(acme, 1, 1, 1)
    assert ann.hears(bob_in_slack) == [f"*b{n}* _x_ <@all> & 1. #1" for n in range(3)]
    assert bob.hears(ann_in_webex) == [f"a{n} <@all>" for n in range(3)]


async def test_zoom_and_webex(three: Company) -> None:
    """Ann lives in Zoom, Bob in Webex."""
    maya = await imported(three, "zoom", "slack")
    for name, primary, secondary in (("Ann Lee", "zoom", "webex"), ("Bob Kim", "webex", "zoom")):
        await orders(maya, f'sync "{name}" primary={primary} secondary={secondary}')
        await maya.presses("Confirm")
        assert "linked" in await three.seat(primary, name).allows(secondary)
    for platform in ("zoom", "webex"):
        three.faults(platform, duplicate=True, echo_first=True)
    ann, bob = three.seat("zoom", "Ann Lee"), three.seat("webex", "Bob Kim")
    await ann.says(three.seat("zoom", "Bob Kim"), "from Zoom")
    await bob.says(three.seat("webex", "Ann Lee"), "from Webex")
    await three.settle()
    await pass_by(three, 1, 1)
    assert bob.hears(three.seat("webex", "Ann Lee")) == ["from Zoom"]
    assert ann.hears(three.seat("zoom", "Bob Kim")) == ["from Webex"]


async def test_five_thousand_characters(acme: Company) -> None:
    """Slack cuts at 3,800 characters, Webex at 7,000 bytes: nothing is lost either way."""
    await linked(acme)
    ann, bob = acme.seat("slack", "Ann Lee"), acme.seat("webex", "Bob Kim")
    ann_in_webex, bob_in_slack = acme.seat("webex", "Ann Lee"), acme.seat("slack", "Bob Kim")
    long = " ".join(f"wört{n:04}" for n in range(560))
    assert len(long) >= 5_000
    await bob.says(ann_in_webex, long)
    await ann.says(bob_in_slack, long.replace("ö", "日"))
    await acme.settle()
    arrived = ann.hears(bob_in_slack)
    assert len(arrived) == 2 and "".join(arrived).replace(" ", "") == long.replace(" ", "")
    there = bob.hears(ann_in_webex)
    assert "".join(there).replace(" ", "") == long.replace("ö", "日").replace(" ", "")
    assert all(len(part.encode()) <= 7_439 for part in there)


async def test_fifty_quick_messages_in_order(acme: Company) -> None:
    await linked(acme)
    bob, ann_in_webex = acme.seat("webex", "Bob Kim"), acme.seat("webex", "Ann Lee")
    for number in range(50):
        await bob.says(ann_in_webex, f"no. {number}")
    await acme.settle()
    heard = acme.seat("slack", "Ann Lee").hears(acme.seat("slack", "Bob Kim"))
    assert heard == [f"no. {number}" for number in range(50)]


async def test_what_strangers_write_is_never_fetched(acme: Company) -> None:
    await linked(acme)
    log = acme.sandbox.core.requests
    log.clear()
    await acme.seat("webex", "Gail Guest").says(acme.seat("webex", "Ann Lee"), "private")
    await acme.seat("webex", "Ann Lee").says(acme.seat("webex", "Bob Kim"), "typed by hand")
    await acme.settle()
    assert [r for r in log if r["platform"] == "webex" and "/messages/" in r["path"]] == []


async def test_a_file_leaves_a_line_with_its_name(acme: Company) -> None:
    await linked(acme)
    plan = Upload("plan.pdf", "application/pdf", b"%PDF")
    await fake(acme).say(acme.seat("webex", "Bob Kim").id, acme.seat("webex", "Ann Lee").id, "see", file=plan)
    await acme.settle()
    [heard] = acme.seat("slack", "Ann Lee").hears(acme.seat("slack", "Bob Kim"))
    assert heard.startswith("see") and "plan.pdf" in heard


# -- webhooks and the end ------------------------------------------------------------------------


async def test_a_webhook_that_went_out_comes_back_and_the_gap_is_read(acme: Company) -> None:
    await linked(acme)
    ann, bob = acme.seat("slack", "Ann Lee"), acme.seat("webex", "Bob Kim")
    ann_in_webex, bob_in_slack = acme.seat("webex", "Ann Lee"), acme.seat("slack", "Bob Kim")
    await bob.says(ann_in_webex, "before")
    await acme.settle()
    for hook in fake(acme).registry.of_user[ann_in_webex.id].values():
        hook.active, hook.disabled = False, acme.sandbox.core.clock.seconds()
    await bob.says(ann_in_webex, "while it was out, 1")
    await bob.says(ann_in_webex, "while it was out, 2")
    await acme.settle()
    assert ann.hears(bob_in_slack) == ["before"]
    await pass_by(acme, 6)
    assert {active for *_, active in hooks_of(acme, ann_in_webex)} == {False}, "not within five minutes"
    await pass_by(acme, 6)
    assert {active for *_, active in hooks_of(acme, ann_in_webex)} == {True}
    await bob.says(ann_in_webex, "after")
    await acme.settle()
    assert ann.hears(bob_in_slack) == ["before", "while it was out, 1", "while it was out, 2", "after"]


async def test_a_webhook_that_is_missing_is_made_anew(acme: Company) -> None:
    await linked(acme)
    ann_in_webex, bob = acme.seat("webex", "Ann Lee"), acme.seat("webex", "Bob Kim")
    before = hooks_of(acme, ann_in_webex)
    fake(acme).registry.of_user[ann_in_webex.id].clear()
    await bob.says(ann_in_webex, "into the void")
    await acme.settle()
    await pass_by(acme, 6)
    assert hooks_of(acme, ann_in_webex) == before
    assert acme.seat("slack", "Ann Lee").hears(acme.seat("slack", "Bob Kim")) == ["into the void"]


async def test_disconnect_deletes_the_webhooks_before_the_token_goes(acme: Company) -> None:
    await linked(acme)
    ann, ann_in_webex = acme.seat("slack", "Ann Lee"), acme.seat("webex", "Ann Lee")
    assert hooks_of(acme, ann_in_webex) == [("messages", event, True) for event in ("created", "deleted", "updated")]
    acme.sandbox.core.requests.clear()
    await ann.types("disconnect webex")
    assert hooks_of(acme, ann_in_webex) == []
    assert [g for g in fake(acme).tokens.grants.values() if g.user == ann_in_webex.id] == []
    asked = [(r["method"], r["path"]) for r in acme.sandbox.core.requests if r["platform"] == "webex"]
    deletes = [n for n, (method, path) in enumerate(asked) if method == "DELETE" and "/webhooks/" in path]
    assert len(deletes) == 3
    await acme.seat("webex", "Bob Kim").says(ann_in_webex, "too late")
    await acme.settle()
    assert ann.hears(acme.seat("slack", "Bob Kim")) == []


async def test_linked_again_after_a_pause_nothing_old_is_read_back(acme: Company) -> None:
    """Between disconnect and the next Allow nobody listened, and nobody is to learn it afterwards."""
    await linked(acme)
    ann, bob = acme.seat("slack", "Ann Lee"), acme.seat("webex", "Bob Kim")
    ann_in_webex, bob_in_slack = acme.seat("webex", "Ann Lee"), acme.seat("slack", "Bob Kim")
    await ann.types("disconnect webex")
    await bob.says(ann_in_webex, "not for the bot")
    await ann.types("connect webex")
    assert "linked" in await ann.allows("webex")
    await pass_by(acme, 6, 6)
    await bob.says(ann_in_webex, "hello again")
    await acme.settle()
    assert ann.hears(bob_in_slack) == ["hello again"]


async def test_revoked_on_webexs_own_page_ann_is_asked_again(acme: Company) -> None:
    await linked(acme)
    ann, ann_in_webex = acme.seat("slack", "Ann Lee"), acme.seat("webex", "Ann Lee")
    await fake(acme).revoke(ann_in_webex.id)
    await acme.seat("webex", "Bob Kim").says(ann_in_webex, "are you there?")
    await acme.settle()
    for _ in range(4):
        await acme.later(minutes=1)
    assert "linked" in await ann.allows("webex")
    await pass_by(acme, 1, 6)
    assert ann.hears(acme.seat("slack", "Bob Kim")) == ["are you there?"]
