"""What happened to people and groups, in order: whoever subscribed is told, and delta queries read it back.

A former run's changes are forgotten; its delta tokens are then as good as expired ones. Decides nothing.
"""

import secrets
from dataclasses import dataclass

from sandbox.teams.notify import Notify


@dataclass(frozen=True, slots=True)
class Change:
    """``member``: who came or went, where the object is a group."""

    kind: str
    native: str
    member: str = ""


class Changes:
    def __init__(self, notify: Notify) -> None:
        self.notify = notify
        self.run = secrets.token_hex(4)
        self.log: list[Change] = []

    def note(self, kind: str, native: str, member: str = "") -> None:
        """``kind`` is users or groups."""
        self.log.append(Change(kind, native, member))
        self.notify.directory(kind, native)
