"""Slack's requests to us: one address for events, slash commands and interactivity.

Signature first, then the event is kept, then 200. Bolt reads commands and presses; events take our own durable route,
because Bolt acknowledges before its listeners have run.
"""

import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

import orjson
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.platform import Incoming, Lent, Overloaded, Route
from bot.words import say
from platforms.http import keep, read_body, same

log = structlog.get_logger("mio.slack")
QUIET = logging.getLogger("slack_bolt.mio")
QUIET.setLevel(logging.CRITICAL + 1)
"""Bolt's own log quotes whole requests."""


FRESH = 300
"""Seconds; docs.slack.dev/authentication/verifying-requests-from-slack."""
PATH = "/slack/events"
BOT_EVENTS = ("app_uninstalled", "message.im", "team_join", "tokens_revoked", "user_change")
USER_EVENTS = ("message.im",)
"""What the app subscribes to: for itself, and on behalf of people who allowed it."""


Own = Callable[[str], Awaitable[str | None]]
"""The bot's direct conversation with a user, as far as it can be known at once."""


def routes(lent: Lent, own: Own) -> Sequence[Route]:
    return [Route("POST", PATH, Webhook(lent, own).handle)]


def signature(secret: bytes, stamp: str, raw: bytes) -> str:
    made = hmac.new(secret, b"v0:" + stamp.encode() + b":" + raw, sha256)
    return f"v0={made.hexdigest()}"


class Webhook:
    def __init__(self, lent: Lent, own: Own) -> None:
        self.lent = lent
        self.secret = lent.settings["MIO_SLACK_SIGNING_SECRET"].encode()
        self.bolt = _bolt(lent, own)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await read_body(request)
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        if not self._signed(raw, stamp, request.headers.get("X-Slack-Signature", "")):
            return web.Response(status=401, text="bad signature")
        if request.content_type == "application/x-www-form-urlencoded":
            return await self._form(request, raw)
        try:
            payload = orjson.loads(raw)
        except orjson.JSONDecodeError:
            payload = None
        if not isinstance(payload, dict):
            return web.Response(status=400, text="not a JSON object")
        return await self._event(payload)

    def _signed(self, raw: bytes, stamp: str, given: str) -> bool:
        """Over the bytes as they came: the SDK's verifier trips over a body that is not UTF-8."""
        if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 12:
            return False
        fresh = abs(self.lent.clock.now().timestamp() - int(stamp)) <= FRESH
        return same(signature(self.secret, stamp, raw), given) and fresh

    async def _event(self, payload: dict[str, Any]) -> web.Response:
        if payload.get("type") == "url_verification":
            return web.Response(text=str(payload.get("challenge", "")))
        event = payload.get("event")
        if payload.get("type") != "event_callback" or not isinstance(event, dict):
            log.info("ignored", kind=str(payload.get("type"))[:40])
            return web.Response()
        return await keep(
            self.lent.submit,
            Incoming(
                key=str(payload.get("event_id") or sha256(orjson.dumps(payload)).hexdigest()),
                stream=_stream(event),
                body=orjson.dumps({"kind": "event", "payload": payload}),
                at=_time(event, payload, self.lent.clock.now()),
            ),
        )

    async def _form(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        try:
            form = parse_qs(raw.decode())
        except UnicodeDecodeError:
            return web.Response(status=400, text="not UTF-8")
        if "ssl_check" in form:
            return web.Response()
        if "payload" in form and _object(form["payload"][0]) is None:
            return web.Response(status=400, text="payload is not a JSON object")
        if "payload" not in form and "command" not in form:
            return web.Response(status=400, text="neither command nor payload")
        answer = await self.bolt.async_dispatch(await to_bolt_request(request))
        if answer.status == 404:
            log.info("ignored", kind="interaction")
            return web.Response()
        return await to_aiohttp_response(answer)


def _stream(event: dict[str, Any]) -> str:
    """Where order matters: the conversation, else the user, else the workspace."""
    item, user = event.get("item"), event.get("user")
    channel = event.get("channel") or (item.get("channel") if isinstance(item, dict) else None)
    if isinstance(channel, str):
        return channel
    about = user.get("id") if isinstance(user, dict) else user
    return f"user:{about}" if isinstance(about, str) else "team"


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _time(event: dict[str, Any], payload: dict[str, Any], now: datetime) -> datetime:
    """The platform's own time: of the message where there is one, else of the event."""
    for value in (event.get("event_ts"), event.get("ts"), payload.get("event_time")):
        try:
            return datetime.fromtimestamp(float(value), UTC)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError, OSError):
            continue
    return now


def _bolt(lent: Lent, own: Own) -> AsyncApp:
    """Bolt with everything off that is done here already: signatures, its own authorisation calls, self-event filter."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-unused")

    app = AsyncApp(
        logger=QUIET,
        signing_secret="checked-before",
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
    )

    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        user, channel = str(body.get("user_id", "")), str(body.get("channel_id", ""))
        shared = not (await lent.memory.get(f"dm:{channel}") or "").startswith("bot:")
        key = str(body.get("trigger_id") or sha256(orjson.dumps(body)).hexdigest())
        await lent.submit(_incoming(lent, "command", {**body, "shared": shared}, key, user))
        # On disk first: what follows only chooses the words of the acknowledgement, and Slack waits three seconds.
        elsewhere = shared and not (channel.startswith("D") and await own(user) == channel)
        await ack(text=say("answer.here"), response_type="ephemeral") if elsewhere else await ack()

    async def press(ack: AsyncAck, body: dict[str, Any]) -> None:
        user = str((body.get("user") or {}).get("id", ""))
        key = str(body.get("trigger_id") or sha256(orjson.dumps(body)).hexdigest())
        await lent.submit(_incoming(lent, "press", body, key, user))
        await ack()

    async def failed(error: Exception) -> BoltResponse:
        if not isinstance(error, Overloaded):
            log.error("bolt failed", exc_info=error)
        return BoltResponse(status=503, body="")

    app.command(re.compile(".*"))(command)
    app.action(re.compile(".*"))(press)
    app.error(failed)
    return app


def _incoming(lent: Lent, kind: str, payload: dict[str, Any], key: str, user: str) -> Incoming:
    body = orjson.dumps({"kind": kind, "payload": payload})
    return Incoming(key=f"{kind}:{key}", stream=f"user:{user}", body=body, at=lent.clock.now(), live=True)
