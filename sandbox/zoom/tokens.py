"""Zoom's tokens: app A (bot and directory), app B (people), the server-to-server app.

Access tokens live an hour; every renewal replaces the refresh token; a new authorisation ends the earlier ones.
"""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.core import Core

LIVES, CODE_LIVES = 3_600, 300
ACCOUNT = "ACCT-ACME-0001"
BOT_JID = "v1miobot0001@xmpp.zoom.us"
APPS = {
    "A": ("zoom-app-a", "zoom-app-a-secret", "zoom-app-a-webhook-secret"),
    "B": ("zoom-app-b", "zoom-app-b-secret", "zoom-app-b-webhook-secret"),
    "S": ("zoom-app-s2s", "zoom-app-s2s-secret", ""),
}
SCOPES = {
    "A": "imchat:bot user:read:list_users:admin user:read:user:admin role:read:list_roles:admin",
    "S": "user:read:list_users:admin user:read:user:admin role:read:list_roles:admin",
    "B": "user:read:user team_chat:read:user_message team_chat:read:list_user_messages team_chat:write:user_message "
    "team_chat:update:user_message team_chat:delete:user_message team_chat:read:list_user_sessions",
}


class ZoomFault(Exception):
    """An error answer: HTTP status, Zoom's code, words."""

    def __init__(self, status: int, code: int, message: str, error: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.error = error

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {"code": self.code, "message": self.message}
        return {**found, "reason": self.message, "error": self.error} if self.error else found


@dataclass(slots=True)
class Token:
    value: str
    app: str
    user: str
    """Empty for the app's own tokens."""
    scopes: str
    expires: float
    refresh: str | None = None


@dataclass(slots=True)
class Code:
    app: str
    user: str
    redirect: str
    challenge: str
    method: str
    made: float


class Tokens:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.by_value: dict[str, Token] = {}
        self.by_refresh: dict[str, Token] = {}
        self.of_user: dict[str, Token] = {}
        """The living authorisation of app B by user."""
        self.codes: dict[str, Code] = {}
        for _, row in core.keep.all("zoom-token"):
            self._add(Token(**row))

    def _add(self, token: Token) -> Token:
        self.by_value[token.value] = token
        if token.refresh:
            self.by_refresh[token.refresh] = token
        if token.app == "B":
            self.of_user[token.user] = token
        if token.user:
            self.core.keep.put("zoom-token", token.value, asdict(token))
        return token

    def drop(self, token: Token) -> None:
        self.by_value.pop(token.value, None)
        if token.refresh:
            self.by_refresh.pop(token.refresh, None)
        if self.of_user.get(token.user) is token:
            del self.of_user[token.user]
        self.core.keep.put("zoom-token", token.value, None)

    def drop_user(self, user: str) -> None:
        for token in [t for t in self.by_value.values() if t.user == user]:
            self.drop(token)

    def check(self, value: str, scope: str) -> Token:
        """The live token with the scope (or its ``:admin`` form). Raises 401/124 and 400/4711 as Zoom does."""
        token = self.by_value.get(value)
        if token is None or token.expires <= self.core.clock.seconds():
            raise ZoomFault(401, 124, "Invalid access token.")
        held = token.scopes.split()
        if scope not in held and f"{scope}:admin" not in held:
            raise ZoomFault(400, 4711, f"Invalid access token, does not contain scopes:[{scope}].")
        return token

    def app_of(self, header: str) -> str:
        """Basic credentials of an app."""
        try:
            client, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        except ValueError:
            client, secret = "", ""
        for app, (known, password, _) in APPS.items():
            if client == known:
                if secret != password:
                    raise ZoomFault(400, 4704, "Invalid client secret", "invalid_client")
                return app
        raise ZoomFault(400, 4702, "Invalid client", "invalid_client")

    def grant(self, app: str, form: dict[str, str]) -> dict[str, Any]:
        match form.get("grant_type"):
            case "client_credentials" if app == "A":
                return self._answer(self._issue(app, "", False))
            case "account_credentials" if app == "S":
                if form.get("account_id") != ACCOUNT:
                    raise ZoomFault(400, 4700, "Bad Request", "invalid_request")
                return self._answer(self._issue(app, "", False))
            case "authorization_code":
                return self._answer(self._redeem(app, form))
            case "refresh_token":
                return self._answer(self._renew(app, form.get("refresh_token", "")))
            case _:
                raise ZoomFault(400, 4705, "unsupported grant type", "unsupported_grant_type")

    def _redeem(self, app: str, form: dict[str, str]) -> Token:
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or code.app != app:
            raise ZoomFault(400, 4734, "Invalid authorization code", "invalid_grant")
        if code.made + CODE_LIVES < self.core.clock.seconds():
            raise ZoomFault(400, 4733, "Code is expired", "invalid_grant")
        if code.redirect != form.get("redirect_uri"):
            raise ZoomFault(400, 4709, "Redirect URI mismatch", "invalid_request")
        if code.challenge:
            verifier = form.get("code_verifier", "")
            hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if (hashed if code.method == "S256" else verifier) != code.challenge:
                raise ZoomFault(400, 4700, "Invalid code verifier", "invalid_grant")
        if app == "B" and code.user in self.of_user:
            self.drop(self.of_user[code.user])
        return self._issue(app, code.user, True)

    def consent(self, user: str) -> Token:
        """As if the person had allowed in the browser (benchmarks)."""
        return self._issue("B", user, True)

    def _renew(self, app: str, refresh: str) -> Token:
        token = self.by_refresh.get(refresh)
        if token is None or token.app != app:
            raise ZoomFault(400, 4741, "Invalid Token!", "invalid_grant")
        account = self.core.world.accounts["zoom"].get(token.user)
        if account is None or not account.active:
            raise ZoomFault(400, 4735, "The owner of the token does not exist", "invalid_grant")
        self.drop(token)
        return self._issue(app, token.user, True)

    def _issue(self, app: str, user: str, refreshable: bool) -> Token:
        refresh = secrets.token_hex(24) if refreshable else None
        expires = self.core.clock.seconds() + LIVES
        return self._add(Token(secrets.token_hex(24), app, user, SCOPES[app], expires, refresh))

    def _answer(self, token: Token) -> dict[str, Any]:
        found: dict[str, Any] = {
            "access_token": token.value,
            "token_type": "bearer",
            "expires_in": LIVES - 1,
            "scope": token.scopes,
            "api_url": "https://api.zoom.us",
        }
        return {**found, "refresh_token": token.refresh} if token.refresh else found
