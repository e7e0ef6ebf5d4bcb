"""Slack's Web API methods, each as strict as its page: scopes, arguments, errors.

A method gets the caller's token and the arguments of query, form or JSON alike, as the real API takes them.
"""

from collections.abc import Callable
from typing import Any

from sandbox.core import Core, Params
from sandbox.slack import blocks
from sandbox.slack.events import BOT_ID, TEAM, shape
from sandbox.slack.tokens import SlackFault, Token, Tokens
from sandbox.world import Account, Chat, Message, stable

Method = Callable[[Token, Params], dict[str, Any]]


def user_shape(account: Account, with_email: bool) -> dict[str, Any]:
    """A user object; the e-mail only with the scope for it."""
    email = {"email": account.email} if with_email and not account.bot else {}
    return {
        "id": account.id,
        "team_id": TEAM,
        "name": account.name.split()[0].lower(),
        "deleted": not account.active,
        "real_name": account.name,
        "tz": account.zone,
        "profile": {"display_name": "", "real_name": account.name, "team": TEAM, **email},
        "is_admin": account.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": account.guest,
        "is_ultra_restricted": False,
        "is_bot": account.bot,
        "is_app_user": False,
        "is_email_confirmed": not account.bot,
        "updated": 1_736_000_000,
    }


class Methods:
    def __init__(self, core: Core, tokens: Tokens, bot_user: str) -> None:
        self.core = core
        self.tokens = tokens
        self.bot_user = bot_user
        self._last = 0
        self.table: dict[str, tuple[str | None, Method]] = {
            "auth.test": (None, self.auth_test),
            "auth.revoke": (None, self.auth_revoke),
            "team.info": ("team:read", self.team_info),
            "users.list": ("users:read", self.users_list),
            "users.info": ("users:read", self.users_info),
            "users.lookupByEmail": ("users:read.email", self.users_lookup),
            "conversations.open": ("im:write", self.conversations_open),
            "conversations.info": ("im:read", self.conversations_info),
            "conversations.history": ("im:history", self.conversations_history),
            "chat.postMessage": ("chat:write", self.post),
            "chat.postEphemeral": ("chat:write", self.post_ephemeral),
            "chat.update": ("chat:write", self.update),
            "chat.delete": ("chat:write", self.delete),
        }

    # -- who -------------------------------------------------------------------------------------

    def auth_test(self, token: Token, args: Params) -> dict[str, Any]:
        found = {
            "url": "https://acme.slack.com/",
            "team": "Acme",
            "user": "mio",
            "team_id": TEAM,
            "user_id": token.user,
        }
        return {**found, "bot_id": BOT_ID} if token.kind == "bot" else found

    def auth_revoke(self, token: Token, args: Params) -> dict[str, Any]:
        if str(args.get("test", "")) not in ("1", "true", "True"):
            self.tokens.revoke(token)
        return {"revoked": True}

    def team_info(self, token: Token, args: Params) -> dict[str, Any]:
        return {"team": {"id": TEAM, "name": "Acme", "domain": "acme"}}

    def users_list(self, token: Token, args: Params) -> dict[str, Any]:
        limit = int(args.get("limit") or 0)
        everybody = list(self.core.world.accounts["slack"].values())
        if limit <= 0 and len(everybody) > 1_000:
            raise SlackFault("limit_required")
        limit = min(limit or 1_000, 1_000)
        start = self._cursor(str(args.get("cursor") or ""))
        page = everybody[start : start + limit]
        more = f"user:{start + limit}" if start + limit < len(everybody) else ""
        members = [user_shape(a, token.has("users:read.email")) for a in page]
        return {"members": members, "cache_ts": 1_736_940_000, "response_metadata": {"next_cursor": more}}

    @staticmethod
    def _cursor(cursor: str) -> int:
        if not cursor:
            return 0
        number = cursor.removeprefix("user:")
        if not number.isdigit():
            raise SlackFault("invalid_cursor")
        return int(number)

    def users_info(self, token: Token, args: Params) -> dict[str, Any]:
        account = self.core.world.accounts["slack"].get(str(args.get("user")))
        if account is None:
            raise SlackFault("user_not_found")
        return {"user": user_shape(account, token.has("users:read.email"))}

    def users_lookup(self, token: Token, args: Params) -> dict[str, Any]:
        wanted = str(args.get("email", "")).lower()
        for account in self.core.world.accounts["slack"].values():
            if account.email.lower() == wanted and account.active:
                return {"user": user_shape(account, True)}
        raise SlackFault("users_not_found")

    # -- conversations ---------------------------------------------------------------------------

    def dm(self, one: str, other: str) -> Chat:
        chat_id = "D" + stable("dm", *sorted((one, other)))[:9].upper()
        return self.core.world.chat("slack", chat_id, one, other)

    def conversations_open(self, token: Token, args: Params) -> dict[str, Any]:
        users = [u for u in str(args.get("users", "")).split(",") if u]
        if len(users) != 1:
            raise SlackFault("not_enough_users" if not users else "invalid_user_combination")
        account = self.core.world.accounts["slack"].get(users[0])
        if account is None:
            raise SlackFault("user_not_found")
        if not account.active:
            raise SlackFault("user_disabled")
        if users[0] == token.user:
            raise SlackFault("invalid_user_combination")
        return {"no_op": False, "already_open": False, "channel": {"id": self.dm(token.user, users[0]).id}}

    def _seen(self, token: Token, args: Params) -> Chat:
        """A conversation that this token's user is in; nobody sees other people's."""
        chat = self.core.world.chat_ids["slack"].get(str(args.get("channel", "")))
        if chat is None or token.user not in chat.members:
            raise SlackFault("channel_not_found")
        return chat

    def conversations_info(self, token: Token, args: Params) -> dict[str, Any]:
        chat = self._seen(token, args)
        return {"channel": {"id": chat.id, "is_im": True, "user": chat.other(token.user), "is_org_shared": False}}

    def conversations_history(self, token: Token, args: Params) -> dict[str, Any]:
        chat = self._seen(token, args)
        oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or 1e12)
        limit = min(int(args.get("limit") or 100), 999)
        start = int(str(args.get("cursor") or "0") or 0)
        found = [m for m in reversed(chat.messages) if oldest < float(m.id) < latest and not m.deleted and not m.only]
        page = [shape(m) for m in found[start : start + limit]]
        if self.core.faults["slack"].mean:
            page = [{k: v for k, v in m.items() if k != "blocks"} for m in page]
        more = str(start + limit) if start + limit < len(found) else ""
        return {"messages": page, "has_more": bool(more), "response_metadata": {"next_cursor": more}}

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

    def post(self, token: Token, args: Params) -> dict[str, Any]:
        channel = str(args.get("channel", ""))
        if channel.startswith("U") and token.kind == "bot" and channel in self.core.world.accounts["slack"]:
            chat = self.dm(token.user, channel)
        else:
            chat = self._seen(token, args)
        words, checked = self._words(args, 40_000)
        other = self.core.world.accounts["slack"].get(chat.other(token.user))
        if other is not None and not other.active:
            raise SlackFault("is_archived")
        at = self.next_ts()
        message = Message(at, token.user, words, float(at), {"blocks": checked}, by_app=True)
        self.core.world.post(chat, message)
        return {"channel": chat.id, "ts": at, "message": shape(message), "_posted": (chat, message)}

    def post_ephemeral(self, token: Token, args: Params) -> dict[str, Any]:
        chat = self._seen(token, args)
        words, checked = self._words(args, 40_000)
        at, only = self.next_ts(), str(args.get("user", ""))
        if only not in chat.members:
            raise SlackFault("user_not_in_channel")
        message = Message(at, token.user, words, float(at), {"blocks": checked}, by_app=True, only=only)
        self.core.world.post(chat, message)
        return {"message_ts": at}

    def update(self, token: Token, args: Params) -> dict[str, Any]:
        chat = self._seen(token, args)
        message = chat.by_id.get(str(args.get("ts", "")))
        if message is None or message.deleted or message.only:
            raise SlackFault("message_not_found")
        if message.author != token.user:
            raise SlackFault("cant_update_message")
        message.text, checked = self._words(args, 4_000)
        message.native = {"blocks": checked, "edited_ts": self.next_ts()}
        self.core.world.save(chat, message)
        return {"channel": chat.id, "ts": message.id, "text": message.text}

    def delete(self, token: Token, args: Params) -> dict[str, Any]:
        chat = self._seen(token, args)
        message = chat.by_id.get(str(args.get("ts", "")))
        if message is None or message.deleted:
            raise SlackFault("message_not_found")
        if message.author != token.user:
            raise SlackFault("cant_delete_message")
        message.deleted = True
        self.core.world.save(chat, message)
        return {"channel": chat.id, "ts": message.id}
