"""Slack's markup and our rich text: ``rich_text`` blocks both ways, and mrkdwn where a message has nothing else.

What a person wrote can never mention, link or format by itself on the way out: it travels as text elements.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.text import Block, BlockKind, RichText, Span, Style, plain

STYLES = (("bold", Style.BOLD), ("italic", Style.ITALIC), ("strike", Style.STRIKE), ("code", Style.CODE))
ENTITY = re.compile(r"<([^<>]*)>")


def mentioned(event: Mapping[str, Any]) -> set[str]:
    """Ids of the users that a message mentions, for looking their names up."""
    found = set(re.findall(r"<@([UW][A-Z0-9]+)", str(event.get("text", ""))))
    found.update(_leaf_users(event.get("blocks") or ()))
    return found


def _leaf_users(elements: Iterable[Any]) -> Iterable[str]:
    for element in elements:
        if isinstance(element, dict):
            if element.get("type") == "user":
                yield str(element.get("user_id", ""))
            yield from _leaf_users(element.get("elements") or ())


def read(event: Mapping[str, Any], names: Mapping[str, str]) -> RichText:
    """The text of a message: its ``rich_text`` block when there is one, else its mrkdwn. ``/me`` speaks in italics."""
    found = _read(event, names)
    return _slanted(found) if event.get("subtype") == "me_message" else found


def _read(event: Mapping[str, Any], names: Mapping[str, str]) -> RichText:
    for block in event.get("blocks") or ():
        if isinstance(block, dict) and block.get("type") == "rich_text":
            return RichText(tuple(_blocks(block.get("elements") or (), names)))
    return read_mrkdwn(str(event.get("text") or ""), names)


def _slanted(text: RichText) -> RichText:
    return RichText(
        tuple(replace(b, spans=tuple(replace(s, style=s.style | Style.ITALIC) for s in b.spans)) for b in text.blocks)
    )


def _blocks(elements: Iterable[Any], names: Mapping[str, str]) -> Iterable[Block]:
    for element in elements:
        match element.get("type"):
            case "rich_text_section":
                yield from _section(element, names, BlockKind.PARAGRAPH, 0)
            case "rich_text_quote":
                yield from _section(element, names, BlockKind.QUOTE, 0)
            case "rich_text_preformatted":
                yield from _section(element, names, BlockKind.CODE, 0)
            case "rich_text_list":
                kind = BlockKind.NUMBER if element.get("style") == "ordered" else BlockKind.BULLET
                first = int(element.get("offset") or 0) + 1
                for number, item in enumerate(element.get("elements") or (), first):
                    yield from _section(item, names, kind, number if kind is BlockKind.NUMBER else 0)


def _section(element: Mapping[str, Any], names: Mapping[str, str], kind: BlockKind, number: int) -> Iterable[Block]:
    spans = tuple(span for leaf in element.get("elements") or () for span in _leaf(leaf, names) if span.text)
    if spans and kind is BlockKind.PARAGRAPH and spans[-1].text.endswith("\n"):
        last = spans[-1]
        spans = (*spans[:-1], Span(last.text[:-1], last.style, last.link))
    if spans:
        yield Block(spans, kind, number)


def _leaf(leaf: Mapping[str, Any], names: Mapping[str, str]) -> Iterable[Span]:
    style = Style.PLAIN
    for name, flag in STYLES:
        if (leaf.get("style") or {}).get(name):
            style |= flag
    match leaf.get("type"):
        case "text":
            yield Span(str(leaf.get("text", "")), style)
        case "link":
            url = str(leaf.get("url", ""))
            yield Span(str(leaf.get("text") or url), style, url)
        case "emoji":
            yield Span(_emoji(leaf), style)
        case "user":
            yield Span("@" + names.get(str(leaf.get("user_id")), "somebody"), style)
        case "broadcast":
            yield Span("@" + str(leaf.get("range", "here")), style)
        case "date":
            yield Span(str(leaf.get("fallback", "")), style)
        case "channel":
            yield Span("#…", style)
        case "usergroup" | "team":
            yield Span("@…", style)
        case "color":
            yield Span(str(leaf.get("value", "")), style)


def _emoji(leaf: Mapping[str, Any]) -> str:
    points = str(leaf.get("unicode") or "")
    try:
        return "".join(chr(int(point, 16)) for point in points.split("-")) if points else f":{leaf.get('name')}:"
    except ValueError:
        return f":{leaf.get('name')}:"


def read_mrkdwn(text: str, names: Mapping[str, str]) -> RichText:
    """Plain mrkdwn, as some apps and old clients send it: links and mentions are read, marks stay as they are."""
    spans: list[Span] = []
    at = 0
    for found in ENTITY.finditer(text):
        spans.append(Span(unescape(text[at : found.start()])))
        spans.append(_entity(found[1], names))
        at = found.end()
    spans.append(Span(unescape(text[at:])))
    kept = tuple(span for span in spans if span.text)
    return RichText((Block(kept),)) if kept else RichText()


def _entity(inner: str, names: Mapping[str, str]) -> Span:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return Span("@" + (names.get(target[1:]) or unescape(label) or "somebody"))
    if target.startswith("#"):
        return Span("#" + (unescape(label) or "…"))
    if target.startswith("!"):
        return Span(unescape(label) or "@" + target[1:].split("^")[0])
    address = unescape(target)
    return Span(unescape(label) or address.removeprefix("mailto:"), Style.PLAIN, address)


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# -- writing -------------------------------------------------------------------------------------


def write(text: RichText) -> dict[str, Any]:
    """``text`` and ``blocks`` of a message."""
    elements: list[dict[str, Any]] = []
    last: Block | None = None
    for block in text.blocks:
        if last is not None and _goes_on(last, block):
            elements[-1]["elements"].extend(_write(block)["elements"])
        else:
            elements.append(_write(block))
        last = block
    return {"text": escape(plain(text)), "blocks": [{"type": "rich_text", "elements": elements}]}


def _goes_on(last: Block, block: Block) -> bool:
    """Whether two items belong to one list."""
    if block.kind is BlockKind.BULLET:
        return last.kind is BlockKind.BULLET
    return block.kind is BlockKind.NUMBER and last.kind is BlockKind.NUMBER and block.number == last.number + 1


def _write(block: Block) -> dict[str, Any]:
    leaves = [_write_span(span) for span in block.spans]
    match block.kind:
        case BlockKind.PARAGRAPH:
            return {"type": "rich_text_section", "elements": leaves}
        case BlockKind.QUOTE:
            return {"type": "rich_text_quote", "elements": leaves}
        case BlockKind.CODE:
            return {"type": "rich_text_preformatted", "elements": leaves}
        case BlockKind.BULLET | BlockKind.NUMBER:
            style = "ordered" if block.kind is BlockKind.NUMBER else "bullet"
            item = {"type": "rich_text_section", "elements": leaves}
            made: dict[str, Any] = {"type": "rich_text_list", "style": style, "elements": [item]}
            if block.number > 1:
                made["offset"] = block.number - 1
            return made


def _write_span(span: Span) -> dict[str, Any]:
    leaf: dict[str, Any] = {"type": "text", "text": span.text}
    if span.link is not None:
        leaf = {"type": "link", "url": span.link, "text": span.text}
    style = {name: True for name, flag in STYLES if span.style & flag}
    if style:
        leaf["style"] = style
    return leaf


__all__ = ["ENTITY", "escape", "mentioned", "read", "read_mrkdwn", "unescape", "write"]
