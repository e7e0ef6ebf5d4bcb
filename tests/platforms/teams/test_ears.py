"""People's subscriptions: made once, renewed, brought back, taken down; and how far back something may be missing."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from teams_tenant import Tenant
from vendor_server import Memory

from bot.events import Tokens
from bot.platform import Lent, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, Listening
from platforms.teams.api import Api
from platforms.teams.certificates import Certificates
from platforms.teams.ears import Ears
from platforms.teams.graph import Graph
from sandbox.teams import subscriptions
from sandbox.teams.book import Subscription

ANN, BOB = "Ann Lee", "Bob Kim"
HOUR = 3_600
PROFILES = pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])


class Cached(Memory):
    """One process's: what it has read once it does not read again."""

    def __init__(self, kept: dict[str, str]) -> None:
        super().__init__(kept)
        self.seen: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        if key not in self.seen and key in self.kept:
            self.seen[key] = self.kept[key]
        return self.seen.get(key)

    async def put(self, key: str, value: str) -> None:
        self.kept[key] = self.seen[key] = value


@pytest.fixture
def process(api: Api, lent: Lent, kept: dict[str, str]) -> Callable[[], Ears]:
    """Makes what another process would have: a memory of its own over the same rows."""

    def make() -> Ears:
        own = replace(lent, memory=Cached(kept))
        calls = Api(own)
        calls.http = api.http
        return Ears(calls, Graph(calls), Certificates(own))

    return make


@pytest.fixture
def ears(process: Callable[[], Ears]) -> Ears:
    return process()


def subs(tenant: Tenant, name: str = ANN) -> list[Subscription]:
    return tenant.fake.book.of(tenant.id(name))


def the(tenant: Tenant) -> Subscription:
    [found] = subs(tenant)
    return found


async def look(ears: Ears, people: Any, name: str = ANN) -> Listening:
    """With the fresh token that the engine would hand out."""
    await people.allows(name)
    found: Listening = await ears.listen(people.account(name))
    return found


def made(counts: list[tuple[str, int]]) -> list[str]:
    return [method for method, _ in counts if "/subscriptions" in method and not method.startswith("GET")]


def ends_once_listed(tenant: Tenant, ears: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    listed, sub = ears._listed, the(tenant)

    async def late(voice: Any) -> list[dict[str, Any]]:
        found = await listed(voice)
        tenant.fake.book.remove(sub)
        return found

    monkeypatch.setattr(ears, "_listed", late)


# -- made and kept -------------------------------------------------------------------------------


@PROFILES
async def test_ann_is_listened_to(tenant: Tenant, people: Any, ears: Ears, lent: Lent, mean: bool) -> None:
    tenant.switch(mean=mean)
    found = await look(ears, people)
    sub, now = the(tenant), lent.clock.now()
    assert sub.resource == f"/users/{tenant.id(ANN)}/chats/getAllMessages"
    assert sub.url == sub.lifecycle_url == f"{tenant.bot.url}/teams/notifications"
    assert set(sub.changes) == {"created", "updated", "deleted"} and sub.rich
    assert sub.certificate_id == (await ears.certificates.current()).id
    assert abs(sub.expires - now.timestamp() - 71 * HOUR) < 60
    assert timedelta(hours=23, minutes=59) <= found.until - now <= timedelta(hours=48)
    assert found.gap is None, "there was nothing before"


async def test_not_everybodys_turn_comes_at_once(people: Any, ears: Ears) -> None:
    ann, bob = await look(ears, people), await look(ears, people, BOB)
    assert abs(ann.until - bob.until) > timedelta(minutes=5)


async def test_whose_it_is_can_be_told_before_graph_answers(
    tenant: Tenant, people: Any, ears: Ears, kept: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put, written = ears.memory.put, []

    async def watched(key: str, value: str) -> None:
        written.append((key.partition(":")[0], len(subs(tenant))))
        await put(key, value)

    monkeypatch.setattr(ears.memory, "put", watched)
    await look(ears, people)
    assert written == [("ear", 0), ("subscription", 1), ("heard", 1)]


async def test_only_its_own_words_prove_a_subscription(
    tenant: Tenant, people: Any, ears: Ears, process: Callable[[], Ears], kept: dict[str, str]
) -> None:
    await look(ears, people)
    await look(ears, people, BOB)
    state, bobs = the(tenant).client_state, subs(tenant, BOB)[0].client_state
    assert len(state) <= 128
    for reader in (ears, process()):
        assert await reader.owner(state) == tenant.id(ANN)
        assert await reader.owner(bobs) == tenant.id(BOB)
    nonce, _, secret = state.partition(".")
    assert secret not in json.dumps(kept), "only a digest is kept"
    wrong = ["", nonce, f"{nonce}.", f"{nonce}.{bobs.partition('.')[2]}", f"{nonce}.{secret}x", the(tenant).id]
    wrong += [f"{'0' * 16}.{secret}", f"{nonce.upper()}.{secret}", f"{nonce}.{secret[:-1]}é", state * 3]
    for other in wrong:
        assert await ears.owner(other) is None, other


@PROFILES
async def test_every_look_renews_and_nothing_else(
    tenant: Tenant, people: Any, ears: Ears, process: Callable[[], Ears], counts: list[tuple[str, int]], mean: bool
) -> None:
    tenant.switch(mean=mean)
    await look(ears, people)
    first = the(tenant).id
    counts.clear()
    for reader in (ears, process()):
        tenant.later(40 * HOUR)
        assert (await look(reader, people)).gap is None
        sub = the(tenant)
        assert sub.id == first
        assert abs(sub.expires - tenant.running.core.clock.seconds() - 71 * HOUR) < 60
        assert sub.authorised > tenant.running.core.clock.seconds() + HOUR - 60, "with the token of now"
    assert made(counts) == ["PATCH /subscriptions/{id}"] * 2


async def test_a_new_certificate_is_told_to_the_living_subscription(
    tenant: Tenant, people: Any, purse: Any, ears: Ears, process: Callable[[], Ears]
) -> None:
    await look(ears, people)
    native, old = the(tenant).id, the(tenant).certificate_id
    del purse.kept[GrantKind.CERTIFICATE]
    other = process()
    assert (await look(other, people)).gap is None, "nothing was missed in between"
    assert the(tenant).id == native
    assert the(tenant).certificate_id == (await other.certificates.current()).id != old
    assert the(tenant).certificate == (await other.certificates.current()).public


@PROFILES
async def test_one_that_is_gone_is_made_anew_and_the_gap_is_told(
    tenant: Tenant, people: Any, ears: Ears, mean: bool, lent: Lent
) -> None:
    tenant.switch(mean=mean)
    await look(ears, people)
    heard, first = lent.clock.now(), the(tenant)
    tenant.later(30 * HOUR)
    tenant.fake.book.remove(first)
    found = await look(ears, people)
    assert found.gap is not None and abs(found.gap - heard) < timedelta(seconds=30)
    assert the(tenant).id != first.id and the(tenant).client_state != first.client_state
    assert (await look(ears, people)).gap is None, "told once"


async def test_nothing_older_than_three_days_is_read_back(tenant: Tenant, people: Any, ears: Ears, lent: Lent) -> None:
    await look(ears, people)
    tenant.later(9 * 24 * HOUR)
    found = await look(ears, people)
    assert found.gap is not None and abs(lent.clock.now() - timedelta(days=3) - found.gap) < timedelta(seconds=30)


async def test_one_that_ends_while_it_is_looked_at(
    tenant: Tenant, people: Any, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(ears, people)
    first = the(tenant)
    ends_once_listed(tenant, ears, monkeypatch)
    assert (await look(ears, people)).gap is not None
    assert the(tenant).id != first.id


def sees_nothing_at_first(ears: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first list is from before another process was there."""
    listed, looks = ears._listed, 0

    async def late(voice: Any) -> list[dict[str, Any]]:
        nonlocal looks
        looks += 1
        return [] if looks == 1 else await listed(voice)

    monkeypatch.setattr(ears, "_listed", late)


# -- others --------------------------------------------------------------------------------------


async def test_doubles_and_strays_are_deleted(tenant: Tenant, people: Any, ears: Ears) -> None:
    tenant.switch(mean=True)
    ann = await tenant.person(ANN)
    await look(ears, people)
    first = the(tenant).id
    moved = f"{tenant.bot.url}/elsewhere"
    for change in ({}, {"changeType": "created"}, {"notificationUrl": moved, "lifecycleNotificationUrl": moved}):
        assert (await ann.post("/subscriptions", tenant.wanted(tenant.id(ANN), **change))).status == 201
    await tenant.subscribed(BOB)
    assert (await look(ears, people)).gap is None
    assert the(tenant).id == first
    assert len(subs(tenant, BOB)) == 1


@PROFILES
async def test_one_whose_words_we_have_forgotten_is_replaced(
    tenant: Tenant, people: Any, ears: Ears, process: Callable[[], Ears], kept: dict[str, str], mean: bool
) -> None:
    """After a restored backup: everything it said would be dropped without anybody noticing."""
    tenant.switch(mean=mean)
    await look(ears, people)
    first = the(tenant)
    kept.clear()
    other = process()
    await look(other, people)
    assert the(tenant).id != first.id
    assert await other.owner(first.client_state) is None
    assert await other.owner(the(tenant).client_state) == tenant.id(ANN)


@PROFILES
async def test_two_processes_at_once(
    tenant: Tenant, people: Any, process: Callable[[], Ears], mean: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one saw nothing when it looked; a conflict tells it in the kind profile, the next look in the mean one."""
    tenant.switch(mean=mean)
    one, other = process(), process()
    await look(one, people)
    sees_nothing_at_first(other, monkeypatch)
    await other.listen(people.account(ANN))
    assert len(subs(tenant)) == (2 if mean else 1)
    await look(one, people)
    assert len(subs(tenant)) == 1
    assert await one.owner(the(tenant).client_state) == tenant.id(ANN)


async def test_a_conflict_with_one_that_is_just_being_made(
    tenant: Tenant, people: Any, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tenant.subscribed(ANN)
    sees_nothing_at_first(ears, monkeypatch)
    with pytest.raises(TryLater):
        await look(ears, people)
    assert len(subs(tenant)) == 1, "the other process may need it"
    await look(ears, people)
    assert await ears.owner(the(tenant).client_state) == tenant.id(ANN)


# -- refused -------------------------------------------------------------------------------------


@PROFILES
@pytest.mark.parametrize("limit", ["PER_PERSON", "PER_TENANT"])
async def test_over_quota(
    tenant: Tenant, people: Any, ears: Ears, monkeypatch: pytest.MonkeyPatch, limit: str, mean: bool
) -> None:
    tenant.switch(mean=mean)
    monkeypatch.setattr(subscriptions, limit, 0)
    with pytest.raises(Refused, match="403 Forbidden"):
        await look(ears, people)
    monkeypatch.undo()
    assert (await look(ears, people)).gap is None, "nothing was well before"


async def test_without_a_licence_nobody_is_heard(tenant: Tenant, people: Any, ears: Ears) -> None:
    await people.allows(ANN)
    await tenant.fake.remove_licence(tenant.id(ANN))
    with pytest.raises(Refused):
        await ears.listen(people.account(ANN))


@pytest.mark.parametrize("trouble", ["wrong", "json"])
async def test_an_address_that_cannot_be_reached_ends_nobodys_consent(
    tenant: Tenant, people: Any, ears: Ears, trouble: str
) -> None:
    tenant.bot.shake = trouble
    with pytest.raises(TryLater):
        await look(ears, people)
    tenant.bot.shake = "good"
    await look(ears, people)
    assert len(subs(tenant)) == 1


async def test_a_consent_that_is_over(people: Any, ears: Ears) -> None:
    with pytest.raises(NotAuthorised):
        await ears.listen(people.account(ANN))


async def test_microsoft_has_no_time(tenant: Tenant, people: Any, ears: Ears) -> None:
    await people.allows(ANN)
    tenant.switch(down=True)
    with pytest.raises(TryLater):
        await ears.listen(people.account(ANN))
    tenant.switch(down=False)
    assert (await ears.listen(people.account(ANN))).gap is None


# -- consent begins and ends ---------------------------------------------------------------------


@PROFILES
async def test_everything_is_taken_down(tenant: Tenant, people: Any, ears: Ears, mean: bool) -> None:
    tenant.switch(mean=mean)
    await look(ears, people)
    await look(ears, people, BOB)
    tokens: Tokens = await people.allows(ANN)
    people.purse.people.clear()
    await ears.take_down(tokens)
    assert subs(tenant) == [] and len(subs(tenant, BOB)) == 1
    await ears.take_down(tokens)


async def test_taking_down_what_is_gone(
    tenant: Tenant, people: Any, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(ears, people)
    ends_once_listed(tenant, ears, monkeypatch)
    await ears.take_down(await people.allows(ANN))
    assert subs(tenant) == []


async def test_what_came_after_the_end_is_not_read_back(
    tenant: Tenant, people: Any, process: Callable[[], Ears]
) -> None:
    """Ann disconnected; what she was written until she allowed again is nobody's business, in any process."""
    one, other = process(), process()
    await look(one, people)
    await look(other, people)
    await other.take_down(await people.allows(ANN))
    tenant.later(2 * HOUR)
    await other.allowed(tenant.id(ANN))
    assert await one.last(tenant.id(ANN)) is None
    assert (await look(one, people)).gap is None


async def test_after_a_new_consent_what_came_in_without_one_is_read_back(
    tenant: Tenant, people: Any, process: Callable[[], Ears], lent: Lent
) -> None:
    """Her sign-in ran out, the subscription went on, and nothing it said was looked at."""
    one, other = process(), process()
    await one.allowed(tenant.id(ANN))
    assert (await look(one, people)).gap is None
    heard: datetime = lent.clock.now()
    for _ in range(2):
        tenant.later(5 * HOUR)
        await other.allowed(tenant.id(ANN))
        found = await look(one, people)
        assert found.gap is not None and abs(found.gap - heard) < timedelta(seconds=30)
        assert (await look(one, people)).gap is None
        heard = lent.clock.now()


async def test_the_last_good_look(tenant: Tenant, people: Any, ears: Ears, lent: Lent) -> None:
    assert await ears.last(tenant.id(ANN)) is None
    await look(ears, people)
    found = await ears.last(tenant.id(ANN))
    assert found is not None and abs(lent.clock.now() - found) < timedelta(seconds=30)
    tenant.later(9 * 24 * HOUR)
    found = await ears.last(tenant.id(ANN))
    assert found is not None and abs(lent.clock.now() - timedelta(days=3) - found) < timedelta(seconds=30)


async def test_the_bots_own_turn(tenant: Tenant, purse: Any, ears: Ears, lent: Lent) -> None:
    found = await ears.upkeep()
    assert abs(found.until - lent.clock.now() - timedelta(hours=1)) < timedelta(seconds=30) and found.gap is None
    assert GrantKind.CERTIFICATE in purse.kept and tenant.fake.book.everything() == []
