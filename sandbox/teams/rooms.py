"""Group chats: people of the tenant talk there too, and whoever listens to a person hears it. The program makes none."""

from dataclasses import dataclass

from sandbox.core import Core
from sandbox.world import Chat, stable


@dataclass(slots=True)
class Room(Chat):
    """``members`` are the first two of ``everybody``."""

    everybody: tuple[str, ...] = ()
    topic: str = ""


class Rooms:
    def __init__(self, core: Core) -> None:
        self.core = core
        self._all: list[Room] = []
        for native, row in core.keep.all("teams-room"):
            self._add(native, tuple(row["members"]), row["topic"])

    def _add(self, native: str, members: tuple[str, ...], topic: str) -> Room:
        room = Room("teams", native, (members[0], members[1]), everybody=members, topic=topic)
        self.core.world.chat_ids["teams"][native] = room
        self._all.append(room)
        return room

    def make(self, members: tuple[str, ...], topic: str) -> Room:
        native = f"19:{stable('room', topic, *members)[:32]}@thread.v2"
        self.core.keep.put("teams-room", native, {"members": list(members), "topic": topic})
        return self._add(native, members, topic)

    def of(self, user: str) -> list[Chat]:
        return [room for room in self._all if user in room.everybody]


def there(chat: Chat) -> tuple[str, ...]:
    """Who is in a chat, of two or of more."""
    return chat.everybody if isinstance(chat, Room) else chat.members
