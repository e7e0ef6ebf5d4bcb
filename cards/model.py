"""The neutral card: title, then texts, rows, one choice, buttons. Every renderer knows exactly these.

A button carries an action – a verb and the id of a thing – and never free data.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

Style = Literal["default", "primary", "danger"]
MOST_WIRE = 100


@dataclass(frozen=True, slots=True)
class Action:
    """What a press means. The wire form is ``verb:thing``."""

    verb: str
    thing: str = ""

    def wire(self) -> str:
        return f"{self.verb}:{self.thing}"

    @classmethod
    def parse(cls, words: str) -> "Action | None":
        """None: not one of ours."""
        if len(words) > MOST_WIRE:
            return None
        found = re.fullmatch(r"([a-z_]+):([\w.:@-]*)", words)
        return cls(found[1], found[2]) if found else None


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A short table; the first row of ``rows`` follows the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A drop-down; choosing is pressing, with the option's value.

    ``several``: any number may be chosen; the press then brings all chosen values, joined by commas. ``action`` is meant
    where a platform has no such list, and only one value comes.
    """

    label: str
    action: Action
    options: tuple[Option, ...]
    several: Action | None = None
    chosen: tuple[str, ...] = ()
    """Values that are chosen already; only with ``several``."""


@dataclass(frozen=True, slots=True)
class Input:
    """One line to type; sending it is pressing, with the words as value. Platforms without it leave it out."""

    label: str
    action: Action
    button: str


@dataclass(frozen=True, slots=True)
class Button:
    """With ``url`` it opens an address; where that cannot be, it is a link with the label as its text."""

    label: str
    action: Action
    style: Style = "default"
    url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Buttons:
    buttons: tuple[Button, ...]


Item = Text | Rows | Choice | Input | Buttons


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    items: tuple[Item, ...] = ()


def plain(card: Card) -> str:
    """The form that says the same without any layout, for screen readers and notifications."""
    lines = [card.title]
    for item in card.items:
        match item:
            case Text():
                lines.append(item.text)
            case Rows():
                if item.header:
                    lines.append(" | ".join(item.header))
                lines.extend(" | ".join(row) for row in item.rows)
            case Choice():
                lines.append(f"{item.label}: " + ", ".join(o.label for o in item.options))
            case Input():
                lines.append(f"{item.label}: … [{item.button}]")
            case Buttons():
                lines.append(" ".join(_button(b) for b in item.buttons))
    return "\n".join(line for line in lines if line)


def _button(button: Button) -> str:
    return f"[{button.label}]({button.url})" if button.url else f"[{button.label}]"
