"""Webex's requests to us: one address for the bot's webhooks, one for people's; every webhook has the same secret.

The signature is over the raw bytes and has no time stamp: what was seen before is known by its key, and what is told of
as new must be new.
"""

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Any

import orjson
import structlog
from aiohttp import web

from bot.platform import Incoming, Lent, Route, Undecodable
from platforms.http import keep, read_body, same
from platforms.webex.decode import own
from platforms.webex.ids import bare
from platforms.webex.shapes import Delivery, convert, moment

log = structlog.get_logger("mio.webex")

STALE = timedelta(hours=24)
"""Keys are remembered for longer than this, and Webex delivers once: an older one is somebody's replay."""


def routes(lent: Lent, missed: Callable[[str], None]) -> Sequence[Route]:
    return [Route("POST", f"/webex/{hook}", Webhook(lent, hook, missed).handle) for hook in ("bot", "user")]


class Webhook:
    """``missed`` hears whose delivery could not be kept."""

    def __init__(self, lent: Lent, hook: str, missed: Callable[[str], None]) -> None:
        self.lent = lent
        self.hook = hook
        self.missed = missed
        self.secret = lent.settings["MIO_WEBEX_WEBHOOK_SECRET"].encode()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await read_body(request)
        made = hmac.new(self.secret, raw, sha1).hexdigest()
        if not same(made, request.headers.get("X-Spark-Signature", "").lower()):
            return web.Response(status=401, text="bad signature")
        try:
            event = orjson.loads(raw)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict):
            return web.Response(status=400, text="not a JSON object")
        try:
            told = convert(event, Delivery)
        except Undecodable as fault:
            log.info("ignored", kind="no delivery", why=str(fault))
            return web.Response(status=400, text="not a Webex delivery")
        return await self._keep(event, told)

    async def _keep(self, event: dict[str, Any], told: Delivery) -> web.Response:
        now = self.lent.clock.now()
        created = moment(told.data.created) if told.event == "created" else None
        if told.resource == "messages" and own(told):
            log.debug("ignored", kind="own", what=told.event)
            return web.Response()
        if created is not None and now - created > STALE:
            log.warning("ignored", kind="stale", what=told.event)
            return web.Response()
        body = orjson.dumps({"hook": self.hook, "event": event})
        incoming = Incoming(key=_key(told), stream=_stream(told), body=body, at=_at(created, now))
        answer = await keep(self.lent.submit, incoming)
        if answer.status != 200:
            self.missed(told.createdBy)
        return answer


def _at(created: datetime | None, now: datetime) -> datetime:
    return created if created is not None else now


def _key(told: Delivery) -> str:
    about = (told.id, told.data.id)
    return ":".join((*(bare(one) for one in about), told.resource, told.event, told.data.updated))


def _stream(told: Delivery) -> str:
    """Where order matters: the room; for presses the person."""
    if told.resource == "attachmentActions":
        return f"user:{bare(told.data.personId)}"
    return f"room:{bare(told.data.roomId)}"
