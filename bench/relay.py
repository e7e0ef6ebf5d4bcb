"""Direct messages a second from every platform to every other, and how long one takes: ``relay``, or ``relay:slack-zoom``.

The sandbox and the load share this process, the bot has its own; all limits are off. Latency is from the moment the
person has written to the moment the other platform has the copy. Machines differ: compare the columns with a ×, which
measure each direction by the first.
"""

import asyncio
import re
import time
from itertools import permutations
from statistics import quantiles
from typing import Any

import platforms
from bench.process import Bot, running
from bench.residents import Places, residents
from sandbox.core import Fake
from sandbox.main import FAKES, Running
from sandbox.world import Chat, Message

Way = tuple[str, str]
PAIRS = 20
FLOOD, CALM, HOOKS = 600, 250, 300
PATIENCE = 120
MARK = re.compile(r"message \d+ of \d+")
NUMBERS = ("DMs/s", "CPU-ms per DM", "p50 ms at 50/s", "p99 ms at 50/s", "webhook p99 ms at 200/s", "peak RSS, MiB")


class Watch:
    """When each message was written, and when its copy stood on the other side."""

    def __init__(self, sandbox: Running) -> None:
        self.runs = 0
        self.written: dict[str, float] = {}
        self.took: list[float] = []
        self.expected = 0
        self.done = asyncio.Event()
        sandbox.core.world.watchers.append(self.saved)

    def saved(self, chat: Chat, message: Message) -> None:
        mark = MARK.search(message.text) if message.by_app else None
        began = self.written.pop(mark[0], None) if mark else None
        if began is not None:
            self.took.append(time.perf_counter() - began)
            if len(self.took) >= self.expected:
                self.done.set()

    async def run(self, fake: Fake, turns: list[Way], per_second: float | None) -> tuple[float, list[float]]:
        """Write once per turn (who, to whom); returns the seconds it took and each message's latency."""
        self.runs += 1
        self.took, self.expected = [], len(turns)
        self.done.clear()
        began = time.perf_counter()
        for number, (who, to) in enumerate(turns):
            text = f"message {number} of {self.runs}"
            self.written[text] = time.perf_counter()
            await fake.say(who, to, text)
            pause = 0.0 if per_second is None else began + (number + 1) / per_second - time.perf_counter()
            await asyncio.sleep(max(0.0, pause))
        try:
            await asyncio.wait_for(self.done.wait(), PATIENCE)
        except TimeoutError:
            raise RuntimeError(f"{len(self.took)} of {len(turns)} messages from {fake.name} have arrived") from None
        return time.perf_counter() - began, self.took


def ways(words: str) -> list[Way]:
    """Every direction between the platforms that both the program and the sandbox have, or the one that is named."""
    known = {str(spec.id) for spec in platforms.specs()}
    every = list(permutations([name for name in FAKES if name in known], 2))
    if not words:
        return every
    source, _, target = words.partition("-")
    if (source, target) not in every:
        raise ValueError(f"no direction {words}; there are {', '.join(f'{a}-{b}' for a, b in every)}")
    return [(source, target)]


async def run(words: str = "") -> list[dict[str, Any]]:
    """A row for each direction, in one company."""
    wanted = ways(words)
    names = [name for name in FAKES if any(name in way for way in wanted)]
    # Of ten people eight are everywhere.
    async with running(names, len(names) * PAIRS * 10 // 8 + 20) as (sandbox, bot):
        homes = await residents(sandbox, PAIRS)
        watch = Watch(sandbox)
        found = []
        for way in wanted:
            found.append(await _measured(sandbox, bot, watch, way, homes))
        return [_compared(row, found[0]) for row in found]


async def _measured(
    sandbox: Running, bot: Bot, watch: Watch, way: Way, homes: dict[str, list[Places]]
) -> dict[str, Any]:
    source, target = way
    fake, hooks = sandbox.fakes[source], sandbox.core.hooks
    pairs = [(one[source], other[source]) for one, other in zip(homes[source], homes[target], strict=True)]

    def turns(count: int) -> list[Way]:
        return (pairs * (count // len(pairs) + 1))[:count]

    await watch.run(fake, turns(2 * len(pairs)), 100)
    await hooks.idle()
    bot.forget_peak()
    cpu = bot.cpu_seconds()
    seconds, _ = await watch.run(fake, turns(FLOOD), None)
    await hooks.idle()
    spent = bot.cpu_seconds() - cpu
    _, took = await watch.run(fake, turns(CALM), 50)
    await hooks.idle()
    hooks.log.clear()
    await watch.run(fake, turns(HOOKS), 200)
    await hooks.idle()
    answered = [delivered.ms / 1000 for delivered in hooks.log]
    numbers = (
        round(FLOOD / seconds),
        round(spent / FLOOD * 1000, 2),
        percentile(took, 50),
        percentile(took, 99),
        percentile(answered, 99),
        round(bot.peak_mib()),
    )
    return {"from": source, "to": target, **dict(zip(NUMBERS, numbers, strict=True))}


def percentile(values: list[float], part: int) -> float:
    return round(quantiles(values, n=100)[part - 1] * 1000, 1)


def _compared(row: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{f"× {name}": round(row[name] / first[name], 2) for name in NUMBERS}}
