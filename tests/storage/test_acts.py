"""The audit log's chain: what was changed, removed, slipped in or reordered is found; what is new waits for its link."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update

from bot.ids import PlatformId, account_id
from bot.people import Account
from storage.acts import Verdict
from storage.schema import acts, seals
from storage.store import Store, Tx

LATER = timedelta(hours=1)


async def written(store: Store, *verbs: str) -> None:
    """One link over these acts."""

    def work(tx: Tx) -> None:
        for verb in verbs:
            tx.acts.add("slack:T:maya", verb, "somebody", {"to": verb})
        tx.acts.chain(tx.now + LATER)

    await store.write(work)


async def verdict(store: Store) -> Verdict:
    return await store.read(lambda tx: tx.acts.verify())


def numbers(tx: Tx) -> list[int]:
    return [act.n for act in reversed(tx.acts.newest(100))]


async def test_a_log_that_nobody_touched(store: Store) -> None:
    assert await verdict(store) == Verdict()
    await written(store, "sync", "exclude")
    await written(store, "include")
    found = await verdict(store)
    assert (found.chained, found.waiting, found.faults) == (3, 0, []) and found.head
    await store.write(lambda tx: tx.acts.add(None, "revoked", "x", {}))
    again = await verdict(store)
    assert (again.waiting, again.head, again.faults) == (1, found.head, [])


async def test_what_is_young_waits_for_its_link(store: Store) -> None:
    await store.write(lambda tx: tx.acts.add(None, "sync", "x", {}))
    assert await store.write(lambda tx: tx.acts.chain(tx.now - LATER)) == 0
    assert await store.write(lambda tx: tx.acts.chain(tx.now + LATER)) == 1
    assert await store.write(lambda tx: tx.acts.chain(tx.now + LATER)) == 0


def changed(tx: Tx) -> None:
    tx.conn.execute(update(acts).where(acts.c.n == numbers(tx)[1]).values(actor="slack:T:ann"))


def removed(tx: Tx) -> None:
    tx.conn.execute(delete(acts).where(acts.c.n == numbers(tx)[1]))


def slipped_in(tx: Tx) -> None:
    """A row takes the place of another's number, which moves behind it."""
    first = numbers(tx)[0]
    tx.conn.execute(update(acts).where(acts.c.n == first).values(n=first - 1))
    row = {"n": first, "at": tx.now, "actor": None, "verb": "forged", "subject": "x", "detail": "{}"}
    tx.conn.execute(insert(acts), [row])


def reordered(tx: Tx) -> None:
    one, other = numbers(tx)[:2]
    for old, new in ((one, 10_000), (other, one), (10_000, other)):
        tx.conn.execute(update(acts).where(acts.c.n == old).values(n=new))


def link_removed(tx: Tx) -> None:
    tx.conn.execute(delete(seals).where(seals.c.upto == numbers(tx)[1]))


@pytest.mark.parametrize("harm", [changed, removed, slipped_in, reordered, link_removed])
async def test_harm_is_found_and_located(store: Store, harm: Callable[[Tx], None]) -> None:
    await written(store, "sync", "exclude")
    await written(store, "include", "reset")
    await store.write(harm)
    found = await verdict(store)
    assert len(found.faults) == 1 and found.faults[0].startswith("acts 1 to"), found.faults


async def test_an_actor_is_a_person_as_long_as_there_is_one(store: Store) -> None:
    """Who belongs to a person is written as the person's number; whoever is nobody's, or nobody, as they are."""
    ann = Account(account_id(PlatformId("slack"), "T", "ann"), "Ann", "ann@acme.example")

    def work(tx: Tx) -> str:
        tx.people.upsert([ann], None, {})
        person = tx.people.by_account(ann.id)
        assert person is not None
        for actor in (ann.id, None, "slack:T:stranger"):
            tx.acts.add(actor, "look", "somebody", {})
        tx.leaving.detach(person.id)
        tx.acts.add(ann.id, "look", "somebody", {})
        return person.id

    number = await store.write(work)
    actors = await store.read(lambda tx: [act.actor for act in tx.acts.newest(10)])
    assert actors == [ann.id, "slack:T:stranger", None, number]
