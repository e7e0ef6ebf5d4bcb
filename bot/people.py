"""Persons, their accounts, and how accounts are matched to persons.

Pure. Nothing here guesses: what is not certain is left undecided and listed as such.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.ids import AccountId, PersonId, PlatformId, platform_of, user_of


class Kind(enum.StrEnum):
    MEMBER = "member"
    GUEST = "guest"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Account:
    """One platform's user record, as the directory reports it."""

    id: AccountId
    name: str
    email: str | None = None
    """Verified address, trimmed and lower-cased; absent when the platform has not verified it."""
    kind: Kind = Kind.MEMBER
    admin: bool = False
    active: bool = True
    time_zone: str | None = None
    """IANA name."""
    address: str | None = None
    """Where the platform's bot reaches this account, when that is not the user id (Zoom: the JID)."""
    also: tuple[str, ...] = ()
    """Further verified addresses under which others may know the same human (Teams: sign-in name, aliases of the mailbox)."""

    @property
    def platform(self) -> PlatformId:
        return platform_of(self.id)

    @property
    def user(self) -> str:
        return user_of(self.id)

    @property
    def usable(self) -> bool:
        """Whether import keeps it: an active member (guests and bots are left out)."""
        return self.active and self.kind is Kind.MEMBER


@dataclass(frozen=True, slots=True)
class Person:
    """A human of the company with at most one account a platform."""

    id: PersonId
    name: str
    email: str | None = None
    primary: PlatformId | None = None
    """None = undecided: nobody speaks for them, and they count as at home where they write."""
    excluded: bool = False
    accounts: Mapping[PlatformId, Account] = field(default_factory=dict)
    paused: datetime | None = None
    """Since when they want nothing carried to or from them."""

    def on(self, platform: PlatformId) -> Account | None:
        return self.accounts.get(platform)

    @property
    def home(self) -> Account | None:
        """The account on the primary platform."""
        return self.accounts.get(self.primary) if self.primary else None

    @property
    def platforms(self) -> tuple[PlatformId, ...]:
        return tuple(sorted(self.accounts))

    @property
    def time_zone(self) -> str | None:
        zones = [a.time_zone for a in (self.home, *self.accounts.values()) if a and a.time_zone]
        return zones[0] if zones else None


def address_key(email: str, aliases: Mapping[str, str]) -> str:
    """The address under which accounts of one person meet: lower case, old domains read as the new ones."""
    name, _, domain = email.strip().lower().rpartition("@")
    return f"{name}@{aliases.get(domain, domain)}"


def folded(name: str, email: str | None) -> str:
    """Name and address as they are searched: the databases fold letters differently, and one of them only English ones."""
    return f"{name} {email or ''}".casefold()


def settled_primary(person: Person, platforms: Iterable[PlatformId]) -> PlatformId | None:
    """The primary that needs no question: the chosen one while its account exists, else the only platform there is."""
    present = tuple(platforms)
    if person.primary in present:
        return person.primary
    return present[0] if len(present) == 1 else None
