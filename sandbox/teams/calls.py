"""What a Graph handler gets and gives: a call behind its token and permissions, a reply, a fault. No HTTP, no routing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.teams.tokens import Token
from sandbox.webhooks import Hook


class GraphFault(Exception):
    """An answer with an ``error``; ``inner`` is the code inside, where there is one of its own."""

    def __init__(
        self, status: int, code: str, words: str, inner: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.words = words
        self.inner = inner
        self.headers = headers or {}


def bad(words: str, code: str = "BadRequest") -> GraphFault:
    return GraphFault(400, code, words)


@dataclass(frozen=True, slots=True)
class Call:
    """``path`` is the address as the caller wrote it, ``args`` what its braces held."""

    token: Token
    method: str
    path: str
    args: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None

    @property
    def user(self) -> str:
        """Who speaks; empty for the app itself."""
        return self.token.user

    @property
    def object(self) -> dict[str, Any]:
        if not isinstance(self.body, dict):
            raise bad("A JSON object is expected in the body.")
        return self.body

    @property
    def eventual(self) -> bool:
        """Whether the caller asked for the slower, wider kind of query."""
        counts = self.query.get("$count", "").lower() == "true"
        return counts and self.headers.get("consistencylevel", "").lower() == "eventual"


@dataclass(frozen=True, slots=True)
class Reply:
    """``hooks`` go out because of it; ``posted``: a message was sent, so the answer may get lost on the way."""

    status: int = 200
    body: Any = None
    hooks: Sequence[Hook] = ()
    posted: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lane:
    """A rate: ``each`` names the argument that every value of has its own. ``units`` are the directory's costs."""

    name: str
    most: int
    window: float = 1.0
    each: str = ""
    units: int = 1


# Per app and tenant: learn.microsoft.com/graph/throttling-limits.
SENDING = Lane("send", 20)
READING = Lane("read", 20)
WRITING = Lane("write", 30)
LOOKING = Lane("look", 30)
MEMBERS = Lane("members", 60)
ONE_TEAM = Lane("team", 4, each="group")
SUBSCRIBING = Lane("subscribe", 1_000, 20.0)


def directory(units: int) -> Lane:
    return Lane("directory", 3_500, 10.0, units=units)


Handler = Callable[[Call], Reply | Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """``delegated`` and ``roles``: any of them lets a person's or the app's token in; none: that kind never does."""

    method: str
    path: str
    delegated: tuple[str, ...]
    roles: tuple[str, ...]
    handler: Handler
    lane: Lane
    own: bool = False
    """People may ask about themselves only."""
