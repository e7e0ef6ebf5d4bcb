"""The tenant, its addresses and the app's own tokens; calls to the login service and to the Bot Connector.

Three kinds of tokens: the app's for its bot, the app's for Graph, and people's own, which the engine keeps.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot.ids import AccountId, PlatformId, account_id
from bot.platform import Lent, NotAuthorised, Refused, TryLater
from platforms.http import Answer, Buckets, Http, Rate
from platforms.teams import aadsts, answers, trust

TEAMS = PlatformId("teams")
GRAPH_SCOPE = "https://graph.microsoft.com/.default"
EARLY = timedelta(minutes=5)
# learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit: 60 in 30 s a thread, 30 a second for the tenant.
THREAD, TENANT = Rate(1.9, 6), Rate(25, 25)


@dataclass(frozen=True, slots=True)
class _Own:
    value: str = field(repr=False)
    until: datetime


class Api:
    def __init__(self, lent: Lent) -> None:
        settings = lent.settings
        self.lent = lent
        self.app = settings.get("MIO_TEAMS_APP_ID", "").lower()
        self.tenant = settings["MIO_TEAMS_TENANT_ID"].lower()
        self.login = settings["MIO_TEAMS_LOGIN_URL"].rstrip("/")
        self.graph = settings["MIO_TEAMS_GRAPH_URL"].rstrip("/")
        self.service = settings["MIO_TEAMS_SERVICE_URL"].rstrip("/")
        self.openid = settings["MIO_TEAMS_OPENID_URL"]
        self.anonymous = settings.get("MIO_TEAMS_ANONYMOUS") == "1"
        hosts = [self.login, self.graph, self.service, self.openid, *trust.services(self.service)]
        self.http = Http(lent, TEAMS, hosts, trace="request-id")
        self.buckets = Buckets(lent.clock, lent.rates)
        self._own: dict[str, _Own] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def account(self, user: str) -> AccountId:
        """An object id as an account; Entra's ids are compared without case."""
        return account_id(TEAMS, self.tenant, user.lower())

    def trusted(self, address: str) -> bool:
        return trust.trusted(self.service, address)

    # -- the login service -----------------------------------------------------------------------

    async def token(self, asked: Mapping[str, str]) -> Answer:
        """A form to the token endpoint with the app's own secret, whatever comes back. Raises ``TryLater``."""
        secret = self.lent.settings.get("MIO_TEAMS_APP_SECRET", "")
        form = {"client_id": self.app, "client_secret": secret, **asked}
        url = f"{self.login}/{self.tenant}/oauth2/v2.0/token"
        answer = await self.http.call("POST /token", "POST", url, writes=True, data=form)
        if answer.status == 429:
            raise TryLater("POST /token: rate limited", answers.wait(answer, self.lent.clock.now()))
        return answer

    async def own(self, scope: str) -> str:
        """The app's own token for ``scope``, asked for once at a time. ``NotAuthorised`` (the app's) when it is refused."""
        async with self._locks.setdefault(scope, asyncio.Lock()):
            now = self.lent.clock.now()
            held = self._own.get(scope)
            if held is not None and held.until > now:
                return held.value
            answer = await self.token({"grant_type": "client_credentials", "scope": scope})
            body = answer.body if isinstance(answer.body, dict) else {}
            value, lives = body.get("access_token"), body.get("expires_in")
            if answer.status == 200 and isinstance(value, str) and value:
                pass
            elif answer.status == 200 or aadsts.passing(answer):
                raise TryLater(aadsts.words(answer), aadsts.LATER)
            else:
                raise NotAuthorised(aadsts.words(answer), None)
            seconds = int(lives) if isinstance(lives, int | float | str) and str(lives).isdecimal() else 3_600
            self._own[scope] = _Own(value, now + max(timedelta(minutes=1), timedelta(seconds=seconds) - EARLY))
            return value

    def forget(self, scope: str, value: str) -> bool:
        """A token of ours was refused. False: it was not the one in use any more, so a newer one may be tried."""
        held = self._own.get(scope)
        if held is None or held.value != value:
            return False
        del self._own[scope]
        return True

    # -- the connector ---------------------------------------------------------------------------

    async def connector(
        self,
        service: str,
        method: str,
        place: str,
        thread: str,
        *,
        writes: bool = False,
        json: Any = None,
    ) -> dict[str, Any]:
        """A call as the bot. ``place`` is a path with its ids escaped, ``thread`` what its rate is counted by.

        ``writes``: repeating it could double something. Raises the four errors, ``Blocked`` and ``NotInstalled`` among them.
        """
        if not self.trusted(service):
            raise Refused("a service address that is not Microsoft's")
        lanes = ((f"thread:{thread}", THREAD), ("connector", TENANT))
        self.buckets.take_all(*lanes)
        scope = self.lent.settings["MIO_TEAMS_BOT_SCOPE"]
        name, url = f"{method} {template(place)}", f"{service.rstrip('/')}{place}"
        for last in (False, True):
            token = await self.own(scope)
            headers = {"Authorization": f"Bearer {token}"}
            options: dict[str, Any] = {"headers": headers} if json is None else {"headers": headers, "json": json}
            answer = await self.http.call(name, method, url, writes=writes, **options)
            if answer.status != 401 or last:
                break
            self.forget(scope, token)
        if 200 <= answer.status < 300:
            return answer.body if isinstance(answer.body, dict) else {}
        if answer.status == 429:
            now = self.lent.clock.now()
            self.buckets.shut(*lanes[0], answers.wait(answer, now))
        raise answers.connector(answer, name, self.lent.clock.now())


def path(*segments: str) -> str:
    """A path whose segments are escaped, colons and at signs too."""
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def template(place: str) -> str:
    """A path without ids and query, for metrics and logs."""
    words = place.partition("?")[0].split("/")
    return "/".join(
        word if word.isalpha() or word.startswith("microsoft.graph.") or word in ("", "v3") else "{id}"
        for word in words
    )
