"""What an administrator waits for: the list out of 200,000 people, each way of looking at it (milliseconds, the median of several),
and a roll-out to 50,000. ``admin:list`` and ``admin:rollout`` do one of them.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert

from bench import rollout
from bot.ids import PlatformId, account_id
from bot.links import LinkReason, StandIn, State
from bot.people import Kind, folded
from service.clock import RealClock
from storage.listing import Search
from storage.migrate import migrate
from storage.schema import accounts, links, people, team_members, teams
from storage.sealing import Keys
from storage.store import Store, Tx, embedded_url

PEOPLE = 200_000
ROUNDS = 9
BATCH = 5_000
SLACK, ZOOM, WEBEX = PlatformId("slack"), PlatformId("zoom"), PlatformId("webex")
FIRST = "Ann Bob Cleo Dana Emil Fay Gus Hana Igor Jill Karl Lea Maya Noah Olga Pat Quin Rosa Sven Tara Ünal Vera Zoë".split()
LAST = "Lee Kim Park Ruiz Novak Wong Weber Sato Petrov Moore Haas Costa Ortiz Braun Silva Meyer Roth Diaz Falk Lund".split()

Figure = Callable[[Store], Awaitable[dict[str, Any]]]


async def run(words: str = "") -> list[dict[str, Any]]:
    """One row: the list out of 200,000 people and a roll-out to 50,000, or the one that is named. Raises ``ValueError``."""
    parts = {"list": _measured, "rollout": rollout.run}
    if words and words not in parts:
        raise ValueError(f"no part {words}; there are {', '.join(parts)}")
    found: dict[str, Any] = {}
    for name, part in parts.items():
        if words in ("", name):
            found |= await part()
    return [found]


async def _measured() -> dict[str, Any]:
    """Every figure of every way of looking at people."""
    with tempfile.TemporaryDirectory(prefix="mio-bench-") as folder:
        url = embedded_url(Path(folder))
        await migrate(url)
        store = Store(url, Keys({"k1": b"k" * 32}), RealClock())
        await store.open()
        try:
            await fill(store, PEOPLE)
            found: dict[str, Any] = {"people in the list": PEOPLE}
            for figure in FIGURES:
                found |= await figure(store)
        finally:
            await store.close()
    return found


# -- the list ------------------------------------------------------------------------------------------


def _cases() -> dict[str, tuple[Search, int]]:
    """How a list is looked at: what is searched, and how many people stand before the page."""
    return {
        "first page": (Search(platforms=2), 0),
        "page in the middle": (Search(platforms=2), PEOPLE // 4),
        "last page": (Search(), PEOPLE - 10),
        "a frequent word": (Search("maya"), 0),
        "a rare word": (Search(" lee 1999"), 0),
        "an address": (Search("p123456@acme.example"), 0),
        "pending": (Search(state=State.PENDING), 0),
        "synced, page 1,000": (Search(state=State.SYNCED), 9_990),
        "failed": (Search(state=State.FAILED), 0),
        "not created": (Search(state=State.NOT_CREATED), 0),
        "to decide": (Search(platforms=2, undecided=True), 0),
        "excluded": (Search(excluded=True), 0),
        "on a platform": (Search(on=ZOOM), 0),
        "a team of 20": (Search(teams=((WEBEX, "small"),)), 0),
        "a team of 20,000": (Search(teams=((WEBEX, "large"),)), 0),
    }


async def lists(store: Store) -> dict[str, Any]:
    """A page with its total, the states' counts and the links of the people on it."""
    found = {}
    for name, (wanted, offset) in _cases().items():
        found[f"{name}, ms"] = await _median(store, partial(_page, wanted, offset))
    return found


def _page(wanted: Search, offset: int, tx: Tx) -> None:
    shown, total = tx.people.search(wanted, offset, 10)
    assert shown and total, wanted
    tx.links.of([person.id for person in shown])
    tx.links.counts()


async def _median(store: Store, work: Callable[[Tx], None]) -> float:
    await store.read(work)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await store.read(work)
        took.append(time.perf_counter() - began)
    return round(statistics.median(took) * 1_000, 1)


async def conflicts(store: Store) -> dict[str, Any]:
    """A page of accounts that could not be matched and of people of one name."""
    return {"conflicts, ms": await _median(store, _conflicts)}


def _conflicts(tx: Tx) -> None:
    tx.people.counts()
    tx.matches.conflicts(0, 10)
    assert len(tx.matches.namesakes(0, 11)) == 11


FIGURES: tuple[Figure, ...] = (lists, conflicts)


# -- the people ----------------------------------------------------------------------------------------


async def fill(store: Store, count: int) -> None:
    """A company of so many: three in five on a second platform, a third synced, some pending, few failed."""
    rng = random.Random(7)
    await store.write(lambda tx: _put(tx, teams, [_team("small"), _team("large")]))
    for at in range(0, count, BATCH):
        numbers = range(at, min(at + BATCH, count))
        await store.write(partial(_some, rng, numbers))
        await asyncio.sleep(0)


def _some(rng: random.Random, numbers: Sequence[int], tx: Tx) -> None:
    rows: dict[str, list[dict[str, Any]]] = {"people": [], "accounts": [], "links": [], "members": []}
    for n in numbers:
        for kind, row in _person(tx, rng, n):
            rows[kind].append(row)
    for name, table in (("people", people), ("accounts", accounts), ("links", links), ("members", team_members)):
        _put(tx, table, rows[name])


def _person(tx: Tx, rng: random.Random, n: int) -> Iterator[tuple[str, dict[str, Any]]]:
    name, email = f"{rng.choice(FIRST)} {rng.choice(LAST)} {n}", f"p{n}@acme.example"
    on = [SLACK, ZOOM] if n % 5 < 3 else [SLACK] if n % 5 < 4 else [ZOOM]
    if n % 100 in (53, 54):
        name = f"Sam Twin {n // 100}"
    if n % 10 == 0:
        on.append(WEBEX)
    primary = on[0] if len(on) == 1 or n % 3 else None
    fixed = {"primary_chosen": len(on) > 1, "excluded": n % 1_000 == 1, "made": tx.now}
    own = {"id": f"{n:020}", "name": name, "email": email, "primary_platform": primary}
    yield "people", {**own, **fixed, "folded": folded(name, email), "reach": len(on)}
    for platform in on:
        yield "accounts", _account(platform, n, name, email)
        if platform == WEBEX:
            yield "members", _member("large", n)
    if n % 10_000 == 0:
        yield "members", _member("small", n)
    if primary and len(on) > 1 and (state := _state(rng)):
        yield "links", _link(tx, n, state)


def _state(rng: random.Random) -> State | None:
    chance = rng.random()
    return State.SYNCED if chance < 0.8 else State.PENDING if chance < 0.9 else State.FAILED if chance < 0.901 else None


def _account(platform: PlatformId, n: int, name: str, email: str) -> dict[str, Any]:
    native = account_id(platform, "T", str(n))
    own = {"id": native, "person": f"{n:020}", "platform": platform, "tenant": "T", "user": str(n)}
    return {**own, "email": email, "name": name, "kind": Kind.MEMBER, "admin": False, "active": True, "conflict": False}


def _link(tx: Tx, n: int, state: State) -> dict[str, Any]:
    about = {"state": state, "stand_in": StandIn.OWN, "reason": LinkReason.NONE, "since": tx.now}
    return {"person": f"{n:020}", "platform": ZOOM, **about, "asked": 1, "round": 1}


def _team(name: str) -> dict[str, Any]:
    return {"platform": WEBEX, "id": name, "name": name.title(), "chosen": True, "reading": "r"}


def _member(team: str, n: int) -> dict[str, Any]:
    return {"platform": WEBEX, "team": team, "account": account_id(WEBEX, "T", str(n)), "run": "r"}


def _put(tx: Tx, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        tx.conn.execute(insert(table), rows)
