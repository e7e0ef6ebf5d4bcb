"""Reads the words of a setting: durations, sizes, shares, times of day, addresses. Pure.

Every function raises ``ValueError`` with a sentence that shows the right form and never the value it was given:
the value may be a secret in the wrong place.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
LONGEST = timedelta(days=36_500)
_SIZES = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_YES = frozenset({"1", "on", "yes", "true"})
_NO = frozenset({"0", "off", "no", "false"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Guard:
    """An automatic run stops and asks above this share (0 to 1) or this number of people, whichever is less."""

    share: float
    count: int


def duration(words: str) -> timedelta:
    """``3d``, ``72h``, ``90m``, ``45s``, or several of them: ``1d12h``."""
    if not re.fullmatch(r"(\d{1,6}[dhms])+", words):
        raise ValueError("must be a duration such as 3d, 72h or 90m")
    parts = re.findall(r"(\d+)([dhms])", words)
    whole = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    if whole > LONGEST:
        raise ValueError("must be a duration such as 3d, 72h or 90m, a hundred years at most")
    return whole


def line(words: str) -> str:
    """A name or an address to be shown on cards and pages."""
    if len(words) > 200 or not words.isprintable():
        raise ValueError("must be one line of at most 200 characters")
    return words


def hours(words: str) -> tuple[time, time]:
    """``09:00-17:00``; the end comes after the beginning."""
    begin, _, end = words.partition("-")
    try:
        span = (time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))
    except ValueError:
        raise ValueError("must be a span of hours such as 09:00-17:00") from None
    if span[0] >= span[1] or span[0].tzinfo or span[1].tzinfo:
        raise ValueError("must be a span of hours within one day, such as 09:00-17:00")
    return span


def days(words: str) -> frozenset[int]:
    """``mon-fri`` or ``mon,wed,fri``, also mixed; Monday is 0. A span may run over the end of the week."""
    chosen: set[int] = set()
    for part in words.lower().split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if first not in _DAYS or (dash and last not in _DAYS):
            raise ValueError("must be weekdays such as mon-fri or mon,wed,fri")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        chosen.update(day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))
    return frozenset(chosen)


def share(words: str) -> float:
    """``20%`` is 0.2."""
    if not re.fullmatch(r"\d{1,3}(\.\d+)?\s*%", words) or float(words.rstrip("% ")) > 100:
        raise ValueError("must be a share such as 20%")
    return float(words.rstrip("% ")) / 100


def guard(words: str) -> Guard:
    """``5%,25``."""
    part, _, count = words.partition(",")
    if not count.strip().isdecimal():
        raise ValueError("must be a share and a number, such as 5%,25")
    return Guard(share(part.strip()), int(count))


def flag(words: str) -> bool:
    if words.lower() in _YES | _NO:
        return words.lower() in _YES
    raise ValueError("must be on or off")


def size(words: str) -> int | None:
    """A limit in bytes: ``100MB``; ``off`` is 0, ``on`` is None: no limit of ours."""
    if words.lower() in _YES | _NO:
        return None if flag(words) else 0
    found = re.fullmatch(r"(\d{1,9})\s*([KMG]I?B)?", words.upper())
    if not found:
        raise ValueError("must be on, off or a size such as 100MB")
    return int(found[1]) * _SIZES[found[2] or ""]


def address(words: str) -> Address:
    """``127.0.0.1:8080``, ``[::1]:8080``, ``localhost:8080``."""
    host, _, port = words.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or not port.isdecimal() or not 0 < int(port) < 65536 or (":" in bare and bare == host):
        raise ValueError("must be a host and a port, such as 127.0.0.1:8080")
    return Address(bare, int(port))


def web_address(words: str) -> str:
    """As given: a slash at the end may matter to the platform behind it."""
    try:
        parts = urlsplit(words)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be a web address such as https://chat.example.com")
    return words


def items(words: str) -> tuple[str, ...]:
    """Comma-separated, trimmed; empty ones are left out."""
    return tuple(part.strip() for part in words.split(",") if part.strip())


def emails(words: str) -> tuple[str, ...]:
    """Lower-cased e-mail addresses."""
    found = tuple(item.lower() for item in items(words))
    if not all(re.fullmatch(r"[^@\s:]+@[^@\s:]+", item) for item in found):
        raise ValueError("must be e-mail addresses separated by commas")
    return found


def aliases(words: str) -> Mapping[str, str]:
    """``old.com=new.com,…`` as old → new, lower-cased."""
    found: dict[str, str] = {}
    for item in items(words.lower()):
        old, _, new = (part.strip() for part in item.partition("="))
        if not old or not new or "@" in item or "=" in new:
            raise ValueError("must be pairs of domains such as old.com=new.com")
        found[old] = new
    return found


def pairs(words: str) -> tuple[tuple[str, str], ...]:
    """``ann@…:bob@…,…``."""
    found = []
    for item in items(words):
        one, _, other = item.partition(":")
        both = emails(f"{one},{other}") if one and other else ()
        if len(both) != 2:
            raise ValueError("must be pairs of e-mail addresses such as ann@example.com:bob@example.com")
        found.append((both[0], both[1]))
    return tuple(found)


def time_zone(words: str) -> str:
    try:
        ZoneInfo(words)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as Europe/Berlin") from None
    return words


def spelled(value: object) -> str:
    """A value in the words that would set it."""
    match value:
        case bool():
            return "on" if value else "off"
        case None:
            return "on"
        case float():
            return f"{value * 100:g}%"
        case timedelta():
            return _span(value)
        case Guard():
            return f"{value.share * 100:g}%,{value.count}"
        case (time() as begin, time() as end):
            return f"{begin:%H:%M}-{end:%H:%M}"
        case frozenset():
            return _weekdays(value)
        case _:
            return str(value)


def _span(value: timedelta) -> str:
    """In the largest unit that fits: ``3d``, ``36h``."""
    seconds = round(value.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _weekdays(chosen: frozenset[int]) -> str:
    days = sorted(chosen)
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}"
    return ",".join(_DAYS[day] for day in days)


def loopback(host: str) -> bool:
    """Whether a host name or number can only be reached from this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def loopback_address(url: str) -> bool:
    return loopback(urlsplit(url).hostname or "")
