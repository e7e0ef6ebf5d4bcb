"""Webex's text and ours: HTML as clients and the API show a message, Markdown as the API takes it.

Whatever a person wrote is escaped: nothing of it formats, links or mentions; ``<@all>`` least of all.
Source: developer.webex.com/docs/basics (formatting messages).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.text import Block, BlockKind, RichText, Span, Style, of, plain, shown

LIMIT = 7_439
"""Bytes of ``text`` and of ``markdown`` (developer.webex.com/docs/api/v1/messages)."""
STYLES = {
    "strong": Style.BOLD,
    "b": Style.BOLD,
    "em": Style.ITALIC,
    "i": Style.ITALIC,
    "s": Style.STRIKE,
    "del": Style.STRIKE,
    "code": Style.CODE,
    **{f"h{level}": Style.BOLD for level in range(1, 7)},
}
BLOCKS = {"p", "div", "blockquote", "pre", "ul", "ol", "li", *(f"h{level}" for level in range(1, 7))}
HIDDEN = {"-comment", "script", "style", "template", "title"}
WEB = ("http://", "https://", "mailto:")
NO_MENTION = "<\u200b@"
"""Within code, where nothing can be escaped, a mention is broken by a character without width."""

Mention = Callable[[str, str], str]
"""What stands for a mentioned person: id, name."""


# -- reading -------------------------------------------------------------------------------------


def named(person: str, name: str) -> str:
    return name if name.startswith("@") else f"@{name}"


def read(message: Mapping[str, Any], mention: Mention = named) -> RichText:
    """The best form there is: HTML, then Markdown as it was posted, then plain text."""
    html = message.get("html")
    if isinstance(html, str) and html.strip():
        found = read_html(html, mention)
        if found.blocks:
            return found
    for form in ("markdown", "text"):
        words = message.get(form)
        if isinstance(words, str) and words:
            return of(words.replace(NO_MENTION, "<@"))
    return RichText()


def read_html(html: str, mention: Mention = named) -> RichText:
    """Tolerant: unknown elements lose their form and keep their words; what is not closed ends with its parent."""
    reader = _Reader(mention)
    body = LexborHTMLParser(html.encode("utf-8", "replace").decode()).body
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


class _Reader:
    """Gathers blocks while the elements of a document pass by."""

    def __init__(self, mention: Mention) -> None:
        self.mention = mention
        self.blocks: list[Block] = []
        self.spans: list[Span] = []
        self.open: list[tuple[str, str]] = []
        """Elements under way, each with its address (of a link) or its id (of a mention)."""
        self.numbers: list[int] = []
        self.name = ""

    def begin(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "br":
            self._add("\n")
        if tag in BLOCKS and not (tag in ("p", "div") and self._item_begins()):
            self._flush()
        self.open.append((tag, given.get("href", "") if tag == "a" else given.get("data-object-id", "")))
        if tag == "ol":
            start = given.get("start", "1")
            self.numbers.append(int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 1)
        self.name = "" if tag == "spark-mention" else self.name

    def words(self, found: str) -> None:
        found = found.replace(NO_MENTION, "<@")
        if self._in("spark-mention"):
            self.name += found
        elif self._in("pre"):
            self._add(found)
        else:
            self._add(re.sub(r"[ \t\r\n\f]+", " ", found))

    def end(self) -> None:
        """The innermost element ends; the last call is the document's own."""
        if not self.open:
            return
        tag, about = self.open[-1]
        if tag == "spark-mention":
            name, self.name = " ".join(self.name.split()), ""
            self.open[-1] = ("span", "")
            self._add(self.mention(about, name) if about else named("", name or "all"))
        elif tag in BLOCKS:
            self._flush()
        if tag == "ol":
            self.numbers.pop()
        self.open.pop()

    def done(self) -> RichText:
        self._flush()
        return RichText(tuple(self.blocks))

    def _in(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.open)

    def _item_begins(self) -> bool:
        """A paragraph that opens a list item is the item itself."""
        return bool(self.open) and self.open[-1][0] == "li" and not self.spans

    def _add(self, words: str) -> None:
        if not self._in("pre"):
            fresh = not self.spans or self.spans[-1].text.endswith((" ", "\n"))
            words = words.lstrip(" ") if fresh else words
        if not words:
            return
        style, link = Style.PLAIN, None
        for tag, about in self.open:
            style |= STYLES.get(tag, Style.PLAIN)
            link = about if tag == "a" and about.lower().startswith(WEB) else link
        style = style & ~Style.CODE if self._in("pre") else style
        last = self.spans[-1] if self.spans else None
        if last is not None and (last.style, last.link) == (style, link):
            self.spans[-1] = Span(last.text + words, style, link)
        else:
            self.spans.append(Span(words, style, link))

    def _kind(self) -> tuple[BlockKind, int]:
        if self._in("pre"):
            return BlockKind.CODE, 0
        if self._in("li"):
            lists = [name for name, _ in self.open if name in ("ul", "ol")]
            if lists and lists[-1] == "ol" and self.numbers:
                return BlockKind.NUMBER, self.numbers[-1]
            return BlockKind.BULLET, 0
        return (BlockKind.QUOTE if self._in("blockquote") else BlockKind.PARAGRAPH), 0

    def _flush(self) -> None:
        """What was gathered becomes a block, without the blanks around it."""
        kind, number = self._kind()
        spans, self.spans = _trimmed(self.spans, kind is BlockKind.CODE), []
        if spans:
            self.blocks.append(Block(tuple(spans), kind, number))
            if kind is BlockKind.NUMBER:
                self.numbers[-1] += 1


def _trimmed(spans: list[Span], code: bool) -> list[Span]:
    blank = "\n" if code else " \n"
    found = list(spans)
    while found and not found[-1].text.rstrip(blank):
        found.pop()
    if found:
        last = found[-1]
        found[-1] = Span(last.text.rstrip(blank), last.style, last.link)
    return found


# -- writing -------------------------------------------------------------------------------------


def write(text: RichText) -> dict[str, str]:
    """``text``, and ``markdown`` where there is any form to show."""
    words = plain(text)
    if not _formed(text) and "<@" not in words:
        return {"text": words}
    markdown = write_markdown(text)
    if len(markdown.encode()) > LIMIT:
        return {"text": words}
    return {"text": words, "markdown": markdown}


def _formed(text: RichText) -> bool:
    return any(
        block.kind is not BlockKind.PARAGRAPH
        or any(span.style & ~Style.STRIKE or shown(span) != span.text for span in block.spans)
        for block in text.blocks
    )


def write_markdown(text: RichText) -> str:
    out = ""
    last: Block | None = None
    for block in text.blocks:
        tight = last is not None and block.kind is last.kind and block.kind in (BlockKind.BULLET, BlockKind.NUMBER)
        out += ("\n" if tight else "\n\n") if last is not None else ""
        out += _block(block)
        last = block
    return out


def _block(block: Block) -> str:
    match block.kind:
        case BlockKind.PARAGRAPH:
            return "  \n".join(_lines(block.spans))
        case BlockKind.QUOTE:
            return "  \n".join(f"> {line}" for line in _lines(block.spans))
        case BlockKind.CODE:
            words = "".join(shown(span) for span in block.spans).replace("<@", NO_MENTION)
            fence = "`" * max(3, _longest(words) + 1)
            return f"{fence}\n{words}\n{fence}"
        case BlockKind.BULLET:
            return "  \n  ".join(_lines(block.spans, "- "))
        case BlockKind.NUMBER:
            marker = f"{min(max(block.number, 0), 999_999_999)}. "
            return f"  \n{' ' * len(marker)}".join(_lines(block.spans, marker))


def _longest(words: str) -> int:
    return max((len(run) for run in re.findall(r"`+", words)), default=0)


def _lines(spans: tuple[Span, ...], marker: str = "") -> list[str]:
    """Each line of a block in Markdown; the first begins with ``marker``."""
    lines = [""]
    pieces = [(span, piece) for span in spans for piece in _pieces(span)]
    for index, (span, piece) in enumerate(pieces):
        if piece == "\n":
            lines.append("")
            continue
        after = pieces[index + 1][1][:1] if index + 1 < len(pieces) else ""
        lines[-1] += _piece(span, piece, lines[-1], after)
    # A line of nothing would end the block.
    kept = [line if line.strip() else "\u00a0" for line in lines]
    return [marker + kept[0], *kept[1:]]


def _pieces(span: Span) -> list[str]:
    """A span line by line, line feeds by themselves."""
    words = span.text if _web(span) else shown(span)
    return [piece for piece in re.split(r"(\n)", words.replace("\r", "")) if piece]


def _web(span: Span) -> bool:
    return span.link is not None and span.link.startswith(("http://", "https://"))


def _piece(span: Span, words: str, before: str, after: str) -> str:
    """A run of one look. Marks stand close to words, and only where a parser takes them for marks."""
    core = words.strip()
    if not core:
        return words if before else "\u00a0" * len(words)
    lead, tail = words[: words.index(core)], words[words.index(core) + len(core) :]
    lead = lead if before else "\u00a0" * len(lead)
    if span.style & Style.CODE and not before.endswith("`"):
        made = _code(core)
    else:
        made = escape(core, first=not before and not lead)
        marks = "*" * (2 * bool(span.style & Style.BOLD) + bool(span.style & Style.ITALIC))
        made = f"{marks}{made}{marks}" if marks and _stands(before + lead, core, tail + after) else made
    if _web(span):
        made = f"[{made}]({_address(span.link or '')})"
    return f"{lead}{made}{tail}"


def _stands(before: str, core: str, after: str) -> bool:
    """Marks between a word and a punctuation mark, or beside other marks, would be shown instead of obeyed."""
    opens = not before[-1:].isalnum() or core[0].isalnum()
    closes = not after[:1].isalnum() or core[-1].isalnum()
    return opens and closes and not before.endswith("*")


def _code(words: str) -> str:
    words = words.replace("<@", NO_MENTION)
    fence = "`" * (_longest(words) + 1)
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{pad}{words}{pad}{fence}"


def _address(address: str) -> str:
    """An address that can end neither early nor the link."""
    return re.sub(r"[\s()<>\\\[\]`*_|]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), address)


def escape(words: str, *, first: bool = False) -> str:
    """``first``: at the beginning of a line, where a list, a rule or a heading might begin."""
    made = re.sub(r"([\\*_\[\]()#><`~&|])", r"\\\1", words)
    if first:
        made = re.sub(r"^([-+=])", r"\\\1", made)
        made = re.sub(r"^(\d{1,9})\.", r"\1\\.", made)
    return made
