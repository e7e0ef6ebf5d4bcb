"""Plans: what Confirm would do, before anything is sent."""

from bot.ids import PersonId, PlatformId, account_id
from bot.links import LinkReason, State, SyncLink
from bot.people import Account, Person, address_key, settled_primary
from bot.plans import Outcome, Wish, plan

SLACK, ZOOM = PlatformId("slack"), PlatformId("zoom")


def person(name: str, primary: PlatformId | None, *platforms: PlatformId, excluded: bool = False) -> Person:
    accounts = {p: Account(account_id(p, "T", name), name) for p in platforms}
    return Person(PersonId(name), name, primary=primary, accounts=accounts, excluded=excluded)


ANN = person("Ann", SLACK, SLACK, ZOOM)
DANA = person("Dana", SLACK, SLACK)
UNA = person("Una", None, SLACK, ZOOM)
EVE = person("Eve", SLACK, SLACK, ZOOM, excluded=True)
TO_ZOOM = Wish(secondaries=(ZOOM,))


def outcomes(people: list[Person], wish: Wish, *links: SyncLink) -> dict[str, Outcome]:
    known = {(link.person, link.platform): link for link in links}
    return {line.person: line.outcome for line in plan(people, wish, known)}


def test_the_table_of_outcomes() -> None:
    assert outcomes([ANN, DANA, UNA, EVE], TO_ZOOM) == {
        "Ann": Outcome.ASK,
        "Dana": Outcome.NO_ACCOUNT,
        "Una": Outcome.UNDECIDED,
        "Eve": Outcome.EXCLUDED,
    }


def test_a_chosen_primary_decides_the_undecided() -> None:
    assert outcomes([UNA], Wish(SLACK, (ZOOM,))) == {"Una": Outcome.ASK}


def test_a_primary_without_an_account_there_is_refused() -> None:
    assert outcomes([DANA], Wish(ZOOM, (SLACK,))) == {"Dana": Outcome.NO_HOME_ACCOUNT}


def test_whoever_is_synced_or_asked_is_left_alone() -> None:
    synced = SyncLink(ANN.id, ZOOM, State.SYNCED)
    pending = SyncLink(ANN.id, ZOOM, State.PENDING)
    assert outcomes([ANN], TO_ZOOM, synced) == {"Ann": Outcome.ALREADY}
    assert outcomes([ANN], TO_ZOOM, pending) == {"Ann": Outcome.WAITING}


def test_no_plan_asks_whoever_said_no() -> None:
    for reason in LinkReason:
        link = SyncLink(ANN.id, ZOOM, State.NOT_CREATED, reason=reason)
        no = reason in (LinkReason.DECLINED, LinkReason.DISCONNECTED)
        assert outcomes([ANN], TO_ZOOM, link) == {"Ann": Outcome.DECLINED if no else Outcome.ASK}, reason


def test_changing_the_primary_of_a_synced_person_is_refused() -> None:
    synced = SyncLink(ANN.id, ZOOM, State.SYNCED)
    assert outcomes([ANN], Wish(ZOOM, (SLACK,)), synced) == {"Ann": Outcome.LINKED_PRIMARY}


def test_without_a_second_platform_there_is_nothing_to_do() -> None:
    assert outcomes([DANA], Wish()) == {"Dana": Outcome.NOTHING}


def test_addresses_meet_through_aliases_and_case() -> None:
    assert address_key(" Ann@Old.com ", {"old.com": "new.com"}) == "ann@new.com"


def test_one_platform_settles_the_primary_and_two_do_not() -> None:
    assert settled_primary(UNA, [SLACK]) == SLACK
    assert settled_primary(UNA, [SLACK, ZOOM]) is None
    assert settled_primary(ANN, [SLACK, ZOOM]) == SLACK
