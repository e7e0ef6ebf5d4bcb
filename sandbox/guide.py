"""What the page's guide needs to know: how far the first steps have come, as the sandbox sees it.

Reads conversations and marks nothing as read. Knows the words on cards that are the same for every bot of this kind.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.core import Core
from sandbox.exchange import Call, Exchange, strings
from sandbox.world import FIRST, Account, Chat, Message, pair

CAST = {"maya": FIRST[0], "ann": FIRST[1], "bob": FIRST[2], "dana": FIRST[3], "pat": FIRST[4]}
BURST = "Burst "
"""How each message of the tour's burst begins."""
IMPORTED, TAKE_TEAMS = "Import is done", "Import teams and users"
DONE = "colleagues now reach you here"
BY_TEAM = {"webex": "Webex", "teams": "Teams"}
"""Where an import asks first which teams are meant."""
DIRECTORY = "webex"
"""Shows its people only after an administrator has allowed it by name."""


@dataclass(slots=True)
class Guide:
    """``home`` is where Ann lives, ``away`` where Bob lives. ``played``: what was done, by name, and when last."""

    core: Core
    platforms: Sequence[str]
    played: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.played.update(self.core.keep.all("guide"))

    def play(self, name: str) -> None:
        self.played[name] = self.core.clock.seconds()
        self.core.keep.put("guide", name, self.played[name])

    def called(self, call: Call, exchange: Exchange) -> None:
        """The first permission that the bot fetches where the directory is: an administrator's."""
        fetched = exchange.status == 200 and exchange.path.endswith("/access_token")
        if call.platform == DIRECTORY and fetched and "connected" not in self.played:
            self.play("connected")
            self.core.world.tell({"kind": "guide"})

    def facts(self) -> dict[str, Any]:
        home, away = self.platforms[0], self.platforms[-1 if len(self.platforms) < 2 else 1]
        cast = {who: self._person(name) for who, name in CAST.items()}
        admin = list(self._cards(cast["maya"]))
        people = {who: self._consent(cast[who], admin) for who in ("ann", "bob")}
        return {
            "home": home,
            "away": away,
            "cast": cast,
            "connect": self._connect(admin),
            "teams": {name: self._teams(title, admin) for name, title in BY_TEAM.items() if name in self.platforms},
            "imported": any(_says(card, IMPORTED) for _, _, card in admin),
            "refused": any(_says(card, "refused: no ", *FIRST[3:5]) for _, _, card in admin),
            **people,
            "first": self._talk(cast, away, home, "bob", "ann"),
            "answer": self._talk(cast, home, away, "ann", "bob"),
            "burst": self._burst(cast, away, home),
            "played": self.played,
        }

    # -- people ----------------------------------------------------------------------------------

    def _person(self, name: str) -> dict[str, Any]:
        accounts = {
            platform: account.id
            for platform in self.platforms
            if (account := self._account(platform, name)) is not None
        }
        return {"name": name, "email": f"{name.split()[0].lower()}@acme.example", "accounts": accounts}

    def _account(self, platform: str, name: str) -> Account | None:
        """Found by the address that the demo company gave, or by name once that was changed."""
        world, email = self.core.world, f"{name.split()[0].lower()}@acme.example"
        found = world.emails[platform].get(email)
        return found or next((a for a in world.accounts[platform].values() if a.name == name), None)

    def _cards(self, person: Mapping[str, Any]) -> Iterator[tuple[str, Chat, Message]]:
        """What the bot said to somebody, platform by platform, oldest first."""
        world = self.core.world
        for platform, native in person["accounts"].items():
            for key in world.of[platform].get(native, ()):
                chat = world.chats[platform][key]
                other = world.accounts[platform].get(chat.other(native))
                if other is not None and other.bot:
                    yield from ((platform, chat, m) for m in chat.messages if m.author == other.id and not m.deleted)

    def _connect(self, admin: list[tuple[str, Chat, Message]]) -> dict[str, Any] | None:
        """The card that leads to the directory, and whether its permission was fetched; None where none is needed."""
        if DIRECTORY not in self.platforms:
            return None
        asking = [(p, m) for p, _, m in admin if _has(m, "Connect") and _says(m, "Webex: ")]
        return {"card": _place(asking), "done": "connected" in self.played}

    def _teams(self, title: str, admin: list[tuple[str, Chat, Message]]) -> dict[str, Any]:
        """The card that asks for this platform's teams. A newer question, about whatever platform, closes older ones."""
        asking = [(p, m) for p, _, m in admin if _has(m, TAKE_TEAMS)]
        newest = max(asking, key=lambda found: found[1].at, default=None)
        open_ = [newest] if newest is not None and _says(newest[1], f"Select teams of {title}") else []
        done = any(_says(m, f"✅ {title}: ") and _says(m, IMPORTED) for _, _, m in admin)
        return {"card": _place(open_), "done": done}

    def _consent(self, person: Mapping[str, Any], admin: list[tuple[str, Chat, Message]]) -> dict[str, Any]:
        mine = list(self._cards(person))
        plans = [(p, m) for p, _, m in admin if _has(m, "Confirm") and _says(m, person["name"])]
        asked = [(p, m) for p, _, m in mine if _has(m, "Allow")]
        done = [m for _, _, m in mine if _says(m, DONE)]
        newest = asked[-1] if asked else None
        linked = bool(done) and (newest is None or newest[1].at < done[-1].at)
        healed = linked and "revoked" in self.played and done[-1].at > self.played["revoked"]
        return {"plan": _place(plans), "asked": _place(asked), "linked": linked, "healed": healed}

    # -- messages --------------------------------------------------------------------------------

    def _chat(self, cast: Mapping[str, Any], platform: str, one: str, other: str) -> Chat | None:
        ids = [cast[who]["accounts"].get(platform, "") for who in (one, other)]
        return self.core.world.chats[platform].get(pair(*ids))

    def _copies(
        self, cast: Mapping[str, Any], platform: str, writer: str, reader: str
    ) -> tuple[Chat | None, list[int]]:
        """The conversation at the reader's home, and where in it the bot put what the writer wrote."""
        chat = self._chat(cast, platform, writer, reader)
        mine = cast[writer]["accounts"].get(platform)
        found = [] if chat is None else [n for n, m in enumerate(chat.messages) if m.by_app and m.author == mine]
        return chat, found

    def _talk(self, cast: Mapping[str, Any], source: str, target: str, writer: str, reader: str) -> dict[str, bool]:
        chat = self._chat(cast, source, writer, reader)
        mine = cast[writer]["accounts"].get(source)
        wrote = chat is not None and any(m.author == mine and not m.by_app for m in chat.messages)
        there, copies = self._copies(cast, target, writer, reader)
        seen = there.read.get(cast[reader]["accounts"].get(target, ""), 0) if there is not None else 0
        return {"wrote": wrote, "arrived": bool(copies), "read": bool(copies) and seen > copies[0]}

    def _burst(self, cast: Mapping[str, Any], source: str, target: str) -> dict[str, int]:
        chat = self._chat(cast, source, "bob", "ann")
        wrote = [m.text for m in chat.messages if m.text.startswith(BURST)] if chat is not None else []
        there, copies = self._copies(cast, target, "bob", "ann")
        texts = [there.messages[n].text for n in copies] if there is not None else []
        arrived = [text for text in texts if text.startswith(BURST)]
        return {"wrote": len(wrote), "arrived": len(set(arrived)), "doubled": len(arrived) - len(set(arrived))}


def _words(message: Message) -> list[str]:
    return [message.text, *strings(message.native)]


def _says(message: Message, *any_of: str) -> bool:
    """Whether one of the first words is said – and, with more, one of the others as well."""
    said = "\n".join(_words(message))
    return any_of[0] in said and (len(any_of) == 1 or any(word in said for word in any_of[1:]))


def _has(message: Message, label: str) -> bool:
    """Whether a button or link reads exactly so."""
    return label in _words(message)


def _place(found: list[tuple[str, Message]]) -> dict[str, str] | None:
    return {"platform": found[-1][0], "message": found[-1][1].id} if found else None
