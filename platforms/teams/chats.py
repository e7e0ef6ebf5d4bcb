"""One-to-one chats: the one of two people, made by asking for it, and whose a chat is. Reads and sends no message.

Source: learn.microsoft.com/graph/api/chat-post and chat-get.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.ids import AccountId, ChannelId
from bot.platform import Gone, Refused
from platforms.teams.api import Api, path
from platforms.teams.graph import READ, WRITE, Graph

MEMBER = "#microsoft.graph.aadUserConversationMember"
GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PAIR = re.compile(rf"19:({GUID})_({GUID})@unq\.gbl\.spaces", re.IGNORECASE)
GROUPS = ("@thread.", "meeting_")
"""What ids of group chats, meetings and channels hold."""
NOBODYS = "null"


class Chats:
    def __init__(self, api: Api, graph: Graph) -> None:
        self.api = api
        self.graph = graph
        self.memory = api.lent.memory

    async def open(self, voice: AccountId, one: str, other: str) -> ChannelId:
        """The chat of these two, one of whom is the voice; asked for again it is the same one."""
        body = {"chatType": "oneOnOne", "members": [self._member(one), self._member(other)]}
        try:
            found = await self.graph.person(voice, "POST", "/chats", WRITE, json=body)
        except Gone as gone:
            raise Refused(f"Teams does not know the person ({gone})") from None
        except Refused as refused:
            if " 403 " not in f"{refused} ":
                raise
            # Teams says so in words alone, with a code that everything forbidden has.
            raise Refused(f"Teams opens no chat of these two: one may have no Teams licence ({refused})") from None
        chat = found.get("id")
        if not isinstance(chat, str) or not chat:
            raise Refused("Graph names no chat")
        return ChannelId(chat)

    def _member(self, user: str) -> dict[str, Any]:
        return {
            "@odata.type": MEMBER,
            "roles": ["owner"],
            "user@odata.bind": f"{self.api.graph}/users('{user}')",
        }

    async def pair(self, voice: AccountId, chat: str) -> tuple[str, str] | None:
        """Whose a one-to-one chat is, by object ids in lower case; None for every other chat.

        From an id of the usual form without a call: a hint of whom it concerns, and never a proof of who wrote.
        """
        held = PAIR.fullmatch(chat)
        if held is not None:
            return held[1].lower(), held[2].lower()
        if any(mark in chat for mark in GROUPS):
            return None
        key = f"chat:{chat}"
        known = await self.memory.get(key)
        if known is None:
            try:
                shown = await self.graph.person(voice, "GET", path("chats", chat), READ, query={"$expand": "members"})
            except (Gone, Refused):
                return None
            known = json.dumps(_two(shown))
            await self.memory.put(key, known)
        return None if known == NOBODYS else _told(known)


def _two(shown: Mapping[str, Any]) -> list[str] | None:
    members = shown.get("members")
    rows = members if isinstance(members, list) else []
    people = [str(row.get("userId") or "").lower() for row in rows if isinstance(row, dict)]
    return people if shown.get("chatType") == "oneOnOne" and len(people) == 2 and all(people) else None


def _told(known: str) -> tuple[str, str]:
    one, other = json.loads(known)
    return str(one), str(other)
