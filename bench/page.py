"""The sandbox's page in a real browser: until it can be used, until a message is shown, and what 5,000 messages leave.

The sandbox and the load share this process; the browser has its own. Needs Chromium and the test extra.
"""

import os
import shutil
import time
from statistics import quantiles
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright

from sandbox.main import Options, Running, start

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
READY = "document.documentElement.dataset.ready === 'true'"
SHOWN = "words => [...document.querySelectorAll('.message')].some(one => one.textContent.includes(words))"
MESSAGES, SINGLE, WARM = 5_000, 50, 500


async def run() -> dict[str, Any]:
    chromium = os.environ.get("MIO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return {"skipped": "Chromium is not installed"}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        found: dict[str, Any] = {}
        for people in (12, 20_000):
            running = await start(Options(port=0, people=people))
            try:
                page, took = await _opened(browser, running)
                found[f"usable with {people} people, ms"] = took
                found[f"a person found among {people}, ms"] = await _searched(page)
                if people == 12:
                    found |= await _written(page, running)
            finally:
                await running.stop()
        await browser.close()
    return found


async def _opened(browser: Browser, running: Running) -> tuple[Page, int]:
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    began = time.perf_counter()
    await page.goto(running.url)
    await page.wait_for_function(READY)
    return page, _ms(began)


async def _searched(page: Page) -> int:
    began = time.perf_counter()
    await page.get_by_role("searchbox", name="Find people in Zoom").fill("jill moore")
    await page.wait_for_function("document.querySelectorAll('.pane[data-platform=zoom] .chats button').length === 1")
    return _ms(began)


async def _written(page: Page, running: Running) -> dict[str, Any]:
    """Bob writes, Maya reads; at first one by one, then as fast as the sandbox takes it."""
    accounts = {a.name: a.id for a in running.core.world.accounts["slack"].values()}
    maya, bob = accounts["Maya Ortiz"], accounts["Bob Kim"]
    await page.locator(f".pane[data-platform=slack] .chats [data-with={bob}]").click()
    fake, singles = running.fakes["slack"], []
    for number in range(SINGLE):
        began = time.perf_counter()
        await fake.say(bob, maya, f"single {number}.")
        await page.wait_for_function(SHOWN, arg=f"single {number}.")
        singles.append((time.perf_counter() - began) * 1000)
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    before: dict[str, float] = {}
    for number in range(MESSAGES):
        await fake.say(bob, maya, f"message {number}.")
        if number % 100 == 99:
            await page.wait_for_function(SHOWN, arg=f"message {number}.")
        if number == WARM - 1:
            before = await _memory(session)
    after = await _memory(session)
    cuts = quantiles(singles, n=20)
    return {
        "a message shown, median ms": round(cuts[9]),
        "a message shown, 95 % ms": round(cuts[18]),
        f"heap after {WARM} messages, MiB": round(before["JSHeapUsedSize"] / 2**20, 1),
        f"heap after {MESSAGES} messages, MiB": round(after["JSHeapUsedSize"] / 2**20, 1),
        f"nodes after {WARM} messages": int(before["Nodes"]),
        f"nodes after {MESSAGES} messages": int(after["Nodes"]),
    }


async def _memory(session: CDPSession) -> dict[str, float]:
    for _ in range(2):
        await session.send("HeapProfiler.collectGarbage")
    found = await session.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in found["metrics"]}


def _ms(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
