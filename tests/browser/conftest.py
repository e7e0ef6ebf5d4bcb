"""A browser, and a sandbox whose bot only listens."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Browser, async_playwright
from slack_workspace import Listener
from visitor import FLAGS, chromium

from sandbox.main import Options, Running, start


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        await running.close()


@pytest.fixture
async def bot() -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_post("/{tail:.*}", listener.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield listener
    await runner.cleanup()


@pytest.fixture
async def running(bot: Listener) -> AsyncIterator[Running]:
    made = await start(Options(port=0))
    made.bot_url = bot.url
    yield made
    await made.stop()
