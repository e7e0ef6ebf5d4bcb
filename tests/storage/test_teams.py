"""Teams as they are remembered: listed anew, chosen, found by name, and whom only a dropped one brought in."""

from bot.ids import AccountId, PersonId, PlatformId, RunId, account_id
from bot.people import Account
from storage.store import Store, Tx

WEBEX, TEAMS = PlatformId("webex"), PlatformId("teams")
FIRST, SECOND = RunId("run1"), RunId("run2")
LISTED = (("t3", "Sales"), ("t1", "Field 100% service"), ("t2", "field_service"), ("t4", "SALES"))


async def read(store: Store, *names: tuple[str, str], reading: str = "r1", platform: PlatformId = WEBEX) -> None:
    """A whole listing, as the platform shows it today."""

    def work(tx: Tx) -> None:
        tx.teams.note(platform, reading, names)
        tx.teams.forget_others(platform, reading)

    await store.write(work)


async def found(store: Store, words: str = "", offset: int = 0, limit: int = 10) -> tuple[list[str], int]:
    teams, total = await store.read(lambda tx: tx.teams.page(WEBEX, words, offset, limit))
    return [team.name for team in teams], total


async def chosen(store: Store) -> list[str]:
    return [team.id for team in await store.read(lambda tx: tx.teams.chosen(WEBEX))]


async def test_pages_are_by_name_and_know_how_many_there_are(store: Store) -> None:
    await read(store, *((f"t{n:02}", f"Team {n:02}") for n in range(23)))
    assert await found(store, offset=20) == (["Team 20", "Team 21", "Team 22"], 23)
    assert await found(store, offset=30) == ([], 23)
    assert await found(store, words="team 0", limit=2) == (["Team 00", "Team 01"], 10)


async def test_words_are_words_and_no_pattern(store: Store) -> None:
    await read(store, *LISTED)
    assert await found(store, "100%") == (["Field 100% service"], 1)
    assert await found(store, "d_s") == (["field_service"], 1)
    assert await found(store, "SALES") == (["SALES", "Sales"], 2)
    assert await found(store, "\\") == ([], 0)


async def test_a_name_fits_in_any_case_and_an_id_exactly(store: Store) -> None:
    await read(store, *LISTED)
    named = {
        name: [team.id for team in await store.read(lambda tx, n=name: tx.teams.named(WEBEX, n))]  # type: ignore[misc]
        for name in ("sales", "FIELD_SERVICE", "t1", "T1", "service")
    }
    assert named == {"sales": ["t3", "t4"], "FIELD_SERVICE": ["t2"], "t1": ["t1"], "T1": [], "service": []}


async def test_a_listing_brings_todays_names_and_forgets_what_is_gone_unless_it_was_chosen(store: Store) -> None:
    await read(store, ("t1", "Deck"), ("t2", "Light"), ("t3", "Crew"))
    await store.write(lambda tx: tx.teams.choose(WEBEX, ["t2"]))
    await read(store, ("t1", "Upper deck"), reading="r2")
    assert await found(store) == (["Light", "Upper deck"], 2)
    assert await chosen(store) == ["t2"], "what was chosen stays until somebody drops it"


async def test_reading_one_platforms_teams_leaves_the_others(store: Store) -> None:
    await read(store, ("t1", "Deck"))
    await read(store, ("t1", "Board"), reading="r2", platform=TEAMS)
    await store.write(lambda tx: tx.teams.choose(TEAMS, ["t1"]))
    assert await found(store) == (["Deck"], 1) and await chosen(store) == []


async def test_choosing_means_exactly_these(store: Store) -> None:
    await read(store, *LISTED)
    for wanted in (["t1", "t3"], ["t3", "t4"], []):
        await store.write(lambda tx, ids=wanted: tx.teams.choose(WEBEX, ids))  # type: ignore[misc]
        assert await chosen(store) == wanted


# -- people --------------------------------------------------------------------------------------


def account(user: str, platform: PlatformId = WEBEX) -> Account:
    return Account(account_id(platform, "T", user), user.title(), f"{user}@acme.example")


async def crew(store: Store) -> dict[str, PersonId]:
    """Ann is on deck and at the light, Bob on deck, Cleo at the light; Dan is in a team that nobody chose."""
    await read(store, ("deck", "Deck"), ("light", "Light"), ("crew", "Crew"))
    people = {name: account(name) for name in ("ann", "bob", "cleo", "dan")}

    def work(tx: Tx) -> dict[str, PersonId]:
        tx.people.upsert(list(people.values()), FIRST, {})
        tx.teams.choose(WEBEX, ["deck", "light"])
        for team, members in {"deck": ("ann", "bob"), "light": ("ann", "cleo"), "crew": ("dan", "bob")}.items():
            tx.teams.joined(WEBEX, team, [people[name].id for name in members], FIRST)
        owners = {name: tx.people.by_account(made.id) for name, made in people.items()}
        return {name: person.id for name, person in owners.items() if person}

    return await store.write(work)


async def alone(store: Store, *dropped: str) -> set[PersonId]:
    return set(await store.read(lambda tx: tx.teams.only_in(WEBEX, dropped)))


async def test_whoever_is_in_another_chosen_team_stays(store: Store) -> None:
    who = await crew(store)
    assert await alone(store, "deck") == {who["bob"]}, "Bob's other team was never chosen"
    assert await alone(store, "light") == {who["cleo"]}
    assert await alone(store, "deck", "light") == {who["ann"], who["bob"], who["cleo"]}
    assert await alone(store) == set()


async def test_a_team_listed_to_its_end_knows_who_left_it(store: Store) -> None:
    who = await crew(store)

    def work(tx: Tx) -> None:
        tx.teams.joined(WEBEX, "deck", [account("ann").id], SECOND)
        tx.teams.forget_members(WEBEX, "deck", SECOND)

    await store.write(work)
    assert await alone(store, "deck") == set(), "Bob has left it, Ann is at the light as well"
    assert await alone(store, "deck", "light") == {who["ann"], who["cleo"]}


async def test_a_page_that_comes_again_counts_once(store: Store) -> None:
    who = await crew(store)
    again = [AccountId(account("bob").id)]
    await store.write(lambda tx: tx.teams.joined(WEBEX, "deck", again, FIRST))
    assert await alone(store, "deck") == {who["bob"]}


async def test_left_teams_are_not_remembered(store: Store) -> None:
    who = await crew(store)
    await store.write(lambda tx: tx.teams.leave(WEBEX, ["deck"]))
    assert await alone(store, "deck") == set()
    assert await alone(store, "light") == {who["ann"], who["cleo"]}
    assert (await store.read(lambda tx: tx.people.counts())).only_one == 4, "the people themselves stay"
