"""Lists of persons: pages that follow each other without a gap, whatever people are called."""

import pytest

from bot.ids import PersonId, PlatformId, RunId, account_id
from bot.people import Account, Person
from storage.listing import Search
from storage.store import Store

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
