"""The tenant: its ids, its people with their Microsoft accounts, its teams and groups. Fixed facts, no behaviour.

The object id is a person's key; the user principal name and the mail address may differ (entra.microsoft.com does not
force them to be the same), and a guest's carries ``#EXT#``.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.world import Account, people, stable

TENANT = "33333333-cccc-4ccc-8ccc-333333333333"
ELSEWHERE = "99999999-ffff-4fff-8fff-999999999999"
APP_ID = "44444444-dddd-4ddd-8ddd-444444444444"
APP_SECRET = "teams-app-secret"
CATALOGUE_ID = "88888888-eeee-4eee-8eee-888888888888"
"""The app's id in the organisation's catalogue; the manifest's own id (``externalId``) is the app id here."""
PUBLISHER = "0bf30f3b-4a52-48df-9a82-234910c4a086"
"""Who signs for change notifications: learn.microsoft.com/graph/change-notifications-with-resource-data."""
BOT = f"28:{APP_ID}"
DOMAIN = "acme.example"
TEAMS_PLAN = "57ff2da0-773e-42df-b2af-ffb7a2317929"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
DIFFERENT_UPN, NO_LICENCE = "Bob Kim", "Gus Weber"


@dataclass(frozen=True, slots=True)
class Group:
    """``team``: a Microsoft 365 group with a team; else a security group. ``members`` are object ids of people or groups."""

    id: str
    name: str
    team: bool
    members: tuple[str, ...]
    owners: tuple[str, ...] = ()

    @property
    def channel(self) -> str:
        """The thread of its general channel, which is the team's id for bots."""
        return f"19:{stable('channel', self.id)[:32]}@thread.tacv2"


def native_id(email: str) -> str:
    """The object id that this address has in every sandbox."""
    return str(uuid.UUID(stable("teams", email)[:32], version=4))


def mri(user: str) -> str:
    """The id that only this bot knows the person by."""
    return "29:1" + stable("mri", APP_ID, user)[:43]


def accounts(count: int) -> Iterator[Account]:
    """Everybody of the demo company, a guest, and somebody who left."""
    for number, name, email in people(count, "teams"):
        upn = f"{email.split('@')[0]}@corp.{DOMAIN}" if name == DIFFERENT_UPN else email
        extra = {"upn": upn, "licence": "" if name == NO_LICENCE else "yes"}
        yield Account("teams", native_id(email), name, email, admin=number == 0, extra=extra)
    guest = "gail@partner.example"
    extra = {"upn": f"gail_partner.example#EXT#@{DOMAIN}", "licence": "yes"}
    yield Account("teams", native_id(guest), "Gail Guest", guest, guest=True, extra=extra)
    gone = f"otto@{DOMAIN}"
    yield Account("teams", native_id(gone), "Otto Gone", gone, active=False, extra={"upn": gone, "licence": ""})


def joined(name: str, email: str) -> Account:
    """Somebody new, with a licence."""
    return Account("teams", native_id(email), name, email, extra={"upn": email, "licence": "yes"})


def invited(name: str, email: str) -> Account:
    """A guest who has not accepted yet."""
    user, _, domain = email.partition("@")
    extra = {"upn": f"{user}_{domain}#EXT#@{DOMAIN}", "licence": "yes", "state": "PendingAcceptance"}
    return Account("teams", native_id(email), name, email, guest=True, extra=extra)


def outsider(name: str, email: str) -> Account:
    """Somebody of another tenant, whom the directory does not know."""
    extra = {"upn": email, "licence": "yes", "tenant": ELSEWHERE}
    return Account("teams", native_id(email), name, email, guest=True, extra=extra)


def groups(everybody: list[Account]) -> Iterator[Group]:
    """Three teams and a security group with another group inside."""
    ids = [a.id for a in everybody if a.active]
    members = [a.id for a in everybody if a.active and not a.guest]
    owner = tuple(members[:1])
    yield Group(group_id("Everybody"), "Everybody", True, tuple(ids), owner)
    yield Group(group_id("Sales"), "Sales", True, tuple(members[::2]), owner)
    yield Group(group_id("Support"), "Support", True, tuple(members[1::2]), tuple(members[1:2]))
    inner = Group(group_id("Mio pilots"), "Mio pilots", False, tuple(members[2:4]))
    yield inner
    yield Group(group_id("Mio users"), "Mio users", False, (*members[:2], inner.id))


def group_id(name: str) -> str:
    return str(uuid.UUID(stable("group", name)[:32], version=4))


def chat_id(one: str, other: str) -> str:
    """The order of the two is the vendor's business and nobody else's."""
    first, second = sorted((one, other), key=lambda user: stable("order", user))
    return f"19:{first}_{second}@unq.gbl.spaces"
