"""Checks the chatbot's cards, and reads their words, buttons, choices and fields.

The documented blocks only (developers.zoom.us/docs/chat/customizing-messages); the second-hand limits (text 4,096, button
40, five buttons, field 256, 100 options) are enforced.
"""

from collections.abc import Iterator
from typing import Any

TEXT, LABEL, FIELD, BUTTONS, OPTIONS = 4_096, 40, 256, 5, 100
STYLES = ("Primary", "Default", "Danger", "Disabled")


class BadCard(Exception):
    """What is wrong, and where."""


def check(content: Any) -> dict[str, Any]:
    """The content. Raises ``BadCard``."""
    if not isinstance(content, dict):
        raise BadCard("content must be an object")
    head = content.get("head")
    if not isinstance(head, dict):
        raise BadCard("content.head is required")
    _words(head.get("text"), "content.head.text", TEXT)
    if "sub_head" in head:
        sub = head["sub_head"]
        _words(sub.get("text") if isinstance(sub, dict) else None, "content.head.sub_head.text", TEXT)
    _blocks(content.get("body", []), "content.body")
    return content


def _words(value: Any, path: str, most: int) -> None:
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise BadCard(f"{path} must have 1 to {most} characters")


def _address(value: Any, path: str) -> None:
    if not str(value).startswith(("http://", "https://")):
        raise BadCard(f"{path} is no address")


def _blocks(blocks: Any, path: str) -> None:
    if not isinstance(blocks, list):
        raise BadCard(f"{path} must be an array")
    for number, block in enumerate(blocks):
        _block(block, f"{path}[{number}]")


def _block(block: Any, path: str) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    match kind:
        case "message":
            _words(block.get("text"), f"{path}.text", TEXT)
            if "link" in block:
                _address(block["link"], f"{path}.link")
        case "actions":
            for at, item in _items(block, "items", path, BUTTONS):
                _words(item.get("text"), f"{at}.text", LABEL)
                _words(item.get("value"), f"{at}.value", TEXT)
                if item.get("style", "Default") not in STYLES:
                    raise BadCard(f"{at}.style is unknown")
        case "fields":
            for at, item in _items(block, "items", path, OPTIONS):
                _words(item.get("key"), f"{at}.key", FIELD)
                if not isinstance(item.get("value"), str) or len(item["value"]) > FIELD:
                    raise BadCard(f"{at}.value must have at most {FIELD} characters")
        case "select":
            _words(block.get("text"), f"{path}.text", TEXT)
            for at, item in () if "static_source" in block else _items(block, "select_items", path, OPTIONS):
                _words(item.get("text"), f"{at}.text", TEXT)
                _words(item.get("value"), f"{at}.value", TEXT)
        case "attachments":
            _address(block.get("resource_url"), f"{path}.resource_url")
            _address(block.get("img_url"), f"{path}.img_url")
        case "section":
            if not block.get("sections"):
                raise BadCard(f"{path}.sections is required")
            _blocks(block["sections"], f"{path}.sections")
        case _:
            raise BadCard(f"{path}: unsupported block type")


def _items(block: dict[str, Any], name: str, path: str, most: int) -> Iterator[tuple[str, dict[str, Any]]]:
    items = block.get(name)
    if not isinstance(items, list) or not 1 <= len(items) <= most:
        raise BadCard(f"{path}.{name} must hold 1 to {most} items")
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            raise BadCard(f"{path}.{name}[{number}] must be an object")
        yield f"{path}.{name}[{number}]", item


# -- what a person sees --------------------------------------------------------------------------


def blocks(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Top to bottom, with what stands in sections."""
    waiting = list(reversed(content.get("body", ())))
    while waiting:
        block = waiting.pop()
        yield block
        if block["type"] == "section":
            waiting.extend(reversed(block["sections"]))


def lines(content: dict[str, Any]) -> list[str]:
    head = content["head"]
    found = [head["text"], *([head["sub_head"]["text"]] if "sub_head" in head else ())]
    for block in blocks(content):
        if block["type"] == "message" and not block.get("link"):
            found.append(block["text"])
        elif block["type"] == "fields":
            found.extend(f"{i['value']} {i['key']}" for i in block["items"])
    return found


def buttons(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Buttons, and links that stand in for buttons with an address."""
    for block in blocks(content):
        if block["type"] == "message" and block.get("link"):
            yield {"label": block["text"], "url": block["link"], "item": None}
        elif block["type"] == "actions":
            for item in block["items"]:
                yield {"label": item["text"], "url": None, "item": item}


def options(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for block in blocks(content):
        if block["type"] == "select":
            yield from block.get("select_items", ())


def fields(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Fields that a person may write into. ``editable`` is a boolean in one sample and a word in another."""
    for block in blocks(content):
        if block["type"] == "fields":
            yield from (i for i in block["items"] if str(i.get("editable", "")).lower() == "true")
