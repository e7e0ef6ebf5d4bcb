"""Neutral rich text: blocks of spans. What every platform's markup is read into and written from.

Pure. Offsets do not exist here: a platform that counts UTF-16 units or code points does so in its own text file.
"""

import enum
import re
import unicodedata
from dataclasses import dataclass, replace


class Style(enum.IntFlag):
    """How a span looks; combinations are added."""

    PLAIN = 0
    BOLD = 1
    ITALIC = 2
    STRIKE = 4
    CODE = 8


class BlockKind(enum.StrEnum):
    PARAGRAPH = "paragraph"
    QUOTE = "quote"
    CODE = "code"
    BULLET = "bullet"
    NUMBER = "number"


class Unit(enum.StrEnum):
    """In which unit a vendor counts the length of a text."""

    CHARACTER = "character"
    UTF16 = "utf16"
    BYTE = "byte"
    """Of UTF-8."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters of one look. May hold line feeds inside paragraphs and code blocks."""

    text: str
    style: Style = Style.PLAIN
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, quote, code block or one list item."""

    spans: tuple[Span, ...]
    kind: BlockKind = BlockKind.PARAGRAPH
    number: int = 0
    """For ``NUMBER``: what stands before the item."""


@dataclass(frozen=True, slots=True)
class RichText:
    blocks: tuple[Block, ...] = ()

    def __repr__(self) -> str:
        return f"<RichText of {len(self.blocks)} blocks>"


def of(text: str) -> RichText:
    """Plain characters as rich text: one paragraph."""
    return RichText((Block((Span(text),)),)) if text else RichText()


def marker(block: Block) -> str:
    """What stands before a block in its plain form."""
    match block.kind:
        case BlockKind.BULLET:
            return "• "
        case BlockKind.NUMBER:
            return f"{block.number}. "
        case BlockKind.QUOTE:
            return "> "
        case _:
            return ""


def shown(span: Span) -> str:
    """The characters of a span where links cannot be hidden behind words."""
    if span.link is None or span.link.removeprefix("mailto:") == span.text:
        return span.text
    return f"{span.text} ({span.link})"


def plain(text: RichText) -> str:
    """Readable without any markup; a hidden link stands in brackets behind its words."""
    return "\n".join(marker(b) + "".join(shown(s) for s in b.spans) for b in text.blocks)


def normal(text: RichText) -> str:
    """The form in which two platforms' versions of one text are compared: words only, without marks or blanks.

    A vendor may re-space, re-escape or auto-link what we send; letters and digits survive, emoji are kept as they are.
    """
    pieces = (s.text if _web(s) else shown(s) for b in text.blocks for s in b.spans)
    words = unicodedata.normalize("NFKC", "".join(pieces))
    bare = re.sub(r"[\s*_~`>•]+", "", words)
    return bare or "".join(words.split())


def _web(span: Span) -> bool:
    """Whether every platform can hide this span's address behind its words."""
    return span.link is None or span.link.startswith(("http://", "https://"))


def length(text: str, unit: Unit) -> int:
    match unit:
        case Unit.CHARACTER:
            return len(text)
        case Unit.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case Unit.BYTE:
            return len(text.encode("utf-8", "surrogatepass"))


def prefixed(text: RichText, words: str) -> RichText:
    """The same text with some words before it, on the first line."""
    if text.blocks and text.blocks[0].kind is BlockKind.PARAGRAPH:
        first = replace(text.blocks[0], spans=(Span(words), *text.blocks[0].spans))
        return RichText((first, *text.blocks[1:]))
    return RichText((Block((Span(words.rstrip()),)), *text.blocks))


def split(text: RichText, limit: int, unit: Unit) -> tuple[RichText, ...]:
    """Cut into parts whose plain form is at most ``limit`` units long, on block, line or word borders where possible.

    Nothing is lost: the parts' words, one after another, are the words of the whole. A text that fits is one part.
    """
    parts: list[RichText] = []
    blocks: list[Block] = []
    room = limit
    for block in text.blocks:
        for piece in _pieces(block, limit, unit):
            size = length(plain(RichText((piece,))), unit) + (1 if blocks else 0)
            if size > room and blocks:
                parts.append(RichText(tuple(blocks)))
                blocks, room = [], limit
                size -= 1
            blocks.append(piece)
            room -= size
    if blocks or not parts:
        parts.append(RichText(tuple(blocks)))
    return tuple(parts)


def _pieces(block: Block, limit: int, unit: Unit) -> list[Block]:
    """One block cut so that each piece fits by itself."""
    if length(plain(RichText((block,))), unit) <= limit:
        return [block]
    room = limit - length(marker(block), unit)
    pieces: list[Block] = []
    spans: list[Span] = []
    used = 0
    for span in block.spans:
        extra = length(shown(span), unit) - length(span.text, unit)
        if extra >= room // 2:
            span, extra = replace(span, text=shown(span), link=None), 0
        rest = span.text
        while rest:
            take = _fit(rest, room - used - extra, unit)
            if not take and spans:
                pieces.append(replace(block, spans=tuple(spans)))
                spans, used = [], 0
                continue
            take = take or max(1, _fit(rest, room - extra, unit))
            spans.append(replace(span, text=rest[:take]))
            used += length(rest[:take], unit) + extra
            rest = rest[take:]
            if rest:
                pieces.append(replace(block, spans=tuple(spans)))
                spans, used = [], 0
    if spans:
        pieces.append(replace(block, spans=tuple(spans)))
    return pieces


def _fit(text: str, room: int, unit: Unit) -> int:
    """How many leading characters fit into ``room`` units; cut behind a line or a word when one ends in the last half."""
    if length(text, unit) <= room:
        return len(text)
    count = used = 0
    for char in text:
        used += length(char, unit)
        if used > room:
            break
        count += 1
    while count > 0 and _joins(text[count]):
        count -= 1
    for border in ("\n", " "):
        at = text.rfind(border, count // 2, count)
        if at >= 0:
            return at + 1
    return count


def _joins(char: str) -> bool:
    """Whether a character belongs to the one before it (combining mark, joiner, variation selector, skin tone)."""
    return bool(unicodedata.combining(char)) or char in "\u200d\ufe0f\ufe0e" or "\U0001f3fb" <= char <= "\U0001f3ff"
