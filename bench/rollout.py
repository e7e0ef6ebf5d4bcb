"""A roll-out to 50,000 people while others write: seconds until the plan is there, the bot's memory, and what a message takes.

The plan is made, confirmed, and everybody gets a day; the first wave goes out in the same minutes. Latency is a message's way
from Slack to Zoom at 50 a second: before, while all that happens, and the ratio of the two.
"""

import asyncio
import time
from typing import Any

from bench.process import running
from bench.relay import Watch, percentile
from bench.residents import ADMIN, Desk, has, residents
from sandbox.main import Running

PEOPLE = 62_600
"""Of ten people eight are on both platforms."""
PAIRS = 10
CALM = 500
ALWAYS = {"MIO_PROMPT_HOURS": "00:00-23:59", "MIO_PROMPT_DAYS": "mon-sun"}
ROLL_OUT = "sync new primary=slack secondary=zoom"


async def run() -> dict[str, Any]:
    async with running(("slack", "zoom"), PEOPLE, **ALWAYS) as (sandbox, bot):
        homes = await residents(sandbox, PAIRS)
        pairs = [(a["slack"], b["slack"]) for a, b in zip(homes["slack"], homes["zoom"], strict=True)]
        watch, slack = Watch(sandbox), sandbox.fakes["slack"]
        turns = (pairs * (CALM // PAIRS + 1))[:CALM]
        await watch.run(slack, turns, 50)
        _, before = await watch.run(slack, turns, 50)
        bot.forget_peak()
        idle = bot.peak_mib()
        maya, began = _admin(sandbox), time.perf_counter()
        plan = await maya.asks(ROLL_OUT, lambda card: has(card, "Confirm"))
        planned = time.perf_counter() - began
        at_plan = bot.peak_mib()
        rolling = asyncio.create_task(_confirmed(maya, plan))
        meanwhile: list[float] = []
        while not rolling.done():
            _, took = await watch.run(slack, turns, 50)
            meanwhile += took
        seconds = rolling.result()
        row = {
            "roll-out": plan["lines"][1],
            "seconds until the plan": round(planned, 1),
            "peak RSS before, MiB": round(idle),
            "peak RSS with the plan, MiB": round(at_plan),
            "seconds from Confirm until all have a day": round(seconds, 1),
            "peak RSS after, MiB": round(bot.peak_mib()),
            "p99 ms of a message before": percentile(before, 99),
            "p99 ms of a message meanwhile": percentile(meanwhile, 99),
        }
        return {**row, "× p99": round(percentile(meanwhile, 99) / percentile(before, 99), 1)}


def _admin(sandbox: Running) -> Desk:
    account = next(a for a in sandbox.core.world.accounts["slack"].values() if a.name == ADMIN)
    return Desk(sandbox, "slack", {"slack": account.id})


async def _confirmed(maya: Desk, plan: dict[str, Any]) -> float:
    """Until everybody has a day, and until the first wave is out."""
    began = time.perf_counter()
    await maya.fake.press(maya.me, plan["id"], "Confirm")
    await maya.sees(lambda card: card["id"] == plan["id"] and "goes out in waves" in card["lines"][0], 600)
    seconds = time.perf_counter() - began
    await asyncio.sleep(65)
    return seconds
