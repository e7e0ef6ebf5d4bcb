"""Cards as Adaptive Cards: version 1.5 for Teams, 1.3 for Webex; and what a press brought back.

Words stand in text runs, never in text blocks: those read Markdown, and nothing a person wrote may format or link.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cards.model import Button, Buttons, Card, Choice, Input, Item, Option, Rows, Text

Element = dict[str, Any]
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
LONGEST = 2_000
OPTIONS = 100


@dataclass(frozen=True, slots=True)
class Face:
    """What a client can do. ``buttons``: how many a card may have in all; more become a drop-down."""

    version: str
    execute: bool
    """Whether a press may be answered with the changed card (Action.Execute); older clients submit instead."""
    buttons: int


TEAMS = Face("1.5", True, 20)
WEBEX = Face("1.3", False, 5)


def render(card: Card, face: Face) -> Element:
    """The card's ``content``."""
    several = [item.several.wire() for item in card.items if isinstance(item, Choice) and item.several]
    tight = _count(card.items) > face.buttons
    body: list[Element] = [_run([_words(card.title, weight="Bolder", size="Medium")])]
    for number, item in enumerate(card.items):
        body.extend(_item(item, number, _Presses(face, several, tight)))
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": face.version,
        "body": body,
    }


def _count(items: tuple[Item, ...]) -> int:
    buttons = sum(len(item.buttons) for item in items if isinstance(item, Buttons))
    return buttons + sum(isinstance(item, Input) or (isinstance(item, Choice) and not item.several) for item in items)


@dataclass(frozen=True, slots=True)
class _Presses:
    """How a card's buttons are made; ``several``: choices that travel with every press."""

    face: Face
    several: list[str]
    tight: bool

    def button(self, label: str, data: Element, style: str = "default") -> Element:
        also = {"also": self.several} if self.several else {}
        action: Element = {"type": "Action.Submit", "title": _cut(label, 80), "data": {**data, **also}}
        if style != "default":
            action["style"] = {"primary": "positive", "danger": "destructive"}[style]
        if not self.face.execute:
            return action
        return {**action, "type": "Action.Execute", "verb": "mio", "fallback": action}


def _item(item: Item, number: int, presses: _Presses) -> list[Element]:
    match item:
        case Text(text=text, small=small):
            look = {"isSubtle": True, "size": "Small"} if small else {}
            return [_run([_words(text, **look)])]
        case Rows():
            return list(_rows(item))
        case Choice():
            return _choice(item, presses)
        case Input(label=label, action=action, button=button):
            field = {"type": "Input.Text", "id": action.wire(), "label": _cut(label, 200), "maxLength": 500}
            return [field, _actions([presses.button(button, {"from": action.wire()})])]
        case Buttons(buttons=buttons):
            return _buttons(buttons, number, presses)


def _rows(item: Rows) -> Iterator[Element]:
    """One text a row: the name bold, the rest behind or below it."""
    for row in item.rows:
        if len(item.header) == 2:
            yield _run([_words(row[1], weight="Bolder"), _words(f"  {row[0]}")])
        else:
            rest = " · ".join(cell for cell in row[1:] if cell)
            yield _run([_words(row[0], weight="Bolder"), _words(f" · {rest}" if rest else "")])


def _choice(item: Choice, presses: _Presses) -> list[Element]:
    action = item.several or item.action
    field: Element = {
        "type": "Input.ChoiceSet",
        "id": action.wire(),
        "label": _cut(item.label, 200),
        "style": "compact",
        "choices": _choices(item.options),
    }
    if item.several is not None:
        return [{**field, "isMultiSelect": True, "value": ",".join(item.chosen)}]
    return [field, _actions([presses.button("Continue", {"from": action.wire()})])]


def _choices(options: tuple[Option, ...]) -> list[Element]:
    return [{"title": _cut(option.label, 100), "value": option.value} for option in options[:OPTIONS]]


def _buttons(buttons: tuple[Button, ...], number: int, presses: _Presses) -> list[Element]:
    opened = [_open(b, b.url) for b in buttons if b.url is not None]
    pressed = [b for b in buttons if b.url is None]
    if presses.tight and len(pressed) > 2:
        wanted = f"press{number}"
        options = tuple(Option(b.action.wire(), b.label) for b in pressed)
        field: Element = {
            "type": "Input.ChoiceSet",
            "id": wanted,
            "label": "What to do",
            "style": "compact",
            "choices": _choices(options),
        }
        go = presses.button("Continue", {"press": wanted})
        return [*([_actions(opened)] if opened else []), field, _actions([go])]
    made = [presses.button(b.label, {"action": b.action.wire()}, b.style) for b in pressed]
    return [_actions([*opened, *made])]


def _open(button: Button, url: str) -> Element:
    return {"type": "Action.OpenUrl", "title": _cut(button.label, 80), "url": url}


def _actions(actions: list[Element]) -> Element:
    return {"type": "ActionSet", "actions": actions}


def _run(inlines: list[Element]) -> Element:
    return {"type": "RichTextBlock", "inlines": [run for run in inlines if run["text"]]}


def _words(text: str, **look: Any) -> Element:
    return {"type": "TextRun", "text": _cut(text, LONGEST), **look}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


# -- what comes back -----------------------------------------------------------------------------


def pressed(data: Mapping[str, Any]) -> tuple[tuple[str, str | None], ...]:
    """A submitted card's data, inputs merged, as presses in order: (an action's wire form, value).

    Lists of several come first, whatever was pressed, so that nothing chosen is lost; a *Continue* without a choice is none.
    """
    also = data.get("also")
    found: list[tuple[str, str | None]] = []
    for wanted in also if isinstance(also, list) else ():
        if isinstance(wanted, str):
            found.append((wanted, _said(data, wanted)))
    match data:
        case {"action": str(wire)}:
            found.append((wire, None))
        case {"press": str(wanted)} if _said(data, wanted):
            found.append((_said(data, wanted), None))
        case {"from": str(wanted)} if _said(data, wanted):
            found.append((wanted, _said(data, wanted)))
    return tuple(found)


def _said(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value.strip() if isinstance(value, str) else ""
