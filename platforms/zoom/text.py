"""Zoom's text and ours: plain characters with a list of spans, offsets in UTF-16 units, end-exclusive.

There is no code style: back-ticks stay as characters. A direct message carries no mentions.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.text import Block, BlockKind, RichText, Span, Style, shown

STYLES = {
    "Bold": Style.BOLD,
    "Italic": Style.ITALIC,
    "Strikethrough": Style.STRIKE,
}
LINES = {
    "BulletedList": BlockKind.BULLET,
    "NumberedList": BlockKind.NUMBER,
    "Quote": BlockKind.QUOTE,
}

KINDS = {kind: name for name, kind in LINES.items()}
MOST = 1_024
"""Longer messages are refused by the API."""


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def read(message: str, spans: Iterable[Mapping[str, Any]]) -> RichText:
    """A message's characters and spans as blocks, one a line."""
    marks = [m for m in map(_mark, spans) if m is not None]
    blocks: list[Block] = []
    at = number = 0
    for line in message.split("\n"):
        end = at + units(line)
        kind = next((LINES[k] for s, e, k, _ in marks if k in LINES and s < max(end, at + 1) and e > at), None)
        number = number + 1 if kind is BlockKind.NUMBER else 0
        pieces = tuple(_pieces(line, at, marks))
        blocks.append(Block(pieces, kind or BlockKind.PARAGRAPH, number))
        at = end + 1
    return RichText(tuple(_joined(blocks)))


def _mark(span: Mapping[str, Any]) -> tuple[int, int, str, str] | None:
    try:
        start, end = int(span["start_position"]), int(span["end_position"])
        return start, end, str(span["format_type"]), str(span.get("format_attr") or "")
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _pieces(line: str, at: int, marks: list[tuple[int, int, str, str]]) -> Iterable[Span]:
    """Runs of one look within a line."""
    run, look, where = "", (Style.PLAIN, ""), at
    for char in line:
        style, link = Style.PLAIN, ""
        for start, end, kind, attr in marks:
            if start <= where < end:
                style |= STYLES.get(kind, Style.PLAIN)
                link = attr if kind == "AddLink" else link
        if (style, link) != look and run:
            yield Span(run, look[0], look[1] or None)
            run = ""
        run, look = run + char, (style, link)
        where += units(char)
    if run:
        yield Span(run, look[0], look[1] or None)


def _joined(blocks: list[Block]) -> Iterable[Block]:
    """Neighbouring plain lines are one paragraph with line feeds."""
    held: Block | None = None
    for block in blocks:
        if held is not None and held.kind is block.kind is BlockKind.PARAGRAPH:
            held = Block((*held.spans, Span("\n"), *block.spans))
            continue
        if held is not None and held.spans:
            yield held
        held = block
    if held is not None and held.spans:
        yield held


def write(text: RichText) -> dict[str, Any]:
    """``message`` and ``rich_text`` of a post. Back-ticks that would make it too long are left out."""
    ticked = _write(text, True)
    return ticked if units(ticked["message"]) <= MOST else _write(text, False)


def _write(text: RichText, ticks: bool) -> dict[str, Any]:
    out = ""
    spans: list[dict[str, Any]] = []
    for number, block in enumerate(text.blocks):
        if number:
            out += "\n"
        start = units(out)
        fence = "```" if ticks and block.kind is BlockKind.CODE else ""
        out += f"{fence}\n" if fence else ""
        for span in block.spans:
            out += _span(span, units(out), spans, ticks)
        out += f"\n{fence}" if fence else ""
        if block.kind in KINDS and units(out) > start:
            kind = KINDS[block.kind]
            spans.append({"start_position": start, "end_position": units(out), "format_type": kind})
    return {"message": out, **({"rich_text": spans} if spans else {})}


def _span(span: Span, at: int, spans: list[dict[str, Any]], ticks: bool) -> str:
    """A span's characters; its marks are added to ``spans``."""
    ticked = ticks and span.style & Style.CODE and span.text.strip()
    words = f"`{span.text}`" if ticked else span.text
    web = span.link is not None and span.link.startswith(("http://", "https://")) and "\n" not in words
    if not web and shown(span) != span.text:
        words = f"{words} ({span.link})"
    end = at + units(words)
    for kind, style in STYLES.items():
        if span.style & style and words.strip():
            spans.append({"start_position": at, "end_position": end, "format_type": kind})
    if web and words:
        mark = {"start_position": at, "end_position": end, "format_type": "AddLink", "format_attr": span.link}
        spans.append(mark)
    return words
