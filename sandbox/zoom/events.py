"""Zoom's requests to the two apps: signed with each app's own secret, retried after 5, 20 and 60 minutes.

Redirects are not followed, and neither they nor a 4xx are tried again. Source: developers.zoom.us/docs/api/webhooks.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any

import orjson

from sandbox.core import Core
from sandbox.webhooks import Hook
from sandbox.world import Account, Chat, Message
from sandbox.zoom.endpoints import Endpoints
from sandbox.zoom.tokens import ACCOUNT, APPS, BOT_JID, Tokens

RETRIES = (300.0, 1_200.0, 3_600.0)
PATHS = {"A": "/zoom/bot", "B": "/zoom/user"}


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Events:
    def __init__(self, core: Core, tokens: Tokens) -> None:
        self.core = core
        self.tokens = tokens
        self.endpoints = Endpoints(core, self._signed)

    @property
    def _mean(self) -> bool:
        return self.core.faults["zoom"].mean

    def _millis(self) -> int:
        return int(self.core.clock.seconds() * 1000)

    def _signed(self, app: str, order: str, event: dict[str, Any], delays: tuple[float, ...] = ()) -> Hook:
        body = orjson.dumps(event)
        request_id, first, mean = secrets.token_hex(12), str(int(self.core.clock.seconds())), self._mean

        def build(attempt: int, reason: str) -> tuple[dict[str, str], bytes]:
            stamp = first if mean else str(int(self.core.clock.seconds()))
            signed = hmac.new(APPS[app][2].encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Zoom Marketplace/1.0a",
                "x-zm-request-timestamp": stamp,
                "x-zm-signature": f"v0={signed.hexdigest()}",
                "x-zm-request-id": secrets.token_hex(12) if mean and attempt else request_id,
                "x-zm-trackingid": f"WEB_{secrets.token_hex(12)}",
                "traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
            }
            return headers, body

        return Hook(PATHS[app], order, build, delays, False, self.core.faults["zoom"], redirects=False)

    def hook(
        self,
        app: str,
        order: str,
        event: str,
        payload: dict[str, Any],
        stamped: bool = True,
        beside: dict[str, str] | None = None,
    ) -> list[Hook]:
        """The delivery, after the address was checked again when that is due; none to a subscription that is off."""
        self.endpoints.look(app)
        if app in self.endpoints.off:
            return []
        when = {"event_ts": self._millis()} if stamped else {}
        return [self._signed(app, order, {"event": event, **when, **(beside or {}), "payload": payload}, RETRIES)]

    # -- people's messages -----------------------------------------------------------------------

    def message(self, chat: Chat, message: Message, kind: str = "posted", by_app: bool = False) -> list[Hook]:
        """For app B: one event when somebody's authorisation covers the conversation. ``by_app``: it did this itself.

        What the vendor leaves open: mean tells it once for each party that authorised, an app's own acts once more,
        and what people wrote in their client although the other side never authorised.
        """
        hearers = [m for m in chat.members if m != BOT_JID and self.tokens.hears(m)]
        if BOT_JID in chat.members or not hearers:
            return []
        received = [m for m in hearers if m != message.author]
        times = 1 if received or by_app else 0
        if self._mean:
            times = len(hearers) + by_app
        event, payload = f"team_chat.dm_message_{kind}", self._dm(chat, message, kind)
        return [hook for _ in range(times) for hook in self.hook("B", chat.id, event, payload)]

    def _dm(self, chat: Chat, message: Message, kind: str) -> dict[str, Any]:
        accounts = self.core.world.accounts["zoom"]
        author, contact = accounts[message.author], accounts[chat.other(message.author)]
        about: dict[str, Any] = {
            "message_id": "{" + message.id.lower() + "}" if self._mean else message.id,
            "session_id": f"sess-{chat.id[:12]}",
            "date_time": iso(message.at),
            "timestamp": int(message.at * 1000),
            "contact_email": contact.email,
            "contact_id": "" if contact.guest else contact.id,
            ("contact_account_id " if self._mean else "contact_account_id"): "" if contact.guest else ACCOUNT,
            "contact_member_id": contact.extra["member"],
        }
        if message.native.get("reply"):
            about["reply_main_message_id"] = message.native["reply"]
        if kind == "deleted":
            del about["session_id"]
        else:
            about["message"] = message.text
            if message.native.get("rich_text"):
                about["rich_text"] = message.native["rich_text"]
        return {
            "account_id": "" if author.guest else ACCOUNT,
            "operator": author.email,
            "operator_id": "" if author.guest else author.id,
            "operator_member_id": author.extra["member"],
            "by_external_user": author.guest,
            "object": about,
        }

    # -- the bot ---------------------------------------------------------------------------------

    def installed(self, account: Account) -> Hook:
        """``bot_installed`` carries no ``event_ts``."""
        payload = {**self._who(account), "timestamp": self._millis()}
        return self._signed("A", f"bot:{account.id}", {"event": "bot_installed", "payload": payload}, RETRIES)

    def _who(self, account: Account) -> dict[str, Any]:
        jid = account.extra["jid"]
        return {
            "accountId": ACCOUNT,
            "robotJid": BOT_JID,
            "userId": account.id,
            "userJid": jid,
            "userName": account.name,
        }

    def notification(self, account: Account, text: str, place: str | None = None) -> list[Hook]:
        """A command or words to the bot; ``place`` is another conversation's address, where it was typed.

        Beyond the ids, words and addresses the vendor's own pages disagree about the fields: mean leaves the rest out.
        """
        jid = account.extra["jid"]
        own = f"{jid}/robot_{BOT_JID}" if self._mean else jid
        payload = {**self._who(account), "cmd": text, "toJid": place or own, "timestamp": self._millis()}
        if self._mean:
            del payload["userName"], payload["timestamp"]
        else:
            payload |= {
                "channelName": "",
                "name": account.name,
                "triggerId": secrets.token_hex(8),
                "userMemberId": account.extra["member"],
                "userStatus": "authorized",
            }
        return self.hook("A", f"bot:{account.id}", "bot_notification", payload)

    def interaction(
        self, account: Account, message: Message, kind: str, more: dict[str, Any], late: dict[str, str]
    ) -> list[Hook]:
        """``late``: address and token for a late answer, newer than the vendor's SDK, so mean leaves them out."""
        payload = {
            **self._who(account),
            "channelName": "Mio",
            "messageId": message.id,
            "original": message.native["content"],
            # The reference types it as words for this one kind.
            "timestamp": str(self._millis()) if kind == "fields_editable" else self._millis(),
            "toJid": f"{account.extra['jid']}/robot_{BOT_JID}",
            **more,
        }
        beside = {} if self._mean else late
        return self.hook("A", f"bot:{account.id}", f"interactive_message_{kind}", payload, beside=beside)

    # -- the account -----------------------------------------------------------------------------

    def _operator(self) -> dict[str, Any]:
        """Whoever administers the account."""
        admins = [a for a in self.core.world.accounts["zoom"].values() if a.admin]
        first = admins[0] if admins else None
        return {
            "account_id": ACCOUNT,
            "operator": first.email if first else "",
            "operator_id": first.id if first else "",
        }

    def user(self, kind: str, account: Account, **more: Any) -> list[Hook]:
        """``user.*`` of app A; ``more`` stands beside the object."""
        if not self.tokens.installed:
            return []
        first, _, last = account.name.partition(" ")
        about = {"id": account.id, "email": account.email, "first_name": first, "last_name": last, "type": 2}
        if kind == "created":
            about["display_name"] = account.name
        operator = {"account_id": ACCOUNT} if kind == "invitation_accepted" else self._operator()
        return self.hook("A", "account", f"user.{kind}", {**operator, **more, "object": about})

    def updated(self, account: Account, before: dict[str, Any]) -> list[Hook]:
        """``user.updated`` has the changed fields alone, as they are and as they were."""
        if not self.tokens.installed:
            return []
        now = {name: getattr(account, name) for name in before}
        payload = {
            **self._operator(),
            "time_stamp": self._millis(),
            "old_object": {"id": account.id, **_fields(before)},
            "object": {"id": account.id, **_fields(now)},
        }
        return self.hook("A", "account", "user.updated", payload)

    def deauthorized(self, app: str, user: str) -> list[Hook]:
        """Said to be sent for published apps only; the sample has ``event_ts`` as words, the schema as a number."""
        if self._mean:
            return []
        payload = {
            "user_id": user,
            "account_id": ACCOUNT,
            "client_id": APPS[app][0],
            "deauthorization_time": iso(self.core.clock.seconds()),
            "signature": secrets.token_hex(32),
            "event_ts": self._millis(),
        }
        return self.hook(app, f"account:{user}", "app_deauthorized", payload, stamped=False)


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    """Our words for a profile's fields in Zoom's."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        match name:
            case "name":
                first, _, last = value.partition(" ")
                found |= {"first_name": first, "last_name": last, "display_name": value}
            case "email":
                found["email"] = value
            case "zone":
                found["timezone"] = value
            case "admin":
                found["role"] = "Admin" if value else "Member"
    return found
