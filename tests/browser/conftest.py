"""A browser, and a sandbox whose bot only listens."""

from collections.abc import AsyncIterator

import pytest
from chromium import FLAGS, chromium
from listener import Listener, listening
from playwright.async_api import Browser, async_playwright

from sandbox.main import Options, Running, start

TWO = ("slack", "zoom")
"""Panes wide enough for a list beside the conversation; what more of them need is in test_panes."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        await running.close()


@pytest.fixture
async def bot() -> AsyncIterator[Listener]:
    async with listening(Listener()) as listener:
        yield listener


@pytest.fixture
async def running(bot: Listener) -> AsyncIterator[Running]:
    made = await start(Options(port=0, platforms=TWO))
    made.bot_url = bot.url
    yield made
    await made.stop()
