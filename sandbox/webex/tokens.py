"""Webex's tokens: codes, grants of 90 days with access tokens of 14, the bot's permanent one. Knows no HTTP.

The clock of a grant starts again with every refresh; the end of a grant ends its access tokens, and nobody is told.
"""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.core import Core

LIVES, MEAN_LIVES, GRANT_LIVES, CODE_LIVES = 1_209_600, 43_200, 7_776_000, 300
CLIENT_ID, CLIENT_SECRET, BOT_TOKEN = "C0sandbox", "webex-client-secret", "webex-sandbox-bot"
KMS = "spark:kms"
NO_TOKEN = "The request requires a valid access token set in the Authorization request header."
BOT_SCOPES = (
    "spark:people_read spark:rooms_read spark:memberships_read spark:messages_read spark:messages_write "
    f"spark:teams_read spark:team_memberships_read {KMS}"
)


class WebexFault(Exception):
    """An answer that is none of the good ones."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class OauthFault(Exception):
    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.code = code
        self.words = words


@dataclass(slots=True)
class Grant:
    """``refresh`` names it; ``until`` moves on with every refresh."""

    refresh: str
    user: str
    scopes: str
    until: float


@dataclass(slots=True)
class Token:
    """``expires`` None: the bot's. ``grant`` is the refresh token it came with."""

    value: str
    user: str
    scopes: str
    expires: float | None = None
    grant: str = ""

    def has(self, *scopes: str) -> bool:
        """Any of them."""
        return bool(set(scopes) & set(self.scopes.split()))


@dataclass(frozen=True, slots=True)
class Code:
    user: str
    scopes: str
    redirect: str
    challenge: str
    made: float


class Tokens:
    def __init__(self, core: Core, bot_user: str) -> None:
        self.core = core
        self.by_value: dict[str, Token] = {BOT_TOKEN: Token(BOT_TOKEN, bot_user, BOT_SCOPES)}
        self.grants: dict[str, Grant] = {}
        self.codes: dict[str, Code] = {}
        for _, row in core.keep.all("webex-grant"):
            self.grants[row["refresh"]] = Grant(**row)
        for _, row in core.keep.all("webex-token"):
            self.by_value[row["value"]] = Token(**row)

    # -- use -------------------------------------------------------------------------------------

    def check(self, value: str) -> Token:
        token = self.by_value.get(value)
        account = self.core.world.accounts["webex"].get(token.user) if token else None
        over = token is not None and token.expires is not None and token.expires <= self.core.clock.seconds()
        if token is None or over or account is None or not account.active:
            raise WebexFault(401, NO_TOKEN)
        return token

    # -- OAuth -----------------------------------------------------------------------------------

    def new_code(self, user: str, scopes: str, redirect: str, challenge: str) -> str:
        code = secrets.token_urlsafe(32)
        self.codes[code] = Code(user, scopes, redirect, challenge, self.core.clock.seconds())
        return code

    def exchange(self, code: str, redirect: str, verifier: str) -> dict[str, Any]:
        """A code works once, with the same address, and with the verifier of its challenge."""
        found = self.codes.pop(code, None)
        if found is None or found.made + CODE_LIVES < self.core.clock.seconds():
            raise OauthFault(400, "invalid_grant", "Invalid authorization code")
        if found.redirect != redirect:
            raise OauthFault(400, "invalid_grant", "redirect_uri does not match")
        if found.challenge and found.challenge != challenge_of(verifier):
            raise OauthFault(400, "invalid_grant", "code_verifier does not match")
        return self.answer(self.consent(found.user, found.scopes))

    def consent(self, user: str, scopes: str) -> Token:
        """The person allowed: a grant of its own beside older ones."""
        asked = scopes.split()
        # Seen among the granted scopes without being asked for.
        kms = [] if KMS in asked or self.core.faults["webex"].mean else [KMS]
        until = self.core.clock.seconds() + GRANT_LIVES
        grant = Grant(secrets.token_hex(32), user, " ".join([*asked, *kms]), until)
        self.grants[grant.refresh] = grant
        return self._issue(grant)

    def _issue(self, grant: Grant) -> Token:
        lives = MEAN_LIVES if self.core.faults["webex"].mean else LIVES
        expires = self.core.clock.seconds() + lives
        token = Token(secrets.token_hex(32), grant.user, grant.scopes, expires, grant.refresh)
        self.by_value[token.value] = token
        self.core.keep.put("webex-token", token.value, asdict(token))
        self.core.keep.put("webex-grant", grant.refresh, asdict(grant))
        return token

    def renew(self, refresh: str) -> dict[str, Any]:
        """The same refresh token, its 90 days from now on."""
        grant, mean = self.grants.get(refresh), self.core.faults["webex"].mean
        account = self.core.world.accounts["webex"].get(grant.user) if grant else None
        if grant is None or account is None or not account.active or grant.until <= self.core.clock.seconds():
            raise OauthFault(400, "invalid_grant", "Invalid refresh token")
        if mean:
            self._end_tokens(grant)
        grant.until = self.core.clock.seconds() + GRANT_LIVES
        answer = self.answer(self._issue(grant))
        return {k: v for k, v in answer.items() if k != "refresh_token"} if mean else answer

    def answer(self, token: Token) -> dict[str, Any]:
        assert token.expires is not None, "the bot's token is never handed out"
        now, grant = self.core.clock.seconds(), self.grants[token.grant]
        return {
            "access_token": token.value,
            "expires_in": round(token.expires - now),
            "refresh_token": grant.refresh,
            "refresh_token_expires_in": round(grant.until - now),
            "token_type": "Bearer",
            "scope": token.scopes,
        }

    # -- the end ---------------------------------------------------------------------------------

    def _end_tokens(self, grant: Grant) -> None:
        for token in [t for t in self.by_value.values() if t.grant == grant.refresh]:
            del self.by_value[token.value]
            self.core.keep.put("webex-token", token.value, None)

    def _end(self, grant: Grant) -> None:
        self._end_tokens(grant)
        self.grants.pop(grant.refresh, None)
        self.core.keep.put("webex-grant", grant.refresh, None)

    def revoke(self, value: str) -> None:
        """Either token of a grant ends all of it; an unknown one is no error (RFC 7009)."""
        token = self.by_value.get(value)
        grant = self.grants.get(token.grant if token else value)
        if grant is not None:
            self._end(grant)

    def revoke_user(self, user: str) -> None:
        for grant in [g for g in self.grants.values() if g.user == user]:
            self._end(grant)

    def end_all(self) -> None:
        for grant in list(self.grants.values()):
            self._end(grant)


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
