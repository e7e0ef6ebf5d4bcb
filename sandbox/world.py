"""The demo company: people, their accounts, conversations and messages on every platform, and a feed of changes.

Deterministic: the same number of people gives the same names and ids. Everything a platform's fake adds to a message
is that platform's own business (``native``).
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.keep import Keep

FIRST = (
    "Maya Ortiz",
    "Ann Lee",
    "Bob Kim",
    "Dana Ruiz",
    "Pat Stone",
    "Cleo Park",
    "Emil Novak",
    "Fay Wong",
    "Gus Weber",
    "Hana Sato",
    "Ivan Petrov",
    "Jill Moore",
)
ONLY = {"Dana Ruiz": ("slack",), "Pat Stone": ("zoom",)}
LONELY = ("slack", "zoom")
"""Of every ten further people two have one account only: on these."""
GIVEN = ("Alex", "Bea", "Carl", "Dora", "Evan", "Flora", "Gita", "Hugo", "Iris", "Jon", "Kara", "Liam", "Mona", "Nils")
FAMILY = ("Adams", "Berg", "Cruz", "Diaz", "Eder", "Fuchs", "Gray", "Haas", "Ito", "Jung", "Klein", "Lopez", "Meyer")
ZONES = ("Europe/Madrid", "America/New_York", "Asia/Tokyo", "Europe/Berlin")
COMPANY = "Acme"


@dataclass(slots=True)
class Account:
    platform: str
    id: str
    name: str
    email: str
    admin: bool = False
    guest: bool = False
    active: bool = True
    zone: str = "UTC"
    bot: bool = False
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """``at`` in seconds; ``only`` set: an ephemeral message for that account."""

    id: str
    author: str
    text: str
    at: float
    native: dict[str, Any] = field(default_factory=dict)
    edited: bool = False
    deleted: bool = False
    by_app: bool = False
    only: str | None = None


@dataclass(slots=True)
class Chat:
    """A direct conversation of two accounts of one platform."""

    platform: str
    id: str
    members: tuple[str, str]
    messages: list[Message] = field(default_factory=list)
    by_id: dict[str, Message] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)

    def other(self, account: str) -> str:
        return self.members[1] if self.members[0] == account else self.members[0]


def pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def stable(*words: object) -> str:
    """The same hexadecimal characters for the same words, everywhere."""
    return hashlib.sha256(":".join(map(str, words)).encode()).hexdigest()


def people(count: int, platform: str) -> Iterator[tuple[int, str, str]]:
    """Number, name and e-mail of everybody who has an account on that platform. Number 0 is the administrator."""
    for number in range(count):
        if number < len(FIRST):
            name = FIRST[number]
            if platform in ONLY.get(name, (platform,)):
                yield number, name, f"{name.split()[0].lower()}@acme.example"
            continue
        given, family = GIVEN[number % len(GIVEN)], FAMILY[number // len(GIVEN) % len(FAMILY)]
        if number % 10 < 8 or platform == LONELY[number % 10 - 8]:
            yield number, f"{given} {family} {number}", f"{given}.{family}.{number}@acme.example".lower()


class World:
    """Everything that exists. Changes are kept on disk and told to whoever listens."""

    def __init__(self, clock: SandboxClock, keep: Keep, platforms: Sequence[str]) -> None:
        self.clock = clock
        self.keep = keep
        self.accounts: dict[str, dict[str, Account]] = {p: {} for p in platforms}
        self.chats: dict[str, dict[tuple[str, str], Chat]] = {p: {} for p in platforms}
        self.chat_ids: dict[str, dict[str, Chat]] = {p: {} for p in platforms}
        self.of: dict[str, dict[str, set[tuple[str, str]]]] = {p: {} for p in platforms}
        self.emails: dict[str, dict[str, Account]] = {p: {} for p in platforms}
        """Accounts by lower-cased e-mail."""
        self.listeners: set[asyncio.Queue[dict[str, Any]]] = set()
        self.watchers: list[Callable[[Chat, Message], None]] = []
        """Told at once of every message that is new or changed."""

    def add(self, account: Account) -> None:
        self.accounts[account.platform][account.id] = account
        changed = self.keep.get("account", f"{account.platform}:{account.id}")
        for name, value in (changed or {}).items():
            setattr(account, name, value)
        if account.email:
            self.emails[account.platform][account.email.lower()] = account

    def change(self, account: Account, **values: Any) -> None:
        self.emails[account.platform].pop(account.email.lower(), None)
        for name, value in values.items():
            setattr(account, name, value)
        if account.email:
            self.emails[account.platform][account.email.lower()] = account
        kept = {name: getattr(account, name) for name in ("name", "email", "active", "admin", "zone")}
        self.keep.put("account", f"{account.platform}:{account.id}", kept)
        self.tell({"kind": "account", "platform": account.platform, "id": account.id})

    def chat(self, platform: str, chat_id: str, one: str, other: str) -> Chat:
        """The conversation of two, made when it is new."""
        key = pair(one, other)
        found = self.chats[platform].get(key)
        if found is None:
            found = Chat(platform, chat_id, key)
            self._index(found)
            self.keep.put("chat", f"{platform}:{chat_id}", {"members": list(key)})
        return found

    def _index(self, chat: Chat) -> None:
        self.chats[chat.platform][chat.members] = chat
        self.chat_ids[chat.platform][chat.id] = chat
        for member in chat.members:
            self.of[chat.platform].setdefault(member, set()).add(chat.members)

    def post(self, chat: Chat, message: Message) -> None:
        chat.messages.append(message)
        chat.by_id[message.id] = message
        chat.read[message.author] = len(chat.messages)
        self.save(chat, message)

    def save(self, chat: Chat, message: Message) -> None:
        """A message is new or changed."""
        row = {
            "author": message.author,
            "text": message.text,
            "at": message.at,
            "native": message.native,
            "edited": message.edited,
            "deleted": message.deleted,
            "by_app": message.by_app,
            "only": message.only,
        }
        self.keep.put("message", f"{chat.platform}|{chat.id}|{message.id}", row)
        for watch in self.watchers:
            watch(chat, message)
        told = {"kind": "message", "platform": chat.platform, "chat": chat.id, "members": chat.members}
        self.tell({**told, "id": message.id})

    def load(self) -> None:
        """Bring back what a former run of the sandbox kept."""
        for key, value in self.keep.all("chat"):
            platform, chat_id = key.split(":", 1)
            one, other = value["members"]
            self._index(Chat(platform, chat_id, pair(one, other)))
        rows = []
        for key, value in self.keep.all("message"):
            platform, chat_id, message_id = key.split("|", 2)
            rows.append((value["at"], platform, chat_id, Message(id=message_id, **value)))
        for _, platform, chat_id, message in sorted(rows, key=lambda row: row[0]):
            chat = self.chat_ids[platform][chat_id]
            chat.messages.append(message)
            chat.by_id[message.id] = message

    def tell(self, change: dict[str, Any]) -> None:
        for listener in self.listeners:
            if listener.qsize() < 1_000:
                listener.put_nowait(change)
