"""Adaptive Cards up to version 1.5: what a client accepts, and what a person sees of one – words, buttons, inputs.

Source: adaptivecards.io/explorer and learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model. Sends nothing.
"""

from collections.abc import Callable, Iterator
from typing import Any

CARD = "application/vnd.microsoft.card.adaptive"
NEWEST = (1, 5)
NEEDS: dict[str, tuple[str, ...]] = {
    "TextBlock": ("text",),
    "RichTextBlock": ("inlines",),
    "Image": ("url",),
    "ImageSet": ("images",),
    "Media": ("sources",),
    "Container": ("items",),
    "ColumnSet": (),
    "Column": (),
    "FactSet": ("facts",),
    "ActionSet": ("actions",),
    "Table": (),
    "Input.Text": ("id",),
    "Input.Number": ("id",),
    "Input.Date": ("id",),
    "Input.Time": ("id",),
    "Input.Toggle": ("id", "title"),
    "Input.ChoiceSet": ("id",),
}
ACTIONS: dict[str, tuple[str, ...]] = {
    "Action.Execute": (),
    "Action.Submit": (),
    "Action.OpenUrl": ("url",),
    "Action.ShowCard": ("card",),
    "Action.ToggleVisibility": ("targetElements",),
}
STYLES = {"default", "positive", "destructive"}
ENUMS = {
    "size": {"default", "small", "medium", "large", "extralarge", "auto", "stretch"},
    "weight": {"default", "lighter", "bolder"},
    "color": {"default", "dark", "light", "accent", "good", "warning", "attention"},
    "horizontalAlignment": {"left", "center", "right"},
    "spacing": {"default", "none", "small", "medium", "large", "extralarge", "padding"},
}
BOOLEANS = ("wrap", "isSubtle", "separator", "isVisible", "isMultiSelect", "isRequired", "isMultiline", "isEnabled")
STRINGS = ("text", "title", "url", "id", "verb", "label", "placeholder", "errorMessage", "value", "altText")
MOST_REFRESHED = 5


class CardFault(Exception):
    """What is wrong with a card, with the path to it."""


def check(card: Any) -> dict[str, Any]:
    """The card. Raises ``CardFault``."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        raise CardFault("/type must be AdaptiveCard")
    _version(card.get("version"))
    body, actions = card.get("body", []), card.get("actions", [])
    if not body and not actions:
        raise CardFault("/body or /actions must hold something")
    _each(body, "/body", _element)
    _each(actions, "/actions", _action)
    users = card.get("refresh", {}).get("userIds", ()) if isinstance(card.get("refresh", {}), dict) else None
    if users is None or len(users) > MOST_REFRESHED:
        raise CardFault(f"/refresh/userIds takes {MOST_REFRESHED} at most")
    named = [element["id"] for element in elements(card) if element["type"].startswith("Input.")]
    if len(named) != len(set(named)):
        raise CardFault("two inputs have the same id")
    return card


def _version(version: Any) -> None:
    try:
        major, minor = (int(part) for part in str(version).split("."))
    except ValueError:
        raise CardFault("/version must be two numbers") from None
    if (major, minor) > NEWEST:
        raise CardFault(f"/version {version} is newer than 1.5")


def _each(values: Any, path: str, one: Callable[[Any, str], None]) -> None:
    if not isinstance(values, list):
        raise CardFault(f"{path} must be an array")
    for number, value in enumerate(values):
        one(value, f"{path}/{number}")


def _known(value: Any, path: str, needs: dict[str, tuple[str, ...]]) -> bool:
    """Whether the type is known; an unknown one with a fallback is drawn as that. Checks what every type shares."""
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise CardFault(f"{path}/type is missing")
    if value["type"] not in needs:
        if value.get("fallback") == "drop" or isinstance(value.get("fallback"), dict):
            return False
        raise CardFault(f"{path}/type {value['type']} is unknown")
    for name in needs[value["type"]]:
        if value.get(name) in (None, ""):
            raise CardFault(f"{path}/{name} is missing")
    for name in STRINGS:
        if name in value and not isinstance(value[name], str):
            raise CardFault(f"{path}/{name} must be text")
    for name in BOOLEANS:
        if name in value and not isinstance(value[name], bool):
            raise CardFault(f"{path}/{name} must be true or false")
    for name, allowed in ENUMS.items():
        if name in value and str(value[name]).lower() not in allowed:
            raise CardFault(f"{path}/{name} {value[name]} is unknown")
    return True


def _element(value: Any, path: str) -> None:
    if not _known(value, path, NEEDS):
        return
    for name in ("items", "columns"):
        if name in value:
            _each(value[name], f"{path}/{name}", _element)
    if "actions" in value:
        _each(value["actions"], f"{path}/actions", _action)
    if "selectAction" in value:
        _action(value["selectAction"], f"{path}/selectAction")
    match value["type"]:
        case "FactSet":
            _each(value["facts"], f"{path}/facts", _pair("title", "value"))
        case "Input.ChoiceSet":
            _each(value.get("choices", []), f"{path}/choices", _pair("title", "value"))
            if value.get("style", "compact") not in ("compact", "expanded", "filtered"):
                raise CardFault(f"{path}/style is unknown")
        case "RichTextBlock":
            _each(value["inlines"], f"{path}/inlines", _inline)
        case "Table":
            _each(value.get("rows", []), f"{path}/rows", _row)


def _pair(*names: str) -> Callable[[Any, str], None]:
    def one(value: Any, path: str) -> None:
        for name in names:
            if not isinstance(value, dict) or not isinstance(value.get(name), str):
                raise CardFault(f"{path}/{name} must be text")

    return one


def _inline(value: Any, path: str) -> None:
    if not isinstance(value, str) and not (isinstance(value, dict) and isinstance(value.get("text"), str)):
        raise CardFault(f"{path} must be a run of text")


def _row(value: Any, path: str) -> None:
    for number, cell in enumerate(value.get("cells", []) if isinstance(value, dict) else ()):
        _each(cell.get("items", []), f"{path}/cells/{number}/items", _element)


def _action(value: Any, path: str) -> None:
    if not _known(value, path, ACTIONS):
        return
    if value.get("style", "default") not in STYLES:
        raise CardFault(f"{path}/style is unknown")
    if value["type"] in ("Action.Execute", "Action.Submit") and not isinstance(value.get("data", {}), dict | str):
        raise CardFault(f"{path}/data must be an object or text")
    if value["type"] == "Action.OpenUrl" and "://" not in value["url"] and not value["url"].startswith("mailto:"):
        raise CardFault(f"{path}/url must be a whole address")
    if isinstance(value.get("fallback"), dict):
        _action(value["fallback"], f"{path}/fallback")
    if value["type"] == "Action.ShowCard":
        check({"version": "1.5", **value["card"]})


# -- what a person sees --------------------------------------------------------------------------


def elements(card: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every element, top to bottom, containers before what is inside."""
    for element in card.get("body", ()):
        yield from _within(element)


def _within(element: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if element["type"] not in NEEDS:
        fallback = element.get("fallback")
        if isinstance(fallback, dict):
            yield from _within(fallback)
        return
    yield element
    for name in ("items", "columns"):
        for inner in element.get(name, ()):
            yield from _within(inner)
    for row in element.get("rows", ()):
        for cell in row.get("cells", ()):
            for inner in cell.get("items", ()):
                yield from _within(inner)


def actions(card: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything that can be pressed: in the body first, then the card's own."""
    for element in elements(card):
        yield from element.get("actions", ())
        if "selectAction" in element:
            yield element["selectAction"]
    yield from card.get("actions", ())


def lines(card: dict[str, Any]) -> list[str]:
    """The words on a card, top to bottom."""
    found: list[str] = []
    for element in elements(card):
        match element["type"]:
            case "TextBlock":
                found.append(element["text"])
            case "RichTextBlock":
                runs = (run if isinstance(run, str) else run["text"] for run in element["inlines"])
                found.append("".join(runs))
            case "FactSet":
                found.extend(f"{fact['title']} {fact['value']}" for fact in element["facts"])
            case "Input.Text" | "Input.ChoiceSet" if element.get("label"):
                found.append(element["label"])
    return found


def buttons(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Labels with the address behind them, where there is one."""
    return [{"label": a.get("title", ""), "url": a.get("url")} for a in actions(card)]


def inputs(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [element for element in elements(card) if element["type"].startswith("Input.")]


def choices(card: dict[str, Any]) -> list[str]:
    sets = [element for element in inputs(card) if element["type"] == "Input.ChoiceSet"]
    return [choice["title"] for element in sets for choice in element.get("choices", ())]
