"""Requests to us: the channel's activities, proven by their token before they are kept; Graph's notifications, kept raw
and proven by the worker, so that what anybody may send costs no call.

Source: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication and
learn.microsoft.com/graph/change-notifications-delivery-webhooks.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import structlog
from aiohttp import web

from bot.platform import Incoming, Overloaded, Route, TryLater, Undecodable
from bot.words import say
from platforms.http import keep, read_body
from platforms.teams.api import Api
from platforms.teams.invokes import Invokes
from platforms.teams.keys import Forged, Keys, Signed
from platforms.teams.shapes import Activity, Item, convert, moment
from platforms.teams.trust import loopback, loopback_address

log = structlog.get_logger("mio.teams")

CHANNEL = "msteams"
TAKEN = ("message", "invoke", "conversationUpdate", "installationUpdate")
"""An edited command is not given again, and a removed one is not taken back: their kinds are answered and no more."""
PRESS, BY_HAND = "adaptiveCard/action", "manual"
CARD = "application/vnd.microsoft.card.adaptive"
TOAST = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
FROM_ELSEWHERE = ("Origin", "Forwarded", "X-Forwarded-For", "Via")
"""What a browser or a proxy adds: the sender is not the program at the other end."""
BODY = 8 * 1024 * 1024
MOST_TOKEN, MOST_TOKENS, LONGEST_TOKEN = 2_048, 4, 16_384
"""A handshake's; beside notifications, where there is one per app and tenant."""
MOST_STATE, MOST_WORDS = 128, 250
AT_ONCE = 100
DAY = timedelta(days=1)
CHAT = re.compile(r"chats\('([!-&(-~]{1,200})'\)/")
MESSAGE = re.compile(r"/messages\('([0-9]{1,16})'\)$")


def routes(api: Api, keys: Keys, invokes: Invokes) -> Sequence[Route]:
    return [
        Route("POST", "/api/messages", Messages(api, keys, invokes).handle),
        Route("POST", "/teams/notifications", Notified(api).handle),
    ]


# -- the channel ---------------------------------------------------------------------------------


class Messages:
    def __init__(self, api: Api, keys: Keys, invokes: Invokes) -> None:
        self.api = api
        self.lent = api.lent
        self.keys = keys
        self.invokes = invokes

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await read_body(request)
        try:
            signed = await self._signed(request)
        except Forged as forged:
            log.info("refused", why=str(forged))
            return web.Response(status=401)
        except TryLater as later:
            log.warning("signature not checked", why=str(later))
            return web.Response(status=503, headers={"Retry-After": "5"})
        try:
            activity = convert(orjson.loads(raw), Activity)
        except (orjson.JSONDecodeError, Undecodable) as fault:
            log.info("unreadable", why=str(fault) if isinstance(fault, Undecodable) else "not JSON")
            return web.Response(status=400, text="not an activity")
        wrong = self._wrong(activity, signed)
        if wrong is not None:
            log.warning("refused", why=wrong)
            return web.Response(status=403)
        return await self._taken(activity, raw)

    async def _signed(self, request: web.Request) -> Signed | None:
        """None: unsigned, where that is allowed."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return await self.keys.activity(token.strip())
        if self.api.anonymous and _from_here_to_here(request):
            return None
        raise Forged("no token")

    def _wrong(self, activity: Activity, signed: Signed | None) -> str | None:
        """What does not fit between the activity, its token and our settings. Our own token goes to its service address."""
        if not self.api.trusted(activity.serviceUrl):
            return "service address"
        if activity.tenants - {self.api.tenant}:
            return "tenant"
        if signed is None:
            return None
        if activity.channelId != CHANNEL:
            return "channel"
        if not activity.tenants:
            return "no tenant"
        if activity.channelId not in signed.endorsements:
            return "endorsement"
        if (signed.claims.get("serviceurl") or signed.claims.get("serviceUrl")) != activity.serviceUrl:
            return "service address in the token"
        if activity.recipient is None or activity.recipient.id.lower() != f"28:{self.api.app}":
            return "recipient"
        return None

    async def _taken(self, activity: Activity, raw: bytes) -> web.StreamResponse:
        if activity.type not in TAKEN:
            log.debug("ignored", kind=activity.type[:40])
            return web.Response()
        if activity.type != "invoke":
            return await keep(self.lent.submit, self._incoming(activity, raw))
        if activity.name != PRESS:
            log.info("ignored", kind=str(activity.name)[:40])
            return web.Response(status=501)
        return await self._pressed(activity, raw)

    def _incoming(self, activity: Activity, raw: bytes) -> Incoming:
        """As it came, byte for byte: what is nested too deeply to be written again was read all the same."""
        now = self.lent.clock.now()
        native = activity.id or sha256(raw).hexdigest()
        return Incoming(
            key=_short(f"{activity.type}:{activity.conversation.id}:{native}"),
            stream=_short(f"user:{(activity.sender.aadObjectId or activity.sender.id).lower()}"),
            body=b'{"kind":"activity","payload":' + raw + b"}",
            at=min(now, moment(activity.timestamp) or now),
        )

    async def _pressed(self, activity: Activity, raw: bytes) -> web.StreamResponse:
        """Kept like everything else; then a moment's patience for the card that comes of it."""
        value = activity.value if isinstance(activity.value, dict) else {}
        if not isinstance(value.get("action"), dict):
            return _invoked(ERROR, {"code": "BadRequest", "message": "no action"}, 400)
        if value.get("trigger", BY_HAND) != BY_HAND:
            # A client refreshes a card by itself: nobody pressed anything, and there is nothing to tell.
            return _invoked(TOAST, "")
        async with self.invokes.expecting((activity.conversation.id, activity.replyToId or "")) as card:
            answer = await keep(self.lent.submit, self._incoming(activity, raw))
            if answer.status != 200:
                return answer
            shown = await self.invokes.answer(card) if activity.replyToId else None
        return _invoked(TOAST, say("answer.noted")) if shown is None else _invoked(CARD, shown)


def _invoked(kind: str, value: Any, status: int = 200) -> web.Response:
    """Whatever became of it, the request itself succeeded: the body says how the matter stands."""
    body = orjson.dumps({"statusCode": status, "type": kind, "value": value})
    return web.Response(body=body, content_type="application/json")


def _from_here_to_here(request: web.Request) -> bool:
    """Both ends of the connection are this machine, and nobody stands in between: no proxy, no page in a browser."""
    transport = request.transport
    ends = [transport.get_extra_info(name) for name in ("peername", "sockname")] if transport is not None else []
    hosts = [str(end[0]) for end in ends if isinstance(end, tuple) and end]
    between = any(name in request.headers for name in FROM_ELSEWHERE)
    return len(hosts) == 2 and all(map(loopback, hosts)) and loopback_address(f"//{request.host}") and not between


# -- Graph ---------------------------------------------------------------------------------------


class Notified:
    """Whoever asks is told the same: 202, and no word about what it was good for."""

    def __init__(self, api: Api) -> None:
        self.lent = api.lent
        self.tenant = api.tenant

    async def handle(self, request: web.Request) -> web.StreamResponse:
        token = request.query.get("validationToken")
        if token is not None:
            return _shaken(token)
        raw = await _read(request)
        try:
            delivery = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return web.Response(status=400, text="not JSON")
        found = delivery.get("value") if isinstance(delivery, dict) else None
        tokens = _tokens(delivery.get("validationTokens")) if isinstance(delivery, dict) else []
        kept = [made for item in found if (made := self._incoming(item, tokens))] if isinstance(found, list) else []
        return await self._keep(kept)

    async def _keep(self, kept: Sequence[Incoming]) -> web.Response:
        """Together, since who submits at the same time shares a commit; what was kept before stays known by its key."""
        for start in range(0, len(kept), AT_ONCE):
            several = (self.lent.submit(incoming) for incoming in kept[start : start + AT_ONCE])
            done = await asyncio.gather(*several, return_exceptions=True)
            faults = [fault for fault in done if isinstance(fault, BaseException)]
            for fault in faults:
                if not isinstance(fault, Overloaded):
                    raise fault
            if faults:
                return web.Response(status=503, headers={"Retry-After": "5"})
        return web.Response(status=202)

    def _incoming(self, item: Any, tokens: list[str]) -> Incoming | None:
        try:
            told = convert(item, Item)
            now = self.lent.clock.now()
            # Its tokens live an hour, and it may wait longer than that.
            heard = {"kind": "notification", "payload": item, "tokens": tokens, "heard": now.isoformat()}
            body = orjson.dumps(heard)
        except (Undecodable, orjson.JSONEncodeError):
            log.info("ignored", kind="notification", why="unreadable")
            return None
        why = self._idle(told)
        if why is not None:
            log.debug("ignored", kind="notification", why=why)
            return None
        return Incoming(key=_key(told, now), stream=_stream(told), body=body, at=_at(told, now))

    def _idle(self, told: Item) -> str | None:
        """Why no subscription of ours can have said it, or why it is none of our business."""
        if told.tenantId and told.tenantId.lower() != self.tenant:
            return "tenant"
        if not told.clientState or len(told.clientState) > MOST_STATE:
            return "no state of ours"
        if told.lifecycleEvent is None and "@thread." in told.resource:
            return "more than two people"
        return None


def _shaken(token: str) -> web.Response:
    """The decoded token and nothing else; plain text, so that nothing in it is ever rendered."""
    if len(token.encode("utf-8", "replace")) > MOST_TOKEN:
        return web.Response(status=400, text="token too long")
    return web.Response(text=token, content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})


def _tokens(found: Any) -> list[str]:
    """They are kept with every item, so there is a limit to them; a missing one is the worker's verdict, not ours."""
    tokens = [token for token in found if isinstance(token, str)] if isinstance(found, list) else []
    return [token for token in tokens[:MOST_TOKENS] if len(token) <= LONGEST_TOKEN]


def _key(told: Item, now: datetime) -> str:
    """The vendor numbers nothing: what is encrypted is known again by its signature, anything else by the minute."""
    minute = f"{now:%Y%m%d%H%M}"
    if told.lifecycleEvent is not None:
        return _short(f"life:{told.subscriptionId}:{told.lifecycleEvent}:{minute}")
    content = told.encryptedContent
    proof = content.dataSignature if content is not None else minute
    about = f"{told.subscriptionId}:{told.changeType}:{told.resource}:{proof}"
    return f"change:{_digest(about)}"


def _stream(told: Item) -> str:
    """Where order matters: the chat; for a subscription's life the subscription."""
    if told.resource and told.lifecycleEvent is None:
        named = CHAT.match(told.resource)
        return f"chat:{named[1] if named is not None else _digest(told.resource.partition('/messages(')[0])}"
    return _short(f"subscription:{told.subscriptionId}")


def _at(told: Item, now: datetime) -> datetime:
    """A message's id is the time it was written, in milliseconds. Told late or out of order, that is its place."""
    named = MESSAGE.search(told.resource)
    if named is None:
        return now
    try:
        written = datetime.fromtimestamp(int(named[1]) / 1_000, UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return min(written, now) if abs(now - written) <= DAY else now


def _short(words: str) -> str:
    """Keys and streams are short and printable, whatever a request names itself."""
    return words if len(words) <= MOST_WORDS and words.isprintable() else f"{words.partition(':')[0]}:{_digest(words)}"


def _digest(words: str) -> str:
    return sha256(words.encode("utf-8", "replace")).hexdigest()


async def _read(request: web.Request) -> bytes:
    """Up to 8 MiB, more than any other address takes. Raises 413."""
    size = request.content_length or 0
    if size > BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=BODY, actual_size=size)
    raw = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        raw.extend(chunk)
        if len(raw) > BODY:
            raise web.HTTPRequestEntityTooLarge(max_size=BODY, actual_size=len(raw))
    return bytes(raw)
