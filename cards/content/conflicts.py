"""What could not be matched: the list, and one question with its two answers."""

from dataclasses import dataclass

from bot.words import say
from cards.model import Action, Button, Buttons, Card, Choice, Item, Option, Rows, Text


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """``one`` is an account's id; with ``other`` it is about two people of one name, each by an account of theirs."""

    number: int
    name: str
    accounts: str
    why: str
    one: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class Conflicts:
    """``token`` tells this list from others; ``undecided`` people have to get a primary platform."""

    token: str
    rows: tuple[ConflictRow, ...]
    page: int
    pages: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody to match with, and their accounts; ``there``: the account that would be put apart."""

    person: str
    name: str
    accounts: str
    there: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """``one`` and ``other`` as in the list's row. ``state``: open, matched or apart; ``chosen``: with whom."""

    token: str
    name: str
    account: str
    platform: str
    one: str
    other: str = ""
    candidates: tuple[Candidate, ...] = ()
    state: str = "open"
    chosen: str = ""


def conflicts(facts: Conflicts) -> Card:
    items: list[Item] = []
    if facts.rows:
        items.append(Text(say("conflicts.intro")))
        rows = tuple((f"{r.number}. {r.name}", r.accounts, r.why) for r in facts.rows)
        items.append(Rows(("Person", "Accounts", "Conflict"), rows))
        options = tuple(Option(str(r.number), f"{r.number}. {r.name}") for r in facts.rows)
        items.append(Choice(say("conflicts.choose"), Action("conflict", facts.token), options))
    else:
        items.append(Text(say("conflicts.none")))
    if facts.undecided:
        items.append(Text(say("conflicts.undecided", count=facts.undecided)))
    turn = []
    if facts.page > 1:
        turn.append(Button("Previous", Action("conflicts", f"{facts.token}.{facts.page - 1}")))
    if facts.page < facts.pages:
        turn.append(Button("Next", Action("conflicts", f"{facts.token}.{facts.page + 1}")))
    if turn:
        items.append(Buttons(tuple(turn)))
    items.append(Text(say("conflicts.typed"), small=True))
    return Card(say("conflicts.title"), tuple(items))


def conflict(facts: Conflict) -> Card:
    title = say("conflict.title", name=facts.name)
    if facts.state != "open":
        words = say(f"conflict.{facts.state}", account=facts.account, name=facts.chosen)
        return Card(title, (Text(words),))
    items: list[Item] = [Text(words) for words in _question(facts)]
    apart = Button("Keep apart", Action("conflict_apart", facts.token))
    if len(facts.candidates) == 1:
        items.append(Buttons((Button("Match", Action("conflict_match", facts.token), "primary"), apart)))
    elif facts.candidates:
        options = tuple(Option(c.person, f"{c.name}: {c.accounts}") for c in facts.candidates)
        items.append(Choice("Match", Action("conflict_match", facts.token), options))
        items.append(Buttons((apart,)))
    else:
        items.append(Buttons((apart,)))
    items.append(Text(say("conflict.stays"), small=True))
    return Card(title, tuple(items))


def _question(facts: Conflict) -> list[str]:
    """What is not certain, and what each answer does."""
    if facts.other:
        other = facts.candidates[0]
        return [say("conflict.names", one=facts.account, other=other.accounts), say("conflict.names.match")]
    if not facts.candidates:
        return [say("conflict.nobody", account=facts.account)]
    lines = [say("conflict.address", account=facts.account)]
    for each in facts.candidates:
        key = "conflict.has" if each.there else "conflict.fits"
        lines.append(
            say(
                key,
                name=each.name,
                accounts=each.accounts,
                there=each.there,
                account=facts.account,
                platform=facts.platform,
            )
        )
    return lines
