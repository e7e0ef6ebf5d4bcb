"""One request and its answer as they went over the wire, for looking at: cut to a size, without secrets.

Also the thread by which what follows from what is known: the cause of the running task. Decides nothing.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

CUT = 16 * 1024
HIDDEN = "•••"
SECRET_HEADERS = ("authorization", "cookie", "signature", "secret", "token")
SECRET_FIELDS = {"token", "access_token", "refresh_token", "client_secret", "code", "code_verifier", "response_url"}
CUT_OFF = re.compile(rf'("(?:{"|".join(sorted(SECRET_FIELDS))})"\s*:\s*")[^"]*')
"""A secret in JSON that can no longer be read because it was cut."""

cause: ContextVar[Any] = ContextVar("cause", default=None)
"""What the running task works on: a person's act, or a call of the bot. What is posted or sent in it follows from it."""


@dataclass(slots=True)
class Call:
    """A call of the bot while it is being answered; ``trip`` is set by whoever knows what it belongs to."""

    platform: str
    trip: Any = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """``status`` 0: no answer came. Times are seconds of the performance counter."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int
    answer_headers: Mapping[str, str] = field(repr=False)
    answer: bytes = field(repr=False)
    began: float
    ended: float

    def failed(self) -> bool:
        """No answer, an error's status, or the answer says so itself."""
        return self.status == 0 or self.status >= 400 or self.answer.startswith(b'{"ok":false')

    def shown(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "path": self.path,
            "ms": round((self.ended - self.began) * 1000, 1),
            "status": self.status,
            "request": {"headers": _headers(self.headers), "body": body(self.body)},
            "answer": {"headers": _headers(self.answer_headers), "body": body(self.answer)},
        }


def cut(raw: bytes) -> bytes:
    return raw[:CUT]


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        str(name): HIDDEN if any(word in name.lower() for word in SECRET_HEADERS) else str(value)
        for name, value in headers.items()
    }


def body(raw: bytes) -> Any:
    """JSON and forms as values, anything else as words; secrets are hidden."""
    found = fields(raw)
    return _masked(raw.decode("utf-8", "replace") if found is None else found)


def fields(raw: bytes) -> Any:
    """What a body holds when it is JSON or a form (whose fields may hold JSON themselves), else None."""
    if not raw:
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        form = parse_qsl(raw.decode(), strict_parsing=True)
    except ValueError:
        return None
    return {name: _inner(value) for name, value in form}


def _inner(value: str) -> Any:
    if value[:1] not in ("{", "["):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: HIDDEN if k in SECRET_FIELDS and v else _masked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_masked(v) for v in value]
    return CUT_OFF.sub(rf"\1{HIDDEN}", value) if isinstance(value, str) else value


def strings(value: Any) -> list[str]:
    """Every string in it, in order."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [word for part in inner for word in strings(part)]
