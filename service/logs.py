"""How the process logs: one line per happening, for people on a terminal, else JSON. Set up once, at the start.

Message text, tokens and addresses must not get out here: suspicious keys are masked, and an exception is shown by
its type and place only, because its words may quote what it choked on.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from functools import partial
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from bot.platform import PlatformError
from storage.store import StoreError

HIDDEN = "[hidden]"
SECRET_KEYS = re.compile(
    r"(^|_)(text|body|content|code|verifier|cookie|e?mails?|payload|raw|words)$"
    r"|token|secret|password|passphrase|authorization|credential|signature|api_?key",
    re.IGNORECASE,
)
TOKENS = re.compile(
    r"xox[a-z][\w.]*-[\w-]+|xapp-[\w-]+|eyJ[\w-]+\.[\w-]+(\.[\w-]*)?|\bBearer\s+[\w.~+/=-]{12,}|v1\.[\w-]+\.[\w-]{20,}",
    re.IGNORECASE,
)
ADDRESSES = re.compile(r"[\w.+-]+@([\w-]+\.[\w.-]+)")
OUR_WORDS: tuple[type[BaseException], ...] = (PlatformError, StoreError)
"""Errors whose words are a vendor's code or our own sentence."""
LONGEST = 500

QUIET = {
    "aiohttp.access": None,
    "slack_bolt": None,
    "slack_sdk": logging.ERROR,
    "apscheduler": logging.WARNING,
    "alembic": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "asyncio": logging.WARNING,
    "webexteamssdk": logging.WARNING,
}
"""Least level of other libraries; None = nothing at all: Bolt's warnings quote whole requests."""


def configure(form: str = "", level: str = "info", stream: TextIO | None = None) -> None:
    """``form``: ``console``, ``json``, or empty for console on a terminal and JSON elsewhere. Logs go to stderr."""
    out = sys.stderr if stream is None else stream
    console = form == "console" or (not form and out.isatty())
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _add_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            show_exception,
            redact,
            *_ending(console, console and out.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=partial(_Named, out),
        cache_logger_on_first_use=False,
    )
    _route(least)


class _Named(structlog.PrintLogger):
    """A logger that still knows the name it was asked for by."""

    def __init__(self, out: TextIO, name: str = "") -> None:
        super().__init__(out)
        self.name = name


def _add_name(logger: Any, _: str, event: EventDict) -> EventDict:
    if logger.name:
        event["logger"] = logger.name
    return event


def _ending(console: bool, colours: bool) -> list[Processor]:
    if console:
        return [structlog.dev.ConsoleRenderer(colors=colours)]
    return [structlog.processors.EventRenamer("message"), _json]


def _json(_: Any, __: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


# -- what must not get out -----------------------------------------------------------------------


def redact(_: Any, __: str, event: EventDict) -> EventDict:
    """Mask values by their key, and tokens and addresses wherever they stand."""
    return {key: value if key == "exception" else _masked(key, value) for key, value in event.items()}


def _masked(key: str, value: Any) -> Any:
    if SECRET_KEYS.search(key):
        return HIDDEN
    if isinstance(value, MutableMapping):
        return {name: _masked(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", inner) for inner in value]
    if isinstance(value, bytes | bytearray):
        return HIDDEN
    return _clean(value) if isinstance(value, str) else value


def _clean(words: str) -> str:
    masked = ADDRESSES.sub(r"…@\1", TOKENS.sub(HIDDEN, words))
    return masked if len(masked) <= LONGEST else masked[:LONGEST] + "…"


def show_exception(_: Any, __: str, event: EventDict) -> EventDict:
    """``exc_info`` becomes places and types; words only where they are ours."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()[1]
    elif isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        event["exception"] = places(given)
    return event


def places(fault: BaseException) -> str:
    """A traceback without values: ``file:line function`` outermost first, then the type, then what caused it."""
    lines: list[str] = []
    link: BaseException | None = fault
    while link is not None and len(lines) < 200:
        frames = traceback.extract_tb(link.__traceback__)
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        words = f": {_clean(str(link))}" if isinstance(link, OUR_WORDS) else ""
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}{words}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        if link is not None:
            lines.append("caused by")
    return "\n".join(lines)


# -- other libraries -----------------------------------------------------------------------------


class _Forward(logging.Handler):
    """Hands the standard library's records to the same processors."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            logger = structlog.get_logger(record.name)
            logger.log(record.levelno, record.getMessage(), exc_info=record.exc_info)
        except Exception:
            self.handleError(record)


def _route(least: int) -> None:
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _Forward):
            root.removeHandler(handler)
    root.addHandler(_Forward())
    root.setLevel(least)
    for name, floor in QUIET.items():
        logger = logging.getLogger(name)
        logger.disabled = floor is None
        logger.setLevel(logging.CRITICAL if floor is None else max(floor, least))
