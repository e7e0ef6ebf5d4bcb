"""The link (a sync): person + secondary platform + stand-in + state, and the one table of its transitions.

Pure. Four states in every place; everything else is a reason with a date. ``step`` is the only way a link changes.
"""

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, assert_never

from bot.ids import PersonId, PlatformId


class State(enum.StrEnum):
    NOT_CREATED = "not created"
    PENDING = "pending"
    SYNCED = "synced"
    FAILED = "failed"


class StandIn(enum.StrEnum):
    """What represents the person on the secondary platform. Guests and personas come with the platforms that need them."""

    OWN = "own"


class LinkReason(enum.StrEnum):
    """Why a link is in its state; shown to people through the catalogue of words."""

    NONE = ""
    ASKED = "asked"
    PLANNED = "planned"
    NOT_NOW = "not now"
    UNANSWERED = "unanswered"
    DECLINED = "declined"
    DENIED = "denied at the platform"
    WRONG_ACCOUNT = "wrong account"
    NO_ACCOUNT = "no account"
    REVOKED = "revoked"
    EXPIRED = "expired"
    POLICY = "policy"
    ACCOUNT_GONE = "account gone"
    DISCONNECTED = "disconnected"
    RESET = "reset"
    LEFT = "left"
    UNREACHABLE = "unreachable"
    CONNECTING = "connecting"
    """The person allowed; hearing is being set up at the platform."""


PERSON_MENDS = frozenset({LinkReason.REVOKED, LinkReason.EXPIRED})
"""Losses that the person repairs by allowing again; every other loss needs an administrator."""

SAID_NO = frozenset({LinkReason.DECLINED, LinkReason.DISCONNECTED})
"""The person's own word: only their *connect*, or an administrator who expressly reprompts them, asks again."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The reminder timetable (``MIO_PROMPT_EVERY``, ``MIO_PROMPT_MAX``): the first card, then at most ``most`` reminders."""

    every: timedelta = timedelta(days=3)
    most: int = 3


@dataclass(frozen=True, slots=True)
class SyncLink:
    person: PersonId
    platform: PlatformId
    state: State = State.NOT_CREATED
    stand_in: StandIn = StandIn.OWN
    reason: LinkReason = LinkReason.NONE
    since: datetime | None = None
    """When state or reason last changed."""
    next_ask: datetime | None = None
    """When the next reminder is due; None = none is planned."""
    asked: int = 0
    """Cards sent in this round: the first one and its reminders."""
    round: int = 0
    """Grows whenever asking begins anew; part of a reminder's unique key."""

    @property
    def connecting(self) -> bool:
        """Allowed, but nothing is heard yet."""
        return self.state is State.PENDING and self.reason is LinkReason.CONNECTING

    @property
    def allowed(self) -> bool:
        """The person has said yes and the permission holds, as far as is known."""
        return self.state is State.SYNCED or self.connecting


class Happening(enum.StrEnum):
    ASKED = "asked"
    PLANNED = "planned"
    ALLOWED = "allowed"
    """Granted, on a platform where hearing has yet to be set up."""
    GRANTED = "granted"
    NOT_NOW = "not now"
    DECLINED = "declined"
    DENIED = "denied"
    DUE = "due"
    WRONG_ACCOUNT = "wrong account"
    LOST = "lost"
    CANNOT_BE = "cannot be"
    RESET = "reset"
    WITHDRAWN = "withdrawn"
    DISCONNECTED = "disconnected"
    LEFT = "left"


class Effect(enum.StrEnum):
    """What has to follow a transition; the handlers turn it into orders."""

    ASK = "ask"
    REMIND = "remind"
    TELL_ADMIN = "tell admin"
    REVOKE = "revoke"
    REFRESH_CARD = "refresh card"


@dataclass(frozen=True, slots=True)
class Step:
    link: SyncLink
    effects: tuple[Effect, ...] = ()


def step(
    link: SyncLink,
    happening: Happening,
    now: datetime,
    timetable: Timetable,
    reason: LinkReason = LinkReason.NONE,
) -> Step:
    """The transition table. ``reason`` is read for LOST and CANNOT_BE only. A happening that changes nothing is a no-op."""
    match happening:
        case Happening.ASKED:
            return _ask(link, now, timetable)
        case Happening.PLANNED:
            return Step(link if link.allowed else _to(link, State.PENDING, LinkReason.PLANNED, now))
        case Happening.ALLOWED:
            if link.state is State.SYNCED:
                return Step(link)
            return Step(_to(link, State.PENDING, LinkReason.CONNECTING, now), (Effect.REFRESH_CARD,))
        case Happening.GRANTED:
            return Step(_to(link, State.SYNCED, LinkReason.NONE, now, asked=0), (Effect.REFRESH_CARD,))
        case Happening.NOT_NOW | Happening.DECLINED | Happening.DENIED | Happening.WRONG_ACCOUNT:
            return _answer(link, happening, now, timetable) if _open(link, happening) else Step(link)
        case Happening.DUE:
            return _due(link, now, timetable)
        case Happening.LOST:
            return _lost(link, now, timetable, reason)
        case Happening.CANNOT_BE:
            state = State.NOT_CREATED if link.state is State.NOT_CREATED else State.FAILED
            return Step(_to(link, state, reason, now), (Effect.REVOKE,) if link.state is State.SYNCED else ())
        case Happening.RESET:
            return _close(link, LinkReason.RESET, now)
        case Happening.WITHDRAWN:
            waits = link.state is State.PENDING and link.reason is LinkReason.PLANNED
            return Step(_to(link, State.NOT_CREATED, LinkReason.NONE, now) if waits else link)
        case Happening.DISCONNECTED:
            return _close(link, LinkReason.DISCONNECTED, now)
        case Happening.LEFT:
            return _close(link, LinkReason.LEFT, now)
        case _:
            assert_never(happening)


Answer = Literal[Happening.NOT_NOW, Happening.DECLINED, Happening.DENIED, Happening.WRONG_ACCOUNT]


def _open(link: SyncLink, answer: Answer) -> bool:
    """Whether the question is still there to be answered. *No thanks* ends a failed one, too, and whoever refused on the
    platform's page may still say *Not now*."""
    if link.state is State.FAILED:
        mine = link.reason is LinkReason.DENIED and answer is Happening.NOT_NOW
        return mine or answer is Happening.DECLINED
    return link.state is State.PENDING and not link.connecting


def _answer(link: SyncLink, answer: Answer, now: datetime, timetable: Timetable) -> Step:
    """What somebody who was asked did with the question."""
    match answer:
        case Happening.NOT_NOW:
            later = replace(_to(link, State.PENDING, LinkReason.NOT_NOW, now), next_ask=now + timetable.every)
            return Step(later, (Effect.REFRESH_CARD,))
        case Happening.DECLINED:
            return Step(_to(link, State.NOT_CREATED, LinkReason.DECLINED, now), (Effect.REFRESH_CARD,))
        case Happening.DENIED:
            return Step(_to(link, State.FAILED, LinkReason.DENIED, now), (Effect.REFRESH_CARD,))
        case Happening.WRONG_ACCOUNT:
            return Step(replace(_to(link, State.PENDING, LinkReason.WRONG_ACCOUNT, now), next_ask=link.next_ask))


def _to(link: SyncLink, state: State, reason: LinkReason, now: datetime, asked: int | None = None) -> SyncLink:
    count = link.asked if asked is None else asked
    return replace(link, state=state, reason=reason, since=now, next_ask=None, asked=count)


def _ask(link: SyncLink, now: datetime, timetable: Timetable) -> Step:
    """Begin a round: a card now, reminders by the timetable. Who has allowed is not asked again."""
    if link.allowed:
        return Step(link)
    asked = replace(_to(link, State.PENDING, LinkReason.ASKED, now, asked=1), round=link.round + 1)
    return Step(replace(asked, next_ask=now + timetable.every), (Effect.ASK,))


def _due(link: SyncLink, now: datetime, timetable: Timetable) -> Step:
    """A reminder is due; after the last one the link stays pending and visible."""
    if link.state is not State.PENDING or link.next_ask is None or link.next_ask > now:
        return Step(link)
    if link.asked > timetable.most:
        return Step(_to(link, State.PENDING, LinkReason.UNANSWERED, now))
    return Step(replace(link, asked=link.asked + 1, next_ask=now + timetable.every), (Effect.REMIND,))


def _lost(link: SyncLink, now: datetime, timetable: Timetable, reason: LinkReason) -> Step:
    """Consent broke. Who can mend it decides whom we tell."""
    if not link.allowed:
        return Step(link)
    if reason in PERSON_MENDS:
        again = replace(_to(link, State.PENDING, reason, now, asked=1), round=link.round + 1)
        return Step(replace(again, next_ask=now + timetable.every), (Effect.ASK,))
    return Step(_to(link, State.FAILED, reason, now), (Effect.TELL_ADMIN,))


def _close(link: SyncLink, reason: LinkReason, now: datetime) -> Step:
    effects = (Effect.REVOKE, Effect.REFRESH_CARD) if link.state is not State.NOT_CREATED else ()
    return Step(_to(link, State.NOT_CREATED, reason, now, asked=0), effects)
