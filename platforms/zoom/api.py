"""The only file that calls Zoom: our own thin client, and Zoom's errors sorted into the four answers.

A code means something only together with its HTTP status; limits belong to the account, not to a person.
"""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.events import Secret, Tokens
from bot.ids import AccountId, PlatformId, account_id
from bot.links import LinkReason
from bot.platform import Gone, GrantKind, Lent, NotAuthorised, Refused, TryLater
from platforms.http import Answer, Buckets, Http, Rate, retry_after

ZOOM = PlatformId("zoom")
# developers.zoom.us/docs/api/rate-limits: Pro accounts; Business accounts have more, and may use it after a 429 less.
LIGHT, MEDIUM = Rate(25, 30), Rate(15, 20)

# developers.zoom.us/docs/integrations/oauth-error-messages
OAUTH_PERSON = {4711, 4733, 4734, 4735, 4737, 4740, 4741}
OAUTH_CONFIG = {4702, 4704, 4709, 4717, 4738}
POLICY = {5418, 5421}


class Api:
    """Calls with a person's token (app B), the bot's (app A), or the directory's (app A or the server-to-server app)."""

    def __init__(self, lent: Lent) -> None:
        self.lent = lent
        self.base = lent.settings["MIO_ZOOM_API_URL"].rstrip("/")
        self.oauth = lent.settings["MIO_ZOOM_OAUTH_URL"].rstrip("/")
        self.tenant = lent.settings["MIO_ZOOM_ACCOUNT_ID"]
        self.http = Http(lent, ZOOM, [self.base, self.oauth])
        self.buckets = Buckets(lent.clock, lent.rates)
        self._made: dict[str, Tokens] = {}

    def account(self, user: str) -> AccountId:
        return account_id(ZOOM, self.tenant, user)

    # -- the voices ------------------------------------------------------------------------------

    async def person(
        self, account: AccountId, method: str, path: str, *, writes: bool = False, rate: Rate = MEDIUM, **options: Any
    ) -> Any:
        token = await self.lent.tokens.person(account)
        answer = await self._send(method, path, token, writes, rate, options)
        return self._read(method, path, answer, account, writes)

    async def bot(self, method: str, path: str, *, writes: bool = False, **options: Any) -> Any:
        token = await self._own("bot", "MIO_ZOOM_CLIENT", {"grant_type": "client_credentials"})
        answer = await self._send(method, path, token, writes, MEDIUM, options)
        return self._read(method, path, answer, None, writes, "bot")

    async def directory(self, method: str, path: str, *, rate: Rate = MEDIUM, **options: Any) -> Any:
        if self.lent.settings.get("MIO_ZOOM_S2S_CLIENT_ID"):
            asked = {"grant_type": "account_credentials", "account_id": self.tenant}
            token = await self._own("directory", "MIO_ZOOM_S2S_CLIENT", asked)
        else:
            tokens = await self.lent.tokens.installed(GrantKind.DIRECTORY)
            if tokens is None:
                raise NotAuthorised("app A is not authorised yet", None)
            token = tokens.access
        answer = await self._send(method, path, token, False, rate, options)
        return self._read(method, path, answer, None, False, "directory")

    async def with_token(self, token: str, method: str, path: str) -> Any:
        """A call with a token that is not stored yet."""
        answer = await self._send(method, path, token, False, LIGHT, {})
        return self._read(method, path, answer, None, False)

    async def _own(self, name: str, app: str, asked: Mapping[str, str]) -> str:
        """A token of the app itself: no refresh token, simply asked for again."""
        held = self._made.get(name)
        if held is None or held.expires is None or held.expires - self.lent.clock.now() < timedelta(minutes=2):
            found = await self.token(app, asked)
            expires = self.lent.clock.now() + timedelta(seconds=int(found.get("expires_in", 3_600)))
            held = self._made[name] = Tokens(Secret(str(found["access_token"])), expires=expires)
        return held.access

    async def token(self, app: str, asked: Mapping[str, str], path: str = "token") -> Any:
        """A form to Zoom's OAuth with an app's Basic credentials; ``app`` is the settings' common beginning."""
        pair = f"{self.lent.settings[app + '_ID']}:{self.lent.settings[app + '_SECRET']}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        answer = await self.http.call(
            f"oauth/{path}", "POST", f"{self.oauth}/{path}", writes=True, data=dict(asked), headers=headers
        )
        if answer.status == 200 and isinstance(answer.body, dict):
            return answer.body
        raise self._oauth_fault(path, answer)

    # -- one request -----------------------------------------------------------------------------

    async def _send(
        self, method: str, path: str, token: str, writes: bool, rate: Rate, options: Mapping[str, Any]
    ) -> Answer:
        lane = "light" if rate is LIGHT else "medium"
        self.buckets.take(lane, rate)
        headers = {"Authorization": f"Bearer {token}"}
        name = f"{method} {_template(path)}"
        answer = await self.http.call(name, method, self.base + path, writes=writes, headers=headers, **options)
        if answer.status == 429:
            after = retry_after(answer.headers, self.lent.clock.now())
            self.buckets.shut(lane, rate, after)
            raise TryLater(f"{name}: rate limited", after)
        return answer

    def _read(
        self,
        method: str,
        path: str,
        answer: Answer,
        account: AccountId | None,
        writes: bool,
        own: str | None = None,
    ) -> Any:
        """The body of a success; anything else is one of the four answers."""
        if 200 <= answer.status < 300:
            return answer.body
        body = answer.body if isinstance(answer.body, dict) else {}
        code = body.get("code")
        words = f"{method} {_template(path)}: {answer.status}/{code}"
        if answer.status == 401 or code == 124:
            if own is not None and own in self._made:
                del self._made[own]
            else:
                self.lent.tokens.stale(account, GrantKind.PERSON if account else GrantKind.DIRECTORY)
            return self._raise(TryLater(words, timedelta()))
        if code == 4700:
            return self._raise(NotAuthorised(words, account, LinkReason.REVOKED))
        if code in POLICY:
            return self._raise(Refused(words))
        if answer.status == 404 and code in (4131, 8001):
            return self._raise(Gone(words))
        if code == 5301:
            return self._raise(TryLater(words, certain=not writes))
        return self._raise(Refused(words))

    @staticmethod
    def _raise(fault: Exception) -> Any:
        raise fault

    def _oauth_fault(self, path: str, answer: Answer) -> Exception:
        body = answer.body if isinstance(answer.body, dict) else {}
        code = body.get("code")
        words = f"oauth/{path}: {answer.status}/{code or body.get('error')}"
        if answer.status == 429:
            return TryLater(words, retry_after(answer.headers, self.lent.clock.now()))
        if code in OAUTH_CONFIG or body.get("error") == "invalid_client":
            return NotAuthorised(words, None, LinkReason.POLICY)
        return Refused(words)


def _template(path: str) -> str:
    """A path without ids, for metrics and logs."""
    words = path.split("?", 1)[0].split("/")
    return "/".join(w if w.isalpha() or w in ("", "me", "emoji_reactions") else "{id}" for w in words)
