"""What has happened, in the past tense: one closed union. Deciding over an event never touches the network.

Events from outside are made by a platform's ``decode``; results of orders by ``send`` and its kin. They carry
our ids, and text only where a message itself is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from bot.ids import AccountId, AttemptId, CardId, ChannelId, MessageId, NativeId, PlanId, PlatformId, RunId
from bot.links import LinkReason
from bot.orders import Order
from bot.people import Account, Kind
from bot.text import RichText

Secret = NewType("Secret", str)
"""A token or key: never logged, never stored unsealed."""


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """Somebody typed to the bot: a slash command or a line in the direct conversation with it.

    ``actor`` was looked up at the platform just now, so its ``admin`` flag can be trusted.
    """

    actor: Account
    text: str = field(repr=False)
    at: datetime
    shared: bool = False
    """Typed in a place that others can read."""


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A card's button or choice. ``action`` is the card model's action in its wire form, ``value`` the chosen option.

    ``actor``: the account as it was looked up just now, where a platform's listing does not say who administers it.
    """

    account: AccountId
    action: str
    at: datetime
    value: str | None = None
    channel: ChannelId | None = None
    native: NativeId | None = None
    actor: Account | None = None


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """A direct message between two accounts of one platform."""

    platform: PlatformId
    channel: ChannelId
    native: NativeId
    author: AccountId
    reader: AccountId
    text: RichText
    at: datetime
    """The platform's own time of the message."""
    files: tuple[str, ...] = ()
    """Names of attached files."""
    reply_to: NativeId | None = None


@dataclass(frozen=True, slots=True)
class MessageEdited:
    platform: PlatformId
    channel: ChannelId
    native: NativeId
    author: AccountId
    reader: AccountId
    text: RichText
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageErased:
    platform: PlatformId
    channel: ChannelId
    native: NativeId
    at: datetime


@dataclass(frozen=True, slots=True)
class OutsiderWrote:
    """Somebody whom the directory does not hold wrote to an account: who, as far as the platform says, and never what."""

    reader: AccountId
    at: datetime
    name: str = ""
    kind: Kind = Kind.GUEST


@dataclass(frozen=True, slots=True)
class MemberJoined:
    account: Account
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """The whole record as it is now (the platform looks it up when an event names changed fields only)."""

    account: Account
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """Deactivated, deleted or moved out of the company's account."""

    account: AccountId
    at: datetime


@dataclass(frozen=True, slots=True)
class GrantLost:
    """A platform said, by event or by refusing a call, that a person's consent is over."""

    account: AccountId
    reason: LinkReason
    at: datetime
    detail: str = ""
    """The vendor's own code, for administrators."""


@dataclass(frozen=True, slots=True)
class Deafened:
    """A platform said that what is written to the account may not reach us any more: ``listen`` is to look now.

    ``since``: from then on something was missed in any case.
    """

    account: AccountId
    at: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AppLost:
    """The bot's app was removed or disabled as a whole: nothing works on that platform until it is installed again."""

    platform: PlatformId
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A payload that needs no decision: counted and logged under its reason, never dropped in silence."""

    platform: PlatformId
    reason: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ticked:
    """The clock: ``name`` from the handlers' table, ``slot`` the time it stands for."""

    name: str
    slot: datetime


@dataclass(frozen=True, slots=True)
class PlanProceeded:
    """The next page of a confirmed plan is due."""

    plan: PlanId
    offset: int


# -- results of orders ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageSent:
    """One part of a message stands on the target platform."""

    message: MessageId
    platform: PlatformId
    part: int
    channel: ChannelId
    native: NativeId
    at: datetime


@dataclass(frozen=True, slots=True)
class CardShown:
    card: CardId
    channel: ChannelId
    native: NativeId


@dataclass(frozen=True, slots=True)
class MembersListed:
    """A page of the directory or of a team, at most 200 accounts; no cursor = the last page."""

    run: RunId
    platform: PlatformId
    accounts: tuple[Account, ...]
    cursor: str | None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class TeamsListed:
    """A page of a platform's teams as (native id, name); no cursor = the last page of this ``reading``."""

    platform: PlatformId
    reading: str
    teams: tuple[tuple[str, str], ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What is written to the account (None: to the bot) reaches us; look again at ``until``.

    ``gap``: since then something may have been missed.
    """

    platform: PlatformId
    account: AccountId | None
    until: datetime
    gap: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryRead:
    """A page of missed messages was told as events of their own; ``cursor``: there is more."""

    account: AccountId
    since: datetime
    cursor: str | None


@dataclass(frozen=True, slots=True)
class MemberLookedUp:
    """``account`` is None when the platform does not know the user any more."""

    id: AccountId
    account: Account | None
    run: RunId | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a platform gave for a consent. Times are absolute; None = does not expire."""

    access: Secret = field(repr=False)
    refresh: Secret | None = field(default=None, repr=False)
    expires: datetime | None = None
    scopes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Granted:
    """A code was exchanged: ``account`` is who really signed in at the platform.

    None: an administrator, as the platform vouches, without a name.
    """

    attempt: AttemptId
    account: Account | None
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class GrantRefused:
    """The code could not be exchanged (expired, used, app not approved …)."""

    attempt: AttemptId
    detail: str


@dataclass(frozen=True, slots=True)
class Renewed:
    grant: str
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class GrantRevoked:
    grant: str
    at_platform: bool
    """False where the platform has no way or did not answer as hoped: then only our copy is gone."""
    account: AccountId | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """An order ended without its effect; ``reason`` is a ``bot.relay.Reason`` or the vendor's code."""

    order: Order
    reason: str
    unknown: bool = False
    """True: it may have been carried out; nobody can tell."""


Outside = (
    CommandGiven
    | ButtonPressed
    | MessagePosted
    | MessageEdited
    | MessageErased
    | OutsiderWrote
    | MemberJoined
    | MemberChanged
    | MemberLeft
    | GrantLost
    | Deafened
    | AppLost
    | Ignored
    | Ticked
    | PlanProceeded
)
"""What happened by itself: platforms, people, the clock."""

Result = (
    MessageSent
    | CardShown
    | MembersListed
    | TeamsListed
    | MemberLookedUp
    | Subscribed
    | HistoryRead
    | Granted
    | GrantRefused
    | Renewed
    | GrantRevoked
    | Failed
)
"""What came of an order."""

Event = Outside | Result
