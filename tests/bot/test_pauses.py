"""Which pause stands in a message's way, and what then waits for what."""

from datetime import UTC, datetime

import pytest

from bot.ids import PersonId, PlatformId
from bot.pauses import By, Party, Stop, stop

SLACK, ZOOM, WEBEX = PlatformId("slack"), PlatformId("zoom"), PlatformId("webex")
ONE, TWO = datetime(2026, 5, 4, 9, tzinfo=UTC), datetime(2026, 5, 4, 10, tzinfo=UTC)
BOB, ANN = Party(PersonId("bob"), ZOOM, None), Party(PersonId("ann"), SLACK, None)
BOB_PAUSED, ANN_PAUSED = Party(BOB.id, ZOOM, ONE), Party(ANN.id, SLACK, TWO)


@pytest.mark.parametrize(
    ("pauses", "writer", "reader", "found", "key"),
    [
        ({}, BOB, ANN, None, ""),
        ({"webex": ONE}, BOB, ANN, None, ""),
        ({"zoom": ONE}, BOB, ANN, Stop(By.PLATFORM, "zoom", ONE), "pause:zoom"),
        ({"slack": ONE}, BOB, ANN, Stop(By.PLATFORM, "slack", ONE), "pause:slack"),
        ({"slack": ONE, "zoom": TWO}, BOB, ANN, Stop(By.PLATFORM, "zoom", TWO), "pause:zoom"),
        ({"all": TWO, "zoom": ONE}, BOB, ANN, Stop(By.ALL, "all", TWO), "pause:all"),
        ({}, BOB_PAUSED, ANN, Stop(By.WRITER, "bob", ONE), "pause:person:bob"),
        ({}, BOB, ANN_PAUSED, Stop(By.READER, "ann", TWO), "pause:person:ann"),
        ({}, BOB_PAUSED, ANN_PAUSED, Stop(By.WRITER, "bob", ONE), "pause:person:bob"),
        ({"slack": ONE}, BOB, ANN_PAUSED, Stop(By.PLATFORM, "slack", ONE), "pause:slack"),
    ],
)
def test_what_is_in_the_way_of_bob_writing_to_ann(
    pauses: dict[str, datetime], writer: Party, reader: Party, found: Stop | None, key: str
) -> None:
    assert stop(pauses, ZOOM, SLACK, writer, reader) == found
    assert (found.key if found else "") == key
