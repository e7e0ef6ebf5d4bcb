"""Consent, installation, renewal, revocation: what a browser and the OAuth addresses do, and refuse with which number."""

import base64

import pytest
from zoom_account import BACK, Office

from sandbox.zoom.tokens import ACCOUNT, SCOPES

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


async def renewed(zoom: Office, refresh: str, app: str = "B") -> tuple[int, str]:
    """The number of a refusal, or 0, and the new refresh token."""
    answer = await zoom.oauth(app, grant_type="refresh_token", refresh_token=refresh)
    return answer.body.get("code", 0), answer.body.get("refresh_token", "")


async def redeemed(zoom: Office, code: str, app: str = "B", **change: str) -> int:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **change}
    answer = await zoom.oauth(app, **form)
    return int(answer.body.get("code", 0))


async def works(zoom: Office, token: str) -> bool:
    return (await zoom.call(token, "GET", "/users/me")).status == 200


async def test_ann_allows_and_the_app_learns_who_she_is(zoom: Office) -> None:
    given = await zoom.allows("Ann Lee")
    assert (given["token_type"], given["api_url"]) == ("bearer", "https://api.zoom.us")
    assert given["expires_in"] == 3_599 and given["scope"].split() == SCOPES["B"].split()
    me = (await zoom.call(given["access_token"], "GET", "/users/me")).body
    assert (me["id"], me["email"], me["account_id"]) == (zoom.id("Ann Lee"), "ann@acme.example", ACCOUNT)
    assert me["jid"] == zoom.id("Ann Lee").lower() + "@xmpp.zoom.us"


async def test_the_page_lists_the_apps_scopes_and_the_accounts_people(zoom: Office) -> None:
    await zoom.fake.outsider("Olga Outside", "olga@elsewhere.example")
    query = {"client_id": "zoom-app-b", "redirect_uri": BACK, "response_type": "code", "as": zoom.id("Bob Kim")}
    async with zoom.browser.get(f"{zoom.running.url}/zoom/oauth/authorize", params=query) as page:
        html = await page.text()
    assert "<li>team_chat:write:user_message</li>" in html and "Olga" not in html
    assert html.index("Bob Kim") < html.index("Ann Lee")


@pytest.mark.parametrize(
    "change", [{"client_id": "zoom-app-s2s"}, {"client_id": "9"}, {"redirect_uri": ""}, {"response_type": "token"}]
)
async def test_a_wrong_address_ends_on_zooms_own_page(zoom: Office, change: dict[str, str]) -> None:
    assert (await zoom.decides("Ann Lee", **change)).status == 400


async def test_cancel_brings_the_browser_back_without_a_code(zoom: Office) -> None:
    assert (await zoom.decides("Ann Lee", "cancel")).body == {"error": "access_denied", "state": "s1"}


async def test_a_code_works_once_for_five_minutes_and_for_its_app(zoom: Office) -> None:
    code = (await zoom.decides("Ann Lee")).body["code"]
    assert await redeemed(zoom, code) == 0
    assert await redeemed(zoom, code) == 4734
    code = (await zoom.decides("Ann Lee")).body["code"]
    zoom.later(301)
    assert await redeemed(zoom, code) == 4733
    code = (await zoom.decides("Maya Ortiz")).body["code"]
    assert await redeemed(zoom, code, "A") == 4734


async def test_the_redirect_address_must_be_the_same_to_the_last_slash(zoom: Office) -> None:
    code = (await zoom.decides("Ann Lee")).body["code"]
    assert await redeemed(zoom, code, redirect_uri=BACK + "/") == 4709


@pytest.mark.parametrize(
    ("asked", "verifier", "refusal"),
    [
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, VERIFIER, 0),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, "guess", 4700),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, "", 4700),
        ({"code_challenge": CHALLENGE}, VERIFIER, 4700),
        ({"code_challenge": VERIFIER}, VERIFIER, 0),
    ],
    ids=["right", "wrong", "missing", "plain is the default", "plain"],
)
async def test_proof_of_possession(zoom: Office, asked: dict[str, str], verifier: str, refusal: int) -> None:
    code = (await zoom.decides("Ann Lee", **asked)).body["code"]
    assert await redeemed(zoom, code, code_verifier=verifier) == refusal


@pytest.mark.parametrize("mean", [False, True])
async def test_credentials_and_what_an_error_looks_like(zoom: Office, mean: bool) -> None:
    zoom.switch(mean=mean)
    url = f"{zoom.running.url}/zoom/oauth/token"
    for pair, code in ((("9", "x"), 4702), (("zoom-app-b", "guess"), 4704)):
        auth = basic_header(*pair)
        async with zoom.browser.post(url, data={"grant_type": "client_credentials"}, headers=auth) as answer:
            body = await answer.json()
        assert answer.status == 400 and body["error"] == "invalid_client" and body["reason"]
        assert body.get("code") == (None if mean else code)
    async with zoom.browser.post(url, data={"grant_type": "client_credentials"}) as answer:
        assert (await answer.json())["error"] == "invalid_client"


def basic_header(client: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()}


@pytest.mark.parametrize(
    ("app", "form", "code"),
    [
        ("B", {"grant_type": "client_credentials"}, 4705),
        ("A", {"grant_type": "account_credentials", "account_id": ACCOUNT}, 4705),
        ("S", {"grant_type": "account_credentials", "account_id": "ACCT-OTHER"}, 4700),
        ("S", {"grant_type": "authorization_code", "code": "x"}, 4705),
        ("A", {}, 4705),
    ],
)
async def test_an_app_gets_only_its_own_kinds_of_token(zoom: Office, app: str, form: dict[str, str], code: int) -> None:
    assert (await zoom.oauth(app, **form)).code == (400, code)


async def test_the_bots_token_is_for_the_bot_alone(zoom: Office) -> None:
    given = (await zoom.oauth("A", grant_type="client_credentials")).body
    assert given["scope"] == "imchat:bot" and "refresh_token" not in given
    assert (await zoom.call(given["access_token"], "GET", "/users")).code == (400, 4700)


async def test_only_an_administrator_installs_app_a(zoom: Office) -> None:
    refused = await zoom.decides("Ann Lee", app="A")
    assert refused.status == 403 and "administrator" in refused.body
    given = await zoom.allows("Maya Ortiz", "A")
    assert (await zoom.call(given["access_token"], "GET", "/users")).status == 200
    assert (await zoom.call(given["access_token"], "GET", "/users/me")).body["role_name"] == "Admin"
    by_person = await zoom.call(given["access_token"], "POST", "/im/chat/messages", json={})
    assert by_person.code == (401, 7010), "cards need the app's own token, not an administrator's"


async def test_an_access_token_lives_an_hour_and_is_renewed(zoom: Office) -> None:
    first = await zoom.allows("Ann Lee")
    zoom.later(3_601)
    assert (await zoom.call(first["access_token"], "GET", "/users/me")).code == (401, 124)
    code, refresh = await renewed(zoom, first["refresh_token"])
    assert code == 0 and refresh != first["refresh_token"]


@pytest.mark.parametrize("mean", [False, True])
async def test_a_refresh_token_works_once(zoom: Office, mean: bool) -> None:
    """Two renewals at once: the second is refused; whether it ends the first's tokens is open."""
    zoom.switch(mean=mean)
    given = await zoom.allows("Ann Lee")
    renewal = await zoom.oauth("B", grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert not await works(zoom, given["access_token"]), "the earlier pair is superseded"
    again = await zoom.oauth("B", grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert again.status == 400 and again.body.get("code", 0) == (0 if mean else 4741)
    assert await works(zoom, renewal.body["access_token"]) is not mean


@pytest.mark.parametrize(("mean", "days"), [(False, 90), (True, 30)])
async def test_a_refresh_token_does_not_live_for_ever(zoom: Office, mean: bool, days: int) -> None:
    zoom.switch(mean=mean)
    given = await zoom.allows("Ann Lee")
    zoom.later((days - 1) * 86_400)
    _, refresh = await renewed(zoom, given["refresh_token"])
    assert refresh
    zoom.later(days * 86_400)
    assert (await zoom.oauth("B", grant_type="refresh_token", refresh_token=refresh)).status == 400


async def test_a_new_authorisation_ends_the_earlier_one(zoom: Office) -> None:
    first, second = await zoom.allows("Ann Lee"), await zoom.allows("Ann Lee")
    assert not await works(zoom, first["access_token"]) and await works(zoom, second["access_token"])
    assert (await renewed(zoom, first["refresh_token"]))[0] == 4741


@pytest.mark.parametrize("mean", [False, True])
async def test_revoking(zoom: Office, mean: bool) -> None:
    zoom.switch(mean=mean)
    given = await zoom.allows("Ann Lee")
    assert (await zoom.oauth("B", "revoke", token=given["access_token"])).body == {"status": "success"}
    assert not await works(zoom, given["access_token"])
    assert (await zoom.oauth("B", grant_type="refresh_token", refresh_token=given["refresh_token"])).status == 400
    again = await zoom.oauth("B", "revoke", token=given["access_token"])
    assert again.status == (400 if mean else 200)


async def test_another_apps_token_is_not_revoked(zoom: Office) -> None:
    given = await zoom.allows("Ann Lee")
    await zoom.oauth("A", "revoke", token=given["access_token"])
    assert await works(zoom, given["access_token"])


async def test_a_closed_account_cannot_be_renewed(zoom: Office) -> None:
    zoom.person("Ann Lee")
    refresh = str(zoom.fake.tokens.of_user[zoom.id("Ann Lee")].refresh)
    zoom.running.core.world.change(zoom.running.core.world.accounts["zoom"][zoom.id("Ann Lee")], active=False)
    assert (await renewed(zoom, refresh))[0] == 4735


async def test_an_edited_app_asks_people_again(zoom: Office) -> None:
    given = await zoom.allows("Ann Lee")
    zoom.fake.tokens.scopes["B"] = "user:read:user team_chat:read:user_message"
    assert (await renewed(zoom, given["refresh_token"]))[0] == 4711
    assert (await zoom.allows("Ann Lee"))["scope"] == "user:read:user team_chat:read:user_message"


async def test_scopes_that_were_left_out_are_missing(zoom: Office) -> None:
    asked = {"client_id": "zoom-app-b", "redirect_uri": BACK, "response_type": "code"}
    form = {"user": zoom.id("Ann Lee"), "decision": "allow", "without": "team_chat:write:user_message"}
    url = f"{zoom.running.url}/zoom/oauth/authorize"
    async with zoom.browser.post(url, params=asked, data=form, allow_redirects=False) as answer:
        code = answer.headers["Location"].split("code=")[1].split("&")[0]
    given = await zoom.oauth("B", grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert "team_chat:write:user_message" not in given.body["scope"].split()
    sent = await zoom.sends("Ann Lee", "Bob Kim", "hi")
    assert sent.code == (400, 4700) and "team_chat:write:user_message" in sent.body["message"]
    zoom.switch(mean=True)
    assert (await zoom.sends("Ann Lee", "Bob Kim", "hi")).code == (401, 4700)


@pytest.mark.parametrize("mean", [False, True])
async def test_an_administrator_takes_the_approval_back(zoom: Office, mean: bool) -> None:
    zoom.switch(mean=mean)
    given = await zoom.allows("Ann Lee")
    zoom.fake.approve("B", False)
    assert await works(zoom, given["access_token"]) is not mean
    page = await zoom.decides("Bob Kim")
    assert page.status == 403 and "approval" in page.body
    refused = await zoom.oauth("B", grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert refused.status == 400 and refused.body.get("code", 4738) == 4738
    zoom.fake.approve("B", True)
    assert (await zoom.oauth("B", grant_type="refresh_token", refresh_token=given["refresh_token"])).status == 200


async def test_a_disabled_app(zoom: Office) -> None:
    given = await zoom.allows("Ann Lee")
    zoom.fake.tokens.disabled.add("B")
    assert (await zoom.oauth("B", grant_type="refresh_token", refresh_token=given["refresh_token"])).code == (400, 4717)
    assert not await works(zoom, given["access_token"])
    assert (await zoom.decides("Bob Kim")).status == 400


async def test_people_of_other_accounts_cannot_authorise(zoom: Office) -> None:
    await zoom.fake.outsider("Olga Outside", "olga@elsewhere.example")
    assert (await zoom.decides("Olga Outside")).status == 403
