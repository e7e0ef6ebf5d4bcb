"""Remembers when each webhook address last let a request in and last turned one away for its signature.

A wrong signing secret shows nowhere else: the vendor holds the right one, and only its requests tell. Two times per
address are kept, written at most once a minute, so that a flood of forged requests costs nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy.exc import DBAPIError

from bot.platform import Clock, Memory, Route
from storage.store import StoreError

log = structlog.get_logger("mio.web")

SELDOM = timedelta(minutes=1)
DOCTOR = "mio-doctor"
"""The user agent of our own knocks: they say nothing about the vendor's secret."""


@dataclass(frozen=True, slots=True)
class Heard:
    """When, if ever."""

    accepted: datetime | None
    refused: datetime | None

    @property
    def shut_out(self) -> bool:
        """The last thing that happened was a refusal."""
        return self.refused is not None and (self.accepted is None or self.refused > self.accepted)


def keys(path: str) -> tuple[str, str]:
    return f"heard:accepted:{path}", f"heard:refused:{path}"


def read(accepted: str | None, refused: str | None) -> Heard:
    return Heard(_time(accepted), _time(refused))


def _time(word: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(word) if word else None
    except ValueError:
        return None


class Ear:
    """Listens at one platform's routes."""

    def __init__(self, memory: Memory, clock: Clock) -> None:
        self.memory = memory
        self.clock = clock
        self._written: dict[str, datetime] = {}

    def at(self, route: Route) -> Route:
        """The same route, listened at."""
        accepted, refused = keys(route.path)

        async def handle(request: web.Request) -> Any:
            response = await route.handler(request)
            if request.headers.get("User-Agent") != DOCTOR:
                if 200 <= response.status < 300:
                    await self._note(accepted)
                elif response.status == 401:
                    await self._note(refused)
            return response

        return Route(route.method, route.path, handle)

    async def _note(self, key: str) -> None:
        now = self.clock.now()
        written = self._written.get(key)
        if written is not None and now - written < SELDOM:
            return
        self._written[key] = now
        try:
            await self.memory.put(key, now.isoformat())
        except (DBAPIError, StoreError, OSError) as fault:
            # The answer to the vendor does not depend on it.
            log.warning("not remembered", key=key, fault=type(fault).__name__)
