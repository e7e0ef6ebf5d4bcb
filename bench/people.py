"""Import of 20,000 people from two platforms: seconds, and the bot's memory."""

import asyncio
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.process import Bot
from sandbox.main import Options, start

PEOPLE = 20_000


async def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        sandbox = await start(Options(port=0, people=PEOPLE))
        for faults in sandbox.core.faults.values():
            faults.change({"limits": False})
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        bot = Bot(sandbox, Path(folder), port)
        sandbox.bot_url = bot.url
        await bot.start()
        try:
            before = bot.peak_mib()
            maya = next(a for a in sandbox.core.world.accounts["zoom"].values() if a.name == "Maya Ortiz")
            fake, began = sandbox.fakes["zoom"], time.perf_counter()
            await fake.command(maya.id, "import")
            async with asyncio.timeout(300):
                while not any("Import is done" in m["lines"] for m in fake.view(maya.id, "bot")):
                    await asyncio.sleep(0.1)
            return {
                "people": PEOPLE,
                "seconds": round(time.perf_counter() - began, 1),
                "peak RSS before, MiB": round(before),
                "peak RSS after, MiB": round(bot.peak_mib()),
            }
        finally:
            await bot.stop()
            await sandbox.stop()
