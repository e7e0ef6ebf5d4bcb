"""Graph's chat messages: listed, sent as the person, edited, removed, reacted to, answered with a quote.

Source: learn.microsoft.com/graph/api/chat-post-messages, chatmessage-update and chatmessage-softdelete.
"""

import re
from typing import Any

import orjson

from sandbox.core import Core
from sandbox.teams import hosted, odata
from sandbox.teams.calls import READING, SENDING, WRITING, Call, GraphFault, Reply, Route, bad
from sandbox.teams.chats import Chats
from sandbox.teams.graph import broken
from sandbox.teams.notify import Notify
from sandbox.teams.shapes import Shapes, as_html, as_text, body, modified, public
from sandbox.webhooks import Hook
from sandbox.world import Chat, Message

MOST_BYTES = 28 * 1024
READ, WRITE, SEND = ("Chat.Read", "Chat.ReadWrite"), ("Chat.ReadWrite",), ("ChatMessage.Send", "Chat.ReadWrite")
FIELDS = {
    "body",
    "mentions",
    "attachments",
    "importance",
    "subject",
    "locale",
    "hostedContents",
    "messageType",
    "summary",
}
MARKER = re.compile(r'<attachment id="([^"]*)"')
MENTION = re.compile(r'<at id="([^"]*)"')
TAG = re.compile(r"</?([a-zA-Z][\w-]*)[^>]*>")
KEPT = set("p br strong b em i u s code pre codeblock blockquote ul ol li a at attachment img emoji div span".split())
ORDERS = ("lastModifiedDateTime", "createdDateTime")


class ChatMessages:
    def __init__(self, core: Core, chats: Chats, shapes: Shapes, notify: Notify) -> None:
        self.core = core
        self.chats = chats
        self.shapes = shapes
        self.notify = notify
        self.edits_allowed = True
        """The tenant's messaging policy for people's own edits and removals."""

    def table(self) -> list[Route]:
        at, own = "/chats/{chat}/messages", "/users/{user}/chats/{chat}/messages/{message}"
        protected = ("Chat.Read.All", "Chat.ReadWrite.All")
        return [
            Route("GET", at, READ, protected, self.listed, READING),
            Route("POST", at, SEND, ("Teamwork.Migrate.All",), self.send, SENDING),
            Route("POST", f"{at}/replyWithQuote", SEND[:1], (), self.quote, SENDING),
            Route("GET", f"{at}/{{message}}", READ, protected[:1], self.one, READING),
            Route("GET", f"{at}/{{message}}/hostedContents", READ, protected, self.pictures, READING),
            Route("GET", f"{at}/{{message}}/hostedContents/{{picture}}/$value", READ, protected, self.picture, READING),
            Route("PATCH", f"{at}/{{message}}", WRITE, protected[1:], self.edit, WRITING),
            Route("POST", f"{at}/{{message}}/setReaction", SEND, (), self.react, WRITING),
            Route("POST", f"{at}/{{message}}/unsetReaction", SEND, (), self.unreact, WRITING),
            Route("POST", f"{own}/softDelete", WRITE, (), self.delete, WRITING, own=True),
            Route("POST", f"{own}/undoSoftDelete", WRITE, (), self.undelete, WRITING, own=True),
            Route("GET", "/users/{user}/chats/getAllMessages", (), protected, self.everything, READING),
            Route("GET", "/users/{user}/chats/getAllMessages/delta", (), protected[:1], self.everything, READING),
        ]

    def everything(self, call: Call) -> Reply:
        words = "Invoked API requires Protected API access in application-only context when not using Resource Specific Consent"
        raise GraphFault(403, "Forbidden", words)

    # -- reading ---------------------------------------------------------------------------------

    def listed(self, call: Call) -> Reply:
        """Newest first; a filter goes with the order by the same time."""
        chat = self.chats.seen(call)
        order, text = call.query.get("$orderby", "createdDateTime desc"), call.query.get("$filter", "")
        name = order.removesuffix(" desc")
        if name not in ORDERS or not order.endswith(" desc"):
            raise bad(
                "QueryOptions to order by is invalid: only descending by lastModifiedDateTime or createdDateTime."
            )
        if text and (name not in text or "$orderby" not in call.query or (name == ORDERS[1] and " gt " in text)):
            raise bad("The property to filter by must be the one to order by.")
        test = odata.matching(_padded(text), (name,))
        messages = sorted(public(chat), key=modified if name == ORDERS[0] else _at, reverse=True)
        shapes = (self.shapes.message(chat, message) for message in messages)
        found = [shape for shape in shapes if not text or test({name: _full(shape[name])})]
        return Reply(200, odata.page(call, f"{self.core.url}/teams/graph/v1.0", found, 20, 50))

    def _message(self, call: Call, chat: Chat) -> Message:
        found = chat.by_id.get(call.args["message"])
        if found is None or found.only is not None:
            raise GraphFault(404, "NotFound", "The message was not found.")
        return found

    def one(self, call: Call) -> Reply:
        chat = self.chats.seen(call)
        return Reply(200, self.shapes.message(chat, self._message(call, chat)))

    def pictures(self, call: Call) -> Reply:
        return hosted.listed(self._message(call, self.chats.seen(call)))

    def picture(self, call: Call) -> Reply:
        """Whether people get the bytes with their own token is an open point: mean says no."""
        message = self._message(call, self.chats.seen(call))
        if self.core.faults["teams"].mean:
            raise GraphFault(403, "Forbidden", "Missing role permissions on the request.")
        return hosted.value(message, call.args["picture"])

    # -- writing ---------------------------------------------------------------------------------

    def send(self, call: Call) -> Reply:
        chat, content = self.chats.seen(call), call.object
        wait = self.core.limited("teams", f"graph:chat:{chat.id}", 2, 1.0) if self.core.faults["teams"].mean else None
        if wait is not None:
            return broken(429, wait)
        return self._posted(chat, call.user, self._content(content))

    def _posted(self, chat: Chat, user: str, native: dict[str, Any]) -> Reply:
        message = self.add(chat, user, native, True)
        hooks = self.notify.message(chat, message, "created")
        return Reply(201, self.shapes.message(chat, message), hooks, True)

    def add(self, chat: Chat, user: str, native: dict[str, Any], by_app: bool) -> Message:
        """The id is the time in milliseconds, unique in this chat and nowhere else."""
        last = int(chat.messages[-1].id) if chat.messages else 0
        number = max(int(self.core.clock.seconds() * 1_000), last + 1)
        words = as_text(native["content"], native["type"])
        message = Message(str(number), user, words, number / 1_000, native, by_app=by_app)
        hosted.placed(self.core, chat, message)
        self.core.world.post(chat, message)
        return message

    def _content(self, content: dict[str, Any]) -> dict[str, Any]:
        """What is kept of a message's body. Raises for what does not fit together."""
        unknown = set(content) - FIELDS
        if unknown:
            raise bad(f"Property {min(unknown)} in payload has a value that does not match schema.")
        if len(orjson.dumps({k: v for k, v in content.items() if k != "hostedContents"})) > MOST_BYTES:
            code = "MessageSizeExceeded" if self.core.faults["teams"].mean else "RequestEntityTooLarge"
            raise GraphFault(413, code, "Message body is too large.")
        said = content.get("body")
        if not isinstance(said, dict) or not isinstance(said.get("content"), str):
            raise bad("Missing body content.")
        kind, text = said.get("contentType", "text"), said["content"]
        attached, mentions = content.get("attachments") or [], content.get("mentions") or []
        if kind not in ("text", "html") or not (text.strip() or attached):
            raise bad("The body must have a content of type text or html.")
        _fits("attachments", {str(row.get("id")) for row in attached}, set(MARKER.findall(text)))
        _fits("mentions", {str(row.get("id")) for row in mentions}, set(MENTION.findall(text)))
        kept = self._cleaned(text) if kind == "html" else text
        return {
            "content": kept,
            "type": kind,
            "attachments": [self._attachment(row) for row in attached],
            "mentions": [self._mention(row) for row in mentions],
            "importance": content.get("importance", "normal"),
            "hosted": hosted.taken(content.get("hostedContents") or [], text),
        }

    def _cleaned(self, text: str) -> str:
        """Teams cleans silently, and which tags is an open point: the mean profile drops every tag it does not know."""
        if not self.core.faults["teams"].mean:
            return text
        kept = TAG.sub(lambda tag: tag[0] if tag[1].lower() in KEPT else "", text)
        return kept if kept.lstrip().startswith("<p") else f"<p>{kept}</p>"

    def _attachment(self, row: dict[str, Any]) -> dict[str, Any]:
        empty = dict.fromkeys(("content", "contentUrl", "name", "thumbnailUrl", "teamsAppId"))
        return {**empty, **row}

    def _mention(self, row: dict[str, Any]) -> dict[str, Any]:
        user = (row.get("mentioned") or {}).get("user") or {}
        if user.get("id") not in self.core.world.accounts["teams"]:
            raise bad("A mentioned person is not in the tenant.")
        who = {"application": None, "device": None, "conversation": None, "user": self.shapes.identity(user["id"])}
        return {"id": row["id"], "mentionText": row.get("mentionText"), "mentioned": who}

    def quote(self, call: Call) -> Reply:
        chat, asked = self.chats.seen(call), call.object
        ids, reply = asked.get("messageIds"), asked.get("replyMessage")
        if not isinstance(ids, list) or not 1 <= len(ids) <= 10 or not isinstance(reply, dict):
            raise bad("messageIds must hold 1 to 10 ids, and replyMessage the answer.")
        quoted = [chat.by_id.get(str(native)) for native in ids]
        native = self._content(reply)
        for message in quoted:
            if message is None or message.only is not None:
                raise GraphFault(404, "NotFound", "A quoted message was not found.")
            native["attachments"].append(self.reference(message))
            native["content"] = f'<attachment id="{message.id}"></attachment>{native["content"]}'
        return self._posted(chat, call.user, native)

    def reference(self, message: Message) -> dict[str, Any]:
        sender = self.shapes.sender(message)
        said = body(message)
        preview = as_text(said["content"], said["contentType"])[:120]
        content = {"messageId": message.id, "messagePreview": preview, "messageSender": sender}
        kind = {"id": message.id, "contentType": "messageReference", "content": orjson.dumps(content).decode()}
        return self._attachment(kind)

    # -- changing --------------------------------------------------------------------------------

    def _own(self, call: Call) -> tuple[Chat, Message]:
        """Authors only, as far as the tenant's policy lets them."""
        chat = self.chats.seen(call)
        message = self._message(call, chat)
        if message.author != call.user:
            raise GraphFault(403, "Forbidden", "Only the author may change the message.")
        if not self.edits_allowed:
            raise GraphFault(403, "Forbidden", "The messaging policy does not allow it.")
        return chat, message

    def edit(self, call: Call) -> Reply:
        """What is sent replaces what was there, mentions and attachments as well."""
        chat, message = self._own(call)
        if message.deleted:
            raise GraphFault(404, "NotFound", "The message was deleted.")
        return Reply(204, hooks=self.rewrite(chat, message, self._content(call.object)))

    def rewrite(self, chat: Chat, message: Message, native: dict[str, Any]) -> list[Hook]:
        message.native |= native | {"edited_at": self.core.clock.seconds()}
        hosted.placed(self.core, chat, message)
        message.text, message.edited = as_text(native["content"], native["type"]), True
        return self._changed(chat, message, "updated")

    def delete(self, call: Call) -> Reply:
        """Twice is an error; which one is an open point."""
        chat, message = self._own(call)
        if message.deleted:
            status, code = (409, "Conflict") if self.core.faults["teams"].mean else (404, "NotFound")
            raise GraphFault(status, code, "The message is deleted already.")
        return Reply(204, hooks=self.erase(chat, message))

    def erase(self, chat: Chat, message: Message) -> list[Hook]:
        message.deleted, message.native["deleted_at"] = True, self.core.clock.seconds()
        return self._changed(chat, message, "deleted")

    def undelete(self, call: Call) -> Reply:
        return Reply(204, hooks=self.bring_back(*self._own(call)))

    def bring_back(self, chat: Chat, message: Message) -> list[Hook]:
        message.deleted = False
        message.native.pop("deleted_at", None)
        return self._changed(chat, message, "updated")

    def _changed(self, chat: Chat, message: Message, change: str) -> list[Hook]:
        message.native["modified"] = max(self.core.clock.seconds(), modified(message) + 0.001)
        self.core.world.save(chat, message)
        return self.notify.message(chat, message, change)

    # -- reactions -------------------------------------------------------------------------------

    def _reaction(self, call: Call) -> tuple[Chat, Message, str]:
        kind, chat = call.object.get("reactionType"), self.chats.seen(call)
        if not isinstance(kind, str) or not kind.strip() or kind.isascii():
            raise bad("reactionType must be an emoji.")
        message = self._message(call, chat)
        if message.deleted:
            raise GraphFault(404, "NotFound", "The message was deleted.")
        return chat, message, kind

    def react(self, call: Call) -> Reply:
        chat, message, kind = self._reaction(call)
        return Reply(204, hooks=self.reacted(chat, message, call.user, kind, True))

    def unreact(self, call: Call) -> Reply:
        chat, message, kind = self._reaction(call)
        return Reply(204, hooks=self.reacted(chat, message, call.user, kind, False))

    def reacted(self, chat: Chat, message: Message, user: str, kind: str, added: bool) -> list[Hook]:
        """One person may leave several. A removal is told twice in the mean profile, as has been seen."""
        held: list[dict[str, Any]] = message.native.get("reactions", [])
        others = [row for row in held if (row["user"], row["type"]) != (user, kind)]
        mine = [{"user": user, "type": kind, "at": self.core.clock.seconds()}] if added else []
        message.native["reactions"] = others + mine
        hooks = self._changed(chat, message, "updated")
        twice = self.core.faults["teams"].mean and not added
        return [*hooks, *self.notify.message(chat, message, "updated")] if twice else hooks


def typed(text: str) -> dict[str, Any]:
    """What a client makes of words typed by hand."""
    return {"content": as_html(text), "type": "html", "attachments": [], "mentions": [], "importance": "normal"}


def _fits(name: str, listed: set[str], marked: set[str]) -> None:
    if listed != marked:
        raise bad(f"The {name} and their marks in the content do not belong together.")


def _at(message: Message) -> float:
    return message.at


def _full(words: str) -> str:
    """The same time with all three digits of its fraction, so that text compares as time does."""
    whole, _, fraction = words.removesuffix("Z").partition(".")
    return f"{whole}.{fraction[:3]:0<3}Z"


def _padded(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", lambda found: _full(found[0]), text)
