"""Who is heard by whom, and why not: the two laws that make loops impossible, in one pure function.

A person is heard only at home; a person is spoken for only away from home. Echoes of our own posts come from stand-ins,
which are never at home, so they can never be relayed. ``route`` is the only maker of ``Carry``.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bot.ids import PersonId, PlatformId
from bot.links import PERSON_MENDS, LinkReason, State, SyncLink
from bot.people import Person

LinkKey = tuple[PersonId, PlatformId]


class Reason(enum.StrEnum):
    """Why a job ended without an effect, or a message was not carried; logged with ids and counted."""

    RECEIPT = "receipt"
    DUPLICATE = "duplicate"
    FOREIGN = "foreign"
    EXCLUDED = "excluded"
    NOT_AT_HOME = "not_at_home"
    BOTH_AT_HOME = "both_at_home"
    READER_UNDECIDED = "reader_undecided"
    WRITER_NOT_LINKED = "writer_not_linked"
    READER_NOT_LINKED = "reader_not_linked"
    NO_COPY = "no_copy"
    UNSUPPORTED = "unsupported"
    EMPTY = "empty"
    EXPIRED = "expired"
    STALE = "stale"
    MOVED = "moved"
    PAUSED = "paused"
    PAUSE_EXPIRED = "pause_expired"
    """Held while paused, for longer than ``MIO_HOLD``."""


@dataclass(frozen=True, slots=True)
class Carry:
    """Post it on ``target`` through the author's stand-in there."""

    target: PlatformId


@dataclass(frozen=True, slots=True)
class Tell:
    """It cannot be carried, and the writer must hear why. ``needed`` is the link that is missing."""

    reason: Reason
    needed: LinkKey


@dataclass(frozen=True, slots=True)
class Drop:
    """Nothing to do, and nobody to tell."""

    reason: Reason


Routing = Carry | Tell | Drop


GIVEN = PERSON_MENDS | {LinkReason.CONNECTING}
"""Reasons of a pending link whose person has allowed: what is written is carried, or waits."""


def route(
    heard_on: PlatformId, author: Person | None, reader: Person | None, links: Mapping[LinkKey, SyncLink]
) -> Routing:
    """Decide over a message that ``author`` wrote to ``reader`` on ``heard_on``."""
    if author is None or reader is None:
        return Drop(Reason.FOREIGN)
    if author.excluded or reader.excluded:
        return Drop(Reason.EXCLUDED)
    if author.primary is not None and author.primary != heard_on:
        return Drop(Reason.NOT_AT_HOME)
    if reader.primary == heard_on:
        return Drop(Reason.BOTH_AT_HOME)
    if reader.primary is None:
        return Drop(Reason.READER_UNDECIDED)
    if not _synced(links, reader, heard_on):
        return Tell(Reason.READER_NOT_LINKED, (reader.id, heard_on))
    if not _synced(links, author, reader.primary):
        return Tell(Reason.WRITER_NOT_LINKED, (author.id, reader.primary))
    return Carry(reader.primary)


def _synced(links: Mapping[LinkKey, SyncLink], person: Person, platform: PlatformId) -> bool:
    """A consent that broke and that the person can mend still counts: their messages wait for it, in order."""
    link = links.get((person.id, platform))
    if link is None:
        return False
    return link.state is State.SYNCED or (link.state is State.PENDING and link.reason in GIVEN)
