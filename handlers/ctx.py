"""What a handler is given: one transaction, the policy of the company, and the means to order something.

A handler has no platform and no network; everything it wants done becomes a job in the same transaction.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.events import Ticked
from bot.hours import WorkingHours
from bot.ids import AccountId, CardId, DmId, PersonId, PlatformId, dm_id, platform_of
from bot.links import Timetable
from bot.orders import (
    Decode,
    FetchMembers,
    FetchTeams,
    Listen,
    LookUpMember,
    Order,
    Post,
    Proceed,
    ReadHistory,
    RedeemCode,
    RenewGrant,
    RevokeGrant,
    ShowCard,
    Tick,
    Unlisten,
)
from bot.people import Account
from bot.platform import Traits
from bot.ready import GrantKind
from cards.content import kind_of
from storage.grants import grant_id
from storage.policies import Pause
from storage.queue import BULK, CARD, LIVE, NewJob
from storage.store import Tx

BREATH = timedelta(milliseconds=40)


@dataclass(frozen=True, slots=True)
class Connected:
    """A configured platform, as handlers see it."""

    title: str
    traits: Traits
    command: str
    """The leading word there, such as ``/mio``."""
    installs: tuple[GrantKind, ...] = ()
    proves: GrantKind | None = None
    """With nothing to install: what *setup* offers until it proved to be there."""
    """What an administrator must connect before the bot can work there."""
    missing_words: Mapping[GrantKind, str] = field(default_factory=dict)
    ready_words: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A setting that may be changed in chat: its value and its default, in the words that would set them."""

    value: str
    default: str
    fixed: str
    """Where it was given outside chat, which wins; empty = it was not."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings that decisions depend on; the environment's word joined with what was set in chat."""

    company: str
    bot_name: str
    support: str
    privacy_url: str
    platforms: Mapping[PlatformId, Connected]
    admins: frozenset[str]
    """E-mail addresses; empty = the platforms' own administrators."""
    aliases: Mapping[str, str]
    timetable: Timetable
    hours: WorkingHours
    time_zone: str
    throttle: timedelta
    """Shortest time between two unasked messages to the same person."""
    hold: timedelta
    keep: timedelta
    guard_share: float
    guard_count: int
    allow_url: Callable[[PersonId, PlatformId, int], str]
    """The address behind *Allow* for a link's current round."""
    setup_url: Callable[[PlatformId, GrantKind], str]
    """The address behind *Connect*, valid once; the second argument is the kind of grant."""
    digest: Callable[[str], str]
    """Keyed hash of a message's normalised words."""
    download_url: Callable[[str, str, AccountId], str]
    """Where a file of this kind about this thing can be fetched, once, by the account's owner."""
    upload_url: Callable[[str, str, AccountId], str]
    """Where a file can be sent to, once; ``thing``: what is to be done with it."""
    undo_window: timedelta = timedelta(hours=72)
    per_day: int = 500
    """First cards a day."""
    stop_share: float = 0.2
    two_person: int = 0
    self_primary: str = "request"
    """Whether people may change their own primary: request, allow, no."""
    paused: str = "hold"
    """What becomes of messages while paused: hold, refuse."""
    help_url: str = ""
    """Empty = the built-in pages."""
    pauses: Mapping[str, Pause] = field(default_factory=dict)
    """By platform, or ``all``."""
    options: Mapping[str, Option] = field(default_factory=dict)
    """What may be set in chat, by name."""
    elsewhere: frozenset[str] = frozenset()
    """Every setting's name outside; what is no option can be changed only there."""
    check: Callable[[str, str], str] = lambda name, word: ""
    """What is wrong with a word for a setting, in one sentence; empty when it is right."""

    def title(self, platform: PlatformId) -> str:
        known = self.platforms.get(platform)
        return known.title if known else platform.title()


@dataclass(frozen=True, slots=True)
class Count:
    """Something to count once the transaction stands: a metric's name, its labels, and by how much."""

    metric: str
    labels: tuple[str, ...]
    value: float = 1.0


@dataclass(slots=True)
class Ctx:
    """One decision under way."""

    tx: Tx
    policy: Policy
    counts: list[Count] = field(default_factory=list)
    grants: list[str] = field(default_factory=list)
    """Grants that this decision changed: nobody may go on using a copy held in memory."""
    ruled: bool = False
    """Whether this decision changed a setting or a pause: the policy in memory is read anew."""

    @property
    def now(self) -> datetime:
        return self.tx.now

    @property
    def aliases(self) -> Mapping[str, str]:
        """Old domains read as new ones: what was set in chat, and the environment's word over it."""
        return {**self.tx.policies.aliases(), **self.policy.aliases}

    @property
    def admins(self) -> frozenset[str]:
        """Addresses of administrators, by setting or named in chat; empty = the platforms' own administrators."""
        return self.policy.admins | self._named("admin")

    @property
    def helpdesk(self) -> frozenset[str]:
        return self._named("helpdesk")

    def _named(self, role: str) -> frozenset[str]:
        return frozenset(email for email, held in self.tx.policies.roles().items() if held == role)

    def count(self, metric: str, *labels: str, value: float = 1.0) -> None:
        self.counts.append(Count(metric, labels, value))

    def put(self, order: Order, *, key: str | None = None, due: datetime | None = None) -> None:
        """Order something: a job in this transaction, unless its ``key`` was used before."""
        at = order.at if isinstance(order, Post) else self.now
        stream, rank, lane = _addressed(order)
        self.tx.queue.put([NewJob(stream, type(order).__name__, order, at, rank, key, due, lane)])

    def breathe(self, order: Proceed | Tick, turn: int, *, key: str | None = None) -> None:
        """The next piece of long work, after a pause in which people's messages go first.

        It stands in a stream beside the one that is being worked on: a stream with work in it is due as it was.
        """
        stream, rank, lane = _addressed(order)
        beside, due = f"{stream}:{turn % 2}", self.now + BREATH
        self.tx.queue.put([NewJob(beside, type(order).__name__, order, self.now, rank, key, due, lane)])

    def again(self, event: Ticked) -> None:
        """The same tick once more, after a breath: there is more to do than fits one transaction."""
        slot = event.slot + timedelta(microseconds=1)
        self.breathe(Tick(event.name, slot), slot.microsecond)

    def show(
        self, account: Account | AccountId, facts: Any, *, subject: str = "", due: datetime | None = None
    ) -> CardId:
        """Show a new card to an account, from the bot."""
        account_id = account if isinstance(account, str) else account.id
        card = self.tx.cards.new(account_id, kind_of(facts), subject, _data(facts))
        self.put(ShowCard(card, platform_of(account_id)), due=due)
        return card

    def replace(self, card: CardId, facts: Any) -> None:
        """Give a card new facts; it changes in place where the platform can."""
        row = self.tx.cards.get(card)
        if row is None:
            return
        self.tx.cards.set_data(card, _data(facts), kind_of(facts))
        self.put(ShowCard(card, platform_of(row.account)))


def _data(facts: Any) -> str:
    return json.dumps(dataclasses.asdict(facts), ensure_ascii=False)


def outgoing(platform: PlatformId, dm: DmId) -> str:
    """The stream of what is posted into a conversation on a platform."""
    return f"out:{platform}:{dm}"


def _addressed(order: Order) -> tuple[str, int, str]:
    """Stream, rank and lane of an order. Streams keep order; lanes share a vendor's rate limit."""
    match order:
        case Post(platform=platform):
            return outgoing(platform, dm_id(order.author, order.reader)), LIVE, f"{platform}:post"
        case ShowCard(platform=platform):
            return f"card:{platform}:{order.card}", CARD, f"{platform}:card"
        case FetchMembers(platform=platform) | FetchTeams(platform=platform):
            return f"import:{platform}", BULK, f"{platform}:members"
        case Listen(platform=platform, account=account):
            # With renewals and revocations of the same grant, one after another: behind them, since it needs a token.
            own = grant_id(GrantKind.PERSON, platform, account) if account else f"bot:{platform}"
            return f"grant:{own}", BULK, f"{platform}:listen"
        case Unlisten(platform=platform, account=account):
            own = grant_id(GrantKind.PERSON, platform, account)
            return f"grant:{own}", LIVE, f"{platform}:listen"
        case ReadHistory(platform=platform):
            return f"history:{order.account}", BULK, f"{platform}:history"
        case LookUpMember(account=account):
            return f"import:{platform_of(account)}", BULK, f"{platform_of(account)}:members"
        case RedeemCode(platform=platform):
            return f"consent:{order.attempt}", LIVE, f"{platform}:oauth"
        case RenewGrant(platform=platform):
            return f"grant:{order.grant}", LIVE, f"{platform}:oauth"
        case RevokeGrant(platform=platform, account=account):
            own = grant_id(GrantKind.PERSON, platform, account) if account else order.grant
            return f"grant:{own}", LIVE, f"{platform}:oauth"
        case Proceed():
            return f"plan:{order.plan}", BULK, ""
        case Tick():
            return f"tick:{order.name}", BULK, ""
        case Decode():
            raise ValueError("webhooks are submitted, not ordered")
