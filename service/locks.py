"""One process per folder: a lock that dies with its process, however that ends.

SQLite has a single writer here, and a folder must not be cleared under a running bot.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.settings import SettingsError

BOT = "bot.lock"
SANDBOX = "sandbox.lock"


@contextmanager
def held(file: Path, who: str) -> Iterator[None]:
    """Hold the lock while the block runs. Raises ``SettingsError`` naming the folder when another process has it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = file.open("a")
    except OSError as fault:
        raise SettingsError([f"MIO_DATA_DIR: cannot write to {file.parent} ({fault.strerror})"]) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError([f"MIO_DATA_DIR: {who} is already running on {file.parent}; stop it first"]) from None
        yield
