"""Pages: words that are true, escaped, with one next step."""

import base64
import hashlib
import re
from datetime import UTC, datetime

import pytest

from bot.ids import PersonId, PlatformId
from bot.links import LinkReason, State, SyncLink
from service import pages
from service.pages import Next, Page, Pages, Site

LINK = SyncLink(PersonId("ann"), PlatformId("zoom"), since=datetime(2026, 5, 12, tzinfo=UTC))
AGAIN = Next("Try again", "https://bot.example/allow/x")
EVERY = [
    pages.HOME,
    pages.PRIVACY,
    pages.TERMS,
    pages.unknown(),
    pages.not_found(),
    pages.not_served("Zoom"),
    pages.look_only(),
    *(
        pages.closed(SyncLink(LINK.person, LINK.platform, state), "Zoom", n, "Mio")
        for state in State
        for n in (True, False)
    ),
    pages.setup_over("Zoom", "Mio"),
    pages.other_browser(),
    pages.waiting("Zoom", "?state=x"),
    pages.too_slow("Zoom", "Mio"),
    pages.done("Zoom", "Slack", "Mio"),
    pages.wrong_account("Zoom", "pam@acme.example", "ann@acme.example", AGAIN),
    pages.denied("Zoom", "access_denied", AGAIN, "Mio"),
    pages.failed("Zoom", "bad_code", None, "Mio"),
    pages.taken_back("Zoom", "Mio"),
    pages.connected("Zoom", "Mio"),
    pages.no_administrator("Zoom", "pam@acme.example", "Mio"),
    pages.away(),
    pages.broken(),
]


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.title)
def test_every_page_is_short_and_offers_one_step(page: Page) -> None:
    html = Pages(lambda: Site("https://bot.example")).html(page, ("Slack", "Zoom"))
    assert html.count("<h1>") == 1 and '<html lang="en">' in html
    assert html.count('class="next"') == (page.next is not None)
    assert "<script" not in html and "{{" not in html and "None" not in html
    assert len(" ".join(page.lines).split()) <= 60


def test_values_are_escaped_wherever_they_stand() -> None:
    evil = '"><script>alert(1)</script>'
    site = Site("https://bot.example", bot_name=evil, company=evil, support=evil, help_url=evil)
    page = pages.wrong_account(evil, evil, evil, Next(evil, evil))
    for one in (page, pages.HOME, pages.PRIVACY, pages.TERMS, pages.waiting(evil, evil)):
        html = Pages(lambda: site).html(one, (evil,))
        assert "<script" not in html and '""' not in html


def test_the_policy_lets_exactly_our_style_through() -> None:
    built = Pages(lambda: Site("https://bot.example"))
    style = re.search(r"<style>(.*?)</style>", built.html(pages.HOME), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in built.policy() and "script-src" not in built.policy()


def test_only_the_waiting_page_refreshes_itself() -> None:
    built = Pages(lambda: Site("https://bot.example"))
    assert [page.title for page in EVERY if 'http-equiv="refresh"' in built.html(page)] == ["One moment"]


def test_a_decline_is_told_with_its_date() -> None:
    declined = SyncLink(LINK.person, LINK.platform, State.NOT_CREATED, reason=LinkReason.DECLINED, since=LINK.since)
    assert "you declined on 12 May 2026" in " ".join(pages.closed(declined, "Zoom", True, "Mio").lines)


def test_the_companys_own_pages_are_linked_instead() -> None:
    site = Site("https://bot.example", privacy_url="https://acme.example/privacy", help_url="https://acme.example/help")
    html = Pages(lambda: site).html(pages.HOME)
    assert 'href="https://acme.example/privacy"' in html and 'href="https://acme.example/help"' in html
    assert 'href="https://bot.example/terms"' in html
