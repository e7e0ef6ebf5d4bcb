"""Teams beside Slack: the tenant's consent, the bot in chats and teams, first contact, hearing that ends and comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from company import Company, Seat, company

from bot.ids import PlatformId
from bot.ready import GrantKind
from sandbox.teams import Teams

TEAMS = PlatformId("teams")


@pytest.fixture
async def acme(database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    async with company(tmp_path, database, vendors=("slack", "teams"), MIO_RATES="off") as made:
        for platform in made.sandbox.fakes:
            made.faults(platform, limits=False)
        await made.later(minutes=1)
        yield made


@pytest.fixture
async def refused(database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    """Nobody has consented for the tenant."""

    def withdrawn(running: object) -> None:
        found = running.fakes["teams"]  # type: ignore[attr-defined]
        found.tokens.withdraw()

    async with company(tmp_path, database, change=withdrawn, vendors=("slack", "teams"), MIO_RATES="off") as made:
        for platform in made.sandbox.fakes:
            made.faults(platform, limits=False)
        yield made


def fake(acme: Company) -> Teams:
    found = acme.sandbox.fakes["teams"]
    assert isinstance(found, Teams)
    return found


async def imported(acme: Company) -> Seat:
    maya = acme.seat("teams", "Maya Ortiz")
    for command in ("import slack", "import teams", "import teams add Everybody"):
        await maya.types(command)
    return maya


async def linked(acme: Company) -> tuple[Seat, Seat, Seat, Seat]:
    """Ann lives in Slack, Bob in Teams, both allowed: Ann, Bob, Ann's Teams account, Bob's Slack account."""
    await imported(acme)
    await acme.link("Ann Lee", "slack", "teams")
    await acme.link("Bob Kim", "teams", "slack")
    seats = (("slack", "Ann Lee"), ("teams", "Bob Kim"), ("teams", "Ann Lee"), ("slack", "Bob Kim"))
    ann, bob, ann_in_teams, bob_in_slack = (acme.seat(*seat) for seat in seats)
    return ann, bob, ann_in_teams, bob_in_slack


def subscriptions(acme: Company, seat: Seat) -> int:
    return len(fake(acme).book.of(seat.id))


# -- the tenant's consent -------------------------------------------------------------------------


async def test_without_the_tenants_consent_nobody_is_asked_and_the_administrator_hears_why(refused: Company) -> None:
    """Maya asks for an import first; then she consents by the link of the bot's start, and it goes on."""
    maya, teams = refused.seat("slack", "Maya Ortiz"), refused.seat("teams", "Maya Ortiz")
    said = await maya.asks("import teams")
    assert "Select teams" not in said and "setup" in said, said
    assert "Teams: 🔺 not connected" in await maya.asks("setup")
    page = await refused.consent(refused.program.policy().setup_url(TEAMS, GrantKind.DIRECTORY), teams.id)
    await refused.settle()
    assert "onnected" in page, page
    assert "Teams: ✅ connected" in await maya.asks("setup")
    await maya.types("import teams")
    maya.card("Select teams of Teams")


async def test_only_administrators_consent_for_the_tenant(refused: Company) -> None:
    bob = refused.seat("teams", "Bob Kim")
    page = await refused.consent(refused.program.policy().setup_url(TEAMS, GrantKind.DIRECTORY), bob.id)
    assert "onnected" not in page, page
    assert "Teams: 🔺 not connected" in await refused.seat("slack", "Maya Ortiz").asks("setup")


async def test_consent_that_takes_a_while_to_spread(refused: Company) -> None:
    """Mean: new roles are in no token for two minutes; the page waits while they pass, and then it is there."""
    refused.mean()
    url = refused.program.policy().setup_url(TEAMS, GrantKind.DIRECTORY)
    waiting = asyncio.create_task(refused.consent(url, refused.seat("teams", "Maya Ortiz").id))
    while not fake(refused).tokens.given.roles:
        await asyncio.sleep(0)
    for _ in range(10):
        await refused.later(seconds=20)
    assert "onnected" in await waiting
    assert "Teams: ✅ connected" in await refused.seat("slack", "Maya Ortiz").asks("setup")


async def test_consent_taken_back_is_told_and_comes_back(acme: Company) -> None:
    maya = await imported(acme)
    await fake(acme).withdraw_consent()
    await acme.later(hours=2)
    slack_maya = acme.seat("slack", "Maya Ortiz")
    await slack_maya.types("import teams")
    assert "does not accept the bot any more" in "\n".join(slack_maya.card("does not accept")["lines"])
    page = await acme.consent(acme.program.policy().setup_url(TEAMS, GrantKind.DIRECTORY), maya.id)
    assert "onnected" in page, page
    await acme.calm()
    assert any("people read" in line for line in slack_maya.card("Import is done")["lines"])


# -- the bot --------------------------------------------------------------------------------------


async def test_whoever_types_in_a_team_is_answered_alone(acme: Company) -> None:
    """A mention and a native slash command; the thread sees one line, the answer is in Maya's own chat."""
    maya = acme.seat("teams", "Maya Ortiz")
    for slash in (False, True):
        before = len(maya.cards())
        await fake(acme).mention(maya.id, "Sales", "help", slash=slash)
        await acme.settle()
        assert len(maya.cards()) == before + 1 and "What I can do" in maya.reads()
    lines = [m["text"] for m in fake(acme).channel(maya.id, "Sales")]
    assert len(lines) == 2 and not any("What I can do" in line for line in lines), lines


async def test_an_edited_command_is_not_carried_out_again(acme: Company) -> None:
    maya = acme.seat("teams", "Maya Ortiz")
    native = await fake(acme).say(maya.id, "bot", "help")
    await acme.settle()
    before = len(maya.cards())
    await fake(acme).edit(maya.id, native, "me")
    await acme.settle()
    assert len(maya.cards()) == before


async def test_bob_who_never_met_the_bot_gets_his_card_once(acme: Company) -> None:
    """The bot installs itself for him; being told of that does not ask him twice."""
    maya, bob = await imported(acme), acme.seat("teams", "Bob Kim")
    assert bob.cards() == []
    await maya.types("sync bob@acme.example primary=teams secondary=slack")
    await maya.presses("Confirm")
    assert len([card for card in bob.cards() if "Allow" in str(card["buttons"])]) == 1


async def test_a_press_is_answered_with_the_changed_card(acme: Company) -> None:
    maya, bob = await imported(acme), acme.seat("teams", "Bob Kim")
    await maya.types("sync bob@acme.example primary=teams secondary=slack")
    await maya.presses("Confirm")
    await bob.presses("No thanks")
    assert "Allow" not in str(bob.cards()[-1]["buttons"]) and len(bob.cards()) == 1
    assert "declined" in await maya.asks("status bob@acme.example")


async def test_bobs_sign_in_name_is_not_his_address(acme: Company) -> None:
    """He is found by either, whatever the case."""
    maya = await imported(acme)
    for address in ("bob@acme.example", "BOB@Corp.Acme.Example"):
        said = await maya.asks(f"status {address}")
        assert "Bob Kim" in said and "Slack" in said, said


# -- hearing --------------------------------------------------------------------------------------


async def test_one_subscription_a_person_and_none_after_goodbye(acme: Company) -> None:
    ann, bob, ann_in_teams, bob_in_slack = await linked(acme)
    assert subscriptions(acme, ann_in_teams) == 1
    await acme.later(hours=30)
    assert subscriptions(acme, ann_in_teams) == 1
    await ann.types("disconnect teams")
    assert subscriptions(acme, ann_in_teams) == 0
    await bob.says(ann_in_teams, "are you still there?")
    await acme.settle()
    assert ann.hears(bob_in_slack) == []


async def test_five_days_later_ann_still_hears(acme: Company) -> None:
    """Longer than a subscription lives; the tokens were renewed many times."""
    ann, bob, ann_in_teams, bob_in_slack = await linked(acme)
    for _ in range(10):
        await acme.later(hours=12)
        await acme.later(minutes=5)
    await bob.says(ann_in_teams, "still there?")
    await acme.settle()
    assert ann.hears(bob_in_slack) == ["still there?"]


@pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])
async def test_a_subscription_that_was_removed_is_made_anew_and_nothing_is_lost(acme: Company, mean: bool) -> None:
    ann, bob, ann_in_teams, bob_in_slack = await linked(acme)
    acme.faults("teams", mean=mean)
    await bob.says(ann_in_teams, "heard")
    await acme.settle()
    [sub] = fake(acme).book.of(ann_in_teams.id)
    fake(acme).book.remove(sub)
    await bob.says(ann_in_teams, "into the void")
    for hook in fake(acme).notify.lifecycle(sub, "subscriptionRemoved"):
        acme.sandbox.core.hooks.send(hook)
    await acme.calm()
    assert subscriptions(acme, ann_in_teams) == 1
    assert ann.hears(bob_in_slack) == ["heard", "into the void"]
    await bob.says(ann_in_teams, "and again")
    await acme.settle()
    assert ann.hears(bob_in_slack) == ["heard", "into the void", "and again"]


async def test_what_was_withheld_after_the_token_ended_comes_late_and_once(acme: Company) -> None:
    """Mean: a subscription falls silent with the token it was made with, and only says so when somebody writes."""
    ann, bob, ann_in_teams, bob_in_slack = await linked(acme)
    acme.faults("teams", mean=True)
    await acme.later(hours=3)
    await bob.says(ann_in_teams, "withheld")
    await acme.calm()
    await bob.says(ann_in_teams, "heard")
    await acme.calm()
    assert ann.hears(bob_in_slack) == ["withheld", "heard"]


async def test_a_silence_longer_than_the_vendor_repeats_is_read_back(acme: Company) -> None:
    """Nothing of ours ran for a night: the notifications were given up, the subscription lives on."""
    ann, bob, ann_in_teams, bob_in_slack = await linked(acme)
    acme.faults("teams", webhook_down=True, retry_scale=0.0)
    await bob.says(ann_in_teams, "at night")
    await acme.sandbox.core.hooks.idle()
    acme.faults("teams", webhook_down=False)
    await acme.later(hours=9)
    await acme.later(minutes=2)
    assert ann.hears(bob_in_slack) == ["at night"]


async def test_what_ann_types_in_teams_by_hand_stays_there(acme: Company) -> None:
    ann, bob, ann_in_teams, bob_in_slack = await linked(acme)
    await ann_in_teams.says(bob, "typed in Teams")
    await acme.settle()
    assert ann.sees(bob_in_slack) == [] and bob.hears(ann_in_teams) == ["typed in Teams"]


async def test_group_chats_are_none_of_our_business(acme: Company) -> None:
    ann, bob, ann_in_teams, bob_in_slack = await linked(acme)
    await fake(acme).say_together(bob.id, [ann_in_teams.id, acme.seat("teams", "Cleo Park").id], "lunch?")
    await acme.settle()
    assert ann.sees(bob_in_slack) == []


async def test_a_password_reset_asks_ann_again_and_what_was_missed_comes(acme: Company) -> None:
    ann, bob, ann_in_teams, bob_in_slack = await linked(acme)
    await fake(acme).reset_password(ann_in_teams.id)
    await bob.says(ann_in_teams, "meanwhile")
    await acme.later(hours=2)
    assert "Allow" in ann.buttons(), "the card is back"
    assert "linked" in await ann.allows("teams")
    await acme.calm()
    assert ann.hears(bob_in_slack) == ["meanwhile"]


async def test_conditional_access_is_an_administrators_matter(acme: Company) -> None:
    ann, _, ann_in_teams, _ = await linked(acme)
    fake(acme).trouble(ann_in_teams.id, 53003)
    await acme.later(hours=2)
    maya = acme.seat("slack", "Maya Ortiz")
    assert "only an administrator can mend this" in "\n".join(maya.card("Ann Lee's Teams account")["lines"])
    assert "Allow" not in ann.buttons()


async def test_an_administrator_may_press_after_an_import(acme: Company) -> None:
    """Microsoft's listings do not say who administers the tenant: after an import Maya's very first press counts."""
    maya = acme.seat("teams", "Maya Ortiz")
    await maya.types("import teams")
    await acme.calm()
    await maya.types("import teams add Everybody")
    await acme.calm()
    await maya.presses("Sync users")
    assert "Only administrators" not in maya.reads() and "Sync users" in maya.reads()
