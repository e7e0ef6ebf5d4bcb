"""Consent, install, rotation, revocation – through the browser's page and the vendor's own SDK."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_workspace import USER_SCOPES, Workspace

# The SDK's own way to send the credentials; aiohttp has begun to warn about it.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

APP = {"client_id": "111.222", "client_secret": "slack-client-secret"}
BACK = "http://bot.example/back"


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as fault:
        await call
    return str(fault.value.response["error"])


async def consented(slack: Workspace, name: str, scopes: str = USER_SCOPES) -> dict[str, Any]:
    back = await slack.allow(slack.id(name), scope="", user_scope=scopes)
    answer = await slack.client("").oauth_v2_access(**APP, code=back["code"], redirect_uri=BACK)
    assert "access_token" not in answer.data
    found: dict[str, Any] = answer["authed_user"]
    return found


async def test_ann_allows_and_the_app_may_act_for_her(slack: Workspace) -> None:
    given = await consented(slack, "Ann Lee")
    assert given["id"] == slack.id("Ann Lee")
    assert given["access_token"].startswith("xoxe.xoxp-") and given["refresh_token"].startswith("xoxe-")
    assert (given["expires_in"], given["token_type"], given["scope"]) == (43_200, "user", USER_SCOPES)
    who = await slack.client(given["access_token"]).auth_test()
    assert (who["user_id"], who["team_id"]) == (slack.id("Ann Lee"), "T0ACME")
    assert who.headers["x-oauth-scopes"] == USER_SCOPES


async def test_the_page_shows_scopes_and_accounts_and_preselects(slack: Workspace) -> None:
    query = {
        "client_id": "111.222",
        "redirect_uri": BACK,
        "user_scope": "chat:write,im:read",
        "as": slack.id("Bob Kim"),
    }
    async with slack.browser.get(f"{slack.running.url}/slack/oauth/v2/authorize", params=query) as page:
        html = await page.text()
    assert "<li>chat:write</li>" in html and "Otto Gone" not in html and "Build Robot" not in html
    assert html.index("Bob Kim") < html.index("Ann Lee")


@pytest.mark.parametrize(
    "change",
    [{"client_id": "9"}, {"user_scope": ""}, {"user_scope": "chat:shout"}, {"redirect_uri": BACK + "#here"}],
)
async def test_a_wrong_address_ends_on_slacks_own_page(slack: Workspace, change: dict[str, str]) -> None:
    query = {"client_id": "111.222", "redirect_uri": BACK, "user_scope": "chat:write", **change}
    address = f"{slack.running.url}/slack/oauth/v2/authorize"
    async with slack.browser.get(address, params=query) as page:
        assert page.status == 400
    form = {"user": slack.id("Ann Lee"), "decision": "allow"}
    async with slack.browser.post(address, params=query, data=form, allow_redirects=False) as page:
        assert page.status == 400


async def test_cancel_brings_the_browser_back_without_a_code(slack: Workspace) -> None:
    back = await slack.allow(slack.id("Ann Lee"), "cancel", user_scope="chat:write")
    assert back == {"error": "access_denied", "state": "s1"}


async def test_a_code_works_once(slack: Workspace) -> None:
    back = await slack.allow(slack.id("Ann Lee"), user_scope="chat:write")
    client, code = slack.client(""), back["code"]
    await client.oauth_v2_access(**APP, code=code, redirect_uri=BACK)
    assert await refused(client.oauth_v2_access(**APP, code=code, redirect_uri=BACK)) == "invalid_code"
    slack.switch(mean=True)
    assert await refused(client.oauth_v2_access(**APP, code=code, redirect_uri=BACK)) == "code_already_used"


async def test_a_code_works_for_ten_minutes(slack: Workspace) -> None:
    back = await slack.allow(slack.id("Ann Lee"), user_scope="chat:write")
    slack.running.core.clock.advance(601)
    assert (
        await refused(slack.client("").oauth_v2_access(**APP, code=back["code"], redirect_uri=BACK)) == "invalid_code"
    )


async def test_the_exchange_checks_address_and_credentials(slack: Workspace) -> None:
    client = slack.client("")
    wrong = {**APP, "client_secret": "guess"}
    assert await refused(client.oauth_v2_access(**wrong, code="x")) == "bad_client_secret"
    assert await refused(client.oauth_v2_access(client_id="9", client_secret="x", code="x")) == "invalid_client_id"
    code = (await slack.allow(slack.id("Ann Lee"), user_scope="chat:write"))["code"]
    elsewhere = client.oauth_v2_access(**APP, code=code, redirect_uri="http://bot.example/other")
    assert await refused(elsewhere) == "bad_redirect_uri"


async def test_an_install_gives_a_token_of_the_bot_whoever_clicked(slack: Workspace) -> None:
    back = await slack.allow(slack.id("Maya Ortiz"), scope="chat:write,im:write,users:read")
    found = await slack.client("").oauth_v2_access(**APP, code=back["code"], redirect_uri=BACK)
    assert found["access_token"].startswith("xoxe.xoxb-") and found["token_type"] == "bot"
    assert (found["bot_user_id"], found["authed_user"]) == ("U0MIOBOT", {"id": slack.id("Maya Ortiz")})
    who = await slack.client(found["access_token"]).auth_test()
    assert (who["user_id"], who["bot_id"]) == ("U0MIOBOT", "B0MIO")


async def test_one_address_may_ask_for_both(slack: Workspace) -> None:
    back = await slack.allow(slack.id("Maya Ortiz"), scope="chat:write", user_scope="im:history")
    found = await slack.client("").oauth_v2_access(**APP, code=back["code"], redirect_uri=BACK)
    assert (found["scope"], found["authed_user"]["scope"]) == ("chat:write", "im:history")


async def renewed(slack: Workspace, refresh: str) -> dict[str, Any]:
    answer = await slack.client("").oauth_v2_access(**APP, grant_type="refresh_token", refresh_token=refresh)
    assert isinstance(answer.data, dict)
    return answer.data


async def test_an_access_token_lives_twelve_hours_and_is_renewed(slack: Workspace) -> None:
    first = await consented(slack, "Ann Lee")
    slack.running.core.clock.advance(43_201)
    assert await refused(slack.client(first["access_token"]).auth_test()) == "token_expired"
    second = await renewed(slack, first["refresh_token"])
    assert (second["user_id"], second["token_type"]) == (slack.id("Ann Lee"), "user")
    assert (await slack.client(second["access_token"]).auth_test())["ok"]


async def test_a_refresh_token_works_once_and_two_access_tokens_live(slack: Workspace) -> None:
    first = await consented(slack, "Ann Lee")
    second = await renewed(slack, first["refresh_token"])
    again = slack.client("").oauth_v2_access(**APP, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert await refused(again) == "invalid_refresh_token"
    assert (await slack.client(first["access_token"]).auth_test())["ok"], "the older one lives on beside it"
    third = await renewed(slack, second["refresh_token"])
    assert await refused(slack.client(first["access_token"]).auth_test()) == "token_revoked"
    for value in (second["access_token"], third["access_token"]):
        assert (await slack.client(value).auth_test())["ok"]


async def test_a_dry_run_revokes_nothing_and_a_real_one_ends_the_token(slack: Workspace) -> None:
    given = await consented(slack, "Ann Lee")
    client = slack.client(given["access_token"])
    await client.auth_revoke(test=True)
    assert (await client.auth_test())["ok"]
    assert (await client.auth_revoke())["revoked"]
    assert await refused(client.auth_test()) == "token_revoked"


@pytest.mark.parametrize("mean", [False, True])
async def test_whether_events_end_with_the_last_token_is_open(slack: Workspace, mean: bool) -> None:
    slack.switch(mean=mean)
    client = slack.person("Ann Lee")
    await client.auth_revoke()
    assert slack.fake.tokens.may_see(slack.id("Ann Lee")) is mean


async def test_scopes_add_up(slack: Workspace) -> None:
    await consented(slack, "Ann Lee", "chat:write")
    assert (await consented(slack, "Ann Lee", "im:history,chat:write"))["scope"] == "chat:write,im:history"


async def test_dead_and_unknown_tokens_are_told_apart(slack: Workspace) -> None:
    assert await refused(slack.client("xoxp-made-up").auth_test()) == "invalid_auth"
    async with slack.browser.post(f"{slack.running.url}/slack/api/auth.test") as answer:
        assert (await answer.json())["error"] == "not_authed"
    ann = slack.person("Ann Lee")
    await slack.fake.revoke(slack.id("Ann Lee"))
    assert await refused(ann.auth_test()) == "token_revoked"
    bob = slack.person("Bob Kim")
    await slack.fake.deactivate(slack.id("Bob Kim"))
    assert await refused(bob.auth_test()) == "account_inactive"
