"""Ann lives on Slack and allows her Zoom account in a browser; administrators connect platforms there."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from town import ANN_ZOOM, PAM_ZOOM, ZOOM, Client, Town, back, begun, ends, opened

from bot.events import GrantRefused
from bot.ids import PersonId, PlatformId
from bot.links import LinkReason, State
from bot.ready import GrantKind
from handlers import consent
from handlers.ctx import Ctx
from service.signing import challenge
from service.web import application
from storage.store import Store, Tx


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
