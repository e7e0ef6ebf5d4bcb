"""Zoom's consent: people through app B, an administrator through app A; codes, renewal, revocation.

Every renewal replaces the refresh token, and a new authorisation by the same user ends the earlier tokens.
"""

from urllib.parse import urlencode

from bot.events import Tokens
from bot.ids import AccountId
from bot.links import LinkReason
from bot.people import Account
from bot.platform import Gone, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, Signed
from platforms.zoom.answers import LATER, Lost
from platforms.zoom.api import Api
from platforms.zoom.members import account_of

PERSON_SCOPES = (
    "user:read:user",
    "team_chat:read:user_message",
    "team_chat:read:list_user_messages",
    "team_chat:write:user_message",
)
DIRECTORY_SCOPES = ("user:read:list_users:admin", "user:read:user:admin")
BOT_SCOPES = ("imchat:bot",)
"""App A needs both, a server-to-server app the directory's. ``imchat:bot`` is held by the app's own token."""
CALLBACK = "/oauth/zoom/callback"
SCOPES = {GrantKind.PERSON: PERSON_SCOPES, GrantKind.DIRECTORY: DIRECTORY_SCOPES, GrantKind.BOT: ()}
APP = {
    GrantKind.PERSON: "MIO_ZOOM_USER_CLIENT",
    GrantKind.DIRECTORY: "MIO_ZOOM_CLIENT",
    GrantKind.BOT: "MIO_ZOOM_CLIENT",
}


def redirect_uri(api: Api) -> str:
    return api.lent.public_url + CALLBACK


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
    try:
        tokens = api.tokens(await api.token(APP[kind], asked))
        account = await _signed_in(api, kind, tokens, APP[kind])
    except TryLater as later:
        # The code may be used up: asking again with it would only hide what went wrong.
        raise TryLater(str(later), later.after, certain=False) from None
    if kind is not GrantKind.PERSON:
        await api.installed()
    return Signed(account, tokens)


async def _signed_in(api: Api, kind: GrantKind, tokens: Tokens, app: str) -> Account:
    """Who signed in, with all the scopes, in our account. A token that nobody will use is not left alive."""
    try:
        missing = set(SCOPES[kind]) - set(tokens.scopes)
        if missing:
            raise Refused(f"scopes missing: {', '.join(sorted(missing))}")
        found = await api.with_token(tokens.access, "GET", "/users/me")
        if found.get("account_id") not in (None, "", api.tenant):
            raise Refused("signed in to another Zoom account")
        account = account_of(api, found)
        if account is None:
            raise Refused("the answer names no user")
    except (Refused, NotAuthorised, Gone):
        await _drop(api, app, tokens)
        raise
    return account


async def _drop(api: Api, app: str, tokens: Tokens) -> None:
    try:
        await api.token(app, {"token": tokens.access}, "revoke")
    except (TryLater, Refused):
        return


async def renew(api: Api, kind: GrantKind, tokens: Tokens, account: AccountId | None) -> Tokens:
    """A new pair for the refresh token, which works once."""
    if tokens.refresh is None:
        raise NotAuthorised("no refresh token", account, LinkReason.EXPIRED)
    asked = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
    try:
        return api.tokens(await api.token(APP[kind], asked))
    except Lost as lost:
        raise NotAuthorised(str(lost), account, lost.reason) from None
    except Refused as refused:
        raise TryLater(f"renewal: {refused}", LATER) from None


async def revoke(api: Api, kind: GrantKind, tokens: Tokens) -> bool:
    """Zoom takes a living token only, as far as is known: an expired one is renewed to be revoked."""
    if tokens.refresh is not None and tokens.expires is not None and tokens.expires <= api.lent.clock.now():
        tokens = await renew(api, kind, tokens, None)
    try:
        found = await api.token(APP[kind], {"token": tokens.access}, "revoke")
    except Lost as lost:
        return lost.reason is LinkReason.REVOKED
    return bool(found.get("status") == "success")
