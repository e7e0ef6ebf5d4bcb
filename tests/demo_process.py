"""The demonstration as a user starts it: one process with the page, and the bot as its child."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

APP = Path(__file__).resolve().parents[1] / "app.py"
PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def demo(folder: Path, *words: str) -> AsyncIterator[str]:
    """The page's address."""
    page = free_port()
    bare = {name: value for name, value in os.environ.items() if not name.startswith("MIO_")}
    environ = {**bare, "MIO_BIND": f"127.0.0.1:{free_port()}", "MIO_DATA_DIR": str(folder / "var")}
    arguments = (str(APP), "run", "--page-port", str(page), *words)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=folder, env={**environ, "MIO_LOG_LEVEL": "error"}, stdout=PIPE
    )
    drain: asyncio.Task[bytes] | None = None
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while not (await process.stdout.readline()).startswith(b"Open "):
                assert process.returncode is None, "it ended before it was ready"
        drain = asyncio.create_task(process.stdout.read())
        yield f"http://127.0.0.1:{page}/"
    finally:
        await _end(process)
        if drain is not None:
            # Shown when a test fails: why the bot ended, if it did.
            print((await drain).decode())


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE):
        await process.wait()
