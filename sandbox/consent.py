"""The vendor's consent page: who is signed in, what is asked for, Allow or Cancel.

With a script it begins with the person whose pane opened it, and finds anybody in a large company; without, the first
accounts can be chosen. OAuth's own plumbing beside it. Decides nothing.
"""

import base64
import binascii
from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from sandbox.world import Account

MOST = 200


def page(
    vendor: str, company: str, scopes: Sequence[str], accounts: Sequence[Account], chosen: str | None
) -> web.Response:
    """A form that posts ``user`` and ``decision`` to its own address."""
    first = sorted(accounts, key=lambda a: (a.id != chosen, not a.name))[:MOST]
    options = "".join(f'<option value="{escape(a.id)}">{escape(a.name)} ({escape(a.email)})</option>' for a in first)
    rights = "".join(f"<li>{escape(scope)}</li>" for scope in scopes if scope)
    platform = escape(vendor.lower())
    search = "" if len(accounts) <= len(first) else SEARCH
    html = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>{escape(vendor)}: allow access</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/consent.css"><script type="module" src="/page/consent.js"></script></head>
<body data-platform="{platform}"><p class="note"><strong>Demo company.</strong> This page stands in for {escape(vendor)}’s
own; nothing leaves this machine.</p><main><p class="vendor"><span aria-hidden="true">{escape(vendor[:1])}</span>{escape(vendor)}</p>
<h1>Mio wants to access {escape(company)} in {escape(vendor)}</h1><form method="post">{search}
<p><label>Signed in as <select name="user">{options}</select></label></p>
<h2>This will allow Mio to:</h2><ul>{rights}</ul>
<p class="decide"><button name="decision" value="allow" class="allow">Allow</button>
<button name="decision" value="cancel">Cancel</button></p></form></main></body></html>"""
    return web.Response(text=html, content_type="text/html")


SEARCH = '<p hidden id="search"><label>Find somebody <input type="search" autocomplete="off"></label></p>'


def returned(address: str, **values: str) -> str:
    """The redirect address with an answer in its query."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"


def basic(authorization: str) -> tuple[str, str] | None:
    """Client id and secret of HTTP Basic; None when the header is none."""
    if not authorization.startswith("Basic "):
        return None
    try:
        plain = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    client, _, secret = plain.partition(":")
    return client, secret
