"""What the platforms share in reading HTML: untrusted markup as neutral text, by each vendor's own dialect.

Pure. Reads only: whoever writes markup does it in the platform's own ``text``. Knows no vendor and fetches nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.text import Block, BlockKind, RichText, Span, Style

HEADINGS = tuple(f"h{level}" for level in range(1, 7))
STYLES = {
    "strong": Style.BOLD,
    "b": Style.BOLD,
    "em": Style.ITALIC,
    "i": Style.ITALIC,
    "s": Style.STRIKE,
    "strike": Style.STRIKE,
    "del": Style.STRIKE,
    "code": Style.CODE,
    **dict.fromkeys(HEADINGS, Style.BOLD),
}
BLOCKS = {"p", "div", "blockquote", "ul", "ol", "li", "hr", "table", "tr", *HEADINGS}
HIDDEN = {"-comment", "script", "style", "template", "title", "head"}
WEB = ("http://", "https://", "mailto:")
BLANKS = re.compile(r"[ \t\r\n\f]+")

Given = Mapping[str, str]
"""An element's attributes."""
Mention = Callable[[str, str], str]
"""What stands for somebody mentioned: what the element calls them, the name. Either may be empty."""


def named(_: str, name: str) -> str:
    return name if name.startswith("@") else f"@{name}"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one vendor's HTML has of its own."""

    mention: str
    """The element around a mentioned name."""
    called: str
    """Its attribute that says who is meant."""
    clean: Callable[[str], str]
    """What was meant by the characters between two tags."""
    code: frozenset[str] = frozenset({"pre"})
    """Elements whose blanks and line feeds count."""
    shown: Mapping[str, Callable[[Given], str | Block]] = field(default_factory=dict)
    """Elements that are seen without holding words: what stands for them, in the line or as a block by itself."""


LONGEST = 200 * 1024
"""Characters of markup, several times what any vendor takes: the parser is slow where somebody nests without end."""


def read_html(markup: str, dialect: Dialect, mention: Mention) -> RichText:
    """Tolerant: unknown elements lose their form and keep their words; what is not closed ends with its parent."""
    reader = _Reader(dialect, mention)
    body = LexborHTMLParser(markup[:LONGEST].encode("utf-8", "replace").decode()).body
    # Not by recursion: nesting has no end that anybody promises.
    waiting: list[LexborNode | None] = [body.child if body is not None else None]
    while waiting:
        node = waiting.pop()
        if node is None:
            reader.end()
            continue
        waiting.append(node.next)
        if node.tag == "-text":
            reader.words(node.text_content or "")
        elif node.tag not in HIDDEN:
            reader.begin(node.tag or "", {name: value or "" for name, value in node.attributes.items()})
            waiting.append(node.child)
    return reader.done()


@dataclass(frozen=True, slots=True)
class _Look:
    """What the elements around some words make of them."""

    style: Style = Style.PLAIN
    link: str | None = None
    anchor: int = 0
    """Which link of the document it belongs to: two of them stay two, though they lead to the same place."""


class _Reader:
    """Gathers blocks while the elements of a document pass by. Each costs the same, however deep it lies."""

    def __init__(self, dialect: Dialect, mention: Mention) -> None:
        self.dialect = dialect
        self.mention = mention
        self.blocks: list[Block] = []
        self.pieces: list[tuple[_Look, str]] = []
        """The words of the next block. Joined only when it ends, so that many of them cost no more than they are."""
        self.open: list[tuple[str, str, _Look]] = [("body", "", _Look())]
        """Elements under way: name, who is meant by a mention, look."""
        self.inside: Counter[str] = Counter()
        """How many elements of a name are under way."""
        self.lists: list[int | None] = []
        """Of each list under way the next item's number; None: without numbers."""
        self.name: list[str] = []
        self.anchors = 0

    def begin(self, tag: str, given: Given) -> None:
        if tag == "br":
            self._add("\n")
        elif tag in ("td", "th") and self.pieces:
            self._add(" | ")
        elif tag in self.dialect.shown:
            self._show(self.dialect.shown[tag](given))
        if self._parts(tag) and not (tag in ("p", "div") and self._item_begins()):
            self._flush()
        if tag in ("ul", "ol"):
            start = given.get("start", "1")
            number = int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 1
            self.lists.append(number if tag == "ol" else None)
        look, href = self.open[-1][2], given.get("href", "").strip() if tag == "a" else ""
        if tag in STYLES:
            look = replace(look, style=look.style | STYLES[tag])
        if href.lower().startswith(WEB):
            self.anchors += 1
            look = replace(look, link=href, anchor=self.anchors)
        self.open.append((tag, given.get(self.dialect.called, ""), look))
        self.inside[tag] += 1

    def words(self, found: str) -> None:
        found = self.dialect.clean(found)
        if self.inside[self.dialect.mention]:
            self.name.append(found)
        else:
            self._add(found if self._code() else BLANKS.sub(" ", found))

    def end(self) -> None:
        """The innermost element ends; the last call is the document's own."""
        if len(self.open) == 1:
            return
        tag, called, _ = self.open[-1]
        if tag == self.dialect.mention and self.inside[tag] == 1:
            name, self.name = " ".join("".join(self.name).split()), []
            self._add(self.mention(called, name))
        elif self._parts(tag):
            self._flush()
        if tag in ("ul", "ol"):
            self.lists.pop()
        self.open.pop()
        self.inside[tag] -= 1

    def done(self) -> RichText:
        self._flush()
        return RichText(tuple(self.blocks))

    def _parts(self, tag: str) -> bool:
        """Whether an element parts what is before it from what is in it."""
        return tag in BLOCKS or tag in self.dialect.code

    def _code(self) -> bool:
        return any(self.inside[tag] for tag in self.dialect.code)

    def _item_begins(self) -> bool:
        """A paragraph that opens a list item is the item itself."""
        return self.open[-1][0] == "li" and not self.pieces

    def _show(self, made: str | Block) -> None:
        if isinstance(made, Block):
            self._flush()
            self.blocks.append(made)
        else:
            self._add(made)

    def _add(self, words: str) -> None:
        code, look = self._code(), self.open[-1][2]
        if not code and (not self.pieces or self.pieces[-1][1].endswith((" ", "\n"))):
            words = words.lstrip(" ")
        if words:
            self.pieces.append((replace(look, style=look.style & ~Style.CODE) if code else look, words))

    def _kind(self) -> tuple[BlockKind, int]:
        if self._code():
            return BlockKind.CODE, 0
        if self.inside["li"]:
            number = self.lists[-1] if self.lists else None
            return (BlockKind.BULLET, 0) if number is None else (BlockKind.NUMBER, number)
        return (BlockKind.QUOTE if self.inside["blockquote"] else BlockKind.PARAGRAPH), 0

    def _flush(self) -> None:
        """What was gathered becomes a block, without the blanks around it."""
        kind, number = self._kind()
        spans, self.pieces = _trimmed(_spans(self.pieces), kind is BlockKind.CODE), []
        if spans:
            self.blocks.append(Block(tuple(spans), kind, number))
            if kind is BlockKind.NUMBER:
                self.lists[-1] = number + 1


def _spans(pieces: list[tuple[_Look, str]]) -> list[Span]:
    """Neighbours of one look are one span."""
    return [
        Span("".join(words for _, words in run), look.style, look.link)
        for look, run in groupby(pieces, key=lambda piece: piece[0])
    ]


def _trimmed(spans: list[Span], code: bool) -> list[Span]:
    """Code keeps the blanks of its lines, and line feeds before its first."""
    blank = "\n" if code else " \n"
    worded = [at for at, span in enumerate(spans) if span.text.strip(blank)]
    if not worded:
        return []
    found = spans[0 if code else worded[0] : worded[-1] + 1]
    found[0] = found[0] if code else replace(found[0], text=found[0].text.lstrip(blank))
    found[-1] = replace(found[-1], text=found[-1].text.rstrip(blank))
    return found
