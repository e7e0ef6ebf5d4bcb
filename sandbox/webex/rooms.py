"""Webex's direct rooms and their memberships. Group rooms are not here: nothing of them is carried.

A room comes into being with the first message and is seen by its two members only.
"""

from typing import Any

from sandbox.core import Core
from sandbox.webex.calls import Call, Reply, most, pages
from sandbox.webex.directory import NOT_FOUND, Directory, membership_id, org_of
from sandbox.webex.ids import ORG, fixed, iso, parse
from sandbox.webex.tokens import WebexFault
from sandbox.world import Account, Chat, pair

SORTS = ("id", "lastactivity", "created")


class Rooms:
    def __init__(self, core: Core, directory: Directory) -> None:
        self.core = core
        self.directory = directory

    def known(self, one: str, other: str) -> Chat | None:
        return self.core.world.chats["webex"].get(pair(one, other))

    def dm(self, one: str, other: str) -> Chat:
        found = self.known(one, other)
        return found or self.core.world.chat("webex", fixed("ROOM", *pair(one, other)), one, other)

    def seen(self, user: str, room: str) -> Chat:
        """A room that this person is in; other people's do not exist."""
        found = self.core.world.chat_ids["webex"].get(room)
        if found is None or user not in found.members:
            raise WebexFault(404, "Could not find a room with provided ID.")
        return found

    def _mine(self, user: str) -> list[Chat]:
        chats = self.core.world.chats["webex"]
        return sorted((chats[key] for key in self.core.world.of["webex"].get(user, ())), key=lambda chat: chat.id)

    def _shape(self, chat: Chat, user: str) -> dict[str, Any]:
        started = chat.messages[0] if chat.messages else None
        return {
            "id": chat.id,
            "title": self.core.world.accounts["webex"][chat.other(user)].name,
            "type": "direct",
            "isLocked": False,
            "lastActivity": iso(_last(chat)),
            "creatorId": started.author if started else chat.members[0],
            "created": iso(started.at if started else 0.0),
            "ownerId": ORG,
            "isPublic": False,
            "isReadOnly": False,
        }

    def listed(self, call: Call) -> Reply:
        query = call.query
        if query.get("type", "direct") not in ("direct", "group") or query.get("sortBy", "id") not in SORTS:
            raise WebexFault(400, "type must be direct or group, sortBy one of id, lastactivity, created")
        if query.get("max") == "0" or (query.get("max", "1").isdecimal() and int(query.get("max", "1")) > 1_000):
            raise WebexFault(400, "max must be between 1 and 1000")
        found = [] if query.get("teamId") or query.get("type") == "group" else self._mine(call.token.user)
        if query.get("sortBy") == "lastactivity":
            found.sort(key=_last, reverse=True)
        elif query.get("sortBy") == "created":
            found.sort(key=lambda chat: -chat.messages[0].at if chat.messages else 0.0)
        page, headers = pages(call, found, most(call, 100))
        return Reply({"items": [self._shape(chat, call.token.user) for chat in page]}, headers=headers)

    def get(self, call: Call) -> Reply:
        return Reply(self._shape(self.seen(call.token.user, call.id), call.token.user))

    # -- memberships -----------------------------------------------------------------------------

    def list_memberships(self, call: Call) -> Reply:
        query, user = call.query, call.token.user
        if query.get("roomId"):
            chats = [self.seen(user, query["roomId"])]
        elif query.get("personId") or query.get("personEmail"):
            raise WebexFault(400, "roomId is required together with personId or personEmail.")
        else:
            chats = self._mine(user)
        found = [(chat, self.core.world.accounts["webex"][m]) for chat in chats for m in chat.members]
        if query.get("personId"):
            found = [(chat, account) for chat, account in found if account.id == query["personId"]]
        if query.get("personEmail"):
            email = query["personEmail"].strip().lower()
            found = [(chat, account) for chat, account in found if account.email.lower() == email]
        if not query.get("roomId"):
            found = [(chat, account) for chat, account in found if account.id == user]
        page, headers = pages(call, found, most(call, 100))
        return Reply({"items": [membership(chat, account) for chat, account in page]}, headers=headers)

    def get_membership(self, call: Call) -> Reply:
        for chat in self._mine(call.token.user) if parse(call.id) else ():
            for member in chat.members:
                account = self.core.world.accounts["webex"][member]
                if membership_id("MEMBERSHIP", account.id, chat.id) == call.id:
                    return Reply(membership(chat, account))
        raise WebexFault(404, NOT_FOUND)


def _last(chat: Chat) -> float:
    return chat.messages[-1].at if chat.messages else 0.0


def membership(chat: Chat, account: Account) -> dict[str, Any]:
    return {
        "id": membership_id("MEMBERSHIP", account.id, chat.id),
        "roomId": chat.id,
        "personId": account.id,
        "personEmail": account.email,
        "personDisplayName": account.name,
        "personOrgId": org_of(account),
        "isModerator": False,
        "isMonitor": False,
        "isRoomHidden": False,
        "roomType": "direct",
        "created": iso(chat.messages[0].at if chat.messages else 0.0),
    }
