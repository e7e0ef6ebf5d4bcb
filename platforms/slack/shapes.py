"""The shapes of Slack's payloads, as far as they are used. Nothing from outside is read before it fits one of these.

Only what is named here is checked; everything else in a payload is left alone.
"""

from typing import Any, TypeVar

import msgspec

from bot.platform import Undecodable

T = TypeVar("T")


def convert(value: Any, kind: type[T]) -> T:
    """``value`` as ``kind``. Raises ``Undecodable`` with the path of the fault."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as fault:
        raise Undecodable(str(fault)) from None


class Authorization(msgspec.Struct, frozen=True):
    user_id: str = ""
    is_bot: bool = False


class Envelope(msgspec.Struct, frozen=True):
    event: dict[str, Any]
    team_id: str
    authorizations: list[Authorization] = []
    event_time: int = 0
    """Seconds; 0 when Slack does not say."""


class Message(msgspec.Struct, frozen=True):
    channel: str
    ts: str
    user: str | None = None
    text: str | None = None
    blocks: list[dict[str, Any]] | None = None
    files: list[dict[str, Any]] | None = None
    thread_ts: str | None = None


class Edited(msgspec.Struct, frozen=True):
    ts: str


class Inner(msgspec.Struct, frozen=True):
    ts: str
    user: str | None = None
    edited: Edited | None = None
    text: str | None = None
    blocks: list[dict[str, Any]] | None = None


class Before(msgspec.Struct, frozen=True):
    edited: Edited | None = None
    text: str | None = None
    blocks: list[dict[str, Any]] | None = None


class Changed(msgspec.Struct, frozen=True):
    channel: str
    message: dict[str, Any]
    event_ts: str
    previous_message: dict[str, Any] | None = None


class Deleted(msgspec.Struct, frozen=True):
    channel: str
    deleted_ts: str
    event_ts: str


class Revoked(msgspec.Struct, frozen=True):
    oauth: list[str] = []
    bot: list[str] = []


class Slash(msgspec.Struct, frozen=True):
    team_id: str
    user_id: str
    text: str = ""
    shared: bool = False


class Named(msgspec.Struct, frozen=True):
    id: str


class Chosen(msgspec.Struct, frozen=True):
    value: str


class Action(msgspec.Struct, frozen=True):
    action_id: str
    type: str = ""
    value: str | None = None
    selected_option: Chosen | None = None
    selected_options: list[Chosen] | None = None


class Container(msgspec.Struct, frozen=True):
    channel_id: str | None = None
    message_ts: str | None = None


class Pressed(msgspec.Struct, frozen=True):
    user: Named
    team: Named
    actions: list[Action]
    container: Container = Container()
