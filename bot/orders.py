"""What we ask for, in the imperative: one closed union. Orders hold our ids; native ids and tokens are looked up last.

Orders are the bodies of jobs and therefore plain data. Carrying one out never happens inside a transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime

from bot.ids import AccountId, AttemptId, CardId, MessageId, PersonId, PlanId, PlatformId, RunId, platform_of
from bot.text import RichText


@dataclass(frozen=True, slots=True)
class Decode:
    """Read one accepted webhook. ``body`` is what the platform's route submitted."""

    platform: PlatformId
    body: bytes = field(repr=False)
    accepted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """Show a message to its reader at home, from the author's stand-in there."""

    message: MessageId
    platform: PlatformId
    author: PersonId
    reader: PersonId
    parts: tuple[RichText, ...]
    """What is sent, one call each; fixed when the order is made, so that a repeat cuts the text in the same places."""
    at: datetime
    """When it was written."""


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Show a card's row: post it, or replace it in place once it has been posted."""

    card: CardId
    platform: PlatformId


@dataclass(frozen=True, slots=True)
class FetchMembers:
    """``team``: the native id of the team whose members are listed; None = everybody."""

    run: RunId
    platform: PlatformId
    cursor: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class FetchTeams:
    """``reading`` names the listing as a whole: teams that it does not show are gone."""

    platform: PlatformId
    reading: str
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Listen:
    """``account`` None: to the bot itself."""

    platform: PlatformId
    account: AccountId | None = None


@dataclass(frozen=True, slots=True)
class ReadHistory:
    platform: PlatformId
    account: AccountId
    since: datetime
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class LookUpMember:
    account: AccountId
    run: RunId | None = None


@dataclass(frozen=True, slots=True)
class RedeemCode:
    """``verifier`` and the redirect address belong to the attempt's row."""

    attempt: AttemptId
    platform: PlatformId
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RenewGrant:
    """``made``: a grant renewed after this moment needs no second renewal."""

    grant: str
    platform: PlatformId
    made: datetime | None = None


@dataclass(frozen=True, slots=True)
class RevokeGrant:
    """Revoke at the platform where it can, then erase our copy. ``account``: whose it was."""

    grant: str
    platform: PlatformId
    account: AccountId | None = None


@dataclass(frozen=True, slots=True)
class Unlisten:
    """Stop hearing with a grant that is out of use, but may come back. ``account``: whose it was."""

    grant: str
    platform: PlatformId
    account: AccountId


@dataclass(frozen=True, slots=True)
class Tick:
    name: str
    slot: datetime


@dataclass(frozen=True, slots=True)
class Proceed:
    """The next page of a confirmed plan; decided without any call."""

    plan: PlanId
    offset: int


Order = (
    Decode
    | Post
    | ShowCard
    | FetchMembers
    | FetchTeams
    | LookUpMember
    | Listen
    | Unlisten
    | ReadHistory
    | RedeemCode
    | RenewGrant
    | RevokeGrant
    | Tick
    | Proceed
)


def platform_of_order(order: Order) -> PlatformId:
    """The platform an order calls. Raises ``ValueError`` for orders that call none."""
    match order:
        case LookUpMember():
            return platform_of(order.account)
        case Tick() | Proceed():
            raise ValueError("no platform")
        case _:
            return order.platform
