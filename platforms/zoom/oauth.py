"""Zoom's consent: people through app B, an administrator through app A; codes, renewal, revocation.

Every renewal replaces the refresh token, and a new authorisation by the same user ends the earlier tokens.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from bot.events import Secret, Tokens
from bot.ids import AccountId
from bot.links import LinkReason
from bot.platform import GrantKind, NotAuthorised, Refused, Signed
from platforms.zoom.api import Api
from platforms.zoom.members import account_of

PERSON_SCOPES = (
    "user:read:user",
    "team_chat:read:user_message",
    "team_chat:read:list_user_messages",
    "team_chat:write:user_message",
)
APP = {
    GrantKind.PERSON: "MIO_ZOOM_USER_CLIENT",
    GrantKind.DIRECTORY: "MIO_ZOOM_CLIENT",
    GrantKind.BOT: "MIO_ZOOM_CLIENT",
}


def redirect_uri(api: Api) -> str:
    return f"{api.lent.public_url}/oauth/zoom/callback"


def consent_url(api: Api, kind: GrantKind, state: str, challenge: str) -> str:
    query = {
        "response_type": "code",
        "client_id": api.lent.settings[APP[kind] + "_ID"],
        "redirect_uri": redirect_uri(api),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{api.oauth}/authorize?{urlencode(query)}"


async def redeem(api: Api, kind: GrantKind, code: str, verifier: str) -> Signed:
    """Exchange a code and find out who signed in, in which account."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(api),
        "code_verifier": verifier,
    }
    tokens = _tokens(api, await api.token(APP[kind], asked))
    if kind is GrantKind.PERSON:
        missing = set(PERSON_SCOPES) - set(tokens.scopes)
        if missing:
            raise Refused(f"scopes missing: {', '.join(sorted(missing))}")
    found = await api.with_token(tokens.access, "GET", "/users/me")
    if found.get("account_id") not in (None, "", api.tenant):
        raise Refused("signed in to another Zoom account")
    account = account_of(api, found)
    if account is None:
        raise Refused("the answer names no user")
    return Signed(account, tokens)


async def renew(api: Api, kind: GrantKind, tokens: Tokens, account: AccountId | None) -> Tokens:
    asked = {"grant_type": "refresh_token", "refresh_token": tokens.refresh or ""}
    try:
        return _tokens(api, await api.token(APP[kind], asked))
    except Refused as refused:
        raise NotAuthorised(str(refused), account, LinkReason.EXPIRED) from None


async def revoke(api: Api, kind: GrantKind, tokens: Tokens) -> bool:
    found = await api.token(APP[kind], {"token": tokens.access}, "revoke")
    return bool(found.get("status") == "success")


def _tokens(api: Api, found: dict[str, Any]) -> Tokens:
    access = found.get("access_token")
    if not isinstance(access, str) or not access:
        raise Refused("the answer holds no token")
    refresh = found.get("refresh_token")
    return Tokens(
        access=Secret(access),
        refresh=Secret(str(refresh)) if refresh else None,
        expires=api.lent.clock.now() + timedelta(seconds=int(found.get("expires_in", 3_600))),
        scopes=tuple(str(found.get("scope", "")).split()),
    )
