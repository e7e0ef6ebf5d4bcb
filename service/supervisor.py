"""The demonstration: the sandbox in this process, a bot as a child pointed at it by settings alone.

The bot is started again when it dies – killing it on purpose is part of the show.
"""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from sandbox.main import Options, Running, start
from service.settings import Settings, SettingsError

PAGE_PORT = 8090
APP = Path(__file__).resolve().parent.parent / "app.py"


async def begin(host: str, port: int, people: int, bot: str, data: Path, reset: bool) -> Running:
    """Raises ``SettingsError`` in one line when the address cannot be had."""
    try:
        return await start(Options(host, port, people, bot, data, reset))
    except OSError as fault:
        raise SettingsError([f"cannot listen on {host}:{port} ({fault.strerror or fault})"]) from None


async def only_sandbox(host: str, port: int, people: int, bot: str, data: Path, reset: bool) -> None:
    """Serve the sandbox and print the settings for a bot, until cancelled."""
    running = await begin(host, port, people, bot, data, reset)
    try:
        for name, value in running.settings().items():
            print(f"{name}={value}")
        print(f"# page: {running.url}/", flush=True)
        await asyncio.Event().wait()
    finally:
        await running.stop()


async def demo(settings: Settings, people: int, reset: bool) -> None:
    """The sandbox and its bot, until cancelled."""
    bot = f"http://{settings.bind}"
    data = settings.data_dir / "sandbox"
    running = await begin("127.0.0.1", PAGE_PORT, people, bot, data, reset)
    try:
        environ = {**os.environ, **running.settings(), "MIO_BIND": str(settings.bind)}
        child = asyncio.create_task(_keep_running(environ))
        print(f"Demo company, nothing leaves this machine. Open {running.url}/", flush=True)
        await child
    finally:
        child.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await child
        await running.stop()


async def _keep_running(environ: dict[str, str]) -> None:
    """Start the bot again whenever it dies; bad settings are final."""
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(APP), "run", "--no-sandbox", env=environ, start_new_session=True
        )
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        if status == 2:
            raise SettingsError(["the bot could not start; its own message is above"])
        print(f"The bot ended ({status}); starting it again.", flush=True)
        await asyncio.sleep(0.5)
