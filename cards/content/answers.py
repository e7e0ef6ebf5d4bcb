"""Answers to commands: help, mistakes, refusals, setup, status, me."""

from dataclasses import dataclass, field

from bot.links import LinkReason
from bot.reasons import REASONS, next_step, why
from bot.words import LEGEND, say, state_words
from cards.content.people import LinkFacts
from cards.model import Action, Button, Buttons, Card, Item, Rows, Text


@dataclass(frozen=True, slots=True)
class Answer:
    """A few plain sentences; ``button`` is a label and an action's wire form."""

    title: str
    lines: tuple[str, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Help:
    """``lines``: usage and what it does; only what the asker may use."""

    command: str
    lines: tuple[tuple[str, str], ...]
    topics: tuple[str, ...] = ()
    topic: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mistake:
    understood: str
    wrong: str
    nearest: str
    example: str
    command: str


@dataclass(frozen=True, slots=True)
class SetupLine:
    """``connect``: label-less address behind Connect; None when connected. ``kind`` tells what is connected."""

    title: str
    connected: bool
    sentence: str
    connect: str | None = field(repr=False)
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    lines: tuple[SetupLine, ...]
    pauses: tuple[str, ...] = ()
    """What is paused, a sentence each."""


@dataclass(frozen=True, slots=True)
class Status:
    """Counts per state and platform; ``oldest``: the day since which somebody has been pending; ``failures``: platform,
    reason, people."""

    people: int
    counts: tuple[tuple[str, str, int], ...]
    waiting: int
    held: int
    oldest: str = ""
    failures: tuple[tuple[str, LinkReason, int], ...] = ()
    pauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Me:
    name: str
    bot: str
    home: str
    links: tuple[LinkFacts, ...]
    command: str
    known: bool = False
    """Whether something is stored about them."""
    paused: str = ""
    """Since when, in words; empty: not."""


def answer(facts: Answer) -> Card:
    items: list[Item] = [Text(line) for line in facts.lines]
    buttons = tuple(Button(label, Action.parse(wire) or Action("help")) for label, wire in facts.buttons)
    if buttons:
        items.append(Buttons(buttons))
    return Card(facts.title, tuple(items))


def help_card(facts: Help) -> Card:
    items: list[Item] = []
    if facts.text:
        items.append(Text(facts.text))
    for usage, line in facts.lines:
        items.append(Text(f"{facts.command} {usage} – {line}"))
    if facts.topics:
        items.append(Text("More: " + ", ".join(f"help {topic}" for topic in facts.topics), small=True))
    return Card(f"Help: {facts.topic}" if facts.topic else "What I can do", tuple(items))


def mistake(facts: Mistake) -> Card:
    items: list[Item] = []
    if facts.understood:
        items.append(Text(f"Understood: {facts.understood}"))
    items.append(Text(f"Not understood: {facts.wrong}"))
    if facts.nearest:
        items.append(Text(f"Did you mean: {facts.command} {facts.nearest}"))
    items.append(Text(f"Example: {facts.command} {facts.example}"))
    items.append(Buttons((Button("Help", Action("help")),)))
    return Card("I did not quite get that", tuple(items))


def setup(facts: Setup) -> Card:
    items: list[Item] = [Text(f"⏸️ {line}") for line in facts.pauses]
    for line in facts.lines:
        key = "setup.connected" if line.connected else "setup.open"
        items.append(Text(f"{line.title}: " + say(key, sentence=line.sentence)))
        if line.connect:
            items.append(Buttons((Button("Connect", Action("connect_app", line.platform), "primary", line.connect),)))
    if sum(line.connected for line in facts.lines) < 2:
        items.append(Text(say("setup.two"), small=True))
    else:
        items.append(Buttons((Button("Import users", Action("import"), "primary"), Button("Help", Action("help")))))
    return Card(say("setup.title"), tuple(items))


def status(facts: Status) -> Card:
    rows = tuple((platform, state, str(n)) for platform, state, n in facts.counts)
    items: list[Item] = [Text(f"⏸️ {line}") for line in facts.pauses]
    items.append(Text(f"{facts.people} people imported."))
    if rows:
        items.append(Rows(("Platform", "Sync status", "People"), rows))
    if facts.oldest:
        items.append(Text(say("status.oldest", day=facts.oldest)))
    if facts.failures:
        failed = ((title, REASONS[reason] or say("status.unsaid"), str(n)) for title, reason, n in facts.failures)
        items.append(Rows(("Platform", "Why it failed", "People"), tuple(failed)))
    items.append(Text(f"{facts.waiting} jobs waiting, {facts.held} held for a permission or the end of a pause."))
    items.append(Text(LEGEND, small=True))
    return Card(say("status.title"), tuple(items))


def me(facts: Me) -> Card:
    items: list[Item] = [Text(f"{facts.name}. Primary platform: {facts.home or say('person.undecided')}.")]
    if not facts.links:
        items.append(Text(say("me.none")))
    for link in facts.links:
        step = next_step(link.state, link.reason, link.next, facts.command)
        said = f"{link.title}: {state_words(link.state)}{why(link.state, link.reason, link.since)}"
        items.append(Text(f"{said}. {step}".strip()))
    buttons = [Button("Connect", Action("connect")), Button("Disconnect", Action("disconnect"))]
    if facts.paused:
        items.append(Text(say("own.paused", since=facts.paused)))
    if facts.known:
        buttons.append(Button("Resume", Action("resume")) if facts.paused else Button("Pause", Action("pause")))
        buttons += [Button("Download my data", Action("my_data")), Button("Erase me", Action("erase_me"), "danger")]
    items.append(Buttons(tuple(buttons)))
    items.append(Text(say("me.keeps"), small=True))
    return Card(say("me.title", bot=facts.bot), tuple(items))
