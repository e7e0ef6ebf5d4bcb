"""The sandbox's Webex for its own tests: clients with tokens over plain HTTP, webhooks heard, a browser. Knows no program."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import orjson
from listener import Listener

from sandbox.main import Options, Running, start
from sandbox.webex import Webex
from sandbox.webex.cards import KIND

USER_SCOPES = (
    "spark:messages_read spark:messages_write spark:rooms_read spark:memberships_read spark:people_read spark:kms"
)
ADMIN_SCOPES = (
    "spark-admin:people_read spark-admin:roles_read spark-admin:organizations_read "
    "spark:people_read spark:teams_read spark:team_memberships_read"
)
BACK = "http://bot.example/oauth/webex/callback"
APP = {"client_id": "C0sandbox", "client_secret": "webex-client-secret"}
SECRET = "hook-secret"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer of the API; ``body`` empty when there is none."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["items"]
        return found

    @property
    def next(self) -> str:
        """The address of the next page, empty on the last."""
        link = self.headers.get("Link", "")
        return link[1 : link.index(">")] if link else ""


@dataclass(frozen=True, slots=True)
class Client:
    browser: aiohttp.ClientSession
    base: str
    token: str

    async def call(self, method: str, path: str, **more: Any) -> Told:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = path if path.startswith("http") else f"{self.base}/{path}"
        async with self.browser.request(method, url, headers={**headers, **more.pop("headers", {})}, **more) as answer:
            raw = await answer.read()
            body = orjson.loads(raw) if raw and answer.content_type == "application/json" else {}
            return Told(answer.status, body, dict(answer.headers))

    async def get(self, path: str, **query: str) -> Told:
        return await self.call("GET", path, params=query)

    async def post(self, path: str, **body: Any) -> Told:
        return await self.call("POST", path, json=body)

    async def put(self, path: str, **body: Any) -> Told:
        return await self.call("PUT", path, json=body)

    async def delete(self, path: str) -> Told:
        return await self.call("DELETE", path)

    async def all(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Every item of every page."""
        page = await self.get(path, **query)
        found = list(page.items)
        while page.next:
            page = await self.get(page.next)
            found += page.items
        return found

    async def listens(self, resource: str, event: str, to: str = "/webex/user", **more: str) -> dict[str, Any]:
        """A webhook of this token's owner."""
        target = f"http://bot.example{to}"
        made = await self.post(
            "webhooks", **{"name": "mio", "targetUrl": target, "resource": resource, "event": event, **more}
        )
        assert made.status == 200, made.body
        return made.body


@dataclass(slots=True)
class Org:
    """Webex's fake with what a test of it asks for again and again."""

    running: Running
    listener: Listener
    browser: aiohttp.ClientSession

    @property
    def fake(self) -> Webex:
        fake = self.running.fakes["webex"]
        assert isinstance(fake, Webex)
        return fake

    def id(self, name: str) -> str:
        return next(a.id for a in self.running.core.world.accounts["webex"].values() if a.name == name)

    def client(self, token: str) -> Client:
        return Client(self.browser, f"{self.running.url}/webex/v1", token)

    @property
    def bot(self) -> Client:
        return self.client("webex-sandbox-bot")

    def person(self, name: str, scopes: str = USER_SCOPES) -> Client:
        """A client with the token of somebody who allowed."""
        return self.client(self.fake.tokens.consent(self.id(name), scopes).value)

    def switch(self, **faults: Any) -> None:
        self.running.core.faults["webex"].change(faults)

    async def idle(self) -> None:
        await self.running.core.hooks.idle()

    async def heard(self) -> list[dict[str, Any]]:
        """The bodies of all webhooks so far, in order of arrival."""
        await self.idle()
        return [orjson.loads(h.body) for h in self.listener.heard]

    async def allow(self, user: str, decision: str = "allow", **query: str) -> dict[str, str]:
        """What a browser does on the consent page; the query it is sent back with."""
        asked = {"response_type": "code", "client_id": APP["client_id"], "redirect_uri": BACK, "state": "s1", **query}
        async with self.browser.post(
            f"{self.running.url}/webex/v1/authorize",
            params=asked,
            data={"user": user, "decision": decision},
            allow_redirects=False,
        ) as answer:
            assert answer.status == 302, await answer.text()
            back = urlsplit(answer.headers["Location"])
        return {k: v[0] for k, v in parse_qs(back.query).items()}

    async def token(self, **form: str) -> Told:
        """The token endpoint, with the app's credentials unless others are given."""
        return await self.client("").call("POST", "access_token", data={**APP, **form})


def signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


@asynccontextmanager
async def organisation(listener: Listener, people: int = 12) -> AsyncIterator[Org]:
    """The bot starts later than the sandbox, as in life."""
    running = await start(Options(port=0, people=people, platforms=("webex",)))
    running.bot_url = listener.url
    running.core.faults["webex"].change({"limits": False, "retry_scale": 0.0})
    try:
        async with aiohttp.ClientSession() as browser:
            yield Org(running, listener, browser)
    finally:
        await running.stop()


CONSENT: dict[str, Any] = {
    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
    "type": "AdaptiveCard",
    "version": "1.3",
    "body": [
        {"type": "TextBlock", "text": "Connect your Slack account", "weight": "Bolder", "size": "Medium", "wrap": True},
        {"type": "RichTextBlock", "inlines": ["Dana ", {"type": "TextRun", "text": "uses Slack", "weight": "bolder"}]},
        {"type": "FactSet", "facts": [{"title": "Asked by", "value": "Maya"}]},
        {
            "type": "ColumnSet",
            "columns": [
                {"type": "Column", "width": "auto", "items": [{"type": "TextBlock", "text": "left"}]},
                {"type": "Column", "items": [{"type": "TextBlock", "text": "right", "isVisible": False}]},
            ],
        },
    ],
    "actions": [
        {"type": "Action.OpenUrl", "title": "Allow", "url": "https://bot.example/allow/c1"},
        {"type": "Action.Submit", "title": "Not now", "data": {"action": "later"}},
    ],
}
CHOICES = [{"title": "Bob", "value": "p-bob"}, {"title": "Cleo", "value": "p-cleo"}]


def sent(content: Any, kind: str = KIND) -> list[dict[str, Any]]:
    return [{"contentType": kind, "content": content}]


def card(*body: dict[str, Any], actions: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.3", "body": list(body), "actions": actions or [], **more}


def words(text: str = "hi", **more: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, **more}


def submit(title: str, **data: str) -> dict[str, Any]:
    return {"type": "Action.Submit", "title": title, "data": data}
