"""Webhooks out: signed, in order of start per conversation, three seconds for an answer, the vendor's retries.

A delivery that failed does not hold up the next one – as with the vendors, it comes again later and out of order.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from sandbox.exchange import Exchange, cause, cut
from sandbox.faults import Faults

ANSWER = 3.0
REDIRECTS = 2


@dataclass(slots=True)
class Hook:
    """``build`` makes headers and body of an attempt (0 = first) with a retry's reason.

    ``stop_header``: the answer's header that, set to 1, ends the retries of this delivery. ``redirects`` False: the
    vendor follows none, and an answer that is one counts as given. ``path`` may be a whole address where a vendor is
    told one; ``patience`` is how long it waits for the answer.
    """

    path: str
    order: str
    build: Callable[[int, str], tuple[dict[str, str], bytes]]
    delays: Sequence[float]
    retries_4xx: bool
    faults: Faults
    done: "asyncio.Future[tuple[int, bytes]] | None" = None
    attempt: int = 0
    reason: str = ""
    stop_header: str = ""
    cause: Any = None
    """What this delivery follows from; set when it is sent."""
    redirects: bool = True
    patience: float = field(default_factory=lambda: ANSWER)


@dataclass(frozen=True, slots=True)
class _Answer:
    """``status`` 0: none came."""

    status: int
    body: bytes
    reason: str
    stop: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Delivered:
    """A line for the wire strip."""

    path: str
    status: int
    attempt: int
    ms: float


@dataclass(slots=True)
class _Line:
    waiting: deque[Hook] = field(default_factory=deque)
    running: bool = False


class Webhooks:
    """Deliveries to one address, which may change (the bot starts later than we do)."""

    def __init__(self, bot_url: str) -> None:
        self.bot_url = bot_url.rstrip("/")
        self.log: deque[Delivered] = deque(maxlen=2_000)
        self.watchers: list[Callable[[Hook, Exchange], None]] = []
        """Told of every attempt once it has ended."""
        self._lines: dict[str, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER), connector=aiohttp.TCPConnector(limit=100)
        )

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def send(self, hook: Hook) -> None:
        """Queue a delivery; with ``duplicate`` on it goes out twice."""
        hook.cause = hook.cause or cause.get()
        for _ in range(2 if hook.faults.duplicate else 1):
            self._begin()
            if hook.faults.unordered:
                delay = hook.faults.dice.uniform(0, 0.05)
                self._spawn(self._alone(hook, delay))
                continue
            line = self._lines.setdefault(hook.order, _Line())
            line.waiting.append(hook)
            if not line.running:
                line.running = True
                self._spawn(self._run(hook.order, line))

    async def answered(self, hook: Hook) -> tuple[int, bytes]:
        """Queue a delivery and wait for the first attempt's answer (slash commands)."""
        hook.done = hook.done or asyncio.get_running_loop().create_future()
        self.send(hook)
        return await hook.done

    async def idle(self) -> None:
        """Until nothing is under way or waiting for its retry."""
        await self._idle.wait()

    @property
    def under_way(self) -> int:
        return self._open

    def _begin(self) -> None:
        self._open += 1
        self._idle.clear()

    def _end(self) -> None:
        self._open -= 1
        if self._open == 0:
            self._idle.set()

    def _spawn(self, coroutine: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, order: str, line: _Line) -> None:
        while line.waiting:
            await self._once(line.waiting.popleft())
        line.running = False
        self._lines.pop(order, None)

    async def _alone(self, hook: Hook, delay: float) -> None:
        await asyncio.sleep(delay)
        await self._once(hook)

    async def _once(self, hook: Hook) -> None:
        """One attempt; a failed one comes again after the vendor's delay, as far as the vendor repeats it."""
        answer = await self._attempt(hook)
        if hook.done is not None and not hook.done.done():
            hook.done.set_result((answer.status, answer.body))
        again = answer.status == 0 or answer.status >= 500 or (hook.retries_4xx and answer.status >= 300)
        if not again or answer.stop or hook.attempt >= len(hook.delays):
            self._end()
            return
        delay = hook.delays[hook.attempt] * hook.faults.retry_scale
        again_hook = replace(hook, done=None, attempt=hook.attempt + 1, reason=answer.reason)
        self._spawn(self._alone(again_hook, delay))

    async def _attempt(self, hook: Hook) -> _Answer:
        assert self._session is not None, "start() comes first"
        if hook.faults.webhook_down:
            self.log.append(Delivered(hook.path, 0, hook.attempt, 0.0))
            return _Answer(0, b"", "connection_failed")
        headers, body = hook.build(hook.attempt, hook.reason)
        began, wait = time.perf_counter(), aiohttp.ClientTimeout(total=hook.patience)
        url = hook.path if hook.path.startswith("http") else self.bot_url + hook.path
        answer = _Answer(0, b"", "connection_failed")
        try:
            async with self._session.post(
                url,
                data=body,
                headers=headers,
                allow_redirects=hook.redirects,
                max_redirects=REDIRECTS,
                timeout=wait,
            ) as response:
                stop = bool(hook.stop_header) and response.headers.get(hook.stop_header) == "1"
                said = await response.read()
                answer = _Answer(response.status, said, "http_error", stop, dict(response.headers))
        except TimeoutError:
            answer = _Answer(0, b"", "http_timeout")
        except aiohttp.TooManyRedirects:
            answer = _Answer(0, b"", "too_many_redirects")
        except (aiohttp.ClientError, OSError):
            pass
        ended = time.perf_counter()
        self.log.append(Delivered(hook.path, answer.status, hook.attempt, (ended - began) * 1000))
        told = (answer.status, answer.headers, cut(answer.body), began, ended)
        for watch in self.watchers:
            watch(hook, Exchange("POST", hook.path, headers, cut(body), *told))
        return answer
