"""Tokens that Microsoft signed for us, and everything that only looks like one"""

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from teams_tenant import BACK, Tenant
from teams_tokens import HOUR, notified, refused, seconds, spoken

from bot.platform import Lent
from platforms.http import Answer
from platforms.teams.api import Api
from platforms.teams.keys import Keys
from sandbox.teams.tenant import APP_ID, PUBLISHER, TENANT

SPECS = Path(os.environ.get("VENDOR_SPECS", "")) / "teams" / "notification-and-jwt-vectors.json"
published = pytest.mark.skipif("VENDOR_SPECS" not in os.environ, reason="VENDOR_SPECS is not set")


@pytest.fixture
def keys(api: Api) -> Keys:
    return Keys(api)


@pytest.fixture(params=[False, True], ids=["kind", "mean"])
def mean(request: pytest.FixtureRequest, tenant: Tenant) -> bool:
    tenant.switch(mean=request.param)
    return bool(request.param)


# -- the channel ---------------------------------------------------------------------------------


async def test_the_channels_own_token(tenant: Tenant, keys: Keys, mean: bool) -> None:
    signed = await keys.activity(tenant.fake.activities.token())
    assert signed.claims["serviceurl"] == tenant.fake.activities.service_url
    assert signed.endorsements == ("msteams",)
    assert APP_ID not in repr(signed)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": ["https://api.botframework.com"]}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"iss": f"https://sts.windows.net/{TENANT}/"}, "issuer"),
        ({"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0"}, "issuer"),
        ({"aud": "other"}, "audience"),
        ({"aud": [APP_ID]}, "audience"),
        ({"aud": ""}, "audience"),
        ({"aud": None}, "audience"),
        ({"exp": None}, "times"),
        ({"exp": "tomorrow"}, "times"),
        ({"exp": True}, "times"),
        ({"nbf": "soon"}, "times"),
        ({"exp": float("nan")}, "expired"),
        ({"exp": -(10**400)}, "expired"),
        ({"nbf": 10**400}, "not valid yet"),
    ],
)
async def test_what_the_channel_did_not_say_to_us(tenant: Tenant, keys: Keys, change: dict[str, Any], why: str) -> None:
    # PyJWT refuses to write an issuer that is no string; the payload is signed as it stands.
    claims = jwt.decode(spoken(tenant), options={"verify_signature": False})
    whole = {name: value for name, value in {**claims, **change}.items() if value is not None}
    kid, key = tenant.fake.activities.keys._keys[-1]
    token = jwt.api_jws.encode(json.dumps(whole).encode(), key, "RS256", {"kid": kid})
    assert await refused(keys.activity(token)) == why


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ({"exp": -290}, None),
        ({"exp": -310}, "expired"),
        ({"nbf": 290}, None),
        ({"nbf": 310}, "not valid yet"),
    ],
)
async def test_five_minutes_are_forgiven(tenant: Tenant, keys: Keys, times: dict[str, Any], why: str | None) -> None:
    token = spoken(tenant, **{name: seconds(tenant) + value for name, value in times.items()})
    if why is None:
        assert (await keys.activity(token)).claims["aud"] == APP_ID
    else:
        assert await refused(keys.activity(token)) == why


async def test_a_token_gets_old_by_the_clock_that_is_lent(tenant: Tenant, keys: Keys) -> None:
    token = tenant.fake.activities.token()
    await keys.activity(token)
    tenant.later(HOUR + 310)
    assert await refused(keys.activity(token)) == "expired"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("", "not a token"),
        ("x", "not a token"),
        ("a.b.c", "not a token"),
        ("\u00df.\u00df.\u00df", "not a token"),
        ("x" * 16_385, "length"),
    ],
)
async def test_what_is_no_token_at_all(keys: Keys, counts: list[tuple[str, int]], token: str, why: str) -> None:
    assert await refused(keys.activity(token)) == why
    assert counts == [], "and it costs nothing"


async def test_a_header_nested_without_end_is_no_token(keys: Keys) -> None:
    deep = jwt.utils.base64url_encode(b"[" * 6_000 + b"]" * 6_000).decode()
    assert await refused(keys.activity(f"{deep}.e30.e30")) == "not a token"


async def test_the_kind_of_signature_is_not_the_tokens_choice(tenant: Tenant, keys: Keys) -> None:
    claims = jwt.decode(spoken(tenant), options={"verify_signature": False})
    kid = jwt.get_unverified_header(spoken(tenant))["kid"]
    for algorithm, secret in (("HS256", "s" * 64), ("none", "")):
        token = jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": kid})
        assert await refused(keys.activity(token)) == "algorithm"
    assert await refused(keys.activity(spoken(tenant, {"kid": ""}))) == "key id"


async def test_a_signature_belongs_to_its_words(tenant: Tenant, keys: Keys) -> None:
    head, body, _ = spoken(tenant).split(".")
    other = spoken(tenant, aud="other").rpartition(".")[2]
    assert await refused(keys.activity(f"{head}.{body}.{other}")) == "signature"
    assert await refused(keys.activity(f"{head}.{body}.")) == "signature"


# -- Graph ---------------------------------------------------------------------------------------


async def test_graphs_own_token_in_either_version(tenant: Tenant, keys: Keys, mean: bool) -> None:
    token = tenant.fake.notify.validation_token()
    await keys.notification(token)
    assert jwt.decode(token, options={"verify_signature": False})["ver"] == ("2.0" if mean else "1.0")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"appid": APP_ID}, "publisher"),
        ({"appid": None}, "publisher"),
        ({"appid": None, "azp": PUBLISHER}, "publisher"),
        ({"iss": "{login}/v2.0"}, "publisher"),
        ({"iss": "{login}/v2.0", "azp": APP_ID}, "publisher"),
        ({"iss": "https://sts.windows.net/99999999-9999-4999-8999-999999999999/"}, "issuer"),
        ({"iss": f"https://sts.windows.net/{TENANT}"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "other"}, "audience"),
        ({"exp": 1}, "expired"),
    ],
)
async def test_what_graph_did_not_say_to_us(tenant: Tenant, keys: Keys, change: dict[str, Any], why: str) -> None:
    if "{login}" in str(change.get("iss")):
        change = {**change, "iss": f"{tenant.url}/login/{TENANT}/v2.0"}
    assert await refused(keys.notification(notified(tenant, **change))) == why


async def test_what_waited_was_to_be_good_when_it_was_heard(tenant: Tenant, keys: Keys) -> None:
    token, heard = notified(tenant), keys.api.lent.clock.now()
    tenant.later(3 * HOUR)
    assert await refused(keys.notification(token)) == "expired"
    await keys.notification(token, heard)
    late = heard + timedelta(hours=1, minutes=6)
    assert await refused(keys.notification(token, late)) == "expired"
    assert await refused(keys.notification(token, heard - timedelta(minutes=6))) == "not valid yet"


async def test_graphs_changed_key_works_at_once(tenant: Tenant, keys: Keys) -> None:
    await keys.notification(notified(tenant))
    tenant.fake.notify.keys.rotate(keep_old=False)
    await keys.notification(notified(tenant))


# -- signing in ----------------------------------------------------------------------------------


async def id_token(tenant: Tenant, nonce: str) -> str:
    code = (await tenant.allow(tenant.id("Ann Lee"), nonce=nonce))["code"]
    answer = await tenant.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
    return str(answer.body["id_token"])


async def test_ann_signs_in(tenant: Tenant, keys: Keys, mean: bool) -> None:
    claims = await keys.identity(await id_token(tenant, "n-1"), "n-1")
    assert (claims["oid"], claims["tid"]) == (tenant.id("Ann Lee"), TENANT)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"nonce": "n-2"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": ["n-1"]}, "nonce"),
        ({"tid": "99999999-9999-4999-8999-999999999999"}, "tenant"),
        ({"tid": None}, "tenant"),
        ({"aud": "other"}, "audience"),
        ({"iss": f"https://sts.windows.net/{TENANT}/"}, "issuer"),
        ({"exp": 1}, "expired"),
    ],
)
async def test_a_sign_in_that_is_not_the_one_begun(
    tenant: Tenant, keys: Keys, change: dict[str, Any], why: str
) -> None:
    claims = jwt.decode(await id_token(tenant, "n-1"), options={"verify_signature": False})
    whole = {name: value for name, value in {**claims, **change}.items() if value is not None}
    assert await refused(keys.identity(tenant.fake.tokens.keys.sign(whole), "n-1")) == why


async def test_a_sign_in_without_a_nonce_proves_nothing(tenant: Tenant, keys: Keys) -> None:
    assert await refused(keys.identity(await id_token(tenant, ""), "")) == "nonce"


# -- the published vectors -----------------------------------------------------------------------


def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SPECS.read_text(encoding="utf-8"))["jwt"]
    return found


class Elsewhere:
    """Microsoft's real addresses, answered from the vectors."""

    async def call(self, name: str, method: str, url: str, *, writes: bool) -> Answer:
        if url.endswith("configuration"):
            return Answer(200, {}, {"jwks_uri": "https://login.example.test/keys"})
        return Answer(200, {}, vectors()["jwks"])


@pytest.fixture
def far(lent: Lent, monkeypatch: pytest.MonkeyPatch) -> Keys:
    jwts = vectors()
    named = {"MIO_TEAMS_APP_ID": jwts["appId"], "MIO_TEAMS_TENANT_ID": jwts["tenantId"]}
    login = {"MIO_TEAMS_LOGIN_URL": "https://login.microsoftonline.com"}
    api = Api(replace(lent, settings={**lent.settings, **named, **login}))
    monkeypatch.setattr(api, "http", Elsewhere())
    return Keys(api)


CHANNELS = {
    "good": None,
    "wrongAudience": "audience",
    "wrongIssuer": "issuer",
    "serviceUrlMismatch": None,
    "noServiceUrl": None,
    "expired": "expired",
    "unknownKid": "unknown key",
    "badSignature": "signature",
}
"""Which address the activity names is compared at the door."""
GRAPHS = {
    "good": None,
    "v2Form": None,
    "wrongPublisher": "publisher",
    "wrongAudience": "audience",
    "wrongTenant": "issuer",
    "expired": "expired",
}


@published
@pytest.mark.parametrize(("name", "why"), CHANNELS.items())
async def test_the_published_vectors_of_the_channel(far: Keys, name: str, why: str | None) -> None:
    token = vectors()["botFramework"][name]
    if why is not None:
        assert await refused(far.activity(token)) == why
        return
    signed = await far.activity(token)
    assert "msteams" in signed.endorsements
    matches = {"good": "https://smba.example.test/amer/", "noServiceUrl": None}
    assert signed.claims.get("serviceurl") == matches.get(name, "https://evil.example/")


@published
@pytest.mark.parametrize(("name", "why"), GRAPHS.items())
async def test_the_published_vectors_of_graph(far: Keys, name: str, why: str | None) -> None:
    checked = far.notification(vectors()["graphValidationToken"][name])
    if why is not None:
        assert await refused(checked) == why
    else:
        await checked


@published
def test_no_published_vector_is_left_out() -> None:
    jwts = vectors()
    assert set(CHANNELS) == set(jwts["botFramework"]) - {"openIdMetadataExample"}
    assert set(GRAPHS) == set(jwts["graphValidationToken"])
