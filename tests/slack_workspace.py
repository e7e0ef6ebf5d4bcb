"""The sandbox's Slack for its own tests: a bot that only listens, clients with tokens, a browser. Knows no program."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from listener import Answer, Heard, Listener
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.main import Running
from sandbox.slack import Slack

__all__ = ["USER_SCOPES", "Answer", "Heard", "Listener", "Workspace"]

USER_SCOPES = "chat:write,im:history,im:read,im:write,users:read"


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
