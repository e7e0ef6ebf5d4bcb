"""What a platform is: the protocol every folder below ``platforms`` fulfils, its traits, and its four errors.

The engine calls, the platform translates and talks to the vendor. A platform never decides, never retries, never
waits for a rate limit, and never sees the database.

    PlatformError
    ├── TryLater        not now: rate limit, vendor's fault, network
    ├── NotAuthorised   a person's or the bot's permission is over
    ├── Gone            the thing addressed does not exist any more: nothing left to do
    └── Refused         it will never work like this: say why
"""

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from bot.events import Event, Tokens
from bot.ids import AccountId, PlatformId
from bot.links import LinkReason
from bot.people import Account
from bot.presence import Document, Presence, no_documents
from bot.ready import (
    GrantKind,
    History,
    Knock,
    Listed,
    ListedTeams,
    Listening,
    Probed,
    ReadyCard,
    ReadyPost,
    Sent,
    Signed,
)
from bot.text import Unit


class PlatformError(Exception):
    """Base of the four answers that the border of a platform knows."""


class TryLater(PlatformError):
    """Not now. ``after`` is the vendor's or our limiter's word; None leaves the delay to the engine.

    ``certain`` is False when the call may have been carried out although no answer came (timeout, broken connection,
    5xx after the request was sent): the engine then looks before it sends again.
    """

    def __init__(self, why: str, after: timedelta | None = None, *, certain: bool = True) -> None:
        super().__init__(why)
        self.after = after
        self.certain = certain


class NotAuthorised(PlatformError):
    """The permission behind the call is over. ``account`` None means the bot's own."""

    def __init__(self, why: str, account: AccountId | None, reason: LinkReason = LinkReason.REVOKED) -> None:
        super().__init__(why)
        self.account = account
        self.reason = reason


class Gone(PlatformError):
    """What the order addresses is not there any more."""


class Refused(PlatformError):
    """The vendor will never accept this; the message is the vendor's code."""


class Undecodable(Exception):
    """A payload that does not have the documented shape; set aside with the path of the fault."""


class Revocable(enum.StrEnum):
    YES = "yes"
    BEST_EFFORT = "best effort"
    NONE = "none"


class Hearing(enum.StrEnum):
    """How what is written to a person who allowed reaches us."""

    APP = "app"
    """The app's own events cover everybody who allowed."""
    PERSON = "person"
    """Something of each person's has to be set up at the platform and kept alive: ``listen``."""


class Scope(enum.StrEnum):
    """Who is imported."""

    EVERYBODY = "everybody"
    TEAMS = "teams"
    """The members of the teams that an administrator selected."""


@dataclass(frozen=True, slots=True)
class Traits:
    """Only what a handler or the engine branches on."""

    text_limit: int
    text_unit: Unit
    card_replaceable: bool = True
    opens_addresses: bool = True
    """Whether a button can open a web address; else Allow is a link with that text."""
    buttons: int = 5
    """How many buttons fit on a card."""
    revoke: Revocable = Revocable.YES
    hearing: Hearing = Hearing.APP
    scope: Scope = Scope.EVERYBODY
    redelivers: timedelta | None = None
    """With ``Hearing.PERSON``: for how long the vendor repeats what we did not take. A longer silence of ours is read back;
    None: the platform finds out by itself."""
    most_heard: int | None = None
    """How many people the vendor lets one app hear, where there is such a limit."""
    explains_itself: bool = True
    """Whether the platform's page says what is asked for; else our own page comes before it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting a platform declares; assembled and checked by ``service.settings``."""

    name: str
    required: bool
    secret: bool
    default: str
    help: str


# -- what a platform is lent ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Incoming:
    """A webhook to be kept: its unique ``key`` within the platform, the ``stream`` it is ordered in, its vendor time."""

    key: str
    stream: str
    body: bytes = field(repr=False)
    at: datetime
    live: bool = True
    """Live messages before cards before bulk."""


class Overloaded(Exception):
    """An event could not be kept now: answer 503, the vendor comes again."""


class TokenSource(Protocol):
    """Hands out access tokens; renewing them is the engine's job, once at a time per grant.

    Raises ``NotAuthorised`` when there is no live grant and ``TryLater`` while one is being renewed.
    """

    async def person(self, account: AccountId) -> str: ...

    async def person_or_none(self, account: AccountId) -> str | None:
        """The token if this account has a live grant, else None. Raises ``TryLater`` while it is being renewed."""
        ...

    async def ends(self, account: AccountId) -> datetime | None:
        """When the token that ``person`` hands out now ends; None when it does not, or there is none."""
        ...

    async def installed(self, kind: GrantKind) -> Tokens | None:
        """The bot's or the directory's tokens of this platform, fresh; None when never installed."""
        ...

    async def keep(self, kind: GrantKind, tokens: Tokens) -> None:
        """Store tokens the platform got by itself (client credentials, a first installation)."""
        ...

    def stale(self, account: AccountId | None, kind: GrantKind) -> None:
        """The vendor says the token just used has expired: hand out a renewed one from now on."""
        ...


class Memory(Protocol):
    """The platform's own key–value space; survives restarts, shared by all processes, cached here."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, value: str) -> None: ...


class Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Lent:
    """Everything a platform may use. ``submit`` returns after the event is on disk; raises ``Overloaded``."""

    settings: Mapping[str, str] = field(repr=False)
    """The platform's own settings by their public names."""
    public_url: str
    command: str
    """The leading word on this platform, such as ``/mio``."""
    bot_name: str
    submit: Callable[[Incoming], Awaitable[None]]
    tokens: TokenSource
    memory: Memory
    clock: Clock
    rates: bool
    """False: our own rate limits are off."""
    counted: Callable[[str, str, int], None]
    """Counts a call: platform, method, HTTP status."""


@dataclass(frozen=True, slots=True)
class Route:
    """``handler`` is an aiohttp handler; the bot's core does not know aiohttp."""

    method: str
    path: str
    handler: Callable[..., Awaitable[Any]]


class Platform(Protocol):
    """One vendor. Methods raise the four errors; cancellation is always safe."""

    id: PlatformId
    traits: Traits
    probes: Sequence[str]
    """What can be probed with these settings, in the order in which it should be mended."""

    async def start(self) -> None:
        """Open sessions. Must not need the network."""
        ...

    async def stop(self) -> None: ...

    async def decode(self, body: bytes) -> Sequence[Event]:
        """Read one accepted webhook; called by the worker; may fetch what the payload leaves out; must not decide.

        Raises ``Undecodable`` with the path of the fault.
        """
        ...

    async def post(self, ready: ReadyPost) -> Sent:
        """Send one part as the person. One call's worth of effect."""
        ...

    async def find(self, ready: ReadyPost, since: datetime) -> Sequence[Sent] | None:
        """Messages by the same author to the same reader with the same normalised text and vendor time ≥ ``since``,
        oldest first; None = cannot tell."""
        ...

    async def show(self, ready: ReadyCard) -> Sent:
        """Post or replace a card as the bot. Raises ``Gone`` when the card to be replaced does not exist any more."""
        ...

    async def members(self, team: str | None, cursor: str | None) -> Listed:
        """A page of the directory, or of one team's members: at most 200 accounts, verified addresses only."""
        ...

    async def member(self, user: str) -> Account | None:
        """One account by its native user id; None = the vendor does not know it."""
        ...

    def consent_url(self, kind: GrantKind, state: str, challenge: str, user: AccountId | None) -> str:
        """The vendor's page for a person (``user`` = the account expected) or for an installing administrator.

        ``challenge`` is a PKCE S256 challenge, used where the vendor supports it.
        """
        ...

    async def redeem(self, kind: GrantKind, code: str, verifier: str) -> Signed:
        """Exchange a code and find out who signed in. ``Refused`` when the code is not accepted."""
        ...

    async def renew(self, kind: GrantKind, tokens: Tokens, account: AccountId | None) -> Tokens:
        """New tokens for old ones. ``NotAuthorised`` when consent is over."""
        ...

    async def revoke(self, kind: GrantKind, tokens: Tokens) -> bool:
        """Stop what ``listen`` set up with these tokens, then end them.

        True when the vendor confirmed; False where there is no way.
        """
        ...

    async def probe(self, what: str) -> Probed:
        """Look whether one of ``probes`` works. Changes nothing at the vendor, and raises none of the four errors."""
        ...

    def knocks(self) -> Sequence[Knock]:
        """The vendor's own tests of our addresses, signed for this moment."""
        ...


@runtime_checkable
class ByTeam(Protocol):
    """A platform with ``Scope.TEAMS``."""

    async def teams(self, cursor: str | None) -> ListedTeams:
        """A page of the teams whose members may be imported."""
        ...


@runtime_checkable
class Listens(Protocol):
    """A platform with ``Hearing.PERSON``."""

    async def listen(self, account: AccountId | None) -> Listening:
        """Make sure that what is written to this account (None: to the bot) reaches us; may be repeated at any time.

        ``NotAuthorised`` when the person's consent is over, ``Refused`` when the platform will not have it.
        """
        ...

    async def unlisten(self, tokens: Tokens) -> Tokens:
        """Stop what ``listen`` set up for the person of these tokens, and leave the permission alive. Returns tokens that work now.

        ``NotAuthorised`` or ``Refused`` when the permission is over, and with it what was set up.
        """
        ...

    async def history(self, account: AccountId, since: datetime, cursor: str | None) -> History:
        """A page of what was written in the account's direct conversations since then, as ``decode`` would tell it."""
        ...


@runtime_checkable
class Finds(Protocol):
    """A platform whose administrators may have given their consent at the vendor, without coming by here."""

    async def find_consent(self) -> None:
        """Keep the grant behind ``installs`` if the vendor shows it. Raises none of the four errors."""
        ...


@dataclass(frozen=True, slots=True)
class PlatformSpec:
    """What the program knows of a platform before it is connected."""

    id: PlatformId
    title: str
    traits: Traits
    settings: tuple[Setting, ...]
    connect: Callable[[Lent], tuple[Platform, Sequence[Route]]]
    installs: Callable[[Mapping[str, str]], tuple[GrantKind, ...]]
    """With these settings: what an administrator must connect in the browser before the bot can work."""
    install_words: str
    """What connecting means, for the administrator."""
    spared: Callable[[Mapping[str, str]], frozenset[str]] = lambda words: frozenset()
    """Required settings that may be missing beside these."""
    problems: Callable[[Mapping[str, str], bool], Sequence[str]] = lambda words, local: ()
    """What is wrong with the settings as a whole; ``local``: bind and public address are this machine's own."""
    proves: GrantKind | None = None
    """An installation that nobody can look up: *setup* offers it until the platform has found out by itself and kept it."""
    person_scopes: tuple[str, ...] = ()
    manifest: Callable[[Presence], Sequence[Document]] = no_documents
    """What an administrator uploads to the vendor, made from the tables the program runs on."""
