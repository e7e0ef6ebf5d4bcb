"""Zoom's requests to us: one address per app, each with that app's secret.

The signature is over the raw bytes. A retry may come 85 minutes late with its old time stamp, so three hours count as
fresh and the request id does the rest.
"""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import structlog
from aiohttp import web

from bot.platform import Incoming, Lent, Route
from platforms.http import keep, read_body, same

log = structlog.get_logger("mio.zoom")

FRESH = timedelta(hours=3)
BOT_PATH, USER_PATH = "/zoom/bot", "/zoom/user"
BOT_EVENTS = frozenset(
    {
        "bot_notification",
        "bot_installed",
        "interactive_message_actions",
        "interactive_message_select",
        "user.created",
        "user.invitation_accepted",
        "user.activated",
        "user.updated",
        "user.deactivated",
        "user.deleted",
        "user.disassociated",
        "app_deauthorized",
    }
)
USER_EVENTS = frozenset(
    {
        "team_chat.dm_message_posted",
        "team_chat.dm_message_updated",
        "team_chat.dm_message_deleted",
        "app_deauthorized",
    }
)


def routes(lent: Lent) -> Sequence[Route]:
    bot = Webhook(lent, "bot", lent.settings["MIO_ZOOM_SECRET_TOKEN"], BOT_EVENTS)
    user = Webhook(lent, "user", lent.settings["MIO_ZOOM_USER_SECRET_TOKEN"], USER_EVENTS)
    return [Route("POST", BOT_PATH, bot.handle), Route("POST", USER_PATH, user.handle)]


def signature(secret: bytes, stamp: str, raw: bytes) -> str:
    made = hmac.new(secret, b"v0:" + stamp.encode() + b":" + raw, sha256)
    return f"v0={made.hexdigest()}"


def sealed(secret: bytes, plain: str) -> str:
    """What proves to Zoom that we know the secret (developers.zoom.us/docs/api/webhooks)."""
    return hmac.new(secret, plain.encode(), sha256).hexdigest()


class Webhook:
    def __init__(self, lent: Lent, app: str, secret: str, events: frozenset[str]) -> None:
        self.lent = lent
        self.app = app
        self.secret = secret.encode()
        self.events = events

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await read_body(request)
        if not self._signed(request, raw):
            return web.Response(status=401, text="bad signature")
        try:
            event = orjson.loads(raw)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict) or not isinstance(event.get("payload"), dict):
            return web.Response(status=400, text="not a Zoom event")
        kind = str(event.get("event", ""))
        if kind == "endpoint.url_validation":
            return self._validated(event["payload"])
        if kind not in self.events:
            log.info("ignored", kind=kind[:60])
            return web.Response()
        # Whether a retry keeps its request id is not documented. A message is known by its own id; a command or a press
        # has none, and must not be carried out twice: there the body is the key.
        request_id = request.headers.get("x-zm-request-id") if self.app == "user" else None
        key = request_id or sha256(raw).hexdigest()
        body = orjson.dumps({"app": self.app, "event": event})
        stream, at = _stream(event["payload"]), _time(event, self.lent.clock.now())
        return await keep(self.lent.submit, Incoming(key=f"{self.app}:{key}", stream=stream, body=body, at=at))

    def _signed(self, request: web.Request, raw: bytes) -> bool:
        stamp = request.headers.get("x-zm-request-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 11:
            return False
        sent = datetime.fromtimestamp(int(stamp), UTC)
        if abs(self.lent.clock.now() - sent) > FRESH:
            return False
        return same(signature(self.secret, stamp, raw), request.headers.get("x-zm-signature", ""))

    def _validated(self, payload: dict[str, Any]) -> web.Response:
        plain = str(payload.get("plainToken", ""))
        return web.json_response({"plainToken": plain, "encryptedToken": sealed(self.secret, plain)})


def _stream(payload: dict[str, Any]) -> str:
    """Direct messages by the sorted pair of member ids: deletes and reactions carry no session."""
    about = payload.get("object")
    about = about if isinstance(about, dict) else {}
    one = payload.get("operator_member_id") or payload.get("operator_id")
    other = about.get("contact_member_id") or about.get("contact_id")
    if one and other:
        return ":".join(sorted((str(one), str(other))))
    return f"user:{payload.get('userId') or about.get('id') or payload.get('user_id') or 'account'}"


def _time(event: dict[str, Any], now: datetime) -> datetime:
    """Zoom's own time of the event, in milliseconds."""
    value = event.get("event_ts")
    try:
        return datetime.fromtimestamp(int(value) / 1000, UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        return now
