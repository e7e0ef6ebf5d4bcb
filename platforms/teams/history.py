"""What was missed: one-to-one chats with something new since then, and in them what people we know wrote.

Read only after a proven gap: the vendor forbids polling. Newest comes first there; a chat is read as a whole, so that its
messages come out in the order they were written. Decides nothing.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.events import Event, Ignored
from bot.ids import AccountId, user_of
from bot.platform import Gone, Refused, Undecodable
from bot.ready import History
from platforms.teams.api import Api, path
from platforms.teams.chats import Chats
from platforms.teams.ears import OLDEST
from platforms.teams.graph import READ, Graph, items, later
from platforms.teams.members import Members
from platforms.teams.notifications import Notifications
from platforms.teams.shapes import moment

log = structlog.get_logger("mio.teams")

PAGE = "50"
AT_ONCE = 5
"""Chats read for one page of ours."""
MOST_PAGES = 10
OVERLAP = timedelta(seconds=1)
"""The vendor's times are cut to milliseconds, and its filter leaves out the moment itself. Told twice is told once."""
Told = tuple[datetime, Event]


class Past:
    def __init__(self, api: Api, graph: Graph, chats: Chats, notifications: Notifications, members: Members) -> None:
        self.api = api
        self.graph = graph
        self.chats = chats
        self.notifications = notifications
        self.members = members

    async def read(self, account: AccountId, since: datetime, cursor: str | None) -> History:
        since = max(since, self.api.lent.clock.now() - OLDEST) - OVERLAP
        chats, link = _cursor(cursor)
        if not chats:
            chats, link = await self._chats(account, since, link)
        told: list[Told] = []
        for chat in chats[:AT_ONCE]:
            told.extend(await self._chat(account, chat, since))
        rest = chats[AT_ONCE:]
        after = json.dumps({"chats": rest, "next": link}) if rest or link else None
        return History(tuple(event for _, event in sorted(told, key=lambda pair: pair[0])), after)

    async def _chats(self, account: AccountId, since: datetime, link: str | None) -> tuple[list[str], str | None]:
        """Chats of two with something new, and where the list goes on, unless the rest of it is older."""
        query = {
            "$expand": "lastMessagePreview",
            "$top": PAGE,
            "$orderby": "lastMessagePreview/createdDateTime desc",
        }
        if link is None:
            page = await self.graph.person(account, "GET", "/me/chats", READ, query=query)
        else:
            page = await self.graph.person(account, "GET", self.graph.within(link), READ)
        found, on = [], later(page)
        for row in items(page):
            preview = row.get("lastMessagePreview")
            newest = moment(preview.get("createdDateTime")) if isinstance(preview, dict) else None
            if newest is not None and newest < since:
                on = None
            elif newest is not None and row.get("chatType") == "oneOnOne" and isinstance(row.get("id"), str):
                found.append(row["id"])
        return found, on

    async def _chat(self, account: AccountId, chat: str, since: datetime) -> Sequence[Told]:
        """Whom it is with is found out before a single message is asked for."""
        try:
            pair = await self.chats.pair(account, chat)
            author = await self.notifications.counterpart(pair, user_of(account))
            messages = await self._messages(account, chat, since) if author is not None else []
        except Gone:
            return []
        except Refused as refused:
            log.warning("chat not read back", why=str(refused))
            return []
        found: list[Told] = []
        for message in messages:
            if author is None:
                continue
            try:
                event = self._event(message, chat, author, account, since)
            except Undecodable as fault:
                log.warning("not read back", why=str(fault))
                continue
            if event is not None:
                found.append(event)
        return found

    def _event(
        self, message: dict[str, Any], chat: str, author: AccountId, reader: AccountId, since: datetime
    ) -> Told | None:
        """As a notification would have told it, had it come: new, or changed since."""
        row = {**message, "chatId": message.get("chatId") or chat}
        written, edited = moment(row.get("createdDateTime")), moment(row.get("lastEditedDateTime"))
        removed = moment(row.get("deletedDateTime"))
        fresh = written is None or written >= since
        if removed is not None:
            change, at = "" if fresh else "deleted", removed
        elif fresh:
            change, at = "created", written or since
        else:
            change, at = "updated" if edited is not None and edited >= since else "", edited or since
        event = self.notifications.told(row, author, reader, change) if change else None
        return None if event is None or isinstance(event, Ignored) else (at, event)

    async def _messages(self, account: AccountId, chat: str, since: datetime) -> list[dict[str, Any]]:
        stamp = since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        query = {
            "$top": PAGE,
            "$orderby": "lastModifiedDateTime desc",
            "$filter": f"lastModifiedDateTime gt {stamp}",
        }
        place = path("chats", chat, "messages")
        page = await self.graph.person(account, "GET", place, READ, query=query, chat=chat)
        found: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            found.extend(items(page))
            link = later(page)
            if link is None:
                return found
            page = await self.graph.person(account, "GET", self.graph.within(link), READ, chat=chat)
        log.warning("not all read back", pages=MOST_PAGES)
        return found


def _cursor(cursor: str | None) -> tuple[list[str], str | None]:
    if cursor is None:
        return [], None
    held = json.loads(cursor)
    return [str(chat) for chat in held["chats"]], held["next"]
