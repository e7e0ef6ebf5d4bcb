"""The bot in a process of its own beside a sandbox without limits, with what the operating system says about it."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from sandbox.main import Options, Running, start

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


class Bot:
    """Started against a sandbox by settings alone; our own rate limits are off."""

    def __init__(self, sandbox: Running, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.environ = {
            **os.environ,
            **sandbox.settings(),
            "MIO_DATA_DIR": str(folder),
            "MIO_BIND": f"127.0.0.1:{port}",
            "MIO_RATES": "off",
            "MIO_LOG_LEVEL": "error",
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Return when it is ready. What it has to say to an operator is not the benchmark's output."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            "run",
            "--no-sandbox",
            env=self.environ,
            cwd=self.environ["MIO_DATA_DIR"],
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(30), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(self.url + "/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        await self.process.wait()

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        words = self._proc("stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / TICKS

    def peak_mib(self) -> float:
        """The largest resident set so far, or since ``forget_peak``."""
        for line in self._proc("status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def forget_peak(self) -> None:
        # proc(5): 5 sets the peak to what is resident now.
        self._proc("clear_refs").write_text("5")

    def _proc(self, name: str) -> Path:
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/{name}")


@asynccontextmanager
async def running(platforms: Sequence[str], people: int, **settings: str) -> AsyncIterator[tuple[Running, Bot]]:
    """A sandbox with so many people, and a bot that begins with an empty database and, if named, with settings of its own."""
    with tempfile.TemporaryDirectory() as folder:
        sandbox = await start(Options(port=0, people=people, platforms=tuple(platforms)))
        for faults in sandbox.core.faults.values():
            faults.change({"limits": False})
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        bot = Bot(sandbox, Path(folder), port)
        bot.environ.update(settings)
        sandbox.bot_url = bot.url
        try:
            await bot.start()
            yield sandbox, bot
        finally:
            await bot.stop()
            await sandbox.stop()
