"""Slack's consent page and ``oauth.v2.access``: installs (scope=), people's consent (user_scope=), refreshes.

Source: docs.slack.dev/authentication/installing-with-oauth. Decides nothing about what a token may do.
"""

from typing import Any

from aiohttp import web

from sandbox.consent import basic, page, returned
from sandbox.core import Core, Params
from sandbox.slack.events import APP, TEAM
from sandbox.slack.tokens import CLIENT_ID, CLIENT_SECRET, SlackFault, Token, Tokens
from sandbox.world import COMPANY

KNOWN = set(
    "app_mentions:read,chat:write,chat:write.customize,commands,emoji:read,files:read,files:write,im:history,im:read,"
    "im:write,reactions:read,reactions:write,team:read,users:read,users:read.email".split(",")
)
TEAM_SHAPE = {"id": TEAM, "name": COMPANY}


def _scopes(query: Params, name: str) -> list[str]:
    return [scope for scope in str(query.get(name) or "").replace(" ", ",").split(",") if scope]


class Oauth:
    def __init__(self, core: Core, tokens: Tokens, bot_user: str) -> None:
        self.core = core
        self.tokens = tokens
        self.bot_user = bot_user

    def routes(self) -> list[web.RouteDef]:
        path = "/slack/oauth/v2/authorize"
        return [web.get(path, self.authorize), web.post(path, self.decided)]

    def _wrong(self, query: Params) -> str | None:
        """Slack shows these on its own page: there is no safe address to send anybody back to."""
        back, scopes = str(query.get("redirect_uri") or ""), _scopes(query, "scope") + _scopes(query, "user_scope")
        if query.get("client_id") != CLIENT_ID:
            return "invalid_client_id"
        if not back.startswith(("http://", "https://")) or "#" in back:
            return "bad_redirect_uri"
        if not scopes:
            return "no_scopes"
        return None if set(scopes) <= KNOWN else "invalid_scope"

    async def authorize(self, request: web.Request) -> web.Response:
        query = request.query
        wrong = self._wrong(query)
        if wrong is not None:
            return web.Response(status=400, text=f"Something went wrong when authorizing this app: {wrong}")
        scopes = _scopes(query, "scope") + _scopes(query, "user_scope")
        accounts = [a for a in self.core.world.accounts["slack"].values() if a.active and not a.bot]
        return page("Slack", COMPANY, scopes, accounts, query.get("as"))

    async def decided(self, request: web.Request) -> web.Response:
        form, query = await request.post(), request.query
        wrong = self._wrong(query)
        if wrong is not None:
            return web.Response(status=400, text=wrong)
        back, state = query["redirect_uri"], query.get("state", "")
        if form.get("decision") != "allow":
            raise web.HTTPFound(returned(back, error="access_denied", state=state))
        user = str(form.get("user", ""))
        account = self.core.world.accounts["slack"].get(user)
        if account is None or not account.active or account.bot:
            return web.Response(status=400, text="no such account")
        bot, person = ",".join(_scopes(query, "scope")), ",".join(_scopes(query, "user_scope"))
        raise web.HTTPFound(returned(back, code=self.tokens.new_code(user, bot, person, back), state=state))

    def access(self, authorization: str, args: Params) -> dict[str, Any]:
        """Code or refresh token for tokens. Raises ``SlackFault``."""
        _credentials(authorization, args)
        kind = args.get("grant_type") or "authorization_code"
        if kind == "refresh_token":
            token = self.tokens.renew(str(args.get("refresh_token", "")))
            who = {"bot_user_id": token.user} if token.kind == "bot" else {"user_id": token.user}
            return {**self.tokens.answer(token), **who, **_app()}
        if kind != "authorization_code":
            raise SlackFault("invalid_grant_type")
        granted = self.tokens.exchange(str(args.get("code", "")), str(args.get("redirect_uri", "")))
        person = self._token(granted.person)
        bot = {**self._token(granted.bot), "bot_user_id": self.bot_user} if granted.bot else {}
        return {**bot, **_app(), "authed_user": {"id": granted.user, **person}}

    def _token(self, token: Token | None) -> dict[str, Any]:
        return {} if token is None else self.tokens.answer(token)


def _app() -> dict[str, Any]:
    return {"app_id": APP, "team": TEAM_SHAPE, "enterprise": None, "is_enterprise_install": False}


def _credentials(authorization: str, args: Params) -> None:
    """HTTP Basic is preferred; form fields do as well."""
    client, secret = str(args.get("client_id", "")), str(args.get("client_secret", ""))
    if authorization.startswith("Basic "):
        client, secret = basic(authorization) or ("", "")
    if client != CLIENT_ID:
        raise SlackFault("invalid_client_id")
    if secret != CLIENT_SECRET:
        raise SlackFault("bad_client_secret")
