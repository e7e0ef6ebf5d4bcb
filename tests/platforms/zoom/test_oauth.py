"""Consent: the address, code to grant, renewal, revocation."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from vendor_server import Answers, Asked, refusal

from bot.events import Secret, Tokens
from bot.ids import AccountId
from bot.links import LinkReason
from bot.platform import NotAuthorised, Refused, TryLater
from bot.ready import GrantKind
from platforms.zoom.oauth import DIRECTORY_SCOPES, PERSON_SCOPES
from platforms.zoom.send import Zoom

ANN = AccountId("zoom:ACCT-ACME:AnnLee01")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKEN, REVOKE, ME = "POST oauth/token", "POST oauth/revoke", "GET /users/me"
BASIC_A = "Basic " + base64.b64encode(b"app-a:hush-a").decode()
BASIC_B = "Basic " + base64.b64encode(b"app-b:hush-b").decode()
HERS = {
    "access_token": "acc-new",
    "token_type": "bearer",
    "refresh_token": "ref-new",
    "expires_in": 3_599,
    "scope": " ".join(PERSON_SCOPES),
    "api_url": "https://api-eu.zoom.us",
}
ME_ANN = {
    "id": "AnnLee01",
    "account_id": "ACCT-ACME",
    "email": "ann@acme.example",
    "role_id": "1",
    "role_name": "Admin",
}
NEW = Tokens(Secret("acc-new"), Secret("ref-new"), NOON + timedelta(seconds=3_599), PERSON_SCOPES)
OLD = Tokens(Secret("acc-old"), Secret("ref-old"), NOON + timedelta(hours=1), PERSON_SCOPES)


@pytest.fixture(autouse=True)
def usual(answers: Answers) -> None:
    answers[TOKEN] = [HERS]
    answers[ME] = [ME_ANN]
    answers[REVOKE] = [{"status": "success"}]


# -- the address ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "app"), [(GrantKind.PERSON, "app-b"), (GrantKind.DIRECTORY, "app-a"), (GrantKind.BOT, "app-a")]
)
def test_each_kind_of_consent_has_its_app(zoom: Zoom, kind: GrantKind, app: str) -> None:
    """Zoom takes the scopes from the app's own configuration, and ``plain`` where no method is named."""
    url = urlsplit(zoom.consent_url(kind, "s&t", "challenge", ANN))
    assert url.path == "/oauth/authorize"
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": [app],
        "redirect_uri": ["https://bot.example/oauth/zoom/callback"],
        "state": ["s&t"],
        "code_challenge": ["challenge"],
        "code_challenge_method": ["S256"],
    }


# -- code to grant -------------------------------------------------------------------------------


async def test_a_code_becomes_anns_grant(zoom: Zoom, asked: Asked) -> None:
    signed = await zoom.redeem(GrantKind.PERSON, "c0de", "verifier")
    assert signed.account is not None
    assert (signed.account.id, signed.account.admin, signed.tokens) == (ANN, True, NEW)
    (name, args), (who, answer) = asked
    assert (name, args.pop("key"), args.pop("type")) == (TOKEN, BASIC_B, "application/x-www-form-urlencoded")
    assert args == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": "https://bot.example/oauth/zoom/callback",
        "code_verifier": "verifier",
    }
    assert (who, answer["key"]) == (ME, "Bearer acc-new"), "the literal me, with the new token"


async def test_an_administrator_gives_the_directory_through_app_a(zoom: Zoom, answers: Answers, asked: Asked) -> None:
    answers[TOKEN] = [{**HERS, "scope": " ".join(DIRECTORY_SCOPES)}]
    signed = await zoom.redeem(GrantKind.DIRECTORY, "c0de", "verifier")
    assert signed.account is not None and signed.account.admin and signed.tokens.scopes == DIRECTORY_SCOPES
    assert asked[0][1]["key"] == BASIC_A


@pytest.mark.parametrize("kind", [GrantKind.PERSON, GrantKind.DIRECTORY])
async def test_scopes_left_out_are_refused_and_the_token_revoked(
    zoom: Zoom, answers: Answers, asked: Asked, kind: GrantKind
) -> None:
    answers[TOKEN] = [{**HERS, "scope": "team_chat:write:user_message"}]
    with pytest.raises(Refused, match="user:read:"):
        await zoom.redeem(kind, "c0de", "")
    name, args = asked[-1]
    assert (name, args["token"], args["key"]) == (REVOKE, "acc-new", BASIC_B if kind is GrantKind.PERSON else BASIC_A)


@pytest.mark.parametrize("me", [{**ME_ANN, "account_id": "ACCT-ELSE"}, {**ME_ANN, "id": ""}, refusal(401, 124)])
async def test_somebody_of_another_account_is_refused_and_the_token_revoked(
    zoom: Zoom, answers: Answers, asked: Asked, me: Any
) -> None:
    answers[ME] = [me]
    with pytest.raises(Refused):
        await zoom.redeem(GrantKind.PERSON, "c0de", "")
    assert (asked[-1][0], asked[-1][1]["token"]) == (REVOKE, "acc-new")


async def test_a_fresh_token_refused_rejects_no_stored_one(
    zoom: Zoom, answers: Answers, rejected: list[tuple[AccountId | None, GrantKind]]
) -> None:
    answers[ME] = [refusal(401, 124)]
    with pytest.raises(Refused):
        await zoom.redeem(GrantKind.PERSON, "c0de", "")
    assert rejected == []


@pytest.mark.parametrize("code", [4702, 4704, 4709, 4733, 4734])
async def test_a_code_that_gives_nothing_is_refused(zoom: Zoom, answers: Answers, code: int) -> None:
    answers[TOKEN] = [refusal(400, code, reason="No.", error="invalid_grant")]
    with pytest.raises(Refused, match=str(code)):
        await zoom.redeem(GrantKind.PERSON, "c0de", "")


@pytest.mark.parametrize(
    ("call", "answer"),
    [(ME, refusal(503)), (TOKEN, refusal(503)), (TOKEN, (200, {"Content-Type": "text/html"}, "<html>")), (TOKEN, {})],
)
async def test_a_code_that_may_be_used_up_is_not_tried_again(
    zoom: Zoom, answers: Answers, call: str, answer: Any
) -> None:
    answers[call] = [answer]
    with pytest.raises(TryLater) as later:
        await zoom.redeem(GrantKind.PERSON, "c0de", "")
    assert not later.value.certain


# -- renewal -------------------------------------------------------------------------------------


async def test_a_refresh_token_gives_a_new_pair(zoom: Zoom, asked: Asked) -> None:
    assert await zoom.renew(GrantKind.PERSON, OLD, ANN) == NEW
    [(_, args)] = asked
    assert (args["grant_type"], args["refresh_token"], args["key"]) == ("refresh_token", "ref-old", BASIC_B)


async def test_the_directorys_grant_is_app_as(zoom: Zoom, asked: Asked) -> None:
    await zoom.renew(GrantKind.DIRECTORY, OLD, None)
    assert asked[0][1]["key"] == BASIC_A


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"code": 4711}, LinkReason.REVOKED),
        ({"code": 4741}, LinkReason.REVOKED),
        ({"code": 4737}, LinkReason.EXPIRED),
        ({"code": 4740}, LinkReason.EXPIRED),
        ({"code": "4740"}, LinkReason.EXPIRED),
        ({"code": 4735}, LinkReason.ACCOUNT_GONE),
        ({"code": 4717}, LinkReason.POLICY),
        ({"code": 4738}, LinkReason.POLICY),
        ({"error": "invalid_grant", "reason": "Invalid Token!"}, LinkReason.EXPIRED),
        ({"code": 4999}, LinkReason.EXPIRED),
    ],
)
async def test_a_consent_that_is_over_says_whose_matter_it_is(
    zoom: Zoom, answers: Answers, body: dict[str, Any], reason: LinkReason
) -> None:
    answers[TOKEN] = [refusal(400, **body)]
    with pytest.raises(NotAuthorised) as lost:
        await zoom.renew(GrantKind.PERSON, OLD, ANN)
    assert (lost.value.account, lost.value.reason) == (ANN, reason)


@pytest.mark.parametrize(
    "body", [{"code": 4702}, {"code": 4704}, {"code": 4705}, {"code": 4706}, {"error": "invalid_client"}]
)
async def test_wrong_settings_cost_nobody_their_consent(zoom: Zoom, answers: Answers, body: dict[str, Any]) -> None:
    answers[TOKEN] = [refusal(400, **body)]
    with pytest.raises(TryLater):
        await zoom.renew(GrantKind.PERSON, OLD, ANN)


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"Content-Type": "text/html"}, "<html>sign in"),
        (302, {"Location": "http://elsewhere.invalid/"}, ""),
        (404, {"Content-Type": "text/plain"}, "no such page"),
        refusal(429),
        refusal(503),
        {"token_type": "bearer"},
        {**HERS, "expires_in": "soon"},
    ],
)
async def test_a_broken_line_costs_nobody_their_consent(zoom: Zoom, answers: Answers, answer: Any) -> None:
    answers[TOKEN] = [answer]
    with pytest.raises(TryLater):
        await zoom.renew(GrantKind.PERSON, OLD, ANN)


async def test_nothing_to_renew_with(zoom: Zoom, asked: Asked) -> None:
    with pytest.raises(NotAuthorised):
        await zoom.renew(GrantKind.PERSON, Tokens(Secret("acc-plain")), ANN)
    assert asked == []


# -- revocation ----------------------------------------------------------------------------------


async def test_a_token_is_revoked(zoom: Zoom, asked: Asked) -> None:
    assert await zoom.revoke(GrantKind.PERSON, OLD)
    assert [(name, args["token"], args["key"]) for name, args in asked] == [(REVOKE, "acc-old", BASIC_B)]


async def test_an_expired_token_is_renewed_to_be_revoked(zoom: Zoom, asked: Asked) -> None:
    past = Tokens(OLD.access, OLD.refresh, NOON - timedelta(seconds=1))
    assert await zoom.revoke(GrantKind.PERSON, past)
    assert [(name, args.get("token")) for name, args in asked] == [(TOKEN, None), (REVOKE, "acc-new")]


@pytest.mark.parametrize(("code", "confirmed"), [(4741, True), (4735, False), (4737, False)])
async def test_a_token_that_is_dead_already(zoom: Zoom, answers: Answers, code: int, confirmed: bool) -> None:
    answers[REVOKE] = [refusal(400, code)]
    assert await zoom.revoke(GrantKind.PERSON, OLD) is confirmed


async def test_tokens_show_in_no_words(zoom: Zoom, answers: Answers) -> None:
    answers[TOKEN] = [refusal(400, 4741, reason="Invalid Token ref-old", error="invalid_grant")]
    with pytest.raises(NotAuthorised) as lost:
        await zoom.renew(GrantKind.PERSON, OLD, ANN)
    assert "-old" not in f"{lost.value!r}{lost.value}{OLD!r}{lost.value.__cause__!r}"
