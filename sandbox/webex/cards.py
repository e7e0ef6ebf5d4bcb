"""Checks adaptive cards as Webex takes them – schema 1.3 and only a part of it – and reads what a person sees on them.

Sources: developer.webex.com/docs/buttons-and-cards, the Adaptive Cards schema 1.3.0. Media and everything of 1.4 are out; five
buttons a card. How large a card may be nobody wrote down: 22,000 bytes, with the mean profile 10,000.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from sandbox.webex.grammar import ACTIONS, ELEMENTS, INPUTS, PARTS, Shape, fits
from sandbox.webex.tokens import WebexFault

KIND = "application/vnd.microsoft.card.adaptive"
BYTES, MEAN_BYTES, BUTTONS = 22_000, 10_000, 5
VERSIONS = ("1.0", "1.1", "1.2", "1.3")
CHILDREN = {"items": ELEMENTS, "columns": PARTS, "images": ELEMENTS, "facts": PARTS, "choices": PARTS}


def check(attachments: Any, mean: bool) -> dict[str, Any]:
    """The one card of a message. Raises 400 with the path of the fault."""
    if not isinstance(attachments, list) or len(attachments) != 1:
        raise _bad("attachments", "only one card per message is supported")
    one = attachments[0]
    if not isinstance(one, dict) or one.get("contentType") != KIND:
        raise _bad("attachments[0].contentType", f"must be {KIND}")
    content = one.get("content")
    if not isinstance(content, dict) or content.get("version") not in VERSIONS:
        raise _bad("content.version", "must be 1.3 or less")
    if len(orjson.dumps(content)) > (MEAN_BYTES if mean else BYTES):
        raise WebexFault(400, 'Unable to post message to room: "The request payload is too big"')
    _card(content, "content")
    ids = [element["id"] for element in elements(content) if element["type"] in INPUTS]
    if len(ids) != len(set(ids)):
        raise _bad("content", "two inputs have the same id")
    return content


def _bad(path: str, words: str) -> WebexFault:
    return WebexFault(400, f"Unable to retrieve content for attachments: {path}: {words}")


def _card(card: Any, path: str) -> None:
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        raise _bad(path, "must be an AdaptiveCard")
    _fields(card, PARTS["AdaptiveCard"], path)
    for number, element in enumerate(_list(card, "body", path)):
        _thing(element, ELEMENTS, f"{path}.body[{number}]")
    for number, action in enumerate(_list(card, "actions", path)):
        _thing(action, ACTIONS, f"{path}.actions[{number}]")
    if len(list(_own_actions(card))) > BUTTONS:
        raise _bad(path, f"no more than {BUTTONS} buttons are supported")


def _list(thing: dict[str, Any], name: str, path: str) -> list[Any]:
    found = thing.get(name, [])
    if not isinstance(found, list):
        raise _bad(f"{path}.{name}", "must be an array")
    return found


def _thing(thing: Any, known: dict[str, Shape], path: str) -> None:
    """An element, an action or a part of one, with all that is within."""
    kind = thing.get("type", _silent(known)) if isinstance(thing, dict) else None
    if kind not in known:
        raise _bad(path, f"unsupported type {kind}")
    _fields(thing, known[kind], path)
    for name, inner in CHILDREN.items():
        for number, child in enumerate(_list(thing, name, path)):
            _thing(child, _within(kind, inner), f"{path}.{name}[{number}]")
    for number, run in enumerate(_list(thing, "inlines", path)):
        if not isinstance(run, str):
            _thing(run, {"TextRun": PARTS["TextRun"]}, f"{path}.inlines[{number}]")
    for number, action in enumerate(_list(thing, "actions", path)):
        _thing(action, ACTIONS, f"{path}.actions[{number}]")
    if kind == "Action.ShowCard":
        _card(thing.get("card"), f"{path}.card")
    if kind in INPUTS and not thing.get("id"):
        raise _bad(path, "an input needs an id")


def _within(kind: str, inner: dict[str, Shape]) -> dict[str, Shape]:
    match kind:
        case "ColumnSet":
            return {"Column": PARTS["Column"]}
        case "FactSet":
            return {"Fact": PARTS["Fact"]}
        case "Input.ChoiceSet":
            return {"Input.Choice": PARTS["Input.Choice"]}
        case "ImageSet":
            return {"Image": ELEMENTS["Image"]}
        case _:
            return inner


def _silent(known: dict[str, Shape]) -> str | None:
    """Columns, facts and choices need not say what they are."""
    return next(iter(known)) if len(known) == 1 else None


def _fields(thing: dict[str, Any], shape: Shape, path: str) -> None:
    for name in shape.required:
        if name not in thing:
            raise _bad(path, f"{name} is required")
    for name, value in thing.items():
        if name not in shape.fields:
            raise _bad(f"{path}.{name}", "unsupported property")
        if not fits(shape.fields[name], value):
            raise _bad(f"{path}.{name}", "has a wrong value")


# -- what a person sees --------------------------------------------------------------------------


def _inside(thing: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("body", "items", "columns", "images"):
        yield from thing.get(name, ())


def elements(card: dict[str, Any], nested: bool = True) -> Iterator[dict[str, Any]]:
    """Every element of a card, top to bottom; with those of the cards behind its buttons."""
    for thing in _inside(card):
        if thing.get("isVisible", True):
            yield {"type": "Column", **thing}
            yield from elements(thing, nested)
    if nested:
        for action in card.get("actions", ()):
            if action["type"] == "Action.ShowCard":
                yield from elements(action["card"])


def _own_actions(card: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for element in elements(card, False):
        yield from element.get("actions", ())
    yield from card.get("actions", ())


def actions(card: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every button, also of the cards behind buttons."""
    for action in _own_actions(card):
        yield action
        if action["type"] == "Action.ShowCard":
            yield from actions(action["card"])


def submits(card: dict[str, Any] | None) -> bool:
    return card is not None and any(a["type"] == "Action.Submit" for a in actions(card))


def lines(card: dict[str, Any]) -> list[str]:
    """The words on a card, top to bottom."""
    found = []
    for element in elements(card):
        match element["type"]:
            case "TextBlock":
                found.append(element["text"])
            case "RichTextBlock":
                found.append("".join(r if isinstance(r, str) else r["text"] for r in element["inlines"]))
            case "FactSet":
                found.extend(f"{fact['title']} {fact['value']}" for fact in element["facts"])
            case kind if kind in INPUTS and element.get("label"):
                found.append(element["label"])
    return found


def buttons(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"label": action.get("title", ""), "url": action.get("url")} for action in actions(card)]


def choices(card: dict[str, Any]) -> list[str]:
    sets = (e for e in elements(card) if e["type"] == "Input.ChoiceSet")
    return [choice["title"] for one in sets for choice in one["choices"]]


def inputs(card: dict[str, Any], filled: dict[str, str], data: Any) -> dict[str, Any]:
    """What a submit carries: the button's data and every input's value. Raises ``ValueError`` for one left empty."""
    found: dict[str, Any] = dict(data) if isinstance(data, dict) else {}
    for element in elements(card):
        if element["type"] in INPUTS:
            value = filled.get(element["id"], _preset(element))
            if element.get("isRequired") and not value:
                raise ValueError(element.get("errorMessage") or f"{element['id']} is required")
            found[element["id"]] = value
    return found


def _preset(element: dict[str, Any]) -> str:
    if element["type"] == "Input.Toggle":
        return str(element.get("value", element.get("valueOff", "false")))
    return str(element.get("value", ""))
