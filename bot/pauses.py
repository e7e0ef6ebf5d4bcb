"""What stops messages: a pause of everything, of a platform, or somebody's own. Pure."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.ids import PersonId, PlatformId

ALL = "all"


class By(enum.StrEnum):
    """What is paused, as seen by a message's writer."""

    ALL = "all"
    PLATFORM = "platform"
    WRITER = "writer"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two people of a message: where they live, and since when they have paused."""

    id: PersonId
    home: PlatformId | None
    paused: datetime | None


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a message is not carried now. ``name``: the platform, ``all``, or the person who paused."""

    by: By
    name: str
    since: datetime

    @property
    def key(self) -> str:
        """What the message's stream waits for."""
        return own_key(PersonId(self.name)) if self.by in (By.WRITER, By.READER) else key_of(self.name)


def key_of(name: str) -> str:
    """What waits for the end of a platform's pause, or of that of everything."""
    return f"pause:{name}"


def own_key(person: PersonId) -> str:
    """What waits for a person."""
    return f"pause:person:{person}"


def stop(
    pauses: Mapping[str, datetime], heard_on: PlatformId | None, target: PlatformId, writer: Party, reader: Party
) -> Stop | None:
    """The pause that stands in a message's way, if any: a platform's stops what is written there and what goes there."""
    if ALL in pauses:
        return Stop(By.ALL, ALL, pauses[ALL])
    for platform in (heard_on, target):
        if platform is not None and platform in pauses:
            return Stop(By.PLATFORM, platform, pauses[platform])
    if writer.paused is not None:
        return Stop(By.WRITER, writer.id, writer.paused)
    if reader.paused is not None:
        return Stop(By.READER, reader.id, reader.paused)
    return None
