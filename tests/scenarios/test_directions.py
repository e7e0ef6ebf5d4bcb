"""Every direction between the platforms: one colleague lives on each, and everybody writes to everybody.

With every webhook delivered twice and every echo before the answer, in the kind profile of the vendors and in the mean one.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import permutations
from pathlib import Path

import pytest
from company import Company, Seat, company
from residents import RESIDENTS, all_linked

import platforms

DIRECTIONS = tuple(permutations(RESIDENTS, 2))
UNICODE = "Grüße aus Zürich – 你好, سلام, naïve ✓ 👋🏽 👩‍👩‍👧 ½ “quoted” <tag> & *stars* _lines_"
LONG = " ".join(f"word{number:04d}" for number in range(556))
assert 4_990 <= len(LONG) <= 5_010
QUICK = [f"quick {number}" for number in range(50)]

Step = Callable[["Talk"], Awaitable[None]]


@pytest.fixture(params=["kind", "mean"])
async def four(request: pytest.FixtureRequest, database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    """All four platforms; a resident of each is synced to the other three and has allowed all of them."""
    async with company(tmp_path, database, vendors=tuple(RESIDENTS), MIO_RATES="off") as acme:
        for platform in RESIDENTS:
            acme.faults(platform, limits=False, duplicate=True, echo_first=True, mean=request.param == "mean")
        await acme.later(minutes=1)
        await all_linked(acme)
        yield acme


class Talk:
    """The resident of ``source`` and the resident of ``target``, each with the place the other one has there."""

    def __init__(self, acme: Company, source: str, target: str) -> None:
        writer, reader = RESIDENTS[source], RESIDENTS[target]
        self.acme = acme
        self.writer, self.reader_there = acme.seat(source, writer), acme.seat(source, reader)
        self.reader, self.writer_there = acme.seat(target, reader), acme.seat(target, writer)

    async def carries(self, *texts: str) -> list[str]:
        """What the reader sees of what the writer says."""
        return await self._carries(self.writer, self.reader_there, self.reader, self.writer_there, texts)

    async def answers(self, *texts: str) -> list[str]:
        return await self._carries(self.reader, self.writer_there, self.writer, self.reader_there, texts)

    async def _carries(self, one: Seat, there: Seat, other: Seat, here: Seat, texts: tuple[str, ...]) -> list[str]:
        before = len(other.hears(here))
        for text in texts:
            await one.says(there, text)
        await self.acme.calm()
        return other.hears(here)[before:]


async def first(talk: Talk) -> None:
    assert await talk.carries("first") == ["first"]


async def answer(talk: Talk) -> None:
    assert await talk.answers("an answer") == ["an answer"]


async def unicode_and_emoji(talk: Talk) -> None:
    assert await talk.carries(UNICODE) == [UNICODE]


async def five_thousand_characters(talk: Talk) -> None:
    parts = await talk.carries(LONG)
    assert " ".join(parts).split() == LONG.split()


async def fifty_quick_ones(talk: Talk) -> None:
    assert await talk.carries(*QUICK) == QUICK


STEPS: tuple[Step, ...] = (first, answer, unicode_and_emoji, five_thousand_characters, fifty_quick_ones)


async def test_twelve_directions(four: Company, subtests: pytest.Subtests) -> None:
    """Every step of every direction is reported by itself; nothing of it is ever told twice."""
    for source, target in DIRECTIONS:
        for step in STEPS:
            with subtests.test(f"{source} → {target}", step=step.__name__):
                await step(Talk(four, source, target))


def test_the_table_holds_every_platform_that_there_is() -> None:
    assert set(RESIDENTS) == {str(spec.id) for spec in platforms.specs()}
    assert len(DIRECTIONS) == 12
