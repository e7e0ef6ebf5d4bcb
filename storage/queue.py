"""Jobs, their streams and unique keys: the one piece of own machinery.

A worker leases streams, not rows; a stream is worked through serially, oldest first, so order holds per conversation.
Bookkeeping is fenced by owner and epoch: a worker that woke too late changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, case, delete, func, insert, or_, select, update

from bot.orders import Order
from storage import codec
from storage.hot import Hot
from storage.schema import Moment, jobs, seen, streams
from storage.sealing import Keys, SealError
from storage.upsert import hot_upsert, upsert

LIVE, CARD, BULK = 0, 1, 2
REMEMBER = timedelta(hours=48)
"""How long unique keys are kept: longer than any vendor's retry."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """``key`` is unique for 48 hours: a job whose key was seen is not put again. ``at`` is the vendor's time."""

    stream: str
    kind: str
    order: Order
    at: datetime
    rank: int = LIVE
    key: str | None = None
    due: datetime | None = None
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A leased job. ``claimed`` set: an earlier attempt may have been under way since then."""

    id: int
    stream: str
    kind: str
    order: Order
    at: datetime
    attempts: int
    claimed: datetime | None
    made: datetime
    owner: str
    epoch: int


_FENCE = (
    streams.c.stream == bindparam("s"),
    streams.c.owner == bindparam("o"),
    streams.c.epoch == bindparam("e"),
)
_FREE = or_(streams.c.lease.is_(None), streams.c.lease < bindparam("now", type_=Moment))
_DUE = Hot(
    select(streams.c.stream, streams.c.epoch)
    .where(streams.c.n > 0, streams.c.held.is_(None), streams.c.due <= bindparam("now", type_=Moment), _FREE)
    .order_by(streams.c.due)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_LEASE = Hot(
    update(streams)
    .where(streams.c.stream == bindparam("s"))
    .values(lease=bindparam("until", type_=Moment), owner=bindparam("o"), epoch=streams.c.epoch + 1)
)
_TAKE = Hot(
    select(jobs)
    .where(jobs.c.stream == bindparam("s"), jobs.c.state == "todo")
    .order_by(jobs.c.rank, jobs.c.at, jobs.c.id)
    .limit(bindparam("most", type_=Integer))
)
_DELETE = Hot(delete(jobs).where(jobs.c.id == bindparam("j")))
_LESS = Hot(update(streams).where(*_FENCE).values(n=streams.c.n - 1))
_CLAIM = Hot(update(jobs).where(jobs.c.id == bindparam("j")).values(claimed=bindparam("c", type_=Moment)))
_RELEASE = Hot(update(streams).where(*_FENCE).values(lease=None, owner=None))
_SEE = Hot(
    lambda conn: (
        upsert(conn, seen)
        .values(key=bindparam("key"), until=bindparam("until", type_=Moment))
        .on_conflict_do_nothing(index_elements=["key"])
    )
)
_ADD = Hot(
    insert(jobs).values(
        {name: bindparam(name) for name in ("stream", "rank", "kind", "body", "at", "state", "attempts", "made")}
    )
)
_TOUCH = hot_upsert(
    streams,
    ("stream",),
    lambda new: {
        "n": streams.c.n + new.excluded.n,
        "due": case((streams.c.n > 0, streams.c.due), else_=new.excluded.due),
    },
    ("stream", "lane", "due", "epoch", "n"),
)


class Queue:
    """The queue within one transaction."""

    def __init__(self, conn: Connection, keys: Keys, now: datetime) -> None:
        self.conn = conn
        self.keys = keys
        self.now = now
        self.enqueued = False
        """Whether somebody should be woken once the transaction stands."""

    def put(self, new: Iterable[NewJob]) -> int:
        """Enqueue whatever was not seen before; returns how many jobs are new.

        A stream's row is touched before its jobs are inserted: its row lock makes ids grow in commit order.
        """
        fresh = self._unseen(list(new))
        if not fresh:
            return 0
        self._touch(fresh)
        rows = [
            {
                "stream": job.stream,
                "rank": job.rank,
                "kind": job.kind,
                "body": self.keys.seal(codec.encode(job.order), f"jobs:{job.kind}:{job.stream}"),
                "at": job.at,
                "state": "todo",
                "attempts": 0,
                "made": self.now,
            }
            for job in fresh
        ]
        _ADD.each(self.conn, rows)
        self.enqueued = True
        return len(fresh)

    def _unseen(self, new: list[NewJob]) -> list[NewJob]:
        keyed: dict[str, NewJob] = {}
        for job in new:
            if job.key is not None:
                keyed.setdefault(job.key, job)
        if not keyed:
            return new
        fresh = {
            key: job
            for key, job in sorted(keyed.items())
            if _SEE.run(self.conn, key=key, until=self.now + REMEMBER) == 1
        }
        chosen = {id(job) for job in fresh.values()}
        return [job for job in new if job.key is None or id(job) in chosen]

    def _touch(self, fresh: Sequence[NewJob]) -> None:
        """A stream that waits goes on waiting: a new message does not cut a retry's delay short."""
        count: dict[str, list[NewJob]] = {}
        for job in fresh:
            count.setdefault(job.stream, []).append(job)
        rows = [
            {
                "stream": stream,
                "lane": mine[0].lane,
                "due": min(job.due or self.now for job in mine),
                "epoch": 0,
                "n": len(mine),
            }
            for stream, mine in sorted(count.items())
        ]
        _TOUCH.each(self.conn, rows)

    def lease(self, owner: str, until: datetime, most: int = 16, rows: int = 16) -> list[list[Job]]:
        """Lease the streams that have waited longest, and take the first jobs of each."""
        taken = _DUE.rows(self.conn, now=self.now, most=most)
        if not taken:
            return []
        _LEASE.each(self.conn, [{"s": row.stream, "until": until, "o": owner} for row in taken])
        batches = [self._take(row.stream, owner, row.epoch + 1, rows) for row in taken]
        claimed = [{"j": job.id, "c": self.now} for batch in batches for job in batch if job.claimed is None]
        if claimed:
            _CLAIM.each(self.conn, claimed)
        return [batch for batch in batches if batch]

    def _take(self, stream: str, owner: str, epoch: int, rows: int) -> list[Job]:
        batch: list[Job] = []
        for row in _TAKE.rows(self.conn, s=stream, most=rows):
            try:
                batch.append(self._job(row, owner, epoch))
            except (SealError, codec.CodecError) as fault:
                self._bury(row.id, stream, str(fault))
        if not batch:
            self.conn.execute(
                update(streams)
                .where(streams.c.stream == stream)
                .values(lease=None, owner=None, n=self._todo(stream), due=self.now)
            )
        return batch

    def _todo(self, stream: str) -> int:
        found = self.conn.execute(
            select(func.count()).select_from(jobs).where(jobs.c.stream == stream, jobs.c.state == "todo")
        )
        return int(found.scalar_one())

    def _job(self, row: Any, owner: str, epoch: int) -> Job:
        body = self.keys.open(row.body, f"jobs:{row.kind}:{row.stream}")
        order = codec.decode(row.kind, body)
        return Job(row.id, row.stream, row.kind, order, row.at, row.attempts, row.claimed, row.made, owner, epoch)

    def _bury(self, job: int, stream: str, reason: str) -> None:
        self.conn.execute(update(jobs).where(jobs.c.id == job).values(state="dead", reason=reason[:200]))
        self.conn.execute(update(streams).where(streams.c.stream == stream).values(n=streams.c.n - 1))

    # -- what became of a job --------------------------------------------------------------------

    def done(self, job: Job) -> bool:
        """Delete a finished job. False: the stream is not ours any more, and nothing was changed."""
        if _LESS.run(self.conn, s=job.stream, o=job.owner, e=job.epoch) != 1:
            return False
        _DELETE.run(self.conn, j=job.id)
        return True

    def dead(self, job: Job, reason: str) -> bool:
        """Set a job aside, sealed, with its reason."""
        if _LESS.run(self.conn, s=job.stream, o=job.owner, e=job.epoch) != 1:
            return False
        self.conn.execute(update(jobs).where(jobs.c.id == job.id).values(state="dead", reason=reason[:200]))
        return True

    def unclaim(self, batch: Sequence[Job]) -> None:
        """These were taken, but no call was begun for them in this lease."""
        rows = [{"j": job.id, "c": job.claimed} for job in batch]
        _CLAIM.each(self.conn, rows)

    def release(self, stream: str, owner: str, epoch: int) -> None:
        """Give a lease back; what is left in the stream is due at once."""
        _RELEASE.run(self.conn, s=stream, o=owner, e=epoch)
        self.enqueued = True

    def later(self, job: Job, due: datetime, reason: str, certain: bool) -> bool:
        """The stream waits until ``due``. ``certain``: the call was surely not carried out."""
        values = {"lease": None, "owner": None, "due": due}
        if not self._fenced(job, values):
            return False
        row = {"attempts": job.attempts + 1, "reason": reason[:200]}
        change = update(jobs).where(jobs.c.id == job.id).values(**row)
        self.conn.execute(change.values(claimed=None) if certain else change)
        return True

    def hold(self, job: Job, why: str) -> bool:
        """The stream waits until somebody calls ``unhold`` with the same words. An earlier call that may have been carried out
        is looked for afterwards, as ever."""
        self.conn.execute(update(jobs).where(jobs.c.id == job.id).values(claimed=job.claimed, reason=why))
        return self._fenced(job, {"lease": None, "owner": None, "held": why})

    def _fenced(self, job: Job, values: Mapping[str, object]) -> bool:
        fence = (streams.c.stream == job.stream, streams.c.owner == job.owner, streams.c.epoch == job.epoch)
        return self.conn.execute(update(streams).where(*fence).values(**values)).rowcount == 1

    def unhold(self, why: str) -> int:
        """Wake every stream that waits for ``why``; returns how many."""
        woken = self.conn.execute(update(streams).where(streams.c.held == why).values(held=None, due=self.now))
        self.enqueued = self.enqueued or woken.rowcount > 0
        return woken.rowcount

    def beat(self, stream: str, owner: str, epoch: int, until: datetime) -> bool:
        """Keep a lease for longer; False: it was lost."""
        fence = (streams.c.stream == stream, streams.c.owner == owner, streams.c.epoch == epoch)
        return self.conn.execute(update(streams).where(*fence).values(lease=until)).rowcount == 1

    def free_all(self) -> int:
        """At the start of the only process: nobody can hold a lease, so nothing waits for one to run out."""
        freed = update(streams).where(streams.c.lease.is_not(None)).values(lease=None, owner=None)
        return self.conn.execute(freed).rowcount

    # -- looking at it ---------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Jobs by state: todo, held, dead."""
        found = self.conn.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
        by_state = {str(state): int(n) for state, n in found}
        held = select(func.coalesce(func.sum(streams.c.n), 0)).where(streams.c.held.is_not(None))
        waiting = int(self.conn.execute(held).scalar_one())
        return {"todo": by_state.get("todo", 0) - waiting, "held": waiting, "dead": by_state.get("dead", 0)}

    def oldest(self) -> timedelta:
        """Age of the oldest job that waits for nothing but us."""
        first = (
            select(func.min(jobs.c.made))
            .join(streams, streams.c.stream == jobs.c.stream)
            .where(jobs.c.state == "todo", streams.c.held.is_(None))
        )
        made = self.conn.execute(first).scalar()
        return timedelta() if made is None else max(timedelta(), self.now - made)

    def next_due(self) -> datetime | None:
        """When the next stream is due; None when nothing waits."""
        waiting = (streams.c.n > 0, streams.c.held.is_(None), streams.c.lease.is_(None))
        due: datetime | None = self.conn.execute(select(func.min(streams.c.due)).where(*waiting)).scalar()
        return due

    def idle(self) -> bool:
        """Nothing is due and nothing is being worked on."""
        busy = or_(streams.c.lease.is_not(None), streams.c.due <= self.now)
        found = select(streams.c.stream).where(streams.c.n > 0, streams.c.held.is_(None), busy).limit(1)
        return self.conn.execute(found).first() is None

    def waits_to_send(self, platform: str, person: str) -> bool:
        """Whether something in a conversation of this person's is still to be posted on a platform."""
        mine = streams.c.stream.like(f"out:{platform}:%{person}%")
        found = select(streams.c.stream).where(streams.c.stream.like(f"out:{platform}:%"), mine, streams.c.n > 0)
        return self.conn.execute(found.limit(1)).first() is not None

    def held(self, stream: str) -> str | None:
        """What a stream waits for; None when it is not held."""
        why: str | None = self.conn.execute(select(streams.c.held).where(streams.c.stream == stream)).scalar()
        return why

    def waiting(self, stream: str) -> tuple[int, datetime | None]:
        """How many jobs a stream has, and the time of the newest."""
        mine = select(func.count(), func.max(jobs.c.at)).where(jobs.c.stream == stream, jobs.c.state == "todo")
        count, last = self.conn.execute(mine).one()
        return int(count), last

    def held_since(self, before: datetime, most: int) -> list[tuple[Job, str]]:
        """Jobs of held streams that were made before ``before``, oldest first, each with what it waits for."""
        found = (
            select(jobs, streams.c.held)
            .join(streams, streams.c.stream == jobs.c.stream)
            .where(streams.c.held.is_not(None), jobs.c.state == "todo", jobs.c.made < before)
            .order_by(jobs.c.id)
            .limit(most)
            .with_for_update(of=streams, skip_locked=True)
        )
        return [(self._job(row, "", 0), row.held) for row in self.conn.execute(found)]

    def drop(self, job: Job) -> None:
        """Delete a job of a held stream; the stream is free again when it was the last one."""
        _DELETE.run(self.conn, j=job.id)
        left = self._todo(job.stream)
        values: dict[str, object] = {"n": left} if left else {"n": 0, "held": None}
        self.conn.execute(update(streams).where(streams.c.stream == job.stream).values(**values))

    def forget(self, now: datetime, dead_before: datetime) -> None:
        """Unique keys after their time, set-aside jobs after theirs, and streams that have been empty for long."""
        self.conn.execute(delete(seen).where(seen.c.until < now))
        self.conn.execute(delete(jobs).where(jobs.c.state == "dead", jobs.c.made < dead_before))
        empty = (streams.c.n == 0, streams.c.lease.is_(None), streams.c.due < now - REMEMBER)
        self.conn.execute(delete(streams).where(*empty))
