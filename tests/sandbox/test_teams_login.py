"""Signing in, tokens, refreshes and their ends, consent of people and of administrators – as the login service has it."""

from pathlib import Path

import jwt
import pytest
from teams_tenant import BACK, BOT_SCOPE, GRAPH_SCOPE, SCOPES, Tenant

from sandbox.main import Options, Running, start
from sandbox.teams import Teams
from sandbox.teams.aadsts import OURS, RECONNECT, REFUSALS
from sandbox.teams.tenant import APP_ID, TENANT, native_id
from sandbox.teams.tokens import GRAPH, ROLES, challenge

DAY = 86_400


async def refresh(teams: Tenant, value: str, **more: str) -> tuple[int, dict[str, object]]:
    answer = await teams.token(grant_type="refresh_token", refresh_token=value, **more)
    return answer.status, answer.body


async def test_ann_signs_in_and_the_app_may_act_for_her(teams: Tenant) -> None:
    given = await teams.signed_in("Ann Lee")
    assert given["token_type"] == "Bearer" and given["scope"] == SCOPES.replace("offline_access ", "")
    assert 3_500 < given["expires_in"] < 5_400 and given["refresh_token"]
    me = await (await teams.person("Ann Lee")).get("/me")
    assert (me.status, me.body["id"], me.body["mail"]) == (200, teams.id("Ann Lee"), "ann@acme.example")


async def test_the_id_token_is_signed_and_names_person_tenant_and_nonce(teams: Tenant) -> None:
    code = (await teams.allow(teams.id("Bob Kim"), nonce="n1"))["code"]
    answer = await teams.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
    described = f"{teams.url}/login/{TENANT}/v2.0/.well-known/openid-configuration"
    async with teams.browser.get(described) as found:
        metadata = await found.json()
    claims = await teams.verified(
        answer.body["id_token"], metadata["jwks_uri"], audience=APP_ID, issuer=metadata["issuer"]
    )
    assert (claims["oid"], claims["tid"], claims["nonce"]) == (teams.id("Bob Kim"), TENANT, "n1")
    assert claims["preferred_username"] == "bob@corp.acme.example" and claims["email"] == "bob@acme.example"


async def test_the_page_shows_active_people_and_preselects_the_expected_one(teams: Tenant) -> None:
    query = {"client_id": APP_ID, "response_type": "code", "redirect_uri": BACK, "scope": SCOPES}
    query["login_hint"] = "bob@corp.acme.example"
    async with teams.browser.get(f"{teams.url}/login/{TENANT}/oauth2/v2.0/authorize", params=query) as page:
        html = await page.text()
    assert html.index("Bob Kim") < html.index("Ann Lee") and "Otto Gone" not in html
    assert "<li>" not in html, "with consent for everybody nothing is asked any more"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "9"}, "AADSTS700016"),
        ({"redirect_uri": "https://evil.example/oauth/teams/callback?x=1"}, "AADSTS50011"),
        ({"redirect_uri": "http://bot.example/oauth/teams/callback"}, "AADSTS50011"),
        ({"redirect_uri": "https://bot.example/elsewhere"}, "AADSTS50011"),
    ],
)
async def test_a_wrong_address_ends_on_the_vendors_own_page(teams: Tenant, change: dict[str, str], code: str) -> None:
    found = await teams.allow(teams.id("Ann Lee"), **change)
    assert found["status"] == "400" and code in found["page"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "openid Chat.Shout"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
async def test_a_wrong_question_comes_back_as_an_error(teams: Tenant, change: dict[str, str], error: str) -> None:
    found = await teams.allow(teams.id("Ann Lee"), **change)
    assert found.get("error") == error and found["state"] == "s1" and "code" not in found


@pytest.mark.parametrize(
    ("tenant", "code"), [("common", 50194), ("organizations", 50194), ("11111111-0000-4000-8000-000000000000", 90002)]
)
async def test_the_app_is_known_in_its_own_tenant_only(teams: Tenant, tenant: str, code: int) -> None:
    answer = await teams.token(tenant, grant_type="client_credentials", scope=GRAPH_SCOPE)
    assert answer.body["error_codes"] == [code]


async def test_cancel_brings_the_browser_back_without_a_code(teams: Tenant) -> None:
    found = await teams.allow(teams.id("Ann Lee"), "cancel")
    assert found["error"] == "access_denied" and found["error_description"].startswith("AADSTS65004")


async def test_a_code_works_once_for_ten_minutes_at_the_same_address(teams: Tenant) -> None:
    ask = {"grant_type": "authorization_code", "redirect_uri": BACK}
    code = (await teams.allow(teams.id("Ann Lee")))["code"]
    elsewhere = await teams.token(**{**ask, "code": code, "redirect_uri": BACK + "/x"})
    assert elsewhere.body["error_codes"] == [50011]
    assert (await teams.token(**ask, code=code)).status == 200
    assert (await teams.token(**ask, code=code)).body["error_codes"] == [54005]
    late = (await teams.allow(teams.id("Ann Lee")))["code"]
    teams.later(601)
    assert (await teams.token(**ask, code=late)).body["error_codes"] == [70008]
    assert (await teams.token(**ask, code="made-up")).body["error_codes"] == [70000]


@pytest.mark.parametrize(("verifier", "status"), [("v" * 43, 200), ("w" * 43, 400), ("", 400)])
async def test_a_challenge_needs_its_verifier(teams: Tenant, verifier: str, status: int) -> None:
    asked = {"code_challenge": challenge("v" * 43), "code_challenge_method": "S256"}
    code = (await teams.allow(teams.id("Ann Lee"), **asked))["code"]
    answer = await teams.token(grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=verifier)
    assert answer.status == status
    assert status == 200 or answer.body["error_codes"] == [501481]


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"client_secret": "guess"}, 401, 7000215),
        ({"client_secret": ""}, 401, 70002),
        ({"client_id": "9"}, 400, 700016),
        ({"grant_type": "password"}, 400, 70003),
        ({"scope": "User.Read"}, 400, 70011),
    ],
)
async def test_the_app_must_prove_itself(teams: Tenant, form: dict[str, str], status: int, code: int) -> None:
    answer = await teams.token(**{"grant_type": "client_credentials", "scope": GRAPH_SCOPE, **form})
    assert (answer.status, answer.body["error_codes"]) == (status, [code])
    assert {"error", "error_description", "timestamp", "trace_id", "correlation_id"} <= set(answer.body)


async def test_the_apps_tokens_are_for_one_resource_each(teams: Tenant) -> None:
    graph, bot = await teams.app(), await teams.connector()
    claims = [jwt.decode(api.token, options={"verify_signature": False}) for api in (graph, bot)]
    assert claims[0]["aud"] == "https://graph.microsoft.com" and claims[0]["roles"] == list(ROLES)
    assert claims[1]["aud"] == "https://api.botframework.com"
    swapped = await type(graph)(teams.browser, graph.base, bot.token).get("/users")
    assert (swapped.status, swapped.code) == (401, "InvalidAuthenticationToken")
    body = teams.first_contact(teams.id("Ann Lee"))
    assert (await type(bot)(teams.browser, bot.base, graph.token).post("/v3/conversations", body)).status == 401


async def test_a_refresh_gives_a_new_one_and_the_old_stays_valid(teams: Tenant) -> None:
    first = await teams.signed_in("Ann Lee")
    status, second = await refresh(teams, first["refresh_token"])
    assert status == 200 and second["refresh_token"] != first["refresh_token"]
    assert (await refresh(teams, first["refresh_token"]))[0] == 200


async def test_a_refresh_token_lives_ninety_days_since_its_last_use(teams: Tenant) -> None:
    first = await teams.signed_in("Ann Lee")
    teams.later(60 * DAY)
    assert (await refresh(teams, first["refresh_token"]))[0] == 200
    teams.later(60 * DAY)
    assert (await refresh(teams, first["refresh_token"]))[0] == 200
    teams.later(91 * DAY)
    assert (await refresh(teams, first["refresh_token"]))[1]["error_codes"] == [700082]


async def test_an_access_token_ends_within_ninety_minutes(teams: Tenant) -> None:
    ann = await teams.person("Ann Lee")
    teams.later(5_401)
    answer = await ann.get("/me")
    assert (answer.status, answer.code) == (401, "InvalidAuthenticationToken")
    assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize("code", sorted(set(REFUSALS) - {65004, 90094, 90095}))
async def test_every_refusal_can_be_had_on_demand(teams: Tenant, code: int) -> None:
    given = await teams.signed_in("Ann Lee")
    teams.fake.trouble(teams.id("Ann Lee"), code)
    status, body = await refresh(teams, given["refresh_token"])
    assert (status, body["error_codes"]) == (REFUSALS[code].status, [code])
    assert str(body["error_description"]).startswith(f"AADSTS{code}: ")
    assert body.get("suberror", "") == REFUSALS[code].suberror
    assert code not in RECONNECT or body["error"] == "invalid_grant"


async def test_signing_in_again_mends_mfa_but_no_policy(teams: Tenant) -> None:
    await teams.signed_in("Ann Lee")
    teams.fake.trouble(teams.id("Ann Lee"), 50076)
    again = await teams.signed_in("Ann Lee")
    assert (await refresh(teams, again["refresh_token"]))[0] == 200
    teams.fake.trouble(teams.id("Ann Lee"), 53003)
    found = await teams.allow(teams.id("Ann Lee"))
    assert found["error"] == "access_denied" and "AADSTS53003" in found["error_description"]


async def test_the_apps_own_secret_may_have_ended(teams: Tenant) -> None:
    teams.fake.tokens.app_refused = 7000222
    answer = await teams.token(grant_type="client_credentials", scope=BOT_SCOPE)
    assert (answer.status, answer.body["error"]) == (OURS[7000222].status, "invalid_client")


@pytest.mark.parametrize("mean", [False, True])
async def test_revoked_sessions_end_refreshes_and_perhaps_access(teams: Tenant, mean: bool) -> None:
    teams.switch(mean=mean)
    given, ann = await teams.signed_in("Ann Lee"), await teams.person("Ann Lee")
    teams.later(1)
    await teams.fake.revoke(teams.id("Ann Lee"))
    assert (await refresh(teams, given["refresh_token"]))[1]["error_codes"] == [50173]
    assert (await ann.get("/me")).status == (200 if mean else 401)
    teams.later(1)
    assert (await refresh(teams, (await teams.signed_in("Ann Lee"))["refresh_token"]))[0] == 200


async def test_who_left_gets_nothing(teams: Tenant) -> None:
    ann, bob = await teams.signed_in("Ann Lee"), await teams.signed_in("Bob Kim")
    await teams.fake.deactivate(teams.id("Ann Lee"))
    await teams.fake.leave(teams.id("Bob Kim"))
    assert (await refresh(teams, ann["refresh_token"]))[1]["error_codes"] == [50057]
    assert (await refresh(teams, bob["refresh_token"]))[1]["error_codes"] == [50034]


@pytest.mark.parametrize(("mean", "code"), [(False, "AADSTS90094"), (True, "AADSTS90095")])
async def test_without_consent_for_everybody_people_cannot_allow(teams: Tenant, mean: bool, code: str) -> None:
    given = await teams.signed_in("Ann Lee")
    await teams.fake.withdraw_consent()
    status, body = await refresh(teams, given["refresh_token"])
    assert (status, body["error_codes"], body["suberror"]) == (400, [65001], "consent_required")
    teams.switch(mean=mean)
    found = await teams.allow(teams.id("Ann Lee"))
    assert code in found["error_description"] and "code" not in found
    assert "code" in await teams.allow(teams.id("Maya Ortiz")), "an administrator may consent for themselves"


async def test_an_administrator_consents_for_everybody(teams: Tenant) -> None:
    await teams.fake.withdraw_consent()
    assert (await (await teams.app()).get("/users")).status == 403
    refused = await teams.admin(teams.id("Ann Lee"))
    assert refused["status"] == "403", "nobody else gets past the page"
    assert (await teams.admin(teams.id("Maya Ortiz"), "cancel"))["error"] == "access_denied"
    found = await teams.admin(teams.id("Maya Ortiz"))
    assert (found["admin_consent"], found["tenant"], found["state"]) == ("True", TENANT, "a1")
    assert (await (await teams.app()).get("/users")).status == 200
    assert "code" in await teams.allow(teams.id("Ann Lee"))


async def test_new_roles_may_take_a_while(teams: Tenant) -> None:
    teams.switch(mean=True)
    await teams.fake.withdraw_consent()
    await teams.admin(teams.id("Maya Ortiz"))
    assert (await (await teams.app()).get("/users")).status == 403
    teams.later(121)
    assert (await (await teams.app()).get("/users")).status == 200


async def test_keys_change_and_the_new_one_is_published(teams: Tenant) -> None:
    keys = f"{teams.url}/login/{TENANT}/discovery/v2.0/keys"
    old = (await teams.signed_in("Ann Lee"))["id_token"]
    teams.fake.tokens.keys.rotate()
    new = (await teams.signed_in("Ann Lee"))["id_token"]
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    for token in (old, new):
        await teams.verified(token, keys, audience=APP_ID)


async def test_tokens_consent_and_installations_survive_a_restart(tmp_path: Path) -> None:
    options = Options(port=0, platforms=("teams",), data_dir=tmp_path)
    first, ann = await start(options), native_id("ann@acme.example")
    fake = tenant(first)
    code = fake.tokens.new_code(ann, ("User.Read", "offline_access"), BACK, "", "")
    _, access, again = fake.tokens.redeem(code, BACK, "")
    assert again is not None
    fake.tokens.consent_everybody(("User.Read",), ())
    fake.installs.add(ann)
    kept = fake.activities.keys.published()
    await first.stop()
    second = await start(options)
    fake = tenant(second)
    live = fake.tokens.live(access.value, GRAPH)
    assert live is not None and live.user == ann
    assert fake.tokens.refresh(again.value, ())[0].user == ann
    assert (fake.tokens.given.delegated, fake.tokens.given.roles) == (("User.Read",), ())
    assert ann in fake.installs.people and fake.activities.keys.published() == kept
    await second.stop()


def tenant(running: Running) -> Teams:
    fake = running.fakes["teams"]
    assert isinstance(fake, Teams)
    return fake
