"""Zoom's REST methods: directory, people's messages, the chatbot. Labels, scopes and codes as the reference has them."""

import base64
import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.core import Core
from sandbox.world import Account, Chat, Message, stable
from sandbox.zoom import cards
from sandbox.zoom.tokens import ACCOUNT, BOT_JID, Token, Tokens, ZoomFault

MOST = 1_024
PAGE = 300
ROLES = {"0": "Owner", "1": "Admin", "2": "Member"}


def user_shape(account: Account, whole: bool) -> dict[str, Any]:
    first, _, last = account.name.partition(" ")
    role = "1" if account.admin else "2"
    found: dict[str, Any] = {
        "id": account.id,
        "email": account.email,
        "first_name": first,
        "last_name": last,
        "display_name": account.name,
        "type": 2,
        "status": "active" if account.active else "inactive",
        "role_id": role,
        "verified": 1,
        "timezone": account.zone,
    }
    if whole:
        found |= {"role_name": ROLES[role], "account_id": ACCOUNT, "jid": account.extra["jid"]}
    return found


class Methods:
    def __init__(self, core: Core, tokens: Tokens) -> None:
        self.core = core
        self.tokens = tokens
        self.by_email: dict[str, str] = {}
        self.by_member: dict[str, str] = {}
        self.by_jid: dict[str, str] = {}
        for account in core.world.accounts["zoom"].values():
            self.by_email[account.email.lower()] = account.id
            self.by_member[account.extra["member"]] = account.id
            self.by_jid[account.extra["jid"]] = account.id

    # -- directory -------------------------------------------------------------------------------

    def users(self, query: dict[str, str]) -> dict[str, Any]:
        size = min(int(query.get("page_size", "30")), PAGE)
        status = query.get("status", "active")
        everybody = [
            a for a in self.core.world.accounts["zoom"].values() if a.active == (status == "active") and not a.bot
        ]
        start = self._page(query.get("next_page_token", ""), len(everybody))
        page = everybody[start : start + size]
        after = start + size
        token = base64.urlsafe_b64encode(f"page:{after}".encode()).decode() if after < len(everybody) else ""
        return {
            "page_size": size,
            "page_count": -(-len(everybody) // size),
            "total_records": len(everybody),
            "next_page_token": token,
            "users": [user_shape(a, False) for a in page],
        }

    @staticmethod
    def _page(token: str, most: int) -> int:
        if not token:
            return 0
        try:
            number = int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("page:"))
        except ValueError:
            raise ZoomFault(400, 300, "The next page token is invalid or expired.") from None
        return min(number, most)

    def account(self, wanted: str) -> Account:
        """By id (case-sensitive), e-mail or member id."""
        accounts = self.core.world.accounts["zoom"]
        found = accounts.get(wanted) or accounts.get(self.by_email.get(wanted.lower(), ""))
        found = found or accounts.get(self.by_member.get(wanted, ""))
        if found is None:
            raise ZoomFault(404, 1001, f"User does not exist: {wanted}.")
        return found

    def roles(self) -> dict[str, Any]:
        return {"roles": [{"id": i, "name": n, "description": "", "total_members": 1} for i, n in ROLES.items()]}

    # -- people's messages -----------------------------------------------------------------------

    def dm(self, one: str, other: str) -> Chat:
        return self.core.world.chat("zoom", stable("zoom-dm", *sorted((one, other)))[:20], one, other)

    def next_time(self, chat: Chat) -> float:
        """Messages of one conversation never share a millisecond."""
        last = chat.messages[-1].at if chat.messages else 0.0
        return max(self.core.clock.seconds(), last + 0.001)

    def _contact(self, token: Token, wanted: str) -> Account:
        if not wanted:
            raise ZoomFault(400, 300, "Either to_contact or to_channel is required.")
        found = self.account(wanted)
        if found.id == token.user:
            raise ZoomFault(400, 200, "You cannot send a message to yourself.")
        if not found.active:
            raise ZoomFault(404, 1001, "User does not exist.")
        return found

    def send(self, token: Token, body: dict[str, Any]) -> tuple[Chat, Message]:
        other = self._contact(token, str(body.get("to_contact", "")))
        words = self._words(body)
        spans = body.get("rich_text", [])
        self._spans(spans, words)
        chat = self.dm(token.user, other.id)
        made = Message(str(uuid.uuid4()).upper(), token.user, words, self.next_time(chat), {}, by_app=True)
        if spans:
            made.native["rich_text"] = spans
        self.core.world.post(chat, made)
        return chat, made

    @staticmethod
    def _words(body: dict[str, Any]) -> str:
        words = body.get("message")
        if not isinstance(words, str) or not words:
            raise ZoomFault(400, 300, "Validation Failed: message is required.")
        if len(words.encode("utf-16-le")) // 2 > MOST:
            raise ZoomFault(400, 300, "Validation Failed: message is longer than 1024 characters.")
        return words

    @staticmethod
    def _spans(spans: Any, words: str) -> None:
        end = len(words.encode("utf-16-le")) // 2
        for span in spans:
            start, stop = span.get("start_position"), span.get("end_position")
            if not isinstance(start, int) or not isinstance(stop, int) or not 0 <= start < stop <= end:
                raise ZoomFault(400, 300, "Validation Failed: rich_text positions.")
            if span.get("format_type") == "AddLink":
                inside = words.encode("utf-16-le")[start * 2 : stop * 2].decode("utf-16-le")
                if "\n" in inside or not str(span.get("format_attr", "")).startswith(("http://", "https://")):
                    raise ZoomFault(400, 300, "Validation Failed: rich_text link.")

    def listed(self, token: Token, query: dict[str, str]) -> dict[str, Any]:
        other = self._contact(token, query.get("to_contact", ""))
        size = int(query.get("page_size", "10"))
        if size > 50:
            raise ZoomFault(400, 300, "Validation Failed: page_size must be at most 50.")
        start, end = _time(query.get("from")), _time(query.get("to"))
        chat = self.dm(token.user, other.id)
        found = [m for m in chat.messages if not m.deleted and start <= int(m.at) <= end]
        at = self._page(query.get("next_page_token", ""), len(found))
        page = [self._shape(m) for m in found[at : at + size]]
        faults = self.core.faults["zoom"]
        if faults.mean:
            faults.dice.shuffle(page)
        more = base64.urlsafe_b64encode(f"page:{at + size}".encode()).decode() if at + size < len(found) else ""
        return {"messages": page, "page_size": size, "next_page_token": more}

    def _shape(self, message: Message) -> dict[str, Any]:
        author = self.core.world.accounts["zoom"][message.author]
        return {
            "id": message.id,
            "message": message.text,
            "sender": author.email,
            "send_member_id": author.extra["member"],
            "sender_display_name": author.name,
            "date_time": datetime.fromtimestamp(message.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "timestamp": int(message.at * 1000),
            "message_type": "plain_text_message",
            **({"rich_text": message.native["rich_text"]} if message.native.get("rich_text") else {}),
        }

    def one(self, token: Token, message: str, query: dict[str, str]) -> dict[str, Any]:
        return self._shape(self._mine(token, message, query.get("to_contact", ""))[1])

    def _mine(self, token: Token, message: str, contact: str) -> tuple[Chat, Message]:
        chat = self.dm(token.user, self._contact(token, contact).id)
        found = chat.by_id.get(message.strip("{}").upper())
        if found is None or found.deleted:
            raise ZoomFault(400, 300, "Message does not exist.")
        return chat, found

    def edit(self, token: Token, message: str, body: dict[str, Any]) -> tuple[Chat, Message]:
        chat, found = self._mine(token, message, str(body.get("to_contact", "")))
        if found.author != token.user:
            raise ZoomFault(400, 200, "No permission to edit this message.")
        found.text, found.edited, found.native = self._words(body), True, {}
        self.core.world.save(chat, found)
        return chat, found

    def delete(self, token: Token, message: str, query: dict[str, str]) -> tuple[Chat, Message]:
        chat, found = self._mine(token, message, query.get("to_contact", ""))
        if found.author != token.user:
            raise ZoomFault(400, 200, "No permission to delete this message.")
        found.deleted = True
        self.core.world.save(chat, found)
        return chat, found

    # -- the chatbot -----------------------------------------------------------------------------

    def card(self, body: dict[str, Any], message: str | None) -> dict[str, Any]:
        if body.get("robot_jid") != BOT_JID:
            raise ZoomFault(404, 7002, "Invalid robot_jid.")
        if body.get("account_id") != ACCOUNT:
            raise ZoomFault(403, 7004, "Not authorized.")
        content = cards.check(body.get("content"))
        account = self._by_jid(str(body.get("to_jid") or body.get("user_jid") or ""))
        chat = self.dm(account.id, BOT_JID)
        now = self.core.clock.seconds()
        if message is None:
            made = Message(uuid.uuid4().hex, BOT_JID, content["head"]["text"], now, {"content": content}, by_app=True)
            self.core.world.post(chat, made)
        else:
            found = chat.by_id.get(message)
            if found is None or found.deleted:
                raise ZoomFault(404, 8001, "Invalid message_id.")
            made = found
            made.native, made.text = {"content": content}, content["head"]["text"]
            self.core.world.save(chat, made)
        jid = account.extra["jid"]
        return {"message_id": made.id, "robot_jid": BOT_JID, "to_jid": jid, "user_jid": jid, "sent_time": str(now)}

    def _by_jid(self, jid: str) -> Account:
        found = self.core.world.accounts["zoom"].get(self.by_jid.get(jid, ""))
        if found is None or not found.active:
            raise ZoomFault(403, 7004, "Not authorized.")
        return found


def _time(value: str | None) -> float:
    if not value:
        raise ZoomFault(400, 300, "Validation Failed: from and to are required.")
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError:
        raise ZoomFault(400, 300, "Validation Failed: from or to.") from None
