"""Import by team: Maya picks crews, drops one, and decides about the people who came in through it alone."""

from company import Company, Seat
from faceless.vendor import Vendor

from bot.ids import AccountId, PlatformId, account_id
from storage.store import Tx

SEMAPHORE = PlatformId("semaphore")


def account(user: str) -> AccountId:
    return account_id(SEMAPHORE, "harbour", user)


def maya(harbour: Company, platform: str = "slack") -> Seat:
    return harbour.seat(platform, "Maya Ortiz")


async def chosen(harbour: Company) -> list[str]:
    found = await harbour.program.store.read(lambda tx: tx.teams.chosen(SEMAPHORE))
    return [team.name for team in found]


async def there(harbour: Company) -> set[str]:
    """Whose account at the semaphore is a person's."""
    names = {seat.name: seat.id for (platform, _), seat in harbour.seats.items() if platform == "semaphore"}

    def look(tx: Tx) -> set[str]:
        return {name for name, user in names.items() if tx.people.by_account(account(user)) is not None}

    return await harbour.program.store.read(look)


async def picks(seat: Seat, *names: str) -> None:
    for name in names:
        await seat.chooses(next(o for o in seat.cards()[-1]["choices"] if o.endswith(f". {name}")))


async def imported(harbour: Company, *teams: str) -> None:
    await maya(harbour).types("import slack")
    await maya(harbour).types("import semaphore")
    await maya(harbour).types(f"import semaphore add {', '.join(teams)}")


# -- the list ------------------------------------------------------------------------------------


async def test_in_slack_each_choice_is_taken_at_once(harbour: Company) -> None:
    await maya(harbour).types("import semaphore")
    assert "0 of 3 teams selected" in maya(harbour).reads()
    await picks(maya(harbour), "Deck", "Light")
    assert "2 of 3 teams selected" in maya(harbour).reads() and await chosen(harbour) == []
    await picks(maya(harbour), "Light")
    assert "1 of 3 teams selected" in maya(harbour).reads(), "choosing again drops it"
    await maya(harbour).presses("Import teams and users")
    assert await chosen(harbour) == ["Deck"]
    assert await there(harbour) == {"Ann Lee", "Bob Kim", "Sam Sailor"}


async def test_in_zoom_where_one_is_chosen_at_a_time(harbour: Company) -> None:
    await maya(harbour, "zoom").types("import semaphore")
    await picks(maya(harbour, "zoom"), "Deck", "Bridge", "Deck")
    assert "1 of 3 teams selected" in maya(harbour, "zoom").reads()
    await maya(harbour, "zoom").presses("Import teams and users")
    assert await chosen(harbour) == ["Bridge"] and await there(harbour) == {"Maya Ortiz"}


async def test_ticks_travel_with_whatever_is_pressed(harbour: Company, vendor: Vendor) -> None:
    """Thirty crews on three pages; what was ticked on one page is kept on the next."""
    for number in range(27):
        vendor.arrives(f"Crew{number} Member", f"Crew {number:02d}")
    master = maya(harbour, "semaphore")
    await master.types("import semaphore")
    assert "0 of 30 teams selected" in master.reads() and "Previous" not in master.buttons()
    await picks(master, "Bridge", "Crew 03")
    await master.presses("Next")
    assert "2 of 30 teams selected" in master.reads()
    await picks(master, "Crew 09")
    await master.presses("Next")
    assert "Next" not in master.buttons()
    await picks(master, "Light")
    await master.presses("Previous")
    await picks(master, "Crew 09")
    await master.presses("Import teams and users")
    assert sorted(await chosen(harbour)) == ["Bridge", "Crew 03", "Light"]


async def test_search_finds_by_part_of_the_name_and_loses_no_tick(harbour: Company, vendor: Vendor) -> None:
    vendor.arrives("Dora Dock", "100% dock_side")
    await maya(harbour).types("import semaphore")
    await picks(maya(harbour), "Bridge")
    await maya(harbour).writes("Search a team by name", "0% DOCK_")
    assert [o.partition(". ")[2] for o in maya(harbour).cards()[-1]["choices"]] == ["100% dock_side"]
    await maya(harbour).writes("Search a team by name", "k%s")
    assert "No team’s name contains “k%s”" in maya(harbour).reads()
    await maya(harbour).writes("Search a team by name", "")
    await picks(maya(harbour), "Light")
    await maya(harbour).presses("Import teams and users")
    assert sorted(await chosen(harbour)) == ["Bridge", "Light"]


async def test_a_list_that_cannot_be_read(harbour: Company, vendor: Vendor) -> None:
    vendor.closed = True
    await maya(harbour).types("import semaphore")
    assert "The teams cannot be read: rules" in maya(harbour).reads()
    vendor.closed = False
    await harbour.later(seconds=15)
    await maya(harbour).presses("Try again")
    assert "0 of 3 teams selected" in maya(harbour).reads()


async def test_the_harbour_in_trouble_only_delays(harbour: Company) -> None:
    harbour.faults("semaphore", error_5xx=2, rate_limit=2)
    await maya(harbour).types("import semaphore")
    for _ in range(4):
        await harbour.later(minutes=1)
    harbour.faults("semaphore", error_5xx=2, rate_limit=2)
    await maya(harbour).types("import semaphore add deck")
    for _ in range(6):
        await harbour.later(minutes=1)
    assert await there(harbour) == {"Ann Lee", "Bob Kim", "Sam Sailor"}


# -- typed ---------------------------------------------------------------------------------------


async def test_all_names_fit_or_nothing_changes(harbour: Company, vendor: Vendor) -> None:
    vendor.teams["second-deck"] = ("deck", ["sam"])
    await maya(harbour).types("import semaphore")
    said = await maya(harbour).asks("import semaphore add Light, Crow's nest")
    assert "No team of Semaphore is called Crow's nest" in said
    assert "Several teams are called Deck" in await maya(harbour).asks("import semaphore add Light, Deck")
    assert await chosen(harbour) == []
    await maya(harbour).types("import semaphore add LIGHT, second-deck")
    assert await chosen(harbour) == ["Light", "deck"] and await there(harbour) == {"Ann Lee", "Cleo Park", "Sam Sailor"}


async def test_everybody_is_imported_elsewhere(harbour: Company) -> None:
    assert "Slack imports everybody" in await maya(harbour).asks("import slack add Sales")


async def test_without_a_team_nobody_is_imported(harbour: Company) -> None:
    await imported(harbour, "Bridge")
    await maya(harbour).types("import semaphore drop Bridge")
    await maya(harbour).presses("Unsync")
    assert await chosen(harbour) == [] and await there(harbour) == set()


# -- dropping ------------------------------------------------------------------------------------


async def test_keep(harbour: Company, vendor: Vendor) -> None:
    """Ann is at the light, too; Bob and Sam came with the deck alone, and stay although no import shows them again."""
    await imported(harbour, "Deck", "Light")
    await harbour.link("Bob Kim", "slack", "semaphore")
    await maya(harbour).types("import semaphore drop Deck")
    assert "2 people came in through these teams only" in "\n".join(maya(harbour).card("No longer imported")["lines"])
    await maya(harbour).presses("Keep")
    assert "2 people stay as they are" in "\n".join(maya(harbour).card("No longer imported")["lines"])
    for _ in range(2):
        said = await maya(harbour).asks("import semaphore")
        assert "Import is done" in said and "missing from the listing" not in said, "and nobody misses them"
    assert await there(harbour) == {"Ann Lee", "Bob Kim", "Cleo Park", "Sam Sailor"}
    assert "bob" in vendor.watches and "synced" in await maya(harbour).asks('status "Bob Kim"')


async def test_unsync(harbour: Company, vendor: Vendor) -> None:
    """Bob's link ends and his permission is revoked; Ann keeps hers."""
    await imported(harbour, "Deck", "Light")
    for name in ("Ann Lee", "Bob Kim"):
        await harbour.link(name, "slack", "semaphore")
    await maya(harbour).types("import semaphore drop deck")
    assert set(vendor.watches) == {"ann", "bob"}, "until Maya decides nothing changes"
    await maya(harbour).presses("Unsync")
    assert "2 people were unsynced" in "\n".join(maya(harbour).card("No longer imported")["lines"])
    assert set(vendor.watches) == {"ann"} and await there(harbour) == {"Ann Lee", "Cleo Park"}
    await maya(harbour).types("import semaphore add Deck")
    assert await there(harbour) == {"Ann Lee", "Bob Kim", "Cleo Park", "Sam Sailor"}, "and may come again"


async def test_the_question_is_its_askers_and_has_typed_twins(harbour: Company) -> None:
    await imported(harbour, "Deck", "Light")
    await maya(harbour).types("import semaphore drop Deck")
    assert "confirm 1 to unsync, cancel 1 to keep" in "\n".join(maya(harbour).card("No longer imported")["lines"])
    assert "Maya Ortiz" in await maya(harbour, "semaphore").asks("confirm 1")
    assert "Bob Kim" in await there(harbour)
    await maya(harbour).types("confirm 1")
    assert "Bob Kim" not in await there(harbour)
    assert "confirmed" in await maya(harbour).asks("cancel 1")


async def test_a_team_that_comes_back_before_the_answer(harbour: Company, vendor: Vendor) -> None:
    """Maya drops the deck, takes it up again, and presses the old card's Unsync: nobody is lost."""
    await imported(harbour, "Deck", "Light")
    await harbour.link("Bob Kim", "slack", "semaphore")
    await maya(harbour).types("import semaphore drop Deck")
    await maya(harbour).types("import semaphore add Deck")
    await maya(harbour).presses("Unsync")
    assert await there(harbour) == {"Ann Lee", "Bob Kim", "Cleo Park", "Sam Sailor"} and "bob" in vendor.watches
    assert "0 people were unsynced" in "\n".join(maya(harbour).card("No longer imported")["lines"])
    await maya(harbour).types("import semaphore drop Deck")
    await maya(harbour).presses("Unsync")
    assert await there(harbour) == {"Ann Lee", "Cleo Park"}, "who was where is still known"


# -- what happens there meanwhile ----------------------------------------------------------------


async def test_a_team_that_was_deleted_stops_nothing(harbour: Company, vendor: Vendor) -> None:
    """Nobody is unsynced because the vendor forgot a team: its people are looked up, and still there."""
    await imported(harbour, "Deck", "Light")
    await harbour.link("Cleo Park", "slack", "semaphore")
    del vendor.teams["light"]
    await maya(harbour).types("import semaphore")
    assert "Semaphore: 3 people read" in "\n".join(maya(harbour).card("Import is done")["lines"])
    assert "Cleo Park" in await there(harbour) and "cleo" in vendor.watches


async def test_whoever_left_is_looked_up_and_closed(harbour: Company, vendor: Vendor) -> None:
    await imported(harbour, "Deck", "Light")
    await harbour.link("Cleo Park", "slack", "semaphore")
    vendor.teams["light"][1].remove("cleo")
    del vendor.people["cleo"]
    await maya(harbour).types("import semaphore")
    assert "Cleo Park" not in await there(harbour)
    assert "synced" not in await maya(harbour).asks('status "Cleo Park"')


async def test_an_address_nobody_verified_matches_nobody(harbour: Company, vendor: Vendor) -> None:
    vendor.unverified.add("bob")
    await imported(harbour, "Deck")
    assert "1*  without e-mail" in "\n".join(maya(harbour).card("Import is done")["lines"])


async def test_who_is_in_no_selected_team_is_not_imported_by_an_event(harbour: Company, vendor: Vendor) -> None:
    """Cleo keeps the light, which was not selected; that her name changed is no reason to import her."""
    await imported(harbour, "Deck")
    for user in ("cleo", "bob"):
        vendor.people[user].name += " the Great"
        vendor.signal({"type": "person", "user": user}, user)
    await harbour.settle()
    assert "Cleo Park" not in await there(harbour)
    bob = await harbour.program.store.read(lambda tx: tx.people.account(account("bob")))
    assert bob is not None and bob.name == "Bob Kim the Great"
