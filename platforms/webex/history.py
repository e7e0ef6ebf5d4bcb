"""What was missed: rooms with something new since then, and in them what people we know wrote. Decides nothing.

Webex lists newest first; a room is read as a whole, so that its messages come out in the order they were written.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from bot.events import Event
from bot.ids import AccountId, user_of
from bot.platform import Gone, Undecodable
from bot.ready import History
from platforms.webex.api import Api, Voice
from platforms.webex.decode import Decoder
from platforms.webex.ids import bare
from platforms.webex.members import Members
from platforms.webex.shapes import moment

log = structlog.get_logger("mio.webex")

ROOMS, MESSAGES = "50", "100"
AT_ONCE = 5
"""Rooms read for one page of ours."""
MOST_PAGES = 10


class Past:
    def __init__(self, api: Api, members: Members, decoder: Decoder) -> None:
        self.api = api
        self.members = members
        self.decoder = decoder

    async def read(self, account: AccountId, since: datetime, cursor: str | None) -> History:
        voice = await self.api.person(account)
        rooms, later = _cursor(cursor)
        if not rooms:
            rooms, later = await self._rooms(voice, since, later)
        events: list[tuple[datetime, Event]] = []
        for room in rooms[:AT_ONCE]:
            events.extend(await self._room(voice, account, room, since))
        rest = rooms[AT_ONCE:]
        after = json.dumps({"rooms": rest, "next": later}) if rest or later else None
        return History(tuple(event for _, event in sorted(events, key=lambda pair: pair[0])), after)

    async def _rooms(self, voice: Voice, since: datetime, later: str | None) -> tuple[list[str], str | None]:
        """Rooms with a message since then, and where the list goes on."""
        first = {"type": "direct", "sortBy": "lastactivity", "max": ROOMS}
        page = await self.api.page(voice, later or "/rooms", None if later else first)
        active = [str(r["id"]) for r in page.items if r.get("id") and _since(r.get("lastActivity"), since)]
        return active, page.next if len(active) == len(page.items) else None

    async def _room(
        self, voice: Voice, account: AccountId, room: str, since: datetime
    ) -> Sequence[tuple[datetime, Event]]:
        try:
            author = await self._counterpart(voice, account, room)
            messages = await self._messages(voice, room, since) if author is not None else []
        except Gone:
            return []
        found: list[tuple[datetime, Event]] = []
        for message in messages:
            if author is None or bare(str(message.get("personId", ""))) != bare(user_of(author)):
                continue
            try:
                posted = await self.decoder.posted(voice, message, author, account)
            except Undecodable as fault:
                log.warning("not read back", why=str(fault))
                continue
            found.append((posted.at, posted))
        return found

    async def _counterpart(self, voice: Voice, account: AccountId, room: str) -> AccountId | None:
        """Whom the room is with, if we know them; asked before a single message is."""
        known = await self.api.lent.memory.get(f"room:{bare(room)}:{bare(user_of(account))}")
        if known is not None:
            return await self.members.known(known)
        page = await self.api.page(voice, "/memberships", {"roomId": room})
        people = [str(m["personId"]) for m in page.items if m.get("personId")]
        other = next((p for p in people if bare(p) != bare(user_of(account))), None)
        found = await self.members.known(other) if other is not None else None
        if other is not None and found is not None:
            await self.api.lent.memory.put(f"room:{bare(room)}:{bare(user_of(account))}", bare(other))
        return found

    async def _messages(self, voice: Voice, room: str, since: datetime) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page = await self.api.page(voice, "/messages", {"roomId": room, "max": MESSAGES})
        for _ in range(MOST_PAGES):
            fresh = [m for m in page.items if _since(m.get("created"), since)]
            found.extend(fresh)
            if page.next is None or len(fresh) < len(page.items):
                return found
            page = await self.api.page(voice, page.next)
        log.warning("not all read back", room=bare(room), pages=MOST_PAGES)
        return found


def _since(stamp: Any, since: datetime) -> bool:
    at = moment(stamp) if isinstance(stamp, str) else None
    return at is not None and at >= since


def _cursor(cursor: str | None) -> tuple[list[str], str | None]:
    if cursor is None:
        return [], None
    held = json.loads(cursor)
    return [str(room) for room in held["rooms"]], held["next"]
