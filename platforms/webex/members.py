"""Webex's directory: teams, their members, everybody, one person; read with an administrator's grant.

Only that grant shows roles and who may sign in; without it nobody counts as an administrator.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from bot.ids import AccountId, account_id
from bot.people import Account, Kind
from bot.platform import Gone, Refused
from bot.ready import Listed, ListedTeams, Team
from platforms.webex.api import WEBEX, Api, Voice
from platforms.webex.ids import bare

PAGE = 170
BATCH = 85
"""Ids in one look-up (developer.webex.com/docs/api/v1/people)."""
FULL_ADMIN = "id_full_admin"
FRESH = timedelta(minutes=10)


class Members:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.memory = api.lent.memory
        self._admins: tuple[Any, frozenset[str]] | None = None

    # -- accounts --------------------------------------------------------------------------------

    async def known(self, person: str) -> AccountId | None:
        """The account of an imported person, whichever cluster their id was told with."""
        found = await self.memory.get(f"known:{bare(person)}")
        return AccountId(found) if found else None

    async def org(self) -> str | None:
        """The organisation whose directory is read; None until it is connected."""
        return await self.memory.get("org")

    async def _account(self, person: dict[str, Any], admins: Iterable[str] = ()) -> Account | None:
        return account_of(person, await self.org(), admins)

    async def lookup(self, person: str) -> Account | None:
        """One person as Webex knows them now; with roles where the directory's grant shows them."""
        voice = await self.api.directory_or_none() or self.api.bot()
        try:
            found = await self.api.admin(voice, "GET", f"/people/{person}")
        except Gone:
            return None
        return await self._account(dict(found.body))

    async def stranger(self, person: str) -> Account | None:
        """Somebody who was not imported, nameless where Webex does not show them; None for the bot itself."""
        me = await self.memory.get("me")
        if me is None:
            found = await self.api.call(self.api.bot(), "GET", "/people/me")
            me = bare(str(found.get("id") or "")) if isinstance(found, dict) else ""
            await self.memory.put("me", me)
        if bare(person) == me:
            return None
        account = await self.lookup(person)
        return account or Account(account_id(WEBEX, "", person), "", kind=Kind.GUEST)

    async def member(self, user: str) -> Account | None:
        """As ``lookup``, for an account that is or was imported."""
        found = await self.lookup(user)
        await self._note([found] if found else [])
        return found

    async def _note(self, accounts: Sequence[Account]) -> None:
        """Remember whose messages may be looked at."""
        fresh = [a for a in accounts if a.usable]
        await asyncio.gather(*(self.memory.put(f"known:{bare(a.user)}", a.id) for a in fresh))

    # -- pages -----------------------------------------------------------------------------------

    async def page(self, team: str | None, cursor: str | None) -> Listed:
        voice = await self.api.directory()
        if team is None:
            first = {"params": {"max": str(PAGE), "excludeStatus": "true"}} if cursor is None else {}
            found = await self.api.admin(voice, "GET", cursor or "/people", **first)
            people = list(found.items)
        else:
            first = {"params": {"teamId": team, "max": str(PAGE)}} if cursor is None else {}
            found = await self.api.admin(voice, "GET", cursor or "/team/memberships", **first)
            people = await self._people(voice, [str(m["personId"]) for m in found.items if m.get("personId")])
        admins = await self._roles(voice)
        made = [await self._account(person, admins) for person in people]
        accounts = tuple(a for a in made if a is not None)
        await self._note(accounts)
        return Listed(accounts, found.next)

    async def _people(self, voice: Voice, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Team memberships say neither whether somebody may sign in nor what they are."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), BATCH):
            wanted = {"id": ",".join(ids[start : start + BATCH]), "excludeStatus": "true"}
            found.extend((await self.api.admin(voice, "GET", "/people", params=wanted)).items)
        return found

    async def _roles(self, voice: Voice) -> frozenset[str]:
        """Who is a full administrator: a list by ids does not tell. Asked once in a while."""
        now = self.api.lent.clock.now()
        if self._admins is not None and now - self._admins[0] < FRESH:
            return self._admins[1]
        role = await self._role(voice)
        found: set[str] = set()
        try:
            page = await self.api.admin(voice, "GET", "/people", params={"roles": role, "excludeStatus": "true"})
            found.update(bare(str(p.get("id", ""))) for p in page.items)
        except Refused:
            # Without the right to see roles the import goes on; nobody is an administrator by it.
            found.clear()
        self._admins = now, frozenset(found)
        return self._admins[1]

    async def _role(self, voice: Voice) -> str:
        page = await self.api.admin(voice, "GET", "/roles")
        return next((str(r["id"]) for r in page.items if bare(str(r.get("id", ""))) == FULL_ADMIN), FULL_ADMIN)

    async def teams(self, cursor: str | None) -> ListedTeams:
        """The teams of whoever connected the directory; Webex shows nobody else's."""
        voice = await self.api.directory()
        first = {"params": {"max": "200"}} if cursor is None else {}
        found = await self.api.admin(voice, "GET", cursor or "/teams", **first)
        teams = [Team(str(t["id"]), str(t.get("name") or t["id"])[:200]) for t in found.items if t.get("id")]
        return ListedTeams(tuple(teams), found.next)


def account_of(person: dict[str, Any], org: str | None, admins: Iterable[str] = ()) -> Account | None:
    """A person as an account; ``admins``: who is known to be one beside what the record says."""
    native, own = person.get("id"), person.get("orgId")
    if not isinstance(native, str) or not native or not isinstance(own, str) or not own:
        return None
    emails = person.get("emails")
    email = next((e for e in emails if isinstance(e, str) and e.strip()), None) if isinstance(emails, list) else None
    kind = str(person.get("type") or "person")
    outside = org is not None and bare(own) != bare(org)
    roles = person.get("roles")
    admin = isinstance(roles, list) and any(isinstance(r, str) and bare(r) == FULL_ADMIN for r in roles)
    zone = person.get("timezone")
    return Account(
        id=account_id(WEBEX, own, native),
        name=str(person.get("displayName") or email or native)[:200],
        email=email.strip().lower() if email else None,
        kind=Kind.BOT if kind == "bot" else Kind.GUEST if outside or kind != "person" else Kind.MEMBER,
        admin=not outside and (admin or bare(native) in admins),
        # The schema says these two are strings, the portal's samples say booleans.
        active=not _is(person.get("loginEnabled"), False) and not _is(person.get("invitePending"), True),
        time_zone=zone if isinstance(zone, str) and zone else None,
    )


def _is(value: Any, wanted: bool) -> bool:
    return value is wanted or (isinstance(value, str) and value.lower() == str(wanted).lower())
