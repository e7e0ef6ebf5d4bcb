"""Zoom's page tokens: they live 15 minutes and belong to one listing with its parameters. Knows nothing of what is listed."""

import base64
from collections.abc import Mapping
from typing import Any

from sandbox.core import Core
from sandbox.world import stable
from sandbox.zoom.tokens import ZoomFault

LIVES = 15 * 60


class Pages:
    def __init__(self, core: Core) -> None:
        self.core = core

    def start(self, listing: str, query: Mapping[str, str]) -> int:
        """Where the asked page begins; a strange, old or foreign token is refused."""
        token = query.get("next_page_token", "")
        if not token:
            return 0
        try:
            at, made, key = base64.urlsafe_b64decode(token.encode()).decode().split(":")
            if key == _key(listing, query) and self.core.clock.seconds() - float(made) <= LIVES:
                return int(at)
        except ValueError:
            pass
        raise ZoomFault(400, 300, "The next page token is invalid or expired.")

    def next(self, listing: str, query: Mapping[str, str], at: int, total: int) -> str:
        """The token of the page that begins there; empty at the end."""
        if at >= total:
            return ""
        words = f"{at}:{self.core.clock.seconds()}:{_key(listing, query)}"
        return base64.urlsafe_b64encode(words.encode()).decode()


def size(query: Mapping[str, str], default: int, most: int) -> int:
    """``page_size``, which must be a number of 1 to ``most``."""
    value = query.get("page_size") or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise invalid("page_size", f"must be a number of 1 to {most}")
    return int(value)


def invalid(field: str, words: str) -> ZoomFault:
    """A validation error, which names its field."""
    errors: list[dict[str, Any]] = [{"field": field, "message": words}]
    return ZoomFault(400, 300, "Validation Failed.", errors=errors)


def _key(listing: str, query: Mapping[str, str]) -> str:
    return stable(listing, *sorted(f"{k}={v}" for k, v in query.items() if k != "next_page_token"))[:16]
