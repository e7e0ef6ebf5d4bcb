"""Lists of persons: pages that follow each other without a gap, whatever people are called."""

import pytest

from bot.ids import PersonId, PlatformId, RunId, account_id
from bot.links import State, SyncLink
from bot.people import Account, Person
from storage import listing
from storage.listing import Search
from storage.store import Store, Tx

SLACK, ZOOM = PlatformId("slack"), PlatformId("zoom")
NAMES = ("Ann", "ann", "Ünal", "Zoë", "Émile", "Ann", "Ann", "o'Neill", "李", "", "Bob", "bob kim", "Z", "É", "_", "%")


def account(platform: PlatformId, n: int, name: str) -> Account:
    return Account(account_id(platform, "T", str(n)), name, f"p{n}@acme.example")


@pytest.fixture
async def people(store: Store) -> list[Person]:
    """Everybody on Slack, every second one on Zoom as well; as the list sorts them."""
    both = [account(p, n, name) for n, name in enumerate(NAMES) for p in (SLACK, ZOOM) if p == SLACK or n % 2]
    await store.write(lambda tx: tx.people.upsert(both, RunId("r"), {}))
    found, total = await store.read(lambda tx: tx.people.search(Search(), 0, 100))
    assert total == len(NAMES) == len(found)
    return found


async def walked(store: Store, wanted: Search, limit: int) -> list[Person]:
    found: list[Person] = []
    after: tuple[str, PersonId] | None = None
    while page := await store.read(lambda tx, a=after: tx.people.page(wanted, a, limit)):  # type: ignore[misc]
        assert len(page) <= limit
        found += page
        after = (page[-1].name, page[-1].id)
    return found


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_a_walk_in_pages_meets_everybody_once(store: Store, people: list[Person], limit: int) -> None:
    assert await walked(store, Search(), limit) == people
    assert await walked(store, Search(platforms=2), limit) == [p for p in people if len(p.platforms) == 2]


async def test_somebody_who_comes_or_goes_meanwhile_moves_nobody_else(store: Store, people: list[Person]) -> None:
    """An offset would skip or repeat people when the list changes under the walk."""
    first = await store.read(lambda tx: tx.people.page(Search(), None, 5))
    await store.write(lambda tx: tx.people.remove(first[0].id))
    await store.write(lambda tx: tx.people.upsert([account(SLACK, 99, first[0].name)], RunId("r"), {}))
    rest = await store.read(lambda tx: tx.people.page(Search(), (first[-1].name, first[-1].id), 100))
    assert [p.id for p in rest] == [p.id for p in people[5:]]


async def test_searching_folds_every_language(store: Store, people: list[Person]) -> None:
    for words, names in (("ünal", ["Ünal"]), ("ÉMILE", ["Émile"]), ("ZOË", ["Zoë"]), ("%", ["%"]), ("P10@", ["Bob"])):
        found, total = await store.read(lambda tx, w=words: tx.people.search(Search(w)))  # type: ignore[misc]
        assert ([p.name for p in found], total) == (names, 1), words


def wanted() -> dict[str, Search]:
    return {
        "words": Search("an"),
        "platforms": Search("a", platforms=2),
        "synced": Search(state=State.SYNCED),
        "not created": Search(state=State.NOT_CREATED),
        "on": Search(on=ZOOM),
        "team": Search(teams=((ZOOM, "blue"), (SLACK, "blue"))),
        "undecided": Search(platforms=2, undecided=True),
        "excluded": Search(excluded=True),
        "domain": Search(domain="acme.example"),
        "all of it": Search("n", platforms=2, state=State.SYNCED, on=ZOOM, teams=((ZOOM, "blue"),)),
    }


@pytest.mark.parametrize("kind", wanted())
async def test_many_and_few_are_found_alike(
    store: Store, people: list[Person], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are more than are counted, the same people come in the same order by another way."""

    def work(tx: Tx) -> None:
        for n, person in enumerate(people):
            if n % 3 == 0:
                tx.links.put(SyncLink(person.id, ZOOM, State.SYNCED if n % 2 else State.FAILED))
            tx.people.exclude([person.id], n % 5 == 0)
            tx.teams.joined(ZOOM, "blue", [a.id for a in person.accounts.values() if a.platform == ZOOM], RunId("r"))

    await store.write(work)
    few, total = await store.read(lambda tx: tx.people.search(wanted()[kind], 0, 100))
    assert few and total == len(few) and (len(few) < len(people) or kind == "domain")
    monkeypatch.setattr(listing, "COUNTED", 0)
    many, more = await store.read(lambda tx: tx.people.search(wanted()[kind], 0, 100))
    assert (many, more) == (few, 1)
    assert (await store.read(lambda tx: tx.people.search(wanted()[kind], 1, 1)))[0] == few[1:2]
    assert await walked(store, wanted()[kind], 2) == few


async def test_far_behind_the_plain_list_goes_on_alike(
    store: Store, people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    both, total = await store.read(lambda tx: tx.people.search(Search(platforms=2), 0, 100))
    monkeypatch.setattr(listing, "SHALLOW", 0)
    assert await store.read(lambda tx: tx.people.search(Search(platforms=2), 2, 3)) == (both[2:5], total)
