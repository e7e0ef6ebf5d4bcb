"""What every platform shares over HTTP: one session, allowed hosts, rate limits, signature comparison, webhook manners.

Nothing here waits or repeats: a full bucket, a vendor's "later" and a broken line all become ``TryLater``.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog
from aiohttp import web
from yarl import URL

from bot.platform import Clock, Incoming, Lent, Overloaded, Refused, TryLater

log = structlog.get_logger("mio.platform")

TIMEOUT = aiohttp.ClientTimeout(total=5, connect=3)
BODY = 1024 * 1024
RETRY_AFTER = timedelta(seconds=5)
"""When a vendor says "too many" without saying for how long."""
MOST_LANES = 10_000
"""More lanes than this at once, and those that are full again are forgotten."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a second on average, so many at once."""

    per_second: float
    burst: float


@dataclass(slots=True)
class _Bucket:
    rate: Rate
    level: float
    at: datetime
    shut: datetime | None = None

    def fill(self, now: datetime) -> None:
        grown = (now - self.at).total_seconds() * self.rate.per_second
        self.level = min(self.rate.burst, self.level + max(0.0, grown))
        self.at = now

    def idle(self, now: datetime) -> bool:
        """Whether forgetting it changes nothing."""
        self.fill(now)
        return self.level >= self.rate.burst and (self.shut is None or self.shut <= now)


class Buckets:
    """Token buckets by lane, so that we stay below the vendors' limits instead of running into them."""

    def __init__(self, clock: Clock, on: bool) -> None:
        self.clock = clock
        self.on = on
        self._buckets: dict[str, _Bucket] = {}

    def take(self, lane: str, rate: Rate) -> None:
        """One call in this lane, or ``TryLater`` with the time until there is room."""
        self.take_all((lane, rate))

    def take_all(self, *lanes: tuple[str, Rate]) -> None:
        """One call that counts in several lanes: all have room, or none is charged."""
        now = self.clock.now()
        buckets = [self._bucket(lane, rate, now) for lane, rate in lanes]
        for bucket in buckets:
            if bucket.shut is not None and now < bucket.shut:
                raise TryLater("rate limited", bucket.shut - now)
        if not self.on:
            return
        for bucket in buckets:
            bucket.fill(now)
            if bucket.level < 1:
                missing = (1 - bucket.level) / bucket.rate.per_second
                raise TryLater("our own rate limit", timedelta(seconds=missing))
        for bucket in buckets:
            bucket.level -= 1

    def shut(self, lane: str, rate: Rate, after: timedelta) -> None:
        """The vendor said how long this lane is closed."""
        now = self.clock.now()
        self._bucket(lane, rate, now).shut = now + after

    def _bucket(self, lane: str, rate: Rate, now: datetime) -> _Bucket:
        found = self._buckets.get(lane)
        if found is None:
            if len(self._buckets) >= MOST_LANES:
                self._buckets = {name: kept for name, kept in self._buckets.items() if not kept.idle(now)}
            found = self._buckets[lane] = _Bucket(rate, rate.burst, now)
        return found


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """``Retry-After`` as seconds, an HTTP date or an ISO time."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdecimal():
        return timedelta(seconds=min(float(value), 86_400))
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(value)
        except (TypeError, ValueError):
            continue
        return max(timedelta(), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)
    return RETRY_AFTER


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any = field(repr=False)
    """Decoded JSON; None when the body is empty or something else."""


class Http:
    """One platform's way out. Opens its session on ``start``; talks to its own hosts only."""

    def __init__(self, lent: Lent, platform: str, addresses: Sequence[str], trace: str | None = None) -> None:
        """``trace``: the header with the vendor's own number of a call, for its support."""
        self.lent = lent
        self.platform = platform
        self.trace = trace
        self._hosts = {urlsplit(address).netloc for address in addresses}
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=64, limit_per_host=48)
        self._session = aiohttp.ClientSession(connector=connector, timeout=TIMEOUT, auto_decompress=True)

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        assert self._session is not None, "start() comes first"
        return self._session

    async def call(self, name: str, method: str, url: str, *, writes: bool, **options: Any) -> Answer:
        """One request. ``name`` is what metrics call it; ``writes``: repeating it could double something.
        ``url`` goes out as it is written, escapes included.

        Raises ``TryLater`` for a broken line and for 5xx, ``certain`` when it was surely not carried out.
        """
        if urlsplit(url).netloc not in self._hosts:
            raise Refused("address outside the platform's hosts")
        try:
            async with self.session.request(
                method, URL(url, encoded=True), allow_redirects=False, **options
            ) as response:
                raw = await response.read()
                headers = {k: v for k, v in response.headers.items()}
                status = response.status
        except aiohttp.ClientConnectorError as fault:
            self.lent.counted(self.platform, name, 0)
            raise TryLater(f"{name}: no connection ({type(fault).__name__})") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            self.lent.counted(self.platform, name, 0)
            raise TryLater(f"{name}: no answer ({type(fault).__name__})", certain=not writes) from None
        self.lent.counted(self.platform, name, status)
        if status >= 500:
            number = next((f" {v[:80]}" for k, v in headers.items() if k.lower() == self.trace), "")
            raise TryLater(f"{name}: {status}{number}", certain=not writes)
        return Answer(status, headers, _json(raw))


def _json(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


# -- webhooks ------------------------------------------------------------------------------------


def same(one: str, other: str) -> bool:
    """Constant-time comparison of two signatures."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


async def read_body(request: web.Request) -> bytes:
    """The raw bytes, at most 1 MiB. Raises 413."""
    if (request.content_length or 0) > BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=BODY, actual_size=request.content_length or 0)
    raw = await request.read()
    if len(raw) > BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=BODY, actual_size=len(raw))
    return raw


async def keep(submit: Callable[[Incoming], Awaitable[None]], incoming: Incoming) -> web.Response:
    """Acknowledge after the event is on disk; 503 makes the vendor come again."""
    try:
        await submit(incoming)
    except Overloaded:
        return web.Response(status=503, headers={"Retry-After": "5"})
    return web.Response(status=200)
