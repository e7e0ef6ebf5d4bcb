"""The page's and the tests' way in: what people do in their clients, what they see, and the switches for trouble."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from sandbox.core import Bad, Core, Fake
from sandbox.faults import OPEN_POINTS
from sandbox.world import COMPANY

Acting = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
PATIENCE = 30.0


class Control:
    def __init__(self, core: Core, fakes: Mapping[str, Fake]) -> None:
        self.core = core
        self.fakes = fakes

    def routes(self) -> list[web.RouteDef]:
        acts: dict[str, Acting] = {
            "say": self.say,
            "command": self.command,
            "press": self.press,
            "choose": self.choose,
            "faults": self.faults,
            "profile": self.profile,
            "clock": self.clock,
            "revoke": self.revoke,
            "deactivate": self.deactivate,
        }
        posts = [web.post(f"/control/{name}", _acting(act)) for name, act in acts.items()]
        return [
            *posts,
            web.get("/control/world", self.world),
            web.get("/control/chat", self.chat),
            web.get("/control/chats", self.chats),
            web.get("/control/faults", self.show_faults),
            web.get("/control/idle", self.idle),
            web.get("/control/requests", self.requests),
            web.get("/control/events", self.events),
        ]

    def _fake(self, body: Mapping[str, Any]) -> Fake:
        fake = self.fakes.get(str(body.get("platform")))
        if fake is None:
            raise Bad(f"platform must be one of {', '.join(self.fakes)}")
        return fake

    async def say(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"id": await self._fake(body).say(_str(body, "as"), _str(body, "to"), _str(body, "text"))}

    async def command(self, body: dict[str, Any]) -> dict[str, Any]:
        await self._fake(body).command(_str(body, "as"), str(body.get("text", "")))
        return {}

    async def press(self, body: dict[str, Any]) -> dict[str, Any]:
        url = await self._fake(body).press(_str(body, "as"), _str(body, "message"), _str(body, "button"))
        return {"url": url}

    async def choose(self, body: dict[str, Any]) -> dict[str, Any]:
        await self._fake(body).choose(_str(body, "as"), _str(body, "message"), _str(body, "option"))
        return {}

    async def faults(self, body: dict[str, Any]) -> dict[str, Any]:
        name = self._fake(body).name
        try:
            self.core.faults[name].change({k: v for k, v in body.items() if k != "platform"})
        except (TypeError, ValueError) as fault:
            raise Bad(str(fault)) from None
        return self.core.faults[name].shown()

    async def profile(self, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("profile") not in ("kind", "mean"):
            raise Bad("profile must be kind or mean")
        for faults in self.core.faults.values():
            faults.mean = body["profile"] == "mean"
        return {"profile": body["profile"], "open_points": OPEN_POINTS}

    async def clock(self, body: dict[str, Any]) -> dict[str, Any]:
        by = body.get("advance")
        if not isinstance(by, int | float) or isinstance(by, bool) or by < 0:
            raise Bad("advance must be a number of seconds, 0 or more")
        self.core.clock.advance(by)
        return {"now": self.core.clock.now().isoformat()}

    async def revoke(self, body: dict[str, Any]) -> dict[str, Any]:
        await self._fake(body).revoke(_str(body, "as"))
        return {}

    async def deactivate(self, body: dict[str, Any]) -> dict[str, Any]:
        await self._fake(body).deactivate(_str(body, "as"))
        return {}

    # -- looking ---------------------------------------------------------------------------------

    async def world(self, request: web.Request) -> web.Response:
        """People by e-mail; accounts without one stand alone."""
        people: dict[str, dict[str, Any]] = {}
        for platform, accounts in self.core.world.accounts.items():
            for account in accounts.values():
                if account.bot:
                    continue
                key = account.email or account.id
                person = people.setdefault(key, {"name": account.name, "email": account.email, "accounts": {}})
                person["accounts"][platform] = {
                    "id": account.id,
                    "admin": account.admin,
                    "guest": account.guest,
                    "active": account.active,
                }
        answer = {"company": COMPANY, "platforms": list(self.fakes), "people": list(people.values())}
        return _json({**answer, "bot_url": self.core.hooks.bot_url})

    async def chat(self, request: web.Request) -> web.Response:
        query = request.query
        try:
            fake = self._fake(query)
            who, other = _str(query, "as"), _str(query, "with")
            for account in (who, other):
                if account != "bot" and account not in self.core.world.accounts[fake.name]:
                    raise Bad(f"no {fake.name} account {account}")
            return _json({"messages": fake.view(who, other)})
        except (Bad, KeyError) as fault:
            return _json({"error": str(fault)}, 400)

    async def chats(self, request: web.Request) -> web.Response:
        try:
            return _json({"chats": self._fake(request.query).chats(request.query.get("as", ""))})
        except Bad as fault:
            return _json({"error": str(fault)}, 400)

    async def show_faults(self, request: web.Request) -> web.Response:
        return _json({name: faults.shown() for name, faults in self.core.faults.items()})

    async def idle(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(PATIENCE):
                await self.core.hooks.idle()
        except TimeoutError:
            return _json({"idle": False, "under_way": self.core.hooks.under_way}, 503)
        return _json({"idle": True})

    async def requests(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not since.isdecimal():
            return _json({"error": "since must be a number"}, 400)
        return _json({"requests": [row for row in self.core.requests if row["n"] > int(since)]})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: one line per change."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.core.world.listeners.add(queue)
        try:
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await response.write(b": here\n\n")
                while True:
                    change = await queue.get()
                    await response.write(b"data: " + orjson.dumps(change) + b"\n\n")
        finally:
            self.core.world.listeners.discard(queue)
        return response


def _str(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Bad(f"{name} is missing")
    return value


def _acting(act: Acting) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            body = orjson.loads(await request.read() or b"{}")
            if not isinstance(body, dict):
                raise Bad("not a JSON object")
            return _json(await act(body))
        except orjson.JSONDecodeError:
            return _json({"error": "not JSON"}, 400)
        except Bad as fault:
            return _json({"error": str(fault)}, 400)

    return handle


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
