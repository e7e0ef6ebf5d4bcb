"""Slack's tokens: installation, people's consent, rotation, revocation, scopes.

Rotating access tokens live 12 hours, two of a holder at most; refresh tokens work once. Knows no HTTP and sends nothing.
Source: docs.slack.dev/authentication/using-token-rotation and installing-with-oauth.
"""

import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.core import Core

LIVES = 43_200
CODE_LIVES = 600
MOST_LIVE = 2
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
    """``kind`` is bot or user; ``expires`` None for the app without rotation; ``refresh`` None once it was used."""

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


@dataclass(frozen=True, slots=True)
class Granted:
    """What a code was worth: an install gives a bot token, a person's consent a user token, one address may ask both."""

    user: str
    bot: Token | None
    person: Token | None


class Tokens:
    def __init__(self, core: Core, bot_user: str) -> None:
        self.core = core
        self.bot_user = bot_user
        self.by_value: dict[str, Token] = {}
        self.by_refresh: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.authorised: dict[str, str] = {}
        """People whose consent stands, with its scopes; it outlives a single token."""
        self.installed = core.keep.get("slack-app", "installed") is not False
        self._of: dict[tuple[str, str], list[Token]] = {}
        self._dead: dict[str, str] = {}
        self._used: set[str] = set()
        self._load()

    def _load(self) -> None:
        keep = self.core.keep
        if keep.get("slack-dead", BOT_TOKEN) is None:
            self._add(Token(BOT_TOKEN, "bot", self.bot_user, BOT_SCOPES))
        kept = [Token(**row) for _, row in keep.all("slack-token")]
        for token in sorted(kept, key=lambda t: t.expires or 0.0):
            self._add(token)
        self._dead.update(keep.all("slack-dead"))
        self.authorised.update(keep.all("slack-authorised"))

    def _add(self, token: Token) -> Token:
        self.by_value[token.value] = token
        if token.refresh:
            self.by_refresh[token.refresh] = token
        self._of.setdefault((token.kind, token.user), []).append(token)
        self._kept(token)
        return token

    def _kept(self, token: Token) -> None:
        if token.value != BOT_TOKEN:
            self.core.keep.put("slack-token", token.value, asdict(token))

    def _drop(self, token: Token) -> None:
        self.by_value.pop(token.value, None)
        if token.refresh:
            self.by_refresh.pop(token.refresh, None)
        mine = self._of.get((token.kind, token.user), [])
        if token in mine:
            mine.remove(token)
        self._dead[token.value] = token.user
        self.core.keep.put("slack-token", token.value, None)
        self.core.keep.put("slack-dead", token.value, token.user)

    # -- use -------------------------------------------------------------------------------------

    def check(self, value: str, scope: str | None) -> Token:
        """The live token, with the scope. Raises Slack's own errors."""
        if not value:
            raise SlackFault("not_authed")
        token = self.by_value.get(value)
        holder = token.user if token else self._dead.get(value)
        if holder is None:
            raise SlackFault("invalid_auth")
        account = self.core.world.accounts["slack"].get(holder)
        if account is not None and not account.active:
            raise SlackFault("account_inactive")
        if token is None:
            raise SlackFault("token_revoked")
        if token.expires is not None and token.expires <= self.core.clock.seconds():
            raise SlackFault("token_expired")
        if scope is not None and not token.has(scope):
            raise SlackFault("missing_scope", needed=scope, provided=token.scopes)
        return token

    def may_see(self, user: str) -> bool:
        """Whether direct messages of this person reach the app."""
        return "im:history" in self.authorised.get(user, "").split(",")

    # -- OAuth -----------------------------------------------------------------------------------

    def new_code(self, user: str, scopes: str, user_scopes: str, redirect: str) -> str:
        code = secrets.token_hex(12)
        self.codes[code] = Code(user, scopes, user_scopes, redirect, self.core.clock.seconds())
        return code

    def exchange(self, code: str, redirect: str) -> Granted:
        """A code works once, for ten minutes, with the same redirect address."""
        found = self.codes.pop(code, None)
        if found is None or found.made + CODE_LIVES < self.core.clock.seconds():
            again = code in self._used and self.core.faults["slack"].mean
            raise SlackFault("code_already_used" if again else "invalid_code")
        self._used.add(code)
        if found.redirect != redirect:
            raise SlackFault("bad_redirect_uri")
        bot = self.install(found.scopes) if found.scopes else None
        person = self.consent(found.user, found.user_scopes) if found.user_scopes else None
        return Granted(found.user, bot, person)

    def install(self, scopes: str) -> Token:
        """The app is installed (again): a rotating token of the bot's user, whoever clicked."""
        self.installed = True
        self.core.keep.put("slack-app", "installed", True)
        return self._issue("bot", self.bot_user, scopes)

    def consent(self, user: str, scopes: str) -> Token:
        """The person allowed; scopes add up until everything is revoked."""
        before = [scope for scope in self.authorised.get(user, "").split(",") if scope]
        scopes = ",".join(dict.fromkeys([*before, *scopes.split(",")]))
        self.authorised[user] = scopes
        self.core.keep.put("slack-authorised", user, scopes)
        return self._issue("user", user, scopes)

    def _issue(self, kind: str, user: str, scopes: str) -> Token:
        """A new rotating pair; the third of a holder ends the first."""
        rotating = [t for t in self._of.get((kind, user), ()) if t.expires is not None]
        for old in rotating[: len(rotating) - (MOST_LIVE - 1)]:
            self._drop(old)
        prefix = "xoxe.xoxp-1-" if kind == "user" else "xoxe.xoxb-1-"
        value, refresh = prefix + secrets.token_hex(16), "xoxe-1-" + secrets.token_hex(16)
        return self._add(Token(value, kind, user, scopes, self.core.clock.seconds() + LIVES, refresh))

    def renew(self, refresh: str) -> Token:
        """The refresh token dies with its use; the access token beside it lives on to its end."""
        token = self.by_refresh.pop(refresh, None)
        if token is None or (token.kind == "user" and token.user not in self.authorised):
            raise SlackFault("invalid_refresh_token")
        token.refresh = None
        self._kept(token)
        return self._issue(token.kind, token.user, token.scopes)

    def answer(self, token: Token) -> dict[str, Any]:
        lives = {} if token.expires is None else {"expires_in": LIVES, "refresh_token": token.refresh}
        return {"access_token": token.value, "token_type": token.kind, "scope": token.scopes, **lives}

    # -- the end ---------------------------------------------------------------------------------

    def revoke(self, token: Token) -> None:
        """``auth.revoke`` ends one token. Whether the authorisation ends with a person's last one is an open point."""
        self._drop(token)
        left = any(t.refresh for t in self._of.get(("user", token.user), ()))
        if token.kind == "user" and not left and not self.core.faults["slack"].mean:
            self.revoke_user(token.user)

    def revoke_user(self, user: str) -> None:
        """The person removed the app, or their account was closed."""
        for token in list(self._of.get(("user", user), ())):
            self._drop(token)
        self.authorised.pop(user, None)
        self.core.keep.put("slack-authorised", user, None)

    def uninstall(self) -> list[str]:
        """Every token of the workspace dies; the people whose consent ended."""
        people = list(self.authorised)
        for token in list(self.by_value.values()):
            self._drop(token)
        for user in people:
            self.revoke_user(user)
        self.installed = False
        self.core.keep.put("slack-app", "installed", False)
        return people
