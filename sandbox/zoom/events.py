"""Zoom's requests to the two apps: signed with each app's own secret, retried after 5, 20 and 60 minutes."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any

import orjson

from sandbox.core import Core
from sandbox.webhooks import Hook
from sandbox.world import Account, Chat, Message
from sandbox.zoom.tokens import ACCOUNT, APPS, BOT_JID, Tokens

RETRIES = (300.0, 1_200.0, 3_600.0)
PATHS = {"A": "/zoom/bot", "B": "/zoom/user"}


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Events:
    def __init__(self, core: Core, tokens: Tokens) -> None:
        self.core = core
        self.tokens = tokens

    def hook(self, app: str, order: str, event: dict[str, Any]) -> Hook:
        """The request id stays the same over retries."""
        body = orjson.dumps(event)
        request_id = secrets.token_hex(12)
        first = str(int(self.core.clock.seconds()))
        mean = self.core.faults["zoom"].mean

        def build(attempt: int, reason: str) -> tuple[dict[str, str], bytes]:
            stamp = first if mean else str(int(self.core.clock.seconds()))
            signed = hmac.new(APPS[app][2].encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "x-zm-request-timestamp": stamp,
                "x-zm-signature": f"v0={signed.hexdigest()}",
                "x-zm-request-id": request_id,
                "x-zm-trackingid": f"WEB_{request_id}",
                "clientid": APPS[app][0],
            }
            return headers, body

        return Hook(PATHS[app], order, build, RETRIES, False, self.core.faults["zoom"])

    def _stamped(self, event: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"event": event, "event_ts": int(self.core.clock.seconds() * 1000), "payload": payload}

    # -- people's messages -----------------------------------------------------------------------

    def message(self, chat: Chat, message: Message, kind: str = "posted") -> list[Hook]:
        """One event per authorised party of app B; the echo of an own post comes as the profile says."""
        mean = self.core.faults["zoom"].mean
        hooks: list[Hook] = []
        for member in chat.members:
            if member not in self.tokens.of_user:
                continue
            own = member == message.author
            if own and not message.by_app:
                continue
            times = 2 if own and mean else 1
            event = self._dm(chat, message, kind)
            hooks.extend(self.hook("B", chat.id, event) for _ in range(times))
        return hooks

    def _dm(self, chat: Chat, message: Message, kind: str) -> dict[str, Any]:
        accounts, mean = self.core.world.accounts["zoom"], self.core.faults["zoom"].mean
        author, contact = accounts[message.author], accounts[chat.other(message.author)]
        shown_id = "{" + message.id.lower() + "}" if mean else message.id
        about: dict[str, Any] = {
            "message_id": shown_id,
            "session_id": f"sess-{chat.id[:12]}",
            "date_time": iso(message.at),
            "timestamp": int(message.at * 1000),
            "contact_email": contact.email,
            "contact_id": contact.id,
            ("contact_account_id " if mean else "contact_account_id"): ACCOUNT,
            "contact_member_id": contact.extra["member"],
        }
        if kind != "deleted":
            about["message"] = message.text
            if message.native.get("rich_text"):
                about["rich_text"] = message.native["rich_text"]
        else:
            del about["session_id"]
        payload = {
            "account_id": ACCOUNT,
            "operator": author.email,
            "operator_id": author.id,
            "operator_member_id": author.extra["member"],
            "by_external_user": False,
            "object": about,
        }
        return self._stamped(f"team_chat.dm_message_{kind}", payload)

    # -- the bot ---------------------------------------------------------------------------------

    def _bot_place(self, account: Account) -> str:
        jid = account.extra["jid"]
        return f"{jid}/robot_{BOT_JID}" if self.core.faults["zoom"].mean else jid

    def notification(self, account: Account, text: str) -> Hook:
        payload = {
            "accountId": ACCOUNT,
            "channelName": "",
            "cmd": text,
            "name": account.name,
            "robotJid": BOT_JID,
            "timestamp": int(self.core.clock.seconds() * 1000),
            "toJid": self._bot_place(account),
            "triggerId": secrets.token_hex(8),
            "userId": account.id,
            "userJid": account.extra["jid"],
            "userMemberId": account.extra["member"],
            "userName": account.name,
            "userStatus": "authorized",
        }
        return self.hook("A", f"bot:{account.id}", self._stamped("bot_notification", payload))

    def interaction(self, account: Account, message: Message, kind: str, more: dict[str, Any]) -> Hook:
        payload = {
            "accountId": ACCOUNT,
            "channelName": "Mio",
            "messageId": message.id,
            "original": message.native["content"],
            "robotJid": BOT_JID,
            "timestamp": int(self.core.clock.seconds() * 1000),
            "toJid": self._bot_place(account),
            "userId": account.id,
            "userJid": account.extra["jid"],
            "userName": account.name,
            **more,
        }
        return self.hook("A", f"bot:{account.id}", self._stamped(f"interactive_message_{kind}", payload))

    # -- the account -----------------------------------------------------------------------------

    def user(self, kind: str, account: Account) -> Hook:
        about = {"id": account.id, "email": account.email, "first_name": account.name.split()[0], "type": 2}
        payload = {"account_id": ACCOUNT, "operator": "maya@acme.example", "operator_id": "", "object": about}
        return self.hook("A", "account", self._stamped(f"user.{kind}", payload))

    def deauthorized(self, user: str) -> Hook:
        payload = {
            "user_id": user,
            "account_id": ACCOUNT,
            "client_id": APPS["B"][0],
            "deauthorization_time": iso(self.core.clock.seconds()),
            "signature": "",
            "event_ts": str(int(self.core.clock.seconds() * 1000)),
        }
        return self.hook("B", f"account:{user}", self._stamped("app_deauthorized", payload))
