"""Slack's requests to the app: one delivery per app and workspace, signed, with the vendor's retries."""

import hashlib
import hmac
import secrets
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

        return Hook(PATH, order, build, delays, True, self.core.faults["slack"], stop_header="x-slack-no-retry")

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
        if not self.tokens.installed and self.bot_user in chat.members:
            return None
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

    def changed(self, chat: Chat, message: Message, before: dict[str, Any], ts: str) -> Hook | None:
        """``message_changed``; an ephemeral message's changes are nobody's business."""
        told = {"message": shape(message), "previous_message": before}
        return self._about(chat, message, "message_changed", ts, told)

    def erased(self, chat: Chat, message: Message, ts: str) -> Hook | None:
        told = {"deleted_ts": message.id, "previous_message": shape(message)}
        return self._about(chat, message, "message_deleted", ts, told)

    def _about(self, chat: Chat, message: Message, subtype: str, ts: str, told: dict[str, Any]) -> Hook | None:
        seen_by = None if message.only else self.visible(chat, message.author)
        if seen_by is None:
            return None
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": chat.id, "channel_type": "im"}
        return self.event(chat.id, {**event, "ts": ts, "event_ts": ts, **told}, seen_by)

    def team(self, event: dict[str, Any], last: bool = False) -> Hook | None:
        """An event of the workspace, delivered for the bot while it is installed; ``last``: it just was."""
        return self.event("team", event, (self.bot_user, True)) if self.tokens.installed or last else None

    def tokens_revoked(self, people: list[str], bots: list[str], last: bool = False) -> Hook | None:
        """The lists hold user ids, not tokens."""
        return self.team({"type": "tokens_revoked", "tokens": {"oauth": people, "bot": bots}}, last)

    def home_opened(self, user: str, channel: str, view: dict[str, Any] | None, ts: str) -> Hook | None:
        event = {"type": "app_home_opened", "user": user, "channel": channel, "tab": "home", "event_ts": ts}
        return self.team({**event, "view": view} if view else event)

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

    def press(
        self, user: str, name: str, chat: Chat, message: Message, action: dict[str, Any], response_url: str
    ) -> Hook:
        """``block_actions`` of a button or a select, with the pressed element's own fields."""
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
                "is_ephemeral": message.only is not None,
            },
            "channel": {"id": chat.id, "name": "directmessage"},
            "message": {"ts": message.id, "blocks": message.native.get("blocks", [])},
            "state": {"values": {}},
            "response_url": response_url,
            "actions": [{**action, "action_ts": f"{self.core.clock.seconds():.6f}"}],
        }
        body = urlencode({"payload": orjson.dumps(payload).decode()}).encode()
        return self.hook(f"press:{user}", body, "application/x-www-form-urlencoded", ())

    def _next_trigger(self) -> str:
        self._trigger += 1
        return f"{int(self.core.clock.seconds() * 1000)}.{self._trigger}.{secrets.token_hex(4)}"


def shape(message: Message) -> dict[str, Any]:
    """A message as the API and events show it."""
    found: dict[str, Any] = {"type": "message", "user": message.author, "text": message.text, "ts": message.id}
    if message.native.get("blocks"):
        found["blocks"] = message.native["blocks"]
    for name in ("username", "thread_ts"):
        if name in message.native:
            found[name] = message.native[name]
    if message.by_app:
        found |= {"bot_id": BOT_ID, "app_id": APP}
    if message.edited:
        found["edited"] = {"user": message.author, "ts": message.native["edited_ts"]}
    return found
