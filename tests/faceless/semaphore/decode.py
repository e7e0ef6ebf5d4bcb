"""Semaphore's events as ours. Looks up who typed a command; decides nothing."""

from collections.abc import Sequence
from typing import Annotated, Any, assert_never

import msgspec

from bot.events import (
    AppLost,
    ButtonPressed,
    CommandGiven,
    Event,
    GrantLost,
    Ignored,
    MemberChanged,
    MemberLeft,
    MessagePosted,
)
from bot.ids import ChannelId, NativeId
from bot.links import LinkReason
from bot.platform import Undecodable
from cards import adaptive

from . import text
from .api import SEMAPHORE, Api, moment
from .members import lookup

Filled = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Seconds = Annotated[float, msgspec.Meta(ge=0, lt=10**11)]


class Signal(msgspec.Struct, tag_field="type", frozen=True, kw_only=True):
    id: Filled
    at: Seconds


class Written(Signal, tag="message", frozen=True, kw_only=True):
    conversation: Filled
    message: Filled
    author: Filled
    reader: Filled
    text: str


class Typed(Signal, tag="command", frozen=True, kw_only=True):
    user: Filled
    text: str


class Press(Signal, tag="press", frozen=True, kw_only=True):
    user: Filled
    conversation: Filled
    message: Filled
    data: dict[str, Any]


class Struck(Signal, tag="struck", frozen=True, kw_only=True):
    """Somebody took their consent back, or with ``left`` went out of the harbour; without ``user``: the app itself."""

    user: str = ""
    left: bool = False


class Changed(Signal, tag="person", frozen=True, kw_only=True):
    """Somebody came, or is called otherwise now."""

    user: Filled


Kinds = Written | Typed | Press | Struck | Changed


async def decode(api: Api, body: bytes) -> Sequence[Event]:
    try:
        signal = msgspec.json.decode(body, type=Kinds)
    except msgspec.ValidationError as fault:
        raise Undecodable(_path(str(fault))) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Undecodable("not JSON") from None
    at = moment(signal.at)
    match signal:
        case Written():
            return [written(api, signal)]
        case Typed():
            actor = await lookup(api, signal.user)
            if actor is None:
                return [Ignored(SEMAPHORE, "unknown user", "command")]
            return [CommandGiven(actor, signal.text, at)]
        case Changed():
            account = await lookup(api, signal.user)
            return [MemberChanged(account, at) if account else MemberLeft(api.account(signal.user), at)]
        case Press():
            user, where = api.account(signal.user), (ChannelId(signal.conversation), NativeId(signal.message))
            found = [ButtonPressed(user, action, at, value, *where) for action, value in adaptive.pressed(signal.data)]
            return found or [Ignored(SEMAPHORE, "nothing pressed", "press")]
        case Struck(user=""):
            return [AppLost(SEMAPHORE, at, "struck")]
        case Struck(left=True):
            return [MemberLeft(api.account(signal.user), at)]
        case Struck():
            return [GrantLost(api.account(signal.user), LinkReason.REVOKED, at, "struck")]
        case _:
            assert_never(signal)


def written(api: Api, message: Written) -> MessagePosted:
    return MessagePosted(
        platform=SEMAPHORE,
        channel=ChannelId(message.conversation),
        native=NativeId(message.message),
        author=api.account(message.author),
        reader=api.account(message.reader),
        text=text.read(message.text),
        at=moment(message.at),
    )


def _path(words: str) -> str:
    """Where the fault is, without what stands there."""
    return f"wrong at {words.rpartition(' - at ')[2]}"[:150] if " - at " in words else "wrong kind of event"
