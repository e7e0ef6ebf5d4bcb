"""People of the sandbox's tenant as accounts, their consent, and a purse of the tokens they really gave."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from teams_tenant import Tenant

from bot.events import Secret, Tokens
from bot.ids import AccountId, account_id
from bot.platform import NotAuthorised
from bot.ready import GrantKind
from platforms.teams.api import TEAMS
from sandbox.teams.tenant import TENANT


@dataclass
class Purse:
    """People's tokens by account, and what the platform stored by itself."""

    people: dict[AccountId, str] = field(default_factory=dict)
    until: dict[AccountId, datetime] = field(default_factory=dict)
    """When their tokens end."""
    kept: dict[GrantKind, Tokens] = field(default_factory=dict)
    rejected: list[tuple[AccountId | None, GrantKind]] = field(default_factory=list)

    async def person(self, account: AccountId) -> str:
        token = await self.person_or_none(account)
        if token is None:
            raise NotAuthorised("no live grant", account)
        return token

    async def person_or_none(self, account: AccountId) -> str | None:
        return self.people.get(account)

    async def ends(self, account: AccountId) -> datetime | None:
        return self.until.get(account)

    async def installed(self, kind: GrantKind) -> Tokens | None:
        return self.kept.get(kind)

    async def keep(self, kind: GrantKind, tokens: Tokens) -> None:
        self.kept[kind] = tokens

    def stale(self, account: AccountId | None, kind: GrantKind) -> None:
        self.rejected.append((account, kind))


@dataclass
class People:
    """The tenant's people as accounts, and their consent."""

    tenant: Tenant
    purse: Purse

    def account(self, name: str) -> AccountId:
        return account_id(TEAMS, TENANT, self.tenant.id(name))

    async def allows(self, name: str) -> Tokens:
        """Signs in at the vendor's page; the token goes to the purse."""
        given = await self.tenant.signed_in(name)
        self.purse.people[self.account(name)] = given["access_token"]
        ends = self.tenant.running.core.clock.now() + timedelta(seconds=int(given["expires_in"]))
        self.purse.until[self.account(name)] = ends
        scopes = tuple(str(given["scope"]).split())
        return Tokens(Secret(given["access_token"]), Secret(given["refresh_token"]), None, scopes)
