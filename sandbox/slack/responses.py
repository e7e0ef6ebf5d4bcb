"""Slack's response_url: later answers to a command or a press, five times within half an hour.

Ephemeral messages can be changed through it and no other way. Source: docs.slack.dev/interactivity/handling-user-interaction.
"""

import secrets
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from sandbox.core import Core
from sandbox.slack import blocks
from sandbox.slack.methods import Methods
from sandbox.slack.tokens import SlackFault
from sandbox.world import Chat, Message

USES, LIVES = 5, 1_800
PATH = "/slack/hooks"


@dataclass(slots=True)
class Slot:
    """Where an answer goes: to that person in that conversation; ``original`` is the pressed card."""

    user: str
    chat: Chat
    original: Message | None
    until: float
    left: int = USES


class Responses:
    def __init__(self, core: Core, methods: Methods) -> None:
        self.core = core
        self.methods = methods
        self._slots: dict[str, Slot] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH + "/{kind}/{slot}", self.handle)]

    def address(self, kind: str, user: str, chat: Chat, original: Message | None = None) -> str:
        """A fresh address; ``kind`` is commands or actions."""
        slot = secrets.token_hex(12)
        self._slots[slot] = Slot(user, chat, original, self.core.clock.seconds() + LIVES)
        return f"{self.core.url}{PATH}/{kind}/{slot}"

    async def handle(self, request: web.Request) -> web.Response:
        slot = self._slots.get(request.match_info["slot"])
        if slot is None or slot.until < self.core.clock.seconds():
            return _answer("expired_url", 404)
        if slot.left <= 0:
            return _answer("used_url", 404)
        try:
            body = orjson.loads(await request.read())
            if not isinstance(body, dict):
                raise SlackFault("invalid_payload")
            slot.left -= 1
            self.show(slot, body)
        except orjson.JSONDecodeError:
            return _answer("invalid_payload", 400)
        except SlackFault as fault:
            return _answer(fault.code, 400)
        return web.Response(text="ok")

    def show(self, slot: Slot, body: dict[str, Any]) -> None:
        """Replace or delete the original, or say something new. Raises ``SlackFault``."""
        words, checked = str(body.get("text") or ""), blocks.check(body.get("blocks"))
        original = slot.original
        if original is not None and body.get("delete_original"):
            self._tell(self.methods.erase(slot.chat, original))
        elif not words and not checked:
            raise SlackFault("no_text")
        elif original is not None and body.get("replace_original"):
            self._tell(self.methods.rewrite(slot.chat, original, words, checked))
        elif body.get("response_type") == "in_channel":
            at = self.methods.next_ts()
            said = Message(at, self.methods.tokens.bot_user, words, float(at), {"blocks": checked}, by_app=True)
            self.core.world.post(slot.chat, said)
            self._tell(self.methods.events.message(slot.chat, said))
        else:
            self.methods.whisper(slot.chat, slot.user, words, checked)

    def _tell(self, hook: Any) -> None:
        if hook is not None:
            self.core.hooks.send(hook)


def _answer(code: str, status: int) -> web.Response:
    body = orjson.dumps({"ok": False, "error": code})
    return web.Response(body=body, status=status, content_type="application/json")
