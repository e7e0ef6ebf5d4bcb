"""Graph's chats: made once for two people, listed, with members. Sends nothing.

Source: learn.microsoft.com/graph/api/chat-post and chat-list.
"""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.core import Core
from sandbox.teams import odata
from sandbox.teams.calls import LOOKING, MEMBERS, WRITING, Call, GraphFault, Reply, Route, bad
from sandbox.teams.rooms import Rooms, there
from sandbox.teams.roster import Roster
from sandbox.teams.shapes import Shapes, modified, public
from sandbox.teams.tenant import chat_id
from sandbox.world import Account, Chat

BIND = re.compile(r"https?://.+/users(?:/|\(')(?P<user>[^/()']+)(?:'\))?$")
MEMBER = "#microsoft.graph.aadUserConversationMember"
READERS = ("Chat.ReadBasic", "Chat.Read", "Chat.ReadWrite")
LICENCE = "Failed to get license information for the user. Ensure user has a valid Office365 license assigned to them."


class Chats:
    def __init__(self, core: Core, roster: Roster, shapes: Shapes, rooms: Rooms) -> None:
        self.core = core
        self.rooms = rooms
        self.roster = roster
        self.shapes = shapes

    def table(self) -> list[Route]:
        makers, basic = ("Chat.Create", "Chat.ReadWrite"), ("Chat.ReadBasic.All",)
        at = "/chats/{chat}"
        return [
            Route("POST", "/chats", makers, ("Chat.Create",), self.create, WRITING),
            Route("GET", "/chats", READERS, basic, self.listed, LOOKING),
            Route("GET", "/users/{user}/chats", READERS, basic, self.listed, LOOKING, own=True),
            Route("GET", at, READERS, basic, self.one, LOOKING),
            Route("GET", f"{at}/members", READERS, basic, self.members, MEMBERS),
            Route("POST", f"{at}/markChatReadForUser", ("Chat.ReadWrite",), (), self.mark_read, WRITING),
        ]

    def caller(self, call: Call) -> Account:
        """With a licence. Whether a guest's own token works for chats is an open point: mean says no."""
        account = self.core.world.accounts["teams"].get(call.user)
        if account is None:
            raise GraphFault(403, "Forbidden", "This needs a person's token.")
        if not self.roster.licensed(account):
            raise GraphFault(403, "Forbidden", LICENCE)
        if account.guest and self.core.faults["teams"].mean:
            raise GraphFault(403, "Forbidden", "Teams is disabled for your tenant.")
        return account

    def seen(self, call: Call) -> Chat:
        """A chat that the caller is in."""
        account, chat = self.caller(call), self.core.world.chat_ids["teams"].get(call.args["chat"])
        if chat is None:
            raise GraphFault(404, "NotFound", "The chat was not found.", "ThreadDoesNotExist")
        if account.id not in there(chat):
            raise GraphFault(403, "Forbidden", "The caller is not a member of the chat.", "AclCheckFailed")
        return chat

    def create(self, call: Call) -> Reply:
        """The same two people have one chat, however often it is made."""
        account, body = self.caller(call), call.object
        if body.get("chatType") != "oneOnOne":
            raise bad("Only chats of type oneOnOne are served here.")
        members = body.get("members")
        if not isinstance(members, list) or len(members) != 2:
            raise bad("Members of a oneOnOne chat must be exactly two.")
        one, other = (self._member(member) for member in members)
        if account.id not in (one.id, other.id) or one.id == other.id:
            raise bad("The caller and one other person must be the members of a oneOnOne chat.")
        chat = self.core.world.chat("teams", chat_id(one.id, other.id), one.id, other.id)
        return Reply(201, self.shapes.chat(chat))

    def _member(self, member: Any) -> Account:
        if not isinstance(member, Mapping) or member.get("@odata.type") != MEMBER:
            raise bad("Every member needs an @odata.type.")
        found = BIND.match(str(member.get("user@odata.bind")))
        account = self.roster.user(found["user"]) if found is not None else None
        if account is None:
            raise GraphFault(404, "NotFound", "A member was not found in the tenant.")
        roles = member.get("roles")
        if roles not in (["owner"], ["guest"]):
            raise bad("Invalid roles specified for member.")
        if (roles == ["guest"]) is not account.guest:
            raise bad(f"The role {roles[0]} does not fit the member.")
        if not self.roster.licensed(account):
            raise GraphFault(403, "Forbidden", LICENCE)
        return account

    def listed(self, call: Call) -> Reply:
        account = self.caller(call)
        expand, order = call.query.get("$expand", ""), call.query.get("$orderby", "")
        if not set(filter(None, expand.split(","))) <= {"members", "lastMessagePreview"}:
            raise bad("Only members and lastMessagePreview can be expanded.")
        if order not in ("", "lastMessagePreview/createdDateTime desc"):
            raise bad("QueryOptions to order by is invalid.")
        world = self.core.world
        chats = [world.chats["teams"][key] for key in sorted(world.of["teams"].get(account.id, ()))]
        chats.extend(self.rooms.of(account.id))
        chats.sort(key=_newest, reverse=True)
        test = odata.matching(call.query.get("$filter", ""), ("chatType", "lastUpdatedDateTime", "id"))
        found = [shape for shape in (self.shapes.chat(chat, expand) for chat in chats) if test(shape)]
        return Reply(200, odata.page(call, self._root(), found, 20, 50))

    def _root(self) -> str:
        return f"{self.core.url}/teams/graph/v1.0"

    def one(self, call: Call) -> Reply:
        return Reply(200, self.shapes.chat(self.seen(call), call.query.get("$expand", "")))

    def members(self, call: Call) -> Reply:
        return Reply(200, {"value": self.shapes.members(self.seen(call))})

    def mark_read(self, call: Call) -> Reply:
        user = call.object.get("user")
        if not isinstance(user, dict) or user.get("id") != call.user or not user.get("tenantId"):
            raise bad("user must name the caller, with the tenant.")
        chat = self.seen(call)
        chat.read[call.user] = len(chat.messages)
        return Reply(204)


def _newest(chat: Chat) -> float:
    shown = public(chat)
    return modified(shown[-1]) if shown else 0.0
