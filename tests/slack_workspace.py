"""The sandbox's Slack for its own tests: a bot that only listens, clients with tokens, a browser. Knows no program."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import orjson
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.main import Running
from sandbox.slack import Slack

USER_SCOPES = "chat:write,im:history,im:read,im:write,users:read"


@dataclass(frozen=True, slots=True)
class Heard:
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """An event's envelope, or an interaction's payload."""
        if self.headers["content-type"] == "application/json":
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
    """``answers`` are used up one by one; after that every webhook is answered 200."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        headers = {k.lower(): v for k, v in request.headers.items()}
        self.heard.append(Heard(request.path, headers, await request.read()))
        answer = self.answers.pop(0) if self.answers else Answer()
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """Envelopes of Slack's events, in order of arrival."""
        found = [h.json() for h in self.heard if h.headers["content-type"] == "application/json"]
        return [e for e in found if not kind or e["event"]["type"] == kind]


@dataclass(slots=True)
class Workspace:
    """Slack's fake with what a test of it asks for again and again."""

    running: Running
    bot: Listener
    browser: aiohttp.ClientSession

    @property
    def fake(self) -> Slack:
        fake = self.running.fakes["slack"]
        assert isinstance(fake, Slack)
        return fake

    def id(self, name: str) -> str:
        return next(a.id for a in self.running.core.world.accounts["slack"].values() if a.name == name)

    def client(self, token: str = "xoxb-sandbox-bot") -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=f"{self.running.url}/slack/api/")

    def person(self, name: str, scopes: str = USER_SCOPES) -> AsyncWebClient:
        """A client with the token of somebody who allowed."""
        return self.client(self.fake.tokens.consent(self.id(name), scopes).value)

    def switch(self, **faults: Any) -> None:
        self.running.core.faults["slack"].change(faults)

    async def idle(self) -> None:
        await self.running.core.hooks.idle()

    async def allow(self, user: str, decision: str = "allow", **query: str) -> dict[str, str]:
        """What a browser does on the consent page; the query it is sent back with."""
        asked = {"client_id": "111.222", "redirect_uri": "http://bot.example/back", "state": "s1", **query}
        async with self.browser.post(
            f"{self.running.url}/slack/oauth/v2/authorize",
            params=asked,
            data={"user": user, "decision": decision},
            allow_redirects=False,
        ) as answer:
            assert answer.status == 302, await answer.text()
            back = urlsplit(answer.headers["Location"])
        return {k: v[0] for k, v in parse_qs(back.query).items()}
