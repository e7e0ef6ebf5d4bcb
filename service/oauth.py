"""Consent in the browser: *Allow*, *Connect*, the platform's redirect, and the page that says what became of it.

Opening a link mints an attempt and sends the browser on; only the callback of that same browser does anything, once.
Deciding is the handlers' business: here is one transaction each, and words.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from bot.ids import PlatformId
from bot.people import Account
from handlers import consent
from handlers.consent import Begun, Closed
from handlers.ctx import Ctx
from service import pages
from service.pages import Next, Page
from service.signing import SetupToken, challenge
from storage.links import Attempt
from storage.store import Tx

if TYPE_CHECKING:
    from service.web import Web

FIRST_LOOK = 0.03
LAST_LOOK = 0.5
"""Seconds between two looks at an attempt's outcome: short at first, since most vendors answer at once."""
MOST_TURNS = 12
"""How often a page refreshes itself before it says that there is no need to wait."""
CODE = re.compile(r"[\w .:,()'-]{1,80}")
ROBOTS = re.compile(r"\+https?://|facebookexternalhit|SkypeUriPreview", re.IGNORECASE)
"""Link previews and crawlers say who they are with an address in their name."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """An attempt as its page shows it."""

    attempt: Attempt
    expected: str
    """Address or name of the account that should have signed in."""
    home: str
    """Title of the person's primary platform."""
    again: Next | None


class Consent:
    """The browser's three doors; ``show`` renders a page."""

    def __init__(self, parts: "Web", show: Callable[[Page], web.Response]) -> None:
        self.parts = parts
        self.show = show
        self.bot = parts.site().bot_name

    def routes(self) -> list[web.RouteDef]:
        doors: tuple[tuple[str, Callable[[web.Request], Awaitable[web.StreamResponse]]], ...] = (
            ("/allow/{token}", self.allow),
            ("/setup/{platform}/{token}", self.setup),
            ("/oauth/{platform}/callback", self.callback),
            ("/oauth/{platform}/adminconsent", self.callback),
        )
        opened = [web.get(path, door, allow_head=False) for path, door in doors]
        return opened + [web.head(path, _nothing) for path, _ in doors]

    def _title(self, platform: PlatformId) -> str:
        return self.parts.titles.get(platform, platform.title())

    # -- Allow and Connect -----------------------------------------------------------------------

    async def allow(self, request: web.Request) -> web.StreamResponse:
        """Mint an attempt and go to the platform's page; or say what is true now."""
        ticket = self.parts.signer.read_allow(request.match_info["token"])
        if ticket is None:
            return self.show(pages.unknown())
        person, platform, round_ = ticket
        if platform not in self.parts.platforms:
            return self.show(pages.not_served(self._title(platform)))
        if _previewing(request):
            return self.show(pages.look_only())
        found: Begun | Closed | Account | None
        if self.parts.platforms[platform].traits.explains_itself or request.query.get("go") == "1":
            found = await self.parts.store.write(
                lambda tx: consent.begin(Ctx(tx, self.parts.policy()), person, platform, round_)
            )
        else:
            found = await self.parts.store.read(
                lambda tx: consent.asked(Ctx(tx, self.parts.policy()), person, platform, round_)
            )
        match found:
            case None:
                return self.show(pages.unknown())
            case Closed(link, title):
                return self.show(pages.closed(link, title, link.round == round_, self.bot))
            case Account():
                go = Next("Continue", f"{request.path}?go=1")
                company = self.parts.site().company
                return self.show(pages.before(self._title(platform), found.email or found.name, company, self.bot, go))
            case Begun():
                return self._send_on(found)

    async def setup(self, request: web.Request) -> web.StreamResponse:
        """An administrator's one-time link: spend it and go to the platform's page."""
        platform = PlatformId(request.match_info["platform"])
        ticket = self.parts.signer.read_setup(platform, request.match_info["token"])
        if ticket is None:
            return self.show(pages.unknown())
        if platform not in self.parts.platforms:
            return self.show(pages.not_served(self._title(platform)))
        if ticket.until < self.parts.clock.now():
            return self.show(pages.setup_over(self._title(platform), self.bot))
        if _previewing(request):
            return self.show(pages.look_only())
        begun = await self.parts.store.write(lambda tx: self._spend(tx, ticket))
        if begun is None:
            return self.show(pages.setup_over(self._title(platform), self.bot))
        return self._send_on(begun)

    def _spend(self, tx: Tx, ticket: SetupToken) -> Begun | None:
        if not tx.links.use_once("setup:" + sha256(ticket.nonce.encode()).hexdigest(), ticket.until):
            return None
        return consent.begin_setup(Ctx(tx, self.parts.policy()), ticket.platform, ticket.kind)

    def _send_on(self, begun: Begun) -> web.Response:
        platform = self.parts.platforms[begun.platform]
        address = platform.consent_url(begun.kind, begun.state, challenge(begun.verifier), begun.account)
        response = web.Response(status=302, headers={"Location": address})
        self.parts.signer.set_attempt(response, begun.state, self.parts.clock.now())
        return response

    # -- the platform's redirect -----------------------------------------------------------------

    async def callback(self, request: web.Request) -> web.StreamResponse:
        """The browser is back. A repeat (the page refreshing itself) only shows what became of the attempt."""
        platform = PlatformId(request.match_info["platform"])
        if platform not in self.parts.platforms:
            return self.show(pages.not_found())
        state = request.query.get("state", "")
        if not self.parts.signer.has_attempt(request, state, self.parts.clock.now()):
            return self.show(pages.other_browser())
        code, error = _given(request), _code(request.query.get("error"))
        if code or error:
            await self._take(platform, state, code, error)
        ended = await self._wait(platform, state)
        if ended is None:
            return self.show(pages.other_browser())
        if ended.attempt.outcome is None:
            return self.show(self._patience(request, platform, state))
        return self.show(self._outcome(ended))

    async def _take(self, platform: PlatformId, state: str, code: str | None, error: str | None) -> None:
        """Hand the answer to the handlers; they take it once. An error beside a code outweighs it."""
        given = None if error else code
        await self.parts.store.write(
            lambda tx: consent.returned(Ctx(tx, self.parts.policy()), platform, state, given, error)
        )

    async def _wait(self, platform: PlatformId, state: str) -> _Ended | None:
        """Look until there is an outcome or patience ends. None: no attempt that came back."""
        loop = asyncio.get_running_loop()
        ends, pause = loop.time() + self.parts.patience.total_seconds(), FIRST_LOOK
        while True:
            ended = await self.parts.store.read(lambda tx: self._look(tx, platform, state))
            left = ends - loop.time()
            if ended is None or ended.attempt.outcome is not None or left <= 0:
                return ended
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 1.6, LAST_LOOK)

    def _look(self, tx: Tx, platform: PlatformId, state: str) -> _Ended | None:
        attempt = tx.links.by_state(state)
        if attempt is None or attempt.platform != platform or not attempt.used:
            return None
        account = tx.people.account(attempt.account) if attempt.account else None
        person = tx.people.get(attempt.person) if attempt.person else None
        again = None
        if attempt.person is not None and person is not None:
            link = tx.links.get(attempt.person, platform)
            if link.state in consent.OPEN:
                again = Next("Try again", self.parts.signer.allow_url(attempt.person, platform, link.round))
        return _Ended(
            attempt,
            (account.email or account.name) if account else "",
            self._title(person.primary) if person and person.primary else "",
            again,
        )

    def _patience(self, request: web.Request, platform: PlatformId, state: str) -> Page:
        """No outcome yet: look again, a limited number of times."""
        turn = int(request.query["turn"]) if request.query.get("turn", "").isdecimal() else 0
        if turn >= MOST_TURNS:
            return pages.too_slow(self._title(platform), self.bot)
        return pages.waiting(self._title(platform), f"?{urlencode({'state': state, 'turn': turn + 1})}")

    def _outcome(self, ended: _Ended) -> Page:
        attempt, again, bot = ended.attempt, ended.again, self.bot
        title = self._title(attempt.platform)
        match attempt.outcome:
            case "done":
                return pages.done(title, ended.home, bot)
            case "connected":
                return pages.connected(title, bot)
            case "wrong account":
                return pages.wrong_account(title, attempt.detail, ended.expected, again)
            case "denied":
                return pages.denied(title, attempt.detail, again, bot)
            case "not an administrator":
                return pages.no_administrator(title, attempt.detail, bot)
            case "closed":
                return pages.taken_back(title, bot)
            case _:
                return pages.failed(title, attempt.detail, again, bot)


async def _nothing(_: web.Request) -> web.Response:
    """HEAD: somebody only looks."""
    return web.Response(content_type="text/html", charset="utf-8")


def _previewing(request: web.Request) -> bool:
    """A program that loads pages before, or instead of, a person: it gets no attempt and spends no link."""
    purpose = " ".join(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    return "prefetch" in purpose or "preview" in purpose or bool(ROBOTS.search(request.headers.get("User-Agent", "")))


def _given(request: web.Request) -> str | None:
    """The code; a consent for a whole tenant comes without one, and what it is worth is proven at the platform."""
    if request.query.get("admin_consent", "").lower() == "true":
        return "admin_consent"
    return request.query.get("code") or None


def _code(error: str | None) -> str | None:
    """The vendor's error code, if it looks like one: it is stored and shown."""
    if not error:
        return None
    return error if CODE.fullmatch(error) else "unreadable error"
