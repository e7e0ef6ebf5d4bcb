"""Slack's tokens: installation, people's consent, rotation, revocation, scopes.

Rotating access tokens live 12 hours, refresh tokens work once; revoking a token ends the person's authorisation here.
"""

import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.core import Core

LIVES = 43_200
CODE_LIVES = 600
CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET = "111.222", "slack-client-secret", "slack-signing-secret"
BOT_TOKEN = "xoxb-sandbox-bot"
BOT_SCOPES = "app_mentions:read,chat:write,commands,im:history,im:read,im:write,team:read,users:read,users:read.email"


class SlackFault(Exception):
    """An answer with ``ok`` false."""

    def __init__(self, code: str, **extra: str) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass(slots=True)
class Token:
    """``kind`` is bot or user; ``expires`` None for the app without rotation."""

    value: str
    kind: str
    user: str
    scopes: str
    expires: float | None = None
    refresh: str | None = None

    def has(self, scope: str) -> bool:
        return scope in self.scopes.split(",")


@dataclass(slots=True)
class Code:
    user: str
    scopes: str
    user_scopes: str
    redirect: str
    made: float


class Tokens:
    def __init__(self, core: Core, bot_user: str) -> None:
        self.core = core
        self.by_value: dict[str, Token] = {}
        self.by_refresh: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.authorised: dict[str, str] = {}
        """People whose consent stands, with its scopes; it outlives a single token."""
        self._add(Token(BOT_TOKEN, "bot", bot_user, BOT_SCOPES))
        for _, row in core.keep.all("slack-token"):
            self._add(Token(**row))
        for user, scopes in core.keep.all("slack-authorised"):
            self.authorised[user] = scopes

    def _add(self, token: Token) -> Token:
        self.by_value[token.value] = token
        if token.refresh:
            self.by_refresh[token.refresh] = token
        if token.value != BOT_TOKEN:
            self.core.keep.put("slack-token", token.value, asdict(token))
        return token

    def _drop(self, token: Token) -> None:
        self.by_value.pop(token.value, None)
        if token.refresh:
            self.by_refresh.pop(token.refresh, None)
        self.core.keep.put("slack-token", token.value, None)

    def check(self, value: str, scope: str | None) -> Token:
        """The live token, with the scope. Raises Slack's own errors."""
        if not value:
            raise SlackFault("not_authed")
        token = self.by_value.get(value)
        if token is None:
            raise SlackFault("invalid_auth")
        if token.expires is not None and token.expires <= self.core.clock.seconds():
            raise SlackFault("token_expired")
        account = self.core.world.accounts["slack"].get(token.user)
        if account is not None and not account.active:
            raise SlackFault("account_inactive")
        if scope is not None and not token.has(scope):
            raise SlackFault("missing_scope", needed=scope, provided=token.scopes)
        return token

    def new_code(self, user: str, scopes: str, user_scopes: str, redirect: str) -> str:
        code = secrets.token_hex(12)
        self.codes[code] = Code(user, scopes, user_scopes, redirect, self.core.clock.seconds())
        return code

    def exchange(self, code: str, redirect: str) -> tuple[Code, Token]:
        """A code works once, for ten minutes, with the same redirect address."""
        found = self.codes.pop(code, None)
        if found is None or found.made + CODE_LIVES < self.core.clock.seconds():
            raise SlackFault("invalid_code")
        if found.redirect != redirect:
            raise SlackFault("bad_redirect_uri")
        if found.user_scopes:
            return found, self.consent(found.user, found.user_scopes)
        return found, self._issue("bot", found.user, found.scopes)

    def consent(self, user: str, scopes: str) -> Token:
        """As if the person had allowed in the browser (benchmarks)."""
        self.authorised[user] = scopes
        self.core.keep.put("slack-authorised", user, scopes)
        return self._issue("user", user, scopes)

    def _issue(self, kind: str, user: str, scopes: str) -> Token:
        prefix = "xoxe.xoxp-1-" if kind == "user" else "xoxe.xoxb-1-"
        mine = [t for t in self.by_value.values() if t.user == user and t.kind == kind and t.refresh]
        for old in mine[:-1]:
            self._drop(old)
        value, refresh = prefix + secrets.token_hex(16), "xoxe-1-" + secrets.token_hex(16)
        return self._add(Token(value, kind, user, scopes, self.core.clock.seconds() + LIVES, refresh))

    def renew(self, refresh: str) -> Token:
        """The refresh token dies with its use."""
        token = self.by_refresh.pop(refresh, None)
        if token is None or (token.kind == "user" and token.user not in self.authorised):
            raise SlackFault("invalid_refresh_token")
        token.refresh = None
        self._add(token)
        return self._issue(token.kind, token.user, token.scopes)

    def revoke_user(self, user: str) -> None:
        """The person removed the app, or their account was closed."""
        for token in [t for t in self.by_value.values() if t.user == user and t.kind == "user"]:
            self._drop(token)
        self.authorised.pop(user, None)
        self.core.keep.put("slack-authorised", user, None)

    def revoke(self, token: Token) -> None:
        """``auth.revoke`` ends the token; with its last token, the authorisation goes here as well."""
        self._drop(token)
        if token.kind == "user" and not any(
            t.user == token.user and t.kind == "user" and t.refresh for t in self.by_value.values()
        ):
            self.revoke_user(token.user)

    def may_see(self, user: str) -> bool:
        """Whether direct messages of this person reach the app."""
        return "im:history" in self.authorised.get(user, "").split(",")

    def answer(self, token: Token) -> dict[str, Any]:
        lives = {} if token.expires is None else {"expires_in": LIVES, "refresh_token": token.refresh}
        return {"access_token": token.value, "token_type": token.kind, "scope": token.scopes, **lives}
