"""Puts the program together from its settings and runs it: the only place that knows every part.

Tests build the same program with their own clock; nothing here is different for them.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

import platforms as platform_folders
from bot.ids import PlatformId
from bot.platform import Finds, Lent, Platform, PlatformSpec, Route
from bot.ready import GrantKind
from handlers import TICKS
from handlers.ctx import Connected, Policy
from handlers.files import Way
from service.cards import CardBuilder
from service.clock import RealClock, Ticker
from service.deciding import Decider
from service.engine import REQUEST_TIMEOUT, Engine
from service.heard import Ear
from service.incoming import Intake
from service.memory import StoredMemory
from service.metrics import Metrics
from service.pages import Site
from service.performing import Performer
from service.rules import InForce, check, options
from service.settings import Settings, SettingsError, names
from service.signing import Signer
from service.tokens import Purse, Wallet
from service.web import Web, application
from storage.migrate import migrate
from storage.policies import Rules
from storage.sealing import Keys, SealError
from storage.store import Store, Tx

log = structlog.get_logger("mio")

KEY_FILE = "encryption.keys"
FULL = 20_000
"""Waiting webhooks beyond which we answer 503 and let the vendors come again."""


@dataclass(slots=True)
class Program:
    """Everything that runs in one process."""

    settings: Settings
    clock: RealClock
    store: Store
    specs: tuple[PlatformSpec, ...]
    signer: Signer
    metrics: Metrics
    wallet: Wallet
    platforms: dict[PlatformId, Platform] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)

    def policy(self) -> Policy:
        return self.rules.policy

    rules: InForce = field(init=False)
    engine: Engine = field(init=False)
    ticker: Ticker = field(init=False)

    def __post_init__(self) -> None:
        self.rules = InForce(self.store, self.settings, partial(_policy, self))
        self._connect()
        performer = Performer(self.store, self.platforms, self.clock, CardBuilder().build, REQUEST_TIMEOUT, self.policy)
        decider = Decider(self.store, self.policy, self.rules.refresh, self.wallet.forget, self.metrics.counted)
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.engine = Engine(self.store, performer, decider, self.clock, owner, lambda: self.policy().hold)
        self.ticker = Ticker(self.store, self.clock, {name: interval for name, (interval, _) in TICKS.items()})

    def _connect(self) -> None:
        for spec in self.specs:
            mine = self.settings.platforms.get(str(spec.id))
            if mine is None:
                continue
            intake = Intake(self.store, spec.id, FULL)
            lent = Lent(
                settings=mine,
                public_url=self.settings.public_url,
                command=self.settings.commands[str(spec.id)],
                bot_name=self.settings.bot_name,
                submit=intake.submit,
                tokens=Purse(self.wallet, spec.id),
                memory=StoredMemory(self.store, spec.id),
                clock=self.clock,
                rates=self.settings.rates != "off",
                counted=self.metrics.platform_request,
            )
            platform, routes = platform_folders.connect(spec, lent)
            self.platforms[spec.id] = platform
            ear = Ear(lent.memory, self.clock)
            self.routes.extend(ear.at(route) for route in routes)

    def advance(self, by: timedelta) -> None:
        """Move the clock on (demonstrations and tests)."""
        self.clock.advance(by)
        self.store.wake()


def _connected(program: Program) -> dict[PlatformId, Connected]:
    return {
        spec.id: Connected(
            title=spec.title,
            traits=spec.traits,
            command=program.settings.commands[str(spec.id)],
            installs=spec.installs(program.settings.platforms[str(spec.id)]),
            proves=spec.proves,
            missing_words={kind: spec.install_words for kind in GrantKind},
            ready_words="the bot is installed",
        )
        for spec in program.specs
        if str(spec.id) in program.settings.platforms
    }


def _policy(program: Program, values: Settings, set_: Rules) -> Policy:
    """``values``: the settings in force; ``set_``: what was set in chat."""
    signer, clock = program.signer, program.clock
    return Policy(
        company=values.company,
        bot_name=values.bot_name,
        support=values.support,
        privacy_url=values.privacy_url or f"{program.settings.public_url}/privacy",
        platforms=_connected(program),
        admins=frozenset(values.admins),
        aliases=values.aliases,
        timetable=values.timetable,
        hours=values.hours,
        time_zone=values.timezone,
        throttle=values.prompt_throttle,
        undo_window=values.undo_window,
        per_day=values.prompt_per_day,
        stop_share=values.stop_share,
        two_person=values.two_person,
        self_primary=values.self_primary,
        hold=values.hold,
        keep=values.keep,
        guard_share=values.removal_guard.share,
        guard_count=values.removal_guard.count,
        allow_url=signer.allow_url,
        setup_url=lambda platform, kind: signer.setup_url(platform, kind, clock.now()),
        download_url=lambda kind, thing, who: signer.file_url(Way.DOWNLOAD, kind, thing, who, clock.now()),
        upload_url=lambda kind, thing, who: signer.file_url(Way.UPLOAD, kind, thing, who, clock.now()),
        digest=program.store.keys.digest,
        paused=values.paused,
        help_url=values.help_url,
        pauses=set_.pauses,
        options=options(program.settings, values),
        check=check,
        elsewhere=frozenset(names(program.specs)),
    )


# -- making one ----------------------------------------------------------------------------------


def data_dir(settings: Settings) -> Path:
    """The data folder, made when it is missing. Raises ``SettingsError``."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as fault:
        raise SettingsError([f"MIO_DATA_DIR: cannot write to {folder} ({fault.strerror})"]) from None
    return folder


def keys(settings: Settings) -> Keys:
    """The ring of the settings; on the embedded database one is generated into the data folder (mode 0600)."""
    given = settings.encryption_keys.get_secret_value()
    try:
        if given:
            return Keys.parse(given)
        file = data_dir(settings) / KEY_FILE
        if not file.exists():
            with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
                out.write(Keys.generate())
        return Keys.parse(file.read_text())
    except SealError as fault:
        raise SettingsError([f"MIO_ENCRYPTION_KEYS: {fault}"]) from None


@asynccontextmanager
async def program(settings: Settings, clock: RealClock | None = None) -> AsyncIterator[Program]:
    """A program with its database open and its platforms' sessions started; nothing runs yet."""
    clock = clock or RealClock()
    data_dir(settings)
    url = settings.database_url.get_secret_value()
    direct = settings.database_direct_url.get_secret_value() or None
    ring = keys(settings)
    store = Store(url, ring, clock, direct_url=direct)
    if store.embedded:
        await migrate(url)
    await store.open()
    made = Program(
        settings=settings,
        clock=clock,
        store=store,
        specs=platform_folders.specs(),
        signer=Signer(ring.signing, settings.public_url),
        metrics=Metrics(),
        wallet=Wallet(store, clock),
    )
    try:
        await made.rules.refresh()
        for platform in made.platforms.values():
            await platform.start()
        await _wake(made)
        yield made
    finally:
        for platform in made.platforms.values():
            await platform.stop()
        await store.close()


async def _wake(made: Program) -> None:
    """What waits for an app that was refused is tried again: its secret may be another one now."""

    def work(tx: Tx) -> None:
        for platform in made.platforms:
            tx.queue.unhold(f"app:{platform}")

    await made.store.write(work)


async def serve(settings: Settings, clock: RealClock | None = None) -> None:
    """Run until cancelled: what ``MIO_PROCESS`` names. Raises ``SettingsError``, ``StoreError``, ``OSError``."""
    async with program(settings, clock) as made:
        process = settings.process
        runner = await listen(made, settings.bind.host, settings.bind.port) if "web" in process else None
        try:
            async with asyncio.TaskGroup() as tasks:
                if "work" in process:
                    tasks.create_task(made.engine.run())
                if "clock" in process:
                    tasks.create_task(made.ticker.run())
                if not made.store.embedded:
                    tasks.create_task(made.rules.follow())
                tasks.create_task(first_contact(made))
                log.info("serving", address=settings.public_url, platforms=sorted(made.platforms))
                await asyncio.Event().wait()
        finally:
            if runner is not None:
                await runner.cleanup()


async def listen(made: Program, host: str, port: int) -> web.AppRunner:
    values = made.settings
    parts = Web(
        store=made.store,
        policy=made.policy,
        platforms=made.platforms,
        titles={spec.id: spec.title for spec in made.specs},
        routes=made.routes,
        signer=made.signer,
        metrics=made.metrics,
        clock=made.clock,
        site=lambda: _site(made.rules.settings),
        debug_clock=values.debug_clock,
        advance=made.advance,
    )
    runner = web.AppRunner(application(parts), access_log=None, shutdown_timeout=3.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


def _site(values: Settings) -> Site:
    return Site(
        public_url=values.public_url,
        bot_name=values.bot_name,
        company=values.company,
        support=values.support,
        privacy_url=values.privacy_url,
        terms_url=values.terms_url,
        help_url=values.help_url,
    )


async def first_contact(made: Program) -> None:
    """Print a one-time link for each platform that an administrator has yet to connect."""
    await find_consent(made)
    for line in await unconnected(made):
        print(line, flush=True)


async def find_consent(made: Program) -> None:
    """What administrators consented to at the vendor itself counts from the start."""
    for platform in made.platforms.values():
        if isinstance(platform, Finds):
            await platform.find_consent()


async def unconnected(made: Program) -> list[str]:
    policy = made.policy()
    lines = []
    for platform, connected in sorted(policy.platforms.items()):
        for kind in connected.installs:
            held = await made.store.read(lambda tx, p=platform, k=kind: tx.grants.get(k, p, None))  # type: ignore[misc]
            if held is None:
                lines.append(f"{connected.title}: {connected.missing_words[kind]}: {policy.setup_url(platform, kind)}")
    return lines
