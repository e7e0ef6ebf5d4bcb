"""Zoom's tokens: app A (bot and directory), app B (people), the server-to-server app. Knows no HTTP and sends nothing.

Access tokens live an hour; every renewal replaces the refresh token; a new authorisation ends the earlier ones.
Source: developers.zoom.us/docs/integrations/oauth and oauth-error-messages.
"""

import base64
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.core import Core

LIVES, CODE_LIVES = 3_600, 300
DAY = 86_400
ACCOUNT = "ACCT-ACME-0001"
BOT_JID = "v1miobot0001@xmpp.zoom.us"
APPS = {
    "A": ("zoom-app-a", "zoom-app-a-secret", "zoom-app-a-webhook-secret"),
    "B": ("zoom-app-b", "zoom-app-b-secret", "zoom-app-b-webhook-secret"),
    "S": ("zoom-app-s2s", "zoom-app-s2s-secret", ""),
}
DIRECTORY = (
    "user:read:list_users:admin user:read:user:admin user:read:list_permissions:admin role:read:list_roles:admin"
)
BOT_SCOPE = "imchat:bot"
SCOPES = {
    "A": f"{BOT_SCOPE} {DIRECTORY}",
    "S": DIRECTORY,
    "B": "user:read:user team_chat:read:user_message team_chat:read:list_user_messages team_chat:write:user_message "
    "team_chat:update:user_message team_chat:delete:user_message team_chat:update:message_emoji "
    "team_chat:read:message_emoji team_chat:write:files team_chat:write:message_files team_chat:read:file "
    "team_chat:read:list_user_sessions team_chat:read:contact team_chat:read:list_contacts",
}
HEARS = "team_chat:read:user_message"
"""The scope that brings a person's direct messages as events."""


class ZoomFault(Exception):
    """An error answer: HTTP status, Zoom's code, words; ``extra`` are further fields, ``headers`` further headers."""

    def __init__(self, status: int, code: int, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra
        self.headers: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, **self.extra}


class OauthFault(ZoomFault):
    """An error of the OAuth addresses: ``error`` is OAuth's own word."""

    def __init__(self, code: int, message: str, error: str) -> None:
        super().__init__(400, code, message, reason=message, error=error)


@dataclass(slots=True)
class Token:
    """``user`` is empty for the app's own tokens; ``renewable`` until that time, with ``refresh``."""

    value: str
    app: str
    user: str
    scopes: str
    expires: float
    refresh: str | None = None
    renewable: float = 0.0

    def has(self, scope: str) -> bool:
        """Admin-managed and server-to-server apps hold the ``:admin`` form, people's apps the plain one."""
        wanted = scope if self.app == "B" or scope == BOT_SCOPE else f"{scope}:admin"
        return wanted in self.scopes.split()


@dataclass(slots=True)
class Code:
    app: str
    user: str
    scopes: str
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
        self.scopes = dict(SCOPES)
        """What the apps ask for now: an administrator may edit an app."""
        self.disabled: set[str] = set()
        self.unapproved: set[str] = set()
        """Apps whose approval an administrator took back."""
        self.installed = core.keep.get("zoom-app", "installed") is not False
        self._of: dict[tuple[str, str], Token] = {}
        self._used: dict[str, tuple[str, str]] = {}
        for _, row in core.keep.all("zoom-token"):
            self._add(Token(**row))

    @property
    def _mean(self) -> bool:
        return self.core.faults["zoom"].mean

    def _add(self, token: Token) -> Token:
        self.by_value[token.value] = token
        if token.refresh:
            self.by_refresh[token.refresh] = token
        if token.app == "B":
            self.of_user[token.user] = token
        if token.user:
            self._of[token.app, token.user] = token
            self.core.keep.put("zoom-token", token.value, asdict(token))
        return token

    def drop(self, token: Token) -> None:
        self.by_value.pop(token.value, None)
        if token.refresh:
            self.by_refresh.pop(token.refresh, None)
        if self.of_user.get(token.user) is token:
            del self.of_user[token.user]
        if self._of.get((token.app, token.user)) is token:
            del self._of[token.app, token.user]
        self.core.keep.put("zoom-token", token.value, None)

    def drop_user(self, user: str, *apps: str) -> bool:
        """A person's authorisations of these apps end; whether there were any."""
        gone = [token for app in apps if (token := self._of.get((app, user))) is not None]
        for token in gone:
            self.drop(token)
        return bool(gone)

    # -- use -------------------------------------------------------------------------------------

    def check(self, value: str, scope: str) -> Token:
        """The live token with the scope. Raises 401/124 and 400/4700 as Zoom does."""
        token = self.by_value.get(value)
        dead = token is None or token.expires <= self.core.clock.seconds() or token.app in self.disabled
        if token is None or dead or (token.app in self.unapproved and self._mean):
            raise ZoomFault(401, 124, "Invalid access token.")
        if not token.has(scope):
            # The same code is documented with both statuses.
            status = 401 if self._mean else 400
            raise ZoomFault(status, 4700, f"Invalid access token, does not contain scopes:[{scope}].")
        return token

    def hears(self, user: str) -> bool:
        """Whether direct messages of this person reach app B; an access token's end does not end the authorisation."""
        token = self.of_user.get(user)
        return token is not None and token.has(HEARS) and "B" not in self.disabled

    # -- OAuth -----------------------------------------------------------------------------------

    def app_of(self, credentials: tuple[str, str] | None) -> str:
        """The app that these Basic credentials belong to."""
        client, secret = credentials or ("", "")
        for app, (known, password, _) in APPS.items():
            if client == known:
                if secret != password:
                    raise OauthFault(4704, "Invalid client secret", "invalid_client")
                if app in self.disabled:
                    raise OauthFault(4717, "The app has been disabled", "invalid_client")
                return app
        raise OauthFault(4702, "Invalid client", "invalid_client")

    def grant(self, app: str, form: dict[str, str]) -> dict[str, Any]:
        match form.get("grant_type"):
            case "client_credentials" if app == "A":
                own = [scope for scope in self.scopes[app].split() if scope == BOT_SCOPE]
                return self._answer(self._issue(app, "", " ".join(own), False))
            case "account_credentials" if app == "S":
                if form.get("account_id") != ACCOUNT:
                    raise OauthFault(4700, "Bad Request", "invalid_request")
                return self._answer(self._issue(app, "", self.scopes[app], False))
            case "authorization_code" if app != "S":
                return self._answer(self._redeem(app, form))
            case "refresh_token" if app != "S":
                return self._answer(self._renew(app, form.get("refresh_token", "")))
            case _:
                raise OauthFault(4705, "unsupported grant type", "unsupported_grant_type")

    def new_code(self, code: Code) -> str:
        """An authorization code works once, for five minutes."""
        value = secrets.token_hex(16)
        self.codes[value] = code
        return value

    def _redeem(self, app: str, form: dict[str, str]) -> Token:
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or code.app != app:
            raise OauthFault(4734, "Invalid authorization code", "invalid_grant")
        if code.made + CODE_LIVES < self.core.clock.seconds():
            raise OauthFault(4733, "Code is expired", "invalid_grant")
        if code.redirect != form.get("redirect_uri"):
            raise OauthFault(4709, "Redirect URI mismatch", "invalid_request")
        if code.challenge:
            verifier = form.get("code_verifier", "")
            hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if (hashed if code.method == "S256" else verifier) != code.challenge:
                raise OauthFault(4700, "Invalid code verifier", "invalid_grant")
        self.drop_user(code.user, app)
        return self._issue(app, code.user, code.scopes, True)

    def consent(self, user: str, without: Collection[str] = ()) -> Token:
        """As if the person had allowed in the browser; ``without`` are scopes the app did not get."""
        self.drop_user(user, "B")
        scopes = " ".join(scope for scope in self.scopes["B"].split() if scope not in without)
        return self._issue("B", user, scopes, True)

    def _renew(self, app: str, refresh: str) -> Token:
        token = self.by_refresh.get(refresh)
        if token is None or token.app != app:
            self._reused(refresh)
            raise OauthFault(4741, "Invalid Token!", "invalid_grant")
        account = self.core.world.accounts["zoom"].get(token.user)
        if account is None or not account.active:
            raise OauthFault(4735, "The owner of the token does not exist", "invalid_grant")
        if app in self.unapproved:
            raise OauthFault(4738, "The app is no longer approved by the account's administrator", "invalid_grant")
        if token.renewable <= self.core.clock.seconds():
            self.drop(token)
            raise OauthFault(4741, "Invalid Token!", "invalid_grant")
        if not set(token.scopes.split()) <= set(self.scopes[app].split()):
            raise OauthFault(4711, "The token's scopes do not match the app's", "invalid_grant")
        self.drop(token)
        self._used[refresh] = (app, token.user)
        return self._issue(app, token.user, token.scopes, True)

    def _reused(self, refresh: str) -> None:
        """A refresh token comes a second time: what that does to the newer ones is an open point."""
        if self._mean and refresh in self._used:
            app, user = self._used[refresh]
            self.drop_user(user, app)
            raise OauthFault(4740, "The refresh token was used before", "invalid_grant")

    def revoke(self, app: str, value: str) -> dict[str, Any]:
        """The authorisation behind an access token ends. What an unknown token answers is an open point."""
        held = self.by_value.get(value)
        if held is not None and held.app == app:
            self.drop(held)
        elif self._mean:
            raise OauthFault(4737, "Invalid Token!", "invalid_request")
        return {"status": "success"}

    def _issue(self, app: str, user: str, scopes: str, refreshable: bool) -> Token:
        now = self.core.clock.seconds()
        refresh = secrets.token_hex(24) if refreshable else None
        lives = (30 if self._mean else 90) * DAY
        return self._add(Token(secrets.token_hex(24), app, user, scopes, now + LIVES, refresh, now + lives))

    def _answer(self, token: Token) -> dict[str, Any]:
        found: dict[str, Any] = {
            "access_token": token.value,
            "token_type": "bearer",
            "expires_in": LIVES - 1,
            "scope": token.scopes,
            "api_url": "https://api.zoom.us",
        }
        return {**found, "refresh_token": token.refresh} if token.refresh else found

    # -- app A on the account --------------------------------------------------------------------

    def uninstall(self) -> list[str]:
        """An administrator removes app A: its authorisations end; who had given them."""
        givers = [t.user for t in self.by_value.values() if t.app == "A" and t.user]
        for token in [t for t in self.by_value.values() if t.app == "A"]:
            self.drop(token)
        self._put_installed(False)
        return givers

    def install(self) -> bool:
        """App A is on the account; whether it was not before."""
        new = not self.installed
        self._put_installed(True)
        return new

    def _put_installed(self, installed: bool) -> None:
        self.installed = installed
        self.core.keep.put("zoom-app", "installed", installed)
