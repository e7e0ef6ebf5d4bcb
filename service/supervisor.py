"""Keeps the bot running as a child of the demonstration, pointed at the sandbox by settings alone.

The bot is started again when it dies: killing it on purpose is part of the show. It ends with this process, however
that ends, because its standard input does.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from service.settings import SettingsError
from service.values import Address

APP = Path(__file__).resolve().parent.parent / "app.py"
PATIENCE = 10.0
"""Seconds a bot may take to end when asked, before it is made to."""
LONGEST_PAUSE = 10.0
SETTLED = 5.0
"""Seconds after which a bot counts as having run: the next start comes at once again."""

Spawn = Callable[[Mapping[str, str]], Awaitable[Process]]


async def spawn(environ: Mapping[str, str]) -> Process:
    # A session of its own: Ctrl-C reaches this process alone, which then ends the bot in order.
    return await asyncio.create_subprocess_exec(
        sys.executable, str(APP), "run", "--no-sandbox", "--tied", env=environ, stdin=PIPE, start_new_session=True
    )


async def keep_running(
    environ: Mapping[str, str],
    start: Spawn = spawn,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    say: Callable[[str], None] = print,
) -> None:
    """Run the bot until cancelled. Raises ``SettingsError`` when it ends with status 2: starting again would not help."""
    clock, wait = asyncio.get_running_loop().time, 0.5
    while True:
        process = await start(environ)
        began = clock()
        try:
            status = await process.wait()
        finally:
            await _end(process)
        if status == 2:
            raise SettingsError(["the bot could not start; its own message is above"])
        wait = 0.5 if clock() - began > SETTLED else min(wait * 2, LONGEST_PAUSE)
        say(f"The bot ended ({status}); starting it again.")
        await pause(wait)


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def supervise(environ: Mapping[str, str], address: Address, ready: Callable[[], None]) -> None:
    """Run the bot until cancelled and call ``ready`` once, as soon as it listens. Raises ``SettingsError``."""
    bot = asyncio.create_task(keep_running(environ))
    up = asyncio.create_task(_answering(address))
    try:
        await asyncio.wait({bot, up}, return_when=asyncio.FIRST_COMPLETED)
        if not bot.done():
            ready()
        await bot
    finally:
        bot.cancel()
        up.cancel()
        await asyncio.gather(bot, up, return_exceptions=True)


async def _answering(address: Address) -> None:
    """Return when somebody listens there."""
    while True:
        try:
            _, writer = await asyncio.open_connection(address.host, address.port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            return


def end_with_input(end: Callable[[], object]) -> None:
    """Call ``end`` once standard input closes: the process that started this one is gone."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(sys.stdin.fileno(), 1):
            loop.remove_reader(sys.stdin)
            end()

    loop.add_reader(sys.stdin, readable)
