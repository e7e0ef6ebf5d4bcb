"""The Bot Connector: conversations, activities sent, replaced and removed, members. The bot sees its own chats only.

Source: learn.microsoft.com/azure/bot-service/rest-api and microsoftteams/platform/bots/how-to/rate-limit.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from sandbox.core import Core, guarded, told
from sandbox.teams import cards
from sandbox.teams.installs import Installs
from sandbox.teams.posts import Post, Posts
from sandbox.teams.roster import Roster
from sandbox.teams.tenant import BOT, TENANT
from sandbox.teams.tokens import CONNECTOR, Tokens
from sandbox.world import Account

MOST_UTF16 = 100 * 1024
THREAD = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
READS = ((14, 1.0), (16, 2.0), (120, 30.0), (3_600, 3_600.0))
TENANT_RATE = (30, 1.0)
INLINE = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]+")

Handler = Callable[[web.Request], Awaitable[tuple[int, Any]]]


class ConnectorFault(Exception):
    def __init__(self, status: int, code: str, words: str, flat: bool = False) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.words = words
        self.flat = flat

    def body(self) -> dict[str, Any]:
        """Two forms are seen in the wild."""
        if self.flat:
            inner = orjson.dumps({"subCode": self.code, "details": None, "errorCode": None}).decode()
            return {"errorCode": 209, "message": inner}
        return {"error": {"code": self.code, "message": self.words}}


class Connector:
    def __init__(self, core: Core, tokens: Tokens, installs: Installs, roster: Roster, posts: Posts) -> None:
        self.core = core
        self.tokens = tokens
        self.installs = installs
        self.roster = roster
        self.posts = posts

    def routes(self) -> list[web.RouteDef]:
        """With and without a region: first contact uses the address without."""
        activities = "/v3/conversations/{conversation}/activities"
        table: list[tuple[str, str, Handler]] = [
            ("POST", "/v3/conversations", self.create),
            ("POST", activities, self.send),
            ("POST", f"{activities}/{{activity}}", self.send),
            ("PUT", f"{activities}/{{activity}}", self.update),
            ("DELETE", f"{activities}/{{activity}}", self.delete),
            ("GET", "/v3/conversations/{conversation}/members/{user}", self.member),
            ("GET", "/v3/conversations/{conversation}/pagedmembers", self.paged),
            ("GET", "/v3/teams/{team}", self.team),
        ]
        found = []
        for method, path, handler in table:
            act = guarded(self.core, "teams", self._answering(handler), broken)
            for region in ("", "/{region:emea|amer|apac|in}"):
                found.append(web.route(method, f"/teams/connector{region}{path}", act))
        return found

    def _answering(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
                if self.tokens.live(bearer, CONNECTOR) is None:
                    raise ConnectorFault(401, "Unauthorized", "Authorization has been denied for this request.")
                wait = self._limited(request)
                if wait is not None:
                    return broken(429, wait)
                status, body = await handler(request)
            except ConnectorFault as fault:
                return _json(fault.body(), fault.status)
            return _json(body, status)

        return handle

    def _limited(self, request: web.Request) -> float | None:
        thread = request.match_info.get("conversation", "new")
        if request.method == "GET":
            return self._lanes(f"read:{thread}", READS)
        waits = [self._lanes(f"send:{thread}", THREAD), self.core.limited("teams", "bot", *TENANT_RATE)]
        return max((wait for wait in waits if wait is not None), default=None)

    def _lanes(self, name: str, windows: tuple[tuple[int, float], ...]) -> float | None:
        waits = [self.core.limited("teams", f"{name}:{window}", most, window) for most, window in windows]
        return max((wait for wait in waits if wait is not None), default=None)

    # -- conversations ---------------------------------------------------------------------------

    async def create(self, request: web.Request) -> tuple[int, Any]:
        """A conversation with one person whom the app is installed for; the same one again when there is one."""
        body = await _body(request)
        members = body.get("members")
        if body.get("isGroup") or not isinstance(members, list) or len(members) != 1:
            raise ConnectorFault(400, "BadArgument", "members must hold exactly one person")
        tenant = body.get("tenantId") or _dict(_dict(body.get("channelData")).get("tenant")).get("id")
        if tenant != TENANT:
            raise ConnectorFault(400, "BadArgument", "channelData.tenant.id must be the tenant of the person")
        if _dict(body.get("bot")).get("id", BOT) != BOT:
            raise ConnectorFault(403, "Forbidden", "The bot is not the caller")
        account = self._person(str(_dict(members[0]).get("id") or ""))
        self._reachable(account)
        mean = self.core.faults["teams"].mean
        conversation = self.installs.conversation(account.id, alias=mean)
        found = {"id": conversation}
        if isinstance(body.get("activity"), dict):
            post = self._checked(body["activity"])
            found["activityId"] = self.posts.personal(account.id, post)
        return (202 if mean else 201), found

    def _person(self, native: str) -> Account:
        """An object id or the bot's own id for the person; addresses are refused."""
        found = self.roster.known(native)
        if found is not None:
            return found
        if native.startswith("29:"):
            raise ConnectorFault(403, "BadArgument", "Failed to decrypt pairwise id")
        raise ConnectorFault(400, "BadArgument", "members[0].id is no object id and no id of this bot")

    def _reachable(self, account: Account) -> None:
        if account.id in self.installs.blocked:
            if self.core.faults["teams"].mean:
                raise ConnectorFault(403, "MessageWritesBlocked", "", flat=True)
            raise ConnectorFault(403, "ConversationBlockedByUser", "The user blocked the conversation with the bot.")
        if account.id not in self.installs.people:
            raise ConnectorFault(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        if not account.active:
            raise ConnectorFault(403, "Forbidden", "The user is not enabled.")

    def _place(self, request: web.Request) -> tuple[Account | None, str]:
        """Whose personal conversation it is, or the thread of a channel."""
        conversation = request.match_info["conversation"]
        if conversation.startswith("19:") and "@thread.tacv2" in conversation:
            group = self.roster.by_channel(conversation.partition(";")[0])
            if group is None:
                raise ConnectorFault(404, "ConversationNotFound", "Conversation not found.")
            if group.id not in self.installs.teams:
                raise ConnectorFault(
                    403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
                )
            return None, conversation
        user = self.installs.user(conversation)
        if user is None:
            raise ConnectorFault(404, "ConversationNotFound", "Conversation not found.")
        account = self.core.world.accounts["teams"][user]
        self._reachable(account)
        return account, ""

    # -- activities ------------------------------------------------------------------------------

    async def send(self, request: web.Request) -> tuple[int, Any]:
        """Also as a reply, which in personal chats is the same. A mixed one is split, without a usable id."""
        account, thread = self._place(request)
        body = await _body(request)
        status = 202 if self.core.faults["teams"].mean else 201
        if body.get("type") == "typing":
            return status, {"id": self.posts.next_id()}
        targeted = request.query.get("isTargetedActivity") == "true"
        post = self._checked(body, targeted)
        if account is None:
            return status, {"id": self.posts.in_thread(thread, post)}
        if targeted:
            raise ConnectorFault(400, "BadRequest", "Targeted messages are not supported in personal chats")
        parts = post.parts()
        ids = [self.posts.personal(account.id, part) for part in parts]
        await told(self.core, "teams", (), True)
        return status, {"id": ids[0]} if len(parts) == 1 else {}

    def _checked(self, body: dict[str, Any], targeted: bool = False) -> Post:
        if body.get("type") != "message":
            raise ConnectorFault(400, "BadSyntax", f"activities of type {body.get('type')} cannot be sent")
        if len(INLINE.sub("", orjson.dumps(body).decode()).encode("utf-16-le")) > MOST_UTF16:
            raise ConnectorFault(413, "MessageSizeTooBig", "Message size too large.")
        text, attachments = body.get("text"), body.get("attachments") or []
        if not isinstance(attachments, list) or not (text is None or isinstance(text, str)):
            raise ConnectorFault(400, "BadSyntax", "text or attachments are malformed")
        if not text and not attachments:
            raise ConnectorFault(400, "BadSyntax", "Message must not be empty")
        recipient = _dict(body.get("recipient"))
        only = self.roster.known(str(recipient.get("id") or "")) if targeted else None
        if targeted and (only is None or recipient.get("isTargeted") is not True):
            raise ConnectorFault(400, "BadRequest", "recipient must name the person and say isTargeted")
        return Post(
            text or "", [_card(a) for a in attachments], only.id if only else None, str(body.get("textFormat") or "")
        )

    async def update(self, request: web.Request) -> tuple[int, Any]:
        account, thread = self._place(request)
        post, activity = self._checked(await _body(request)), request.match_info["activity"]
        if account is not None and len(post.parts()) > 1:
            raise ConnectorFault(400, "BadSyntax", "text and card cannot stand in one replaced activity")
        if not self.posts.replace(account.id if account else None, thread, self._own(account, thread, activity), post):
            raise ConnectorFault(404, "NotFound", "Activity not found.")
        return 200, {"id": activity}

    def _own(self, account: Account | None, thread: str, activity: str) -> str:
        author = self.posts.author(account.id if account else None, thread, activity)
        if author is None:
            raise ConnectorFault(404, "NotFound", "Activity not found.")
        if author != BOT:
            raise ConnectorFault(403, "Forbidden", "The bot may change its own activities only.")
        return activity

    async def delete(self, request: web.Request) -> tuple[int, Any]:
        account, thread = self._place(request)
        self.posts.erase(
            account.id if account else None, thread, self._own(account, thread, request.match_info["activity"])
        )
        return 200, None

    # -- members ---------------------------------------------------------------------------------

    async def member(self, request: web.Request) -> tuple[int, Any]:
        account, thread = self._place(request)
        wanted = self.roster.known(request.match_info["user"])
        group = self.roster.by_channel(thread.partition(";")[0])
        there = {account.id} if account is not None else set(group.members if group else ())
        if wanted is None or wanted.id not in there:
            raise ConnectorFault(404, "MemberNotFoundInConversation", "Member not found in conversation.")
        return 200, self.roster.shown(wanted)

    async def paged(self, request: web.Request) -> tuple[int, Any]:
        """50 to 500 a page."""
        account, thread = self._place(request)
        group = self.roster.by_channel(thread.partition(";")[0])
        ids = [account.id] if account is not None else list(group.members if group else ())
        size = min(max(_number(request.query.get("pageSize", "500")), 50), 500)
        start = _number(request.query.get("continuationToken", "0"))
        people = [self.core.world.accounts["teams"][user] for user in ids[start : start + size]]
        found: dict[str, Any] = {"members": [self.roster.shown(person) for person in people]}
        return 200, {**found, "continuationToken": str(start + size)} if start + size < len(ids) else found

    async def team(self, request: web.Request) -> tuple[int, Any]:
        group = self.roster.by_channel(request.match_info["team"])
        if group is None or group.id not in self.installs.teams:
            raise ConnectorFault(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        return 200, {"id": group.channel, "name": group.name, "aadGroupId": group.id}


def broken(status: int, wait: float = 1.0) -> web.Response:
    if status == 429:
        body = {"error": {"code": "TooManyRequests", "message": "API calls quota exceeded"}}
        return _json(body, 429, {"Retry-After": str(max(1, round(wait)))})
    return _json({"error": {"code": "ServiceError", "message": "The service is having trouble"}}, status)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        found = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise ConnectorFault(400, "BadSyntax", "The body is no JSON") from None
    if not isinstance(found, dict):
        raise ConnectorFault(400, "BadSyntax", "The body is no object")
    return found


def _card(attachment: Any) -> dict[str, Any]:
    """The card of an attachment."""
    if not isinstance(attachment, dict) or attachment.get("contentType") != cards.CARD:
        raise ConnectorFault(400, "BadRequest", "Unknown attachment type")
    try:
        return cards.check(attachment.get("content"))
    except cards.CardFault as fault:
        raise ConnectorFault(400, "BadRequest", f"Adaptive card: {fault}") from None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: str) -> int:
    if not value.isdecimal():
        raise ConnectorFault(400, "BadArgument", "not a number")
    return int(value)


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> web.Response:
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=headers)
