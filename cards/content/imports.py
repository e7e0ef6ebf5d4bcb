"""Import: the overview, live progress, the result."""

from dataclasses import dataclass

from bot.words import say
from cards.model import Action, Button, Buttons, Card, Item, Rows, Text


@dataclass(frozen=True, slots=True)
class PlatformCount:
    platform: str
    count: int
    done: bool


@dataclass(frozen=True, slots=True)
class ImportOverview:
    """Before anything runs: what each platform holds."""

    platforms: tuple[PlatformCount, ...]


@dataclass(frozen=True, slots=True)
class ImportProgress:
    platforms: tuple[PlatformCount, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    platforms: tuple[PlatformCount, ...]
    matched: int
    only_one: int
    to_decide: int
    without_email: int
    conflicts: int
    excluded: int
    left: int
    not_checked: int
    second_platform: bool


@dataclass(frozen=True, slots=True)
class ImportStopped:
    platform: str
    reason: str


@dataclass(frozen=True, slots=True)
class NightlyImport:
    """What a night's import changed. ``missing`` accounts were not in a listing; ``stopped``: platforms and why."""

    newcomers: int = 0
    left: int = 0
    conflicts: int = 0
    missing: int = 0
    stopped: tuple[tuple[str, str], ...] = ()


HELP = Button("Help", Action("help", "import"))


def overview(facts: ImportOverview) -> Card:
    rows = tuple((p.platform, f"{p.count} people") for p in facts.platforms)
    items: tuple[Item, ...] = (
        Rows(("Platform", "Imported"), rows),
        Buttons((Button("Import users", Action("import"), "primary"), HELP)),
    )
    return Card(say("import.title"), items)


def progress(facts: ImportProgress) -> Card:
    lines = [
        Text(say(f"import.line.{'done' if p.done else 'running'}", platform=p.platform, count=p.count))
        for p in facts.platforms
    ]
    return Card(say("import.running"), (*lines, Text(say("import.next"), small=True)))


def result(facts: ImportResult) -> Card:
    numbers = (
        ("on two or more platforms (matched)", facts.matched),
        ("on one platform only", facts.only_one),
        ("primary platform to decide", facts.to_decide),
        ("without e-mail", facts.without_email),
        ("conflicts", facts.conflicts),
        ("excluded", facts.excluded),
        ("left since the last import", facts.left),
    )
    items: list[Item] = [Text(say("import.line.done", platform=p.platform, count=p.count)) for p in facts.platforms]
    items.append(Rows(("People", "Count"), tuple((name, str(n)) for name, n in numbers)))
    if facts.not_checked:
        items.append(Text(say("import.not_checked", count=facts.not_checked)))
    items.append(Text(say("import.then") if facts.second_platform else say("import.second"), small=True))
    sync = (Button("Sync users", Action("list"), "primary"),) if facts.second_platform else ()
    again = Button("Import users", Action("import"))
    items.append(Buttons((*sync, again, HELP)))
    return Card(say("import.done"), tuple(items))


def stopped(facts: ImportStopped) -> Card:
    again = Buttons((Button("Try again", Action("import", facts.platform.lower()), "primary"), HELP))
    words = say("import.stopped", reason=facts.reason)
    return Card(say("import.stopped.title", platform=facts.platform), (Text(words), again))


def nightly(facts: NightlyImport) -> Card:
    """One line; each part of it only where there is something to say."""
    counted = (
        ("nightly.newcomers", facts.newcomers),
        ("nightly.left", facts.left),
        ("nightly.conflicts", facts.conflicts),
        ("nightly.missing", facts.missing),
    )
    parts = [say(key, count=count) for key, count in counted if count]
    parts += [say("nightly.stopped", platform=platform, reason=reason) for platform, reason in facts.stopped]
    return Card(say("nightly.title"), (Text(" ".join(parts)),))
