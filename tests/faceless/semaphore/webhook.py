"""Semaphore's requests to us: signature over the raw bytes, then kept, then 200."""

import hmac
from collections.abc import Sequence
from hashlib import sha256

import orjson
from aiohttp import web

from bot.platform import Incoming, Lent, Route
from platforms.http import keep, read_body, same

from .api import moment

PATH = "/semaphore/events"


def routes(lent: Lent) -> Sequence[Route]:
    return [Route("POST", PATH, Webhook(lent).handle)]


class Webhook:
    def __init__(self, lent: Lent) -> None:
        self.lent = lent
        self.secret = lent.settings["MIO_SEMAPHORE_SIGNING_SECRET"].encode()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await read_body(request)
        made = hmac.new(self.secret, raw, sha256).hexdigest()
        if not same(made, request.headers.get("X-Semaphore-Signature", "")):
            return web.Response(status=401, text="bad signature")
        try:
            event = orjson.loads(raw)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict):
            return web.Response(status=400, text="not a JSON object")
        key = str(event.get("id") or sha256(raw).hexdigest())
        stream = str(event.get("conversation") or event.get("user") or "harbour")
        try:
            at = moment(event["at"])
        except (KeyError, TypeError, ValueError):
            at = self.lent.clock.now()
        return await keep(self.lent.submit, Incoming(key=key, stream=stream, body=raw, at=at))
