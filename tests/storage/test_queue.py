"""The queue's promises: order per stream, one worker at a time, unique keys, fencing, holding, nothing forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.orders import Tick
from service.clock import RealClock
from storage.queue import BULK, LIVE, Job, NewJob
from storage.store import Store

T0 = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
SOON = timedelta(seconds=30)


def job(stream: str, number: int, *, key: str | None = None, rank: int = LIVE, at: datetime | None = None) -> NewJob:
    return NewJob(stream, "Tick", Tick(f"{stream}-{number}", T0), at or T0 + timedelta(seconds=number), rank, key)


def names(batch: list[Job]) -> list[str]:
    return [j.order.name for j in batch if isinstance(j.order, Tick)]


async def lease(store: Store, owner: str, most: int = 16, rows: int = 16) -> list[list[Job]]:
    until = store.clock.now() + SOON
    return await store.write(lambda tx: tx.queue.lease(owner, until, most, rows))


def clock_of(store: Store) -> RealClock:
    assert isinstance(store.clock, RealClock)
    return store.clock


async def test_a_stream_is_worked_through_in_the_vendors_time_order(store: Store) -> None:
    await store.submit([job("ann", 3), job("ann", 1), job("ann", 2)])
    assert names((await lease(store, "w"))[0]) == ["ann-1", "ann-2", "ann-3"]


async def test_live_messages_come_before_bulk(store: Store) -> None:
    await store.submit([job("ann", 1, rank=BULK), job("ann", 2, rank=LIVE)])
    assert names((await lease(store, "w"))[0]) == ["ann-2", "ann-1"]


async def test_equal_times_keep_the_order_of_arrival(store: Store) -> None:
    for number in range(5):
        await store.submit([job("ann", number, at=T0)])
    assert names((await lease(store, "w"))[0]) == [f"ann-{n}" for n in range(5)]


async def test_a_key_is_unique_for_two_days(store: Store) -> None:
    await store.submit([job("ann", 1, key="k"), job("ann", 2, key="k")])
    await store.submit([job("bob", 3, key="k")])
    assert [names(b) for b in await lease(store, "w")] == [["ann-1"]]
    clock_of(store).advance(timedelta(hours=49))
    await store.write(lambda tx: tx.queue.forget(tx.now, tx.now))
    await store.submit([job("bob", 4, key="k")])
    counts = await store.read(lambda tx: tx.queue.counts())
    assert counts["todo"] == 2


async def test_two_workers_never_share_a_stream(store: Store) -> None:
    await store.submit([job(name, n) for name in ("ann", "bob", "cleo") for n in range(3)])
    first, second = await lease(store, "one", most=2), await lease(store, "two")
    assert len(first) == 2 and len(second) == 1
    assert {b[0].stream for b in first}.isdisjoint({b[0].stream for b in second})
    assert await lease(store, "three") == []


async def test_a_worker_that_woke_too_late_changes_nothing(store: Store) -> None:
    """Its lease ran out, somebody else took over: its bookkeeping is fenced off."""
    await store.submit([job("ann", 1)])
    late = (await lease(store, "slow"))[0][0]
    clock_of(store).advance(SOON * 2)
    taken = (await lease(store, "quick"))[0][0]
    assert taken.claimed == late_claim(late, taken), "the second worker knows that a call may be under way"
    assert not await store.write(lambda tx: tx.queue.done(late))
    assert not await store.write(lambda tx: tx.queue.later(late, tx.now, "x", True))
    assert not await store.write(lambda tx: tx.queue.beat("ann", late.owner, late.epoch, tx.now))
    assert await store.write(lambda tx: tx.queue.done(taken))


def late_claim(late: Job, taken: Job) -> datetime | None:
    assert late.claimed is None
    return taken.claimed


async def test_claims_are_kept_after_an_uncertain_end_and_cleared_after_a_certain_one(store: Store) -> None:
    await store.submit([job("ann", 1)])
    for certain in (True, False):
        held = (await lease(store, "w"))[0][0]
        await store.write(lambda tx, j=held, c=certain: tx.queue.later(j, tx.now, "again", c))  # type: ignore[misc]
        again = (await lease(store, "w"))[0][0]
        assert (again.claimed is None) is certain
        assert again.attempts == held.attempts + 1
        await store.write(lambda tx, j=again: tx.queue.later(j, tx.now, "again", True))  # type: ignore[misc]


async def test_what_was_not_begun_is_not_claimed(store: Store) -> None:
    await store.submit([job("ann", 1), job("ann", 2)])
    batch = (await lease(store, "w"))[0]
    await store.write(lambda tx: tx.queue.unclaim(batch[1:]))
    await store.write(lambda tx: tx.queue.release("ann", "w", batch[0].epoch))
    again = (await lease(store, "w"))[0]
    assert [j.claimed is None for j in again] == [False, True]


async def test_a_retry_delays_its_own_stream_only(store: Store) -> None:
    await store.submit([job("ann", 1), job("bob", 1)])
    ann = next(b[0] for b in await lease(store, "w") if b[0].stream == "ann")
    await store.write(lambda tx: tx.queue.later(ann, tx.now + timedelta(minutes=1), "limit", True))
    await store.submit([job("ann", 2)])
    assert all(b[0].stream != "ann" for b in await lease(store, "w")), "a new message does not cut the delay short"
    clock_of(store).advance(timedelta(minutes=2))
    batches = {b[0].stream: names(b) for b in await lease(store, "w")}
    assert batches["ann"] == ["ann-1", "ann-2"]


async def test_a_held_stream_waits_until_it_is_woken(store: Store) -> None:
    await store.submit([job("ann", 1)])
    held = (await lease(store, "w"))[0][0]
    await store.write(lambda tx: tx.queue.hold(held, "grant:bob"))
    await store.submit([job("ann", 2)])
    clock_of(store).advance(timedelta(days=1))
    assert await lease(store, "w") == []
    assert (await store.read(lambda tx: tx.queue.counts()))["held"] == 2
    assert await store.write(lambda tx: tx.queue.unhold("grant:bob")) == 1
    assert names((await lease(store, "w"))[0]) == ["ann-1", "ann-2"]


async def test_a_call_that_may_have_been_carried_out_is_remembered_while_its_stream_is_held(store: Store) -> None:
    """Otherwise it would be made again afterwards, without a look."""
    await store.submit([job("ann", 1)])
    first = (await lease(store, "w"))[0][0]
    assert first.claimed is None
    await store.write(lambda tx: tx.queue.later(first, tx.now, "no answer", certain=False))
    unclear = (await lease(store, "w"))[0][0]
    assert unclear.claimed is not None
    await store.write(lambda tx: tx.queue.hold(unclear, "pause:zoom"))
    assert await store.read(lambda tx: (tx.queue.held("ann"), tx.queue.waiting("ann")[0])) == ("pause:zoom", 1)
    await store.write(lambda tx: tx.queue.unhold("pause:zoom"))
    assert (await lease(store, "w"))[0][0].claimed == unclear.claimed
    assert await store.read(lambda tx: (tx.queue.held("ann"), tx.queue.held("nobody"))) == (None, None)


async def test_a_dead_job_lets_the_next_one_through(store: Store) -> None:
    await store.submit([job("ann", 1), job("ann", 2)])
    batch = (await lease(store, "w"))[0]
    await store.write(lambda tx: tx.queue.dead(batch[0], "crooked"))
    await store.write(lambda tx: tx.queue.release("ann", "w", batch[0].epoch))
    assert names((await lease(store, "w"))[0]) == ["ann-2"]
    assert (await store.read(lambda tx: tx.queue.counts()))["dead"] == 1


async def test_bodies_are_sealed_on_disk(store: Store) -> None:
    await store.submit([job("ann", 1)])
    body = await store.read(lambda tx: tx.conn.exec_driver_sql("SELECT body FROM jobs").scalar_one())
    assert b"ann-1" not in bytes(body)


async def test_one_failing_piece_of_work_does_not_roll_the_others_back(store: Store) -> None:
    """Group commit: each piece has its own savepoint (on PostgreSQL its own transaction)."""

    async def good(number: int) -> None:
        await store.write(lambda tx: tx.queue.put([job("ann", number)]))

    async def bad() -> str:
        try:
            await store.write(lambda tx: [tx.queue.put([job("ann", 99)]), 1 / 0])
        except ZeroDivisionError:
            return "failed alone"
        return "?"

    results = await asyncio.gather(good(1), bad(), good(2), bad(), good(3))
    assert [r for r in results if r] == ["failed alone", "failed alone"]
    assert names((await lease(store, "w"))[0]) == ["ann-1", "ann-2", "ann-3"]
