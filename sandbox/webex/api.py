"""Webex's REST API over HTTP: routes, tokens and scopes, bodies, limits, answers. What a call does is elsewhere.

Limits: developer.webex.com/docs/basics gives about 300 calls a minute and person for most resources, more for people and
messages and for bots; how much more is not written down, twice as much is assumed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import BodyPartReader, web

from sandbox.core import Core, guarded, told
from sandbox.webex.actions import Actions
from sandbox.webex.calls import Call, Reply, Upload
from sandbox.webex.contents import Contents
from sandbox.webex.directory import ADMIN_READS, Directory
from sandbox.webex.ids import canonical
from sandbox.webex.messages import Messages
from sandbox.webex.oauth import PATH
from sandbox.webex.registry import Registry
from sandbox.webex.replies import answer, broken, faulted
from sandbox.webex.rooms import Rooms
from sandbox.webex.tokens import NO_TOKEN, Token, Tokens, WebexFault

A_MINUTE = 300
BUSY = ("people", "messages")
IDS = ("id", "personId", "toPersonId", "roomId", "messageId", "parentId", "beforeMessage", "teamId", "mentionedPeople")
JSON = ("application/json",)


@dataclass(frozen=True, slots=True)
class Route:
    """``scopes``: one of them is needed; none: any token will do."""

    method: str
    path: str
    act: Callable[[Call], Reply]
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """What answers the calls."""

    directory: Directory
    rooms: Rooms
    messages: Messages
    contents: Contents
    actions: Actions
    registry: Registry


class Api:
    def __init__(self, core: Core, tokens: Tokens, parts: Parts) -> None:
        self.core = core
        self.tokens = tokens
        self.table = [*_directory(parts), *_talk(parts), *_hooks(parts)]
        self.table.append(Route("GET", "/authorizations/tokenExpiry", self.expiry))

    def routes(self) -> list[web.RouteDef]:
        found = [web.route(r.method, PATH + r.path, self._handler(r)) for r in self.table]
        return [*found, web.route("*", PATH + "/{rest:.*}", self._handler(None))]

    def expiry(self, call: Call) -> Reply:
        """The bot's token does not end; the answer is a date nobody lives to see."""
        until = call.token.expires or self.core.clock.seconds() + 3_153_600_000
        return Reply({"exp": round(until * 1000)})

    # -- a call ----------------------------------------------------------------------------------

    def _handler(self, route: Route | None) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                token = self.tokens.check(_bearer(request))
                if route is None:
                    known = {r.path.split("/")[1] for r in self.table}
                    raise WebexFault(405 if request.path.split("/")[3] in known else 404, "Not found.")
                if route.scopes and not token.has(*route.scopes):
                    raise WebexFault(403, f"The request requires one of the scopes {', '.join(route.scopes)}.")
                wait = self._limited(route, token, request.query)
                if wait is not None:
                    return broken(self.core, wait)(429)
                reply = route.act(await self._call(request, token))
            except WebexFault as fault:
                return faulted(fault)
            await told(self.core, "webex", reply.hooks, reply.posted)
            return _answered(reply)

        return guarded(self.core, "webex", handle, broken(self.core))

    def _limited(self, route: Route, token: Token, query: Mapping[str, str]) -> float | None:
        """Per person, whichever app calls. Asking for people's presence is throttled early."""
        resource = route.path.split("/")[1]
        presence = resource == "people" and query.get("excludeStatus") != "true"
        busy = resource in BUSY and not presence
        most = A_MINUTE * (2 if busy else 1) * (2 if token.expires is None else 1)
        return self.core.limited("webex", f"{resource}:{token.user}", most, 60.0)

    async def _call(self, request: web.Request, token: Token) -> Call:
        url = self.core.url + request.path
        query = {name: _canonical(name, value) for name, value in request.query.items()}
        named = canonical(request.match_info.get("id", ""))
        if request.method not in ("POST", "PUT"):
            return Call(token, url, query, id=named)
        if request.content_type == "multipart/form-data" and request.path == PATH + "/messages":
            fields, upload = await _multipart(request)
            return Call(token, url, query, fields, named, upload, True)
        if request.content_type not in JSON:
            raise WebexFault(415, "Content type is not supported.")
        return Call(token, url, query, await _json(request), named)


def _directory(parts: Parts) -> list[Route]:
    people, d = ("spark:people_read", ADMIN_READS), parts.directory
    return [
        Route("GET", "/people", d.listed, people),
        Route("GET", "/people/me", d.me, people),
        Route("GET", "/people/{id}", d.get, people),
        Route("GET", "/roles", d.roles, ("spark-admin:roles_read",)),
        Route("GET", "/roles/{id}", d.role, ("spark-admin:roles_read",)),
        Route("GET", "/organizations", d.organizations, ("spark-admin:organizations_read",)),
        Route("GET", "/organizations/{id}", d.organization, ("spark-admin:organizations_read",)),
        Route("GET", "/teams", d.list_teams, ("spark:teams_read",)),
        Route("GET", "/teams/{id}", d.team, ("spark:teams_read",)),
        Route("GET", "/team/memberships", d.list_team_memberships, ("spark:team_memberships_read",)),
    ]


def _talk(parts: Parts) -> list[Route]:
    reads, writes = ("spark:messages_read",), ("spark:messages_write",)
    rooms, messages, actions = parts.rooms, parts.messages, parts.actions
    return [
        Route("GET", "/rooms", rooms.listed, ("spark:rooms_read",)),
        Route("GET", "/rooms/{id}", rooms.get, ("spark:rooms_read",)),
        Route("GET", "/memberships", rooms.list_memberships, ("spark:memberships_read",)),
        Route("GET", "/memberships/{id}", rooms.get_membership, ("spark:memberships_read",)),
        Route("GET", "/messages", messages.listed, reads),
        Route("POST", "/messages", messages.create, writes),
        Route("GET", "/messages/direct", messages.direct, reads),
        Route("GET", "/messages/{id}", messages.get, reads),
        Route("PUT", "/messages/{id}", messages.update, writes),
        Route("DELETE", "/messages/{id}", messages.delete, writes),
        Route("GET", "/contents/{id}", parts.contents.get, reads),
        Route("POST", "/attachment/actions", actions.create, writes),
        Route("GET", "/attachment/actions/{id}", actions.get, reads),
    ]


def _hooks(parts: Parts) -> list[Route]:
    return [
        Route("GET", "/webhooks", parts.registry.listed),
        Route("POST", "/webhooks", parts.registry.create),
        Route("GET", "/webhooks/{id}", parts.registry.get),
        Route("PUT", "/webhooks/{id}", parts.registry.update),
        Route("DELETE", "/webhooks/{id}", parts.registry.delete),
    ]


def _bearer(request: web.Request) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise WebexFault(401, NO_TOKEN)
    return value.strip()


def _canonical(name: str, value: Any) -> Any:
    if name not in IDS or not isinstance(value, str):
        return value
    return ",".join(canonical(one) for one in value.split(","))


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise WebexFault(400, "The request body is not a JSON object.")
    return {name: _canonical(name, value) for name, value in body.items()}


async def _multipart(request: web.Request) -> tuple[dict[str, Any], Upload | None]:
    """Fields as text, and the one file."""
    fields: dict[str, Any] = {}
    upload: Upload | None = None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise WebexFault(400, "Every part needs a name.")
        if part.name != "files":
            fields[part.name] = _canonical(part.name, await part.text())
            continue
        if upload is not None:
            raise WebexFault(400, "Only one file is allowed per message.")
        kind = part.headers.get("Content-Type", "application/octet-stream")
        upload = Upload(part.filename or "file", kind, bytes(await part.read()))
    return fields, upload


def _answered(reply: Reply) -> web.Response:
    if isinstance(reply.body, bytes):
        return web.Response(body=reply.body, status=reply.status, headers=reply.headers)
    return answer(reply.body, reply.status, reply.headers)
