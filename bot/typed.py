"""What was typed to the bot: a command with its arguments, or a mistake in words. Pure."""

import enum
from dataclasses import dataclass

from bot.ids import PlatformId


class WhoKind(enum.StrEnum):
    ME = "me"
    EMAIL = "email"
    ACCOUNT = "account"
    NAME = "name"
    NUMBER = "number"
    ALL = "all"
    NEW = "new"
    PENDING = "pending"
    FAILED = "failed"
    UNDECIDED = "undecided"
    ON = "on"
    DOMAIN = "domain"
    TEAM = "team"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a command is about; ``value`` is the address, account id, name, number, platform, domain or team's name."""

    kind: WhoKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class AccountRef:
    """One account: a mention's account id, or an address, with the platform where the address is not enough."""

    value: str
    platform: PlatformId | None = None


@dataclass(frozen=True, slots=True)
class Command:
    verb: str
    who: Who | None = None
    platforms: tuple[PlatformId, ...] = ()
    primary: PlatformId | None = None
    secondaries: tuple[PlatformId, ...] = ()
    number: int | None = None
    words: str = ""
    teams: tuple[str, ...] = ()
    drop: bool = False
    now: bool = False
    """Remove without a way back."""
    accounts: tuple[AccountRef, ...] = ()
    domains: tuple[str, str] | None = None
    """An alias: the old domain and the new one."""
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """A mistake: what was understood, what was not, the nearest right spelling, one example."""

    understood: str
    wrong: str
    nearest: str
    example: str
