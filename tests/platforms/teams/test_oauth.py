"""Consent at Microsoft: the two addresses, a person's code to a grant, and the proof of a whole tenant's consent.

Against the sandbox's login service, in both profiles. Renewal has a file of its own.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from teams_tenant import Tenant

from bot.people import Kind
from bot.platform import Lent, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind
from platforms.teams.api import Api
from platforms.teams.graph import Graph
from platforms.teams.keys import Forged, Keys
from platforms.teams.oauth import PERSON_SCOPES, PROOF, ROLES, Consent, _challenge
from sandbox.teams.tenant import APP_ID, APP_SECRET, ELSEWHERE, TENANT

PERSON, DIRECTORY = GrantKind.PERSON, GrantKind.DIRECTORY
VERIFIER = "v" * 43
BOB, MAYA = "Bob Kim", "Maya Ortiz"


@pytest.fixture(params=[False, True], ids=["kind", "mean"])
def manner(request: pytest.FixtureRequest, tenant: Tenant) -> bool:
    tenant.switch(mean=request.param)
    return bool(request.param)


@pytest.fixture
def consent(api: Api, graph: Graph) -> Consent:
    return Consent(api, graph, Keys(api))


def address(consent: Consent, **changed: str | None) -> str:
    """Where Bob's browser is sent; ``changed``: somebody tampered with it."""
    page = consent.consent_url(PERSON, "st", _challenge(VERIFIER))
    parts = urlsplit(page)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    kept = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


async def code(tenant: Tenant, url: str, name: str = BOB) -> str:
    """What a browser brings back from the page."""
    form = {"user": tenant.id(name), "decision": "allow"}
    async with tenant.browser.post(url, data=form, allow_redirects=False) as reply:
        assert reply.status == 302, await reply.text()
        back = parse_qs(urlsplit(reply.headers["Location"]).query)
    assert "code" in back, back
    return back["code"][0]


# -- the addresses -------------------------------------------------------------------------------


def test_a_persons_address(consent: Consent, tenant: Tenant) -> None:
    page = urlsplit(consent.consent_url(PERSON, "st", "ch"))
    assert page.path == f"/teams/login/{TENANT}/oauth2/v2.0/authorize" and "+" not in page.query
    assert {name: values[0] for name, values in parse_qs(page.query).items()} == {
        "client_id": APP_ID,
        "response_type": "code",
        "response_mode": "query",
        "redirect_uri": f"{tenant.bot.url}/oauth/teams/callback",
        "scope": " ".join(PERSON_SCOPES),
        "state": "st",
        "nonce": "ch",
        "code_challenge": "ch",
        "code_challenge_method": "S256",
        "prompt": "select_account",
    }
    assert APP_SECRET not in page.query


def test_an_administrators_address(consent: Consent, tenant: Tenant) -> None:
    page = urlsplit(consent.consent_url(DIRECTORY, "st", "ch"))
    assert page.path == f"/teams/login/{TENANT}/v2.0/adminconsent"
    assert {name: values[0] for name, values in parse_qs(page.query).items()} == {
        "client_id": APP_ID,
        "scope": "https://graph.microsoft.com/.default",
        "redirect_uri": f"{tenant.bot.url}/oauth/teams/adminconsent",
        "state": "st",
    }


# -- a person signs in ---------------------------------------------------------------------------


async def test_a_code_becomes_a_grant(tenant: Tenant, consent: Consent, lent: Lent, manner: bool) -> None:
    signed = await consent.redeem(await code(tenant, address(consent)), VERIFIER)
    assert signed.account is not None
    assert signed.account.id == f"teams:{TENANT}:{tenant.id(BOB)}"
    assert (signed.account.name, signed.account.kind, signed.account.admin) == (BOB, Kind.MEMBER, False)
    assert signed.account.email == "bob@acme.example" and signed.account.also == ("bob@corp.acme.example",)
    assert signed.tokens.refresh and signed.tokens.expires is not None
    assert timedelta(minutes=59) < signed.tokens.expires - lent.clock.now() <= timedelta(minutes=90)
    assert {"User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Files.ReadWrite"} <= set(signed.tokens.scopes)
    assert signed.tokens.extra == {"user": tenant.id(BOB)}


async def test_whoever_signed_in_is_named_for_the_engine_to_compare(tenant: Tenant, consent: Consent) -> None:
    """Bob forwards his link to Maya: hers is the account that comes back, and the engine asked for Bob's."""
    signed = await consent.redeem(await code(tenant, address(consent), MAYA), VERIFIER)
    assert signed.account is not None and signed.account.user == tenant.id(MAYA)


async def test_a_code_works_once(tenant: Tenant, consent: Consent) -> None:
    brought = await code(tenant, address(consent))
    await consent.redeem(brought, VERIFIER)
    with pytest.raises(Refused, match="invalid_grant/54005"):
        await consent.redeem(brought, VERIFIER)


async def test_a_code_of_another_attempt(tenant: Tenant, consent: Consent) -> None:
    with pytest.raises(Refused, match="501481"):
        await consent.redeem(await code(tenant, address(consent)), "w" * 43)


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (" ".join(s for s in PERSON_SCOPES if s != "Files.ReadWrite"), "scopes missing: Files.ReadWrite$"),
        (" ".join(PERSON_SCOPES[:4]) + " User.Read", "missing: Chat.ReadWrite, ChatMessage.Send, Files.ReadWrite$"),
        (" ".join(s for s in PERSON_SCOPES if s != "offline_access"), "scopes missing: offline_access$"),
        (" ".join(PERSON_SCOPES[1:]), "proves no person"),
    ],
    ids=["files", "chats", "offline", "openid"],
)
async def test_less_than_was_asked_for(tenant: Tenant, consent: Consent, scope: str, words: str) -> None:
    brought = await code(tenant, address(consent, scope=scope))
    with pytest.raises(Refused, match=words):
        await consent.redeem(brought, VERIFIER)


@pytest.mark.parametrize("nonce", ["another", None])
async def test_a_sign_in_that_was_meant_for_another_attempt(
    tenant: Tenant, consent: Consent, nonce: str | None
) -> None:
    brought = await code(tenant, address(consent, nonce=nonce))
    with pytest.raises(Refused):
        await consent.redeem(brought, VERIFIER)


class Vouching:
    """Keys that hold whatever is asked of them for genuine."""

    def __init__(self, **claims: Any) -> None:
        self.claims = claims

    async def identity(self, token: str, nonce: str) -> Mapping[str, Any]:
        return {"tid": TENANT, "aud": APP_ID, "nonce": nonce, **self.claims}


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"tid": ELSEWHERE}, "another Microsoft tenant"),
        ({"tid": None}, "another Microsoft tenant"),
        ({"aud": ELSEWHERE}, "meant for something else"),
        ({"nonce": "another"}, "meant for something else"),
        ({"oid": ""}, "meant for something else"),
        ({"oid": ELSEWHERE}, "somebody else than the sign-in"),
    ],
)
async def test_claims_that_are_not_ours(
    tenant: Tenant, api: Api, graph: Graph, claims: dict[str, Any], words: str
) -> None:
    doubtful = Consent(api, graph, cast(Keys, Vouching(**{"oid": tenant.id(BOB), **claims})))
    brought = await code(tenant, address(doubtful))
    with pytest.raises(Refused, match=words):
        await doubtful.redeem(brought, VERIFIER)


async def test_a_forged_sign_in(tenant: Tenant, api: Api, graph: Graph) -> None:
    class Doubting:
        async def identity(self, token: str, nonce: str) -> Mapping[str, Any]:
            raise Forged("signature")

    doubting = Consent(api, graph, cast(Keys, Doubting()))
    brought = await code(tenant, address(doubting))
    with pytest.raises(Refused, match="not proven: signature"):
        await doubting.redeem(brought, VERIFIER)


async def test_a_used_code_is_not_tried_again(tenant: Tenant, api: Api, graph: Graph) -> None:
    """The token is there, then Microsoft falls silent."""

    class Falling(Vouching):
        async def identity(self, token: str, nonce: str) -> Mapping[str, Any]:
            tenant.switch(down=True)
            return await super().identity(token, nonce)

    falling = Consent(api, graph, cast(Keys, Falling(oid=tenant.id(BOB))))
    brought = await code(tenant, address(falling))
    with pytest.raises(TryLater) as later:
        await falling.redeem(brought, VERIFIER)
    assert not later.value.certain


async def test_a_code_that_was_not_looked_at_is_tried_again(tenant: Tenant, consent: Consent) -> None:
    brought = await code(tenant, address(consent))
    tenant.switch(rate_limit=1)
    with pytest.raises(TryLater) as later:
        await consent.redeem(brought, VERIFIER)
    assert later.value.certain
    assert (await consent.redeem(brought, VERIFIER)).tokens.refresh


# -- the whole tenant ----------------------------------------------------------------------------


async def consents(tenant: Tenant, consent: Consent, name: str = MAYA) -> int:
    """Somebody accepts for everybody at the vendor's page; what the page answers."""
    form = {"user": tenant.id(name), "decision": "allow"}
    page = consent.consent_url(DIRECTORY, "st", "ch")
    async with tenant.browser.post(page, data=form, allow_redirects=False) as reply:
        return reply.status


async def test_maya_consents_for_everybody(tenant: Tenant, consent: Consent) -> None:
    await tenant.fake.withdraw_consent()
    assert not await consent.proven()
    assert await consents(tenant, consent) == 302
    signed = await consent.redeem_tenant()
    assert signed.account is None and signed.tokens == PROOF
    assert (signed.tokens.expires, signed.tokens.refresh) == (None, None)
    assert await consent.proven()


async def test_bob_cannot(tenant: Tenant, consent: Consent) -> None:
    """He may call our address as often as he likes: the roles are not there."""
    await tenant.fake.withdraw_consent()
    assert await consents(tenant, consent, BOB) == 403
    with pytest.raises(TryLater):
        await consent.redeem_tenant()


async def test_consent_that_was_given_before_we_asked(consent: Consent, counts: list[tuple[str, int]]) -> None:
    assert await consent.proven() and await consent.proven()
    assert counts == [("POST /token", 200)]


async def test_consent_takes_its_time(tenant: Tenant, consent: Consent) -> None:
    """In the mean profile the token service hears of it two minutes later."""
    await tenant.fake.withdraw_consent()
    tenant.switch(mean=True)
    assert await consents(tenant, consent) == 302
    looks = 0
    for _ in range(40):
        try:
            signed = await consent.redeem_tenant()
        except TryLater as later:
            assert later.certain and later.after is not None
            looks += 1
            tenant.later(later.after.total_seconds())
        else:
            assert signed.tokens == PROOF and looks == 8
            return
    raise AssertionError("never found")


async def waits(tenant: Tenant, consent: Consent) -> tuple[float, str]:
    """How long it takes until the answer is no, and the words."""
    began = tenant.running.core.clock.seconds()
    while True:
        try:
            await consent.redeem_tenant()
        except TryLater as later:
            assert later.after is not None
            tenant.later(later.after.total_seconds())
        except Refused as refused:
            return tenant.running.core.clock.seconds() - began, str(refused)


async def test_a_role_that_the_registration_does_not_list(tenant: Tenant, consent: Consent) -> None:
    await tenant.fake.withdraw_consent()
    tenant.fake.tokens.registered = tuple(r for r in ROLES if r != "RoleManagement.Read.Directory")
    assert await consents(tenant, consent) == 302
    waited, words = await waits(tenant, consent)
    assert words == "permissions missing: RoleManagement.Read.Directory"
    assert 300 <= waited < 320
    assert (await waits(tenant, consent))[0] >= 300, "a second attempt has its own five minutes"


async def test_an_attempt_that_nobody_followed_up(tenant: Tenant, consent: Consent) -> None:
    await tenant.fake.withdraw_consent()
    with pytest.raises(TryLater):
        await consent.redeem_tenant()
    tenant.later(3_600)
    with pytest.raises(TryLater):
        await consent.redeem_tenant()


async def test_an_app_that_cannot_sign_in_proves_nothing(tenant: Tenant, consent: Consent) -> None:
    tenant.fake.tokens.app_refused = 7000222
    for look in (consent.redeem_tenant, consent.proven):
        with pytest.raises(NotAuthorised, match="invalid_client/7000222") as said:
            await look()
        assert said.value.account is None
