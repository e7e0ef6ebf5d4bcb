"""The list of people and one person's card with the actions."""

from dataclasses import dataclass

from bot.links import LinkReason, State
from bot.reasons import next_step, why
from bot.words import ICONS, LEGEND, listed, say, state_words
from cards.model import Action, Button, Buttons, Card, Choice, Input, Item, Option, Rows, Text


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A possible or existing sync: the platform's id and title, its state, since when, and when the next card about it is
    planned (days in words; empty: none)."""

    platform: str
    title: str
    state: State
    reason: LinkReason
    since: str = ""
    next: str = ""


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
    """``filter`` says who is shown, ``words`` what was searched among them; both are repeated by Next and Previous.
    ``usual``: the filter that needs no remark; ``actions`` False: a list only to look at."""

    rows: tuple[PersonRow, ...]
    page: int
    pages: int
    total: int
    filter: str
    counts: tuple[tuple[str, int], ...]
    actions: bool = True
    note: str = ""
    """Why this list is the answer."""
    words: str = ""
    more: bool = False
    """There are more than ``total``."""
    usual: str = "all"
    platforms: tuple[tuple[str, str], ...] = ()
    """Id and title of those that are connected."""


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
    paused: str = ""
    """Since when, in words; empty: they have not."""


def people_list(facts: PeopleList) -> Card:
    items: list[Item] = [Text(note) for note in (facts.note, _filtered(facts)) if note]
    if facts.rows:
        items += _rows(facts)
    else:
        items.append(Text(say("list.empty")))
    items.append(Choice(say("list.show"), Action("list_show"), _looks(facts)))
    items.append(Input(say("list.search"), Action("list_search"), "Search"))
    turn = []
    if facts.page > 1:
        turn.append(Button("Previous", Action("list", str(facts.page - 1))))
    if facts.page < facts.pages:
        turn.append(Button("Next", Action("list", str(facts.page + 1))))
    if turn:
        items.append(Buttons(tuple(turn)))
    if facts.counts:
        items.append(Text(say("list.counts", counts=_counted(facts.counts))))
    items.append(Text(f"{LEGEND}. {say('list.typed')}", small=True))
    return Card(say("list.title"), tuple(items))


def _rows(facts: PeopleList) -> list[Item]:
    rows = tuple(
        (f"{r.number}. {r.name}", r.email, r.primary or say("person.undecided"), _secondaries(r), _states(r.links))
        for r in facts.rows
    )
    first, last = facts.rows[0].number, facts.rows[-1].number
    key = "list.page.more" if facts.more else "list.page"
    return [
        Text(say(key, first=first, last=last, total=facts.total)),
        Rows(("Person", "E-mail", "Primary platform", "Secondary platform sync", "Sync status"), rows),
        Choice(say("list.choose"), Action("person"), tuple(Option(r.id, f"{r.number}. {r.name}") for r in facts.rows)),
    ]


def _looks(facts: PeopleList) -> tuple[Option, ...]:
    """The usual view comes first."""
    whole = sorted(("all", "everybody"), key=lambda shown: shown != facts.usual)
    shown = (*whole, *(s.value for s in SHOWN), "to decide", "excluded")
    on = tuple(Option(f"on:{platform}", say("list.on", platform=title)) for platform, title in facts.platforms)
    return tuple(Option(each, _look(facts, each)) for each in shown) + on


SHOWN = (State.SYNCED, State.PENDING, State.FAILED, State.NOT_CREATED)


def _look(facts: PeopleList, shown: str) -> str:
    """A filter in words."""
    kind, _, value = shown.partition(":")
    if kind == "on" and value:
        return say("list.on", platform=dict(facts.platforms).get(value, value))
    if shown in [state.value for state in SHOWN]:
        return state_words(State(shown))
    return say(f"list.look.{shown}") if shown in ("all", "everybody") else shown


def _filtered(facts: PeopleList) -> str:
    """What stands between this list and the usual one, and how to come back; nothing when nothing does."""
    if facts.filter in (facts.usual, "") and not facts.words:
        return ""
    key = "list.filter.words" if facts.words else "list.filter"
    look, usual = _look(facts, facts.filter), _look(facts, facts.usual)
    return say(key, look=look, words=facts.words, usual=usual)


def _secondaries(row: PersonRow) -> str:
    return ", ".join(link.title for link in row.links) or "–"


def _states(links: tuple[LinkFacts, ...]) -> str:
    """In the order of the secondaries before them."""
    return ", ".join(state_words(link.state) for link in links)


def _counted(counts: tuple[tuple[str, int], ...]) -> str:
    return " · ".join(f"{ICONS[State(state)]} {n} {state}" for state, n in counts)


def person(facts: PersonCard) -> Card:
    items: list[Item] = [Text(f"{facts.email or 'no e-mail'} · " + ", ".join(title for _, title in facts.accounts))]
    items.append(Text(f"{say('person.primary')}: {facts.primary_title or say('person.undecided')}"))
    for link in facts.links:
        step = next_step(link.state, link.reason, link.next)
        said = f"{link.title}: {state_words(link.state)}{why(link.state, link.reason, link.since)}"
        items.append(Text(f"{said}. {step}" if step else said))
    if not facts.links:
        items.append(Text(say("person.alone")))
    unheard = [link.title for link in facts.links if link.state is not State.SYNCED]
    if unheard and not facts.excluded:
        items.append(Text(say("person.unheard", name=facts.name, platforms=listed(unheard)), small=True))
    if facts.paused:
        items.append(Text(say("person.paused", since=facts.paused)))
    if facts.excluded:
        items.append(Text(say("person.excluded")))
    if facts.actions and not facts.excluded:
        items.extend(_actions(facts))
    return Card(facts.name, tuple(items))


def _start(link: LinkFacts, links: tuple[LinkFacts, ...]) -> str:
    """*Try again* where it is clear what; else the platform's own button."""
    alone = sum(each.state is State.FAILED for each in links) == 1
    return "Try again" if link.state is State.FAILED and alone else f"{link.title} {ICONS[State.NOT_CREATED]}"


def _actions(facts: PersonCard) -> list[Item]:
    items: list[Item] = []
    if len(facts.accounts) > 1:
        options = tuple(Option(f"{facts.id}.{pid}", title) for pid, title in facts.accounts)
        items.append(Choice(say("person.primary"), Action("primary"), options))
    possible = tuple(
        Button(_start(link, facts.links), Action("sync", f"{facts.id}.{link.platform}"), "primary")
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
