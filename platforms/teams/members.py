"""The tenant's directory: teams, their members, everybody, one person and whether they administer it.

Read with the app's own permissions. Nothing is remembered but who was imported, and an administrator's role for minutes.
Source: learn.microsoft.com/graph/api/group-list-transitivemembers and user-list-transitivememberof.
"""

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.ids import AccountId
from bot.people import Account, Kind
from bot.platform import Gone, NotAuthorised, Refused
from bot.ready import Listed, ListedTeams, Team
from platforms.teams.api import Api, path
from platforms.teams.graph import DIRECTORY, READ, Graph, items, later

PAGE = 200
SELECT = "id,displayName,mail,userPrincipalName,accountEnabled,userType,assignedPlans,proxyAddresses"
EVENTUAL: Mapping[str, str] = {"ConsistencyLevel": "eventual"}
"""What a list of one kind of objects needs beside ``$count``."""
ADMINISTRATORS = frozenset({"62e90394-69f5-4237-9190-012177145e10", "69091246-20e8-4a56-aa4d-066075b2a7a8"})
"""Role templates, the same in every tenant: Global Administrator and Teams Administrator."""
FRESH = timedelta(minutes=5)
LICENCE, COUNTS = "teamspaceapi", ("enabled", "warning")
"""The plan that Teams comes with; a licence in its grace time counts."""
OLD_PAGE = " Directory_ExpiredPageToken"


class Members:
    def __init__(self, api: Api, graph: Graph) -> None:
        self.api = api
        self.graph = graph
        self.memory = api.lent.memory
        self._admins: dict[str, datetime] = {}
        """Until when somebody counts as an administrator. Who is none is asked about again: they may just have become one."""

    # -- accounts --------------------------------------------------------------------------------

    async def known(self, user: str) -> AccountId | None:
        """The account of an imported person."""
        found = await self.memory.get(f"known:{user.lower()}")
        return AccountId(found) if found else None

    async def _note(self, accounts: Sequence[Account]) -> None:
        """Remember whose messages may be looked at."""
        fresh = [a for a in accounts if a.usable]
        await asyncio.gather(*(self.memory.put(f"known:{a.user}", a.id) for a in fresh))

    async def lookup(self, user: str) -> Account | None:
        """One person as the directory knows them now, with what they may do there; None when it does not know them."""
        if not user:
            return None
        try:
            row = await self.graph.app("GET", path("users", user.lower()), query={"$select": SELECT})
        except Gone:
            return None
        account = account_of(self.api, row)
        if account is None or not account.usable:
            return account
        return replace(account, admin=await self._administers(account.user))

    async def member(self, user: str) -> Account | None:
        """As ``lookup``, for an account that is or was imported."""
        found = await self.lookup(user)
        await self._note([found] if found else [])
        return found

    async def _administers(self, user: str) -> bool:
        """Roles held now, through groups too; one that somebody could only take on does not count. No answer is a no."""
        now = self.api.lent.clock.now()
        if self._admins.get(user, now) > now:
            return True
        self._admins.pop(user, None)
        place = path("users", user, "transitiveMemberOf", "microsoft.graph.directoryRole")
        query = {"$select": "id,displayName,roleTemplateId", "$count": "true"}
        try:
            page = await self.graph.app("GET", place, query=query, headers=EVENTUAL)
        except (Refused, Gone):
            return False
        if ADMINISTRATORS.isdisjoint(str(role.get("roleTemplateId") or "").lower() for role in items(page)):
            return False
        self._admins[user] = now + FRESH
        return True

    # -- pages -----------------------------------------------------------------------------------

    async def page(self, team: str | None, cursor: str | None) -> Listed:
        """Everybody, or whoever is in the team, in a group inside of it too. A team's id is its group's."""
        query = {"$select": SELECT, "$top": str(PAGE)}
        if team is None:
            found = await self._list("/users", query, {}, DIRECTORY, cursor)
        else:
            place = path("groups", team, "transitiveMembers", "microsoft.graph.user")
            found = await self._list(place, {**query, "$count": "true"}, EVENTUAL, DIRECTORY, cursor)
        rows = items(found)
        if any(set(row) - {"@odata.type"} == {"id"} for row in rows):
            raise NotAuthorised("members come as bare ids: User.Read.All is missing", None)
        made = [account_of(self.api, row) for row in rows]
        accounts = tuple(a for a in made if a is not None)
        await self._note(accounts)
        return Listed(accounts, later(found))

    async def teams(self, cursor: str | None) -> ListedTeams:
        """All teams of the tenant."""
        found = await self._list("/teams", {"$select": "id,displayName"}, {}, READ, cursor)
        named = [(row["id"], row.get("displayName")) for row in items(found) if isinstance(row.get("id"), str)]
        teams = tuple(Team(native, str(name or native)[:200]) for native, name in named if native)
        return ListedTeams(teams, later(found))

    async def _list(
        self, place: str, query: Mapping[str, str], headers: Mapping[str, str], kind: str, cursor: str | None
    ) -> dict[str, Any]:
        """A page; a cursor that Microsoft has forgotten meanwhile begins the list anew."""
        if cursor is not None:
            try:
                return await self.graph.app("GET", self.graph.within(cursor), kind, headers=headers)
            except Refused as refused:
                if OLD_PAGE not in str(refused):
                    raise
        return await self.graph.app("GET", place, kind, query=query, headers=headers)


# -- a record ------------------------------------------------------------------------------------


def account_of(api: Api, row: Mapping[str, Any], *, admin: bool = False) -> Account | None:
    """A user as an account; None for a row without an id and for somebody of another tenant."""
    native, tenant = row.get("id"), row.get("tenantId")
    if not isinstance(native, str) or not native:
        return None
    if isinstance(tenant, str) and tenant and tenant.lower() != api.tenant:
        return None
    upn = row.get("userPrincipalName")
    guest = str(row.get("userType") or "").lower() == "guest" or "#EXT#" in str(upn).upper()
    # A guest's sign-in name is made up by the tenant.
    sign_in = None if guest else _address(upn)
    email = _address(row.get("mail")) or sign_in
    others = [] if guest else [sign_in, *_aliases(row.get("proxyAddresses"))]
    # A guest brings the licence from home.
    active = row.get("accountEnabled") is not False and (guest or _licensed(row))
    return Account(
        id=api.account(native),
        name=str(row.get("displayName") or email or native)[:200],
        email=email,
        kind=Kind.GUEST if guest else Kind.MEMBER,
        admin=admin and active and not guest,
        active=active,
        also=tuple(dict.fromkeys(a for a in others if a and a != email)),
    )


def _address(value: Any) -> str | None:
    """Trimmed, normalised, lower-cased; None for what is no address."""
    if not isinstance(value, str):
        return None
    found = unicodedata.normalize("NFKC", value).strip().lower()
    name, at, domain = found.rpartition("@")
    whole = name and at and "." in domain.strip(".") and "@" not in name
    return found if whole and not any(char.isspace() for char in found) else None


def _aliases(proxies: Any) -> list[str | None]:
    """Other addresses of the same mailbox. ``otherMails`` is not asked for: people may write there what they like."""
    rows = [row for row in proxies if isinstance(row, str)] if isinstance(proxies, list) else []
    return [_address(row[5:]) for row in rows if row[:5].lower() == "smtp:"]


def _licensed(row: Mapping[str, Any]) -> bool:
    """Whether Teams is among the person's plans; an answer without plans tells nothing."""
    plans = row.get("assignedPlans")
    if not isinstance(plans, list):
        return True
    held = [
        (str(p.get("service")).lower(), str(p.get("capabilityStatus")).lower()) for p in plans if isinstance(p, dict)
    ]
    return any(service == LICENCE and status in COUNTS for service, status in held)
