"""The login service over HTTP: authorize, token, administrators' consent, OpenID descriptions and key sets of the tenant.

Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow and v2-admin-consent. Keeps no tokens itself.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from sandbox.consent import page, returned
from sandbox.core import Core, Params, guarded
from sandbox.teams.aadsts import POLICY, LoginFault
from sandbox.teams.tenant import APP_ID, APP_SECRET, TENANT
from sandbox.teams.tokens import ALWAYS, CONNECTOR, DELEGATED, GRAPH, OPTIONAL, Token, Tokens, problem
from sandbox.world import COMPANY, Account

BACK, ADMIN_BACK = "/oauth/teams/callback", "/oauth/teams/adminconsent"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
KNOWN = {*ALWAYS, *DELEGATED, *OPTIONAL}


class Login:
    def __init__(self, core: Core, tokens: Tokens) -> None:
        self.core = core
        self.tokens = tokens

    def routes(self) -> list[web.RouteDef]:
        tenant, token = "/teams/login/{tenant}", guarded(self.core, "teams", self.token, broken)
        authorize, consent = f"{tenant}/oauth2/v2.0/authorize", f"{tenant}/v2.0/adminconsent"
        described = [f"{tenant}{version}/.well-known/openid-configuration" for version in ("", "/v2.0")]
        keys = [f"{tenant}/discovery{version}/keys" for version in ("", "/v2.0")]
        return [
            web.get(authorize, self.authorize),
            web.post(authorize, self.signed_in),
            web.post(f"{tenant}/oauth2/v2.0/token", token),
            web.get(consent, self.ask_admin),
            web.post(consent, self.admin_decided),
            *[web.get(path, self.described) for path in described],
            *[web.get(path, self.keys) for path in keys],
        ]

    @property
    def url(self) -> str:
        return f"{self.core.url}/teams/login"

    # -- a person signs in -----------------------------------------------------------------------

    def _asked(self, request: web.Request, back: str) -> tuple[Params, tuple[str, ...]]:
        """The query and its scopes. What is wrong here has no safe address to be told to."""
        query = request.query
        _tenant(request)
        if query.get("client_id") != APP_ID:
            raise LoginFault(700016)
        if not registered(str(query.get("redirect_uri") or ""), back):
            raise LoginFault(50011)
        return query, scopes(str(query.get("scope") or ""))

    def _wrong(self, query: Params, asked: tuple[str, ...]) -> LoginFault | None:
        """What the browser is sent back with."""
        if query.get("response_type") != "code":
            return LoginFault(700054)
        if not asked or not set(asked) <= KNOWN:
            return LoginFault(70011)
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            return LoginFault(501481)
        return None

    async def authorize(self, request: web.Request) -> web.Response:
        try:
            query, asked = self._asked(request, BACK)
        except LoginFault as fault:
            return _own_page(fault)
        wrong = self._wrong(query, asked)
        if wrong is not None:
            raise _back(query, wrong)
        given = self.tokens.given.delegated
        missing = [scope for scope in asked if scope not in ALWAYS and scope not in given]
        return page("Microsoft", COMPANY, missing, self._people(), self._hinted(query))

    def _people(self) -> list[Account]:
        return [a for a in self.core.world.accounts["teams"].values() if _can_sign_in(a)]

    def _hinted(self, query: Params) -> str | None:
        hint = str(query.get("login_hint") or "").lower()
        found = [a.id for a in self._people() if hint in (a.email.lower(), a.extra["upn"].lower())]
        return found[0] if hint and found else query.get("as")

    async def signed_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        try:
            query, asked = self._asked(request, BACK)
        except LoginFault as fault:
            return _own_page(fault)
        wrong = self._wrong(query, asked)
        if wrong is not None:
            raise _back(query, wrong)
        if form.get("decision") != "allow":
            raise _back(query, LoginFault(65004))
        account = self.core.world.accounts["teams"].get(str(form.get("user", "")))
        if account is None or not _can_sign_in(account):
            return web.Response(status=400, text="no such account")
        raise self._admitted(account, query, asked)

    def _admitted(self, account: Account, query: Params, asked: tuple[str, ...]) -> web.HTTPFound:
        """A code; or the reason why this person gets none."""
        refused = self.tokens.refused.get(account.id)
        if refused in POLICY:
            return _back(query, LoginFault(refused))
        if not self.tokens.consented(account.id, asked):
            if not account.admin:
                return _back(query, problem(self.core.faults["teams"].mean))
            self.tokens.consent_oneself(account.id, asked)
        nonce, challenge = str(query.get("nonce") or ""), str(query.get("code_challenge") or "")
        code = self.tokens.new_code(account.id, asked, query["redirect_uri"], nonce, challenge)
        answer = {"code": code, "state": query.get("state", ""), "session_state": account.id}
        return web.HTTPFound(returned(query["redirect_uri"], **answer))

    # -- an administrator consents for everybody -------------------------------------------------

    async def ask_admin(self, request: web.Request) -> web.Response:
        try:
            self._asked(request, ADMIN_BACK)
        except LoginFault as fault:
            return _own_page(fault)
        shown = [*DELEGATED, *self.tokens.registered]
        return page("Microsoft", COMPANY, shown, self._people(), request.query.get("as"))

    async def admin_decided(self, request: web.Request) -> web.Response:
        """Only an administrator gets past this page. The ``tenant`` of the answer proves nothing to anybody."""
        form = await request.post()
        try:
            query, asked = self._asked(request, ADMIN_BACK)
        except LoginFault as fault:
            return _own_page(fault)
        if asked != (".default",):
            raise _back(query, LoginFault(70011))
        if form.get("decision") != "allow":
            raise _back(query, LoginFault(65004))
        account = self.core.world.accounts["teams"].get(str(form.get("user", "")))
        if account is None or not account.active:
            return web.Response(status=400, text="no such account")
        if not account.admin:
            return _own_page(LoginFault(90094), 403)
        self.tokens.consent_everybody(roles=self.tokens.registered)
        answer = {"admin_consent": "True", "tenant": TENANT, "scope": f"{GRAPH}/.default"}
        raise web.HTTPFound(returned(query["redirect_uri"], **answer, state=query.get("state", "")))

    # -- tokens ----------------------------------------------------------------------------------

    async def token(self, request: web.Request) -> web.Response:
        try:
            _tenant(request)
            if request.content_type != "application/x-www-form-urlencoded":
                raise LoginFault(900144)
            form = {name: str(value) for name, value in (await request.post()).items()}
            return _json(self._answer(form))
        except LoginFault as fault:
            return _json(fault.body(self.core.clock), fault.refusal.status)

    def _answer(self, form: Mapping[str, str]) -> dict[str, Any]:
        _client(form)
        match form.get("grant_type"):
            case "client_credentials":
                return _shown(self.core, self.tokens.for_app(_audience(form.get("scope", ""))), None)
            case "authorization_code":
                code, access, refresh = self.tokens.redeem(
                    _given(form, "code"), _given(form, "redirect_uri"), form.get("code_verifier", "")
                )
                found = _shown(self.core, access, refresh)
                issuer = f"{self.url}/{TENANT}/v2.0"
                return {**found, "id_token": self.tokens.id_token(code, issuer)} if "openid" in code.scopes else found
            case "refresh_token":
                asked = scopes(form.get("scope", ""))
                if not set(asked) <= KNOWN:
                    raise LoginFault(70011)
                return _shown(self.core, *self.tokens.refresh(_given(form, "refresh_token"), asked))
            case _:
                raise LoginFault(70003)

    # -- what clients check signatures with ------------------------------------------------------

    async def described(self, request: web.Request) -> web.Response:
        """Version 1 and 2 differ in the issuer; ``common`` leaves the tenant open."""
        tenant, second = request.match_info["tenant"], "/v2.0/" in request.path
        if tenant not in (TENANT, "common", "organizations"):
            return _json(LoginFault(90002).body(self.core.clock), 400)
        named = TENANT if tenant == TENANT else "{tenantid}"
        version = "/v2.0" if second else ""
        found: dict[str, Any] = {
            "issuer": f"{self.url}/{named}/v2.0" if second else f"https://sts.windows.net/{named}/",
            "authorization_endpoint": f"{self.url}/{tenant}/oauth2{version}/authorize",
            "token_endpoint": f"{self.url}/{tenant}/oauth2{version}/token",
            "jwks_uri": f"{self.url}/{tenant}/discovery{version}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
        }
        return _json(found)

    async def keys(self, request: web.Request) -> web.Response:
        return _json(self.tokens.keys.published())


def registered(address: str, path: str) -> bool:
    """Redirect addresses match exactly: https, or http on this machine, without query or fragment."""
    parts = urlsplit(address)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return safe and parts.path == path and not parts.query and not parts.fragment


def scopes(asked: str) -> tuple[str, ...]:
    """Unqualified names mean Microsoft Graph."""
    return tuple(dict.fromkeys(scope.removeprefix(f"{GRAPH}/") for scope in asked.split()))


def broken(status: int) -> web.Response:
    if status == 429:
        return _json({"error": "temporarily_unavailable"}, 429, {"Retry-After": "1"})
    return _json(
        {"error": "temporarily_unavailable", "error_description": "AADSTS90033", "error_codes": [90033]}, status
    )


def _can_sign_in(account: Account) -> bool:
    """Guests once they have accepted; people of other tenants never."""
    foreign = "tenant" in account.extra or account.extra.get("state") == "PendingAcceptance"
    return account.active and not account.bot and not foreign


def _tenant(request: web.Request) -> None:
    """A single-tenant app is known in its own tenant only."""
    if request.match_info["tenant"] in ("common", "organizations", "consumers"):
        raise LoginFault(50194)
    if request.match_info["tenant"] != TENANT:
        raise LoginFault(90002)


def _client(form: Mapping[str, str]) -> None:
    if form.get("client_id") != APP_ID:
        raise LoginFault(700016)
    if not form.get("client_secret"):
        raise LoginFault(70002)
    if form["client_secret"] != APP_SECRET:
        raise LoginFault(7000215)


def _audience(scope: str) -> str:
    """An app asks for everything it was given, of one resource."""
    found = {f"{audience}/.default": audience for audience in (GRAPH, CONNECTOR)}.get(scope)
    if found is None:
        raise LoginFault(70011)
    return found


def _given(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise LoginFault(900144)
    return form[name]


def _shown(core: Core, access: Token, refresh: Token | None) -> dict[str, Any]:
    lives = int(access.expires - core.clock.seconds())
    found: dict[str, Any] = {"token_type": "Bearer", "expires_in": lives, "ext_expires_in": lives}
    found["access_token"] = access.value
    if access.user:
        found["scope"] = " ".join(access.grants)
    return found if refresh is None else {**found, "refresh_token": refresh.value}


def _back(query: Params, fault: LoginFault) -> web.HTTPFound:
    values = {"error": _seen(fault), "error_description": fault.description, "state": query.get("state", "")}
    return web.HTTPFound(returned(query["redirect_uri"], **values))


def _seen(fault: LoginFault) -> str:
    """In the browser a refused grant is a refused access."""
    return "access_denied" if fault.refusal.error == "invalid_grant" else fault.refusal.error


def _own_page(fault: LoginFault, status: int = 400) -> web.Response:
    return web.Response(status=status, text=f"Sorry, but we’re having trouble signing you in. {fault.description}")


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    answer = web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=headers)
    answer.headers["Cache-Control"] = "no-store"
    return answer
