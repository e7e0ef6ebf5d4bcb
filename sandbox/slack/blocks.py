"""Checks messages and blocks against Slack's limits, and reads the buttons and choices of a card.

Limits: docs.slack.dev block reference; 40,000 characters truncate a text, 4,000 is the most an update takes.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.slack.tokens import SlackFault

TYPES = {"section", "actions", "context", "header", "divider", "rich_text", "image", "input", "markdown"}
PLAIN, SEVERAL = ("button", "static_select"), ("multi_static_select",)
LEAVES = {"text", "link", "emoji", "user", "usergroup", "channel", "broadcast", "date", "color", "team"}


def check(blocks: Any, most: int = 50) -> list[Any]:
    """The blocks, or ``invalid_blocks`` with the path of the fault. A message takes 50, a view 100."""
    if blocks in (None, ""):
        return []
    if not isinstance(blocks, list):
        _bad("/blocks", "must be an array")
    if len(blocks) > most:
        _bad("/blocks", f"no more than {most} items allowed")
    ids = [b["block_id"] for b in blocks if isinstance(b, dict) and "block_id" in b]
    if len(ids) != len(set(ids)):
        _bad("/blocks", "block_id already exists")
    for number, block in enumerate(blocks):
        _block(block, f"/blocks/{number}")
    found: list[Any] = blocks
    return found


def _bad(path: str, words: str) -> None:
    raise SlackFault("invalid_blocks", messages=f"[ERROR] {words} [json-pointer:{path}]")


def _block(block: Any, path: str) -> None:
    if not isinstance(block, dict) or block.get("type") not in TYPES:
        _bad(path, "unsupported type")
    if len(str(block.get("block_id", ""))) > 255:
        _bad(path, "block_id too long")
    match block["type"]:
        case "header":
            _text(block.get("text"), path, 150, ("plain_text",))
        case "section":
            if "text" not in block and "fields" not in block:
                _bad(path, "missing text or fields")
            if "text" in block:
                _text(block["text"], path, 3_000, ("plain_text", "mrkdwn"))
            if "accessory" in block:
                _element(block["accessory"], path, (*PLAIN, *SEVERAL))
            if len(block.get("fields", ())) > 10:
                _bad(path, "no more than 10 fields allowed")
            for field in block.get("fields", ()):
                _text(field, path, 2_000, ("plain_text", "mrkdwn"))
        case "context":
            _many(block, path, 10)
            for element in block["elements"]:
                _text(element, path, 2_000 if element.get("type") == "plain_text" else 3_000, ("plain_text", "mrkdwn"))
        case "actions":
            _many(block, path, 25)
            seen = [e.get("action_id") for e in block["elements"]]
            if len(seen) != len(set(seen)):
                _bad(path, "action_id already exists in this block")
            for element in block["elements"]:
                _element(element, path, PLAIN)
        case "input":
            _text(block.get("label"), path, 2_000, ("plain_text",))
            _element(block.get("element"), path, ("static_select", "plain_text_input", *SEVERAL))
        case "rich_text":
            _many(block, path, 5_000)
            for element in block["elements"]:
                _rich(element, path)


def _many(block: dict[str, Any], path: str, most: int) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements or len(elements) > most:
        _bad(path, f"elements must hold 1 to {most} items")


def _text(value: Any, path: str, most: int, kinds: tuple[str, ...]) -> None:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        _bad(path, "must be a text object")
    words = value.get("text")
    if not isinstance(words, str) or not words:
        _bad(path, "must be more than 0 characters")
    elif len(words) > most:
        _bad(path, f"must be less than {most + 1} characters")


def _element(element: Any, path: str, allowed: tuple[str, ...]) -> None:
    """Which elements a block takes: docs.slack.dev/reference/block-kit/block-elements."""
    if not isinstance(element, dict) or len(str(element.get("action_id", ""))) > 255:
        _bad(path, "bad element")
    if element.get("type") not in allowed:
        _bad(path, "unsupported element")
    match element["type"]:
        case "button":
            _text(element.get("text"), path, 75, ("plain_text",))
            if len(str(element.get("value", ""))) > 2_000 or len(str(element.get("url", ""))) > 3_000:
                _bad(path, "value or url too long")
            if element.get("style") not in (None, "primary", "danger"):
                _bad(path, "unknown style")
        case "static_select" | "multi_static_select":
            if "placeholder" in element:
                _text(element["placeholder"], path, 150, ("plain_text",))
            _options(element.get("options"), path)
            if "initial_options" in element:
                _options(element["initial_options"], path)
                if any(chosen not in element["options"] for chosen in element["initial_options"]):
                    _bad(path, "initial_options must be among the options")


def _options(options: Any, path: str) -> None:
    if not isinstance(options, list) or not 1 <= len(options) <= 100:
        _bad(path, "options must hold 1 to 100 items")
    for option in options:
        _text(option.get("text"), path, 75, ("plain_text",))
        if not 1 <= len(str(option.get("value", ""))) <= 150:
            _bad(path, "option value must have 1 to 150 characters")


def _rich(element: Any, path: str) -> None:
    kind = element.get("type") if isinstance(element, dict) else None
    inner = element.get("elements") if isinstance(element, dict) else None
    if not isinstance(inner, list):
        _bad(path, "rich_text elements missing")
    elif kind == "rich_text_list":
        for item in inner:
            _rich(item, path)
    elif kind in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
        for leaf in inner:
            if leaf.get("type") not in LEAVES or (leaf.get("type") == "text" and not leaf.get("text")):
                _bad(path, "unsupported or empty rich_text element")
    else:
        _bad(path, "unsupported rich_text element")


# -- what a person sees --------------------------------------------------------------------------


def lines(blocks: list[dict[str, Any]]) -> list[str]:
    """The words on a card, top to bottom."""
    found = []
    for block in blocks:
        if block["type"] in ("header", "section") and "text" in block:
            found.append(_shown(block["text"]["text"]))
        elif block["type"] == "context":
            found.extend(_shown(e["text"]) for e in block["elements"])
        elif block["type"] == "input":
            found.append(_shown(block["label"]["text"]))
    return found


def _shown(words: str) -> str:
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def elements(blocks: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Block id and element of every interactive element."""
    for number, block in enumerate(blocks):
        if block["type"] == "actions":
            for element in block["elements"]:
                yield str(block.get("block_id", number)), element
        elif block["type"] == "section" and "accessory" in block:
            yield str(block.get("block_id", number)), block["accessory"]
        elif block["type"] == "input":
            yield str(block.get("block_id", number)), block["element"]
