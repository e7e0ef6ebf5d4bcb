"""Starts the sandbox: one server, one port, every platform's fake by path, the page, and the control routes."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from sandbox.backstage import Stage
from sandbox.clock import SandboxClock
from sandbox.control import Control
from sandbox.core import Core, Fake
from sandbox.faults import Faults
from sandbox.keep import Keep
from sandbox.slack import Slack
from sandbox.teams import Teams
from sandbox.webex import Webex
from sandbox.webhooks import Webhooks
from sandbox.world import World
from sandbox.zoom import Zoom

PAGE = Path(__file__).parent / "page"
FAKES: dict[str, Callable[[Core, int], Fake]] = {"slack": Slack, "zoom": Zoom, "webex": Webex, "teams": Teams}
DEFAULT = ("slack", "zoom", "webex", "teams")
"""The demo company has all of them; its story begins with the first two."""


@dataclass(frozen=True, slots=True)
class Options:
    """``data_dir`` None: nothing is kept. Port 0: any free one."""

    host: str = "127.0.0.1"
    port: int = 8090
    people: int = 12
    bot_url: str = "http://127.0.0.1:8080"
    data_dir: Path | None = None
    reset: bool = False
    platforms: tuple[str, ...] = DEFAULT
    extra: Path | None = None
    """A page that whoever starts the sandbox writes, before or later; served as it is at /cards.html."""


@dataclass(slots=True)
class Running:
    """A started sandbox. ``bot_url`` may be changed: the bot often starts later."""

    core: Core
    fakes: dict[str, Fake]
    url: str
    data_dir: Path | None
    runner: web.AppRunner = field(repr=False)
    control: Control = field(repr=False)

    @property
    def stage(self) -> Stage | None:
        """Whoever runs the bot's process, when it is ours to kill."""
        return self.control.backstage.stage

    @stage.setter
    def stage(self, stage: Stage) -> None:
        self.control.backstage.stage = stage

    @property
    def bot_url(self) -> str:
        return self.core.hooks.bot_url

    @bot_url.setter
    def bot_url(self, url: str) -> None:
        self.core.hooks.bot_url = url.rstrip("/")

    def settings(self) -> dict[str, str]:
        """Every setting a bot needs to be pointed here."""
        found: dict[str, str] = {}
        for fake in self.fakes.values():
            found |= fake.settings()
        found["MIO_COMPANY"] = "Acme"
        found["MIO_DEBUG_CLOCK"] = "1"
        if self.data_dir is not None:
            found["MIO_DATA_DIR"] = str(self.data_dir)
        return found

    async def stop(self) -> None:
        await self.core.hooks.stop()
        await self.runner.cleanup()
        await self.core.keep.close()


async def start(options: Options) -> Running:
    """Serve until ``stop``. Raises ``OSError`` when the port is taken."""
    if options.reset and options.data_dir is not None:
        shutil.rmtree(options.data_dir, ignore_errors=True)
    clock = SandboxClock()
    keep = Keep(options.data_dir / "sandbox.db" if options.data_dir else None)
    hooks = Webhooks(options.bot_url)
    names = options.platforms
    faults = {name: Faults() for name in names}
    core = Core(World(clock, keep, names), clock, keep, hooks, faults, extra=options.extra)
    fakes = {name: FAKES[name](core, options.people) for name in names}
    core.world.load()
    app = web.Application(client_max_size=5 * 1024 * 1024)
    for fake in fakes.values():
        app.add_routes(fake.routes())
    control = Control(core, fakes)
    app.add_routes(control.routes())
    app.on_shutdown.append(control.end)
    app.router.add_get("/", _page)
    app.router.add_static("/page", PAGE)
    if options.extra is not None:
        app.router.add_get("/cards.html", _file(options.extra))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port)
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    port = runner.addresses[0][1]
    core.url = f"http://{options.host}:{port}"
    await hooks.start()
    return Running(core, fakes, core.url, options.data_dir, runner, control)


async def _page(request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


def _file(path: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    async def handle(request: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return handle
