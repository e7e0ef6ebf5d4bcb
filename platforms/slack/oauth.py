"""Slack's consent: the address, code to grant, renewal with token rotation, revocation.

PKCE stays off: it would make the app a public client for good and let refresh tokens die after 30 days.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from bot.events import Secret, Tokens
from bot.ids import AccountId
from bot.links import LinkReason
from bot.people import Account
from bot.platform import Gone, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, Signed
from platforms.slack.api import Api
from platforms.slack.members import BOT_SCOPES, USER_SCOPES, account_of

OUR_FAULT = {"bad_client_secret", "invalid_client_id", "invalid_arguments", "invalid_grant_type"}
"""Refusals of a renewal that say nothing about the person's consent: an administrator mends the settings."""
LATER = timedelta(minutes=1)
CALLBACK = "/oauth/slack/callback"


def redirect_uri(api: Api) -> str:
    return api.lent.public_url + CALLBACK


def consent_url(api: Api, kind: GrantKind, state: str, team: str | None) -> str:
    """Slack's page. ``team`` pins the workspace for a browser that is signed in to several."""
    scope = {"scope": ",".join(BOT_SCOPES)} if kind is GrantKind.BOT else {"user_scope": ",".join(USER_SCOPES)}
    query = {
        "client_id": api.lent.settings["MIO_SLACK_CLIENT_ID"],
        **scope,
        "redirect_uri": redirect_uri(api),
        "state": state,
        **({"team": team} if team else {}),
    }
    return f"{api.lent.settings['MIO_SLACK_AUTHORIZE_URL']}?{urlencode(query)}"


async def redeem(api: Api, kind: GrantKind, code: str) -> Signed:
    """Exchange a code and find out who signed in."""
    found = await api.app("oauth.v2.access", code=code, redirect_uri=redirect_uri(api))
    team = str((found.get("team") or {}).get("id", ""))
    signed = found.get("authed_user") or {}
    user = str(signed.get("id", ""))
    if not team or not user:
        raise Refused("the answer names no user")
    tokens = _tokens(api, found if kind is GrantKind.BOT else signed)
    try:
        account = await _signed_in(api, kind, tokens, team, user)
    except TryLater as later:
        # The code is used up: asking again with it would only hide what went wrong.
        raise TryLater(str(later), certain=False) from None
    except (Refused, NotAuthorised, Gone):
        if kind is GrantKind.PERSON:
            await _drop(api, tokens)
        raise
    if kind is GrantKind.BOT:
        api.forget_identity()
    return Signed(account, tokens)


async def _signed_in(api: Api, kind: GrantKind, tokens: Tokens, team: str, user: str) -> Account:
    missing = set(USER_SCOPES if kind is GrantKind.PERSON else BOT_SCOPES) - set(tokens.scopes)
    if missing:
        raise Refused(f"missing_scope: {', '.join(sorted(missing))}")
    info = await api.token_call("users.info", tokens.access, user=user)
    account = account_of(info.get("user") or {}, team)
    if account is None:
        raise Refused("the signed-in user is no member")
    return account


async def _drop(api: Api, tokens: Tokens) -> None:
    """A token that nobody will use is not left alive, if Slack listens at the moment."""
    try:
        await revoke(api, tokens)
    except (TryLater, NotAuthorised, Refused, Gone):
        return


async def renew(api: Api, tokens: Tokens, account: AccountId | None) -> Tokens:
    """A new pair for the refresh token, which works once."""
    if tokens.refresh is None:
        raise NotAuthorised("no refresh token", account, LinkReason.EXPIRED)
    try:
        found = await api.app("oauth.v2.access", grant_type="refresh_token", refresh_token=tokens.refresh)
    except NotAuthorised as lost:
        raise NotAuthorised(str(lost), account, lost.reason) from None
    except Refused as refused:
        if str(refused) in OUR_FAULT:
            raise TryLater(f"renewal: {refused}", LATER) from None
        raise NotAuthorised(str(refused), account, LinkReason.EXPIRED) from None
    holder = found.get("authed_user") if not found.get("access_token") else found
    return _tokens(api, holder or {})


async def revoke(api: Api, tokens: Tokens) -> bool:
    """With rotation this ends the token, not the authorisation: events may still come and find no grant."""
    if tokens.refresh is not None and tokens.expires is not None and tokens.expires <= api.lent.clock.now():
        tokens = await renew(api, tokens, None)
    try:
        found = await api.token_call("auth.revoke", tokens.access)
    except NotAuthorised as over:
        return over.reason is LinkReason.REVOKED
    return bool(found.get("revoked"))


def _tokens(api: Api, holder: dict[str, Any]) -> Tokens:
    access = holder.get("access_token")
    if not isinstance(access, str) or not access:
        raise Refused("the answer holds no token")
    lives = holder.get("expires_in")
    expires = api.lent.clock.now() + timedelta(seconds=int(lives)) if lives else None
    refresh = holder.get("refresh_token")
    return Tokens(
        access=Secret(access),
        refresh=Secret(str(refresh)) if refresh else None,
        expires=expires,
        scopes=tuple(s for s in str(holder.get("scope", "")).split(",") if s),
    )
