"""Stopping and going on: what waits and why, and the question before everything is stopped."""

from dataclasses import dataclass

from bot.pauses import By
from bot.words import say
from cards.model import Action, Button, Buttons, Card, Text


@dataclass(frozen=True, slots=True)
class Stopped:
    """``what``: the platform's title or the person's name; ``since`` in the reader's own time, in words."""

    by: By
    what: str
    since: str
    command: str


@dataclass(frozen=True, slots=True)
class Paused:
    """Messages that wait for the end of a pause, until when. ``over``: it has ended, and they are on their way."""

    reader: str
    count: int
    first: str
    last: str
    until: str
    stop: Stopped
    over: bool = False


@dataclass(frozen=True, slots=True)
class PauseAll:
    """``state``: open, done or cancelled; ``platforms``: titles; ``refuse``: what is written meanwhile is not held."""

    plan: str
    number: int
    platforms: str
    refuse: bool
    state: str = "open"


def why(stop: Stopped) -> str:
    """One sentence."""
    return say(f"stop.{stop.by}", what=stop.what, since=stop.since, command=stop.command)


def paused(facts: Paused) -> Card:
    names = {"reader": facts.reader, "count": facts.count, "first": facts.first, "last": facts.last}
    if facts.over:
        return Card(say("waiting.over.title", **names), (Text(say("stop.over")),))
    words = Text(f"{why(facts.stop)} {say('stop.waits', until=facts.until)}")
    return Card(say(f"waiting.title.{'one' if facts.count == 1 else 'many'}", **names), (words,))


def pause_all(facts: PauseAll) -> Card:
    match facts.state:
        case "open":
            confirm = Button("Confirm", Action("confirm", facts.plan), "danger")
            buttons = Buttons((confirm, Button("Cancel", Action("cancel", facts.plan))))
            words = say("pause.all.refuse" if facts.refuse else "pause.all.hold", platforms=facts.platforms)
            typed = Text(say("close.typed", number=facts.number), small=True)
            return Card(say("pause.all.title"), (Text(words), buttons, typed))
        case "cancelled":
            return Card(say("pause.all.title"), (Text(say("close.cancelled")),))
        case _:
            return Card(say("pause.title"), (Text(say("pause.done.all")),))
