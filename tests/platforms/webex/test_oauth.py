"""Webex's consent: the address, code to grant, renewal, and what is taken down before a token goes."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from vendor_server import NOON, Answers, Asked, refusal
from webex_people import ADMIN, ANN, MAYA, ORG, PARTNER, UUIDS, native, record

from bot.events import Secret, Tokens
from bot.links import LinkReason
from bot.platform import NotAuthorised, Refused, TryLater
from bot.ready import GrantKind
from platforms.webex.oauth import DIRECTORY_SCOPES, PERSON_SCOPES
from platforms.webex.send import Webex

TOKEN, ME, HOOKS, REVOKE = "POST /access_token", "GET /people/me", "GET /webhooks", "POST /revoke"
PERSON, DIRECTORY = GrantKind.PERSON, GrantKind.DIRECTORY
OLD = Tokens(Secret("a0"), Secret("r0"), NOON - timedelta(days=1), PERSON_SCOPES, {"user": UUIDS["ann"]})


def given(scopes: tuple[str, ...] = PERSON_SCOPES, **more: Any) -> dict[str, Any]:
    tokens = {"access_token": "a1", "expires_in": 1_209_600, "refresh_token": "r1", "token_type": "Bearer"}
    return {**tokens, "refresh_token_expires_in": 7_776_000, "scope": " ".join(scopes), **more}


def test_the_consent_address(webex: Webex) -> None:
    page = urlsplit(webex.consent_url(PERSON, "st", "ch", ANN))
    assert page.path == "/v1/authorize" and "+" not in page.query, "blanks as %20"
    query = {k: v[0] for k, v in parse_qs(page.query).items()}
    assert query == {
        "response_type": "code",
        "client_id": "C0client",
        "redirect_uri": "https://bot.example/oauth/webex/callback",
        "scope": " ".join(PERSON_SCOPES),
        "state": "st",
        "code_challenge": "ch",
        "code_challenge_method": "S256",
    }
    admin = parse_qs(urlsplit(webex.consent_url(DIRECTORY, "st", "ch", None)).query)
    assert admin["scope"] == [" ".join(DIRECTORY_SCOPES)]
    assert "spark:all" not in (*PERSON_SCOPES, *DIRECTORY_SCOPES)


async def test_a_code_becomes_a_grant(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers |= {TOKEN: [given()], ME: [record("ann")]}
    signed = await webex.redeem(PERSON, "c0", "ver")
    assert signed.account is not None and signed.account.id == ANN
    assert (signed.tokens.access, signed.tokens.refresh) == ("a1", "r1")
    assert signed.tokens.expires == NOON + timedelta(days=14)
    form = asked[0][1]
    assert (form["code"], form["code_verifier"], form["client_secret"]) == ("c0", "ver", "hush")
    assert form["redirect_uri"] == "https://bot.example/oauth/webex/callback"
    assert form["type"] == "application/x-www-form-urlencoded"
    assert asked[1][1]["key"] == "Bearer a1"


async def test_the_key_scope_may_be_granted_without_being_named(webex: Webex, answers: Answers) -> None:
    answers |= {TOKEN: [given(tuple(s for s in PERSON_SCOPES if s != "spark:kms"))], ME: [record("ann")]}
    assert (await webex.redeem(PERSON, "c0", "ver")).tokens.scopes


async def test_an_administrator_is_known_by_their_own_roles(
    webex: Webex, answers: Answers, kept: dict[str, str]
) -> None:
    del kept["org"]
    answers |= {TOKEN: [given(DIRECTORY_SCOPES)], ME: [record("maya", roles=[ADMIN])]}
    signed = await webex.redeem(DIRECTORY, "c0", "ver")
    assert signed.account is not None and (signed.account.id, signed.account.admin) == (MAYA, True)
    assert kept["org"] == ORG


REFUSED: list[tuple[dict[str, list[Any]], str]] = [
    ({TOKEN: [refusal(400, error="invalid_grant")]}, "invalid_grant"),
    ({TOKEN: [refusal(401, message="No.", errors=[])]}, "401"),
    ({TOKEN: [{"token_type": "Bearer"}]}, "no token"),
    ({TOKEN: [given(PERSON_SCOPES[1:])], ME: [record("ann")]}, "spark:messages_read"),
    ({TOKEN: [given()], ME: [{"displayName": "?"}]}, "no person"),
    ({TOKEN: [given()], ME: [record("pat", orgId=PARTNER)]}, "another Webex organisation"),
]


@pytest.mark.parametrize(("said", "words"), REFUSED, ids=[words for _, words in REFUSED])
async def test_what_is_no_consent(webex: Webex, answers: Answers, said: dict[str, list[Any]], words: str) -> None:
    answers |= said
    with pytest.raises(Refused, match=words):
        await webex.redeem(PERSON, "c0", "ver")


async def test_a_token_nobody_will_use_is_not_left_alive(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers |= {TOKEN: [given()], ME: [record("pat", orgId=PARTNER)], REVOKE: [{}]}
    with pytest.raises(Refused):
        await webex.redeem(PERSON, "c0", "ver")
    assert asked[-1][0] == REVOKE and asked[-1][1]["token"] == "a1"


async def test_a_used_code_is_not_tried_again(webex: Webex, answers: Answers) -> None:
    answers |= {TOKEN: [given()], ME: [refusal(503)]}
    with pytest.raises(TryLater) as later:
        await webex.redeem(PERSON, "c0", "ver")
    assert not later.value.certain


# -- renewal -------------------------------------------------------------------------------------


async def test_a_renewal_without_a_refresh_token_means_the_old_one(
    webex: Webex, answers: Answers, asked: Asked
) -> None:
    body = given(access_token="a2")
    del body["refresh_token"], body["scope"]
    answers[TOKEN] = [body]
    new = await webex.renew(PERSON, OLD, ANN)
    assert (new.access, new.refresh, new.scopes, new.extra) == ("a2", "r0", PERSON_SCOPES, {"user": UUIDS["ann"]})
    assert (asked[0][1]["grant_type"], asked[0][1]["refresh_token"]) == ("refresh_token", "r0")


async def test_a_short_life_is_believed(webex: Webex, answers: Answers) -> None:
    answers[TOKEN] = [given(expires_in=43_200)]
    assert (await webex.renew(PERSON, OLD, ANN)).expires == NOON + timedelta(hours=12)


@pytest.mark.parametrize("answer", [refusal(400, error="invalid_grant"), refusal(401, message="Not authorised.")])
async def test_a_renewal_refused_twice_is_the_end_of_the_consent(webex: Webex, answers: Answers, answer: Any) -> None:
    answers[TOKEN] = [answer]
    with pytest.raises(TryLater):
        await webex.renew(PERSON, OLD, ANN)
    with pytest.raises(NotAuthorised) as lost:
        await webex.renew(PERSON, OLD, ANN)
    assert (lost.value.account, lost.value.reason) == (ANN, LinkReason.EXPIRED)


async def test_wrong_credentials_of_ours_say_nothing_about_anns_consent(webex: Webex, answers: Answers) -> None:
    answers[TOKEN] = [refusal(401, error="invalid_client")]
    for _ in range(3):
        with pytest.raises(TryLater):
            await webex.renew(PERSON, OLD, ANN)


async def test_too_many_renewals(webex: Webex, answers: Answers) -> None:
    answers[TOKEN] = [(429, {"Retry-After": "9"}, "")]
    with pytest.raises(TryLater) as later:
        await webex.renew(PERSON, OLD, ANN)
    assert later.value.after == timedelta(seconds=9)


# -- the end -------------------------------------------------------------------------------------

LIVE = Tokens(Secret("a1"), Secret("r1"), NOON + timedelta(days=1), PERSON_SCOPES, {"user": UUIDS["ann"]})


def hook(webex: Webex, number: str, **more: Any) -> dict[str, Any]:
    return {
        "id": native("WEBHOOK", number),
        "name": webex.hooks.name,
        "targetUrl": "https://bot.example/webex/user",
        **more,
    }


async def test_our_webhooks_go_before_the_token_and_others_stay(
    webex: Webex, answers: Answers, asked: Asked, kept: dict[str, str]
) -> None:
    kept[f"heard:{UUIDS['ann']}"] = NOON.isoformat()
    held = [
        hook(webex, "w1"),
        hook(webex, "w2", name="Other app"),
        hook(webex, "w3", targetUrl="https://old.example/x"),
    ]
    answers |= {
        HOOKS: [{"items": held}],
        f"DELETE /webhooks/{native('WEBHOOK', 'w1')}": [(204, {}, "")],
        f"DELETE /webhooks/{native('WEBHOOK', 'w3')}": [refusal(404)],
        REVOKE: [{}],
    }
    assert await webex.revoke(PERSON, LIVE)
    assert [name.split("/")[-1] for name, _ in asked] == [
        "webhooks",
        native("WEBHOOK", "w1"),
        native("WEBHOOK", "w3"),
        "revoke",
    ]
    assert asked[0][1]["key"] == "Bearer a1" and asked[-1][1]["key"].startswith("Basic ")
    assert asked[-1][1]["token_type_hint"] == "access_token"
    assert kept[f"heard:{UUIDS['ann']}"] == "", "what is written from now on is not read back later"


async def test_an_old_token_is_renewed_to_take_the_webhooks_down(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers |= {TOKEN: [given(access_token="a9")], REVOKE: [refusal(401)]}
    assert not await webex.revoke(PERSON, OLD), "the broker does not serve us"
    assert [args["key"] for name, args in asked if name == HOOKS] == ["Bearer a9"]


async def test_a_token_that_is_dead_already_is_revoked_all_the_same(webex: Webex, answers: Answers) -> None:
    answers |= {HOOKS: [refusal(401)], REVOKE: [{}]}
    assert await webex.revoke(PERSON, LIVE)


async def test_the_directorys_grant_has_no_webhooks(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[REVOKE] = [{}]
    assert await webex.revoke(DIRECTORY, LIVE)
    assert [name for name, _ in asked] == [REVOKE]
