"""The list of people and one person's card with the actions."""

from dataclasses import dataclass

from bot.links import LinkReason, State
from bot.words import ICONS, LEGEND, NEXT_STEPS, REASONS, say, state_words
from cards.model import Action, Button, Buttons, Card, Choice, Item, Option, Rows, Text


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A possible or existing sync: the platform's id and title, its state, since when (a date in words)."""

    platform: str
    title: str
    state: State
    reason: LinkReason
    since: str = ""


@dataclass(frozen=True, slots=True)
class PersonRow:
    number: int
    id: str
    name: str
    email: str
    primary: str
    links: tuple[LinkFacts, ...]


@dataclass(frozen=True, slots=True)
class PeopleList:
    """``filter`` is repeated by Next and Previous; ``actions`` False: a list only to look at."""

    rows: tuple[PersonRow, ...]
    page: int
    pages: int
    total: int
    filter: str
    counts: tuple[tuple[str, int], ...]
    actions: bool = True
    note: str = ""
    """Why this list is the answer."""


@dataclass(frozen=True, slots=True)
class PersonCard:
    id: str
    name: str
    email: str
    accounts: tuple[tuple[str, str], ...]
    """Platform id and title of each account."""
    primary: str
    primary_title: str
    links: tuple[LinkFacts, ...]
    excluded: bool
    actions: bool = True


def people_list(facts: PeopleList) -> Card:
    if not facts.rows:
        return Card(say("list.title"), (Text(say("list.empty")),))
    rows = tuple(
        (f"{r.number}. {r.name}", r.email, r.primary or say("person.undecided"), _secondaries(r), _states(r.links))
        for r in facts.rows
    )
    first, last = facts.rows[0].number, facts.rows[-1].number
    items: list[Item] = [Text(facts.note)] if facts.note else []
    items += [
        Text(say("list.page", first=first, last=last, total=facts.total) + _counted(facts.counts)),
        Rows(("Person", "E-mail", "Primary platform", "Secondary platform sync", "Sync status"), rows),
    ]
    options = tuple(Option(r.id, f"{r.number}. {r.name}") for r in facts.rows)
    items.append(Choice(say("list.choose"), Action("person"), options))
    turn = []
    if facts.page > 1:
        turn.append(Button("Previous", Action("list", str(facts.page - 1))))
    if facts.page < facts.pages:
        turn.append(Button("Next", Action("list", str(facts.page + 1))))
    if turn:
        items.append(Buttons(tuple(turn)))
    items.append(Text(LEGEND, small=True))
    return Card(say("list.title"), tuple(items))


def _secondaries(row: PersonRow) -> str:
    return ", ".join(link.title for link in row.links) or "–"


def _states(links: tuple[LinkFacts, ...]) -> str:
    """In the order of the secondaries before them."""
    return ", ".join(state_words(link.state) for link in links)


def _counted(counts: tuple[tuple[str, int], ...]) -> str:
    return "".join(f" · {ICONS[State(state)]} {n} {state}" for state, n in counts)


def person(facts: PersonCard) -> Card:
    items: list[Item] = [Text(f"{facts.email or 'no e-mail'} · " + ", ".join(title for _, title in facts.accounts))]
    items.append(Text(f"{say('person.primary')}: {facts.primary_title or say('person.undecided')}"))
    for link in facts.links:
        since = f", since {link.since}" if link.since else ""
        reason = f" – {REASONS[link.reason]}{since}" if REASONS[link.reason] else since
        step = f". {NEXT_STEPS[link.reason]}" if NEXT_STEPS[link.reason] else ""
        items.append(Text(f"{link.title}: {state_words(link.state)}{reason}{step}"))
    if facts.excluded:
        items.append(Text(say("person.excluded")))
    if facts.actions and not facts.excluded:
        items.extend(_actions(facts))
    return Card(facts.name, tuple(items))


def _start(link: LinkFacts) -> str:
    return "Try again" if link.state is State.FAILED else f"{link.title} {ICONS[State.NOT_CREATED]}"


def _actions(facts: PersonCard) -> list[Item]:
    items: list[Item] = []
    if len(facts.accounts) > 1:
        options = tuple(Option(f"{facts.id}.{pid}", title) for pid, title in facts.accounts)
        items.append(Choice(say("person.primary"), Action("primary"), options))
    possible = tuple(
        Button(_start(link), Action("sync", f"{facts.id}.{link.platform}"), "primary")
        for link in facts.links
        if link.state in (State.NOT_CREATED, State.FAILED)
    )
    if possible and facts.primary:
        items.append(Buttons(possible))
    items.append(
        Buttons(
            (
                Button("Reset user", Action("reset", facts.id)),
                Button("Reprompt user", Action("reprompt", facts.id)),
                Button("Remove user", Action("remove", facts.id), "danger"),
            )
        )
    )
    items.append(Text(say("person.remark"), small=True))
    return items
