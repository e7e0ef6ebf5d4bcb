"""Semaphore joins the demo company: its folder is found for the length of a test, its vendor stands beside the sandbox."""

import importlib
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from company import Company, company
from faceless.vendor import Vendor

import platforms
from bot.platform import Incoming, PlatformSpec
from service.main import unconnected

HERE = Path(__file__).parent


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlatformSpec]:
    """One folder more below ``platforms``, as if it had been put there; afterwards nothing remembers it."""
    monkeypatch.setattr(platforms, "__path__", [*platforms.__path__, str(HERE)])
    importlib.invalidate_caches()
    yield next(spec for spec in platforms.specs() if spec.id == "semaphore")
    vars(platforms).pop("semaphore", None)
    for module in [name for name in sys.modules if name.startswith("platforms.semaphore")]:
        del sys.modules[module]


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    """Maya is harbour master; Ann and Bob are on deck, Cleo keeps the light, Ann does both; Sam is nowhere else."""
    made = Vendor()
    await made.start()
    made.arrives("Maya Ortiz", "Bridge", master=True)
    made.arrives("Ann Lee", "Deck", "Light", email="Ann@Acme.Example")
    made.arrives("Bob Kim", "Deck")
    made.arrives("Cleo Park", "Light")
    made.arrives("Sam Sailor", "Deck")
    yield made
    await made.server.close()


@pytest.fixture
async def offered(database: str | None, tmp_path: Path, found: PlatformSpec, vendor: Vendor) -> AsyncIterator[Company]:
    """The demo company with Semaphore in its settings, not yet connected there."""
    async with company(tmp_path, database, change=vendor.joins, MIO_RATES="off") as made:
        for platform in ("slack", "zoom"):
            made.faults(platform, limits=False)
        yield made


@pytest.fixture
async def harbour(offered: Company) -> Company:
    """Maya has raised the bot's flag, by the link that the program prints when it starts."""
    (line,) = [line for line in await unconnected(offered.program) if line.startswith("Semaphore")]
    page = await offered.consent(line.rpartition(": ")[2], "maya")
    assert "Semaphore is connected" in page or "One moment" in page, page
    await offered.settle()
    return offered


@pytest.fixture
def submitted() -> list[Incoming]:
    return []
