"""Zoom's consent page and its OAuth addresses: authorize, token, revoke.

Scopes are the app's: an authorize address carries none. Source: developers.zoom.us/docs/integrations/oauth.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.consent import basic, page, returned
from sandbox.core import Core
from sandbox.world import COMPANY
from sandbox.zoom.events import Events
from sandbox.zoom.tokens import APPS, Code, OauthFault, Tokens


class Oauth:
    def __init__(self, core: Core, tokens: Tokens, events: Events) -> None:
        self.core = core
        self.tokens = tokens
        self.events = events

    def pages(self) -> list[web.RouteDef]:
        """What a browser sees; no fault reaches it."""
        path = "/zoom/oauth/authorize"
        return [web.get(path, self.authorize), web.post(path, self.decided)]

    def calls(self) -> dict[str, Callable[[web.Request], Any]]:
        return {"/zoom/oauth/token": self.token, "/zoom/oauth/revoke": self.revoke}

    async def token(self, request: web.Request) -> dict[str, Any]:
        """Fields in the body or, as in the vendor's own samples, in the query."""
        return self.tokens.grant(*await self._asked(request))

    async def revoke(self, request: web.Request) -> dict[str, Any]:
        app, form = await self._asked(request)
        return self.tokens.revoke(app, form.get("token", ""))

    async def _asked(self, request: web.Request) -> tuple[str, dict[str, str]]:
        try:
            app = self.tokens.app_of(basic(request.headers.get("Authorization", "")))
            return app, {**request.query, **{k: str(v) for k, v in (await request.post()).items()}}
        except OauthFault:
            raise
        except ValueError:
            raise OauthFault(4700, "Bad Request", "invalid_request") from None

    # -- the browser -----------------------------------------------------------------------------

    def _app(self, request: web.Request) -> str | None:
        """Which of the two apps that people authorise; a server-to-server app has no such page."""
        query = request.query
        found = next((a for a in ("A", "B") if APPS[a][0] == query.get("client_id")), None)
        fine = query.get("redirect_uri", "").startswith(("http://", "https://"))
        return found if fine and query.get("response_type") == "code" else None

    def _closed(self, app: str | None) -> web.Response | None:
        if app is None:
            return web.Response(status=400, text="Invalid client_id, redirect_uri or response_type (4700)")
        if app in self.tokens.disabled:
            return web.Response(status=400, text="This app has been disabled (4717)")
        if app in self.tokens.unapproved:
            return web.Response(status=403, text="This app needs your administrator's approval. Request approval")
        return None

    async def authorize(self, request: web.Request) -> web.Response:
        app = self._app(request)
        closed = self._closed(app)
        if app is None or closed is not None:
            assert closed is not None
            return closed
        accounts = [a for a in self.core.world.accounts["zoom"].values() if a.active and not a.bot and not a.guest]
        return page("Zoom", COMPANY, self.tokens.scopes[app].split(), accounts, request.query.get("as"))

    async def decided(self, request: web.Request) -> web.Response:
        form, query, app = await request.post(), request.query, self._app(request)
        closed = self._closed(app)
        if app is None or closed is not None:
            assert closed is not None
            return closed
        back, state = query["redirect_uri"], query.get("state", "")
        if form.get("decision") != "allow":
            raise web.HTTPFound(returned(back, error="access_denied", state=state))
        account = self.core.world.accounts["zoom"].get(str(form.get("user", "")))
        if account is None or not account.active or account.bot:
            return web.Response(status=400, text="no such account")
        if account.guest:
            return web.Response(status=403, text="This app can be authorised by users of its own account only")
        if app == "A":
            if not account.admin:
                return web.Response(status=403, text="This app needs your administrator. Request approval")
            if self.tokens.install():
                self.core.hooks.send(self.events.installed(account))
        left_out = {str(scope) for scope in form.getall("without", [])}
        scopes = " ".join(scope for scope in self.tokens.scopes[app].split() if scope not in left_out)
        challenge, method = query.get("code_challenge", ""), query.get("code_challenge_method", "plain")
        code = Code(app, account.id, scopes, back, challenge, method, self.core.clock.seconds())
        raise web.HTTPFound(returned(back, code=self.tokens.new_code(code), state=state))
