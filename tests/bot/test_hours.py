"""Working hours in a person's own time zone."""

from datetime import UTC, datetime

import pytest

from bot.hours import WorkingHours, next_open, zone

HOURS = WorkingHours()


@pytest.mark.parametrize(
    ("now", "where", "opens"),
    [
        ("2026-05-04T10:00+00:00", "UTC", "2026-05-04T10:00+00:00"),
        ("2026-05-04T05:00+00:00", "UTC", "2026-05-04T09:00+00:00"),
        ("2026-05-04T17:00+00:00", "UTC", "2026-05-05T09:00+00:00"),
        ("2026-05-01T20:00+00:00", "UTC", "2026-05-04T09:00+00:00"),
        ("2026-05-04T10:00+00:00", "America/Los_Angeles", "2026-05-04T16:00+00:00"),
        ("2026-05-03T23:30+00:00", "Asia/Tokyo", "2026-05-04T00:00+00:00"),
        ("2026-03-27T20:00+00:00", "Europe/Madrid", "2026-03-30T07:00+00:00"),
    ],
)
def test_next_open(now: str, where: str, opens: str) -> None:
    found = next_open(datetime.fromisoformat(now), zone(where, "UTC"), HOURS)
    assert found.astimezone(UTC) == datetime.fromisoformat(opens)


def test_an_odd_zone_name_falls_back() -> None:
    assert str(zone("Mars/Olympus", "Europe/Berlin")) == "Europe/Berlin"
    assert str(zone(None, "also wrong")) == "UTC"
