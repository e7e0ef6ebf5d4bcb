"""The only file that calls Webex: our own client for people and the bot, the SDK in a few threads for an administrator's calls.

Webex's errors are sorted into the four answers here. Limits are counted per owner of a token, whichever app calls.
"""

import asyncio
import base64
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from webexteamssdk.exceptions import ApiError
from webexteamssdk.restsession import RestSession

from bot.ids import AccountId, PlatformId
from bot.links import LinkReason
from bot.platform import Gone, Lent, NotAuthorised, PlatformError, Refused, TryLater
from bot.ready import GrantKind
from platforms.http import Answer, Buckets, Http, Rate, retry_after

WEBEX = PlatformId("webex")
# developer.webex.com/docs/basics: about 300 calls a minute for most resources, more for messages and for bots; how much
# more is not said, so less than twice as many. Of people more, too, but who asks for their presence is stopped early.
USUAL, BUSY, BOT = Rate(4.5, 30), Rate(8, 60), Rate(9, 60)
BUSY_RESOURCES = ("messages",)
THREADS = 4
SECONDS = 5
"""How long one call of the SDK may take, as in ``platforms.http``."""
EXPECTED = {"GET": 200, "POST": 200, "PUT": 200, "DELETE": 204}


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose permission a call uses. ``account`` None: the bot's, or with ``kind`` the directory's."""

    name: str
    token: str = field(repr=False)
    account: AccountId | None = None
    kind: GrantKind | None = None
    """Of a grant that the engine can renew when Webex calls its token expired."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``next`` is the address of the following one."""

    items: tuple[dict[str, Any], ...]
    next: str | None
    body: Mapping[str, Any] = field(default_factory=dict)


class Api:
    def __init__(self, lent: Lent) -> None:
        self.lent = lent
        self.base = lent.settings["MIO_WEBEX_API_URL"].rstrip("/")
        self.revoke_url = lent.settings["MIO_WEBEX_REVOKE_URL"]
        self.http = Http(lent, WEBEX, [self.base, self.revoke_url], trace="trackingid")
        self.buckets = Buckets(lent.clock, lent.rates)
        self._threads: ThreadPoolExecutor | None = None
        self._expired: dict[str, int] = {}
        """By voice: which token Webex refused last, so that a renewed one that is refused, too, ends it."""

    async def start(self) -> None:
        await self.http.start()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="webex")

    async def stop(self) -> None:
        await self.http.stop()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    # -- the voices ------------------------------------------------------------------------------

    def bot(self) -> Voice:
        return Voice("bot", self.lent.settings["MIO_WEBEX_BOT_TOKEN"])

    async def person(self, account: AccountId) -> Voice:
        return Voice(account, await self.lent.tokens.person(account), account, GrantKind.PERSON)

    async def directory(self) -> Voice:
        found = await self.directory_or_none()
        if found is None:
            raise NotAuthorised("the Webex directory is not connected yet", None)
        return found

    async def directory_or_none(self) -> Voice | None:
        tokens = await self.lent.tokens.installed(GrantKind.DIRECTORY)
        return Voice("directory", tokens.access, None, GrantKind.DIRECTORY) if tokens else None

    @staticmethod
    def holder(token: str) -> Voice:
        """Whoever holds a token that is not stored yet, or not any more."""
        return Voice("holder", token)

    # -- calls over the shared client ------------------------------------------------------------

    async def call(self, voice: Voice, method: str, path: str, *, writes: bool = False, **options: Any) -> Any:
        """The body of a success; anything else is one of the four answers."""
        return (await self._send(voice, method, self.base + path, writes, options)).body

    async def page(self, voice: Voice, path: str, params: Mapping[str, str] | None = None) -> Page:
        """A page of a list: by path and query, or by the address of a former page's ``next``."""
        url = path if path.startswith(("http://", "https://")) else self.base + path
        answer = await self._send(voice, "GET", url, False, {"params": params} if params else {})
        return _page(answer.body, answer.headers.get("Link", ""))

    async def head(self, voice: Voice, url: str, header: str) -> str:
        """One header of what lies at an address of the API."""
        return _header(await self._send(voice, "HEAD", url, False, {}), header)

    async def _send(self, voice: Voice, method: str, url: str, writes: bool, options: dict[str, Any]) -> Answer:
        name, lane, rate = self._lane(voice, method, url)
        self.buckets.take(lane, rate)
        headers = {"Authorization": f"Bearer {voice.token}"}
        answer = await self.http.call(name, method, url, writes=writes, headers=headers, **options)
        if 200 <= answer.status < 300:
            self._expired.pop(voice.name, None)
            return answer
        raise self._sorted(voice, name, lane, rate, answer)

    def _lane(self, voice: Voice, method: str, url: str) -> tuple[str, str, Rate]:
        path = urlsplit(url).path.removeprefix(urlsplit(self.base).path)
        resource = path.split("/")[1] if path.startswith("/") else ""
        rate = BOT if voice.name == "bot" else BUSY if resource in BUSY_RESOURCES else USUAL
        return f"{method} {_template(path)}", f"{voice.name}:{resource}", rate

    # -- calls with the SDK ----------------------------------------------------------------------

    async def admin(self, voice: Voice, method: str, path: str, **options: Any) -> Page:
        """A call that is nobody's message, in one of a few threads, since the SDK waits. ``path`` as for ``page``."""
        assert self._threads is not None, "start() comes first"
        url = path if path.startswith(("http://", "https://")) else self.base + path
        if urlsplit(url).netloc != urlsplit(self.base).netloc:
            raise Refused("address outside the platform's hosts")
        name, lane, rate = self._lane(voice, method, url)
        self.buckets.take(lane, rate)
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._ask, voice.token, name, method, url, options)
        self.lent.counted(WEBEX, name, answer.status)
        if answer.status >= 500:
            raise TryLater(f"{name}: {answer.status}{_trace(answer)}", certain=method != "POST")
        if answer.status != EXPECTED[method]:
            raise self._sorted(voice, name, lane, rate, answer)
        self._expired.pop(voice.name, None)
        return _page(answer.body, answer.headers.get("link", ""))

    def _ask(self, token: str, name: str, method: str, url: str, options: dict[str, Any]) -> Answer:
        """In a thread: no waiting for rate limits, no redirects; a token goes to the configured host only."""
        session = RestSession(token, f"{self.base}/", single_request_timeout=SECONDS, wait_on_rate_limit=False)
        # Passwords of the machine's .netrc would take the token's place.
        session._req_session.trust_env = False
        try:
            response = session.request(method, url, EXPECTED[method], allow_redirects=False, **options)
        except ApiError as refused:
            response = refused.response
        except ValueError:
            # The SDK trips over a Retry-After that is a date.
            raise TryLater(f"{name}: rate limited") from None
        except requests.ConnectionError as fault:
            self.lent.counted(WEBEX, name, 0)
            raise TryLater(f"{name}: no connection ({type(fault).__name__})", certain=method != "POST") from None
        except requests.RequestException as fault:
            self.lent.counted(WEBEX, name, 0)
            raise TryLater(f"{name}: no answer ({type(fault).__name__})", certain=method != "POST") from None
        finally:
            session._req_session.close()
        try:
            body = response.json() if response.content else None
        except ValueError:
            body = None
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)

    # -- errors ----------------------------------------------------------------------------------

    def _sorted(self, voice: Voice, name: str, lane: str, rate: Rate, answer: Answer) -> PlatformError:
        """Webex's refusal as one of the four answers (developer.webex.com/docs/basics)."""
        words = f"{name}: {answer.status}{_trace(answer)}"
        match answer.status:
            case 401:
                return self._over(voice, words)
            case 404 | 409 | 410:
                return Gone(words)
            case 423 | 429:
                headers = {"Retry-After": _header(answer, "Retry-After")}
                after = retry_after(headers, self.lent.clock.now())
                if answer.status == 429:
                    self.buckets.shut(lane, rate, after)
                return TryLater(words, after * random.uniform(1.0, 1.2))
            case _:
                return Refused(words)

    def _over(self, voice: Voice, words: str) -> PlatformError:
        """A token that Webex refuses is renewed once; is the new one refused, too, the permission is over."""
        mark, before = hash(voice.token), self._expired.get(voice.name)
        if voice.kind is None or (before is not None and before != mark):
            return NotAuthorised(words, voice.account, LinkReason.REVOKED)
        self._expired[voice.name] = mark
        self.lent.tokens.stale(voice.account, voice.kind)
        return TryLater(words, timedelta())

    # -- OAuth -----------------------------------------------------------------------------------

    async def token(self, asked: Mapping[str, str]) -> Answer:
        """A form to the token endpoint with the integration's credentials, whatever comes back."""
        settings = self.lent.settings
        form = {
            "client_id": settings["MIO_WEBEX_CLIENT_ID"],
            "client_secret": settings["MIO_WEBEX_CLIENT_SECRET"],
            **asked,
        }
        return await self._oauth("POST /access_token", f"{self.base}/access_token", {"data": form})

    async def drop(self, token: str) -> bool:
        """End a token at the identity broker; False when it does not serve us."""
        settings = self.lent.settings
        pair = f"{settings['MIO_WEBEX_CLIENT_ID']}:{settings['MIO_WEBEX_CLIENT_SECRET']}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        form = {"token": token, "token_type_hint": "access_token"}
        answer = await self._oauth("POST revoke", self.revoke_url, {"data": form, "headers": headers})
        return 200 <= answer.status < 300

    async def _oauth(self, name: str, url: str, options: dict[str, Any]) -> Answer:
        answer = await self.http.call(name, "POST", url, writes=True, **options)
        if answer.status == 429:
            raise TryLater(f"{name}: rate limited", retry_after(answer.headers, self.lent.clock.now()))
        return answer


def _header(answer: Answer, name: str) -> str:
    return next((value for key, value in answer.headers.items() if key.lower() == name.lower()), "")


def _trace(answer: Answer) -> str:
    """Webex's own number of the call: the first thing its support asks for."""
    body = answer.body if isinstance(answer.body, dict) else {}
    found = str(body.get("trackingId") or _header(answer, "trackingid"))[:80]
    return f" {found}" if found else ""


def _page(body: Any, link: str) -> Page:
    whole = body if isinstance(body, dict) else {}
    items = whole.get("items")
    rows = tuple(item for item in items if isinstance(item, dict)) if isinstance(items, list) else ()
    return Page(rows, _next(link), whole)


def _next(link: str) -> str | None:
    """RFC 8288: the address whose relation is next."""
    for found in requests.utils.parse_header_links(link) if link else ():
        if found.get("rel") == "next":
            return str(found["url"])
    return None


def _template(path: str) -> str:
    """A path without ids, for metrics and logs."""
    return "/".join(word if word.isalpha() or not word else "{id}" for word in path.split("/"))
