"""Direct messages a second, Slack to Zoom and back, and how long one takes.

The sandbox and the load share this process, the bot has its own; all limits are off. Latency is from the moment the
person has written to the moment the other platform has the copy.
"""

import asyncio
import socket
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.pairs import Pair, linked_pairs
from bench.process import Bot
from sandbox.core import Fake
from sandbox.main import Options, Running, start
from sandbox.world import Chat, Message

PAIRS = 100
FLOOD, CALM, HOOKS = 1_500, 400, 800


class Watch:
    """When each message was written, and when its copy stood on the other side."""

    def __init__(self, sandbox: Running) -> None:
        self.sandbox = sandbox
        self.written: dict[str, float] = {}
        self.took: list[float] = []
        self.done = asyncio.Event()
        self.expected = 0
        self._post = sandbox.core.world.post
        sandbox.core.world.post = self.post  # type: ignore[method-assign]

    def post(self, chat: Chat, message: Message) -> None:
        self._post(chat, message)
        began = self.written.get(message.text) if message.by_app else None
        if began is not None:
            self.took.append(time.perf_counter() - began)
            if len(self.took) >= self.expected:
                self.done.set()

    async def run(
        self, fake: Fake, turns: list[tuple[str, str]], per_second: float | None
    ) -> tuple[float, list[float]]:
        """Write once per turn (who, to whom); returns the seconds it took and each message's latency."""
        self.written.clear()
        self.took, self.expected = [], len(turns)
        self.done.clear()
        began = time.perf_counter()
        for number, (who, to) in enumerate(turns):
            text = f"message {number} of {fake.name} {began}"
            self.written[text] = time.perf_counter()
            await fake.say(who, to, text)
            pause = 0.0 if per_second is None else began + (number + 1) / per_second - time.perf_counter()
            await asyncio.sleep(max(0.0, pause))
        async with asyncio.timeout(120):
            await self.done.wait()
        return time.perf_counter() - began, self.took


def turns(pairs: list[Pair], platform: str, count: int) -> list[tuple[str, str]]:
    if platform == "slack":
        return [(p.ann_slack, p.bob_slack) for p in (pairs * (count // len(pairs) + 1))[:count]]
    return [(p.bob_zoom, p.ann_zoom) for p in (pairs * (count // len(pairs) + 1))[:count]]


def percentile(values: list[float], part: int) -> float:
    return round(quantiles(values, n=100)[part - 1] * 1000, 1)


async def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        sandbox = await start(Options(port=0, people=int(PAIRS * 2.6)))
        for faults in sandbox.core.faults.values():
            faults.change({"limits": False})
        pairs = await linked_pairs(sandbox, Path(folder), PAIRS)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        bot = Bot(sandbox, Path(folder), port)
        sandbox.bot_url = bot.url
        await bot.start()
        try:
            return await _measure(sandbox, bot, pairs)
        finally:
            await bot.stop()
            await sandbox.stop()


async def _measure(sandbox: Running, bot: Bot, pairs: list[Pair]) -> dict[str, Any]:
    watch = Watch(sandbox)
    found: dict[str, float] = {}
    for source, target in (("slack", "zoom"), ("zoom", "slack")):
        fake = sandbox.fakes[source]
        await watch.run(fake, turns(pairs, source, len(pairs)), 100)
        cpu = bot.cpu_seconds()
        seconds, _ = await watch.run(fake, turns(pairs, source, FLOOD), None)
        await sandbox.core.hooks.idle()
        spent = bot.cpu_seconds() - cpu
        _, took = await watch.run(fake, turns(pairs, source, CALM), 50)
        await sandbox.core.hooks.idle()
        sandbox.core.hooks.log.clear()
        await watch.run(fake, turns(pairs, source, HOOKS), 200)
        hooks = [d.ms / 1000 for d in sandbox.core.hooks.log]
        way = f"{source} → {target}"
        found[f"{way}: DMs/s"] = round(FLOOD / seconds)
        found[f"{way}: CPU-ms per DM (bot)"] = round(spent / FLOOD * 1000, 2)
        found[f"{way}: ms at 50/s, p50"] = percentile(took, 50)
        found[f"{way}: ms at 50/s, p99"] = percentile(took, 99)
        found[f"{way}: webhook answered at 200/s, ms p99"] = percentile(hooks, 99)
    found["peak RSS of the bot, MiB"] = round(bot.peak_mib())
    return found
