"""What the bot has posted: in people's own conversations with it, and in threads of channels.

A personal message also stands in the chat that Graph shows, so whoever subscribed hears of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.core import Core
from sandbox.teams import cards
from sandbox.teams.activities import Activities
from sandbox.teams.installs import Installs
from sandbox.teams.tenant import BOT
from sandbox.world import Chat, Message

Told = Callable[[Chat, Message, str], None]


@dataclass(frozen=True, slots=True)
class Post:
    """``only``: a targeted message for that person."""

    text: str
    cards: list[dict[str, Any]] = field(default_factory=list)
    only: str | None = None
    format: str = ""

    def parts(self) -> list["Post"]:
        """Text and card never share a message."""
        if not (self.text and self.cards):
            return [self]
        return [Post(self.text, [], self.only, self.format), Post("", self.cards, self.only, self.format)]


class Posts:
    def __init__(self, core: Core, installs: Installs, activities: Activities, told: Told) -> None:
        self.core = core
        self.installs = installs
        self.told = told
        self.next_id = activities.next_id
        self.threads: dict[str, list[Message]] = {}

    def _message(self, post: Post, activity: str) -> Message:
        return Message(activity, BOT, post.text, int(activity) / 1_000, self._native(post), by_app=True, only=post.only)

    def _native(self, post: Post) -> dict[str, Any]:
        if not post.cards:
            return {"content": post.text, "type": "text" if post.format == "plain" else "html"}
        words = "\n".join(cards.lines(post.cards[0]))
        return {"card": post.cards[0], "content": "", "type": "html", "summary": words}

    def personal(self, user: str, post: Post) -> str:
        chat, activity = self.installs.chat(user), self.next_id()
        message = self._message(post, activity)
        self.core.world.post(chat, message)
        self.told(chat, message, "created")
        return activity

    def whisper(self, user: str, words: str) -> None:
        """What the client itself shows after a press: no message of anybody, no event."""
        chat, activity = self.installs.chat(user), self.next_id()
        self.core.world.post(chat, Message(activity, BOT, words, int(activity) / 1_000, {}, by_app=True, only=user))

    def in_thread(self, thread: str, post: Post) -> str:
        activity = self.next_id()
        self.threads.setdefault(thread.partition(";")[0], []).append(self._message(post, activity))
        return activity

    def _found(self, user: str | None, thread: str, activity: str) -> tuple[Chat | None, Message | None]:
        if user is not None:
            chat = self.installs.chat(user)
            found = chat.by_id.get(activity)
        else:
            chat, posted = None, self.threads.get(thread.partition(";")[0], ())
            found = next((m for m in posted if m.id == activity), None)
        return chat, found if found is not None and not found.deleted else None

    def author(self, user: str | None, thread: str, activity: str) -> str | None:
        _, message = self._found(user, thread, activity)
        return message.author if message is not None else None

    def replace(self, user: str | None, thread: str, activity: str, post: Post) -> bool:
        chat, message = self._found(user, thread, activity)
        if message is None:
            return False
        message.text, message.native, message.edited = post.text, self._native(post), bool(post.text)
        self._saved(chat, message, "updated")
        return True

    def erase(self, user: str | None, thread: str, activity: str) -> None:
        chat, message = self._found(user, thread, activity)
        if message is not None:
            message.deleted = True
            self._saved(chat, message, "deleted")

    def _saved(self, chat: Chat | None, message: Message, change: str) -> None:
        if chat is not None:
            now = self.core.clock.seconds()
            message.native |= {"modified": now} | ({"deleted_at": now} if message.deleted else {})
            self.core.world.save(chat, message)
            self.told(chat, message, change)
