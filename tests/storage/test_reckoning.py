"""What is kept beside people for fast lists – on how many platforms they are, and how they are searched – never drifts."""

import random

import pytest

from bot.ids import AccountId, PersonId, PlatformId, RunId, account_id
from bot.people import Account, Kind, Person, folded
from storage.store import Store, Tx

PLATFORMS = tuple(map(PlatformId, ("slack", "teams", "webex", "zoom")))
ALIASES = {"old.example": "acme.example"}
NAMES = ("Ünal", "ann LEE", "Straße", "İpek", "Bob")
DOMAINS = ("acme.example", "old.example", "OTHER.example")


def someone(rng: random.Random) -> Account:
    user, platform = rng.randrange(8), rng.choice(PLATFORMS)
    address = rng.choice([None, *(f"p{rng.randrange(6)}@{domain}" for domain in DOMAINS)])
    also = (f"p{rng.randrange(6)}@acme.example",) if address and rng.random() < 0.2 else ()
    return Account(
        account_id(platform, "T", str(user)),
        rng.choice(NAMES),
        address,
        kind=rng.choice([Kind.MEMBER] * 5 + [Kind.GUEST]),
        active=rng.random() < 0.8,
        also=also,
    )


def everybody(tx: Tx) -> list[PersonId]:
    return [PersonId(i) for i in tx.conn.exec_driver_sql("SELECT id FROM people ORDER BY id").scalars()]


def step(tx: Tx, rng: random.Random, gone: list[Person]) -> None:
    """Something that happens to people at an import, by an event, or by an administrator's hand; ``gone``: to be brought back."""
    people = everybody(tx)
    what = rng.randrange(10) if people else 0
    one = rng.choice(people) if people else PersonId("")
    person = tx.people.get(one)
    mine = list(person.accounts.values()) if person else []
    match what:
        case 0 | 1 | 2:
            listed = {a.id: a for a in (someone(rng) for _ in range(rng.randrange(1, 6)))}
            tx.people.upsert(list(listed.values()), RunId("r"), ALIASES)
        case 3:
            tx.people.note(someone(rng))
        case 4 if mine:
            tx.people.deactivate(rng.choice(mine).id)
        case 5 if mine:
            tx.matches.part(rng.choice(mine))
        case 6:
            _join(tx, rng, one)
        case 7 if rng.random() < 0.3:
            tx.people.remove(one)
        case 8 if person is not None:
            tx.leaving.detach(one)
            gone.append(person)
        case 9 if gone:
            back = gone.pop(rng.randrange(len(gone)))
            tx.matches.bring_back(back.id, back.name, back.email, [a.id for a in back.accounts.values()])


def _join(tx: Tx, rng: random.Random, to: PersonId) -> None:
    account = tx.people.account(someone(rng).id)
    person = tx.people.get(to)
    taken = {r[0] for r in tx.conn.exec_driver_sql(f"SELECT platform FROM accounts WHERE person = '{to}'")}
    if account is not None and person is not None and account.platform not in taken:
        tx.matches.join(AccountId(account.id), to)


def drifted(tx: Tx) -> list[object]:
    rows = tx.conn.exec_driver_sql(
        "SELECT p.id, p.name, p.email, p.folded, p.reach, (SELECT count(*) FROM accounts a WHERE a.person = p.id AND a.active)"
        " FROM people p"
    )
    return [tuple(r) for r in rows if (r[3], r[4]) != (folded(r[1], r[2]), r[5])]


@pytest.mark.parametrize("seed", range(8))
async def test_after_a_random_series_a_recomputation_says_the_same(store: Store, seed: int) -> None:
    rng, gone = random.Random(seed), list[Person]()
    for n in range(60):
        await store.write(lambda tx: step(tx, rng, gone))
        assert await store.read(drifted) == [], f"after step {n}"
    reaches = await store.read(lambda tx: set(tx.conn.exec_driver_sql("SELECT reach FROM people").scalars()))
    assert len(reaches) > 1, "the series has to make different people"
