"""Fixtures: a database of either kind, a store over it, and the demo company."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from company import Company, company
from database import Postgres, postgres_server

from service import logs
from service.clock import RealClock
from storage.migrate import migrate
from storage.sealing import Keys
from storage.store import Store

logs.configure("json", "warning")


def skip(reason: str) -> None:
    """Skip on a machine that lacks something; fail where everything must run."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres | None]:
    try:
        with postgres_server() as server:
            yield server
    except (ImportError, RuntimeError):
        yield None


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """None for the embedded database, else the address of a fresh, migrated one."""
    if request.param == "sqlite":
        yield None
        return
    server: Postgres | None = request.getfixturevalue("postgres")
    if server is None:
        skip("PostgreSQL: neither MIO_TEST_DATABASE nor the wheel is there")
    assert server is not None
    with server.fresh() as url:
        yield url


@pytest.fixture
async def store(database: str | None, tmp_path: Path) -> AsyncIterator[Store]:
    """A migrated store with a movable clock."""
    url = database or f"sqlite:///{tmp_path / 'mio.db'}"
    if database is None:
        await migrate(url)
    made = Store(url, Keys({"k1": b"k" * 32}), RealClock())
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def acme(database: str | None, tmp_path: Path) -> AsyncIterator[Company]:
    """The demo company with its bot, on either database; the vendors' own limits are off."""
    async with company(tmp_path, database, MIO_RATES="off") as made:
        for platform in ("slack", "zoom"):
            made.faults(platform, limits=False)
        yield made
