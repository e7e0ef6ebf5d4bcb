"""Who is who: people by any id the vendor takes, groups and teams with their members as they are now. Reads, and lets
people join and leave; tells nobody.
"""

from dataclasses import replace
from typing import Any

from sandbox.core import Core
from sandbox.teams.tenant import TENANT, Group, groups, mri
from sandbox.world import Account


def _there(account: Account) -> bool:
    """Neither in the bin nor of another tenant."""
    return not account.extra.get("deleted") and "tenant" not in account.extra


class Roster:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.groups: dict[str, Group] = {}
        for group in groups(list(self.people())):
            kept = core.keep.get("teams-group", group.id)
            self.groups[group.id] = replace(group, members=tuple(kept)) if kept else group
        self._pairwise = {mri(account.id): account for account in self.people()}

    def people(self) -> list[Account]:
        found = (a for a in self.core.world.accounts["teams"].values() if not a.bot)
        return [account for account in found if _there(account)]

    def add(self, account: Account) -> None:
        self._pairwise[mri(account.id)] = account

    def mark(self, account: Account, **extra: str) -> None:
        """What only this vendor knows of an account: user principal name, licence, whether it lies in the bin."""
        account.extra.update(extra)
        self.core.keep.put("teams-extra", account.id, account.extra)

    def known(self, native: str) -> Account | None:
        """By object id or by the bot's own id."""
        account = self.core.world.accounts["teams"].get(native) or self._pairwise.get(native)
        return account if account is not None and not account.bot and _there(account) else None

    def user(self, who: str) -> Account | None:
        """By object id or user principal name."""
        return self.known(who) or next((a for a in self.people() if a.extra["upn"].lower() == who.lower()), None)

    def licensed(self, account: Account) -> bool:
        return account.extra.get("licence") == "yes"

    # -- groups ----------------------------------------------------------------------------------

    def by_channel(self, channel: str) -> Group | None:
        return next((g for g in self.groups.values() if g.team and g.channel == channel), None)

    def named(self, name: str) -> Group | None:
        return next((g for g in self.groups.values() if name in (g.name, g.id)), None)

    def change(self, group: Group, members: tuple[str, ...]) -> None:
        self.groups[group.id] = replace(group, members=members)
        self.core.keep.put("teams-group", group.id, list(members))

    def direct(self, group: Group) -> list[Account | Group]:
        there = [self.groups.get(native) or self.known(native) for native in group.members]
        return [member for member in there if member is not None]

    def transitive(self, group: Group) -> list[Account | Group]:
        """Everybody and every group inside, once."""
        found: dict[str, Account | Group] = {}
        for member in self.direct(group):
            found.setdefault(member.id, member)
            if isinstance(member, Group):
                for inner in self.transitive(member):
                    found.setdefault(inner.id, inner)
        return list(found.values())

    def holding(self, user: str, transitive: bool) -> list[Group]:
        """The groups that somebody is in."""
        inside = self.transitive if transitive else self.direct
        return [group for group in self.groups.values() if any(m.id == user for m in inside(group))]

    def shown(self, account: Account) -> dict[str, Any]:
        """As the Bot Connector shows a member."""
        given, _, family = account.name.partition(" ")
        return {
            "id": mri(account.id),
            "name": account.name,
            "aadObjectId": account.id,
            "tenantId": TENANT,
            "email": account.email,
            "userPrincipalName": account.extra["upn"],
            "userRole": "guest" if account.guest else "user",
            "givenName": given,
            "surname": family,
        }
