"""Semaphore's fake: people in teams, consent, messages, watches and cards; signed events out. Imports no program.

Stricter than a friend would be: tokens end, a watch hears its owner only and ends by itself, every listing comes in
pages of two, a message both sides watch is told twice, and a person who has not verified an address has none.
"""

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.consent import page, returned
from sandbox.core import Bad, Core, guarded, told
from sandbox.faults import Faults
from sandbox.main import Running
from sandbox.webhooks import Hook
from sandbox.world import Account

NAME = "semaphore"
CLIENT, SECRET, SIGNING = "lamp", "hush-lamp", "hush-flag"
PAGE = 2
TOKEN_LIVES, WATCH_LIVES = 3_600.0, 1_800.0
LONGEST = 1_000
"""Bytes of a message."""
BOT = "bot"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Token:
    """``by``: who signed in; for the app's own token the master who raised its flag."""

    user: str
    by: str
    ends: float
    refresh: str


@dataclass(slots=True)
class Watch:
    """``deaf``: since when it hears nothing although nobody ended it."""

    until: float
    deaf: float | None = None


@dataclass(slots=True)
class Card:
    reader: str
    id: str
    at: float
    drawn: dict[str, Any]
    text: str
    filled: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Vendor:
    """``people`` and ``teams`` may be changed at any time; ``core`` is the sandbox's, once both stand."""

    people: dict[str, Account] = field(default_factory=dict)
    unverified: set[str] = field(default_factory=set)
    teams: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    shown: list[Card] = field(default_factory=list)
    tokens: dict[str, Token] = field(default_factory=dict)
    watches: dict[str, Watch] = field(default_factory=dict)
    codes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Whom the token is for, who signed in, the challenge."""
    closed: bool = False
    """The harbour's rules let no app list teams."""
    fogged: set[str] = field(default_factory=set)
    """Whom nobody can watch at the moment; ``forbidden``: whom the rules let nobody watch."""
    forbidden: set[str] = field(default_factory=set)
    core: Core = field(init=False, repr=False)
    server: TestServer = field(init=False, repr=False)
    name: str = NAME
    _count: int = 0

    # -- standing beside the others --------------------------------------------------------------

    async def start(self) -> None:
        app = web.Application()
        api = (
            ("GET", "/api/people/{id}", self.person),
            ("GET", "/api/teams", self.list_teams),
            ("GET", "/api/teams/{id}/people", self.list_people),
            ("GET", "/api/messages", self.list_messages),
            ("POST", "/api/messages", self.send),
            ("PUT", "/api/watch", self.watch),
            ("DELETE", "/api/watch", self.watch),
            ("POST", "/api/cards", self.card),
            ("PUT", "/api/cards/{id}", self.card),
            ("GET", "/oauth/consent", self.ask),
            ("POST", "/oauth/consent", self.decide),
            ("POST", "/oauth/token", self.token),
            ("POST", "/oauth/revoke", self.end),
        )
        for method, path, handler in api:
            app.router.add_route(method, path, self._behind(handler))
        self.server = TestServer(app)
        await self.server.start_server()

    def _behind(self, handler: Handler) -> Handler:
        """Behind the sandbox's switches for trouble, and in its log."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await guarded(self.core, NAME, handler, lambda status: no(status, "trouble"))(request)

        return handle

    def joins(self, running: Running) -> None:
        """Another platform in the sandbox's company."""
        self.core = running.core
        running.core.faults[NAME] = Faults()
        running.core.world.accounts[NAME] = self.people
        running.fakes[NAME] = self  # type: ignore[assignment]  # clients there neither edit nor delete

    def settings(self) -> dict[str, str]:
        return {
            "MIO_SEMAPHORE_CLIENT_ID": CLIENT,
            "MIO_SEMAPHORE_CLIENT_SECRET": SECRET,
            "MIO_SEMAPHORE_SIGNING_SECRET": SIGNING,
            "MIO_SEMAPHORE_API_URL": str(self.server.make_url("/api")),
            "MIO_SEMAPHORE_OAUTH_URL": str(self.server.make_url("/oauth")),
        }

    def arrives(self, name: str, *teams: str, email: str = "", master: bool = False) -> str:
        """Somebody in the harbour; their id is the first name."""
        user = name.split()[0].lower()
        self.people[user] = Account(NAME, user, name, email or f"{user}@acme.example", admin=master)
        for team in teams:
            self.teams.setdefault(team.lower().replace(" ", "-"), (team, []))[1].append(user)
        return user

    # -- the API ---------------------------------------------------------------------------------

    def _who(self, request: web.Request) -> str:
        return self._held(request).user

    def _held(self, request: web.Request) -> Token:
        held = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if held is None or held.ends <= self.core.clock.seconds():
            raise web.HTTPUnauthorized(text='{"error":"token"}', content_type="application/json")
        return held

    async def person(self, request: web.Request) -> web.Response:
        held, wanted = self._held(request), request.match_info["id"]
        found = self.people.get(held.by if wanted == "me" else wanted)
        return web.json_response(self._shape(found)) if found else no(404, "nobody")

    def _shape(self, person: Account) -> dict[str, Any]:
        verified = person.id not in self.unverified
        known = {"id": person.id, "name": person.name, "email": person.email, "verified": verified}
        return {**known, "master": person.admin, "active": person.active}

    async def list_teams(self, request: web.Request) -> web.Response:
        self._only_bot(request)
        if self.closed:
            return no(403, "rules")
        every = [{"id": team, "name": name} for team, (name, _) in sorted(self.teams.items())]
        return paged("teams", every, request)

    async def list_people(self, request: web.Request) -> web.Response:
        self._only_bot(request)
        team = self.teams.get(request.match_info["id"])
        if team is None:
            return no(404, "no team")
        return paged("people", [self._shape(self.people[user]) for user in team[1]], request)

    def _only_bot(self, request: web.Request) -> None:
        if self._who(request) != BOT:
            raise web.HTTPForbidden(text='{"error":"bot only"}', content_type="application/json")

    async def send(self, request: web.Request) -> web.Response:
        who, said = self._who(request), await request.json()
        if who == BOT or said["to"] not in self.people or said["to"] == who:
            return no(400, "reader")
        if not said["text"] or len(said["text"].encode()) > LONGEST:
            return no(400, "length")
        message = self._keep(who, said["to"], said["text"])
        await told(self.core, NAME, list(self._hooks(message)), True)
        return web.json_response(message)

    async def list_messages(self, request: web.Request) -> web.Response:
        """Of the caller's conversations, oldest first."""
        who, other, since = self._who(request), request.query["with"], float(request.query["since"])
        mine = [m for m in self.messages if who in (m["author"], m["reader"]) and m["at"] >= since]
        return paged("messages", [m for m in mine if not other or other in (m["author"], m["reader"])], request)

    async def watch(self, request: web.Request) -> web.Response:
        who, now = self._who(request), self.core.clock.seconds()
        if request.method == "DELETE":
            return web.json_response({"ended": self.watches.pop(who, None) is not None})
        if who in self.fogged | self.forbidden:
            return no(503, "fog") if who in self.fogged else no(403, "rules")
        before = self.watches.get(who)
        deaf = None
        if before is not None:
            deaf = before.deaf if before.deaf is not None else before.until if before.until <= now else None
        self.watches[who] = Watch(now + WATCH_LIVES)
        return web.json_response({"until": now + WATCH_LIVES, "deaf_since": deaf})

    async def card(self, request: web.Request) -> web.Response:
        self._only_bot(request)
        given, native = await request.json(), request.match_info.get("id")
        if native is None:
            if given["to"] not in self.people:
                return no(404, "nobody")
            self.shown.append(Card(given["to"], self._id("c"), self.core.clock.seconds(), given["card"], given["text"]))
            return web.json_response(self._where(self.shown[-1]))
        card = next((c for c in self.shown if c.id == native), None)
        if card is None:
            return no(404, "no card")
        card.drawn, card.text, card.filled = given["card"], given["text"], {}
        return web.json_response(self._where(card))

    def _where(self, card: Card) -> dict[str, Any]:
        return {"conversation": f"{card.reader}~{BOT}", "message": card.id, "at": card.at}

    # -- consent ---------------------------------------------------------------------------------

    async def ask(self, request: web.Request) -> web.Response:
        return page("Semaphore", "Acme", (request.query["for"],), list(self.people.values()), None)

    async def decide(self, request: web.Request) -> web.Response:
        form, query = await request.post(), request.query
        back, state = query["back"], query["state"]
        if form["decision"] != "allow":
            raise web.HTTPFound(returned(back, error="refused", state=state))
        code, user = self._id("code"), str(form["user"])
        whole = query["for"] != "person"
        if whole and not self.people[user].admin:
            raise web.HTTPFound(returned(back, error="harbour masters only", state=state))
        self.codes[code] = (BOT if whole else user, user, query["challenge"])
        raise web.HTTPFound(returned(back, code=code, state=state))

    async def token(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if (asked.get("client"), asked.get("secret")) != (CLIENT, SECRET):
            return no(403, "client")
        if "refresh" in asked:
            old = next((key for key, held in self.tokens.items() if held.refresh == asked["refresh"]), None)
            if old is None:
                return no(403, "refresh")
            before = self.tokens.pop(old)
            return self._given(before.user, before.by)
        user, by, challenge = self.codes.pop(asked["code"], ("", "", ""))
        made = base64.urlsafe_b64encode(hashlib.sha256(asked["verifier"].encode()).digest()).decode().rstrip("=")
        return self._given(user, by) if user and made == challenge else no(403, "code")

    def _given(self, user: str, by: str) -> web.Response:
        access, refresh, ends = self._id("access"), self._id("refresh"), self.core.clock.seconds() + TOKEN_LIVES
        self.tokens[access] = Token(user, by, ends, refresh)
        return web.json_response({"access": access, "refresh": refresh, "expires": ends})

    async def end(self, request: web.Request) -> web.Response:
        held = self.tokens.pop((await request.json())["access"], None)
        if held is not None and not any(t.user == held.user for t in self.tokens.values()):
            self.watches.pop(held.user, None)
        return web.json_response({"revoked": held is not None})

    # -- people in their client ------------------------------------------------------------------

    async def say(self, who: str, to: str, text: str) -> str:
        message = self._keep(who, to, text)
        for hook in self._hooks(message):
            self.core.hooks.send(hook)
        return str(message["message"])

    async def command(self, who: str, text: str) -> None:
        self.signal({"type": "command", "user": who, "text": text}, who)

    async def press(self, who: str, message: str, button: str) -> str | None:
        card = self._card(who, message)
        for action in actions(card.drawn["body"]):
            if action["title"] == button:
                if "url" in action:
                    return str(action["url"])
                self._pressed(card, action["data"])
                return None
        raise Bad(f"no button “{button}” on that card")

    async def choose(self, who: str, message: str, option: str) -> None:
        """In a list of several: ticks or unticks, and nothing is sent. Else also presses the button below it."""
        card = self._card(who, message)
        body = card.drawn["body"]
        for at, element in enumerate(body):
            for choice in element.get("choices", ()):
                if choice["title"] != option:
                    continue
                value, before = choice["value"], card.filled.get(element["id"], element.get("value", ""))
                if not element.get("isMultiSelect"):
                    card.filled[element["id"]] = value
                    return self._pressed(card, body[at + 1]["actions"][0]["data"])
                ticked = [v for v in before.split(",") if v]
                ticked = [v for v in ticked if v != value] if value in ticked else [*ticked, value]
                card.filled[element["id"]] = ",".join(ticked)
                return None
        raise Bad(f"no option “{option}” on that card")

    async def fill(self, who: str, message: str, label: str, text: str) -> None:
        card = self._card(who, message)
        for element in card.drawn["body"]:
            if element["type"] == "Input.Text" and element["label"] == label:
                card.filled[element["id"]] = text
                return
        raise Bad(f"no input “{label}” on that card")

    def _card(self, who: str, message: str) -> Card:
        found = next((c for c in self.shown if c.id == message and c.reader == who), None)
        if found is None:
            raise Bad(f"no card {message}")
        return found

    def _pressed(self, card: Card, data: dict[str, Any]) -> None:
        """A client sends the button's data and whatever the inputs hold."""
        inputs = {e["id"]: e.get("value", "") for e in card.drawn["body"] if e["type"].startswith("Input.")}
        where = {"conversation": f"{card.reader}~{BOT}", "message": card.id}
        press = {"type": "press", "user": card.reader, "data": {**data, **inputs, **card.filled}, **where}
        self.signal(press, card.reader)

    def view(self, who: str, other: str) -> list[dict[str, Any]]:
        if other == BOT:
            return [_seen(card) for card in self.shown if card.reader == who]
        both = [m for m in self.messages if {m["author"], m["reader"]} == {who, other}]
        return [{"id": m["message"], "from": m["author"], "text": m["text"], "card": None} for m in both]

    async def revoke(self, who: str) -> None:
        """Takes the consent back in Semaphore itself."""
        self.tokens = {key: held for key, held in self.tokens.items() if held.user != who}
        self.watches.pop(who, None)
        self.signal({"type": "struck", "user": who}, who)

    def deafen(self, who: str) -> None:
        """The watch hears nothing from now on, although nobody ended it."""
        self.watches[who].deaf = self.core.clock.seconds()

    # -- events out ------------------------------------------------------------------------------

    def _keep(self, author: str, reader: str, text: str) -> dict[str, Any]:
        where = {"conversation": "~".join(sorted((author, reader))), "at": self.core.clock.seconds()}
        message = {**where, "message": self._id("m"), "author": author, "reader": reader, "text": text}
        self.messages.append(message)
        self.core.world.tell({"kind": "message", "platform": NAME, "id": message["message"]})
        return message

    def _hooks(self, message: dict[str, Any]) -> Iterator[Hook]:
        """One for each side that is watched."""
        for user in (message["author"], message["reader"]):
            watch = self.watches.get(user)
            if watch is not None and watch.deaf is None and watch.until > self.core.clock.seconds():
                yield self._hook({"type": "message", **message}, str(message["conversation"]))

    def signal(self, event: dict[str, Any], order: str) -> None:
        self.core.hooks.send(self._hook({"at": self.core.clock.seconds(), **event}, f"{NAME}:{order}"))

    def _hook(self, event: dict[str, Any], order: str) -> Hook:
        body = orjson.dumps({"id": self._id("s"), **event})
        proof = hmac.new(SIGNING.encode(), body, hashlib.sha256).hexdigest()
        headers, faults = {"Content-Type": "application/json", "X-Semaphore-Signature": proof}, self.core.faults[NAME]
        return Hook("/semaphore/events", order, lambda _, __: (headers, body), (1.0, 5.0, 25.0), True, faults)

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"


def no(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)


def paged(name: str, every: Sequence[dict[str, Any]], request: web.Request) -> web.Response:
    start = int(request.query["cursor"] or 0)
    end = start + PAGE
    return web.json_response({name: list(every[start:end]), "cursor": str(end) if end < len(every) else ""})


def actions(body: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [action for element in body if element["type"] == "ActionSet" for action in element["actions"]]


def _seen(card: Card) -> dict[str, Any]:
    runs = [e["inlines"] for e in card.drawn["body"] if e["type"] == "RichTextBlock"]
    return {
        "id": card.id,
        "from": BOT,
        "text": card.text,
        "card": card.drawn,
        "lines": ["".join(run["text"] for run in inlines) for inlines in runs],
        "buttons": [{"label": a["title"], "url": a.get("url")} for a in actions(card.drawn["body"])],
        "choices": [c["title"] for e in card.drawn["body"] for c in e.get("choices", ())],
        "inputs": [e["label"] for e in card.drawn["body"] if e["type"] == "Input.Text"],
    }
