"""Renewal of people's tokens: every refusal of the login service, and what it says about the person's consent.

Against the sandbox's login service; what it never says comes from a table of answers.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from teams_tenant import Tenant
from vendor_server import Answers, answer, refusal, serving

from bot.events import Secret, Tokens
from bot.ids import AccountId
from bot.links import LinkReason
from bot.platform import Lent, NotAuthorised, Refused, TryLater
from platforms.teams.aadsts import LATER
from platforms.teams.api import Api
from platforms.teams.graph import Graph
from platforms.teams.keys import Keys
from platforms.teams.oauth import PERSON_SCOPES, ROLES, Consent
from sandbox.teams import aadsts
from sandbox.teams.tenant import APP_SECRET, TENANT

VERIFIER = "v" * 43
BOB, MAYA, GUS = "Bob Kim", "Maya Ortiz", "Gus Weber"


@pytest.fixture(params=[False, True], ids=["kind", "mean"])
def manner(request: pytest.FixtureRequest, tenant: Tenant) -> bool:
    tenant.switch(mean=request.param)
    return bool(request.param)


@pytest.fixture
def consent(api: Api, graph: Graph) -> Consent:
    return Consent(api, graph, Keys(api))


async def test_a_renewal(tenant: Tenant, consent: Consent, lent: Lent, people: Any, manner: bool) -> None:
    old, bob = await people.allows(BOB), people.account(BOB)
    tenant.later(3_600)
    new = await consent.renew(old, bob)
    assert new.access != old.access and new.refresh and new.refresh != old.refresh
    assert new.expires is not None and new.expires > lent.clock.now() + timedelta(minutes=59)
    assert set(new.scopes) >= {"Chat.ReadWrite"} and new.extra == old.extra


REASONS = {
    **dict.fromkeys(aadsts.RECONNECT, LinkReason.EXPIRED),
    **dict.fromkeys((50173, 50132, 50133), LinkReason.REVOKED),
    **dict.fromkeys(aadsts.CONSENT, LinkReason.POLICY),
    **dict.fromkeys(aadsts.POLICY, LinkReason.POLICY),
    **dict.fromkeys(aadsts.GONE, LinkReason.ACCOUNT_GONE),
    **dict.fromkeys(aadsts.OURS, None),
    **dict.fromkeys(aadsts.TRANSIENT, None),
}


@pytest.mark.parametrize("number", REASONS)
async def test_what_a_refused_renewal_means(tenant: Tenant, consent: Consent, people: Any, number: int) -> None:
    old, bob = await people.allows(BOB), people.account(BOB)
    tenant.fake.trouble(tenant.id(BOB), number)
    reason = REASONS[number]
    with pytest.raises(NotAuthorised if reason else TryLater) as said:
        await consent.renew(old, bob)
    if isinstance(said.value, NotAuthorised):
        assert (said.value.account, said.value.reason) == (bob, reason)
        assert str(said.value).endswith(f"/{number}")
    assert old.refresh and old.refresh not in str(said.value) and APP_SECRET not in str(said.value)
    tenant.fake.trouble(tenant.id(BOB), None)
    assert (await consent.renew(old, bob)).refresh, "the old token is as good as before"


async def test_an_hour_of_our_own_mistake_ends_nobodys_consent(
    tenant: Tenant, consent: Consent, lent: Lent, people: Any
) -> None:
    old = await people.allows(BOB)
    mistaken = Api(replace(lent, settings={**lent.settings, "MIO_TEAMS_APP_SECRET": "mistyped"}))
    await mistaken.http.start()
    try:
        for _ in range(3):
            with pytest.raises(TryLater, match="invalid_client/7000215") as later:
                await Consent(mistaken, Graph(mistaken), Keys(mistaken)).renew(old, people.account(BOB))
            assert later.value.after == LATER
            tenant.later(1_200)
    finally:
        await mistaken.http.stop()
    assert (await consent.renew(old, people.account(BOB))).refresh


async def lost(consent: Consent, tokens: Tokens, account: AccountId) -> LinkReason:
    with pytest.raises(NotAuthorised) as said:
        await consent.renew(tokens, account)
    assert said.value.account == account
    return said.value.reason


async def test_what_happens_to_people_at_microsoft(tenant: Tenant, consent: Consent, people: Any, manner: bool) -> None:
    names = (BOB, MAYA, GUS)
    held = {name: await people.allows(name) for name in names}
    tenant.later(5)
    await tenant.fake.reset_password(tenant.id(BOB))
    assert await lost(consent, held[BOB], people.account(BOB)) is LinkReason.REVOKED
    await tenant.fake.deactivate(tenant.id(MAYA))
    assert await lost(consent, held[MAYA], people.account(MAYA)) is LinkReason.ACCOUNT_GONE
    await tenant.fake.withdraw_consent()
    assert await lost(consent, held[GUS], people.account(GUS)) is LinkReason.POLICY


async def test_three_months_of_silence(tenant: Tenant, consent: Consent, people: Any) -> None:
    old = await people.allows(BOB)
    tenant.later(91 * 86_400)
    assert await lost(consent, old, people.account(BOB)) is LinkReason.EXPIRED


async def test_without_a_refresh_token(consent: Consent, people: Any) -> None:
    assert await lost(consent, Tokens(Secret("a0")), people.account(BOB)) is LinkReason.EXPIRED


# -- answers that the sandbox never gives --------------------------------------------------------

TOKEN = f"POST /{TENANT}/oauth2/v2.0/token"
ANN = AccountId(f"teams:{TENANT}:ann")
OLD = Tokens(Secret("a0"), Secret("r0"), None, ("Chat.ReadWrite",), {"user": "ann"})


@pytest.fixture
def answers() -> Answers:
    return {}


@pytest.fixture
async def told(lent: Lent, answers: Answers) -> AsyncIterator[Consent]:
    """A login service that answers from the table."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(answers, f"{request.method} {request.path}", refusal(404), {})

    async with serving({"/{path:.*}": handle}) as server:
        url = str(server.make_url("")).rstrip("/")
        api = Api(replace(lent, settings={**lent.settings, "MIO_TEAMS_LOGIN_URL": url}))
        await api.http.start()
        yield Consent(api, Graph(api), Keys(api))
        await api.http.stop()


async def test_a_renewal_without_a_refresh_token_means_the_old_one(told: Consent, answers: Answers, lent: Lent) -> None:
    answers[TOKEN] = [{"access_token": "a1", "expires_in": "4000"}]
    new = await told.renew(OLD, ANN)
    assert (new.access, new.refresh, new.scopes, new.extra) == ("a1", "r0", ("Chat.ReadWrite",), {"user": "ann"})
    assert new.expires is not None
    assert timedelta(seconds=3_990) < new.expires - lent.clock.now() <= timedelta(seconds=4_000)


async def test_scopes_may_come_with_the_address_of_graph(told: Consent, answers: Answers) -> None:
    wanted = " ".join(f"https://graph.microsoft.com/{s.lower()}" for s in PERSON_SCOPES[4:])
    answers[TOKEN] = [{"access_token": "a1", "refresh_token": "r1", "scope": wanted, "expires_in": 60}]
    with pytest.raises(Refused, match="proves no person"):
        await told.redeem("c0", VERIFIER)


def over(number: int | None, error: str, suberror: str = "", status: int = 400) -> Any:
    codes = [number] if number is not None else []
    words: dict[str, Any] = {"error": error, "suberror": suberror, "error_description": "AADSTS50173: misleading"}
    return refusal(status, error_codes=codes, **words)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (over(999_999, "invalid_grant"), LinkReason.EXPIRED),
        (over(None, "invalid_grant"), LinkReason.EXPIRED),
        (over(999_999, "invalid_grant", "basic_action"), LinkReason.EXPIRED),
        (over(999_999, "invalid_grant", "user_password_expired"), LinkReason.EXPIRED),
        (over(999_999, "invalid_grant", "message_only"), LinkReason.POLICY),
        (over(999_999, "invalid_grant", "consent_required"), LinkReason.POLICY),
        (over(999_999, "interaction_required"), LinkReason.EXPIRED),
        (over(999_999, "consent_required"), LinkReason.POLICY),
        (over(999_999, "invalid_client", status=401), None),
        (over(999_999, "unauthorized_client"), None),
        (over(999_999, "invalid_request", "message_only"), None),
        (over(None, "temporarily_unavailable"), None),
        ((407, {}, "<html>proxy"), None),
        ((404, {}, ""), None),
        ((302, {"Location": "https://elsewhere.example/"}, ""), None),
        ((200, {}, "<html>sign in to the network"), None),
        ({"token_type": "Bearer"}, None),
        ((429, {"Retry-After": "30"}, ""), None),
        (refusal(503), None),
    ],
)
async def test_unusual_refusals(told: Consent, answers: Answers, said: Any, reason: LinkReason | None) -> None:
    answers[TOKEN] = [said]
    with pytest.raises(NotAuthorised if reason else TryLater) as fault:
        await told.renew(OLD, ANN)
    if isinstance(fault.value, NotAuthorised):
        assert fault.value.reason is reason
    assert "misleading" not in str(fault.value)


async def test_a_code_in_a_bad_moment_is_tried_again(told: Consent, answers: Answers) -> None:
    answers[TOKEN] = [over(50196, "invalid_request")]
    with pytest.raises(TryLater) as later:
        await told.redeem("c0", VERIFIER)
    assert later.value.certain and later.value.after == LATER


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.bnVsbA.c", "a.eyJyb2xlcyI6Ny.c"])
async def test_a_token_whose_roles_cannot_be_read_proves_nothing(told: Consent, answers: Answers, token: str) -> None:
    answers[TOKEN] = [{"access_token": token, "expires_in": 3600}]
    assert await told.missing() == ROLES
