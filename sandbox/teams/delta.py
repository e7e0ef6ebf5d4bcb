"""Delta queries on people and groups: everything once, then what changed since a token, which lives seven days.

Source: learn.microsoft.com/graph/delta-query-overview and delta-query-groups. Reads only.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sandbox.core import Core
from sandbox.teams import odata
from sandbox.teams.calls import Call, GraphFault, Reply, Route, bad, directory
from sandbox.teams.changes import Changes
from sandbox.teams.groups import IN_GROUPS
from sandbox.teams.roster import Roster
from sandbox.teams.tenant import Group
from sandbox.teams.users import SMALL, Users, group_shape
from sandbox.world import Account

LIVES = 7 * 86_400
MOST_FILTERED = 50
USERS_PAGE, MEMBERS_PAGE, SPLIT = 100, 200, 2
ONE_ID = re.compile(r"id eq '([^']*)'$")
REFUSED = ("$top", "$expand", "$orderby", "$search", "$count")


@dataclass(frozen=True, slots=True)
class Token:
    """``since`` -1: the first pass. ``page`` counts within a pass, whose end at ``until`` is fixed by its first page."""

    kind: str
    since: int
    until: int
    page: int
    made: float
    select: str
    only: tuple[str, ...]


class Delta:
    def __init__(self, core: Core, roster: Roster, users: Users, changes: Changes) -> None:
        self.core = core
        self.roster = roster
        self.users = users
        self.changes = changes

    def table(self) -> list[Route]:
        people = ("User.Read.All",)
        return [
            Route("GET", "/users/delta", people, people, self.people, directory(2)),
            Route("GET", "/groups/delta", IN_GROUPS, IN_GROUPS, self.groups, directory(2)),
        ]

    def people(self, call: Call) -> Reply:
        return self._answer(call, "users", self._people)

    def groups(self, call: Call) -> Reply:
        return self._answer(call, "groups", self._groups)

    # -- tokens ----------------------------------------------------------------------------------

    def _answer(self, call: Call, kind: str, read: Any) -> Reply:
        token, query = self._token(call, kind), {name.lower(): value for name, value in call.query.items()}
        if query.get("$deltatoken") == "latest":
            return Reply(200, self._page(kind, [], "$deltatoken", self._next(token, token.until)))
        pages: list[list[dict[str, Any]]] = read(token) or [[]]
        if token.page + 1 < len(pages):
            after = Token(
                kind, token.since, token.until, token.page + 1, self.core.clock.seconds(), token.select, token.only
            )
            return Reply(200, self._page(kind, pages[token.page], "$skiptoken", after))
        return Reply(
            200, self._page(kind, pages[min(token.page, len(pages) - 1)], "$deltatoken", self._next(token, token.until))
        )

    def _next(self, token: Token, since: int) -> Token:
        return Token(token.kind, since, -1, 0, self.core.clock.seconds(), token.select, token.only)

    def _page(self, kind: str, items: list[dict[str, Any]], name: str, token: Token) -> dict[str, Any]:
        root = f"{self.core.url}/teams/graph/v1.0"
        link = "@odata.deltaLink" if name == "$deltatoken" else "@odata.nextLink"
        return {
            "@odata.context": f"{root}/$metadata#{kind}",
            link: f"{root}/{kind}/delta?{name}={quote(self._written(token))}",
            "value": items,
        }

    def _written(self, token: Token) -> str:
        parts = (token.kind, token.since, token.until, token.page, token.made, token.select, "~".join(token.only))
        return base64.urlsafe_b64encode("|".join(map(str, (self.changes.run, *parts))).encode()).decode()

    def _token(self, call: Call, kind: str) -> Token:
        query = {name.lower(): value for name, value in call.query.items()}
        wrong = [name for name in REFUSED if name in query]
        if wrong:
            raise bad(f"The query parameter {wrong[0]} is not supported with delta.", "Request_UnsupportedQuery")
        written = query.get("$skiptoken") or query.get("$deltatoken", "")
        now, end = self.core.clock.seconds(), len(self.changes.log)
        if not written or written == "latest":
            return Token(kind, -1, end, 0, now, query.get("$select", ""), _only(query.get("$filter", "")))
        token = self._read(written, kind)
        if token is None or token.made + LIVES < now:
            raise self._gone(kind)
        until = end if token.until < 0 else token.until
        return Token(kind, token.since, until, token.page, token.made, token.select, token.only)

    def _read(self, written: str, kind: str) -> Token | None:
        """None: of a former run, or no token at all."""
        try:
            run, of, since, until, page, made, select, only = base64.urlsafe_b64decode(written).decode().split("|")
        except (binascii.Error, ValueError, UnicodeDecodeError):
            return None
        if run != self.changes.run or of != kind:
            return None
        return Token(of, int(since), int(until), int(page), float(made), select, tuple(filter(None, only.split("~"))))

    def _gone(self, kind: str) -> GraphFault:
        """Start anew. How the vendor says so varies: mean gives another code, and no address to start at."""
        words = "Resync required. Delta token is expired or invalid."
        if self.core.faults["teams"].mean:
            return GraphFault(410, "resyncRequired", words)
        start = {"Location": f"{self.core.url}/teams/graph/v1.0/{kind}/delta"}
        return GraphFault(410, "syncStateNotFound", words, headers=start)

    # -- people ----------------------------------------------------------------------------------

    def _people(self, token: Token) -> list[list[dict[str, Any]]]:
        if token.since < 0:
            there = [account.id for account in self.roster.people()]
        else:
            log = self.changes.log[token.since : token.until]
            there = self._newest([change.native for change in log if change.kind == "users"])
        wanted = [native for native in there if not token.only or native in token.only]
        rows = [self._person(native, token) for native in wanted]
        return [rows[at : at + USERS_PAGE] for at in range(0, len(rows), USERS_PAGE)]

    def _newest(self, natives: list[str]) -> list[str]:
        """Once each; the mean profile replays the newest change, which the vendor may do."""
        found = list(dict.fromkeys(natives))
        return [*found, *found[-1:]] if self.core.faults["teams"].mean else found

    def _person(self, native: str, token: Token) -> dict[str, Any]:
        account = self.core.world.accounts["teams"].get(native)
        gone = account.extra.get("deleted", "") if account is not None else "deleted"
        if account is None or gone:
            return {"id": native, "@removed": {"reason": gone}}
        return odata.select(self.users.shape(account), {"$select": token.select}, SMALL)

    # -- groups ----------------------------------------------------------------------------------

    def _groups(self, token: Token) -> list[list[dict[str, Any]]]:
        """A group with many changes comes in several pieces, each on a page of its own."""
        pages: list[list[dict[str, Any]]] = [[]]
        for group in self.roster.groups.values():
            if token.only and group.id not in token.only:
                continue
            members = self._first(group, token) if token.since < 0 else self._moved(group, token)
            if token.since >= 0 and not members:
                continue
            size = SPLIT if self.core.faults["teams"].mean else MEMBERS_PAGE
            pieces = [members[at : at + size] for at in range(0, len(members), size)] or [[]]
            pages[-1].append(self._piece(group, token, pieces[0]))
            pages.extend([self._piece(group, token, piece)] for piece in pieces[1:])
        return pages

    def _piece(self, group: Group, token: Token, members: list[dict[str, Any]]) -> dict[str, Any]:
        """Members come only to whoever asked for them."""
        asked = [name for name in token.select.split(",") if name and name != "members"]
        shape = {name: value for name, value in group_shape(group).items() if name != "@odata.type"}
        found = odata.select(shape, {"$select": ",".join(asked)}, tuple(shape))
        return {**found, "members@delta": members} if "members" in token.select.split(",") else found

    def _first(self, group: Group, token: Token) -> list[dict[str, Any]]:
        """The first pass may already hold people who left: in the mean profile it does."""
        there = [_member(member) for member in self.roster.direct(group)]
        left = [c.member for c in self.changes.log[: token.until] if c.native == group.id and c.member]
        gone = [native for native in dict.fromkeys(left) if native not in group.members]
        return there + [_left(native) for native in gone] if self.core.faults["teams"].mean else there

    def _moved(self, group: Group, token: Token) -> list[dict[str, Any]]:
        log = self.changes.log[token.since : token.until]
        moved = self._newest([c.member for c in log if c.native == group.id and c.member])
        found = {member.id: member for member in self.roster.direct(group)}
        return [_member(found[native]) if native in found else _left(native) for native in moved]


def _member(member: Account | Group) -> dict[str, Any]:
    kind = "group" if isinstance(member, Group) else "user"
    return {"@odata.type": f"#microsoft.graph.{kind}", "id": member.id}


def _left(native: str) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.user", "id": native, "@removed": {"reason": "deleted"}}


def _only(text: str) -> tuple[str, ...]:
    """A $filter names ids, up to 50, and nothing else."""
    found = [ONE_ID.match(part.strip()) for part in text.split(" or ")] if text else []
    ids = tuple(match[1] for match in found if match is not None)
    if len(ids) != len(found) or len(ids) > MOST_FILTERED:
        raise bad(f"Delta queries filter by up to {MOST_FILTERED} ids only.", "Request_UnsupportedQuery")
    return ids
