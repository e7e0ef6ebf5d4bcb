"""What this machine can tell by itself: encryption keys, database, disk. Makes nothing that ``run`` has not made."""

import asyncio
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.platform import Clock
from service.doctor.findings import Finding, ok, todo, unknown
from service.main import KEY_FILE
from service.settings import Settings
from storage.examine import Examined, examine
from storage.migrate import outdated
from storage.sealing import Keys, SealError
from storage.store import Store, StoreError

AWAY = (StoreError, DBAPIError, PoolTimeout, OSError)
LEAST = 256 * 1024 * 1024
"""Free bytes below which a busy day could fill the disk."""


def database_file(settings: Settings) -> Path:
    return Path(settings.database_url.get_secret_value().removeprefix("sqlite:///"))


def fresh(settings: Settings) -> bool:
    """The embedded database that ``run`` makes is not there yet."""
    return settings.embedded and not database_file(settings).exists()


# -- keys ----------------------------------------------------------------------------------------------


def ring(settings: Settings) -> tuple[Keys | None, Finding]:
    """The keys as ``run`` would read them, without making any."""
    given = settings.encryption_keys.get_secret_value()
    file = settings.data_dir / KEY_FILE
    try:
        if given:
            return Keys.parse(given), ok("keys", "MIO_ENCRYPTION_KEYS is set.")
        if not file.exists():
            return None, _no_keys(settings, file)
        found = Keys.parse(file.read_text())
    except (SealError, OSError, UnicodeDecodeError) as fault:
        where = "MIO_ENCRYPTION_KEYS" if given else str(file)
        words = str(fault) if isinstance(fault, SealError) else "it cannot be read"
        return None, todo("keys", f"{where}: {words}.", "Put the keys back from the backup.")
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        said = f"{file} can be read by other users of this machine (mode {mode:04o})."
        return found, todo("keys", said, f"Run chmod 600 {file}.")
    return found, ok("keys", f"{file} is there, for its owner alone.")


def _no_keys(settings: Settings, file: Path) -> Finding:
    if fresh(settings):
        return ok("keys", "None yet; the bot makes them at its first start.")
    said = f"There is a database, but its keys ({file}) are gone: no permission in it can be read."
    return todo("keys", said, f"Put {file} back from the backup; without it everybody has to allow again.")


# -- database ------------------------------------------------------------------------------------------


@asynccontextmanager
async def opened(settings: Settings, keys: Keys, clock: Clock) -> AsyncIterator[Store]:
    """The store for reading. On the embedded database nothing is opened for writing, and no lock is taken."""
    direct = settings.database_direct_url.get_secret_value() or None
    store = Store(settings.database_url.get_secret_value(), keys, clock, direct_url=direct)
    if not store.embedded:
        await store.open()
    try:
        yield store
    finally:
        await store.close()


async def database(settings: Settings, store: Store) -> tuple[Examined | None, Sequence[Finding]]:
    """What is stored, if it can be read, and what is wrong with it."""
    try:
        if store.embedded and await store.read(lambda tx: outdated(tx.conn)):
            said = "The database is not of this version of the program."
            return None, [todo("database", said, "Run `python app.py migrate`.")]
        found = await store.read(examine)
    except AWAY as fault:
        return None, [away(settings, fault)]
    return found, list(_judged(settings, found))


def away(settings: Settings, fault: Exception) -> Finding:
    if isinstance(fault, StoreError) and "migrate" in str(fault):
        return todo("database", "The database is not of this version of the program.", "Run `python app.py migrate`.")
    said = f"The database does not answer ({type(fault).__name__})."
    return todo("database", said, "Start the database, or correct MIO_DATABASE_URL.")


def _judged(settings: Settings, found: Examined) -> Iterator[Finding]:
    if not found.writable or (settings.embedded and not _writable(database_file(settings))):
        yield todo("database", "The database can be read but not written.", "Let the bot's user write it.")
    else:
        yield ok("database", "It answers, is of this version, and can be written.")
    if found.unreadable:
        said = f"{found.unreadable} of {found.grants} stored permissions cannot be opened with these keys."
        next = "Put the keys back with which they were sealed (MIO_ENCRYPTION_KEYS, newest first, or the key file)."
        yield todo("permissions", said, next)
    else:
        yield ok(
            "permissions",
            f"All {found.grants} stored permissions can be opened." if found.grants else "None stored yet.",
        )


def _writable(file: Path) -> bool:
    """SQLite needs its folder, too, for the log beside the file."""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK)


# -- disk ----------------------------------------------------------------------------------------------


async def disk(settings: Settings) -> Finding:
    folder = settings.data_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    except OSError as fault:
        return unknown("disk", f"MIO_DATA_DIR: {folder} cannot be looked at ({fault.strerror}).", "Check the folder.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return todo("disk", f"MIO_DATA_DIR: {folder} cannot be written.", "Let the bot's user write there.")
    if free < LEAST:
        said = f"Only {free // 1024**2} MB are free where MIO_DATA_DIR is."
        return todo("disk", said, "Make room: the bot refuses messages when it cannot keep them.")
    return ok("disk", f"{free // 1024**3} GB are free." if free >= 1024**3 else f"{free // 1024**2} MB are free.")
