"""What goes in and out of a platform: orders with native ids in them, answers, and what a look at the vendor found.

Plain values; a platform's methods take and give them, nobody stores them.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.events import Event, Tokens
from bot.ids import AccountId, CardId, ChannelId, MessageId, NativeId
from bot.people import Account
from bot.text import RichText


@dataclass(frozen=True, slots=True)
class ReadyPost:
    """One part of a message, from a person's own account to another account of the same platform."""

    message: MessageId
    part: int
    voice: AccountId
    reader: AccountId
    channel: ChannelId | None
    """Where their direct conversation is, when known."""
    text: RichText


@dataclass(frozen=True, slots=True)
class ReadyCard:
    """A card from the bot to one account. ``native`` given: replace that message in place."""

    card: CardId
    reader: Account
    channel: ChannelId | None
    native: NativeId | None
    content: Any = field(repr=False)
    """A ``cards.model.Card``; typed here as opaque because this folder knows no cards."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message stands now."""

    channel: ChannelId
    native: NativeId
    at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the directory; no cursor = the last page."""

    accounts: tuple[Account, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Team:
    """A team of the platform, by its native id."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ListedTeams:
    """A page of the platform's teams; no cursor = the last page."""

    teams: tuple[Team, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Listening:
    """What is written to an account reaches us until ``until``; look again before.

    ``gap``: since this moment something may have been missed, because what was set up had stopped working.
    """

    until: datetime
    gap: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What an account's conversations held, oldest first; no cursor = that was all."""

    events: tuple[Event, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Signed:
    """The outcome of a consent: who signed in, and what we were given.

    No account: the platform does not say who it was, but lets nobody but administrators come this far.
    """

    account: Account | None
    tokens: Tokens


class Health(enum.StrEnum):
    WORKS = "works"
    LATER = "try later"
    """The vendor could not be asked; nothing is known to be wrong."""
    NOT_AUTHORISED = "not authorised"
    """Permission is missing or over: somebody has to give it (again)."""
    HOPELESS = "hopeless"
    """It will not work before a setting, here or at the vendor, is another one."""


class Whose(enum.StrEnum):
    """Who can do something about it: who runs this program, or who administers the platform."""

    OPERATOR = "operator"
    ADMIN = "admin"


class GrantKind(enum.StrEnum):
    """What a grant is for: a person's direct messages, reading the directory, the bot's own installation, or nobody's
    consent at all: keys of our own, kept sealed like the rest."""

    PERSON = "person"
    DIRECTORY = "directory"
    BOT = "bot"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Probed:
    """What one look at the vendor found: a sentence, and unless it works the next step and who takes it."""

    health: Health
    sentence: str
    next: str = ""
    whose: Whose = Whose.OPERATOR
    connect: GrantKind | None = None
    """What an administrator connects in the browser to mend it."""
    tenant: str | None = None
    """Workspace or account that the permission belongs to, when the vendor told."""

    @property
    def ok(self) -> bool:
        return self.health is Health.WORKS


@dataclass(frozen=True, slots=True)
class Knock:
    """A vendor's own test of one of our addresses, as we play it to ourselves: signed with our own secret."""

    path: str
    secret: str
    """The setting whose value signs requests to this address."""
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    accepts: Callable[[bytes], bool]
    """Whether the vendor would be content with this answer to it."""
