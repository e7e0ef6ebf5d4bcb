"""Checks the chatbot's cards, and reads their words, buttons and choices.

The documented blocks; the second-hand limits (text 4,096, button 40, five buttons, 100 options) are enforced.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.zoom.tokens import ZoomFault


def check(content: Any) -> dict[str, Any]:
    """The content, or 400/7001 with the fault."""
    if not isinstance(content, dict):
        raise _bad("content must be an object")
    head = content.get("head")
    if not isinstance(head, dict) or not isinstance(head.get("text"), str) or not head["text"]:
        raise _bad("content.head.text is required")
    body = content.get("body", [])
    if not isinstance(body, list):
        raise _bad("content.body must be an array")
    for number, block in enumerate(body):
        _block(block, f"content.body[{number}]")
    return content


def _bad(words: str) -> ZoomFault:
    return ZoomFault(400, 7001, words)


def _block(block: Any, path: str) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    match kind:
        case "message":
            if not isinstance(block.get("text"), str) or not 1 <= len(block["text"]) <= 4_096:
                raise _bad(f"{path}.text must have 1 to 4096 characters")
            link = block.get("link")
            if link is not None and not str(link).startswith(("http://", "https://")):
                raise _bad(f"{path}.link is no address")
        case "actions":
            _items(block, path, 5)
            for item in block["items"]:
                if not item.get("text") or len(item["text"]) > 40 or not isinstance(item.get("value"), str):
                    raise _bad(f"{path}: button text must have 1 to 40 characters, value is required")
                if item.get("style", "Default") not in ("Primary", "Default", "Danger", "Disabled"):
                    raise _bad(f"{path}: unknown style")
        case "fields":
            _items(block, path, 50)
            for item in block["items"]:
                if len(str(item.get("key", ""))) > 256 or len(str(item.get("value", ""))) > 256:
                    raise _bad(f"{path}: key or value too long")
        case "select":
            options = block.get("select_items")
            if not isinstance(options, list) or not 1 <= len(options) <= 100:
                raise _bad(f"{path}.select_items must hold 1 to 100 items")
        case _:
            raise _bad(f"{path}: unsupported block type")


def _items(block: dict[str, Any], path: str, most: int) -> None:
    items = block.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= most:
        raise _bad(f"{path}.items must hold 1 to {most} items")


# -- what a person sees --------------------------------------------------------------------------


def lines(content: dict[str, Any]) -> list[str]:
    found = [content["head"]["text"]]
    for block in content.get("body", ()):
        if block["type"] == "message" and not block.get("link"):
            found.append(block["text"])
        elif block["type"] == "fields":
            found.extend(f"{i['value']} {i['key']}" for i in block["items"])
    return found


def buttons(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Buttons, and links that stand in for buttons with an address."""
    for block in content.get("body", ()):
        if block["type"] == "message" and block.get("link"):
            yield {"label": block["text"], "url": block["link"], "item": None}
        elif block["type"] == "actions":
            for item in block["items"]:
                yield {"label": item["text"], "url": None, "item": item}


def options(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for block in content.get("body", ()):
        if block["type"] == "select":
            yield from block["select_items"]
