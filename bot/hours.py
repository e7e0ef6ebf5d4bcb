"""Working hours in a person's own time zone: when a reminder may be sent.

Pure; the zone database is the standard library's.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True)
class WorkingHours:
    begin: time = time(9)
    end: time = time(17)
    days: frozenset[int] = frozenset(range(5))
    """Weekdays, Monday = 0."""


def zone(name: str | None, fallback: str) -> ZoneInfo:
    """The named zone, else the fallback, else UTC: a directory's odd zone name must not stop a reminder."""
    for candidate in (name, fallback):
        if candidate:
            try:
                return ZoneInfo(candidate)
            except (ZoneInfoNotFoundError, ValueError):
                continue
    return ZoneInfo("UTC")


def next_open(now: datetime, where: ZoneInfo, hours: WorkingHours) -> datetime:
    """``now`` when it lies within working hours there, else the next moment that does (aware, in the zone of ``now``)."""
    local = now.astimezone(where)
    for ahead in range(8):
        day = (local + timedelta(days=ahead)).date()
        if day.weekday() not in hours.days:
            continue
        begin = datetime.combine(day, hours.begin, where)
        end = datetime.combine(day, hours.end, where)
        if ahead == 0 and begin <= local < end:
            return now
        if begin > local:
            return begin.astimezone(now.tzinfo)
    return now
