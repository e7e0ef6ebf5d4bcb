"""Webex's answers over HTTP: JSON with a tracking id, errors in the vendor's shape. Decides nothing.

Source: developer.webex.com/docs/basics. Every answer carries the header ``trackingid``; an error's body repeats it.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from sandbox.core import Core
from sandbox.webex.tokens import WebexFault

TROUBLE = {429: "Too many requests.", 500: "Something went wrong on the server.", 503: "The service is unavailable."}
KIND = "application/json;charset=UTF-8"


def _tracking() -> str:
    return f"ROUTER_{uuid.uuid4()}".upper()


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    raw = orjson.dumps(body) if body is not None else b""
    kind = {"Content-Type": KIND} if body is not None else {}
    return web.Response(body=raw, status=status, headers={"trackingid": _tracking(), **kind, **(headers or {})})


def faulted(fault: WebexFault) -> web.Response:
    tracking = _tracking()
    body = {"message": fault.message, "errors": [{"description": fault.message}], "trackingId": tracking}
    return answer(body, fault.status, {**fault.headers, "trackingid": tracking})


def broken(core: Core, wait: float = 1.0) -> Callable[[int], web.Response]:
    """Webex when it is not up to the call. The body may be HTML."""

    def reply(status: int) -> web.Response:
        headers = {"Retry-After": str(max(1, round(wait)))} if status == 429 else {}
        if core.faults["webex"].mean:
            html, tracked = "<html><body>Webex is having trouble</body></html>", {"trackingid": _tracking(), **headers}
            return web.Response(status=status, text=html, content_type="text/html", headers=tracked)
        return faulted(WebexFault(status, TROUBLE.get(status, "Trouble."), **headers))

    return reply
