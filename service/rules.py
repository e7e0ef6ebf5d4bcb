"""The settings in force: the environment's word joined with what was set in chat, held in memory.

Read anew when a decision of this process changed something, and once a second for what other processes decided; so
no relayed message costs a query for it. The environment wins; a stored word that is no longer valid is left out.
"""

import asyncio
from collections.abc import Callable

import structlog
from pydantic import ValidationError

from bot.running import MEANINGS
from handlers.ctx import Option, Policy
from service import values
from service.settings import Settings, problem, read_one
from storage.policies import NOTHING, Rules
from storage.store import Store

log = structlog.get_logger("mio")

EVERY = 1.0
"""Seconds between two looks at what other processes decided."""
IN_CHAT = tuple(MEANINGS)
"""What administrators may set in chat; everything else only where the process is started."""


class InForce:
    """``make`` turns settings and rules into the policy that handlers see."""

    def __init__(self, store: Store, given: Settings, make: Callable[[Settings, Rules], Policy]) -> None:
        self.store = store
        self.given = given
        self.make = make
        self._lock = asyncio.Lock()
        self._known = NOTHING
        self.settings = given
        self.policy = make(given, NOTHING)

    async def refresh(self) -> None:
        """Read what was set. One at a time, so that an older reading never replaces a newer one."""
        async with self._lock:
            rules = await self.store.read(lambda tx: tx.policies.rules())
            if rules != self._known:
                self.settings = joined(self.given, rules)
                self.policy = self.make(self.settings, rules)
                self._known = rules

    async def follow(self) -> None:
        """Until cancelled: what other processes decided counts here within a second."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.refresh()
            except Exception as fault:
                log.error("settings not read", fault=type(fault).__name__)


def joined(given: Settings, rules: Rules) -> Settings:
    """The settings with chat's words over the defaults."""
    chosen: dict[str, object] = {}
    for name, held in rules.words.items():
        if name not in IN_CHAT or fixed(given, name):
            continue
        try:
            chosen[name] = read_one(name, held.word)
        except ValidationError:
            log.warning("setting left out", setting=name)
    return given.model_copy(update=chosen)


def fixed(given: Settings, name: str) -> str:
    """Where the setting was given outside chat; empty when nowhere."""
    return given.origins.get(f"MIO_{name.upper()}", "")


def check(name: str, word: str) -> str:
    """What is wrong with a word for a setting, in one sentence; empty when it is right."""
    return problem(name, word)


def options(given: Settings, now: Settings) -> dict[str, Option]:
    """What *settings* shows: by name, in its order."""
    return {
        name: Option(
            values.spelled(getattr(now, name)), values.spelled(Settings.model_fields[name].default), fixed(given, name)
        )
        for name in IN_CHAT
    }
