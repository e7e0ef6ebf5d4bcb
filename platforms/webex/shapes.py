"""The shapes of what Webex sends, as far as we use them. Everything else in a payload is ignored.

Webex may leave any field out that its pages do not promise; what is missing and needed is an ``Undecodable``.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from bot.platform import Undecodable

T = TypeVar("T")
Filled = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_+/=-]{1,500}$")]
"""An id; part of addresses, so nothing else may be in it."""


class About(msgspec.Struct, frozen=True):
    """``data`` of a delivery: metadata, never a word of the message."""

    id: Filled
    roomId: Filled
    personId: Filled
    roomType: str = ""
    created: str = ""
    updated: str = ""
    messageId: str = ""


class Delivery(msgspec.Struct, frozen=True):
    id: Filled
    resource: str
    event: str
    createdBy: Filled
    data: About


class Kept(msgspec.Struct, frozen=True):
    """What the webhook hands on: which address heard it, and the delivery as it came."""

    hook: str
    event: dict[str, Any]


class Message(msgspec.Struct, frozen=True):
    """A fetched message, text forms aside."""

    id: Filled
    roomId: Filled
    personId: Filled
    created: str
    updated: str = ""
    parentId: str = ""
    files: list[str] = []
    mentionedPeople: list[str] = []
    errors: dict[str, Any] = {}


class Pressed(msgspec.Struct, frozen=True):
    """A fetched submit; ``inputs`` holds the button's data and the card's fields."""

    personId: Filled
    messageId: Filled
    roomId: str = ""
    inputs: dict[str, Any] = {}


def convert(value: Any, kind: type[T], path: str = "$") -> T:
    """``value`` as ``kind``. Raises ``Undecodable`` with the path of the fault, without quoting it."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as fault:
        words = str(fault)
        words = words.replace("`$", f"`{path}", 1) if "`$" in words else f"{words} - at `{path}`"
        raise Undecodable(words[:190]) from None


def moment(stamp: str) -> datetime | None:
    """A time as Webex writes it; None for anything else."""
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
