"""Consent, exchange, refresh, revocation – and what is left open about them."""

import base64

import pytest
from webex_org import ADMIN_SCOPES, APP, BACK, USER_SCOPES, Org, Told

from sandbox.webex.tokens import challenge_of


async def consented(webex: Org, name: str, scopes: str = USER_SCOPES) -> Told:
    back = await webex.allow(webex.id(name), scope=scopes)
    assert back["state"] == "s1"
    return await webex.token(grant_type="authorization_code", code=back["code"], redirect_uri=BACK)


async def alive(webex: Org, token: str) -> bool:
    return (await webex.client(token).get("people/me")).status == 200


async def test_ann_allows_and_the_app_may_act_for_her(webex: Org) -> None:
    given = (await consented(webex, "Ann Lee")).body
    assert (given["expires_in"], given["refresh_token_expires_in"]) == (1_209_600, 7_776_000)
    assert given["token_type"] == "Bearer" and set(given["scope"].split()) == set(USER_SCOPES.split())
    me = (await webex.client(given["access_token"]).get("people/me")).body
    assert (me["id"], me["emails"]) == (webex.id("Ann Lee"), ["ann@acme.example"])
    expiry = (await webex.client(given["access_token"]).get("authorizations/tokenExpiry")).body["exp"]
    assert expiry > webex.running.core.clock.seconds() * 1000


async def test_the_page_shows_scopes_and_people_who_may_sign_in(webex: Org) -> None:
    query = {"response_type": "code", "client_id": APP["client_id"], "redirect_uri": BACK, "scope": USER_SCOPES}
    async with webex.browser.get(f"{webex.running.url}/webex/v1/authorize", params=query) as page:
        html = await page.text()
    assert "<li>spark:messages_read</li>" in html and "Ann Lee" in html
    assert "Otto Gone" not in html and "Build Robot" not in html


@pytest.mark.parametrize(
    "change",
    [{"client_id": "C9"}, {"redirect_uri": BACK + "/"}, {"redirect_uri": BACK + "?a=b"}, {"redirect_uri": "x"}],
)
async def test_a_wrong_address_ends_on_webexs_own_page(webex: Org, change: dict[str, str]) -> None:
    query = {"response_type": "code", "client_id": APP["client_id"], "redirect_uri": BACK, "scope": USER_SCOPES}
    form = {"user": webex.id("Ann Lee"), "decision": "allow"}
    address, params = f"{webex.running.url}/webex/v1/authorize", {**query, **change}
    async with webex.browser.get(address, params=params, allow_redirects=False) as page:
        assert page.status == 400
    async with webex.browser.post(address, params=params, data=form, allow_redirects=False) as page:
        assert page.status == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "spark:all"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_other_faults_go_back_with_the_browser(webex: Org, change: dict[str, str], error: str) -> None:
    back = await webex.allow(webex.id("Ann Lee"), **{"scope": USER_SCOPES, **change})
    assert back == {"error": error, "state": "s1"}


async def test_cancel_and_a_closed_door(webex: Org) -> None:
    back = await webex.allow(webex.id("Ann Lee"), "cancel", scope=USER_SCOPES)
    assert back == {"error": "access_denied", "state": "s1"}
    webex.fake.oauth.blocked = True
    query = {"response_type": "code", "client_id": APP["client_id"], "redirect_uri": BACK, "scope": USER_SCOPES}
    async with webex.browser.get(f"{webex.running.url}/webex/v1/authorize", params=query) as page:
        assert page.status == 400 and "does not allow" in await page.text()


async def test_a_code_works_once_for_a_while_and_for_its_address(webex: Org) -> None:
    async def code() -> str:
        return (await webex.allow(webex.id("Ann Lee"), scope=USER_SCOPES))["code"]

    async def status(code: str, redirect: str = BACK) -> int:
        told = await webex.token(grant_type="authorization_code", code=code, redirect_uri=redirect)
        return told.status

    first = await code()
    assert [await status(first), await status(first)] == [200, 400]
    assert await status(await code(), "http://bot.example:81/oauth/webex/callback") == 400
    late = await code()
    webex.running.core.clock.advance(301)
    assert await status(late) == 400


async def test_a_challenge_wants_its_verifier_and_the_secret_too(webex: Org) -> None:
    async def told(**form: str) -> Told:
        query = {"code_challenge": challenge_of("v" * 43), "code_challenge_method": "S256"}
        code = (await webex.allow(webex.id("Ann Lee"), scope=USER_SCOPES, **query))["code"]
        return await webex.token(grant_type="authorization_code", code=code, redirect_uri=BACK, **form)

    assert (await told(code_verifier="v" * 43)).status == 200
    assert (await told()).status == 400
    assert (await told(code_verifier="w" * 43)).status == 400
    missing = await told(code_verifier="v" * 43, client_secret="")
    assert missing.body["error_description"] == "client_secret cannot be null or empty"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_id": "C9"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "made-up"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, 400, "invalid_grant"),
    ],
)
async def test_the_token_endpoints_refusals(webex: Org, form: dict[str, str], status: int, error: str) -> None:
    told = await webex.token(**form)
    assert (told.status, told.body["error"]) == (status, error)
    webex.switch(mean=True)
    told = await webex.token(**form)
    assert told.status == status and told.body["trackingId"] and "error" not in told.body


async def test_the_token_endpoint_reads_forms_only(webex: Org) -> None:
    told = await webex.client("").post("access_token", **APP, grant_type="refresh_token")
    assert (told.status, told.body["error"]) == (400, "invalid_request")


async def test_a_refresh_repeats_the_token_and_starts_its_clock_again(webex: Org) -> None:
    first = (await consented(webex, "Ann Lee")).body
    webex.running.core.clock.advance(1_209_601)
    assert not await alive(webex, first["access_token"])
    for _ in range(8):
        renewed = (await webex.token(grant_type="refresh_token", refresh_token=first["refresh_token"])).body
        assert renewed["refresh_token"] == first["refresh_token"]
        assert renewed["refresh_token_expires_in"] == 7_776_000
        assert await alive(webex, renewed["access_token"])
        webex.running.core.clock.advance(7_000_000)
    webex.running.core.clock.advance(1_000_000)
    late = await webex.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert late.body["error"] == "invalid_grant", "90 days without a refresh"


@pytest.mark.parametrize("mean", [False, True])
async def test_what_a_refresh_leaves_open(webex: Org, mean: bool) -> None:
    webex.switch(mean=mean)
    first = (await consented(webex, "Ann Lee")).body
    assert first["expires_in"] == (43_200 if mean else 1_209_600)
    renewed = (await webex.token(grant_type="refresh_token", refresh_token=first["refresh_token"])).body
    assert ("refresh_token" in renewed) is not mean and "refresh_token_expires_in" in renewed
    assert await alive(webex, first["access_token"]) is not mean
    assert await alive(webex, renewed["access_token"])
    again = await webex.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again.status == 200, "the token of the consent stays the one to use"


@pytest.mark.parametrize("mean", [False, True])
async def test_the_identity_broker_may_revoke(webex: Org, mean: bool) -> None:
    given = (await consented(webex, "Ann Lee")).body
    webex.switch(mean=mean)
    address = f"{webex.running.url}/webex/idb/oauth2/v1/revoke"
    form = {"token": given["access_token"], "token_type_hint": "access_token"}
    stranger = basic("C0sandbox", "guess")
    assert (await webex.client("").call("POST", address, data=form, headers=stranger)).status == 401
    app = basic(APP["client_id"], APP["client_secret"])
    assert (await webex.client("").call("POST", address, data=form, headers=app)).status == (401 if mean else 200)
    webex.switch(mean=False)
    assert await alive(webex, given["access_token"]) is mean
    renewed = await webex.token(grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert (renewed.status == 200) is mean


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


async def test_every_consent_is_a_grant_of_its_own(webex: Org) -> None:
    one, two = (await consented(webex, "Ann Lee")).body, (await consented(webex, "Ann Lee", "spark:people_read")).body
    assert one["refresh_token"] != two["refresh_token"]
    assert set(two["scope"].split()) == {"spark:people_read", "spark:kms"}
    webex.fake.tokens.revoke(two["refresh_token"])
    assert await alive(webex, one["access_token"]) and not await alive(webex, two["access_token"])


async def test_ann_revokes_on_her_profile_page_and_nobody_is_told(webex: Org) -> None:
    given = (await consented(webex, "Ann Lee")).body
    await webex.fake.revoke(webex.id("Ann Lee"))
    refused = await webex.client(given["access_token"]).get("people/me")
    assert refused.status == 401 and refused.headers["trackingid"] == refused.body["trackingId"]
    assert (await webex.token(grant_type="refresh_token", refresh_token=given["refresh_token"])).status == 400
    assert await webex.heard() == []


@pytest.mark.parametrize("act", ["deactivate", "change"])
async def test_a_closed_account_has_no_tokens(webex: Org, act: str) -> None:
    given = (await consented(webex, "Bob Kim")).body
    if act == "deactivate":
        await webex.fake.deactivate(webex.id("Bob Kim"))
    else:
        await webex.fake.change(webex.id("Bob Kim"), active=False)
    assert not await alive(webex, given["access_token"])
    assert (await webex.token(grant_type="refresh_token", refresh_token=given["refresh_token"])).status == 400


async def test_a_missing_scope_is_refused(webex: Org) -> None:
    ann = webex.person("Ann Lee", "spark:people_read")
    for path in ("rooms", "messages", "memberships", "teams"):
        assert (await ann.get(path)).status == 403, path
    assert (await webex.person("Maya Ortiz").get("roles")).status == 403
    assert (await webex.person("Maya Ortiz", ADMIN_SCOPES).get("roles")).status == 200


async def test_no_token_no_answer(webex: Org) -> None:
    for token in ("", "made-up"):
        assert (await webex.client(token).get("people/me")).status == 401
