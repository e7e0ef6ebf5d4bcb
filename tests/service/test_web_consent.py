"""Ann lives on Slack and allows her Zoom account in a browser; administrators connect platforms there."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.events import Granted, GrantRefused, Secret, Tokens
from bot.hours import WorkingHours
from bot.ids import AccountId, PersonId, PlatformId
from bot.links import LinkReason, State, SyncLink, Timetable
from bot.people import Account
from bot.platform import Platform, Traits
from bot.ready import GrantKind
from bot.text import Unit
from handlers import consent
from handlers.ctx import Connected, Ctx, Policy
from service.metrics import Metrics
from service.pages import Site
from service.signing import Signer, challenge
from service.web import Web, application
from storage.migrate import migrate
from storage.sealing import Keys
from storage.store import Store, Tx, embedded_url

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


def _policy(signer: Signer, clock: Clock) -> Policy:
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
        digest=lambda words: words,
    )


class Town:
    """A running site over a real database, with Ann asked about Zoom."""

    def __init__(self, store: Store, clock: Clock, person: PersonId) -> None:
        self.store, self.clock, self.ann = store, clock, person
        self.signer = Signer(b"k" * 32, "http://bot.example")
        self.parts = Web(
            store=store,
            policy=lambda: _policy(self.signer, clock),
            platforms={ZOOM: cast(Platform, Vendor()), SLACK: cast(Platform, Vendor())},
            titles={ZOOM: "Zoom", SLACK: "Slack"},
            routes=(),
            signer=self.signer,
            metrics=Metrics(),
            clock=clock,
            site=Site("http://bot.example", company="Acme"),
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


@pytest.fixture
async def town(database: str | None, tmp_path: Path) -> AsyncIterator[Town]:
    clock = Clock()
    url = database or embedded_url(tmp_path)
    await migrate(url)
    store = Store(url, Keys.parse(Keys.generate()), clock)
    await store.open()

    def people(tx: Tx) -> PersonId:
        tx.people.upsert([ANN_SLACK, ANN_ZOOM, PAM_ZOOM], None, {})
        person = tx.people.by_account(ANN_ZOOM.id)
        assert person is not None
        tx.people.set_primary([person.id], SLACK)
        tx.links.put(SyncLink(person.id, ZOOM, State.PENDING, reason=LinkReason.ASKED, asked=1, round=1))
        return person.id

    yield Town(store, clock, await store.write(people))
    await store.close()


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Client]:
    async with TestClient(TestServer(application(town.parts))) as client:
        yield client


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


async def test_allow_sends_the_browser_on_with_a_challenge_and_a_cookie(town: Town, browser: Client) -> None:
    answer = await opened(browser, town.allow)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    attempt = await town.store.read(lambda tx: tx.links.by_state(query["state"][0]))
    assert attempt is not None
    assert query["challenge"] == [challenge(attempt.verifier)]
    assert query["user"] == [ANN_ZOOM.id]
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=600" in cookie and "Secure" not in cookie
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Referrer-Policy"] == "no-referrer"


async def test_the_page_waits_then_refreshes_itself_then_says_done(town: Town, browser: Client) -> None:
    state = await begun(browser, town.allow)
    status, text = await back(browser, f"state={state}&code=c1")
    assert status == 200 and "One moment" in text
    again = re.search(r'content="1; url=\?([^"]+)"', text)
    assert again is not None and "code" not in again[1]
    await town.signs_in(state, ANN_ZOOM)
    _, text = await back(browser, again[1])
    assert "<h1>Done</h1>" in text and "reach you in Slack" in text and "http-equiv" not in text
    assert (await town.link()).state is State.SYNCED
    _, text = await back(browser, f"state={state}&turn=12")
    assert "<h1>Done</h1>" in text


async def test_the_waiting_page_gives_up_in_words(town: Town, browser: Client) -> None:
    state = await begun(browser, town.allow)
    await back(browser, f"state={state}&code=c1")
    _, text = await back(browser, f"state={state}&turn=12")
    assert "takes longer" in text and "http-equiv" not in text


async def test_the_callback_itself_waits_for_the_outcome(town: Town) -> None:
    class Answering:
        """The worker finishes between two looks."""

        write, looks, state = town.store.write, 0, ""

        async def read(self, work: Callable[[Tx], object]) -> object:
            self.looks += 1
            if self.looks == 2:
                await town.signs_in(self.state, ANN_ZOOM)
            return await town.store.read(work)

    answering = Answering()
    parts = replace(town.parts, store=cast(Store, answering), patience=timedelta(seconds=10))
    async with TestClient(TestServer(application(parts))) as client:
        answering.state = await begun(client, town.allow)
        _, text = await back(client, f"state={answering.state}&code=c1")
    assert "<h1>Done</h1>" in text


async def test_another_account_links_nothing_and_names_the_right_one(town: Town, browser: Client) -> None:
    _, text = await ends(town, browser, PAM_ZOOM)
    assert "another account" in text and "as ann@acme.example" in text and "pam&co@acme.example" in text
    assert (await town.link()).reason is LinkReason.WRONG_ACCOUNT
    button = re.search(r'class="next" href="([^"]+)">Try again', text)
    assert button is not None
    assert (await opened(browser, urlsplit(button[1]).path)).status == 302


async def test_a_refusal_at_the_platform_is_taken_as_an_answer(town: Town, browser: Client) -> None:
    state = await begun(browser, town.allow)
    _, text = await back(browser, f"state={state}&error=access_denied")
    assert "You did not allow it" in text and "Try again" in text
    assert (await town.link()).reason is LinkReason.DENIED


async def test_an_error_from_outside_is_shown_harmless(town: Town, browser: Client) -> None:
    state = await begun(browser, town.allow)
    _, text = await back(browser, f"state={state}&error=%3Cscript%3Ealert(1)%3C/script%3E&code=c1")
    assert "<script" not in text and "unreadable error" in text


async def test_a_code_that_was_not_accepted(town: Town, browser: Client) -> None:
    state = await begun(browser, town.allow)
    await back(browser, f"state={state}&code=c1")

    def work(ctx: Ctx) -> None:
        attempt = ctx.tx.links.by_state(state)
        assert attempt is not None
        consent.refused(GrantRefused(attempt.id, "invalid_code"), ctx)

    await town.decided(work)
    _, text = await back(browser, f"state={state}")
    assert "did not complete it (invalid_code)" in text and "Try again" in text


async def test_a_callback_without_its_cookie_changes_nothing(town: Town, browser: Client) -> None:
    state = await begun(browser, town.allow)
    async with TestClient(TestServer(application(town.parts))) as other:
        for query in (f"state={state}&code=stolen", f"state={state}&error=access_denied", "code=c1", "state=%FF"):
            status, text = await back(other, query)
            assert status == 400 and "begin again" in text
    assert (await town.link()).reason is LinkReason.ASKED
    await back(browser, f"state={state}&code=c1")
    await town.signs_in(state, ANN_ZOOM)
    assert (await town.link()).state is State.SYNCED


async def test_two_tabs_both_work(town: Town, browser: Client) -> None:
    one, two = await begun(browser, town.allow), await begun(browser, town.allow)
    _, text = await back(browser, f"state={one}&error=access_denied")
    assert "Not allowed" in text
    _, text = await back(browser, f"state={two}&code=c1")
    assert "One moment" in text


async def test_an_attempt_ends_after_ten_minutes_and_belongs_to_its_platform(town: Town, browser: Client) -> None:
    state = await begun(browser, town.allow)
    status, _ = await back(browser, f"state={state}&code=c1", "slack")
    assert status == 400
    town.clock.time += timedelta(minutes=10, seconds=1)
    status, text = await back(browser, f"state={state}&code=c1")
    assert status == 400 and "ten minutes" in text


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({"state": State.SYNCED}, "Your Zoom account is linked"),
        ({"state": State.NOT_CREATED, "reason": LinkReason.DECLINED}, "You said no thanks"),
        ({"state": State.NOT_CREATED, "reason": LinkReason.RESET}, "No longer needed"),
        ({"round": 2}, "There is a newer card"),
    ],
)
async def test_afterwards_allow_says_what_is_true_now(
    town: Town, browser: Client, new: dict[str, object], words: str
) -> None:
    await town.change(**new)
    answer = await opened(browser, town.allow)
    assert answer.status == 200 and words in unescape(await answer.text())
    assert "Set-Cookie" not in answer.headers


async def test_unknown_tokens_and_platforms(town: Town, browser: Client) -> None:
    for path in ("/allow/nonsense", town.allow + "x", "/setup/zoom/nonsense", "/oauth/webex/callback?state=x&code=y"):
        answer = await opened(browser, path)
        assert answer.status == 404 and "<h1>" in await answer.text()
    nobody = urlsplit(town.signer.allow_url(PersonId("nobody"), ZOOM, 1)).path
    assert (await opened(browser, nobody)).status == 404
    webex = urlsplit(town.signer.allow_url(town.ann, PlatformId("webex"), 1)).path
    assert "not connected here" in await (await opened(browser, webex)).text()


async def _untouched(town: Town, look: Callable[[str], Awaitable[ClientResponse]]) -> None:
    setup = urlsplit(town.signer.setup_url(ZOOM, GrantKind.DIRECTORY, town.clock.now())).path
    for path in (town.allow, setup):
        answer = await look(path)
        assert "Location" not in answer.headers and "Set-Cookie" not in answer.headers
    async with TestClient(TestServer(application(town.parts))) as client:
        await begun(client, setup)


async def test_head_requests_and_previews_change_nothing(town: Town, browser: Client) -> None:
    slack = {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}
    await _untouched(town, lambda path: browser.head(path, allow_redirects=False))
    await _untouched(town, lambda path: opened(browser, path, slack))
    await _untouched(town, lambda path: opened(browser, path, {"Sec-Purpose": "prefetch;prerender"}))


async def test_an_administrator_connects_once(town: Town, browser: Client) -> None:
    setup = urlsplit(town.signer.setup_url(ZOOM, GrantKind.DIRECTORY, town.clock.now())).path
    state = await begun(browser, setup)
    await back(browser, f"state={state}&code=c1")
    await town.signs_in(state, ANN_ZOOM)
    _, text = await back(browser, f"state={state}")
    assert "Zoom is connected" in text
    again = await opened(browser, setup)
    assert again.status == 410 and "type setup" in await again.text()


async def test_somebody_else_cannot_connect(town: Town, browser: Client) -> None:
    setup = urlsplit(town.signer.setup_url(ZOOM, GrantKind.DIRECTORY, town.clock.now())).path
    state = await begun(browser, setup)
    await back(browser, f"state={state}&code=c1")
    await town.signs_in(state, PAM_ZOOM)
    status, text = await back(browser, f"state={state}")
    assert status == 403 and "pam&co@acme.example" in text
    assert await town.store.read(lambda tx: tx.grants.get(GrantKind.DIRECTORY, ZOOM, None)) is None


async def test_a_connect_link_ends_after_a_day(town: Town, browser: Client) -> None:
    setup = urlsplit(town.signer.setup_url(ZOOM, GrantKind.DIRECTORY, town.clock.now())).path
    assert (await opened(browser, setup.replace("/zoom/", "/slack/"))).status == 404
    town.clock.time += timedelta(hours=24, seconds=1)
    assert (await opened(browser, setup)).status == 410


async def test_the_numbers_come_from_the_database(town: Town, browser: Client) -> None:
    text = await (await browser.get("/metrics")).text()
    assert 'mio_links{state="pending"} 1.0' in text and "mio_oldest_job_seconds 0.0" in text
    await ends(town, browser, ANN_ZOOM)
    text = await (await browser.get("/metrics")).text()
    assert 'mio_links{state="synced"} 1.0' in text and 'mio_grants{platform="zoom",state="live"} 1.0' in text
