"""What a sync would do, person by person, before anything is done. Pure.

A plan is a list of outcomes; confirming it carries out exactly the outcomes that say "ask". Whoever said no is asked by no plan.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.ids import PersonId, PlatformId
from bot.links import SAID_NO, State, SyncLink
from bot.people import Person
from bot.relay import LinkKey


class Outcome(enum.StrEnum):
    """What Confirm would do for one person and one secondary platform."""

    ASK = "ask"
    ALREADY = "already"
    WAITING = "waiting"
    DECLINED = "declined"
    NO_ACCOUNT = "no account"
    NO_HOME_ACCOUNT = "no home account"
    UNDECIDED = "undecided"
    EXCLUDED = "excluded"
    LINKED_PRIMARY = "linked primary"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Line:
    person: PersonId
    platform: PlatformId | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Wish:
    """What the admin asked for. No primary: everybody keeps theirs. No secondaries: all their other platforms."""

    primary: PlatformId | None = None
    secondaries: tuple[PlatformId, ...] = ()


def plan(people: Iterable[Person], wish: Wish, links: Mapping[LinkKey, SyncLink]) -> tuple[Line, ...]:
    """One line per person and secondary platform, or one line without platform for a person as a whole."""
    return tuple(line for person in people for line in _lines(person, wish, links))


def _lines(person: Person, wish: Wish, links: Mapping[LinkKey, SyncLink]) -> Sequence[Line]:
    if person.excluded:
        return [Line(person.id, None, Outcome.EXCLUDED)]
    primary = wish.primary or person.primary
    if primary is None:
        return [Line(person.id, None, Outcome.UNDECIDED)]
    if person.on(primary) is None:
        return [Line(person.id, primary, Outcome.NO_HOME_ACCOUNT)]
    if wish.primary and person.primary not in (None, wish.primary) and has_link(person, links):
        return [Line(person.id, None, Outcome.LINKED_PRIMARY)]
    wanted = wish.secondaries or tuple(p for p in person.platforms if p != primary)
    lines = [_line(person, platform, links) for platform in wanted if platform != primary]
    return lines or [Line(person.id, None, Outcome.NOTHING)]


def _line(person: Person, platform: PlatformId, links: Mapping[LinkKey, SyncLink]) -> Line:
    link = links.get((person.id, platform))
    if person.on(platform) is None:
        return Line(person.id, platform, Outcome.NO_ACCOUNT)
    if link is not None and link.state is State.SYNCED:
        return Line(person.id, platform, Outcome.ALREADY)
    if link is not None and link.state is State.PENDING:
        return Line(person.id, platform, Outcome.WAITING)
    if link is not None and link.reason in SAID_NO:
        return Line(person.id, platform, Outcome.DECLINED)
    return Line(person.id, platform, Outcome.ASK)


def has_link(person: Person, links: Mapping[LinkKey, SyncLink]) -> bool:
    """Whether changing the primary would break something that stands or is being asked for."""
    return any(owner == person.id and link.state in (State.SYNCED, State.PENDING) for (owner, _), link in links.items())
