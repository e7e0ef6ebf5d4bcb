"""The demo company for scenarios: the real program on a real database, against the sandbox over real sockets.

Told with people: "bob.says(ann, …)", "ann.sees(bob)", "maya.types(…)", "ann.allows()".
"""

import asyncio
import random
import re
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

import platforms
from sandbox.main import Options, Running
from sandbox.main import start as start_sandbox
from service.clock import RealClock
from service.main import Program, find_consent, listen, program, unconnected
from service.settings import load
from service.tokens import WHILE_RENEWING
from storage.store import Tx

TWO = ("slack", "zoom")
"""Most scenarios need no more, and start sooner."""


@dataclass(slots=True)
class Seat:
    """One person at one platform's client."""

    company: "Company"
    platform: str
    id: str
    name: str

    @property
    def _fake(self) -> Any:
        return self.company.sandbox.fakes[self.platform]

    async def says(self, other: "Seat", text: str) -> str:
        assert other.platform == self.platform, "people write within one platform"
        native: str = await self._fake.say(self.id, other.id, text)
        return native

    async def tells_bot(self, text: str) -> None:
        await self._fake.say(self.id, "bot", text)
        await self.company.settle()

    async def types(self, text: str) -> None:
        """A slash command, and everything that follows from it."""
        await self._fake.command(self.id, text)
        await self.company.settle()

    async def asks(self, text: str) -> str:
        """Type a command; the words of whatever the bot shows for it (changed cards included)."""
        before = {shown["id"]: shown["lines"] for shown in self.cards()}
        await self.types(text)
        return "\n".join(line for c in self.cards() if before.get(c["id"]) != c["lines"] for line in c["lines"])

    def reads(self) -> str:
        """The words of the newest card."""
        return "\n".join(self.cards()[-1]["lines"])

    def buttons(self) -> list[str]:
        """The buttons of the newest card."""
        return [button["label"] for button in self.cards()[-1]["buttons"]]

    def sees(self, other: "Seat") -> list[str]:
        """The texts of a conversation, oldest first."""
        return [m["text"] for m in self._fake.view(self.id, other.id)]

    def hears(self, other: "Seat") -> list[str]:
        """What the other one wrote, oldest first."""
        return [m["text"] for m in self._fake.view(self.id, other.id) if m["from"] == other.id]

    def cards(self) -> list[dict[str, Any]]:
        """The bot's cards, oldest first."""
        return [m for m in self._fake.view(self.id, "bot") if m["card"]]

    def card(self, words: str = "") -> dict[str, Any]:
        """The newest card that says ``words`` somewhere."""
        for shown in reversed(self.cards()):
            if words in "\n".join(shown["lines"]):
                found: dict[str, Any] = shown
                return found
        raise AssertionError(f"{self.name} sees no card with “{words}”: {[c['lines'] for c in self.cards()]}")

    async def presses(self, button: str, words: str = "") -> str | None:
        """Press a button of the newest card that has it (and says ``words``)."""
        for shown in reversed(self.cards()):
            labels = [b["label"] for b in shown["buttons"]]
            if button in labels and words in "\n".join(shown["lines"]):
                url: str | None = await self._fake.press(self.id, shown["id"], button)
                await self.company.settle()
                return url
        raise AssertionError(f"{self.name} has no card with a button {button}")

    async def chooses(self, option: str) -> None:
        for shown in reversed(self.cards()):
            if option in shown["choices"]:
                await self._fake.choose(self.id, shown["id"], option)
                await self.company.settle()
                return
        raise AssertionError(f"{self.name} has no card with a choice {option}")

    async def writes(self, label: str, words: str) -> None:
        """Fill in a field of the newest card that has it."""
        for shown in reversed(self.cards()):
            if label in shown.get("inputs", ()):
                await self._fake.fill(self.id, shown["id"], label, words)
                await self.company.settle()
                return
        raise AssertionError(f"{self.name} has no card with a field {label}")

    def allow_links(self) -> dict[str, str]:
        """The addresses of the newest consent card's Allow buttons by platform, where it has several."""
        for shown in reversed(self.cards()):
            urls = [b["url"] for b in shown["buttons"] if b["label"] == "Allow"]
            tickets = [self.company.program.signer.read_allow(url.rpartition("/")[2]) for url in urls if url]
            if urls:
                found = {str(t[1]): url for t, url in zip(tickets, urls, strict=True) if t is not None}
                return found if len(found) > 1 else {}
        return {}

    async def allows(self, on: str, *, as_: "Seat | None" = None, decision: str = "allow") -> str:
        """Press the Allow of that platform's line and sign in there; returns the words of the page at the end."""
        url = self.allow_links().get(on) or await self.presses("Allow")
        assert url is not None
        signed_in = as_ or self.company.seat(on, self.name)
        page = await self.company.consent(url, signed_in.id, decision)
        await self.company.settle()
        return page


@dataclass(slots=True)
class Company:
    sandbox: Running
    program: Program
    clock: RealClock
    browser: aiohttp.ClientSession
    seats: dict[tuple[str, str], Seat] = field(default_factory=dict)

    def seat(self, platform: str, name: str) -> Seat:
        """A person's place on a platform, by full name."""
        return self.seats[platform, name]

    def fake(self, platform: str) -> Any:
        """A vendor itself, for what happens there without the bot: somebody joins, leaves, is renamed."""
        return self.sandbox.fakes[platform]

    def faults(self, platform: str, **switches: Any) -> None:
        self.sandbox.core.faults[platform].change(switches)

    def mean(self) -> None:
        for faults in self.sandbox.core.faults.values():
            faults.mean = True

    async def settle(self) -> None:
        """Until no webhook is under way and the bot has nothing to do now; a token that is being renewed is waited for."""
        hooks, engine = self.sandbox.core.hooks, self.program.engine
        async with asyncio.timeout(60):
            while True:
                await hooks.idle()
                idle = await self.program.store.read(_idle)
                if idle and not engine.working and not hooks.under_way and not self.program.store.submitting:
                    return
                engine.rested.clear()
                await engine.rested.wait()

    async def later(self, **passed: float) -> None:
        """Time passes for the platforms and for the bot."""
        by = timedelta(**passed)
        self.sandbox.core.clock.advance(by.total_seconds())
        self.program.advance(by)
        await self.program.ticker.tick()
        await self.settle()

    async def calm(self) -> None:
        """Until what a vendor let wait for a moment (a message that cannot be read yet) has come, too."""
        await self.settle()
        await self.later(seconds=5)

    async def connect(self, platform: str, name: str = "Maya Ortiz") -> None:
        """An administrator opens the one-time link that the program prints for this platform."""
        (line,) = [line for line in await unconnected(self.program) if line.lower().startswith(platform)]
        page = await self.consent(line.rpartition(": ")[2], self.seat(platform, name).id)
        await self.settle()
        assert "onnected" in page or "One moment" in page, page

    async def reach(self, moment: datetime) -> None:
        """Time passes until ``moment``."""
        await self.later(seconds=max(0.0, (moment - self.clock.now()).total_seconds()))

    async def next_time(self, weekday: int, hour: int, zone: str = "UTC") -> datetime:
        """Time passes until the next such hour of such a day (Monday = 0), so that a test knows what day it is."""
        local = self.clock.now().astimezone(ZoneInfo(zone))
        day = local.date() + timedelta(days=(weekday - local.weekday()) % 7 or 7)
        moment = datetime.combine(day, time(hour), ZoneInfo(zone))
        await self.reach(moment)
        return moment

    async def consent(self, url: str, user: str, decision: str = "allow") -> str:
        """What a browser does with an Allow or Connect link; our own page before the platform's is gone through."""
        form, html = await self.opens(url)
        go = re.search(r'class="next" href="([^"]+)">Continue<', html)
        if go is not None:
            form, html = await self.opens(urljoin(form, unescape(go[1])))
        if "/oauth/" not in form or "decision" not in html:
            return _words(html)
        async with self.browser.post(form, data={"user": user, "decision": decision}) as answer:
            return _words(await answer.text())

    async def opens(self, url: str) -> tuple[str, str]:
        """An address in the browser: where it led, and the page."""
        async with self.browser.get(url) as page:
            return str(page.url), await page.text()

    async def import_all(self, admin: Seat | None = None) -> None:
        await (admin or self.seat("zoom", "Maya Ortiz")).types("import")

    async def link(self, name: str, primary: str, secondary: str) -> None:
        """Import was done; one person is synced and allows."""
        maya = self.seat("slack", "Maya Ortiz")
        await maya.types(f'sync "{name}" primary={primary} secondary={secondary}')
        await maya.presses("Confirm")
        page = await self.seat(primary, name).allows(secondary)
        assert "linked" in page, page


def _idle(tx: Tx) -> bool:
    due = tx.queue.next_due()
    return tx.queue.idle() and (due is None or due - tx.now > WHILE_RENEWING)


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)).strip()


@asynccontextmanager
async def company(
    folder: Path,
    database: str | None = None,
    people: int = 12,
    change: Callable[[Running], None] | None = None,
    vendors: tuple[str, ...] = TWO,
    without: Collection[str] = (),
    **extra: str,
) -> AsyncIterator[Company]:
    """A sandbox and a program pointed at it by settings alone; ``without``: settings that are left out."""
    sandbox = await start_sandbox(Options(port=0, people=people, platforms=vendors))
    for faults in sandbox.core.faults.values():
        # A machine that stands still for some seconds makes a vendor come again: not in a minute of real time.
        faults.change({"retry_scale": 0.02})
    if change is not None:
        change(sandbox)
    environ = {**sandbox.settings(), "MIO_DATA_DIR": str(folder), "MIO_PUBLIC_URL": "http://127.0.0.1:1", **extra}
    environ = {name: value for name, value in environ.items() if name not in without}
    if database is not None:
        environ["MIO_DATABASE_URL"] = database
        environ["MIO_ENCRYPTION_KEYS"] = "k1:" + "A" * 43 + "="
    port = _free_port()
    environ |= {"MIO_BIND": f"127.0.0.1:{port}", "MIO_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    clock = RealClock()
    async with program(load(environ, platforms.specs(), folder), clock) as made:
        runner: web.AppRunner = await listen(made, "127.0.0.1", port)
        sandbox.bot_url = f"http://127.0.0.1:{port}"
        await find_consent(made)
        work = asyncio.create_task(made.engine.run())
        browser = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        try:
            yield _seated(Company(sandbox, made, clock, browser))
        finally:
            await browser.close()
            await sandbox.stop()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await runner.cleanup()


def _seated(made: Company) -> Company:
    for platform, accounts in made.sandbox.core.world.accounts.items():
        for account in accounts.values():
            made.seats[platform, account.name] = Seat(made, platform, account.id, account.name)
    return made


def _free_port() -> int:
    """Below the ports that the system hands out by itself: nobody else takes it between this look and the server's start."""
    while True:
        port = random.randint(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
