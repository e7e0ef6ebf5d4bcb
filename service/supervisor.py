"""Keeps the bot running as a child of the demonstration, pointed at the sandbox by settings alone.

The bot is started again when it dies: killing it on purpose is part of the show, and then it stays down for a moment
so that everybody sees what waits. It ends with this process, however that ends, because its standard input does.
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

DOWN = 4.0
"""Seconds a bot that was killed for show stays down, unless it is called back earlier."""

Spawn = Callable[[Mapping[str, str]], Awaitable[Process]]


async def spawn(environ: Mapping[str, str]) -> Process:
    # A session of its own: Ctrl-C reaches this process alone, which then ends the bot in order.
    return await asyncio.create_subprocess_exec(
        sys.executable, str(APP), "run", "--no-sandbox", "--tied", env=environ, stdin=PIPE, start_new_session=True
    )


class Stage:
    """The bot's process for the page's stage hands: it may be killed for show and called back."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._wanted: float | None = None
        self._back = asyncio.Event()

    @property
    def state(self) -> str:
        """running or down."""
        return "running" if self._process is not None else "down"

    async def kill(self) -> None:
        """SIGKILL; the bot comes back after ``DOWN`` seconds, or with ``restart``."""
        process = self._process
        if process is not None:
            self._wanted = DOWN
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def restart(self) -> None:
        """Call it back when it is down, else end it in order and start it anew."""
        self._back.set()
        process = self._process
        if process is not None:
            self._wanted = 0.0
            await _end(process)

    def began(self, process: Process) -> None:
        self._process = process
        self._back.clear()

    def ended(self) -> float | None:
        """How long to stay down when the end was wanted; None: it was not."""
        self._process, wanted = None, self._wanted
        self._wanted = None
        return wanted

    async def rest(self, seconds: float) -> None:
        """Pause, unless the bot is called back."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._back.wait(), seconds)


async def keep_running(
    environ: Mapping[str, str],
    start: Spawn = spawn,
    pause: Callable[[float], Awaitable[None]] | None = None,
    say: Callable[[str], None] = print,
    stage: Stage | None = None,
) -> None:
    """Run the bot until cancelled. Raises ``SettingsError`` when it ends with status 2: starting again would not help."""
    stage = stage or Stage()
    clock, wait, pause = asyncio.get_running_loop().time, 0.5, pause or stage.rest
    while True:
        process = await start(environ)
        stage.began(process)
        began = clock()
        try:
            status = await process.wait()
        finally:
            wanted = stage.ended()
            await _end(process)
        if wanted is not None:
            say("The bot was stopped for show; it comes back by itself.")
            await pause(wanted)
            continue
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


async def supervise(environ: Mapping[str, str], address: Address, ready: Callable[[], None], stage: Stage) -> None:
    """Run the bot until cancelled and call ``ready`` once, as soon as it listens. Raises ``SettingsError``."""
    bot = asyncio.create_task(keep_running(environ, stage=stage))
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
