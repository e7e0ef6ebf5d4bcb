"""The bot in a process of its own, with what the operating system says about it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp

from sandbox.main import Running

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
        """Return when it is ready."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            "run",
            "--no-sandbox",
            env=self.environ,
            cwd=self.environ["MIO_DATA_DIR"],
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
        assert self.process is not None
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / TICKS

    def peak_mib(self) -> float:
        """The largest resident set so far."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0
