"""People's and the bot's webhooks: made, kept alive, brought back, taken down; and how far back something may be missing.

A webhook outlives its token, goes out after a hundred failed deliveries in five minutes, and nothing is delivered twice.
Source: developer.webex.com/docs/api/guides/webhooks.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import structlog

from bot.ids import AccountId, user_of
from bot.platform import Gone, Refused
from bot.ready import Listening
from platforms.webex.api import Api, Voice
from platforms.webex.ids import bare
from platforms.webex.shapes import moment

log = structlog.get_logger("mio.webex")

DIRECT, GROUP = "roomType=direct", "roomType=group"
PEOPLE = (("messages", "created", DIRECT), ("messages", "deleted", DIRECT), ("messages", "updated", DIRECT))
BOT = (("messages", "created", DIRECT), ("messages", "created", GROUP), ("attachmentActions", "created", ""))
OPTIONAL = ("messages", "updated", DIRECT)
"""Whether Webex takes it is an open point: refused once, it is not asked for again."""
GRACE = timedelta(minutes=5)
"""A webhook brought back sooner goes out again at the first failure."""
FIRST = timedelta(minutes=5)
LEAST, MOST = timedelta(minutes=15), timedelta(hours=4)
CALLS, A_MINUTE = 2, 300 * 0.05
"""Calls of one look, and the share of the vendor's limit that all looks together may use."""
OLDEST = timedelta(days=3)
"""What was missed longer ago is not read back."""


@dataclass(slots=True)
class Look:
    """What one look found. ``waits``: something is out, and it is too early to bring it back."""

    made: bool = False
    revived: bool = False
    waits: datetime | None = None


class Hooks:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.lent = api.lent
        self.memory = api.lent.memory
        settings = api.lent.settings
        # The names tell whose they are and with which secret they were made; of either only a digest.
        self.prefix = f"mio-{_digest(settings['MIO_WEBEX_CLIENT_ID'])}-"
        self.name = self.prefix + _digest(settings["MIO_WEBEX_WEBHOOK_SECRET"])
        self._looked: set[str] = set()
        """Owners looked at by this process: before that, deliveries may have met nobody."""

    def missed(self, owner: str) -> None:
        """A delivery could not be kept, and will not come again: the next look reads back."""
        self._looked.discard(bare(owner))

    async def allowed(self, owner: str) -> None:
        """A new consent: what came in without one was not looked at, although the webhooks may have gone on."""
        await self.memory.put(f"allowed:{owner}", self.lent.clock.now().isoformat())

    # -- looking ---------------------------------------------------------------------------------

    async def listen(self, account: AccountId | None) -> Listening:
        now = self.lent.clock.now()
        voice = self.api.bot() if account is None else await self.api.person(account)
        owner = "bot" if account is None else bare(user_of(account))
        found = await self._reconcile(voice, owner, BOT if account is None else PEOPLE)
        if found.waits is not None:
            return Listening(found.waits)
        last = moment(await self.memory.get(f"heard:{owner}") or "")
        allowed = moment(await self.memory.get(f"allowed:{owner}") or "")
        anew = last is not None and allowed is not None and allowed > last
        unsure = found.made or found.revived or anew or owner not in self._looked
        self._looked.add(owner)
        await self.memory.put(f"heard:{owner}", now.isoformat())
        gap = max(last, now - OLDEST) if last is not None and unsure else None
        return Listening(now + (FIRST if last is None else self._interval(owner)), gap)

    def _interval(self, owner: str) -> timedelta:
        """The more people, the longer; spread out, so that not everybody's turn comes at once."""
        least = timedelta(minutes=len(self._looked) * CALLS / A_MINUTE)
        spread = 1 + zlib.crc32(owner.encode()) % 100 / 500
        return min(MOST, max(LEAST, least) * spread)

    async def _reconcile(self, voice: Voice, owner: str, wanted: Sequence[tuple[str, str, str]]) -> Look:
        target = f"{self.lent.public_url}/webex/{'bot' if owner == 'bot' else 'user'}"
        kept: dict[tuple[str, str, str], dict[str, Any]] = {}
        for hook in await self._ours(voice):
            key = (str(hook.get("resource")), str(hook.get("event")), str(hook.get("filter") or ""))
            fits = hook.get("targetUrl") == target and hook.get("name") == self.name
            if fits and key in wanted and key not in kept:
                kept[key] = hook
            else:
                await self._delete(voice, hook)
        look = Look()
        for key in wanted:
            if key not in kept:
                look.made |= await self._make(voice, target, key)
        out = [hook for hook in kept.values() if hook.get("status") == "inactive"]
        await self._bring_back(voice, owner, target, out, look)
        return look

    async def _bring_back(
        self, voice: Voice, owner: str, target: str, out: Sequence[dict[str, Any]], look: Look
    ) -> None:
        now, noted = self.lent.clock.now(), await self.memory.get(f"inactive:{owner}")
        since = moment(noted or "")
        if not out:
            if noted:
                await self.memory.put(f"inactive:{owner}", "")
            return
        if since is None:
            since = now
            await self.memory.put(f"inactive:{owner}", now.isoformat())
            log.warning("webhook inactive", owner=owner)
        if now < since + GRACE:
            look.waits = since + GRACE
            return
        secret = self.lent.settings["MIO_WEBEX_WEBHOOK_SECRET"]
        body = {"name": self.name, "targetUrl": target, "secret": secret, "status": "active"}
        for hook in out:
            await self.api.admin(voice, "PUT", f"/webhooks/{hook['id']}", json=body)
        await self.memory.put(f"inactive:{owner}", "")
        look.revived = True

    # -- one webhook -----------------------------------------------------------------------------

    async def _ours(self, voice: Voice) -> list[dict[str, Any]]:
        """Those that this integration made; the list may hold other apps'."""
        found: list[dict[str, Any]] = []
        path, options = "/webhooks", {"params": {"max": "100"}}
        while True:
            page = await self.api.admin(voice, "GET", path, **options)
            found.extend(h for h in page.items if str(h.get("name", "")).startswith(self.prefix) and h.get("id"))
            if page.next is None:
                return found
            path, options = page.next, {}

    async def _make(self, voice: Voice, target: str, key: tuple[str, str, str]) -> bool:
        """False: Webex does not know this kind, which we can do without."""
        if key == OPTIONAL and await self.memory.get("no updates") is not None:
            return False
        resource, event, chosen = key
        secret = self.lent.settings["MIO_WEBEX_WEBHOOK_SECRET"]
        body = {"name": self.name, "targetUrl": target, "resource": resource, "event": event, "secret": secret}
        try:
            await self.api.admin(voice, "POST", "/webhooks", json={**body, **({"filter": chosen} if chosen else {})})
        except Refused:
            if key != OPTIONAL:
                raise
            await self.memory.put("no updates", self.lent.clock.now().isoformat())
            log.info("no webhook for edits")
            return False
        return True

    async def _delete(self, voice: Voice, hook: dict[str, Any]) -> None:
        try:
            await self.api.admin(voice, "DELETE", f"/webhooks/{hook['id']}")
        except Gone:
            return

    # -- taking down -----------------------------------------------------------------------------

    async def take_down(self, voice: Voice, owner: str) -> None:
        """Everything of ours with this permission, before it ends: afterwards nobody could."""
        for hook in await self._ours(voice):
            await self._delete(voice, hook)
        self._looked.discard(owner)
        await self.memory.put(f"heard:{owner}", "")


def _digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()[:8]
