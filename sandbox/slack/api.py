"""Slack's Web API over HTTP: arguments of every kind, tokens, rate tiers, answers. What a method does is in ``methods``."""

from typing import Any

import orjson
from aiohttp import web

from sandbox.core import Core, Params, guarded, told
from sandbox.slack.methods import Done, Methods
from sandbox.slack.oauth import Oauth
from sandbox.slack.tokens import SlackFault, Token, Tokens

# Calls a minute: docs.slack.dev/apis/web-api/rate-limits.
TIERS = {"users.list": 20, "conversations.open": 50, "conversations.info": 50, "conversations.history": 50}
TIERS |= {"chat.update": 50, "chat.delete": 50, "auth.revoke": 50, "users.lookupByEmail": 50, "team.info": 50}
TIERS |= {"users.info": 100, "chat.postEphemeral": 100, "views.publish": 100}
# The methods whose pages say that they read a JSON body; the others see an empty one.
READ_JSON = {"auth.test", "team.info", "conversations.open", "conversations.history", "views.publish"}
READ_JSON |= {"chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete"}
JSON_FIELDS = ("blocks", "view")


class Api:
    def __init__(self, core: Core, tokens: Tokens, methods: Methods, oauth: Oauth) -> None:
        self.core = core
        self.tokens = tokens
        self.methods = methods
        self.oauth = oauth

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/slack/api/{method}", guarded(self.core, "slack", self.handle, broken))]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method, authorization = request.match_info["method"], request.headers.get("Authorization", "")
        try:
            args = await _arguments(request, method)
            if method == "oauth.v2.access":
                return _ok(self.oauth.access(authorization, args))
            found = self.methods.table.get(method)
            if found is None:
                raise SlackFault("unknown_method")
            bearer = authorization.removeprefix("Bearer ").strip()
            token = self.tokens.check(bearer or str(args.get("token", "")), found[0])
            wait = self._limited(method, args)
            if wait is not None:
                return broken(429, wait)
            answer = found[1](token, args)
        except SlackFault as fault:
            return _fault(fault)
        except (TypeError, ValueError):
            return _fault(SlackFault("invalid_arguments"))
        done = answer if isinstance(answer, Done) else Done(answer)
        await told(self.core, "slack", [done.hook] if done.hook is not None else [], done.posted)
        return _ok(done.fields, token)

    def _limited(self, method: str, args: Params) -> float | None:
        if method == "chat.postMessage":
            return self.core.limited("slack", f"post:{args.get('channel')}", 12, 10.0)
        return self.core.limited("slack", method, TIERS[method], 60.0) if method in TIERS else None


async def _arguments(request: web.Request, method: str) -> Params:
    """Query, form and JSON alike. Raises ``SlackFault`` for JSON that is none."""
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = _json(await request.read() or b"{}", "invalid_json")
        if not isinstance(body, dict):
            raise SlackFault("json_not_object")
        found.update(body if method in READ_JSON else {})
    elif request.method == "POST":
        found.update((await request.post()).items())
    for name in JSON_FIELDS:
        if isinstance(found.get(name), str) and found[name]:
            found[name] = _json(found[name].encode(), f"invalid_{name}_format" if name == "blocks" else "invalid_json")
    return found


def _json(raw: bytes, code: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise SlackFault(code) from None


def _ok(answer: dict[str, Any], token: Token | None = None) -> web.Response:
    return _answer({"ok": True, **answer}, 200, {"x-oauth-scopes": token.scopes} if token else {})


def _fault(fault: SlackFault) -> web.Response:
    extra: dict[str, Any] = dict(fault.extra)
    if "messages" in extra:
        extra = {"response_metadata": {"messages": [extra["messages"]]}}
    return _answer({"ok": False, "error": fault.code, **extra}, 200, {})


def broken(status: int, wait: float = 1.0) -> web.Response:
    """Slack's answer when it is not up to the call: a limit in JSON, trouble in HTML."""
    if status == 429:
        return _answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(max(1, round(wait)))})
    return web.Response(status=status, text="<html>Slack is having trouble</html>", content_type="text/html")


def _answer(body: dict[str, Any], status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=headers)
