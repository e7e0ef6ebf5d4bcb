"""The vendor's consent page, plain: who is signed in, what is asked for, Allow or Cancel – and OAuth's own plumbing."""

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
    html = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{vendor}: allow access</title>
<style>body{{font:16px/1.5 system-ui;max-width:32rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}}
button,select{{font:inherit;padding:.5rem 1rem;max-width:100%}}.note{{background:#8882;padding:.5rem 1rem;border-radius:.5rem}}</style>
</head><body><p class="note">Demo company: this page stands in for {vendor}'s own. Nothing leaves this machine.</p>
<h1>Mio wants to access {escape(company)} in {vendor}</h1><form method="post">
<p><label>Signed in as <select name="user">{options}</select></label></p>
<p>This will allow Mio to:</p><ul>{rights}</ul>
<p><button name="decision" value="allow">Allow</button> <button name="decision" value="cancel">Cancel</button></p>
</form></body></html>"""
    return web.Response(text=html, content_type="text/html")


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
