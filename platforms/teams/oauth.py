"""Consent at Microsoft: people's code flow with PKCE, and an administrator's for the whole tenant.

People's access tokens are opaque and stay so; of the app's own only the roles are read, to say which are missing.
Source: learn.microsoft.com/entra/identity-platform (v2-oauth2-auth-code-flow, v2-admin-consent, reference-error-codes).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from bot.events import Secret, Tokens
from bot.ids import AccountId
from bot.links import LinkReason
from bot.people import Account
from bot.platform import NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, Signed
from platforms.teams import aadsts
from platforms.teams.aadsts import LATER
from platforms.teams.api import GRAPH_SCOPE, Api
from platforms.teams.graph import READ, Graph
from platforms.teams.keys import Forged, Keys
from platforms.teams.members import SELECT, account_of

OFFLINE = "offline_access"
SIGN_IN = ("openid", "profile", "email", OFFLINE)
PERSON_SCOPES = (*SIGN_IN, "User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Files.ReadWrite")
ROLES = (
    "User.Read.All",
    "GroupMember.Read.All",
    "Team.ReadBasic.All",
    "TeamMember.Read.All",
    "RoleManagement.Read.Directory",
    "TeamsAppInstallation.ReadWriteSelfForUser.All",
    "AppCatalog.Read.All",
)
"""What the app itself needs: application permissions, which only an administrator can give."""
PROOF = Tokens(Secret("tenant-wide consent"))
"""Kept as the tenant's grant. It opens nothing: the app's own tokens come from its secret."""
SPREADING, LOOK_AGAIN, ABANDONED = timedelta(minutes=5), timedelta(seconds=15), timedelta(minutes=2)
"""Consent takes minutes to reach the token service. Looks further apart than the last do not belong together."""


class Consent:
    proof = PROOF

    def __init__(self, api: Api, graph: Graph, keys: Keys) -> None:
        self.api = api
        self.graph = graph
        self.keys = keys
        self._spreading: tuple[datetime, datetime] | None = None
        """First and last look for roles that an administrator has just given."""

    # -- the vendor's pages ----------------------------------------------------------------------

    @property
    def redirect_uri(self) -> str:
        return f"{self.api.lent.public_url}/oauth/teams/callback"

    def consent_url(self, kind: GrantKind, state: str, challenge: str) -> str:
        """Always of this tenant: with ``common`` a guest would sign in at home."""
        if kind is not GrantKind.PERSON:
            asked = {
                "client_id": self.api.app,
                "scope": GRAPH_SCOPE,
                "redirect_uri": f"{self.api.lent.public_url}/oauth/teams/adminconsent",
                "state": state,
            }
            return self._address("v2.0/adminconsent", asked)
        query = {
            "client_id": self.api.app,
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(PERSON_SCOPES),
            "state": state,
            # Made from the verifier, so that whoever redeems the code can make it again.
            "nonce": challenge,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            # Without it a browser signed in as somebody else would be let through as that one, again and again.
            "prompt": "select_account",
        }
        return self._address("oauth2/v2.0/authorize", query)

    def _address(self, page: str, query: Mapping[str, str]) -> str:
        return f"{self.api.login}/{self.api.tenant}/{page}?{urlencode(query, quote_via=quote)}"

    # -- a person --------------------------------------------------------------------------------

    async def redeem(self, code: str, verifier: str) -> Signed:
        """Exchange a code and find out who signed in. Microsoft cannot end a token that nobody will use."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        answer = await self.api.token(asked)
        if answer.status != 200:
            if aadsts.passing(answer):
                raise TryLater(aadsts.words(answer), LATER)
            raise Refused(aadsts.words(answer))
        tokens = self._tokens(answer.body, None)
        if tokens is None:
            raise Refused("the answer holds no token")
        lacking = _lacking(tokens)
        if lacking:
            raise Refused(f"scopes missing: {', '.join(lacking)}")
        try:
            account = await self._signed_in(answer.body, tokens, _challenge(verifier))
        except TryLater as later:
            # The code is used up: asking again with it would only hide what went wrong.
            raise TryLater(str(later), later.after, certain=False) from None
        return Signed(account, replace(tokens, extra={"user": account.user}))

    async def _signed_in(self, body: Mapping[str, Any], tokens: Tokens, nonce: str) -> Account:
        """Who, as the signed id_token says; what they are called, as the directory says."""
        user = await self._identity(body.get("id_token"), nonce)
        me = await self.graph.call(self.graph.holder(tokens.access), "GET", "/me", READ, query={"$select": SELECT})
        account = account_of(self.api, me)
        if account is None or account.user != user:
            raise Refused("the directory names somebody else than the sign-in")
        return account

    async def _identity(self, token: Any, nonce: str) -> str:
        """The object id of whoever signed in: in our tenant, to our app, because of this very attempt."""
        if not isinstance(token, str) or not token:
            raise Refused("the answer proves no person")
        try:
            claims = await self.keys.identity(token, nonce)
        except Forged as forged:
            raise Refused(f"the sign-in is not proven: {forged}") from None
        tenant, app, user = (str(claims.get(name) or "").lower() for name in ("tid", "aud", "oid"))
        if tenant != self.api.tenant:
            raise Refused("signed in to another Microsoft tenant")
        if app != self.api.app or claims.get("nonce") != nonce or not user:
            raise Refused("the sign-in was meant for something else")
        return user

    async def renew(self, tokens: Tokens, account: AccountId | None) -> Tokens:
        """New tokens; ``NotAuthorised`` only when Microsoft says that this person's consent is over."""
        if tokens.refresh is None:
            raise NotAuthorised("no refresh token", account, LinkReason.EXPIRED)
        asked = {"grant_type": "refresh_token", "refresh_token": tokens.refresh, "scope": " ".join(PERSON_SCOPES)}
        answer = await self.api.token(asked)
        if answer.status != 200:
            raise aadsts.verdict(answer, account)
        fresh = self._tokens(answer.body, tokens)
        if fresh is None:
            raise TryLater("POST /token: the answer holds no token", LATER)
        return fresh

    def _tokens(self, body: Any, old: Tokens | None) -> Tokens | None:
        found = body if isinstance(body, dict) else {}
        access, refresh, scope = (found.get(name) for name in ("access_token", "refresh_token", "scope"))
        if not isinstance(access, str) or not access:
            return None
        lives = str(found.get("expires_in"))
        seconds = int(lives) if lives.isascii() and lives.isdecimal() else 3_600
        return Tokens(
            access=Secret(access),
            refresh=Secret(refresh) if isinstance(refresh, str) and refresh else old.refresh if old else None,
            expires=self.api.lent.clock.now() + timedelta(seconds=seconds),
            scopes=tuple(scope.split()) if isinstance(scope, str) and scope else old.scopes if old else (),
            extra=old.extra if old else {},
        )

    # -- the tenant ------------------------------------------------------------------------------

    async def redeem_tenant(self) -> Signed:
        """An administrator came back. What the browser says proves nothing; the roles in the app's own token do."""
        # The first token may be older than the consent.
        lacking = await self.missing() and await self.missing()
        if not lacking:
            self._spreading = None
            return Signed(None, self.proof)
        now = self.api.lent.clock.now()
        first, last = self._spreading or (now, now)
        if now - last > ABANDONED:
            first = now
        if now - first >= SPREADING:
            self._spreading = None
            raise Refused(f"permissions missing: {', '.join(lacking)}")
        self._spreading = first, now
        raise TryLater(f"consent has not spread yet ({len(lacking)} permissions missing)", LOOK_AGAIN)

    async def proven(self) -> bool:
        """Whether the tenant has consented, whoever did it and when."""
        return not await self.missing()

    async def missing(self) -> tuple[str, ...]:
        """The roles that the app's own token lacks. Such a token is dropped, so that the next look gets a newer one."""
        token = await self.api.own(GRAPH_SCOPE)
        held = _roles(token)
        lacking = tuple(role for role in ROLES if role not in held)
        if lacking:
            self.api.forget(GRAPH_SCOPE, token)
        return lacking


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _lacking(tokens: Tokens) -> list[str]:
    """What was not granted; an administrator may allow less than was asked for. Sign-in itself shows by what came of it."""
    held = {scope.rpartition("/")[2].lower() for scope in tokens.scopes}
    lacking = [scope for scope in PERSON_SCOPES if scope not in SIGN_IN and scope.lower() not in held]
    return lacking if tokens.refresh else [*lacking, OFFLINE]


def _roles(token: str) -> frozenset[str]:
    """Of the app's own token, unchecked: good for saying what is missing, and for nothing else."""
    try:
        raw = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
        roles = claims["roles"]
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return frozenset()
    return frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset()
