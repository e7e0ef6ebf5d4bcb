"""The HTTP side of the process: the platforms' webhooks, the browser's pages, and the operators' addresses.

Nothing is decided here. Trouble is answered in words, and never with what was asked: neither page nor log repeats it.
"""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.ids import PlatformId
from bot.platform import Clock, Platform, Route
from handlers.ctx import Policy
from service import pages
from service.files import Files
from service.metrics import Metrics, snapshot
from service.oauth import Consent
from service.pages import Page, Pages, Site
from service.signing import Signer
from storage.store import Store, StoreError

log = structlog.get_logger("mio.web")

BODY = 1024 * 1024
AWAY: tuple[type[Exception], ...] = (StoreError, DBAPIError, PoolTimeout, OSError)
"""What a database that does not answer looks like from here."""
FURTHEST = timedelta(days=800)
"""More than any time in the program; further jumps only break calendars."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Web:
    """What the application is made of."""

    store: Store
    policy: Callable[[], Policy]
    platforms: Mapping[PlatformId, Platform]
    titles: Mapping[PlatformId, str]
    routes: Sequence[Route]
    """The platforms' webhook routes."""
    signer: Signer = field(repr=False)
    metrics: Metrics
    clock: Clock
    site: Callable[[], Site]
    advance: Callable[[timedelta], None]
    """Moves the clock; called only with ``debug_clock``."""
    debug_clock: bool = False
    patience: timedelta = timedelta(seconds=10)
    """How long the page after the platform's redirect waits for the outcome."""


def application(parts: Web) -> web.Application:
    """The whole site. Its routes need a running store; building it needs nothing."""
    site = _Pages(parts)
    operators = _Operators(parts)
    app = web.Application(client_max_size=BODY, middlewares=[site.guard])
    app.on_response_prepare.append(site.headers)
    app.add_routes(Consent(parts, site.show).routes())
    app.add_routes(Files(parts, site.show).routes())
    app.add_routes(site.routes())
    app.add_routes(operators.routes())
    for route in parts.routes:
        app.router.add_route(route.method, route.path, route.handler)
    return app


class _Pages:
    """Built-in pages, the manners of every answer, and what happens when something goes wrong."""

    def __init__(self, parts: Web) -> None:
        self.parts = parts
        self.pages = Pages(parts.site)
        self._headers = {
            "Content-Security-Policy": self.pages.policy(),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-store",
        }

    def routes(self) -> list[web.RouteDef]:
        built_in = {"/": pages.HOME, "/privacy": pages.PRIVACY, "/terms": pages.TERMS}
        return [web.get(path, self._fixed(page)) for path, page in built_in.items()]

    def _fixed(self, page: Page) -> Handler:
        async def handler(_: web.Request) -> web.StreamResponse:
            return self.show(page)

        return handler

    def show(self, page: Page) -> web.Response:
        text = self.pages.html(page, tuple(self.parts.titles[one] for one in self.parts.platforms))
        headers = {"Content-Security-Policy": self.pages.policy(form=True)} if page.button else None
        return web.Response(text=text, status=page.status, content_type="text/html", headers=headers)

    async def headers(self, _: web.Request, response: web.StreamResponse) -> None:
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return self._trouble(request, pages.not_found())
        except web.HTTPException:
            raise
        except AWAY as fault:
            log.error("database away", route=_route(request), fault=type(fault).__name__)
            answer = self._trouble(request, pages.away())
            answer.headers["Retry-After"] = "5"
            return answer
        except Exception:
            log.error("request failed", route=_route(request), exc_info=True)
            return self._trouble(request, pages.broken())

    def _trouble(self, request: web.Request, page: Page) -> web.Response:
        """A page for people, one line for programs."""
        if "text/html" in request.headers.get("Accept", ""):
            return self.show(page)
        return web.Response(status=page.status, text=page.title)


def _route(request: web.Request) -> str:
    """The pattern, not the path: paths hold tokens."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


class _Operators:
    """Health, readiness, numbers, and the demonstration's clock."""

    def __init__(self, parts: Web) -> None:
        self.parts = parts

    def routes(self) -> list[web.RouteDef]:
        always = [
            web.get("/healthz", self.health),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.numbers),
        ]
        return [*always, web.post("/debug/clock", self.clock)] if self.parts.debug_clock else always

    async def health(self, _: web.Request) -> web.Response:
        """The process lives; says nothing about what it needs."""
        return web.Response(text="ok\n")

    async def ready(self, _: web.Request) -> web.Response:
        if await self.parts.store.ready():
            return web.Response(text="ready\n")
        return web.Response(status=503, text="the database does not answer\n")

    async def numbers(self, _: web.Request) -> web.Response:
        """Counters always; gauges only while the database answers."""
        metrics = self.parts.metrics
        try:
            metrics.refresh(await self.parts.store.read(snapshot))
        except AWAY as fault:
            log.warning("no gauges", fault=type(fault).__name__)
            metrics.forget_gauges()
        return web.Response(body=metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def clock(self, request: web.Request) -> web.Response:
        """``{"advance": seconds}``: everything that waits for a time happens that much earlier."""
        by = _seconds(await _json(request))
        if by is None:
            return web.json_response(
                {"error": f'expected {{"advance": seconds}}, 0 to {FURTHEST.days} days'}, status=400
            )
        self.parts.advance(by)
        self.parts.store.wake()
        return web.json_response({"now": self.parts.clock.now().isoformat()})


async def _json(request: web.Request) -> Any:
    """Any JSON value; None when it is none."""
    try:
        return await request.json()
    except ValueError:
        return None


def _seconds(body: Any) -> timedelta | None:
    match body:
        case {"advance": bool()}:
            return None
        case {"advance": int() | float() as seconds} if math.isfinite(seconds) and 0 <= seconds:
            return timedelta(seconds=seconds) if seconds <= FURTHEST.total_seconds() else None
    return None
