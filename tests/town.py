"""The browser's side of consent: a running site over a real database, with Ann of Slack asked about Zoom."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import cast
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from bot.events import Granted, Secret, Tokens
from bot.hours import WorkingHours
from bot.ids import AccountId, PersonId, PlatformId
from bot.links import SyncLink, Timetable
from bot.people import Account
from bot.platform import Platform, Traits
from bot.ready import GrantKind
from bot.text import Unit
from handlers import consent
from handlers.ctx import Connected, Ctx, Policy
from handlers.files import Way
from service.metrics import Metrics
from service.pages import Site
from service.signing import Signer
from service.web import Web
from storage.store import Store

ZOOM, SLACK = PlatformId("zoom"), PlatformId("slack")
ANN_ZOOM = Account(AccountId("zoom:acc:zann"), "Ann Lee", "ann@acme.example")
ANN_SLACK = Account(AccountId("slack:T1:UANN"), "Ann Lee", "ann@acme.example")
PAM_ZOOM = Account(AccountId("zoom:acc:zpam"), "Pam <Poe>", "pam&co@acme.example")
TOKENS = Tokens(Secret("access"), Secret("refresh"))
Client = TestClient[web.Request, web.Application]


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class Vendor:
    """The platform's consent page, remembered."""

    traits = Traits(text_limit=1000, text_unit=Unit.UTF16)

    def consent_url(self, kind: GrantKind, state: str, challenge: str, user: AccountId | None) -> str:
        return f"https://vendor.example/allow?state={state}&challenge={challenge}&kind={kind}&user={user or ''}"


def policy(signer: Signer, clock: Clock) -> Policy:
    traits = Traits(text_limit=1000, text_unit=Unit.UTF16)
    platforms = {ZOOM: Connected("Zoom", traits, "/mio"), SLACK: Connected("Slack", traits, "/mio")}
    return Policy(
        company="Acme",
        bot_name="Mio",
        support="",
        privacy_url="",
        platforms=platforms,
        admins=frozenset({"ann@acme.example"}),
        aliases={},
        timetable=Timetable(),
        hours=WorkingHours(),
        time_zone="UTC",
        throttle=timedelta(hours=24),
        hold=timedelta(hours=72),
        keep=timedelta(days=400),
        guard_share=0.05,
        guard_count=25,
        allow_url=signer.allow_url,
        setup_url=lambda platform, kind: signer.setup_url(platform, kind, clock.now()),
        download_url=lambda kind, thing, who: signer.file_url(Way.DOWNLOAD, kind, thing, who, clock.now()),
        upload_url=lambda kind, thing, who: signer.file_url(Way.UPLOAD, kind, thing, who, clock.now()),
        digest=lambda words: words,
    )


class Town:
    """A running site over a real database, with Ann asked about Zoom."""

    def __init__(self, store: Store, clock: Clock, person: PersonId) -> None:
        self.store, self.clock, self.ann = store, clock, person
        self.signer = Signer(b"k" * 32, "http://bot.example")
        self.parts = Web(
            store=store,
            policy=lambda: policy(self.signer, clock),
            platforms={ZOOM: cast(Platform, Vendor()), SLACK: cast(Platform, Vendor())},
            titles={ZOOM: "Zoom", SLACK: "Slack"},
            routes=(),
            signer=self.signer,
            metrics=Metrics(),
            clock=clock,
            site=lambda: Site("http://bot.example", company="Acme"),
            advance=lambda by: None,
            patience=timedelta(),
        )

    @property
    def allow(self) -> str:
        return urlsplit(self.signer.allow_url(self.ann, ZOOM, 1)).path

    async def link(self) -> SyncLink:
        return await self.store.read(lambda tx: tx.links.get(self.ann, ZOOM))

    async def change(self, **new: object) -> None:
        link = replace(await self.link(), **new)  # type: ignore[arg-type]
        await self.store.write(lambda tx: tx.links.put(link))

    async def decided(self, work: Callable[[Ctx], None]) -> None:
        await self.store.write(lambda tx: work(Ctx(tx, self.parts.policy())))

    async def signs_in(self, state: str, account: Account) -> None:
        """What the worker does after the code was exchanged."""

        def work(ctx: Ctx) -> None:
            attempt = ctx.tx.links.by_state(state)
            assert attempt is not None
            consent.granted(Granted(attempt.id, account, TOKENS), ctx)

        await self.decided(work)

    async def vouched(self, state: str) -> None:
        """What the worker does after the platform proved a whole tenant's consent."""

        def work(ctx: Ctx) -> None:
            attempt = ctx.tx.links.by_state(state)
            assert attempt is not None and attempt.used
            consent.granted(Granted(attempt.id, None, TOKENS), ctx)

        await self.decided(work)


async def opened(client: Client, path: str, headers: Mapping[str, str] | None = None) -> ClientResponse:
    return await client.get(path, allow_redirects=False, headers=headers)


async def begun(client: Client, path: str) -> str:
    """Open a link and return the state that the vendor was given."""
    answer = await opened(client, path)
    assert answer.status == 302, await answer.text()
    return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]


async def back(client: Client, query: str, platform: str = "zoom") -> tuple[int, str]:
    answer = await opened(client, f"/oauth/{platform}/callback?{query}")
    return answer.status, unescape(await answer.text())


async def ends(town: Town, browser: Client, account: Account) -> tuple[int, str]:
    """Ann opens Allow, somebody signs in, and the page is read after the worker was there."""
    state = await begun(browser, town.allow)
    await back(browser, f"state={state}&code=c1")
    await town.signs_in(state, account)
    return await back(browser, f"state={state}")
