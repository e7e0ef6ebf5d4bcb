"""Which teams are imported: choosing them, and the question before some are dropped."""

from dataclasses import dataclass

from bot.words import listed, say
from cards.model import Action, Button, Buttons, Card, Choice, Input, Item, Option, Rows, Text


@dataclass(frozen=True, slots=True)
class TeamRow:
    number: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """A page of teams; ``picked`` holds the ids chosen so far on all pages. ``loading``: the list is being read."""

    platform: str
    title: str
    rows: tuple[TeamRow, ...]
    picked: tuple[str, ...]
    page: int
    pages: int
    total: int
    words: str = ""
    loading: bool = False
    trouble: str = ""
    command: str = "/mio"


@dataclass(frozen=True, slots=True)
class TeamsDropped:
    """``count`` people are in no other chosen team. ``state``: open, kept or unsynced."""

    plan: str
    number: int
    title: str
    teams: tuple[str, ...]
    count: int
    state: str = "open"


def choice(facts: TeamChoice) -> Card:
    title = say("teams.title", platform=facts.title)
    if facts.trouble:
        again = Buttons((Button("Try again", Action("teams", facts.platform), "primary"),))
        return Card(title, (Text(say("teams.trouble", reason=facts.trouble)), again))
    if facts.loading:
        return Card(title, (Text(say("teams.loading", platform=facts.title)),))
    items: list[Item] = [Text(say("teams.intro", picked=len(facts.picked), total=facts.total))]
    if facts.rows:
        items.append(Rows(("Team", "Selected"), tuple(_row(facts, row) for row in facts.rows)))
        items.append(
            Choice(
                label=say("teams.choose"),
                action=Action("teams_one", facts.platform),
                options=tuple(Option(row.id, f"{row.number}. {row.name}") for row in facts.rows),
                several=Action("teams_pick", facts.platform),
                chosen=tuple(row.id for row in facts.rows if row.id in facts.picked),
            )
        )
    else:
        items.append(Text(say("teams.none", words=facts.words) if facts.words else say("teams.empty")))
    items.append(Input(say("teams.search"), Action("teams_search", facts.platform), "Search"))
    items.append(Buttons(tuple(_buttons(facts))))
    items.append(Text(say("teams.typed", command=facts.command, platform=facts.platform), small=True))
    return Card(title, tuple(items))


def _row(facts: TeamChoice, row: TeamRow) -> tuple[str, str]:
    return f"{row.number}. {row.name}", "✅ selected" if row.id in facts.picked else "not selected"


def _buttons(facts: TeamChoice) -> list[Button]:
    buttons = []
    if facts.page > 1:
        buttons.append(Button("Previous", Action("teams_page", f"{facts.platform}.{facts.page - 1}")))
    if facts.page < facts.pages:
        buttons.append(Button("Next", Action("teams_page", f"{facts.platform}.{facts.page + 1}")))
    return [*buttons, Button("Import teams and users", Action("teams_import", facts.platform), "primary")]


def dropped(facts: TeamsDropped) -> Card:
    names = listed(facts.teams)
    title = say("teams.dropped.title", names=names)
    match facts.state:
        case "open":
            words = say("teams.dropped", count=facts.count, platform=facts.title)
            buttons = (
                Button("Keep", Action("keep", facts.plan), "primary"),
                Button("Unsync", Action("unsync", facts.plan), "danger"),
            )
            typed = Text(say("teams.dropped.typed", number=facts.number), small=True)
            return Card(title, (Text(words), Buttons(buttons), typed))
        case "kept":
            return Card(title, (Text(say("teams.kept", count=facts.count)),))
        case _:
            return Card(title, (Text(say("teams.unsynced", count=facts.count)),))
