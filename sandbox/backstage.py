"""Stage hands: the clock of both sides, the bot's process, people who revoke, leave or get another address.

The bot is moved through its own addresses and through whoever started it; this knows neither program nor process.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp

from sandbox.core import Bad, Core, Fake
from sandbox.guide import Guide

ANSWER = aiohttp.ClientTimeout(total=5)
FURTHEST = 800 * 86_400


class Stage(Protocol):
    """Whoever runs the bot's process."""

    @property
    def state(self) -> str:
        """running or down."""

    async def kill(self) -> None:
        """At once, without a chance to tidy up. It comes back by itself after a while, or with ``restart``."""

    async def restart(self) -> None: ...


class Backstage:
    def __init__(self, core: Core, fakes: Mapping[str, Fake], guide: Guide) -> None:
        self.core = core
        self.fakes = fakes
        self.guide = guide
        self.stage: Stage | None = None

    def shown(self) -> dict[str, Any]:
        """``bot`` None: it is not ours to kill."""
        faults = {name: switches.shown() for name, switches in self.core.faults.items()}
        clock = {"now": self.core.clock.now().isoformat(), "ahead": self.core.clock.offset}
        return {"bot": self.stage.state if self.stage else None, "faults": faults, "clock": clock}

    async def bot(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.stage is None:
            raise Bad("this bot was not started here, so it cannot be stopped from here")
        match body.get("do"):
            case "kill":
                self.guide.play("killed")
                await self.stage.kill()
            case "restart":
                await self.stage.restart()
            case _:
                raise Bad("do must be kill or restart")
        self.core.world.tell({"kind": "stage"})
        return self.shown()

    async def day(self, body: dict[str, Any]) -> dict[str, Any]:
        """Moves the platforms' clock, and the bot's when it lets us."""
        by = body.get("advance")
        if not isinstance(by, int | float) or isinstance(by, bool) or not 0 <= by <= FURTHEST:
            raise Bad(f"advance must be a number of seconds, 0 to {FURTHEST}")
        refused = await self._move_bot(by)
        self.core.clock.advance(by)
        self.core.world.tell({"kind": "stage"})
        return {**self.shown(), "refused": refused}

    async def _move_bot(self, by: float) -> str | None:
        """None: its clock was moved. Else why not."""
        url = self.core.hooks.bot_url + "/debug/clock"
        try:
            async with (
                aiohttp.ClientSession(timeout=ANSWER) as session,
                session.post(url, json={"advance": by}) as answer,
            ):
                return (
                    None if answer.status == 200 else f"the bot answered {answer.status}; MIO_DEBUG_CLOCK=1 allows it"
                )
        except (aiohttp.ClientError, OSError, TimeoutError):
            return "the bot does not answer"

    async def address(self, body: dict[str, Any]) -> dict[str, Any]:
        """One account gets another e-mail address, so that matching by address fails."""
        platform, who, email = (str(body.get(name, "")) for name in ("platform", "as", "email"))
        fake = self.fakes.get(platform)
        account = self.core.world.accounts.get(platform, {}).get(who)
        if fake is None or account is None or account.bot or not account.active:
            raise Bad(f"no active {platform or 'such'} account {who}")
        if email.count("@") != 1 or email.startswith("@") or email.endswith("@"):
            raise Bad("email must be an address")
        if email.lower() in self.core.world.emails[platform]:
            raise Bad(f"{email} is taken")
        change = getattr(fake, "change", None)
        if change is not None:
            await change(who, email=email)
        else:
            self.core.world.change(account, email=email)
        return {"email": email}
