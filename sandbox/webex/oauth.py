"""Webex's consent page, the token endpoint and the identity broker's revocation. Decides nothing about what a token may do.

Source: developer.webex.com/docs/integrations. The client secret is needed even with PKCE.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.consent import page
from sandbox.core import Core, guarded
from sandbox.webex.replies import answer, broken, faulted
from sandbox.webex.tokens import CLIENT_ID, CLIENT_SECRET, KMS, OauthFault, Tokens, WebexFault
from sandbox.world import COMPANY

PATH = "/webex/v1"
REVOKE = "/webex/idb/oauth2/v1/revoke"
CALLBACK = "/oauth/webex/callback"
"""The path of the redirect address that the integration is registered with, on whatever host the bot is."""
REGISTERED = {
    KMS,
    *(f"spark:{name}" for name in ("messages_read", "messages_write", "rooms_read", "memberships_read")),
    *(f"spark:{name}" for name in ("people_read", "teams_read", "team_memberships_read")),
    *(f"spark-admin:{name}" for name in ("people_read", "roles_read", "organizations_read")),
    "identity:tokens_read",
    "identity:tokens_write",
}


class Oauth:
    """``blocked``: an administrator allows no integrations; people see an error page instead of being sent back."""

    def __init__(self, core: Core, tokens: Tokens) -> None:
        self.core = core
        self.tokens = tokens
        self.blocked = False

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{PATH}/authorize", self.authorize),
            web.post(f"{PATH}/authorize", self.decided),
            web.post(f"{PATH}/access_token", guarded(self.core, "webex", self.access, broken(self.core))),
            web.post(REVOKE, guarded(self.core, "webex", self.revoke, broken(self.core))),
        ]

    # -- the page --------------------------------------------------------------------------------

    def _wrong(self, query: Mapping[str, str]) -> str | None:
        """Shown on Webex's own page: there is no safe address to send anybody back to."""
        if query.get("client_id") != CLIENT_ID:
            return "Invalid client_id"
        back = urlsplit(query.get("redirect_uri", ""))
        if (
            back.scheme not in ("http", "https")
            or not back.netloc
            or back.path != CALLBACK
            or back.query
            or back.fragment
        ):
            return "The redirect_uri does not match the registered ones"
        if self.blocked:
            return "Your administrator does not allow this integration"
        return None

    def _refused(self, query: Mapping[str, str]) -> str | None:
        """Errors that go back with the browser."""
        scopes = set(query.get("scope", "").split())
        if query.get("response_type") != "code":
            return "unsupported_response_type"
        if query.get("code_challenge_method", "S256") != "S256":
            return "invalid_request"
        return None if scopes and scopes <= REGISTERED else "invalid_scope"

    async def authorize(self, request: web.Request) -> web.Response:
        query = request.query
        wrong, refused = self._wrong(query), self._refused(query)
        if wrong is not None:
            return web.Response(status=400, text=wrong)
        if refused is not None:
            raise _back(query, error=refused)
        accounts = [a for a in self.core.world.accounts["webex"].values() if a.active and not a.bot]
        return page("Webex", COMPANY, query["scope"].split(), accounts, query.get("as"))

    async def decided(self, request: web.Request) -> web.Response:
        form, query = await request.post(), request.query
        wrong, refused = self._wrong(query), self._refused(query)
        if wrong is not None:
            return web.Response(status=400, text=wrong)
        if refused is not None or form.get("decision") != "allow":
            raise _back(query, error=refused or "access_denied")
        user = str(form.get("user", ""))
        account = self.core.world.accounts["webex"].get(user)
        if account is None or not account.active or account.bot:
            return web.Response(status=400, text="no such account")
        challenge = query.get("code_challenge", "")
        raise _back(query, code=self.tokens.new_code(user, query["scope"], query["redirect_uri"], challenge))

    # -- the endpoints ---------------------------------------------------------------------------

    async def access(self, request: web.Request) -> web.StreamResponse:
        form = await _form(request)
        try:
            if form is None:
                raise OauthFault(400, "invalid_request", "Content-Type must be application/x-www-form-urlencoded")
            return answer(self._granted(form))
        except OauthFault as fault:
            if self.core.faults["webex"].mean:
                return faulted(WebexFault(fault.status, fault.words))
            return answer({"error": fault.code, "error_description": fault.words}, fault.status)

    def _granted(self, form: Mapping[str, str]) -> dict[str, Any]:
        for name in ("client_id", "client_secret"):
            if not form.get(name):
                raise OauthFault(400, "invalid_request", f"{name} cannot be null or empty")
        if form["client_id"] != CLIENT_ID or form["client_secret"] != CLIENT_SECRET:
            raise OauthFault(401, "invalid_client", "Client authentication failed.")
        if form.get("grant_type") == "refresh_token":
            return self.tokens.renew(form.get("refresh_token", ""))
        if form.get("grant_type") == "authorization_code":
            verifier = form.get("code_verifier", "")
            return self.tokens.exchange(form.get("code", ""), form.get("redirect_uri", ""), verifier)
        raise OauthFault(400, "unsupported_grant_type", "grant_type is not supported")

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        """Known from the vendor's JavaScript SDK only; whether it serves others' integrations is an open point."""
        form = await _form(request)
        if self.core.faults["webex"].mean or not _credentials(request.headers.get("Authorization", "")):
            return answer({"error": "invalid_client", "error_description": "Client authentication failed."}, 401)
        if form is None or not form.get("token"):
            return answer({"error": "invalid_request", "error_description": "token is missing"}, 400)
        self.tokens.revoke(form["token"])
        return answer({})


async def _form(request: web.Request) -> dict[str, str] | None:
    if request.content_type != "application/x-www-form-urlencoded":
        return None
    return {name: str(value) for name, value in (await request.post()).items()}


def _credentials(authorization: str) -> bool:
    try:
        plain = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return authorization.startswith("Basic ") and plain == f"{CLIENT_ID}:{CLIENT_SECRET}"


def _back(query: Mapping[str, str], **values: str) -> web.HTTPFound:
    return web.HTTPFound(f"{query['redirect_uri']}?{urlencode({**values, 'state': query.get('state', '')})}")
