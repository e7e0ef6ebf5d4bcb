"""The page's and the tests' way in: what people do in their clients, what they see, and the switches for trouble."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast, runtime_checkable

import orjson
from aiohttp import web

from sandbox.backstage import Backstage
from sandbox.core import Bad, Core, Fake
from sandbox.exchange import cause
from sandbox.faults import OPEN_POINTS
from sandbox.guide import Guide
from sandbox.wire import Wire
from sandbox.world import COMPANY, Account, pair

Acting = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
PATIENCE = 30.0
MOST_MESSAGES = 200
MOST_PEOPLE = 100
TITLES = {"slack": "Slack", "zoom": "Zoom", "teams": "Teams", "webex": "Webex"}


@runtime_checkable
class Keeping(Protocol):
    """A client that keeps what was put into a card's field, or sends it at once."""

    async def fill(self, who: str, message: str, field: str, text: str, /) -> None: ...


class Carrying(Protocol):
    """A client whose press carries what the card's fields hold, by their ids."""

    async def press(self, who: str, message: str, button: str, **filled: str) -> str | None: ...


class Control:
    def __init__(self, core: Core, fakes: Mapping[str, Fake]) -> None:
        self.core = core
        self.fakes = fakes
        self.wire = Wire(core.world, core.faults)
        self.guide = Guide(core, tuple(fakes))
        self.backstage = Backstage(core, fakes, self.guide)
        core.world.watchers.append(self.wire.saved)
        core.hooks.watchers.append(self.wire.delivered)
        core.watchers += [self.wire.called, self.guide.called]

    def routes(self) -> list[web.RouteDef]:
        acts: dict[str, Acting] = {
            "say": self.say,
            "command": self.command,
            "press": self.press,
            "choose": self.choose,
            "fill": self.fill,
            "faults": self.faults,
            "profile": self.profile,
            "clock": self.clock,
            "revoke": self.revoke,
            "deactivate": self.deactivate,
            "bot": self.backstage.bot,
            "day": self.backstage.day,
            "address": self.backstage.address,
        }
        posts = [web.post(f"/control/{name}", _acting(act)) for name, act in acts.items()]
        return [
            *posts,
            web.get("/control/world", self.world),
            web.get("/control/chat", self.chat),
            web.get("/control/chats", self.chats),
            web.get("/control/people", self.people),
            web.get("/control/wire", self.travelled),
            web.get("/control/hop", self.hop),
            web.get("/control/guide", self.progress),
            web.get("/control/stage", self.stage),
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
        fake, who, words = self._fake(body), _str(body, "as"), str(body.get("text", ""))
        self.wire.commanded(fake.name, who, f"/mio {words}".strip())
        await fake.command(who, words)
        return {}

    async def press(self, body: dict[str, Any]) -> dict[str, Any]:
        """``inputs``: what the card's fields hold, by their ids, where a press carries them."""
        fake, who, button = self._fake(body), _str(body, "as"), _str(body, "button")
        message, inputs = _str(body, "message"), _inputs(body)
        self.wire.commanded(fake.name, who, f"[{button}]")
        if not isinstance(fake, Keeping):
            return {"url": await cast(Carrying, fake).press(who, message, button, **inputs)}
        for field, text in inputs.items():
            await fake.fill(who, message, field, text)
        return {"url": await fake.press(who, message, button)}

    async def choose(self, body: dict[str, Any]) -> dict[str, Any]:
        fake, who, option = self._fake(body), _str(body, "as"), _str(body, "option")
        self.wire.commanded(fake.name, who, f"[{option}]")
        await fake.choose(who, _str(body, "message"), option)
        return {}

    async def fill(self, body: dict[str, Any]) -> dict[str, Any]:
        fake, who, field = self._fake(body), _str(body, "as"), _str(body, "field")
        if not isinstance(fake, Keeping):
            raise Bad(f"what is filled in there goes along with a button, on {TITLES[fake.name]}")
        self.wire.commanded(fake.name, who, f"[{field}]")
        await fake.fill(who, _str(body, "message"), field, str(body.get("text", "")))
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
        self.guide.play("revoked")
        return {}

    async def deactivate(self, body: dict[str, Any]) -> dict[str, Any]:
        await self._fake(body).deactivate(_str(body, "as"))
        return {}

    # -- looking ---------------------------------------------------------------------------------

    async def world(self, request: web.Request) -> web.Response:
        """People by e-mail, accounts without one alone; with ``people=none`` only the platforms."""
        titles = {name: TITLES.get(name, name.title()) for name in self.fakes}
        people = self._everybody() if request.query.get("people") != "none" else []
        answer = {"company": COMPANY, "platforms": list(self.fakes), "titles": titles, "people": people}
        cards = self.core.extra is not None and self.core.extra.is_file()
        return _json({**answer, "cards": cards, "bot_url": self.core.hooks.bot_url})

    def _everybody(self) -> list[dict[str, Any]]:
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
        return list(people.values())

    async def people(self, request: web.Request) -> web.Response:
        """Active accounts whose name or address holds ``q``, in the order of the directory; administrators first."""
        try:
            fake = self._fake(request.query)
        except Bad as fault:
            return _json({"error": str(fault)}, 400)
        wanted, limit = request.query.get("q", "").strip().lower(), request.query.get("limit", "20")
        if not limit.isdecimal():
            return _json({"error": "limit must be a number"}, 400)
        accounts = self.core.world.accounts[fake.name].values()
        found = [a for a in accounts if a.active and not a.bot and _matches(a, wanted)]
        first = sorted(found, key=lambda a: not a.admin)[: min(int(limit), MOST_PEOPLE)]
        rows = [{"id": a.id, "name": a.name, "email": a.email, "admin": a.admin, "guest": a.guest} for a in first]
        return _json({"people": rows, "total": len(found)})

    async def chat(self, request: web.Request) -> web.Response:
        query = request.query
        try:
            fake = self._fake(query)
            who, other = _str(query, "as"), _str(query, "with")
            for account in (who, other):
                if account != "bot" and account not in self.core.world.accounts[fake.name]:
                    raise Bad(f"no {fake.name} account {account}")
            return _json({"messages": self._shown(fake, who, other)})
        except (Bad, KeyError) as fault:
            return _json({"error": str(fault)}, 400)

    def _shown(self, fake: Fake, who: str, other: str) -> list[dict[str, Any]]:
        """The newest messages, with what the vendor's client would draw them from."""
        world, shown = self.core.world, fake.view(who, other)[-MOST_MESSAGES:]
        bots = [a.id for a in world.accounts[fake.name].values() if a.bot] if other == "bot" else [other]
        chats = [world.chats[fake.name].get(pair(who, one)) for one in bots]
        held = {key: m.native for chat in chats if chat is not None for key, m in chat.by_id.items()}
        return [{**m, "native": held.get(m["id"], {})} for m in shown]

    async def chats(self, request: web.Request) -> web.Response:
        try:
            return _json({"chats": self._fake(request.query).chats(request.query.get("as", ""))})
        except Bad as fault:
            return _json({"error": str(fault)}, 400)

    async def travelled(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not since.isdecimal():
            return _json({"error": "since must be a number"}, 400)
        return _json({"trips": self.wire.since(int(since))})

    async def hop(self, request: web.Request) -> web.Response:
        """The native request and answer of one hop."""
        numbers = [request.query.get(name, "") for name in ("trip", "hop")]
        found = self.wire.hop(int(numbers[0]), int(numbers[1])) if all(n.isdecimal() for n in numbers) else None
        return _json(found) if found is not None else _json({"error": "no such hop; older ones are forgotten"}, 404)

    async def progress(self, request: web.Request) -> web.Response:
        return _json(self.guide.facts())

    async def stage(self, request: web.Request) -> web.Response:
        return _json(self.backstage.shown())

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
                    if change["kind"] == "end":
                        break
                    await response.write(b"data: " + orjson.dumps(change) + b"\n\n")
        finally:
            self.core.world.listeners.discard(queue)
        return response

    async def end(self, app: web.Application) -> None:
        """Pages that listen are let go; they come back by themselves."""
        self.core.world.tell({"kind": "end"})


def _str(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Bad(f"{name} is missing")
    return value


def _inputs(body: Mapping[str, Any]) -> dict[str, str]:
    found = body.get("inputs") or {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Bad("inputs must be texts by the ids of fields")
    if reserved := {"who", "message", "button"} & found.keys():
        raise Bad(f"a field named {', '.join(sorted(reserved))} cannot be sent here")
    return found


def _matches(account: Account, wanted: str) -> bool:
    return wanted in account.name.lower() or wanted in account.email.lower()


def _acting(act: Acting) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        # A connection's requests share one task.
        cause.set(None)
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
