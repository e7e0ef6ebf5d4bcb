"""The bot is killed with SIGKILL again and again while people write: nothing is lost, doubled or out of order.

Twenty bursts of 200 messages over 20 pairs, both ways; a kill at a random moment of each. The seed is printed.
"""

import asyncio
import os
import random
import re
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from company import TWO
from linked_pairs import Pair, linked_pairs

from sandbox.main import Options, Running, start

ROOT = Path(__file__).parent.parent.parent
PAIRS, BURST, KILLS = 20, 200, 20
PATIENCE = 120
LATE = re.compile(r"^\(\d\d:\d\d:\d\d\) ")


class Bot:
    """The program in a process of its own, as an operator runs it."""

    def __init__(self, sandbox: Running, folder: Path, port: int) -> None:
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
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            "run",
            "--no-sandbox",
            env=self.environ,
            cwd=self.environ["MIO_DATA_DIR"],
        )

    async def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def sandbox_and_bot(folder: Path) -> AsyncIterator[tuple[Running, Bot, list[Pair]]]:
    sandbox = await start(Options(port=0, platforms=TWO, people=60))
    sandbox.core.faults["slack"].change({"limits": False, "retry_scale": 0.05})
    sandbox.core.faults["zoom"].change({"limits": False, "retry_scale": 0.01})
    pairs = await linked_pairs(sandbox, folder, PAIRS)
    port = random.SystemRandom().randint(20_000, 30_000)
    sandbox.bot_url = f"http://127.0.0.1:{port}"
    bot = Bot(sandbox, folder, port)
    await bot.start()
    try:
        yield sandbox, bot, pairs
    finally:
        await bot.kill()
        await sandbox.stop()


async def burst(sandbox: Running, pairs: list[Pair], number: int, dice: random.Random) -> None:
    """Every pair writes in both directions, in random turns."""
    turns = [(pair, way) for pair in pairs for way in ("slack", "zoom") for _ in range(BURST // PAIRS // 2)]
    dice.shuffle(turns)
    count: dict[tuple[Pair, str], int] = {}
    for pair, way in turns:
        n = count[pair, way] = count.get((pair, way), 0) + 1
        text = f"{number:02d}.{n:02d} to {way}"
        if way == "zoom":
            await sandbox.fakes["slack"].say(pair.ann_slack, pair.bob_slack, text)
        else:
            await sandbox.fakes["zoom"].say(pair.bob_zoom, pair.ann_zoom, text)
        await asyncio.sleep(dice.uniform(0, 0.006))


def arrived(sandbox: Running, pair: Pair, way: str) -> list[str]:
    """What the reader sees from the other one, in order."""
    if way == "zoom":
        return [
            m["text"] for m in sandbox.fakes["zoom"].view(pair.bob_zoom, pair.ann_zoom) if m["from"] == pair.ann_zoom
        ]
    return [
        m["text"] for m in sandbox.fakes["slack"].view(pair.ann_slack, pair.bob_slack) if m["from"] == pair.bob_slack
    ]


async def everything(sandbox: Running, pairs: list[Pair], expected: int) -> None:
    """Until so many messages are on the other side, or patience ends."""
    changes: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    sandbox.core.world.listeners.add(changes)
    try:
        async with asyncio.timeout(PATIENCE):
            while sum(len(arrived(sandbox, p, w)) for p in pairs for w in ("slack", "zoom")) < expected:
                await changes.get()
    except TimeoutError:
        pass
    finally:
        sandbox.core.world.listeners.discard(changes)


async def delivered(sandbox: Running) -> None:
    """Until every webhook was accepted: a vendor gives up after its third retry, and that is not what is tried here."""
    async with asyncio.timeout(PATIENCE):
        await sandbox.core.hooks.idle()


@pytest.mark.parametrize("answers_get_lost", [False, True], ids=["kill", "kill and lost answers"])
async def test_twenty_kills(tmp_path: Path, answers_get_lost: bool) -> None:
    seed = int(os.environ.get("MIO_TEST_SEED", secrets.randbelow(1_000_000)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    async with sandbox_and_bot(tmp_path) as (sandbox, bot, pairs):
        if answers_get_lost:
            for faults in sandbox.core.faults.values():
                faults.change({"timeout_share": 0.01})
        for number in range(KILLS):
            writing = asyncio.create_task(burst(sandbox, pairs, number, dice))
            await asyncio.sleep(dice.uniform(0.3, 2.5))
            await bot.kill()
            await bot.start()
            await writing
            await delivered(sandbox)
        await everything(sandbox, pairs, KILLS * BURST)
        await delivered(sandbox)
        expected = [f"{b:02d}.{n:02d}" for b in range(KILLS) for n in range(1, BURST // PAIRS // 2 + 1)]
        late = 0
        for pair in pairs:
            for way in ("slack", "zoom"):
                texts = arrived(sandbox, pair, way)
                words = [LATE.sub("", t).removesuffix(f" to {way}") for t in texts]
                assert sorted(words) == expected, f"seed {seed}: lost or doubled between {pair}, to {way}"
                in_time = [w for w, t in zip(words, texts, strict=True) if not LATE.match(t)]
                assert in_time == sorted(in_time), f"seed {seed}: out of order between {pair}, to {way}"
                late += len(words) - len(in_time)
        print(f"{KILLS * BURST} messages, {late} stragglers with their original time")
