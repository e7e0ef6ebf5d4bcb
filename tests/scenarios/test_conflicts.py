"""Conflicts: accounts that fit two people, people of one name; one button decides each, and later imports change nothing."""

import pytest
from company import Company, Seat

from bot.ids import AccountId
from bot.people import Account


def addressed(acme: Company, platform: str, name: str, email: str) -> None:
    """Somebody has had another address at a platform ever since."""
    world = acme.sandbox.core.world
    world.change(world.accounts[platform][acme.seat(platform, name).id], email=email)


@pytest.fixture(params=["slack", "zoom"])
def maya(acme: Company, request: pytest.FixtureRequest) -> Seat:
    return acme.seat(request.param, "Maya Ortiz")


async def second_gus(acme: Company, maya: Seat) -> None:
    """Gus got a second Zoom account under an old domain, which is read as the new one."""
    await acme.import_all(maya)
    await maya.types("alias old.example=acme.example")
    await acme.fake("zoom").join("Gus W.", "gus@old.example")
    await acme.settle()
    await acme.import_all(maya)


async def chosen(maya: Seat, name: str) -> str:
    """The conflict of that name, from a fresh list: its card's words."""
    said = await maya.asks("conflicts")
    option = next(choice for choice in maya.cards()[-1]["choices"] if name in choice)
    assert option.partition(" ")[0] in said
    await maya.chooses(option)
    return maya.reads()


async def acts(maya: Seat) -> str:
    return await maya.asks("audit 15")


async def test_nothing_to_decide(acme: Company, maya: Seat) -> None:
    await acme.import_all(maya)
    said = await maya.asks("conflicts")
    assert "Everybody is matched" in said and "10 people are on several platforms" in said, said
    assert "of 10" in await maya.asks("users to decide"), "where they are"


async def test_a_second_account_is_matched_and_the_first_put_apart(acme: Company, maya: Seat) -> None:
    await second_gus(acme, maya)
    assert "Gus Weber" not in await maya.asks("users old.example"), "nobody guessed"
    said = await chosen(maya, "Gus W.")
    assert "gus@old.example (Zoom)" in said and "gus@acme.example (Zoom) is put apart" in said, said
    assert maya.buttons() == ["Match", "Keep apart"]
    await maya.presses("Match")
    assert "gus@old.example (Zoom) is Gus Weber's from now on" in maya.reads()
    for _ in range(2):
        assert "Everybody is matched" in await maya.asks("conflicts")
        assert "13 people imported" in await maya.asks("status")
        await acme.import_all(maya)
    assert ": match – " in await acts(maya)
    said = await maya.asks("unmatch zoom:gus@old.example")
    assert "no longer Gus Weber's" in said, said


async def test_kept_apart_for_good_and_never_asked_again(acme: Company, maya: Seat) -> None:
    await second_gus(acme, maya)
    await chosen(maya, "Gus W.")
    await maya.presses("Keep apart")
    assert "stays apart from now on" in maya.reads()
    await acme.import_all(maya)
    assert "Everybody is matched" in await maya.asks("conflicts")
    assert "13 people imported" in await maya.asks("status")
    assert ": keep apart – " in await acts(maya)
    assert maya.card("Conflict: Gus W.")["buttons"] == [], "its card is closed"


async def test_kept_apart_is_no_suggestion_either_once_the_other_account_is_gone(acme: Company, maya: Seat) -> None:
    """The other Gus is called the same. When our Gus loses his Zoom account, nobody proposes the other one's to him."""
    await acme.import_all(maya)
    await maya.types("alias old.example=acme.example")
    await acme.fake("zoom").join("Gus Weber", "gus@old.example")
    await acme.settle()
    await chosen(maya, "Gus Weber")
    await maya.presses("Keep apart")
    await acme.fake("zoom").deactivate(acme.seat("zoom", "Gus Weber").id)
    await acme.settle()
    assert "Everybody is matched" in await maya.asks("conflicts")


async def test_typed_the_same_is_decided(acme: Company, maya: Seat) -> None:
    await second_gus(acme, maya)
    assert "somebody of its own and stays apart" in await maya.asks("unmatch zoom:gus@old.example")
    await acme.import_all(maya)
    assert "Everybody is matched" in await maya.asks("conflicts")


async def test_who_is_synced_stays_as_they_are(acme: Company, maya: Seat) -> None:
    await second_gus(acme, maya)
    await maya.types('sync "Gus Weber" primary=slack secondary=zoom')
    await maya.presses("Confirm")
    await chosen(maya, "Gus W.")
    await maya.presses("Match")
    assert "Gus Weber is synced or being asked" in maya.reads() and "Reset them first" in maya.reads()
    assert "Gus W." in await maya.asks("conflicts"), "still open"


async def test_people_of_one_name_are_only_suggested(acme: Company, maya: Seat) -> None:
    """Fay writes as f.w in Zoom. Nobody matches her by her name alone; Maya does, and it holds."""
    addressed(acme, "zoom", "Fay Wong", "f.w@subsidiary.example")
    await acme.import_all(maya)
    assert "13 people imported" in await maya.asks("status"), "nothing is applied unasked"
    said = await chosen(maya, "Fay Wong")
    assert (
        "have the same name" in said and "fay@acme.example (Slack)" in said and "f.w@subsidiary.example (Zoom)" in said
    )
    await maya.presses("Match")
    assert "from now on" in maya.reads()
    await acme.import_all(maya)
    assert "12 people imported" in await maya.asks("status")
    assert "Everybody is matched" in await maya.asks("conflicts")
    assert "Slack, Zoom" in await maya.asks("status fay@acme.example")


async def test_a_suggestion_that_was_turned_down_never_comes_again(acme: Company, maya: Seat) -> None:
    addressed(acme, "zoom", "Fay Wong", "f.w@subsidiary.example")
    await acme.import_all(maya)
    await chosen(maya, "Fay Wong")
    await maya.presses("Keep apart")
    for _ in range(2):
        assert "Everybody is matched" in await maya.asks("conflicts")
        await acme.import_all(maya)
    assert "13 people imported" in await maya.asks("status")
    assert ": keep apart – " in await acts(maya)


async def test_parted_by_hand_is_not_suggested(acme: Company, maya: Seat) -> None:
    await acme.import_all(maya)
    await maya.types("unmatch zoom:jill@acme.example")
    assert "Everybody is matched" in await maya.asks("conflicts")


async def test_a_namesake_on_the_same_platform_leaves_nothing_to_suggest(acme: Company, maya: Seat) -> None:
    """Two Fay Wongs in Slack: which of them the one in Zoom is cannot be told by the name."""
    addressed(acme, "zoom", "Fay Wong", "f.w@subsidiary.example")
    await acme.fake("slack").join("Fay Wong", "another.fay@acme.example")
    await acme.import_all(maya)
    assert "Everybody is matched" in await maya.asks("conflicts")


async def test_old_cards_and_other_peoples_decide_nothing(acme: Company, maya: Seat) -> None:
    await second_gus(acme, maya)
    await maya.types("conflicts")
    first = maya.cards()[-1]["id"]
    option = maya.cards()[-1]["choices"][0]
    await maya.chooses(option)
    question = maya.cards()[-1]["id"]
    await maya.types("unmatch zoom:gus@old.example")
    fake = acme.fake(maya.platform)
    await fake.press(maya.id, question, "Match")
    await acme.settle()
    assert "answered or taken back before" in maya.reads()
    await fake.choose(maya.id, first, option)
    await acme.settle()
    assert "answered or taken back before" in maya.reads()
    assert "Everybody is matched" in await maya.asks("conflicts")


async def test_an_address_of_two_people_is_given_to_one_of_them(acme: Company, maya: Seat) -> None:
    """A third platform knows somebody under Ann's and under Bob's address: Maya says whose account it is."""
    await acme.import_all(maya)
    both = Account(AccountId("webex:T:x"), "A. Lee", "alee@acme.example", also=("ann@acme.example", "bob@acme.example"))
    await acme.program.store.write(lambda tx: tx.people.upsert([both], None, {}))
    said = await chosen(maya, "A. Lee")
    assert "Its address fits Ann Lee" in said and "Its address fits Bob Kim" in said and "Match" not in maya.buttons()
    await maya.chooses(next(choice for choice in maya.cards()[-1]["choices"] if "Ann Lee" in choice))
    assert "alee@acme.example (Webex) is Ann Lee's from now on" in maya.reads()
    assert "Slack, Webex, Zoom" in await maya.asks("status ann@acme.example")
    assert "Everybody is matched" in await maya.asks("conflicts")


async def test_only_administrators_decide(acme: Company, maya: Seat) -> None:
    await second_gus(acme, maya)
    cleo = acme.seat("slack", "Cleo Park")
    await maya.types("admins add cleo@acme.example helpdesk")
    assert "Only administrators" in await cleo.asks("conflicts"), "the helpdesk looks at people, and decides nothing"
    await maya.types("admins add cleo@acme.example")
    await maya.types("admins add maya@acme.example")
    await chosen(cleo, "Gus W.")
    await maya.types("admins add cleo@acme.example helpdesk")
    for button in ("Match", "Keep apart"):
        await cleo.presses(button)
        assert "Only administrators" in cleo.reads()
    await cleo.chooses("1. Gus W.")
    assert "Only administrators" in cleo.reads()
    assert "Gus W." in await maya.asks("conflicts")


async def test_pages(acme: Company, maya: Seat) -> None:
    """Twelve questions: ten, then two; by button in place, by word in a new card."""
    await acme.import_all(maya)
    await maya.types("alias old.example=acme.example")
    for name in ("Gus W.", "Ann L."):
        await acme.fake("zoom").join(name, f"{name.split()[0].lower()}@old.example")
    for n in range(10):
        await acme.fake("slack").join(f"Nia {n:02}", f"nia{n}@acme.example")
        await acme.fake("zoom").join(f"Nia {n:02}", f"n.{n}@acme.example")
    await acme.settle()
    await acme.import_all(maya)
    said = await maya.asks("conflicts")
    assert "10. Nia 07" in said and "Nia 08" not in said and maya.buttons() == ["Next"], said
    await maya.presses("Next")
    assert "11. Nia 08" in maya.reads() and "12. Nia 09" in maya.reads() and maya.buttons() == ["Previous"]
    shown = len(maya.cards())
    await maya.tells_bot("previous")
    assert "1. Ann L." in maya.reads() and len(maya.cards()) == shown + 1
    await maya.tells_bot("next")
    await maya.chooses("12. Nia 09")
    await maya.presses("Match")
    assert "Nia 09" not in await maya.asks("conflicts") and maya.buttons() == ["Next"]
