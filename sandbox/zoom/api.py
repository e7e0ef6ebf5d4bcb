"""Zoom's REST API over HTTP: bearers, scopes, rate limits of the account, answers. What a method does is elsewhere.

Source of labels and limits: developers.zoom.us/docs/api/rate-limits, a Pro account's.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson
from aiohttp import web

from sandbox.core import Core, guarded, told
from sandbox.zoom.chatbot import Chatbot
from sandbox.zoom.directory import Directory
from sandbox.zoom.methods import Done, Methods
from sandbox.zoom.oauth import Oauth
from sandbox.zoom.tokens import BOT_SCOPE, OauthFault, Token, Tokens, ZoomFault

LABELS = {"LIGHT": 30, "MEDIUM": 20}
"""Calls a second, of all apps and people of the account together."""
BASE = "/zoom/v2"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Call:
    token: Token
    parts: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Method:
    """``path`` and ``label`` as the reference spells them; ``scope`` in its plain form."""

    verb: str
    path: str
    scope: str
    label: str
    act: Callable[[Call], Done]


class Api:
    def __init__(
        self, core: Core, tokens: Tokens, oauth: Oauth, directory: Directory, methods: Methods, chatbot: Chatbot
    ) -> None:
        self.core = core
        self.tokens = tokens
        self.oauth = oauth
        self.chatbot = chatbot
        self.table = [*_directory(directory), *_messages(methods), *_chatbot(chatbot)]

    def routes(self) -> list[web.RouteDef]:
        api = [web.route(m.verb, BASE + m.path, self._guarded(self._method(m))) for m in self.table]
        oauth = [web.post(path, self._guarded(self._answered(act))) for path, act in self.oauth.calls().items()]
        late = web.post(BASE + "/im/chat/callback/{slot}", self._guarded(self._answered(self._late)))
        unknown = web.route("*", BASE + "/{tail:.*}", self._guarded(self._answered(_unknown)))
        return [*self.oauth.pages(), *oauth, *api, late, unknown]

    def _guarded(self, handler: Handler) -> Handler:
        return guarded(self.core, "zoom", handler, self._broken)

    def _method(self, method: Method) -> Handler:
        async def handle(request: web.Request) -> Done:
            token = self._caller(request, method)
            body = await _json(request) if method.verb in ("POST", "PUT") else {}
            left = self._limited(method.label)
            done = method.act(Call(token, dict(request.match_info), dict(request.query), body))
            await told(self.core, "zoom", done.hooks, done.posted)
            return replace(done, headers=left)

        return self._answered(handle)

    def _caller(self, request: web.Request, method: Method) -> Token:
        """Who calls. A person's call says ``me`` and nothing else; the chatbot has its own errors."""
        bearer = _bearer(request)
        if method.scope == BOT_SCOPE:
            self.chatbot.check(bearer)
        token = self.tokens.check(bearer, method.scope)
        if method.path.startswith("/chat/") and (token.app != "B" or request.match_info["userId"] != "me"):
            raise ZoomFault(401, 124, "Invalid access token.")
        return token

    def _limited(self, label: str) -> dict[str, str]:
        """One call of the label, or 429; the headers tell what is left of this second."""
        most = LABELS[label]
        wait = self.core.limited("zoom", label, most, 1.0)
        used = len(self.core.limits.get(f"zoom:{label}", ()))
        headers = self._headers(label, most, max(0, most - used))
        if wait is not None:
            fault = ZoomFault(429, 429, "You have reached the maximum per-second rate limit for this API.")
            fault.headers = headers | self._wait(wait)
            raise fault
        return headers

    def _headers(self, label: str, most: int, left: int) -> dict[str, str]:
        """Known second-hand only: mean sends none."""
        if self.core.faults["zoom"].mean:
            return {}
        return {
            "X-RateLimit-Category": label.title(),
            "X-RateLimit-Type": "QPS",
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(left),
        }

    def _wait(self, seconds: float) -> dict[str, str]:
        if self.core.faults["zoom"].mean:
            return {}
        reset = int(self.core.clock.seconds() + seconds) + 1
        return {"X-RateLimit-Reset": str(reset), "Retry-After": "1"}

    async def _late(self, request: web.Request) -> Done:
        return Done(201, self.chatbot.late(request.match_info["slot"], _bearer(request), await _json(request)))

    # -- answers ---------------------------------------------------------------------------------

    def _answered(self, handler: Callable[[web.Request], Awaitable[Any]]) -> Handler:
        """A handler's value or fault as Zoom's HTTP answer."""

        async def handle(request: web.Request) -> web.Response:
            try:
                found = await handler(request)
            except OauthFault as fault:
                # Second-hand: OAuth's two words alone. Only the kind profile adds the documented number.
                hidden = ("code", "message") if self.core.faults["zoom"].mean else ()
                return _reply(fault.status, {k: v for k, v in fault.body().items() if k not in hidden}, {})
            except ZoomFault as fault:
                return _reply(fault.status, fault.body(), fault.headers)
            done = found if isinstance(found, Done) else Done(200, found)
            return _reply(done.status, done.fields, done.headers)

        return handle

    def _broken(self, status: int) -> web.Response:
        """Zoom's answer when it is not up to the call."""
        if status == 429:
            headers = self._headers("MEDIUM", LABELS["MEDIUM"], 0) | self._wait(1.0)
            return _reply(429, {"code": 429, "message": "You have reached the maximum per-second rate limit."}, headers)
        return _reply(status, {"code": status, "message": "The service is temporarily unavailable."}, {})


def _directory(directory: Directory) -> list[Method]:
    one = "/users/{userId}"
    return [
        Method("GET", "/users", "user:read:list_users", "MEDIUM", lambda c: Done(200, directory.users(c.query))),
        Method("GET", one, "user:read:user", "LIGHT", lambda c: Done(200, directory.user(c.parts["userId"], c.token))),
        Method(
            "GET",
            one + "/permissions",
            "user:read:list_permissions",
            "LIGHT",
            lambda c: Done(200, directory.permissions(c.parts["userId"], c.token)),
        ),
        Method("GET", "/roles", "role:read:list_roles", "MEDIUM", lambda c: Done(200, directory.roles())),
    ]


def _messages(methods: Methods) -> list[Method]:
    many, name = "/chat/users/{userId}/messages", "messageId"
    one = many + "/{messageId}"

    def method(verb: str, path: str, scope: str, act: Callable[[Call], Done]) -> Method:
        return Method(verb, path, f"team_chat:{scope}", "MEDIUM", act)

    return [
        method("POST", many, "write:user_message", lambda c: methods.send(c.token, c.body)),
        method("GET", many, "read:list_user_messages", lambda c: Done(200, methods.listed(c.token, c.query))),
        method("GET", one, "read:user_message", lambda c: Done(200, methods.one(c.token, c.parts[name], c.query))),
        method("PUT", one, "update:user_message", lambda c: methods.edit(c.token, c.parts[name], c.body)),
        method("DELETE", one, "delete:user_message", lambda c: methods.delete(c.token, c.parts[name], c.query)),
        method(
            "GET",
            "/chat/users/{userId}/sessions",
            "read:list_user_sessions",
            lambda c: Done(200, methods.sessions(c.token, c.query)),
        ),
    ]


def _chatbot(chatbot: Chatbot) -> list[Method]:
    many = "/im/chat/messages"
    one, name = many + "/{message_id}", "message_id"
    return [
        Method("POST", many, BOT_SCOPE, "MEDIUM", lambda c: Done(201, chatbot.send(c.body))),
        Method("PUT", one, BOT_SCOPE, "MEDIUM", lambda c: Done(200, chatbot.edit(c.parts[name], c.body))),
        Method("DELETE", one, BOT_SCOPE, "MEDIUM", lambda c: Done(200, chatbot.delete(c.parts[name], c.query))),
    ]


async def _unknown(request: web.Request) -> Done:
    raise ZoomFault(400, 2300, "This API endpoint is not recognized.")


def _bearer(request: web.Request) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind == "Bearer" else ""


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        body = None
    if request.content_type != "application/json" or not isinstance(body, dict):
        if request.path.startswith(BASE + "/im/"):
            raise ZoomFault(400, 7001, "Invalid Request Body format.", result=False)
        raise ZoomFault(400, 300, "Request Body should be a valid JSON object.")
    return body


def _reply(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    raw = orjson.dumps(body) if body is not None else None
    kind = "application/json" if raw is not None else None
    tracked = {"x-zm-trackingid": f"v=2.0;clid=aw1;rid=WEB_{uuid.uuid4().hex}", **headers}
    return web.Response(body=raw, status=status, content_type=kind, headers=tracked)
