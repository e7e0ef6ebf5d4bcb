"""The wire strip: how each message and command travels, hop by hop, as seen at the sandbox's own edges.

Within the sandbox the cause of a task joins what belongs together; across the bot only words and people do.
Keeps the last trips with what was sent and answered, and looks into nothing but its own fakes.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.exchange import Call, Exchange, cause, fields, strings
from sandbox.faults import Faults
from sandbox.webhooks import Hook
from sandbox.world import Account, Chat, Message, World

MOST = 200
MOST_HOPS = 40
SHOWN = 160
BEHIND = 0.03
"""Changes are told in small batches."""
ANSWERS = 30.0
"""Seconds after a command in which the bot's cards count as its answer."""


@dataclass(frozen=True, slots=True)
class Hop:
    """``kind``: written, webhook, stored, decided, posted, card, receipt. ``at``: milliseconds since it was written."""

    kind: str
    platform: str
    at: float
    ok: bool = True
    note: str = ""
    exchange: Exchange | None = field(default=None, repr=False)


@dataclass(slots=True)
class Trip:
    """``kind``: message, command or card. ``left``: words that have not arrived yet."""

    n: int
    kind: str
    platform: str
    who: str
    to: str
    text: str
    began: float
    at: float
    keys: frozenset[str] = frozenset()
    reader: frozenset[str] = frozenset()
    whole: str = ""
    left: str = ""
    hops: list[Hop] = field(default_factory=list)
    parts: int = 0
    repeats: int = 0
    doubled: int = 0
    version: int = 0

    def shown(self) -> dict[str, Any]:
        """Without what was sent and answered."""
        names = ("n", "kind", "platform", "who", "to", "text", "at", "parts", "repeats", "doubled", "version")
        row = {name: getattr(self, name) for name in names}
        hops = [
            {
                "kind": h.kind,
                "platform": h.platform,
                "ms": round(h.at, 1),
                "ok": h.ok,
                "note": h.note,
                "more": bool(h.exchange),
            }
            for h in self.hops
        ]
        return {**row, "hops": hops, "arrived": self.arrived, "under_way": bool(self.left)}

    @property
    def arrived(self) -> float | None:
        """Milliseconds until the whole of it was there."""
        last = [h.at for h in self.hops if h.kind in ("posted", "card") and h.ok]
        return round(last[-1 if self.kind == "message" else 0], 1) if last and not self.left else None


def norm(text: str) -> str:
    """Words without blanks' shapes, marks and escapes: the same on both sides of the bot."""
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return " ".join(re.sub(r"[*_~`]", "", plain).split())


def keys(account: Account | None) -> frozenset[str]:
    """What makes somebody the same person on two platforms, as far as the sandbox can know."""
    if account is None:
        return frozenset()
    return frozenset(word.lower() for word in (account.name, account.email) if word)


class Wire:
    def __init__(self, world: World, faults: Mapping[str, Faults]) -> None:
        self.world = world
        self._faults = faults
        self.trips: deque[Trip] = deque(maxlen=MOST)
        self._n = 0
        self._version = 0
        self._changed: dict[int, Trip] = {}
        self._known: set[str] = set()

    # -- what is seen ----------------------------------------------------------------------------

    def commanded(self, platform: str, who: str, words: str) -> None:
        """A person typed a command or pressed something; what follows in this task belongs to it."""
        self._begin("command", platform, self.world.accounts[platform].get(who), "Mio", words)

    def saved(self, chat: Chat, message: Message) -> None:
        """A message is new or changed: a person wrote it, or a call of the bot made it."""
        accounts = self.world.accounts[chat.platform]
        author, reader = accounts.get(message.author), accounts.get(chat.other(message.author))
        about = cause.get()
        if isinstance(about, Call):
            self._made(about, chat, message, author, reader)
        elif author is not None and not author.bot and not message.by_app and chat.messages[-1] is message:
            self._written(chat, message, author, reader)

    def _written(self, chat: Chat, message: Message, author: Account, reader: Account | None) -> None:
        to_bot = reader is not None and reader.bot
        native = f"{chat.platform}:{chat.id}:{message.id}"
        if message.edited or message.deleted or native in self._known:
            return
        self._known.add(native)
        if len(self._known) > 4 * MOST:
            self._known = {native}
        trip = self._begin(
            "command" if to_bot else "message", chat.platform, author, reader.name if reader else "", message.text
        )
        if not to_bot:
            trip.reader, trip.whole = keys(reader), norm(message.text)
            trip.left = trip.whole

    def _begin(self, kind: str, platform: str, who: Account | None, to: str, words: str) -> Trip:
        self._n += 1
        plain = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")[:SHOWN]
        name = who.name if who else ""
        trip = Trip(
            self._n, kind, platform, name, to, plain, time.perf_counter(), self.world.clock.seconds(), keys(who)
        )
        self.trips.append(trip)
        cause.set(trip)
        self._hop(trip, Hop("written", platform, 0.0))
        return trip

    def delivered(self, hook: Hook, seen: Exchange) -> None:
        """A webhook's attempt ended."""
        about, platform = hook.cause, self._platform(hook)
        if isinstance(about, Call) and isinstance(about.trip, Trip):
            self._hop(about.trip, self._at(about.trip, "receipt", platform, seen.ended, seen))
        elif isinstance(about, Trip):
            if any(h.kind == "stored" for h in about.hops):
                about.repeats += 1
            note = f"attempt {hook.attempt + 1}" if hook.attempt else ""
            if seen.status == 0:
                self._hop(about, self._at(about, "webhook", platform, seen.began, seen, note or "no answer"))
                return
            self._hop(about, Hop("webhook", platform, self._ms(about, seen.began), True, note, seen))
            self._hop(about, self._at(about, "stored", platform, seen.ended, seen))

    def called(self, call: Call, seen: Exchange) -> None:
        """A call of the bot was answered."""
        trip = call.trip if isinstance(call.trip, Trip) else self._refused(call, seen)
        if trip is None:
            return
        goal = "posted" if trip.kind == "message" else "card"
        self._hop(trip, Hop("decided", call.platform, self._ms(trip, seen.began), True, "", seen))
        self._hop(trip, self._at(trip, goal, call.platform, seen.ended, seen))

    # -- which trip ------------------------------------------------------------------------------

    def _platform(self, hook: Hook) -> str:
        """A delivery carries its platform's own switches."""
        return next((name for name, faults in self._faults.items() if faults is hook.faults), "")

    def _made(self, call: Call, chat: Chat, message: Message, author: Account | None, reader: Account | None) -> None:
        words = norm(message.text)
        found = None if message.edited or message.deleted else self._carried(chat.platform, words, author, keys(reader))
        if found is not None:
            call.trip = found
        elif author is not None and author.bot and reader is not None:
            call.trip = self._answered(chat.platform, reader) or self._card(call, chat.platform, reader, message.text)
        if isinstance(call.trip, Trip):
            self._touch(call.trip)

    def _carried(self, platform: str, words: str, author: Account | None, reader: frozenset[str]) -> Trip | None:
        """The message that these words are a copy of, or a part of one. What was there already is counted as doubled."""
        if author is None or not words:
            return None
        who = keys(author)
        mine = [t for t in self._waiting(platform) if reader & t.reader and (author.bot or who & t.keys)]
        for trip in mine:
            if trip.left and (trip.left.startswith(words) or words.endswith(trip.left)):
                trip.left = trip.left[len(words) :].lstrip() if trip.left.startswith(words) else ""
                trip.parts += 1
                return trip
        for trip in mine:
            if words in trip.whole:
                trip.doubled += 1
                return trip
        return None

    def _waiting(self, platform: str) -> Iterator[Trip]:
        """Messages written on other platforms, oldest first."""
        return (t for t in self.trips if t.kind == "message" and t.platform != platform)

    def _answered(self, platform: str, reader: Account) -> Trip | None:
        """The command that a card for this person answers."""
        now, who = time.perf_counter(), keys(reader)
        for trip in reversed(self.trips):
            if now - trip.began > ANSWERS:
                return None
            if trip.kind == "command" and trip.platform == platform and trip.keys & who:
                return trip
        return None

    def _card(self, call: Call, platform: str, reader: Account, words: str) -> Trip:
        """A card that nobody asked for: a trip of its own."""
        trip = self._begin("card", platform, None, reader.name, words)
        trip.who = "Mio"
        trip.hops.clear()
        cause.set(call)
        return trip

    def _refused(self, call: Call, seen: Exchange) -> Trip | None:
        """A call that made nothing, but carried the words of a message that is still under way."""
        if not seen.failed() or not any(t.left for t in self._waiting(call.platform)):
            return None
        said = {norm(word) for word in strings(fields(seen.body))}
        return next((t for t in self._waiting(call.platform) if t.left and t.left in said), None)

    # -- keeping ---------------------------------------------------------------------------------

    @staticmethod
    def _ms(trip: Trip, at: float) -> float:
        return max(0.0, (at - trip.began) * 1000)

    def _at(self, trip: Trip, kind: str, platform: str, at: float, seen: Exchange, note: str = "") -> Hop:
        words = "no answer" if seen.status == 0 else f"answered {seen.status}" if seen.failed() else ""
        return Hop(kind, platform, self._ms(trip, at), not seen.failed(), note or words, seen)

    def _hop(self, trip: Trip, hop: Hop) -> None:
        if len(trip.hops) < MOST_HOPS:
            trip.hops.append(hop)
            trip.hops.sort(key=lambda h: h.at)
        self._touch(trip)

    def _touch(self, trip: Trip) -> None:
        self._version += 1
        trip.version = self._version
        if not self._changed:
            asyncio.get_running_loop().call_later(BEHIND, self._tell)
        self._changed[trip.n] = trip

    def _tell(self) -> None:
        changed, self._changed = self._changed, {}
        if self.world.listeners:
            rows = [trip.shown() for trip in changed.values() if trip.hops][-MOST:]
            self.world.tell({"kind": "wire", "trips": rows})

    # -- looking ---------------------------------------------------------------------------------

    def since(self, version: int) -> list[dict[str, Any]]:
        return [trip.shown() for trip in self.trips if trip.version > version and trip.hops]

    def hop(self, trip: int, hop: int) -> Mapping[str, Any] | None:
        """A hop with the native request and its answer; None: gone, or never was."""
        found = next((t for t in self.trips if t.n == trip), None)
        if found is None or not 0 <= hop < len(found.hops):
            return None
        seen = found.hops[hop].exchange
        return {**found.shown()["hops"][hop], "exchange": seen.shown() if seen else None}
