"""Zoom's REST methods for people's direct messages, each as strict as its page: scopes, arguments, codes.

A method gets the caller's token and the arguments, and says what app B is to be told about it. Sends nothing itself.
Source: developers.zoom.us/docs/api/team-chat. There are no channels and no files here.
"""

import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.core import Core
from sandbox.webhooks import Hook
from sandbox.world import Account, Chat, Message, pair, stable
from sandbox.zoom import spans
from sandbox.zoom.directory import Directory
from sandbox.zoom.events import Events, iso
from sandbox.zoom.pages import Pages, invalid, size
from sandbox.zoom.tokens import Token, ZoomFault

PAGE = 50
OLDEST = timedelta(days=183)
MOST_FILES = 6
# Published for channels only; a conversation of two may have the same.
DM_RATE = 10


@dataclass(frozen=True, slots=True)
class Done:
    """The answer, the events that follow from the call, and whether the answer may get lost on the way."""

    status: int
    fields: dict[str, Any] | None
    hooks: tuple[Hook, ...] = ()
    posted: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class Methods:
    def __init__(self, core: Core, directory: Directory, events: Events) -> None:
        self.core = core
        self.directory = directory
        self.events = events
        self.pages = Pages(core)
        self.blocked: set[tuple[str, str]] = set()
        """Who blocked whom."""
        self.barred: set[str] = set()
        """People whom the account's administrator lets chat with nobody."""
        self.window: float | None = None
        """Seconds within which the account lets messages be edited and deleted."""

    @property
    def _mean(self) -> bool:
        return self.core.faults["zoom"].mean

    # -- conversations ---------------------------------------------------------------------------

    def known(self, one: str, other: str) -> Chat | None:
        return self.core.world.chats["zoom"].get(pair(one, other))

    def dm(self, one: str, other: str) -> Chat:
        found = self.known(one, other)
        return found or self.core.world.chat("zoom", stable("zoom-dm", *pair(one, other))[:20], one, other)

    def next_time(self, chat: Chat) -> float:
        """Messages of one conversation never share a millisecond."""
        last = chat.messages[-1].at if chat.messages else 0.0
        return max(self.core.clock.seconds(), last + 0.001)

    def _contact(self, token: Token, args: Mapping[str, Any]) -> Account:
        """The other side: ``to_contact``, by e-mail, user id or member id."""
        if args.get("to_channel") and not args.get("to_contact"):
            raise ZoomFault(404, 4130, f"Channel does not exist: {args['to_channel']}.")
        wanted = args.get("to_contact")
        if not isinstance(wanted, str) or not wanted:
            raise ZoomFault(400, 300, "Must provide either contact or channel parameter.")
        found = self.directory.contact(wanted)
        if found.id == token.user:
            raise ZoomFault(400, 200, "The contact parameter provided is invalid.")
        return found

    def _mine(self, token: Token, message: str, args: Mapping[str, Any]) -> tuple[Chat, Message]:
        chat = self.known(token.user, self._contact(token, args).id)
        found = chat.by_id.get(native(message)) if chat else None
        if chat is None or found is None or found.deleted:
            raise ZoomFault(400, 300, f"Message does not exist: {message}.")
        return chat, found

    def _own(self, token: Token, message: str, args: Mapping[str, Any]) -> tuple[Chat, Message]:
        """Only the sender changes a message, and only as long as the account allows; the code of the latter is open."""
        chat, found = self._mine(token, message, args)
        if found.author != token.user:
            raise ZoomFault(400, 200, "Only the sender of this message can make updates.")
        if self.window is not None and self.core.clock.seconds() - found.at > self.window:
            raise ZoomFault(400, 300 if self._mean else 200, "The time to change this message has passed.")
        return chat, found

    # -- writing ---------------------------------------------------------------------------------

    def send(self, token: Token, body: Mapping[str, Any]) -> Done:
        other = self._contact(token, body)
        words, marks = spans.words(body, self._mean), spans.check(body)
        self._refused(token.user, other.id, body)
        chat = self.dm(token.user, other.id)
        reply = self._replied(chat, body.get("reply_main_message_id"))
        if self._mean and self.core.limited("zoom", f"dm:{chat.id}:{token.user}", DM_RATE, 1.0) is not None:
            raise ZoomFault(429, 429, "You have reached the maximum rate limit for messages to this contact.")
        native_fields = {**({"rich_text": marks} if marks else {}), **({"reply": reply} if reply else {})}
        made = Message(str(uuid.uuid4()).upper(), token.user, words, self.next_time(chat), native_fields, by_app=True)
        self.core.world.post(chat, made)
        hooks = tuple(self.events.message(chat, made, by_app=True))
        return Done(201, {"id": made.id}, hooks, posted=True)

    def _refused(self, sender: str, other: str, body: Mapping[str, Any]) -> None:
        if sender in self.barred:
            raise ZoomFault(400, 5418, "The user can not chat with others.")
        if (other, sender) in self.blocked:
            raise ZoomFault(400, 5421, "Can not send message to a blocked contact.")
        self._attached(body)
        if body.get("interactive_cards"):
            raise ZoomFault(400, 5405, "Failed to create interactive card.")
        if body.get("scheduled_time"):
            raise ZoomFault(400, 300, "Invalid parameter: send_time.")

    @staticmethod
    def _attached(body: Mapping[str, Any]) -> None:
        files = body.get("file_ids") or []
        if not isinstance(files, list) or len(files) > MOST_FILES:
            raise invalid("file_ids", f"must be a list of at most {MOST_FILES}")
        if files:
            raise ZoomFault(400, 5404, f"File does not exist: {files[0]}.")

    @staticmethod
    def _replied(chat: Chat, main: Any) -> str | None:
        """Threads have one level: a reply names a main message."""
        if not main:
            return None
        found = chat.by_id.get(native(str(main)))
        if found is None or found.deleted or found.native.get("reply"):
            raise ZoomFault(400, 5402, "This only supports replies to a main message.")
        return found.id

    def edit(self, token: Token, message: str, body: Mapping[str, Any]) -> Done:
        """A PUT has no spans; whether the old ones stay is an open point."""
        chat, found = self._own(token, message, body)
        self._attached(body)
        return Done(204, None, tuple(self.rewrite(chat, found, spans.words(body, self._mean), by_app=True)))

    def rewrite(self, chat: Chat, message: Message, words: str, by_app: bool = False) -> list[Hook]:
        message.text, message.edited = words, True
        if not (self._mean and by_app):
            message.native = {k: v for k, v in message.native.items() if k != "rich_text"}
        self.core.world.save(chat, message)
        return self.events.message(chat, message, "updated", by_app)

    def delete(self, token: Token, message: str, query: Mapping[str, str]) -> Done:
        chat, found = self._own(token, message, query)
        return Done(204, None, tuple(self.erase(chat, found, by_app=True)))

    def erase(self, chat: Chat, message: Message, by_app: bool = False) -> list[Hook]:
        message.deleted = True
        self.core.world.save(chat, message)
        return self.events.message(chat, message, "deleted", by_app)

    # -- reading ---------------------------------------------------------------------------------

    def one(self, token: Token, message: str, query: Mapping[str, str]) -> dict[str, Any]:
        return self._shape(*self._mine(token, message, query))

    def listed(self, token: Token, query: Mapping[str, str]) -> dict[str, Any]:
        """A conversation's messages between two times, in whole seconds. Their order is documented nowhere."""
        other, most = self._contact(token, query), size(query, 10, PAGE)
        start, end = self._between(query)
        chat, everything = self.known(token.user, other.id), query.get("include_deleted_and_edited_message") == "true"
        messages = chat.messages if chat else []
        first, last = bisect_left(messages, start, key=_second), bisect_right(messages, end, key=_second)
        found = [m for m in messages[first:last] if everything or not m.deleted]
        if query.get("exclude_child_message") == "true":
            found = [m for m in found if not m.native.get("reply")]
        at = self.pages.start("messages", query)
        page = [self._shape(chat, m, everything) for m in found[at : at + most]] if chat else []
        if self._mean:
            self.core.faults["zoom"].dice.shuffle(page)
        asked = {name: query[name] for name in ("date", "from", "to") if name in query}
        more = self.pages.next("messages", query, at + most, len(found))
        return {**asked, "messages": page, "page_size": most, "next_page_token": more}

    def _between(self, query: Mapping[str, str]) -> tuple[int, int]:
        """``date`` (the default: today) wins over ``from``; half a year back is the most."""
        now = self.core.clock.now()
        if query.get("from") and not query.get("date"):
            start, end = _time("from", query["from"]), _time("to", query["to"]) if query.get("to") else now
        else:
            start = _time("date", query.get("date") or now.strftime("%Y-%m-%d"), "%Y-%m-%d")
            end = start + timedelta(days=1, seconds=-1)
        if start < now - OLDEST:
            raise ZoomFault(400, 300, "Only provide past chat messages in recent 6 months.")
        return int(start.timestamp()), int(end.timestamp())

    def _shape(self, chat: Chat, message: Message, marked: bool = False) -> dict[str, Any]:
        author = self.core.world.accounts["zoom"][message.author]
        found: dict[str, Any] = {
            "id": message.id,
            "message": "" if message.deleted else message.text,
            "sender": author.email,
            "send_member_id": author.extra["member"],
            "sender_display_name": author.name,
            "date_time": iso(message.at),
            "timestamp": int(message.at * 1000),
            "message_type": "plain_text_message",
        }
        if message.native.get("rich_text") and not message.deleted:
            found["rich_text"] = message.native["rich_text"]
        if message.native.get("reply"):
            main = chat.by_id[message.native["reply"]]
            found |= {"reply_main_message_id": main.id, "reply_main_message_timestamp": int(main.at * 1000)}
        if marked:
            found["status"] = "Deleted" if message.deleted else "Edited" if message.edited else "Normal"
        return found

    def sessions(self, token: Token, query: Mapping[str, str]) -> dict[str, Any]:
        """Whom this person talked to, newest first; today when no times are given."""
        if query.get("type", "1:1") not in ("1:1", "groupchat"):
            raise ZoomFault(404, 1001, "Unknown session type.")
        today, most = self.core.clock.now().strftime("%Y-%m-%d"), size(query, 10, PAGE)
        start = _time("from", query.get("from") or f"{today}T00:00:00Z")
        end = _time("to", query.get("to") or f"{today}T23:59:59Z")
        chats = [] if query.get("type") == "groupchat" else self._talks(token.user, start.timestamp(), end.timestamp())
        at = self.pages.start("sessions", query)
        page = [self._session(token.user, chat) for chat in chats[at : at + most]]
        more = self.pages.next("sessions", query, at + most, len(chats))
        times = {"from": iso(start.timestamp()), "to": iso(end.timestamp())}
        return {**times, "page_size": most, "next_page_token": more, "sessions": page}

    def _talks(self, user: str, start: float, end: float) -> list[Chat]:
        accounts, world = self.core.world.accounts["zoom"], self.core.world
        chats = [world.chats["zoom"][key] for key in world.of["zoom"].get(user, ())]
        found = [c for c in chats if c.messages and not accounts[c.other(user)].bot]
        return sorted((c for c in found if start <= int(c.messages[-1].at) <= end), key=lambda c: -c.messages[-1].at)

    def _session(self, user: str, chat: Chat) -> dict[str, Any]:
        peer = self.core.world.accounts["zoom"][chat.other(user)]
        return {
            "type": "1:1",
            "name": peer.email,
            "last_message_sent_time": iso(chat.messages[-1].at),
            "peer_contact_email": peer.email,
            "peer_contact_user_id": "" if peer.guest else peer.id,
            "peer_contact_member_id": peer.extra["member"],
        }


def native(message: str) -> str:
    """Ids come with and without braces, in either case."""
    return message.strip("{}").upper()


def _second(message: Message) -> int:
    return int(message.at)


def _time(name: str, value: str, form: str = "%Y-%m-%dT%H:%M:%SZ") -> datetime:
    """UTC in exactly the documented form."""
    try:
        return datetime.strptime(value, form).replace(tzinfo=UTC)
    except ValueError:
        raise invalid(name, f"must look like {datetime(2026, 1, 2, tzinfo=UTC).strftime(form)}") from None
