"""A call to the API as the methods get it, and what they give back. Knows no HTTP server and no method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from sandbox.webex.tokens import Token, WebexFault
from sandbox.webhooks import Hook

T = TypeVar("T")
MOST_A_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """``url`` is the address without its query; ``id`` the part of the path that names one thing."""

    token: Token
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    upload: Upload | None = None
    multipart: bool = False

    def text(self, name: str) -> str:
        """A string of the body; empty when it is not there. Raises 400 for anything else."""
        value = self.body.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise WebexFault(400, f"{name} must be a string")
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """``hooks`` go out because of the call; ``posted``: the answer may get lost on its way."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hooks: Sequence[Hook] = ()
    posted: bool = False


GONE = Reply(None, 204)


def most(call: Call, default: int) -> int:
    """``max`` of a list: a number from 1 up; what goes beyond the most a page holds is cut."""
    value = call.query.get("max")
    if value is None:
        return default
    if not value.isdecimal() or int(value) < 1:
        raise WebexFault(400, "max must be a positive number")
    return min(int(value), MOST_A_PAGE)


def moment(value: str, name: str) -> float:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise WebexFault(400, f"{name} must be an ISO 8601 date and time") from None
    if found.tzinfo is None:
        raise WebexFault(400, f"{name} must name its time zone")
    return found.timestamp()


def link(call: Call, **values: str) -> dict[str, str]:
    """The header that leads to the next page: an absolute address that repeats the query."""
    return {"Link": f'<{call.url}?{urlencode({**call.query, **values})}>; rel="next"'}


def pages(call: Call, found: Sequence[T], size: int, gap: bool = False) -> tuple[Sequence[T], dict[str, str]]:
    """One page and the link to the next; ``gap`` puts an empty page after the first, as the vendor may."""
    cursor = call.query.get("cursor", "0")
    if not cursor.removesuffix("e").isdecimal():
        raise WebexFault(400, "Invalid cursor")
    if cursor.endswith("e"):
        return (), link(call, cursor=cursor.removesuffix("e"))
    start = int(cursor)
    end = start + size
    if end >= len(found):
        return found[start:], {}
    return found[start:end], link(call, cursor=f"{end}e" if gap and start == 0 else str(end))
