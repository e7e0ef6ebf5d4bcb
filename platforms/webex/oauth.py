"""Webex's consent: PKCE and the integration's secret; people for their messages, an administrator for the directory.

Access lasts 14 days and refresh 90, both begin anew at every renewal; a renewal may leave the refresh token out.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from bot.events import Secret, Tokens
from bot.ids import AccountId, tenant_of, user_of
from bot.links import LinkReason
from bot.people import Account
from bot.platform import Gone, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, Signed
from platforms.http import Answer
from platforms.webex.api import Api
from platforms.webex.ids import bare
from platforms.webex.members import account_of

KMS = "spark:kms"
"""Part of every consent address the vendor's portal makes; may be granted without being listed."""
PERSON_SCOPES = (
    "spark:messages_read",
    "spark:messages_write",
    "spark:rooms_read",
    "spark:memberships_read",
    "spark:people_read",
    KMS,
)
DIRECTORY_SCOPES = (
    "spark-admin:people_read",
    "spark-admin:roles_read",
    "spark-admin:organizations_read",
    "spark:people_read",
    "spark:teams_read",
    "spark:team_memberships_read",
)
OUR_FAULT = ("invalid_client", "unauthorized_client", "invalid_request")
"""Refusals that say nothing about the person's consent: an administrator mends the settings."""
LATER, ONCE_MORE = timedelta(minutes=1), timedelta(seconds=2)


class Oauth:
    def __init__(self, api: Api) -> None:
        self.api = api
        self._refused: set[int] = set()
        """Refresh tokens that Webex refused once: the second refusal counts."""

    @property
    def redirect_uri(self) -> str:
        return f"{self.api.lent.public_url}/oauth/webex/callback"

    def consent_url(self, kind: GrantKind, state: str, challenge: str) -> str:
        query = {
            "response_type": "code",
            "client_id": self.api.lent.settings["MIO_WEBEX_CLIENT_ID"],
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(_scopes(kind)),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.api.base}/authorize?{urlencode(query, quote_via=quote)}"

    async def redeem(self, kind: GrantKind, code: str, verifier: str) -> Signed:
        """Exchange a code and find out who signed in."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        answer = await self.api.token(asked)
        if answer.status != 200:
            raise Refused(_words(answer))
        tokens = self._tokens(answer.body, None)
        try:
            account = await self._signed_in(kind, tokens)
        except TryLater as later:
            # The code is used up: asking again with it would only hide what went wrong.
            raise TryLater(str(later), certain=False) from None
        except (Refused, NotAuthorised, Gone):
            await self._drop(tokens)
            raise
        if kind is GrantKind.DIRECTORY:
            await self.api.lent.memory.put("org", tenant_of(account.id))
        # Whose webhooks end with these tokens.
        return Signed(account, replace(tokens, extra={"user": bare(user_of(account.id))}))

    async def _signed_in(self, kind: GrantKind, tokens: Tokens) -> Account:
        missing = set(_scopes(kind)) - {KMS} - set(tokens.scopes)
        if missing:
            raise Refused(f"scopes missing: {', '.join(sorted(missing))}")
        me = await self.api.call(self.api.holder(tokens.access), "GET", "/people/me")
        account = account_of(me if isinstance(me, dict) else {}, None)
        if account is None:
            raise Refused("the answer names no person")
        org = await self.api.lent.memory.get("org")
        if kind is GrantKind.PERSON and org is not None and bare(tenant_of(account.id)) != bare(org):
            raise Refused("signed in to another Webex organisation")
        return account

    async def renew(self, tokens: Tokens, account: AccountId | None) -> Tokens:
        if tokens.refresh is None:
            raise NotAuthorised("no refresh token", account, LinkReason.EXPIRED)
        answer = await self.api.token({"grant_type": "refresh_token", "refresh_token": tokens.refresh})
        mark = hash(tokens.refresh)
        if answer.status == 200:
            self._refused.discard(mark)
            return self._tokens(answer.body, tokens)
        words = _words(answer)
        if _code(answer) in OUR_FAULT:
            raise TryLater(f"renewal: {words}", LATER)
        if mark not in self._refused:
            self._refused.add(mark)
            raise TryLater(f"renewal: {words}", ONCE_MORE)
        self._refused.discard(mark)
        raise NotAuthorised(words, account, LinkReason.EXPIRED)

    async def revoke(self, tokens: Tokens) -> bool:
        """No address is documented for integrations; the vendor's own JavaScript SDK uses this one."""
        return await self.api.drop(tokens.access)

    async def live(self, tokens: Tokens) -> Tokens:
        """The same permission with an access token that works now."""
        if tokens.refresh is None or tokens.expires is None or tokens.expires > self.api.lent.clock.now():
            return tokens
        return await self.renew(tokens, None)

    async def _drop(self, tokens: Tokens) -> None:
        """A token that nobody will use is not left alive, if Webex listens at the moment."""
        try:
            await self.revoke(tokens)
        except TryLater:
            return

    def _tokens(self, body: Any, old: Tokens | None) -> Tokens:
        found = body if isinstance(body, dict) else {}
        access = found.get("access_token")
        if not isinstance(access, str) or not access:
            raise Refused("the answer holds no token")
        refresh = found.get("refresh_token")
        scope = found.get("scope")
        lives = found.get("expires_in")
        lives = int(lives) if isinstance(lives, int | float) and lives > 0 else 3_600
        return Tokens(
            access=Secret(access),
            refresh=Secret(refresh) if isinstance(refresh, str) and refresh else old.refresh if old else None,
            expires=self.api.lent.clock.now() + timedelta(seconds=lives),
            scopes=tuple(scope.split()) if isinstance(scope, str) and scope else old.scopes if old else (),
            extra=old.extra if old else {},
        )


def _scopes(kind: GrantKind) -> tuple[str, ...]:
    return PERSON_SCOPES if kind is GrantKind.PERSON else DIRECTORY_SCOPES


def _code(answer: Answer) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    return str(body.get("error") or "")[:60]


def _words(answer: Answer) -> str:
    return f"POST /access_token: {answer.status}/{_code(answer) or 'refused'}"
