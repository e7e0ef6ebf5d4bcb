"""People who live on each platform and are linked to all the others, made as a company makes them: import, sync, Allow.

Everything goes through the sandbox's clients and a browser; nothing here knows the bot's inside, or any one vendor.
"""

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

from sandbox.main import Running

Places = Mapping[str, str]
"""One person's account on every platform."""
Card = dict[str, Any]
ADMIN, TEAM = "Maya Ortiz", "Everybody"
PATIENCE = 60
AT_ONCE = 8
"""Browsers beside each other."""


async def residents(sandbox: Running, each: int) -> dict[str, list[Places]]:
    """So many people by the platform they live on."""
    everywhere = _everywhere(sandbox)
    desk = Desk(sandbox, next(iter(sandbox.fakes)), everywhere.pop(ADMIN))
    names = iter(everywhere)
    homes = {home: [next(names) for _ in range(each)] for home in sandbox.fakes}
    await desk.imports()
    for home, people in homes.items():
        for name in people:
            await desk.syncs(name, home)
    browsers = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for home, people in homes.items():
            for name in people:
                group.create_task(_allows(Desk(sandbox, home, everywhere[name]), browsers))
    return {home: [everywhere[name] for name in people] for home, people in homes.items()}


def _everywhere(sandbox: Running) -> dict[str, Places]:
    """Who can be linked everywhere, by name: of the cast, some lack an account or a licence, so only the admin counts."""
    found: dict[str, dict[str, str]] = {}
    for platform, accounts in sandbox.core.world.accounts.items():
        for account in accounts.values():
            if account.name == ADMIN or account.name[-1:].isdecimal():
                found.setdefault(account.name, {})[platform] = account.id
    return {name: places for name, places in found.items() if len(places) == len(sandbox.fakes)}


class Desk:
    """One person in one platform's client, in conversation with the bot."""

    def __init__(self, sandbox: Running, platform: str, places: Places) -> None:
        self.fake, self.platform, self.places = sandbox.fakes[platform], platform, places
        self.me = places[platform]

    def cards(self) -> list[Card]:
        return [shown for shown in self.fake.view(self.me, "bot") if shown["card"]]

    async def asks(self, command: str, answers: Callable[[Card], bool]) -> Card:
        """Type a command, and wait for a card, new or changed, that answers it."""
        before = {card["id"]: card["lines"] for card in self.cards()}
        await self.fake.command(self.me, command)
        return await self.sees(lambda card: card["lines"] != before.get(card["id"]) and answers(card))

    async def sees(self, wanted: Callable[[Card], bool], patience: float = PATIENCE) -> Card:
        until = time.perf_counter() + patience
        while time.perf_counter() < until:
            for card in reversed(self.cards()):
                if wanted(card):
                    return card
            await asyncio.sleep(0.02)
        raise RuntimeError(
            f"another card was expected in {self.platform}: {[card['lines'] for card in self.cards()[-1:]]}"
        )

    async def imports(self) -> None:
        """What waits for an administrator's browser first, then all people; where it goes by team, the team of all."""
        centre = await self.asks("setup", lambda card: "Connect Center" in card["lines"])
        for url in links(centre, "Connect"):
            await signs_in(url, self.places, "onnected")
        for platform in self.places:
            card = await self.asks(f"import {platform}", lambda card: done(card) or TEAM in "\n".join(card["lines"]))
            if not done(card):
                await self.asks(f"import {platform} add {TEAM}", done)

    async def syncs(self, name: str, home: str) -> None:
        others = ",".join(platform for platform in self.places if platform != home)
        plan = await self.asks(f'sync "{name}" primary={home} secondary={others}', lambda card: has(card, "Confirm"))
        await self.fake.press(self.me, plan["id"], "Confirm")


def done(card: Card) -> bool:
    return "Import is done" in card["lines"]


def has(card: Card, label: str) -> bool:
    return any(button["label"] == label for button in card["buttons"])


def links(card: Card, label: str) -> Iterator[str]:
    return (button["url"] for button in card["buttons"] if button["label"] == label)


# -- the browser ---------------------------------------------------------------------------------------


async def _allows(desk: Desk, browsers: asyncio.Semaphore) -> None:
    """Each Allow of the consent card leads to another platform's page."""
    card = await desk.sees(lambda card: has(card, "Allow"))
    for url in links(card, "Allow"):
        async with browsers:
            await signs_in(url, desk.places, "linked")


async def signs_in(url: str, places: Places, wanted: str) -> None:
    """Go where the link leads, allow as the account that this person has there, and wait until the page says so."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        form, html = await _opens(browser, url)
        go = re.search(r'class="next" href="([^"]+)">Continue<', html)
        if go is not None:
            form, _ = await _opens(browser, urljoin(form, unescape(go[1])))
        user = places[urlsplit(form).path.split("/")[1]]
        async with browser.post(form, data={"user": user, "decision": "allow"}) as answer:
            back, html = str(answer.url), await answer.text()
        async with asyncio.timeout(PATIENCE):
            while wanted not in html:
                await asyncio.sleep(0.2)
                _, html = await _opens(browser, back)


async def _opens(browser: aiohttp.ClientSession, url: str) -> tuple[str, str]:
    async with browser.get(url) as page:
        return str(page.url), await page.text()
