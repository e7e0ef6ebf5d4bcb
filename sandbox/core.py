"""What every fake platform is built on, and what each of them offers to the page and to tests."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.exchange import Call, Exchange, cause, cut
from sandbox.faults import Faults
from sandbox.keep import Keep
from sandbox.webhooks import Hook, Webhooks
from sandbox.world import World

Params = Mapping[str, Any]
HANG = 20.0
"""How long a swallowed answer keeps its caller waiting."""


class Bad(Exception):
    """A wrong request of the page or a test; answered with 400 and these words."""


@dataclass(slots=True)
class Core:
    world: World
    clock: SandboxClock
    keep: Keep
    hooks: Webhooks
    faults: dict[str, Faults]
    url: str = ""
    extra: Path | None = None
    """The page with every card, once whoever started the sandbox has written it."""
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=5_000))
    asked: int = 0
    limits: dict[str, list[float]] = field(default_factory=dict)
    watchers: list[Callable[[Call, Exchange], None]] = field(default_factory=list)
    """Told of every call once it is answered."""

    def limited(self, platform: str, lane: str, most: int, window: float) -> float | None:
        """A sliding window: seconds to wait when ``most`` calls were made within ``window`` seconds, else None."""
        if not self.faults[platform].limits:
            return None
        now = self.clock.seconds()
        calls = self.limits.setdefault(f"{platform}:{lane}", [])
        while calls and calls[0] <= now - window:
            calls.pop(0)
        if len(calls) >= most:
            return calls[0] + window - now
        calls.append(now)
        return None


class Fake(Protocol):
    """One platform."""

    name: str

    def routes(self) -> list[web.RouteDef]: ...

    def settings(self) -> dict[str, str]: ...

    async def say(self, who: str, to: str, text: str) -> str: ...

    async def command(self, who: str, text: str) -> None: ...

    async def press(self, who: str, message: str, button: str) -> str | None: ...

    async def choose(self, who: str, message: str, option: str) -> None: ...

    def view(self, who: str, other: str) -> list[dict[str, Any]]: ...

    def chats(self, who: str) -> list[dict[str, Any]]: ...

    async def edit(self, who: str, message: str, text: str) -> None: ...

    async def delete(self, who: str, message: str) -> None: ...

    async def join(self, name: str, email: str) -> str: ...

    async def change(self, who: str, **values: Any) -> None: ...

    async def revoke(self, who: str) -> None: ...

    async def deactivate(self, who: str) -> None: ...

    async def uninstall(self) -> None: ...


def guarded(
    core: Core,
    platform: str,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    broken: Callable[[int], web.Response],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """An API handler behind the platform's faults, and in the request log."""

    async def handle(request: web.Request) -> web.StreamResponse:
        faults, began = core.faults[platform], time.perf_counter()
        call = Call(platform)
        cause.set(call)
        if faults.slow:
            await asyncio.sleep(faults.slow)
        if faults.down:
            answer: web.StreamResponse = broken(503)
        elif faults.take("rate_limit"):
            answer = broken(429)
        elif faults.take("error_5xx"):
            answer = broken(500)
        else:
            answer = await handler(request)
        core.asked += 1
        ended = time.perf_counter()
        core.requests.append(
            {
                "n": core.asked,
                "platform": platform,
                "method": request.method,
                "path": request.path,
                "status": answer.status,
                "ms": round((ended - began) * 1000, 2),
            }
        )
        if core.watchers:
            seen = await _exchange(request, answer, began, ended)
            for watch in core.watchers:
                watch(call, seen)
        return answer

    return handle


async def _exchange(request: web.Request, answer: web.StreamResponse, began: float, ended: float) -> Exchange:
    said = answer.body if isinstance(answer, web.Response) else None
    return Exchange(
        method=request.method,
        path=request.path_qs,
        headers=request.headers,
        body=cut(await request.read()) if request.content_type != "multipart/form-data" else b"",
        status=answer.status,
        answer_headers=answer.headers,
        answer=cut(said) if isinstance(said, bytes) else b"",
        began=began,
        ended=ended,
    )


async def told(core: Core, platform: str, hooks: Sequence[Hook], posted: bool) -> None:
    """What a call did comes back as events; with faults, before the call's answer, or instead of it.

    ``posted``: the call wrote a message as a person, which is where such faults hurt.
    """
    faults = core.faults[platform]
    for hook in hooks:
        if faults.echo_first and posted:
            await asyncio.wait_for(asyncio.shield(core.hooks.answered(hook)), 4)
        else:
            core.hooks.send(hook)
    if posted and faults.swallows():
        await asyncio.sleep(HANG)
