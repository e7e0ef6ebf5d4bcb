"""The sandbox's Zoom for its own tests: calls with tokens, a browser, what the two apps heard. Knows no program."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import orjson
from listener import Answer, Heard, Listener

from sandbox.main import Running
from sandbox.zoom import Zoom
from sandbox.zoom.tokens import ACCOUNT, APPS, BOT_JID

BACK = "http://bot.example/back"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> tuple[int, int]:
        """Status and Zoom's code: neither means anything alone."""
        return self.status, self.body["code"]


@dataclass(slots=True)
class Office:
    """Zoom's fake with what a test of it asks for again and again."""

    running: Running
    bot: Listener
    browser: aiohttp.ClientSession

    @property
    def fake(self) -> Zoom:
        fake = self.running.fakes["zoom"]
        assert isinstance(fake, Zoom)
        return fake

    def id(self, name: str) -> str:
        return next(a.id for a in self.running.core.world.accounts["zoom"].values() if a.name == name)

    def extra(self, name: str, what: str) -> str:
        return self.running.core.world.accounts["zoom"][self.id(name)].extra[what]

    def switch(self, **faults: Any) -> None:
        self.running.core.faults["zoom"].change(faults)

    def later(self, seconds: float) -> None:
        self.running.core.clock.advance(seconds)

    async def idle(self) -> None:
        await self.running.core.hooks.idle()

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """What the apps heard of that kind, in order of arrival."""
        return [e for e in self.bot.envelopes() if not kind or e["event"] == kind]

    # -- calls -----------------------------------------------------------------------------------

    async def call(self, token: str, verb: str, path: str, **options: Any) -> Reply:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        return await self._asked(verb, f"{self.running.url}/zoom/v2{path}", headers, options)

    async def oauth(self, app: str, path: str = "token", **form: str) -> Reply:
        client, secret, _ = APPS[app]
        pair = base64.b64encode(f"{client}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        return await self._asked("POST", f"{self.running.url}/zoom/oauth/{path}", headers, {"data": form})

    async def _asked(self, verb: str, url: str, headers: dict[str, str], options: dict[str, Any]) -> Reply:
        async with self.browser.request(verb, url, headers=headers, **options) as answer:
            raw = await answer.read()
            return Reply(answer.status, dict(answer.headers), orjson.loads(raw) if raw else None)

    def person(self, name: str, *without: str) -> str:
        """The token of somebody who allowed."""
        return self.fake.tokens.consent(self.id(name), without).value

    async def bot_token(self) -> str:
        return str((await self.oauth("A", grant_type="client_credentials")).body["access_token"])

    async def directory(self) -> str:
        """The server-to-server app's token."""
        given = await self.oauth("S", grant_type="account_credentials", account_id=ACCOUNT)
        return str(given.body["access_token"])

    async def sends(self, one: str, other: str, text: str, **more: Any) -> Reply:
        """The app writes as ``one``, whose authorisation stands."""
        body = {"message": text, "to_contact": self.id(other), **more}
        return await self.call(self._of(one), "POST", "/chat/users/me/messages", json=body)

    def _of(self, name: str) -> str:
        held = self.fake.tokens.of_user.get(self.id(name))
        return held.value if held is not None else self.person(name)

    async def card(self, name: str, *blocks: dict[str, Any], **change: Any) -> Reply:
        jid = self.extra(name, "jid")
        content = {"head": {"text": "Connect"}, "body": list(blocks)}
        body = {"robot_jid": BOT_JID, "account_id": ACCOUNT, "to_jid": jid, "user_jid": jid, "content": content}
        body = {k: v for k, v in {**body, **change}.items() if v is not None}
        return await self.call(await self.bot_token(), "POST", "/im/chat/messages", json=body)

    # -- the browser -----------------------------------------------------------------------------

    async def decides(self, name: str, decision: str = "allow", app: str = "B", **query: str) -> Reply:
        """What a browser does on the consent page; the body is the query it is sent back with, or the page's words."""
        asked = {"client_id": APPS[app][0], "redirect_uri": BACK, "response_type": "code", "state": "s1", **query}
        form = {"user": self.id(name), "decision": decision}
        url = f"{self.running.url}/zoom/oauth/authorize"
        async with self.browser.post(url, params=asked, data=form, allow_redirects=False) as answer:
            if answer.status != 302:
                return Reply(answer.status, dict(answer.headers), await answer.text())
            back = urlsplit(answer.headers["Location"])
        return Reply(302, {}, {k: v[0] for k, v in parse_qs(back.query).items()})

    async def allows(self, name: str, app: str = "B") -> dict[str, Any]:
        """Consent and exchange: the token response."""
        code = (await self.decides(name, app=app)).body["code"]
        given = await self.oauth(app, grant_type="authorization_code", code=code, redirect_uri=BACK)
        assert given.status == 200, given.body
        found: dict[str, Any] = given.body
        return found


def validated(heard: Heard) -> Answer:
    """A bot that knows how to answer Zoom's check of its address."""
    event = heard.json()
    if event["event"] != "endpoint.url_validation":
        return Answer()
    app = "A" if heard.path == "/zoom/bot" else "B"
    plain = event["payload"]["plainToken"]
    sealed = hmac.new(APPS[app][2].encode(), plain.encode(), hashlib.sha256).hexdigest()
    return Answer(body=orjson.dumps({"plainToken": plain, "encryptedToken": sealed}))
