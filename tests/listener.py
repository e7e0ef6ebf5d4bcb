"""A bot that only listens: what the sandbox's webhooks brought, and answers laid out beforehand. Knows no program."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs

import orjson
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        return self.headers["content-type"].startswith("application/json")

    def json(self) -> dict[str, Any]:
        """An event's envelope, or an interaction's payload."""
        if self.is_json:
            found: dict[str, Any] = orjson.loads(self.body)
            return found
        return dict(orjson.loads(self.form()["payload"]))

    def form(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(slots=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Listener:
    """``answers`` are used up one by one, then ``respond`` is asked; without it every webhook is answered 200."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    respond: Callable[[Heard], Answer] | None = None

    async def handle(self, request: web.Request) -> web.Response:
        headers = {k.lower(): v for k, v in request.headers.items()}
        heard = Heard(request.path, headers, await request.read())
        self.heard.append(heard)
        if self.answers:
            answer = self.answers.pop(0)
        else:
            answer = self.respond(heard) if self.respond is not None else Answer()
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """Envelopes of Slack's events, in order of arrival."""
        return [e for e in self.envelopes() if not kind or e["event"]["type"] == kind]

    def envelopes(self) -> list[dict[str, Any]]:
        return [h.json() for h in self.heard if h.is_json]


class Ear(Protocol):
    url: str

    async def handle(self, request: web.Request) -> web.Response: ...


E = TypeVar("E", bound=Ear)


@asynccontextmanager
async def listening(ear: E) -> AsyncIterator[E]:
    """Whatever is posted to ``ear.url`` it hears, until the end of the block."""
    app = web.Application()
    app.router.add_post("/{tail:.*}", ear.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ear.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield ear
    await runner.cleanup()
