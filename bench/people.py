"""Import of 20,000 people from two platforms: seconds, and the bot's memory."""

import asyncio
import time
from typing import Any

from bench.process import running

PEOPLE = 20_000


async def run() -> list[dict[str, Any]]:
    async with running(("slack", "zoom"), PEOPLE) as (sandbox, bot):
        before = bot.peak_mib()
        maya = next(a for a in sandbox.core.world.accounts["zoom"].values() if a.name == "Maya Ortiz")
        fake, began = sandbox.fakes["zoom"], time.perf_counter()
        await fake.command(maya.id, "import")
        async with asyncio.timeout(300):
            while not any("Import is done" in m["lines"] for m in fake.view(maya.id, "bot")):
                await asyncio.sleep(0.1)
        return [
            {
                "people": PEOPLE,
                "seconds": round(time.perf_counter() - began, 1),
                "peak RSS before, MiB": round(before),
                "peak RSS after, MiB": round(bot.peak_mib()),
            }
        ]
