"""Consent: the address, code to grant, renewal, revocation."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.events import Secret, Tokens
from bot.ids import AccountId
from bot.links import LinkReason
from bot.platform import NotAuthorised, Refused, TryLater
from bot.ready import GrantKind
from platforms.slack.members import BOT_SCOPES, USER_SCOPES
from platforms.slack.send import Slack

ANN = AccountId("slack:T0ACME:U0ANNA")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SCOPES = ",".join(USER_SCOPES)
BASIC = "Basic " + base64.b64encode(b"11.22:hush").decode()
HERS = {
    "id": "U0ANNA",
    "scope": SCOPES,
    "access_token": "xoxe.xoxp-1-new",
    "token_type": "user",
    "expires_in": 43_200,
    "refresh_token": "xoxe-1-new",
}
EXCHANGED = {"app_id": "A0MIO", "team": {"id": "T0ACME"}, "enterprise": None, "authed_user": HERS}
NEW = Tokens(Secret("xoxe.xoxp-1-new"), Secret("xoxe-1-new"), NOON + timedelta(hours=12), USER_SCOPES)
OLD = Tokens(Secret("xoxe.xoxp-1-old"), Secret("xoxe-1-old"), NOON + timedelta(hours=1), USER_SCOPES)
Asked = list[tuple[str, dict[str, Any]]]
Answers = dict[str, list[Any]]


@pytest.fixture(autouse=True)
def usual(answers: Answers) -> None:
    answers["oauth.v2.access"] = [EXCHANGED]
    answers["users.info"] = [{"user": {"id": "U0ANNA", "team_id": "T0ACME", "real_name": "Ann Lee", "is_owner": True}}]
    answers["auth.revoke"] = [{"revoked": True}]


# -- the address ---------------------------------------------------------------------------------


def test_a_person_is_asked_for_user_scopes_in_their_own_workspace(slack: Slack) -> None:
    url = urlsplit(slack.consent_url(GrantKind.PERSON, "s&t", "challenge", ANN))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://slack.com/oauth/v2/authorize"
    assert parse_qs(url.query) == {
        "client_id": ["11.22"],
        "user_scope": [SCOPES],
        "redirect_uri": ["https://bot.example/oauth/slack/callback"],
        "state": ["s&t"],
        "team": ["T0ACME"],
    }


def test_an_administrator_is_asked_for_bot_scopes(slack: Slack) -> None:
    query = parse_qs(urlsplit(slack.consent_url(GrantKind.BOT, "s", "challenge", None)).query)
    assert query["scope"] == [",".join(BOT_SCOPES)]
    assert not {"user_scope", "team", "code_challenge"} & set(query)


# -- code to grant -------------------------------------------------------------------------------


async def test_a_code_becomes_anns_grant(slack: Slack, asked: Asked) -> None:
    signed = await slack.redeem(GrantKind.PERSON, "c0de", "verifier")
    assert signed.account is not None
    assert (signed.account.id, signed.tokens) == (ANN, NEW)
    method, args = asked[0]
    assert method == "oauth.v2.access"
    assert args["key"] == BASIC and "client_secret" not in args and "code_verifier" not in args
    assert (args["code"], args["redirect_uri"]) == ("c0de", "https://bot.example/oauth/slack/callback")
    assert asked[1][1]["key"] == "Bearer xoxe.xoxp-1-new"


async def test_an_installation_tells_who_installed_it(slack: Slack, answers: Answers, asked: Asked) -> None:
    answers["oauth.v2.access"] = [
        {
            "access_token": "xoxb-new",
            "token_type": "bot",
            "scope": ",".join(BOT_SCOPES),
            "team": {"id": "T0ACME"},
            "authed_user": {"id": "U0ANNA"},
        }
    ]
    await slack.api.identity()
    signed = await slack.redeem(GrantKind.BOT, "c0de", "")
    assert signed.account is not None and signed.account.admin
    assert signed.tokens == Tokens(Secret("xoxb-new"), None, None, BOT_SCOPES)
    await slack.api.identity()
    assert [method for method, _ in asked].count("auth.test") == 2, "a new installation may be another bot user"


async def test_a_person_who_ticked_scopes_off_is_refused_and_the_token_revoked(
    slack: Slack, answers: Answers, asked: Asked
) -> None:
    answers["oauth.v2.access"] = [{**EXCHANGED, "authed_user": {**HERS, "scope": "chat:write"}}]
    with pytest.raises(Refused, match="im:history"):
        await slack.redeem(GrantKind.PERSON, "c0de", "")
    assert (asked[-1][0], asked[-1][1]["key"]) == ("auth.revoke", "Bearer xoxe.xoxp-1-new")


@pytest.mark.parametrize(
    "answer",
    [
        {"ok": False, "error": "invalid_code"},
        {"team": {"id": "T0ACME"}, "authed_user": {}},
        {"team": None, "authed_user": HERS},
        {"team": {"id": "T0ACME"}, "authed_user": {"id": "U0ANNA"}},
    ],
)
async def test_a_code_that_gives_nothing_is_refused(slack: Slack, answers: Answers, answer: dict[str, Any]) -> None:
    answers["oauth.v2.access"] = [answer]
    with pytest.raises(Refused):
        await slack.redeem(GrantKind.PERSON, "c0de", "")


async def test_a_used_code_is_not_tried_again(slack: Slack, answers: Answers) -> None:
    answers["users.info"] = [(503, {}, "")]
    with pytest.raises(TryLater) as later:
        await slack.redeem(GrantKind.PERSON, "c0de", "")
    assert not later.value.certain


# -- renewal -------------------------------------------------------------------------------------


async def test_a_refresh_token_gives_a_new_pair(slack: Slack, answers: Answers, asked: Asked) -> None:
    answers["oauth.v2.access"] = [{**HERS, "user_id": "U0ANNA", "team": {"id": "T0ACME"}}]
    assert await slack.renew(GrantKind.PERSON, OLD, ANN) == NEW
    [(_, args)] = asked
    assert (args["grant_type"], args["refresh_token"], args["key"]) == ("refresh_token", "xoxe-1-old", BASIC)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("invalid_refresh_token", LinkReason.EXPIRED),
        ("something_new", LinkReason.EXPIRED),
        ("token_revoked", LinkReason.REVOKED),
        ("account_inactive", LinkReason.ACCOUNT_GONE),
    ],
)
async def test_a_consent_that_is_over_is_hers_to_mend(
    slack: Slack, answers: Answers, error: str, reason: LinkReason
) -> None:
    answers["oauth.v2.access"] = [{"ok": False, "error": error}]
    with pytest.raises(NotAuthorised) as lost:
        await slack.renew(GrantKind.PERSON, OLD, ANN)
    assert (lost.value.account, lost.value.reason) == (ANN, reason)


@pytest.mark.parametrize("error", ["bad_client_secret", "invalid_client_id"])
async def test_wrong_settings_cost_nobody_their_consent(slack: Slack, answers: Answers, error: str) -> None:
    answers["oauth.v2.access"] = [{"ok": False, "error": error}]
    with pytest.raises(TryLater):
        await slack.renew(GrantKind.PERSON, OLD, ANN)


async def test_nothing_to_renew_with(slack: Slack, asked: Asked) -> None:
    with pytest.raises(NotAuthorised):
        await slack.renew(GrantKind.PERSON, Tokens(Secret("xoxp-plain")), ANN)
    assert asked == []


# -- revocation ----------------------------------------------------------------------------------


async def test_a_token_is_revoked(slack: Slack, asked: Asked) -> None:
    assert await slack.revoke(GrantKind.PERSON, OLD)
    assert [(method, args["key"]) for method, args in asked] == [("auth.revoke", "Bearer xoxe.xoxp-1-old")]


async def test_an_expired_token_is_renewed_to_be_revoked(slack: Slack, answers: Answers, asked: Asked) -> None:
    answers["oauth.v2.access"] = [HERS]
    past = Tokens(OLD.access, OLD.refresh, NOON - timedelta(seconds=1))
    assert await slack.revoke(GrantKind.PERSON, past)
    assert [(method, args["key"]) for method, args in asked] == [
        ("oauth.v2.access", BASIC),
        ("auth.revoke", "Bearer xoxe.xoxp-1-new"),
    ]


@pytest.mark.parametrize(("error", "confirmed"), [("token_revoked", True), ("account_inactive", False)])
async def test_a_token_that_is_dead_already(slack: Slack, answers: Answers, error: str, confirmed: bool) -> None:
    answers["auth.revoke"] = [{"ok": False, "error": error}]
    assert await slack.revoke(GrantKind.PERSON, OLD) is confirmed


async def test_tokens_show_in_no_words(slack: Slack, answers: Answers) -> None:
    answers["oauth.v2.access"] = [{"ok": False, "error": "invalid_refresh_token"}]
    with pytest.raises(NotAuthorised) as lost:
        await slack.renew(GrantKind.PERSON, OLD, ANN)
    assert "xoxe" not in f"{lost.value!r}{lost.value}{OLD!r}{lost.value.__cause__!r}"
