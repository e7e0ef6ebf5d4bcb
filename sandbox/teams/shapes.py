"""How Graph shows chats and chat messages, and what a stored message carries for it. Reads only.

Source: learn.microsoft.com/graph/api/resources/chatmessage. Times lose the zeros at the end of their fractions.
"""

import re
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any

from sandbox.core import Core
from sandbox.teams.activities import iso
from sandbox.teams.groups import member_shape
from sandbox.teams.rooms import Room, there
from sandbox.teams.tenant import APP_ID, BOT, TENANT
from sandbox.world import Account, Chat, Message

BREAKS = re.compile(r"</p>\s*<p[^>]*>|<br\s*/?>|</(?:div|li|pre|h[1-6])>", re.IGNORECASE)
TAGS = re.compile(r"<(?!/?at\b)[^>]+>|</?at[^>]*>")
EMOJI = re.compile(r'<emoji[^>]*\balt="([^"]*)"[^>]*>', re.IGNORECASE)


class Shapes:
    def __init__(self, core: Core) -> None:
        self.core = core

    def account(self, user: str) -> Account:
        return self.core.world.accounts["teams"][user]

    def identity(self, user: str) -> dict[str, Any]:
        """A person in a message. The tenant beside it is in newer samples, and in no description of the type."""
        account = self.account(user)
        kind = "federatedUser" if "tenant" in account.extra else "aadUser"
        found = {"userIdentityType": kind, "id": user, "displayName": account.name}
        return found if self.core.faults["teams"].mean else {**found, "tenantId": account.extra.get("tenant", TENANT)}

    def sender(self, message: Message) -> dict[str, Any]:
        """Whether what an app sent for a person names the app as well is an open point."""
        app = {"id": APP_ID, "displayName": "Mio"}
        if message.author == BOT:
            return {"application": {**app, "applicationIdentityType": "bot"}, "device": None, "user": None}
        marked = message.by_app and self.core.faults["teams"].mean
        seen = {**app, "applicationIdentityType": "aadApplication"} if marked else None
        return {"application": seen, "device": None, "user": self.identity(message.author)}

    def message(self, chat: Chat, message: Message) -> dict[str, Any]:
        native = message.native
        return {
            "id": message.id,
            "replyToId": None,
            "etag": str(int(modified(message) * 1_000 + 0.5)),
            "messageType": "message",
            "createdDateTime": stamp(message.at),
            "lastModifiedDateTime": stamp(modified(message)),
            "lastEditedDateTime": stamp(native.get("edited_at")),
            "deletedDateTime": stamp(native.get("deleted_at")),
            "subject": None,
            "summary": None,
            "chatId": chat.id,
            "importance": native.get("importance", "normal"),
            "locale": "en-us",
            "webUrl": None,
            "from": self.sender(message),
            "body": body(message),
            "channelIdentity": None,
            "attachments": [] if message.deleted else attachments(message),
            "mentions": [] if message.deleted else native.get("mentions", []),
            "policyViolation": None,
            "reactions": [self._reaction(row) for row in native.get("reactions", ())],
            "messageHistory": native.get("history", []),
            "eventDetail": None,
        }

    def _reaction(self, row: dict[str, Any]) -> dict[str, Any]:
        user = {"application": None, "device": None, "user": self.identity(row["user"])}
        about = {"reactionType": row["type"], "displayName": None, "reactionContentUrl": None}
        return {**about, "createdDateTime": stamp(row["at"]), "user": user}

    def chat(self, chat: Chat, expand: str = "") -> dict[str, Any]:
        shown = public(chat)
        began = shown[0].at if shown else self.core.clock.seconds()
        found: dict[str, Any] = {
            "id": chat.id,
            "topic": chat.topic if isinstance(chat, Room) else None,
            "createdDateTime": stamp(began),
            "lastUpdatedDateTime": stamp(modified(shown[-1]) if shown else began),
            "chatType": "group" if isinstance(chat, Room) else "oneOnOne",
            "webUrl": f"https://teams.microsoft.com/l/chat/{chat.id}/0?tenantId={TENANT}",
            "tenantId": TENANT,
            "onlineMeetingInfo": None,
        }
        if "members" in expand:
            found["members"] = self.members(chat)
        if "lastMessagePreview" in expand:
            found["lastMessagePreview"] = self._preview(shown[-1]) if shown else None
        return found

    def _preview(self, message: Message) -> dict[str, Any]:
        about = {"id": message.id, "createdDateTime": stamp(message.at), "isDeleted": message.deleted}
        said = {"messageType": "message", "eventDetail": None, "body": body(message)}
        return {**about, **said, "from": self.sender(message)}

    def members(self, chat: Chat) -> list[dict[str, Any]]:
        """People only: a bot is no member here."""
        people = [self.account(user) for user in there(chat) if user != BOT]
        return [member_shape(a, chat.id, ["guest"] if a.guest else ["owner"]) for a in people]


def public(chat: Chat) -> list[Message]:
    """What Graph shows: everything but what the client itself whispers."""
    return [message for message in chat.messages if message.only is None]


def modified(message: Message) -> float:
    found: float = message.native.get("modified", message.at)
    return found


def body(message: Message) -> dict[str, Any]:
    if message.deleted:
        return {"contentType": "html", "content": ""}
    content = message.native.get("content", message.text)
    markers = "".join(f'<attachment id="{row["id"]}"></attachment>' for row in attachments(message))
    if "card" in message.native:
        content = markers
    return {"contentType": message.native.get("type", "html"), "content": content}


def attachments(message: Message) -> list[dict[str, Any]]:
    if "card" in message.native:
        kind = "application/vnd.microsoft.card.adaptive"
        row = {"id": message.id, "contentType": kind, "contentUrl": None, "name": None, "thumbnailUrl": None}
        return [{**row, "content": "{}", "teamsAppId": None}]
    found: list[dict[str, Any]] = message.native.get("attachments", [])
    return found


def stamp(seconds: float | None) -> str | None:
    """``2026-01-01T00:00:00.5Z``, and without a fraction on a whole second."""
    if seconds is None:
        return None
    words = iso(datetime.fromtimestamp(round(seconds * 1_000) / 1_000, UTC)).removesuffix("Z")
    return words.rstrip("0").rstrip(".") + "Z"


def as_html(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>".replace("\n", "<br>")


def as_text(content: str, kind: str) -> str:
    """What a person reads."""
    if kind == "text":
        return content
    words = TAGS.sub("", EMOJI.sub(r"\1", BREAKS.sub("\n", content)))
    return unescape(words).replace("\u00a0", " ").strip("\n")
