"""Tokens of the tenant's login service: people's, the app's for Graph, the app's for its bot; codes, refreshes, consent.

Access tokens live 60 to 90 minutes, refresh tokens 90 days since their last use, and an old refresh token stays valid
beside the new one. Knows no HTTP. Source: learn.microsoft.com/entra/identity-platform/refresh-tokens.
"""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.core import Core
from sandbox.teams.aadsts import CONSENT, GONE, POLICY, LoginFault
from sandbox.teams.keys import KeyRing
from sandbox.teams.tenant import APP_ID, TENANT
from sandbox.world import stable

CODE_LIVES, REFRESH_LIVES = 600, 90 * 86_400
GRAPH, CONNECTOR = "https://graph.microsoft.com", "https://api.botframework.com"
ALWAYS = ("openid", "profile", "email", "offline_access")
DELEGATED = ("User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Files.ReadWrite")
OPTIONAL = ("Files.Read.All", "User.ReadBasic.All", "Chat.Create", "Chat.ReadBasic", "Chat.Read", "Files.Read")
ROLES = (
    "User.Read.All",
    "GroupMember.Read.All",
    "Team.ReadBasic.All",
    "TeamMember.Read.All",
    "RoleManagement.Read.Directory",
    "TeamsAppInstallation.ReadWriteSelfForUser.All",
    "AppCatalog.Read.All",
)
REPLICATION = 120.0
"""How long the mean profile keeps new roles out of tokens after the consent that gave them."""


@dataclass(slots=True)
class Token:
    """``user`` empty: the app's own. ``kind`` is access or refresh; ``grants`` are scopes or roles."""

    value: str
    kind: str
    audience: str
    user: str
    grants: tuple[str, ...]
    made: float
    expires: float

    def has_any(self, wanted: tuple[str, ...]) -> bool:
        return any(grant in self.grants for grant in wanted)


@dataclass(slots=True)
class Code:
    user: str
    scopes: tuple[str, ...]
    redirect: str
    nonce: str
    challenge: str
    made: float


@dataclass(slots=True)
class Given:
    """What is consented: for everybody by an administrator, and by people who may consent for themselves."""

    delegated: tuple[str, ...] = DELEGATED
    roles: tuple[str, ...] = ROLES
    at: float = 0.0
    people: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Tokens:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.keys = KeyRing(core.keep, "login")
        self.by_value: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.refused: dict[str, int] = dict(core.keep.all("teams-refused"))
        """Per person the AADSTS number that their refreshes get; signing in again mends what a person can mend."""
        self.app_refused: int | None = None
        self.registered: tuple[str, ...] = ROLES
        """The application permissions that the registration lists; consent for everybody gives all of them."""
        self.not_before: dict[str, float] = dict(core.keep.all("teams-revoked"))
        """Since when a person's grants count: everything older was revoked."""
        self._used: set[str] = set()
        kept = core.keep.get("teams-consent", TENANT)
        self.given = _given(kept) if kept else Given()
        for value, row in core.keep.all("teams-token"):
            self.by_value[value] = Token(**{**row, "grants": tuple(row["grants"])})

    # -- consent ---------------------------------------------------------------------------------

    def consent_everybody(self, delegated: tuple[str, ...] = DELEGATED, roles: tuple[str, ...] = ROLES) -> None:
        """An administrator consents for the tenant."""
        self.given = Given(delegated, roles, self.core.clock.seconds(), self.given.people)
        self._keep_given()

    def withdraw(self) -> list[str]:
        """An administrator takes the app's permissions back; the people who lose theirs."""
        held = {t.user for t in self.by_value.values() if t.kind == "refresh"}
        self.given = Given((), (), self.core.clock.seconds())
        self._keep_given()
        return sorted(held)

    def consent_oneself(self, user: str, scopes: tuple[str, ...]) -> None:
        self.given.people[user] = tuple(dict.fromkeys([*self.given.people.get(user, ()), *scopes]))
        self._keep_given()

    def _keep_given(self) -> None:
        self.core.keep.put("teams-consent", TENANT, asdict(self.given))

    def consented(self, user: str, scopes: tuple[str, ...]) -> bool:
        held = {*ALWAYS, *self.given.delegated, *self.given.people.get(user, ())}
        return held >= set(scopes)

    # -- codes and refreshes ---------------------------------------------------------------------

    def new_code(self, user: str, scopes: tuple[str, ...], redirect: str, nonce: str, challenge: str) -> str:
        """Signing in by hand mends what the person can mend."""
        if self.refused.get(user) not in {*POLICY, *GONE}:
            self.refuse(user, None)
        code = "0.A" + secrets.token_urlsafe(48)
        self.codes[code] = Code(user, scopes, redirect, nonce, challenge, self.core.clock.seconds())
        return code

    def redeem(self, code: str, redirect: str, verifier: str) -> tuple[Code, Token, Token | None]:
        """A code works once, for ten minutes, with the same address and the secret behind its challenge."""
        if code in self._used:
            raise LoginFault(54005)
        found = self.codes.get(code)
        if found is None:
            raise LoginFault(70000)
        if found.made + CODE_LIVES < self.core.clock.seconds():
            raise LoginFault(70008)
        if redirect != found.redirect:
            raise LoginFault(50011)
        if found.challenge and found.challenge != challenge(verifier):
            raise LoginFault(501481)
        self._used.add(code)
        del self.codes[code]
        self._usable(found.user, found.made, found.scopes)
        return found, *self._pair(found.user, found.scopes)

    def refresh(self, value: str, scopes: tuple[str, ...]) -> tuple[Token, Token | None]:
        """The new pair. The used refresh token stays valid; only 90 days without use end it."""
        old = self.by_value.get(value)
        if old is None or old.kind != "refresh":
            raise LoginFault(70000)
        if old.expires <= self.core.clock.seconds():
            raise LoginFault(700082)
        wanted = scopes or old.grants
        self._usable(old.user, old.made, wanted)
        access, fresh = self._pair(old.user, wanted if "offline_access" in wanted else (*wanted, "offline_access"))
        old.expires = self.core.clock.seconds() + REFRESH_LIVES
        self._put(old)
        return access, fresh

    def _usable(self, user: str, made: float, scopes: tuple[str, ...]) -> None:
        account = self.core.world.accounts["teams"].get(user)
        if account is None or account.extra.get("deleted"):
            raise LoginFault(50034)
        if not account.active:
            raise LoginFault(50057)
        if user in self.refused:
            raise LoginFault(self.refused[user])
        if made < self.not_before.get(user, 0.0):
            raise LoginFault(50173)
        if not self.consented(user, scopes):
            raise LoginFault(65001)

    def _pair(self, user: str, scopes: tuple[str, ...]) -> tuple[Token, Token | None]:
        """A token carries everything consented that the app asked for, and a refresh token only when asked to."""
        grants = tuple(scope for scope in scopes if scope != "offline_access")
        access = self._issue("access", GRAPH, user, grants)
        if "offline_access" not in scopes:
            return access, None
        return access, self._issue("refresh", GRAPH, user, scopes)

    # -- the app's own ---------------------------------------------------------------------------

    def for_app(self, audience: str) -> Token:
        """With the roles consented so far; in the mean profile new roles take a while to arrive."""
        if self.app_refused is not None:
            raise LoginFault(self.app_refused)
        late = self.core.faults["teams"].mean and self.core.clock.seconds() < self.given.at + REPLICATION
        roles = () if late or audience != GRAPH else self.given.roles
        return self._issue("access", audience, "", roles)

    def _issue(self, kind: str, audience: str, user: str, grants: tuple[str, ...]) -> Token:
        now, nonce = self.core.clock.seconds(), secrets.token_hex(8)
        if kind == "refresh":
            token = Token(f"1.A{secrets.token_urlsafe(60)}", kind, audience, user, grants, now, now + REFRESH_LIVES)
        else:
            lives = 3_600 + int(stable("lives", nonce)[:8], 16) % 1_800
            claims = self._claims(audience, user, grants, now, lives) | {"uti": nonce}
            header = {"nonce": nonce} if audience == GRAPH else {}
            token = Token(self.keys.sign(claims, header), kind, audience, user, grants, now, now + lives)
        return self._put(token)

    def _put(self, token: Token) -> Token:
        self.by_value[token.value] = token
        self.core.keep.put("teams-token", token.value, asdict(token))
        return token

    def _claims(self, audience: str, user: str, grants: tuple[str, ...], now: float, lives: int) -> dict[str, Any]:
        """Graph's tokens are opaque to clients; they are readable for diagnostics only."""
        claims: dict[str, Any] = {"aud": audience, "iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT}
        claims |= {"iat": int(now), "nbf": int(now), "exp": int(now) + lives, "appid": APP_ID, "ver": "1.0"}
        if not user:
            return {**claims, "idtyp": "app", "roles": list(grants)}
        return {**claims, "oid": user, "scp": " ".join(g for g in grants if g not in ALWAYS)}

    def id_token(self, code: Code, issuer: str) -> str:
        account, now = self.core.world.accounts["teams"][code.user], int(self.core.clock.seconds())
        claims = {"aud": APP_ID, "iss": issuer, "iat": now, "nbf": now, "exp": now + 3_600, "tid": TENANT, "ver": "2.0"}
        claims |= {"oid": account.id, "sub": stable("sub", account.id)[:43], "name": account.name}
        claims |= {"preferred_username": account.extra["upn"], "email": account.email}
        return self.keys.sign({**claims, "nonce": code.nonce} if code.nonce else claims)

    # -- use and the end -------------------------------------------------------------------------

    def live(self, value: str, audience: str) -> Token | None:
        """The access token when it counts for that audience. Whether a revoked person's lives on is an open point."""
        token = self.by_value.get(value)
        if token is None or token.kind != "access" or token.audience != audience:
            return None
        if token.expires <= self.core.clock.seconds():
            return None
        if token.user and token.made < self.not_before.get(token.user, 0.0):
            return token if self.core.faults["teams"].mean else None
        return token

    def refuse(self, user: str, code: int | None) -> None:
        """From now on this person's refreshes get that AADSTS number; None ends it."""
        if code is None:
            self.refused.pop(user, None)
        else:
            self.refused[user] = code
        self.core.keep.put("teams-refused", user, code)

    def revoke(self, user: str) -> None:
        """Sign-in sessions end: what was granted before does not count any more."""
        self.not_before[user] = self.core.clock.seconds()
        self.core.keep.put("teams-revoked", user, self.not_before[user])

    def holders(self) -> set[str]:
        """People with a refresh token that has not been revoked."""
        now = self.core.clock.seconds()
        live = [t for t in self.by_value.values() if t.kind == "refresh" and t.expires > now]
        return {t.user for t in live if t.made >= self.not_before.get(t.user, 0.0)}


def challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _given(row: dict[str, Any]) -> Given:
    people = {user: tuple(scopes) for user, scopes in row["people"].items()}
    return Given(tuple(row["delegated"]), tuple(row["roles"]), row["at"], people)


def problem(mean: bool) -> LoginFault:
    """Somebody who may not consent asks: which of two numbers comes is an open point."""
    assert {90094, 90095} <= set(CONSENT)
    return LoginFault(90095 if mean else 90094)
