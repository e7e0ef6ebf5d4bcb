"""People's OneDrive as far as chats need it: put in, uploaded in pieces, shared with somebody, read through a share.

Source: learn.microsoft.com/graph/api/driveitem-put-content, driveitem-createuploadsession and shares-get. Knows no chats.
"""

import base64
import binascii
import mimetypes
import re
import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import orjson
from aiohttp import web

from sandbox.core import Core
from sandbox.teams.activities import iso
from sandbox.teams.calls import LOOKING, WRITING, Call, GraphFault, Reply, Route, bad
from sandbox.teams.roster import Roster

WRITE, READ = ("Files.ReadWrite",), ("Files.Read", "Files.ReadWrite", "Files.Read.All")
PIECE = 320 * 1024
SIMPLE = 4 * 1024 * 1024
LIVES = 3_600
HOST = "https://acme-my.sharepoint.com/personal"
CONFLICTS = ("rename", "replace", "fail")
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)$")


@dataclass(slots=True)
class Item:
    id: str
    owner: str
    folder: str
    name: str
    content: bytes
    made: float
    readers: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Session:
    owner: str
    folder: str
    name: str
    conflict: str
    ends: float
    held: bytearray = field(default_factory=bytearray)


class Files:
    def __init__(self, core: Core, roster: Roster) -> None:
        self.core = core
        self.roster = roster
        self.items: dict[str, Item] = {}
        self._sessions: dict[str, Session] = {}
        self._tickets: dict[str, tuple[str, float]] = {}

    def table(self) -> list[Route]:
        at, item = "/users/{user}/drive/root:/{folder}/{name}", "/drives/{drive}/items/{item}"
        return [
            Route("PUT", f"{at}/content", WRITE, (), self.put, WRITING, own=True),
            Route("POST", f"{at}/createUploadSession", WRITE, (), self.begin, WRITING, own=True),
            Route("GET", item, READ, (), self.one, LOOKING),
            Route("GET", f"{item}/content", READ, (), self.content, LOOKING),
            Route("POST", f"{item}/invite", WRITE, (), self.invite, WRITING),
            Route("GET", "/shares/{share}/driveItem", WRITE, (), self.shared, LOOKING),
        ]

    def routes(self) -> list[web.RouteDef]:
        """Addresses that carry their own right: a token beside it is refused."""
        return [web.put("/teams/upload/{ticket}", self.piece), web.get("/teams/download/{ticket}", self.download)]

    # -- in --------------------------------------------------------------------------------------

    def _place(self, call: Call) -> tuple[str, str]:
        """Folder and name; who has no licence has no drive."""
        account = self.core.world.accounts["teams"][call.user]
        if account.guest or not self.roster.licensed(account):
            raise GraphFault(404, "ResourceNotFound", "User's mysite not found.")
        name = call.args["name"]
        if not name.endswith(":") or set('"*:<>?/\\|') & set(name[:-1]):
            raise bad("The name of the file is not valid.", "invalidRequest")
        return call.args["folder"], name[:-1]

    def put(self, call: Call) -> Reply:
        folder, name = self._place(call)
        if not isinstance(call.body, bytes):
            raise bad("The content of the file is expected in the body.", "invalidRequest")
        if len(call.body) > SIMPLE:
            raise GraphFault(413, "RequestEntityTooLarge", "Larger files need an upload session.")
        conflict = call.query.get("@microsoft.graph.conflictBehavior", "replace")
        item, new = self._keep(call.user, folder, name, conflict, call.body)
        return Reply(201 if new else 200, self.shape(item))

    def _keep(self, owner: str, folder: str, name: str, conflict: str, content: bytes) -> tuple[Item, bool]:
        if conflict not in CONFLICTS:
            raise bad("conflictBehavior must be rename, replace or fail.", "invalidRequest")
        there = {i.name: i for i in self.items.values() if (i.owner, i.folder) == (owner, folder)}
        held = there.get(name)
        if held is not None and conflict == "fail":
            raise GraphFault(409, "nameAlreadyExists", "The specified item name already exists.")
        if held is not None and conflict == "replace":
            held.content = content
            return held, False
        stem, dot, end = name.rpartition(".") if "." in name else (name, "", "")
        names = (name, *(f"{stem} {number}{dot}{end}" for number in range(1, 1_000)))
        free = next(found for found in names if found not in there)
        item = Item(str(uuid.uuid4()).upper(), owner, folder, free, content, self.core.clock.seconds())
        self.items[item.id] = item
        return item, True

    def begin(self, call: Call) -> Reply:
        folder, name = self._place(call)
        asked = call.body.get("item", {}) if isinstance(call.body, dict) else {}
        conflict = asked.get("@microsoft.graph.conflictBehavior", "fail") if isinstance(asked, dict) else ""
        if conflict not in CONFLICTS:
            raise bad("conflictBehavior must be rename, replace or fail.", "invalidRequest")
        ticket, ends = secrets.token_urlsafe(24), self.core.clock.seconds() + LIVES
        self._sessions[ticket] = Session(call.user, folder, name, conflict, ends)
        url = f"{self.core.url}/teams/upload/{ticket}"
        return Reply(200, {"uploadUrl": url, "expirationDateTime": iso(ends), "nextExpectedRanges": ["0-"]})

    async def piece(self, request: web.Request) -> web.Response:
        """In order, in multiples of 320 KiB but the last, without a token."""
        session, body = self._sessions.get(request.match_info["ticket"]), await request.read()
        if "Authorization" in request.headers:
            return _json(_error("unauthenticated", "An upload address takes no token."), 401)
        if session is None or session.ends < self.core.clock.seconds():
            return _json(_error("itemNotFound", "The upload session was not found."), 404)
        found = RANGE.match(request.headers.get("Content-Range", ""))
        first, last, total = (int(part) for part in found.groups()) if found is not None else (-1, -1, 0)
        if found is None or last - first + 1 != len(body) or last >= total:
            return _json(_error("invalidRequest", "Content-Range does not fit the content."), 400)
        if first != len(session.held):
            return _json(_error("invalidRange", "The range is not the expected one."), 416)
        if last + 1 < total and len(body) % PIECE:
            return _json(_error("invalidRequest", "A piece must be a multiple of 320 KiB."), 400)
        session.held += body
        if last + 1 < total:
            return _json({"expirationDateTime": iso(session.ends), "nextExpectedRanges": [f"{last + 1}-"]}, 202)
        return self._complete(request.match_info["ticket"], session)

    def _complete(self, ticket: str, session: Session) -> web.Response:
        del self._sessions[ticket]
        try:
            item, new = self._keep(session.owner, session.folder, session.name, session.conflict, bytes(session.held))
        except GraphFault as fault:
            return _json(_error(fault.code, fault.words), fault.status)
        return _json(self.shape(item), 201 if new else 200)

    # -- out -------------------------------------------------------------------------------------

    def web_url(self, item: Item) -> str:
        name = self.core.world.accounts["teams"][item.owner].email.replace("@", "_").replace(".", "_")
        return f"{HOST}/{name}/Documents/{quote(item.folder)}/{quote(item.name)}"

    def shape(self, item: Item, ticket: str = "") -> dict[str, Any]:
        kind = mimetypes.guess_type(item.name)[0] or "application/octet-stream"
        found: dict[str, Any] = {
            "id": item.id,
            "name": item.name,
            "size": len(item.content),
            "eTag": f'"{{{item.id}}},1"',
            "webUrl": self.web_url(item),
            "createdDateTime": iso(item.made),
            "lastModifiedDateTime": iso(item.made),
            "file": {"mimeType": kind},
            "parentReference": {"driveId": _drive(item.owner), "driveType": "business"},
        }
        return {**found, "@microsoft.graph.downloadUrl": ticket} if ticket else found

    def _found(self, call: Call, owner_only: bool = False) -> Item:
        item = self.items.get(call.args["item"])
        seen = item is not None and (item.owner == call.user or (call.user in item.readers and not owner_only))
        if item is None or call.args["drive"] != _drive(item.owner) or not seen:
            raise GraphFault(404, "itemNotFound", "The resource could not be found.")
        return item

    def _ticket(self, item: Item) -> str:
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = (item.id, self.core.clock.seconds() + LIVES)
        return f"{self.core.url}/teams/download/{ticket}"

    def one(self, call: Call) -> Reply:
        item = self._found(call)
        return Reply(200, self.shape(item, self._ticket(item)))

    def content(self, call: Call) -> Reply:
        return Reply(302, headers={"Location": self._ticket(self._found(call))})

    async def download(self, request: web.Request) -> web.Response:
        native, ends = self._tickets.get(request.match_info["ticket"], ("", 0.0))
        if "Authorization" in request.headers:
            return _json(_error("unauthenticated", "A download address takes no token."), 401)
        if ends < self.core.clock.seconds():
            return _json(_error("itemNotFound", "The address has expired."), 404)
        item = self.items[native]
        return web.Response(body=item.content, content_type=self.shape(item)["file"]["mimeType"])

    def invite(self, call: Call) -> Reply:
        """Shares it with people by object id or address."""
        item, asked = self._found(call, owner_only=True), call.object
        recipients, roles = asked.get("recipients"), asked.get("roles")
        if not isinstance(recipients, list) or not recipients or roles not in (["read"], ["write"]):
            raise bad("recipients and roles are required.", "invalidRequest")
        people = [self._recipient(row if isinstance(row, dict) else {}) for row in recipients]
        item.readers.update(people)
        value = [{"id": uuid.uuid4().hex, "roles": roles, "grantedTo": {"user": {"id": user}}} for user in people]
        return Reply(200, {"value": value})

    def _recipient(self, row: dict[str, Any]) -> str:
        email = str(row.get("email") or "")
        held = self.core.world.emails["teams"].get(email.lower())
        found = self.roster.user(str(row.get("objectId") or (held.id if held is not None else email)))
        if found is None:
            raise bad("A recipient could not be resolved.", "invalidRequest")
        return found.id

    def shared(self, call: Call) -> Reply:
        """By its address in base64. Whether Files.ReadWrite is enough is an open point: mean says no."""
        address = _address(call.args["share"])
        item = next((i for i in self.items.values() if unquote(self.web_url(i)) == unquote(address)), None)
        mine = item is not None and item.owner == call.user
        if self.core.faults["teams"].mean and not mine and not call.token.has_any(("Files.Read.All",)):
            raise GraphFault(403, "accessDenied", "Access denied.")
        if item is None or not (mine or call.user in item.readers):
            raise GraphFault(404, "itemNotFound", "The sharing link no longer exists, or you have no right to it.")
        return Reply(200, self.shape(item, self._ticket(item)))


def _address(share: str) -> str:
    raw = share.removeprefix("u!")
    try:
        if not share.startswith("u!") or "=" in raw:
            raise ValueError(share)
        return base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode()
    except (binascii.Error, ValueError, UnicodeDecodeError):
        raise bad("The sharing token is invalid.", "invalidRequest") from None


def _drive(owner: str) -> str:
    return f"b!{owner}"


def _error(code: str, words: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": words, "innerError": {}}}


def _json(body: Any, status: int) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
