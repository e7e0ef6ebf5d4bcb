"""Webex's messages: post, read, list, edit ten times, delete. Says what webhooks follow; sends nothing itself.

Source: developer.webex.com/docs/api/v1/messages. Text and Markdown hold 7,439 bytes each, a message one file or one card.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.core import Core
from sandbox.webex import cards, text
from sandbox.webex.calls import GONE, Call, Reply, Upload, link, moment, most
from sandbox.webex.contents import Contents, by_address
from sandbox.webex.directory import Directory
from sandbox.webex.events import Events
from sandbox.webex.ids import fresh, iso
from sandbox.webex.rooms import Rooms
from sandbox.webex.tokens import KMS, Token, WebexFault
from sandbox.webhooks import Hook
from sandbox.world import Account, Chat, Message

BYTES, EDITS = 7_439, 10
RECIPIENTS = ("roomId", "toPersonId", "toPersonEmail")
SECRET = ("text", "markdown", "html")


@dataclass(frozen=True, slots=True)
class Words:
    """A message's text in its forms, as posted; ``native`` is what goes beside the plain form."""

    plain: str
    native: dict[str, Any]


class Messages:
    def __init__(self, core: Core, directory: Directory, rooms: Rooms, contents: Contents, events: Events) -> None:
        self.core = core
        self.directory = directory
        self.rooms = rooms
        self.contents = contents
        self.events = events
        self._last = 0.0
        self._where: dict[str, Chat] = {}
        self._early: set[str] = set()
        """Messages whose webhooks are out while the message itself is not there yet (mean profile)."""

    def next_time(self) -> float:
        """Growing by a millisecond at least, so that times tell messages apart."""
        self._last = max(round(self.core.clock.seconds(), 3), round(self._last + 0.001, 3))
        return self._last

    # -- what a message looks like ---------------------------------------------------------------

    def shape(self, chat: Chat, message: Message, token: Token | None = None) -> dict[str, Any]:
        found: dict[str, Any] = {"id": message.id, "roomId": chat.id, "roomType": "direct"}
        found |= {"text": message.text} if message.text else {}
        native = message.native
        found |= {
            name: native[name] for name in ("markdown", "html", "parentId", "mentionedPeople") if native.get(name)
        }
        if native.get("mentionedGroups"):
            found["mentionedGroups"] = native["mentionedGroups"]
        if native.get("file"):
            found["files"] = [f"{self.core.url}/webex/v1/contents/{native['file']}"]
        if native.get("card"):
            found["attachments"] = [{"contentType": cards.KIND, "content": native["card"]}]
        found["personId"] = message.author
        found["personEmail"] = self.core.world.accounts["webex"][message.author].email
        found["created"] = iso(message.at)
        if message.edited:
            found["updated"] = native["updated"]
        if token is not None and not token.has(KMS):
            reason = "Key management server failed to respond appropriately."
            held = [name for name in SECRET if name in found]
            found = {name: value for name, value in found.items() if name not in SECRET}
            found["errors"] = {name: {"code": "kms_failure", "reason": reason} for name in held}
        return found

    def _words(self, call: Call, members: tuple[str, str]) -> Words:
        """Raises 400 for text that is too long."""
        plain, markdown = call.text("text"), call.text("markdown")
        if max(len(plain.encode()), len(markdown.encode())) > BYTES:
            raise WebexFault(400, 'Unable to post message to room: "The request payload is too big"')
        if not markdown:
            return Words(plain, {})
        headings = not self.core.faults["webex"].mean
        html, shown, people, groups = text.rendered(markdown, lambda who: self._mentioned(members, who), headings)
        native = {"markdown": markdown, "html": html, "mentionedPeople": people, "mentionedGroups": groups}
        return Words(plain or shown, native)

    def _mentioned(self, members: tuple[str, str], who: str) -> tuple[str, str] | None:
        account = self.core.world.accounts["webex"].get(who) or self.directory.by_email(who)
        return (account.id, account.name) if account is not None and account.id in members else None

    # -- post ------------------------------------------------------------------------------------

    def create(self, call: Call) -> Reply:
        upload, card = self._upload(call), self._card(call)
        if not (call.text("text") or call.text("markdown") or upload):
            missing = "A card needs text or markdown as its fallback." if card else "Message has no content."
            raise WebexFault(400, missing)
        if card is not None and (upload is not None or call.multipart):
            raise WebexFault(400, "Cards cannot be combined with files.")
        other = self._other(call)
        parent = self._parent(self.rooms.known(call.token.user, other), call.text("parentId"))
        words = self._words(call, (call.token.user, other))
        native = {**words.native, **({"card": card} if card else {}), **({"parentId": parent} if parent else {})}
        chat = self.rooms.dm(call.token.user, other)
        if upload is not None:
            native["file"] = self.contents.put(upload, chat.id)
        message, hooks = self.add(chat, call.token.user, words.plain, native, by_app=True)
        return Reply(self.shape(chat, message), hooks=hooks, posted=True)

    def _upload(self, call: Call) -> Upload | None:
        files = call.body.get("files")
        if call.multipart or files in (None, []):
            return call.upload
        if not isinstance(files, list) or len(files) != 1:
            raise WebexFault(400, "Only one file is allowed per message.")
        return by_address(files[0])

    def _card(self, call: Call) -> dict[str, Any] | None:
        found = call.body.get("attachments")
        return None if found in (None, []) else cards.check(found, self.core.faults["webex"].mean)

    def _other(self, call: Call) -> str:
        """Whom it is for; nothing comes into being before the message is known to be good."""
        given = [name for name in RECIPIENTS if call.text(name)]
        if len(given) != 1:
            raise WebexFault(400, f"Exactly one of {', '.join(RECIPIENTS)} is required.")
        user, name = call.token.user, given[0]
        if name == "roomId":
            account = self.core.world.accounts["webex"][self.rooms.seen(user, call.text(name)).other(user)]
        elif name == "toPersonId":
            account = self.directory.account(call.text(name))
        else:
            account = self._addressed(call.text(name))
        if account.id == user:
            raise WebexFault(400, "A message to oneself is not possible.")
        self._reachable(account)
        return account.id

    def _reachable(self, account: Account) -> None:
        """Whether somebody who left is refused or unknown is an open point."""
        if not account.active:
            mean = self.core.faults["webex"].mean
            raise WebexFault(404 if mean else 403, "Person is unknown." if mean else "Person may not receive messages.")

    def _addressed(self, email: str) -> Account:
        """With the mean profile an address without an account is invited, and the message waits there unread."""
        if "@" not in email.strip("@"):
            raise WebexFault(400, "toPersonEmail is not an e-mail address.")
        found = self.core.world.emails["webex"].get(email.strip().lower())
        if found is not None:
            return found
        if not self.core.faults["webex"].mean:
            raise WebexFault(404, "Could not find a person with the provided e-mail address.")
        return self.directory.invite(email.strip().lower())

    def _parent(self, chat: Chat | None, wanted: str) -> str:
        """The root of the thread. What becomes of a reply to a reply is an open point."""
        if not wanted:
            return ""
        found = chat.by_id.get(wanted) if chat else None
        if found is None or found.deleted:
            raise WebexFault(404, "Could not find the parent message.")
        root: str = found.native.get("parentId", "")
        if root and self.core.faults["webex"].mean:
            raise WebexFault(400, "parentId must not be a reply itself.")
        return root or wanted

    def add(
        self, chat: Chat, author: str, plain: str, native: dict[str, Any], by_app: bool = False
    ) -> tuple[Message, list[Hook]]:
        """A new message, from the API or a client."""
        message = Message(fresh("MESSAGE"), author, plain, self.next_time(), native, by_app=by_app)
        self.core.world.post(chat, message)
        self._where[message.id] = chat
        if self.core.faults["webex"].mean:
            self._early.add(message.id)
        return message, self.events.message(chat, message, "created")

    # -- read ------------------------------------------------------------------------------------

    def _seen(self, call: Call) -> tuple[Chat, Message]:
        chat = self._where.get(call.id) or self._before(call.id)
        found = chat.by_id[call.id] if chat is not None and call.token.user in chat.members else None
        if chat is None or found is None or found.deleted:
            raise WebexFault(404, "Unable to find message.")
        return chat, found

    def _before(self, wanted: str) -> Chat | None:
        """Where a message of a former run is."""
        return next((c for c in self.core.world.chat_ids["webex"].values() if wanted in c.by_id), None)

    def get(self, call: Call) -> Reply:
        chat, message = self._seen(call)
        if message.id in self._early and call.token.user != message.author:
            self._early.discard(message.id)
            raise WebexFault(404, "Unable to find message.")
        return Reply(self.shape(chat, message, call.token))

    def listed(self, call: Call) -> Reply:
        """Newest first."""
        query = call.query
        if not query.get("roomId"):
            raise WebexFault(400, "roomId is required.")
        chat = self.rooms.seen(call.token.user, query["roomId"])
        size, mentioned = most(call, 50), query.get("mentionedPeople")
        if mentioned and size > 100:
            raise WebexFault(400, "max cannot exceed 100 together with mentionedPeople.")
        if mentioned and mentioned not in ("me", call.token.user):
            raise WebexFault(403, "Only me or one's own id may be given as mentionedPeople.")
        found = list(self._between(chat, call))
        if mentioned:
            found = [m for m in found if call.token.user in m.native.get("mentionedPeople", ())]
        page = found[:size]
        headers = link(call, beforeMessage=page[-1].id) if len(found) > size else {}
        return Reply({"items": [self.shape(chat, m, call.token) for m in page]}, headers=headers)

    def _between(self, chat: Chat, call: Call) -> Iterable[Message]:
        query, end = call.query, len(chat.messages)
        if query.get("beforeMessage"):
            at = chat.by_id.get(query["beforeMessage"])
            if at is None:
                raise WebexFault(404, "Unable to find the message of beforeMessage.")
            end = next(n for n, m in enumerate(chat.messages) if m is at)
        until = moment(query["before"], "before") if query.get("before") else None
        return self._visible(chat.messages[:end], query.get("parentId"), until)

    def _visible(self, found: list[Message], parent: str | None, until: float | None = None) -> Iterable[Message]:
        for message in reversed(found):
            late = until is not None and message.at >= until
            if not (message.deleted or late or (parent and message.native.get("parentId") != parent)):
                yield message

    def direct(self, call: Call) -> Reply:
        query = call.query
        if bool(query.get("personId")) == bool(query.get("personEmail")):
            raise WebexFault(400, "Exactly one of personId, personEmail is required.")
        if query.get("personId"):
            account: Account | None = self.directory.account(query["personId"])
        else:
            account = self.directory.by_email(query["personEmail"])
        chat = self.rooms.known(call.token.user, account.id) if account else None
        if chat is None:
            raise WebexFault(404, "Could not find a room with this person.")
        found = self._visible(chat.messages, query.get("parentId"))
        return Reply({"items": [self.shape(chat, m, call.token) for m in found]})

    # -- change ----------------------------------------------------------------------------------

    def update(self, call: Call) -> Reply:
        chat, message = self._seen(call)
        if call.text("roomId") != chat.id:
            raise WebexFault(400, "roomId is required and must be the message's room.")
        if message.author != call.token.user:
            raise WebexFault(403, "You are not allowed to edit this message.")
        if "html" in call.body and call.text("markdown"):
            raise WebexFault(400, "html must not be given together with markdown.")
        if not (call.text("text") or call.text("markdown")):
            raise WebexFault(400, "text or markdown is required.")
        words = self._words(call, chat.members)
        hooks = self.rewrite(chat, message, words.plain, words.native)
        return Reply(self.shape(chat, message), hooks=hooks)

    def rewrite(self, chat: Chat, message: Message, plain: str, native: dict[str, Any]) -> list[Hook]:
        """Other words, ten times at most, and never for a message with a file or a card."""
        if message.native.get("file") or message.native.get("card"):
            raise WebexFault(400, "Editing messages with files or attachments is currently unsupported.")
        edits = int(message.native.get("edits", 0)) + 1
        if edits > EDITS:
            raise WebexFault(400, "The edit limit of this message has been reached.")
        parent = {name: message.native[name] for name in ("parentId",) if name in message.native}
        message.text, message.edited = plain, True
        message.native = {**native, **parent, "edits": edits, "updated": iso(self.next_time())}
        self.core.world.save(chat, message)
        return self.events.message(chat, message, "updated")

    def delete(self, call: Call) -> Reply:
        chat, message = self._seen(call)
        if message.author != call.token.user:
            raise WebexFault(403, "You are not allowed to delete this message.")
        return Reply(None, GONE.status, hooks=self.erase(chat, message))

    def erase(self, chat: Chat, message: Message) -> list[Hook]:
        if message.native.get("file"):
            self.contents.drop(message.native["file"])
        message.deleted = True
        self.core.world.save(chat, message)
        return self.events.message(chat, message, "deleted")
