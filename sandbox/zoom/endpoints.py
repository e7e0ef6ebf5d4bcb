"""The two webhook addresses as Zoom watches them: checked every 72 hours, switched off after six failures in a row.

A check never holds up a delivery. Source: developers.zoom.us/docs/api/webhooks, "validate your webhook endpoint".
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.core import Core
from sandbox.webhooks import Hook
from sandbox.zoom.tokens import APPS

EVERY = 72 * 3_600
MOST = 6

Signed = Callable[[str, str, dict[str, Any]], Hook]


@dataclass(slots=True)
class Endpoint:
    checked: float
    failures: int = 0


class Endpoints:
    """The first check took place when the subscription was made, before the sandbox began."""

    def __init__(self, core: Core, signed: Signed) -> None:
        self.core = core
        self.signed = signed
        self.off: set[str] = set()
        now = core.clock.seconds()
        self.of = {app: Endpoint(now) for app in ("A", "B")}

    def look(self, app: str) -> None:
        """Check the address again when that is due; the answer is looked at when it comes."""
        if app not in self.off and self.core.clock.seconds() - self.of[app].checked >= EVERY:
            self._ask(app)

    async def validate(self, app: str) -> bool:
        """An administrator presses *Validate*: a right answer switches the subscription on again."""
        plain, hook = self._question(app)
        good = self._judge(app, plain, *await self.core.hooks.answered(hook))
        if good:
            self.off.discard(app)
        return good

    def _ask(self, app: str) -> None:
        plain, hook = self._question(app)
        hook.done = asyncio.get_running_loop().create_future()
        hook.done.add_done_callback(lambda answer: self._judge(app, plain, *answer.result()))
        self.core.hooks.send(hook)

    def _question(self, app: str) -> tuple[str, Hook]:
        plain, now = secrets.token_urlsafe(16), self.core.clock.seconds()
        self.of[app].checked = now
        event = {"event": "endpoint.url_validation", "event_ts": int(now * 1000), "payload": {"plainToken": plain}}
        return plain, self.signed(app, f"validation:{app}:{plain}", event)

    def _judge(self, app: str, plain: str, status: int, body: bytes) -> bool:
        endpoint, sealed = self.of[app], hmac.new(APPS[app][2].encode(), plain.encode(), hashlib.sha256).hexdigest()
        try:
            good = status == 200 and orjson.loads(body) == {"plainToken": plain, "encryptedToken": sealed}
        except orjson.JSONDecodeError:
            good = False
        endpoint.failures = 0 if good else endpoint.failures + 1
        if endpoint.failures >= MOST:
            self.off.add(app)
        return good
