"""Slack's Web API methods, each as strict as its page: scopes, arguments, errors.

A method gets the caller's token and the arguments, and says what the app is to be told about it. Sends nothing itself.
Source: docs.slack.dev/reference/methods.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.core import Core, Params
from sandbox.slack import blocks
from sandbox.slack.directory import Directory
from sandbox.slack.events import BOT_ID, TEAM, Events, shape
from sandbox.slack.home import Homes
from sandbox.slack.tokens import SlackFault, Token, Tokens
from sandbox.webhooks import Hook
from sandbox.world import Chat, Message, pair, stable

TEXT, UPDATE = 40_000, 4_000
DRESSED = ("username", "icon_url", "icon_emoji")


@dataclass(frozen=True, slots=True)
class Done:
    """The answer's fields, the event that follows from the call, and whether the answer may get lost on the way."""

    fields: dict[str, Any]
    hook: Hook | None = None
    posted: bool = False


Method = Callable[[Token, Params], dict[str, Any] | Done]


class Methods:
    def __init__(self, core: Core, tokens: Tokens, events: Events, homes: Homes) -> None:
        self.core = core
        self.tokens = tokens
        self.events = events
        self.directory = Directory(core)
        self._last = 0
        self.table: dict[str, tuple[str | None, Method]] = {
            "auth.test": (None, self.auth_test),
            "auth.revoke": (None, self.auth_revoke),
            "team.info": ("team:read", self.directory.team_info),
            "users.list": ("users:read", self.directory.users_list),
            "users.info": ("users:read", self.directory.users_info),
            "users.lookupByEmail": ("users:read.email", self.directory.users_lookup),
            "conversations.open": ("im:write", self.conversations_open),
            "conversations.info": ("im:read", self.conversations_info),
            "conversations.history": ("im:history", self.conversations_history),
            "chat.postMessage": ("chat:write", self.post),
            "chat.postEphemeral": ("chat:write", self.post_ephemeral),
            "chat.update": ("chat:write", self.update),
            "chat.delete": ("chat:write", self.delete),
            "views.publish": (None, homes.publish),
        }

    # -- who -------------------------------------------------------------------------------------

    def auth_test(self, token: Token, args: Params) -> dict[str, Any]:
        name = self.directory.account(token.user).name.split()[0].lower()
        found: dict[str, Any] = {"url": "https://acme.slack.com/", "team": "Acme", "user": name, "team_id": TEAM}
        found |= {"user_id": token.user, "is_enterprise_install": False}
        return {**found, "bot_id": BOT_ID} if token.kind == "bot" else found

    def auth_revoke(self, token: Token, args: Params) -> dict[str, Any]:
        if _truth(args, "test"):
            return {"revoked": False}
        self.tokens.revoke(token)
        return {"revoked": True}

    # -- conversations ---------------------------------------------------------------------------

    def known(self, one: str, other: str) -> Chat | None:
        """The direct conversation of two when there is one."""
        return self.core.world.chats["slack"].get(pair(one, other))

    def dm(self, one: str, other: str) -> Chat:
        found = self.known(one, other)
        if found is not None:
            return found
        return self.core.world.chat("slack", "D" + stable("dm", *pair(one, other))[:9].upper(), one, other)

    def conversations_open(self, token: Token, args: Params) -> dict[str, Any]:
        if args.get("channel"):
            return self._opened(self._seen(token, args), token, args, True)
        users = [u for u in str(args.get("users", "")).split(",") if u]
        if len(users) != 1:
            raise SlackFault("invalid_user_combination" if users else "users_list_not_supplied")
        account = self.directory.account(users[0])
        if not account.active:
            raise SlackFault("user_disabled")
        if users[0] == token.user:
            raise SlackFault("invalid_user_combination")
        found = self.known(token.user, users[0])
        if found is None and _truth(args, "prevent_creation"):
            raise SlackFault("channel_not_found")
        return self._opened(found or self.dm(token.user, users[0]), token, args, found is not None)

    def _opened(self, chat: Chat, token: Token, args: Params, before: bool) -> dict[str, Any]:
        short = {"id": chat.id}
        return {
            "no_op": before,
            "already_open": before,
            "channel": _channel(chat, token) if _truth(args, "return_im") else short,
        }

    def _seen(self, token: Token, args: Params) -> Chat:
        """A conversation that this token's user is in; nobody sees other people's."""
        chat = self.core.world.chat_ids["slack"].get(str(args.get("channel", "")))
        if chat is None or token.user not in chat.members:
            raise SlackFault("channel_not_found")
        return chat

    def conversations_info(self, token: Token, args: Params) -> dict[str, Any]:
        return {"channel": _channel(self._seen(token, args), token)}

    def conversations_history(self, token: Token, args: Params) -> dict[str, Any]:
        """Newest first; the ends belong to it only with ``inclusive``."""
        chat, inclusive = self._seen(token, args), _truth(args, "inclusive")
        left, right = (bisect_left, bisect_right) if inclusive else (bisect_right, bisect_left)
        start = left(chat.messages, _ts(args, "oldest", 0.0), key=_at)
        end = right(chat.messages, _ts(args, "latest", 1e12), key=_at)
        cursor = str(args.get("cursor") or "")
        if cursor:
            if not cursor.removeprefix("next:").isdecimal():
                raise SlackFault("invalid_cursor")
            end = min(end, int(cursor.removeprefix("next:")))
        limit = min(int(args.get("limit") or 100), 999)
        page: list[dict[str, Any]] = []
        while end > start and len(page) < limit:
            end -= 1
            if _public(chat.messages[end]):
                page.append(shape(chat.messages[end]))
        if self.core.faults["slack"].mean:
            page = [{k: v for k, v in m.items() if k != "blocks"} for m in page]
        more = f"next:{end}" if any(_public(chat.messages[at]) for at in range(start, end)) else ""
        counts = {"channel_actions_ts": None, "channel_actions_count": 0}
        return {"messages": page, "has_more": bool(more), "response_metadata": {"next_cursor": more}, **counts}

    # -- messages --------------------------------------------------------------------------------

    def next_ts(self) -> str:
        """Unique and growing, like the vendor's."""
        micros = max(int(self.core.clock.seconds() * 1_000_000), self._last + 1)
        self._last = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def _words(self, args: Params, most: int) -> tuple[str, list[dict[str, Any]]]:
        words = str(args.get("text") or "")
        checked = blocks.check(args.get("blocks"))
        if not words and not checked:
            raise SlackFault("no_text")
        if len(words) > most:
            raise SlackFault("msg_too_long")
        return words, checked

    def _native(self, token: Token, args: Params, checked: list[dict[str, Any]]) -> dict[str, Any]:
        """What the message carries beside its words: blocks, thread, another name and face with the scope for it."""
        dressed = {name: str(args[name]) for name in DRESSED if args.get(name)}
        if dressed and not token.has("chat:write.customize"):
            raise SlackFault("missing_scope", needed="chat:write.customize", provided=token.scopes)
        thread = {"thread_ts": str(args["thread_ts"])} if args.get("thread_ts") else {}
        return {"blocks": checked, **dressed, **thread}

    def post(self, token: Token, args: Params) -> Done:
        channel = str(args.get("channel", ""))
        if channel.startswith("U") and token.kind == "bot" and channel in self.core.world.accounts["slack"]:
            chat = self.dm(token.user, channel)
        else:
            chat = self._seen(token, args)
        words, checked = self._words(args, TEXT)
        native = self._native(token, args, checked)
        other = self.core.world.accounts["slack"].get(chat.other(token.user))
        if other is not None and not other.active:
            raise SlackFault("is_archived")
        at = self.next_ts()
        message = Message(at, token.user, words, float(at), native, by_app=True)
        self.core.world.post(chat, message)
        fields = {"channel": chat.id, "ts": at, "message": shape(message)}
        return Done(fields, self.events.message(chat, message), posted=token.kind == "user")

    def post_ephemeral(self, token: Token, args: Params) -> dict[str, Any]:
        chat = self._seen(token, args)
        words, checked = self._words(args, TEXT)
        only = str(args.get("user", ""))
        if only not in chat.members:
            raise SlackFault("user_not_in_channel")
        return {"message_ts": self.whisper(chat, only, words, checked).id}

    def whisper(self, chat: Chat, only: str, words: str, checked: list[dict[str, Any]]) -> Message:
        """An ephemeral message of the bot: no event, no history, no update by ``chat.update``."""
        at = self.next_ts()
        message = Message(at, self.tokens.bot_user, words, float(at), {"blocks": checked}, by_app=True, only=only)
        self.core.world.post(chat, message)
        return message

    def _mine(self, chat: Chat, token: Token, args: Params, refused: str) -> Message:
        message = chat.by_id.get(str(args.get("ts", "")))
        if message is None or message.deleted or message.only:
            raise SlackFault("message_not_found")
        if message.author != token.user:
            raise SlackFault(refused)
        return message

    def update(self, token: Token, args: Params) -> Done:
        chat = self._seen(token, args)
        message = self._mine(chat, token, args, "cant_update_message")
        words, checked = self._words(args, UPDATE)
        hook = self.rewrite(chat, message, words, checked)
        return Done({"channel": chat.id, "ts": message.id, "text": words, "message": shape(message)}, hook)

    def rewrite(
        self, chat: Chat, message: Message, words: str, checked: list[dict[str, Any]], by_person: bool = False
    ) -> Hook | None:
        """Other words; text alone removes the blocks. By an app, only then is the message marked as edited."""
        rich = [any(b.get("type") == "rich_text" for b in some) for some in (message.native.get("blocks", ()), checked)]
        if checked and rich == [True, False]:
            raise SlackFault("block_mismatch")
        before = shape(message)
        message.text, message.edited = words, by_person or not checked
        message.native = {**message.native, "blocks": checked, "edited_ts": self.next_ts()}
        self.core.world.save(chat, message)
        return self.events.changed(chat, message, before, self.next_ts())

    def delete(self, token: Token, args: Params) -> Done:
        chat = self._seen(token, args)
        message = self._mine(chat, token, args, "cant_delete_message")
        return Done({"channel": chat.id, "ts": message.id}, self.erase(chat, message))

    def erase(self, chat: Chat, message: Message) -> Hook | None:
        message.deleted = True
        self.core.world.save(chat, message)
        return self.events.erased(chat, message, self.next_ts())


def _at(message: Message) -> float:
    return message.at


def _public(message: Message) -> bool:
    return not message.deleted and message.only is None


def _truth(args: Params, name: str) -> bool:
    return str(args.get(name, "")).lower() in ("1", "true")


def _ts(args: Params, name: str, default: float) -> float:
    try:
        return float(args.get(name) or default)
    except ValueError:
        raise SlackFault(f"invalid_ts_{name}") from None


def _channel(chat: Chat, token: Token) -> dict[str, Any]:
    return {"id": chat.id, "is_im": True, "user": chat.other(token.user), "is_org_shared": False, "is_archived": False}
