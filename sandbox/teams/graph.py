"""Microsoft Graph v1.0 over HTTP: finds the route, checks token, permission and rate, answers, tells what follows.

What a route does is in the other modules. Source: learn.microsoft.com/graph/errors, throttling and json-batching.
"""

import base64
import inspect
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson
from aiohttp import web

from sandbox.core import Core, guarded, told
from sandbox.teams.calls import Call, GraphFault, Lane, Reply, Route, bad
from sandbox.teams.tokens import GRAPH, Token, Tokens

KEYED = re.compile(r"(\w+)\('([^']*)'\)$")
MOST_BATCHED = 20


class Graph:
    def __init__(self, core: Core, tokens: Tokens, table: Sequence[Route]) -> None:
        self.core = core
        self.tokens = tokens
        self.table = [(tuple(route.path.strip("/").split("/")), route) for route in table]

    def routes(self) -> list[web.RouteDef]:
        handler = guarded(self.core, "teams", self.handle, lambda status: _answer(broken(status)))
        return [web.route("*", "/teams/graph/v1.0/{tail:.*}", handler)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path, _, query = str(request.rel_url.raw_path_qs).removeprefix("/teams/graph/v1.0").partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            raw = path.endswith(":/content") and request.method == "PUT"
            body = await request.read() if raw else _json(await request.read(), request.content_type)
            if path == "/$batch" and request.method == "POST":
                reply = await self._batch(headers, body)
            else:
                reply = await self.call(request.method, path, dict(parse_qsl(query, True)), headers, body)
        except GraphFault as fault:
            reply = refused(self.core, fault, headers)
        await told(self.core, "teams", reply.hooks, reply.posted)
        return _answer(reply, headers.get("client-request-id", ""))

    # -- one call --------------------------------------------------------------------------------

    async def call(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: Any
    ) -> Reply:
        """Raises ``GraphFault``."""
        token = self._token(headers.get("authorization", ""))
        route, args = self._found(method, path, token)
        self._permitted(route, token, args)
        wait = self._limited(route.lane, args, query)
        if wait is not None:
            return broken(429, wait)
        made = route.handler(Call(token, method, path, args, query, headers, body))
        return await made if inspect.isawaitable(made) else made

    def _token(self, authorization: str) -> Token:
        if not authorization.startswith("Bearer "):
            raise GraphFault(401, "InvalidAuthenticationToken", "Access token is empty.")
        token = self.tokens.live(authorization.removeprefix("Bearer ").strip(), GRAPH)
        if token is None:
            raise GraphFault(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        account = self.core.world.accounts["teams"].get(token.user)
        if account is not None and not account.active:
            raise GraphFault(401, "InvalidAuthenticationToken", "The user account is disabled.")
        return token

    def _found(self, method: str, path: str, token: Token) -> tuple[Route, dict[str, str]]:
        segments = tuple(_segments(path))
        if segments[:1] == ("me",):
            if not token.user:
                raise bad("/me request is only valid with delegated authentication flow.")
            segments = ("users", token.user, *segments[1:])
        there = [(route, args) for parts, route in self.table if (args := _match(parts, segments)) is not None]
        if not there:
            raise bad(f"Resource not found for the segment '{segments[-1] if segments else ''}'.")
        for route, args in there:
            if route.method == method:
                return route, args
        raise GraphFault(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")

    def _permitted(self, route: Route, token: Token, args: Mapping[str, str]) -> None:
        allowed = route.delegated if token.user else route.roles
        if not token.has_any(allowed):
            kind = "scope" if token.user else "role"
            words = f"Missing {kind} permissions on the request. API requires one of '{', '.join(allowed)}'."
            if route.lane.name == "directory":
                raise GraphFault(
                    403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
                )
            raise GraphFault(403, "Forbidden", words)
        if route.own and token.user:
            account = self.core.world.accounts["teams"][token.user]
            if args.get("user") not in (token.user, account.extra["upn"]):
                raise GraphFault(403, "Forbidden", "The caller may ask about themselves only.")

    def _limited(self, lane: Lane, args: Mapping[str, str], query: Mapping[str, str]) -> float | None:
        """Directory calls cost units: less with $select, more with $expand."""
        units = lane.units
        if lane.name == "directory":
            units = max(1, units - ("$select" in query) + ("$expand" in query))
        name = f"graph:{lane.name}:{args.get(lane.each, '')}"
        waits = [self.core.limited("teams", name, lane.most, lane.window) for _ in range(units)]
        return max((wait for wait in waits if wait is not None), default=None)

    # -- many calls ------------------------------------------------------------------------------

    async def _batch(self, headers: Mapping[str, str], body: Any) -> Reply:
        """Up to 20 calls under one token, each with its own status; what depends on a failed one is not tried."""
        self._token(headers.get("authorization", ""))
        asked = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(asked, list) or not 1 <= len(asked) <= MOST_BATCHED:
            raise bad(f"requests must hold 1 to {MOST_BATCHED} requests")
        ids = [item.get("id") if isinstance(item, dict) else None for item in asked]
        if None in ids or len(set(ids)) != len(ids):
            raise bad("Every request needs an id of its own.")
        done: dict[str, Reply] = {}
        for item in asked:
            done[item["id"]] = await self._one(item, headers, done)
        responses = [_batched(native, reply) for native, reply in done.items()]
        if self.core.faults["teams"].mean:
            responses.reverse()
        hooks = [hook for reply in done.values() for hook in reply.hooks]
        return Reply(200, {"responses": responses}, hooks, any(reply.posted for reply in done.values()))

    async def _one(self, item: dict[str, Any], headers: Mapping[str, str], done: Mapping[str, Reply]) -> Reply:
        try:
            if any(done[other].status >= 400 for other in item.get("dependsOn", ()) if other in done):
                raise GraphFault(424, "FailedDependency", "A request that this one depends on has failed.")
            own = {name.lower(): value for name, value in item.get("headers", {}).items()}
            if "body" in item and "content-type" not in own:
                raise bad("Content-Type header is required for requests with a body.")
            path, _, query = str(item.get("url", "")).partition("?")
            if not path.startswith("/") or path.startswith("/v1.0"):
                raise bad("url must be relative and without a version")
            merged = {**own, "authorization": headers.get("authorization", "")}
            method = str(item.get("method", ""))
            return await self.call(method, path, dict(parse_qsl(query, True)), merged, item.get("body"))
        except GraphFault as fault:
            return refused(self.core, fault, headers)


def _match(parts: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    if len(parts) != len(segments):
        return None
    found: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            found[part[1:-1]] = segment
        elif part != segment:
            return None
    return found


def _segments(path: str) -> Iterator[str]:
    """Decoded; functions without their brackets, keys in brackets as segments of their own."""
    for raw in path.strip("/").split("/"):
        segment = unquote(raw)
        keyed = KEYED.match(segment)
        if keyed is not None:
            yield from keyed.groups()
        else:
            yield segment.removesuffix("()")


def _json(raw: bytes, kind: str) -> Any:
    if not raw:
        return None
    if kind != "application/json":
        raise GraphFault(415, "BadRequest", "Content-Type must be application/json.")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise bad("Unable to read JSON request payload.") from None


def refused(core: Core, fault: GraphFault, headers: Mapping[str, str]) -> Reply:
    request = secrets.token_hex(16)
    client = headers.get("client-request-id", request)
    inner = {"date": core.clock.now().strftime("%Y-%m-%dT%H:%M:%S"), "request-id": request, "client-request-id": client}
    if fault.inner:
        inner["code"] = fault.inner
    body = {"error": {"code": fault.code, "message": fault.words, "innerError": inner}}
    extra = {"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'} if fault.status == 401 else {}
    extra = {**extra, **fault.headers}
    return Reply(fault.status, body, headers=extra)


def broken(status: int, wait: float = 1.0) -> Reply:
    code = "TooManyRequests" if status == 429 else "serviceNotAvailable"
    extra = {"Retry-After": str(max(1, round(wait)))} if status in (429, 503) else {}
    return Reply(status, {"error": {"code": code, "message": "Please retry later.", "innerError": {}}}, headers=extra)


def _batched(native: str, reply: Reply) -> dict[str, Any]:
    found: dict[str, Any] = {"id": native, "status": reply.status, "headers": dict(reply.headers)}
    if reply.body is None:
        return found
    if isinstance(reply.body, bytes):
        return {**found, "body": base64.b64encode(reply.body).decode()}
    found["headers"] = {**found["headers"], "Content-Type": "application/json"}
    return {**found, "body": reply.body}


def _answer(reply: Reply, client: str = "") -> web.Response:
    headers = {**reply.headers, "request-id": secrets.token_hex(16)}
    if client:
        headers["client-request-id"] = client
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    if isinstance(reply.body, bytes):
        return web.Response(body=reply.body, status=reply.status, headers=headers)
    body = orjson.dumps(reply.body)
    return web.Response(body=body, status=reply.status, content_type="application/json", headers=headers)
