"""Brings a database to the newest version of the schema, and tells whether it is there.

Several processes may call it at once: on PostgreSQL an advisory lock lets one of them work.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

LOCK = 6_465_001


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def newest() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def outdated(conn: Connection) -> bool:
    """Whether the schema is not the newest."""
    return MigrationContext.configure(conn).get_current_revision() != newest()


def _upgrade(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


async def migrate(url: str) -> None:
    """Raises SQLAlchemy's or the operating system's error when the database cannot be used."""
    if url.startswith("sqlite"):
        sync = create_engine(url, poolclass=NullPool)
        with sync.begin() as conn:
            _upgrade(conn)
        sync.dispose()
        return
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as conn:
            await conn.run_sync(_upgrade)
    finally:
        await engine.dispose()
