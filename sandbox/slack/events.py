"""Slack's requests to the app: one delivery per app and workspace, signed, with the vendor's retries."""

import hashlib
import hmac
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.core import Core
from sandbox.slack.tokens import SIGNING_SECRET, Tokens
from sandbox.webhooks import Hook
from sandbox.world import Chat, Message

TEAM, APP, BOT_ID = "T0ACME", "A0MIO", "B0MIO"
RETRIES = (0.0, 60.0, 300.0)
PATH = "/slack/events"


class Events:
    def __init__(self, core: Core, tokens: Tokens, bot_user: str) -> None:
        self.core = core
        self.tokens = tokens
        self.bot_user = bot_user
        self._trigger = 0

    def _signed(self, body: bytes, kind: str) -> dict[str, str]:
        stamp = str(int(self.core.clock.seconds()))
        base = b"v0:" + stamp.encode() + b":" + body
        signature = hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
        return {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signature}",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }

    def hook(self, order: str, payload: bytes, kind: str, delays: tuple[float, ...] = RETRIES) -> Hook:
        def build(attempt: int, reason: str) -> tuple[dict[str, str], bytes]:
            headers = self._signed(payload, kind)
            if attempt:
                headers |= {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": reason}
            return headers, payload

        return Hook(PATH, order, build, delays, True, self.core.faults["slack"])

    def event(self, order: str, event: dict[str, Any], seen_by: tuple[str, bool]) -> Hook:
        """An ``event_callback``; ``seen_by`` is the one user of ``authorizations`` and whether that is the bot."""
        user, is_bot = seen_by
        envelope = {
            "token": "legacy",
            "team_id": TEAM,
            "context_team_id": TEAM,
            "context_enterprise_id": None,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": "Ev" + secrets.token_hex(6).upper(),
            "event_time": int(self.core.clock.seconds()),
            "event_context": "4-" + secrets.token_hex(8),
            "is_ext_shared_channel": False,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": user,
                    "is_bot": is_bot,
                    "is_enterprise_install": False,
                }
            ],
            "event": event,
        }
        return self.hook(order, orjson.dumps(envelope), "application/json")

    def visible(self, chat: Chat, author: str) -> tuple[str, bool] | None:
        """For whom the app may see this conversation; None when nobody's consent covers it."""
        mean = self.core.faults["slack"].mean
        people = [m for m in chat.members if m != self.bot_user and self.tokens.may_see(m)]
        if self.bot_user in chat.members:
            return (people[0], False) if mean and people else (self.bot_user, True)
        if not people:
            return None
        people.sort(key=lambda m: (m == author) is not mean)
        return people[0], False

    def message(self, chat: Chat, message: Message) -> Hook | None:
        seen_by = self.visible(chat, message.author)
        if seen_by is None:
            return None
        event = {"type": "message", "channel_type": "im", "channel": chat.id, "team": TEAM, **shape(message)}
        event["event_ts"] = message.id
        if not message.by_app:
            event["client_msg_id"] = secrets.token_hex(16)
        return self.event(chat.id, event, seen_by)

    def command(self, user: str, name: str, channel: str, text: str, response_url: str) -> Hook:
        form = {
            "token": "legacy",
            "team_id": TEAM,
            "team_domain": "acme",
            "channel_id": channel,
            "channel_name": "directmessage",
            "user_id": user,
            "user_name": name,
            "command": "/mio",
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": self._next_trigger(),
        }
        body = urlencode(form).encode()
        return self.hook(f"command:{user}", body, "application/x-www-form-urlencoded", ())

    def press(self, user: str, name: str, chat: Chat, message: Message, block: str, action: dict[str, Any]) -> Hook:
        payload: dict[str, Any] = {
            "type": "block_actions",
            "api_app_id": APP,
            "token": "legacy",
            "trigger_id": self._next_trigger(),
            "team": {"id": TEAM, "domain": "acme"},
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {"id": user, "username": name, "name": name, "team_id": TEAM},
            "container": {
                "type": "message",
                "message_ts": message.id,
                "channel_id": chat.id,
                "is_ephemeral": False,
            },
            "channel": {"id": chat.id, "name": "directmessage"},
            "message": {"ts": message.id, "blocks": message.native.get("blocks", [])},
            "state": {"values": {}},
            "response_url": f"{self.core.url}/slack/hooks/actions/{user}",
            "actions": [{**action, "block_id": block, "action_ts": f"{time.time():.6f}"}],
        }
        body = urlencode({"payload": orjson.dumps(payload).decode()}).encode()
        return self.hook(f"press:{user}", body, "application/x-www-form-urlencoded", ())

    def _next_trigger(self) -> str:
        self._trigger += 1
        return f"{int(time.time() * 1000)}.{self._trigger}.{secrets.token_hex(4)}"


def shape(message: Message) -> dict[str, Any]:
    """A message as the API and events show it."""
    found: dict[str, Any] = {"type": "message", "user": message.author, "text": message.text, "ts": message.id}
    if message.native.get("blocks"):
        found["blocks"] = message.native["blocks"]
    if message.by_app:
        found |= {"bot_id": BOT_ID, "app_id": APP}
    if message.edited:
        found["edited"] = {"user": message.author, "ts": message.native["edited_ts"]}
    return found
