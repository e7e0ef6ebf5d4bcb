"""The only file that calls Slack: the SDK's client over our session, and Slack's errors sorted into the four answers.

Retrying is never left to the SDK: posting is not idempotent, and waiting is the engine's business.
"""

import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ids import AccountId, PlatformId, account_id
from bot.links import LinkReason
from bot.platform import Gone, Lent, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind
from platforms.http import Buckets, Http, Rate, retry_after

SLACK = PlatformId("slack")

DEAD = {
    "token_revoked": LinkReason.REVOKED,
    "invalid_auth": LinkReason.REVOKED,
    "not_authed": LinkReason.REVOKED,
    "invalid_refresh_token": LinkReason.EXPIRED,
    "token_expired": LinkReason.EXPIRED,
    "account_inactive": LinkReason.ACCOUNT_GONE,
    "user_removed_from_team": LinkReason.ACCOUNT_GONE,
    "missing_scope": LinkReason.REVOKED,
    "no_permission": LinkReason.POLICY,
    "access_denied": LinkReason.POLICY,
    "team_access_not_granted": LinkReason.POLICY,
    "app_access_restricted": LinkReason.POLICY,
    "ekm_access_denied": LinkReason.POLICY,
    "org_login_required": LinkReason.POLICY,
    "two_factor_setup_required": LinkReason.POLICY,
    "not_allowed_token_type": LinkReason.POLICY,
}
LATER = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
    "external_channel_migrating",
}
GONE = {"message_not_found"}

WITH_JSON = {"chat.postMessage", "chat.update"}
"""Every method takes a form; JSON bodies are understood by writing methods only (docs.slack.dev/apis/web-api)."""

# docs.slack.dev/apis/web-api/rate-limits: calls a minute per method, workspace and app.
TIERS = {1: Rate(1 / 60, 1), 2: Rate(20 / 60, 20), 3: Rate(50 / 60, 50), 4: Rate(100 / 60, 100)}
METHODS: Mapping[str, int] = {
    "users.list": 2,
    "conversations.open": 3,
    "conversations.info": 3,
    "conversations.history": 3,
    "chat.update": 3,
    "auth.revoke": 3,
    "users.info": 4,
}
PER_CHANNEL = Rate(1, 10)
"""One message a second and channel, short bursts allowed."""
WORKSPACE = Rate(10, 60)
"""Several hundred messages a minute and workspace."""

# The SDK writes whole requests into its debug log, and composes the line even when nobody reads it unless its logger
# has a level of its own.
QUIET = logging.getLogger("slack_sdk.mio")
QUIET.setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is, from ``auth.test``."""

    team: str
    user: str


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose permission a call uses; ``account`` None is the bot's or the app's own."""

    account: AccountId | None = None
    renewable: bool = False
    """Whether the engine can renew the token when Slack calls it expired."""


class _Straight:
    """Our session as the SDK uses it, without following redirects: a token goes to the configured host only."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.closed = False

    def request(self, verb: str, url: str, **options: Any) -> Any:
        return self.session.request(verb, url, allow_redirects=False, **options)


class Api:
    """Calls with a person's token, with the bot's, or with the app's own credentials."""

    def __init__(self, lent: Lent) -> None:
        self.lent = lent
        self.base = lent.settings["MIO_SLACK_API_URL"]
        self.http = Http(lent, SLACK, [self.base])
        self.buckets = Buckets(lent.clock, lent.rates)
        self._client: AsyncWebClient | None = None
        self._identity: Identity | None = None

    async def start(self) -> None:
        await self.http.start()
        session = cast(aiohttp.ClientSession, _Straight(self.http.session))
        self._client = AsyncWebClient(base_url=self.base, session=session, retry_handlers=[], logger=QUIET)

    async def stop(self) -> None:
        await self.http.stop()

    # -- the voices ------------------------------------------------------------------------------

    async def person(self, account: AccountId, method: str, *, writes: bool = False, **args: Any) -> Any:
        """A call in a person's own name."""
        token = await self.lent.tokens.person(account)
        return await self._call(method, token, args, writes, Voice(account, True))

    async def bot(self, method: str, *, writes: bool = False, **args: Any) -> Any:
        """A call of the bot."""
        return await self._call(method, await self._bot_token(), args, writes, self._bot_voice())

    async def _bot_token(self) -> str:
        fixed = self.lent.settings.get("MIO_SLACK_BOT_TOKEN")
        if fixed:
            return fixed
        tokens = await self.lent.tokens.installed(GrantKind.BOT)
        if tokens is None:
            raise NotAuthorised("the Slack app is not installed", None)
        return tokens.access

    def _bot_voice(self) -> Voice:
        return Voice(None, not self.lent.settings.get("MIO_SLACK_BOT_TOKEN"))

    async def app(self, method: str, **args: Any) -> Any:
        """A call with the app's credentials (OAuth)."""
        names = ("MIO_SLACK_CLIENT_ID", "MIO_SLACK_CLIENT_SECRET")
        pair = ":".join(self.lent.settings[name] for name in names)
        basic = "Basic " + base64.b64encode(pair.encode()).decode()
        return await self._request(method, basic, args, True, Voice())

    async def examined(self) -> tuple[Any, Mapping[str, str]]:
        """``auth.test`` of the bot with the answer's headers, which name the token's scopes."""
        token = await self._bot_token()
        answer = await self._answer("auth.test", f"Bearer {token}", {}, False, self._bot_voice())
        return answer.data, answer.headers

    async def token_call(self, method: str, token: str, **args: Any) -> Any:
        """A call with a token that is not stored yet, or not any more."""
        return await self._call(method, token, args, False, Voice())

    async def identity(self) -> Identity:
        """The bot's own user and workspace; asked once."""
        if self._identity is None:
            found = await self.bot("auth.test")
            self._identity = Identity(str(found["team_id"]), str(found["user_id"]))
        return self._identity

    def forget_identity(self) -> None:
        """The app was installed anew, perhaps as another bot user."""
        self._identity = None

    def account(self, team: str, user: str) -> AccountId:
        return account_id(SLACK, team, user)

    # -- one request -----------------------------------------------------------------------------

    async def _call(self, method: str, token: str, args: dict[str, Any], writes: bool, voice: Voice) -> Any:
        self._take(method, args)
        return await self._request(method, f"Bearer {token}", args, writes, voice)

    def _take(self, method: str, args: Mapping[str, Any]) -> None:
        if method == "chat.postMessage":
            self.buckets.take_all((f"channel:{args.get('channel')}", PER_CHANNEL), (method, _rate(method)))
        else:
            self.buckets.take(method, _rate(method))

    async def _request(self, method: str, key: str, args: dict[str, Any], writes: bool, voice: Voice) -> Any:
        return (await self._answer(method, key, args, writes, voice)).data

    async def _answer(
        self, method: str, key: str, args: dict[str, Any], writes: bool, voice: Voice
    ) -> AsyncSlackResponse:
        assert self._client is not None, "start() comes first"
        as_json = method in WITH_JSON
        form = None if as_json else {name: str(value) for name, value in args.items()}
        try:
            answer = await self._client.api_call(
                method, json=args if as_json else None, data=form, headers={"Authorization": key}
            )
        except SlackApiError as fault:
            raise self._sorted(method, fault.response, writes, voice) from None
        except aiohttp.ClientConnectorError as fault:
            self.lent.counted(SLACK, method, 0)
            raise TryLater(f"{method}: no connection ({type(fault).__name__})") from None
        # The SDK trips over an answer in plain text, as proxies give it, with an AttributeError.
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError, AttributeError) as fault:
            self.lent.counted(SLACK, method, 0)
            raise TryLater(f"{method}: no answer ({type(fault).__name__})", certain=not writes) from None
        self.lent.counted(SLACK, method, answer.status_code)
        return answer

    def _sorted(self, method: str, response: Any, writes: bool, voice: Voice) -> Exception:
        """Slack's error as one of the four answers. ``response`` is the SDK's, or aiohttp's for unreadable JSON."""
        status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
        data = getattr(response, "data", None)
        code = data.get("error") if isinstance(data, dict) else None
        self.lent.counted(SLACK, method, status)
        if status == 429 or code in ("ratelimited", "rate_limited"):
            after = retry_after(response.headers, self.lent.clock.now())
            self.buckets.shut(method, _rate(method), after)
            return TryLater(f"{method}: rate limited", after)
        if status >= 500 or not isinstance(code, str) or code in LATER:
            return TryLater(f"{method}: {code or status}", certain=not writes)
        if code == "token_expired" and voice.renewable:
            self.lent.tokens.stale(voice.account, GrantKind.PERSON if voice.account else GrantKind.BOT)
            return TryLater(f"{method}: {code}", timedelta())
        if code in DEAD:
            return NotAuthorised(f"{method}: {code}", voice.account, DEAD[code])
        if code in GONE:
            return Gone(f"{method}: {code}")
        return Refused(code)


def _rate(method: str) -> Rate:
    return WORKSPACE if method == "chat.postMessage" else TIERS[METHODS.get(method, 4)]
