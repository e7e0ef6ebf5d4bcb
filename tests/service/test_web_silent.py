"""A platform whose page does not say what is asked for: ours comes before it. And a consent for a whole tenant, without a code."""

import re
from dataclasses import replace
from html import unescape
from typing import cast
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestClient, TestServer
from town import ANN_ZOOM, ZOOM, Client, Town, Vendor, back, begun, opened

from bot.links import LinkReason, State
from bot.platform import Platform, Traits
from bot.ready import GrantKind
from bot.text import Unit
from service.web import application


class Silent(Vendor):
    """One whose page does not say what is asked for."""

    traits = Traits(text_limit=1000, text_unit=Unit.UTF16, explains_itself=False)


# -- a platform that does not explain itself; a consent for a whole tenant --------------------------


@pytest.fixture
def silent(town: Town) -> Town:
    town.parts = replace(town.parts, platforms={**town.parts.platforms, ZOOM: cast(Platform, Silent())})
    return town


async def test_our_own_page_comes_before_a_silent_one(silent: Town) -> None:
    """It says who asks for what, whose account is meant and how to stop; only *Continue* begins anything."""
    async with TestClient(TestServer(application(silent.parts))) as browser:
        answer = await opened(browser, silent.allow)
        text = unescape(await answer.text())
        assert answer.status == 200 and "Set-Cookie" not in answer.headers
        for words in ("Let Zoom colleagues reach you here", "Acme asks", "ann@acme.example", "type disconnect to Mio"):
            assert words in text
        (go,) = re.findall(r'href="([^"]+)">Continue<', text)
        assert go == f"{silent.allow}?go=1"
        state = await begun(browser, go)
        status, text = await back(browser, f"state={state}&code=c1")
        await silent.signs_in(state, ANN_ZOOM)
        status, text = await back(browser, f"state={state}")
        assert status == 200 and (await silent.link()).state is State.SYNCED


async def test_looking_at_our_own_page_changes_nothing(silent: Town) -> None:
    async with TestClient(TestServer(application(silent.parts))) as browser:
        before = await silent.link()
        for path in (silent.allow, f"{silent.allow}?go=0", f"{silent.allow}?go="):
            answer = await opened(browser, path)
            assert "Location" not in answer.headers and "Continue" in await answer.text()
        preview = await opened(browser, f"{silent.allow}?go=1", {"Sec-Purpose": "prefetch"})
        assert "Location" not in preview.headers and await silent.link() == before


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({"state": State.SYNCED}, "Your Zoom account is linked"),
        ({"reason": LinkReason.CONNECTING}, "Your Zoom account is being connected"),
        ({"state": State.NOT_CREATED, "reason": LinkReason.DECLINED}, "You said no thanks"),
        ({"round": 2}, "There is a newer card"),
    ],
)
async def test_our_own_page_asks_for_nothing_that_is_settled(silent: Town, new: dict[str, object], words: str) -> None:
    await silent.change(**new)
    async with TestClient(TestServer(application(silent.parts))) as browser:
        for path in (silent.allow, f"{silent.allow}?go=1"):
            answer = await opened(browser, path)
            text = unescape(await answer.text())
            assert "Location" not in answer.headers and "Continue<" not in text and words in text


async def test_an_erased_person_has_no_page(silent: Town) -> None:
    await silent.store.write(lambda tx: tx.people.remove(silent.ann))
    async with TestClient(TestServer(application(silent.parts))) as browser:
        assert (await opened(browser, silent.allow)).status == 404


async def tenant(browser: Client, query: str) -> tuple[int, str]:
    """The platform sends an administrator back from the consent for a whole tenant."""
    answer = await browser.get(f"/oauth/zoom/adminconsent?{query}", allow_redirects=False)
    return answer.status, unescape(await answer.text())


async def test_consent_for_a_whole_tenant_comes_back_without_a_code(town: Town, browser: Client) -> None:
    """What it is worth is proven at the platform; without a name the platform vouches that it was an administrator."""
    setup = urlsplit(town.signer.setup_url(ZOOM, GrantKind.DIRECTORY, town.clock.now())).path
    state = await begun(browser, setup)
    status, text = await tenant(browser, f"state={state}&admin_consent=True&tenant=7")
    assert status == 200 and "Zoom is connected" not in text
    await town.vouched(state)
    status, text = await tenant(browser, f"state={state}&admin_consent=True&tenant=7")
    assert status == 200 and "Zoom is connected" in text
    assert await town.store.read(lambda tx: tx.grants.get(GrantKind.DIRECTORY, ZOOM, None)) is not None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("error=access_denied&admin_consent=True", "You did not allow it on Zoom's page"),
        ("error=<b>&admin_consent=True", "unreadable error"),
    ],
)
async def test_an_error_outweighs_what_looks_like_consent(town: Town, browser: Client, query: str, words: str) -> None:
    setup = urlsplit(town.signer.setup_url(ZOOM, GrantKind.DIRECTORY, town.clock.now())).path
    state = await begun(browser, setup)
    _, text = await tenant(browser, f"state={state}&{query}")
    assert words in text and "<b>" not in text
    assert await town.store.read(lambda tx: tx.grants.get(GrantKind.DIRECTORY, ZOOM, None)) is None


async def test_a_tenants_consent_needs_the_same_browser_and_a_yes(town: Town, browser: Client) -> None:
    setup = urlsplit(town.signer.setup_url(ZOOM, GrantKind.DIRECTORY, town.clock.now())).path
    state = await begun(browser, setup)
    async with TestClient(TestServer(application(town.parts))) as other:
        assert "another browser" in (await tenant(other, f"state={state}&admin_consent=True"))[1]
    await tenant(browser, f"state={state}&admin_consent=False")
    attempt = await town.store.read(lambda tx: tx.links.by_state(state))
    assert attempt is not None and not attempt.used
