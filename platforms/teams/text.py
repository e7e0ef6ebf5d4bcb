"""Teams' HTML and ours: what people's clients and Graph show as untrusted HTML, and what may be written.

Whatever a person wrote is escaped: nothing of it formats, links or mentions. Fetches no picture and no file.
Source: learn.microsoft.com/graph/api/resources/chatmessage and microsoftteams/platform/bots/how-to/format-your-bot-messages.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.text import Block, BlockKind, RichText, Span, Style, of, plain, shown
from bot.words import say

LIMIT = 24 * 1024
"""Bytes of a body with its markup; Graph refuses messages above about 28 KB as a whole."""
STYLES = {
    "strong": Style.BOLD,
    "b": Style.BOLD,
    "em": Style.ITALIC,
    "i": Style.ITALIC,
    "s": Style.STRIKE,
    "strike": Style.STRIKE,
    "del": Style.STRIKE,
    "code": Style.CODE,
    **{f"h{level}": Style.BOLD for level in range(1, 7)},
}
CODE = {"pre", "codeblock"}
BLOCKS = {
    "p",
    "div",
    "blockquote",
    "ul",
    "ol",
    "li",
    "hr",
    "table",
    "tr",
    *CODE,
    *(f"h{level}" for level in range(1, 7)),
}
HIDDEN = {"-comment", "script", "style", "template", "title", "head"}
WEB = ("http://", "https://", "mailto:")
BLANKS = re.compile(r"[ \t\r\n\f\u00a0]+")
MARK = re.compile(r"<(?=/?(?:at|attachment|emoji|img|systemEventMessage)\b)", re.IGNORECASE)
NO_MARK = "<\u200b"
"""Plain words cannot be escaped: what looks like one of Teams' marks is broken by a character without width."""
LONGEST_NAME = 100

Mention = Callable[[str, str], str]
"""What stands for a mentioned person: the mention's number, the name."""


def named(number: str, name: str) -> str:
    return name if name.startswith("@") else f"@{name}"


def mentions(entities: Iterable[Mapping[str, Any]], bot: str) -> list[str]:
    """How an activity's text mentions the bot, as often as it does. ``bot``: its id, ``28:`` and the app's."""
    found = []
    for entity in entities:
        mentioned = entity.get("mentioned") if entity.get("type") == "mention" else None
        words = entity.get("text")
        if isinstance(mentioned, dict) and str(mentioned.get("id", "")).lower() == bot.lower():
            found += [words] if isinstance(words, str) and words else []
    return found


# -- reading -------------------------------------------------------------------------------------


def read(content: str, kind: str = "html", mention: Mention | None = None) -> RichText:
    """A body by its ``contentType``. Tolerant: unknown elements lose their form and keep their words."""
    if kind.lower() == "text":
        return of(content.replace(NO_MARK, "<").replace("\r\n", "\n"))
    reader = _Reader(mention or named)
    body = LexborHTMLParser(content.encode("utf-8", "replace").decode()).body
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
class _Open:
    """An element under way; what it and those around it make of words."""

    tag: str
    number: str = ""
    """Of a mention."""
    style: Style = Style.PLAIN
    link: str | None = None
    anchor: int = 0
    """Which link of the document it belongs to: two of them stay two, though they lead to the same place."""


class _Reader:
    """Gathers blocks while the elements of a document pass by. Each costs the same, however deep it lies."""

    def __init__(self, mention: Mention) -> None:
        self.mention = mention
        self.blocks: list[Block] = []
        self.spans: list[Span] = []
        self.open: list[_Open] = [_Open("body")]
        self.inside: Counter[str] = Counter()
        """How many elements of a name are under way."""
        self.lists: list[int | None] = []
        """Of each list under way the next item's number; None: without numbers."""
        self.name = ""
        self.anchors = self.last_anchor = 0

    def begin(self, tag: str, given: Mapping[str, str]) -> None:
        match tag:
            case "br":
                self._add("\n")
            case "emoji":
                self._add(given.get("alt", ""))
            case "img":
                self._picture(given)
            case "td" | "th" if self.spans:
                self._add(" | ")
            case "at":
                self.name = ""
        if tag in BLOCKS and not (tag in ("p", "div") and self._item_begins()):
            self._flush()
        if tag in ("ul", "ol"):
            start = given.get("start", "1")
            number = int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 1
            self.lists.append(number if tag == "ol" else None)
        around, href = self.open[-1], given.get("href", "").strip() if tag == "a" else ""
        link, anchor = around.link, around.anchor
        if href.lower().startswith(WEB):
            self.anchors += 1
            link, anchor = href, self.anchors
        style = around.style | STYLES.get(tag, Style.PLAIN)
        self.open.append(_Open(tag, given.get("id", ""), style, link, anchor))
        self.inside[tag] += 1

    def words(self, found: str) -> None:
        if self.inside["at"]:
            self.name += found
        elif self._code():
            self._add(found.replace("\u00a0", " "))
        else:
            self._add(BLANKS.sub(" ", found))

    def end(self) -> None:
        """The innermost element ends; the last call is the document's own."""
        if len(self.open) == 1:
            return
        tag, number = self.open[-1].tag, self.open[-1].number
        if tag == "at" and self.inside["at"] == 1:
            name, self.name = " ".join(self.name.split()), ""
            self._add(self.mention(number, name) if name or number else "")
        elif tag in BLOCKS:
            self._flush()
        if tag in ("ul", "ol"):
            self.lists.pop()
        self.open.pop()
        self.inside[tag] -= 1

    def done(self) -> RichText:
        self._flush()
        return RichText(tuple(self.blocks))

    def _picture(self, given: Mapping[str, str]) -> None:
        """Emoji of older clients are pictures; any other picture stays behind and is named on a line of its own."""
        name = " ".join(given.get("alt", "").split())[:LONGEST_NAME]
        if given.get("itemtype", "").lower().endswith("/emoji"):
            self._add(name)
            return
        self._flush()
        self.blocks.append(Block((Span(say("message.file_left", name=name or "image")),)))

    def _code(self) -> bool:
        return any(self.inside[tag] for tag in CODE)

    def _item_begins(self) -> bool:
        """A paragraph that opens a list item is the item itself."""
        return self.open[-1].tag == "li" and not self.spans

    def _add(self, words: str) -> None:
        code = self._code()
        if not code and (not self.spans or self.spans[-1].text.endswith((" ", "\n"))):
            words = words.lstrip(" ")
        if not words:
            return
        around = self.open[-1]
        style, link = around.style & ~Style.CODE if code else around.style, around.link
        last = self.spans[-1] if self.spans else None
        if last is not None and (last.style, last.link, self.last_anchor) == (style, link, around.anchor):
            self.spans[-1] = Span(last.text + words, style, link)
        else:
            self.spans.append(Span(words, style, link))
        self.last_anchor = around.anchor

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
        spans, self.spans = _trimmed(self.spans, kind is BlockKind.CODE), []
        if spans:
            self.blocks.append(Block(tuple(spans), kind, number))
            if kind is BlockKind.NUMBER:
                self.lists[-1] = number + 1


def _trimmed(spans: list[Span], code: bool) -> list[Span]:
    blank = "\n" if code else " \n"
    found = list(spans)
    while found and not found[-1].text.rstrip(blank):
        found.pop()
    if found:
        last = found[-1]
        found[-1] = Span(last.text.rstrip(blank), last.style, last.link)
    while not code and found and not found[0].text.lstrip(blank):
        found.pop(0)
    if found and not code:
        found[0] = Span(found[0].text.lstrip(blank), found[0].style, found[0].link)
    return found


# -- writing -------------------------------------------------------------------------------------


def write(text: RichText) -> dict[str, str]:
    """A message's ``body``: markup, or plain words where markup would be too long."""
    content = write_html(text)
    # A quotation mark takes two bytes on its way, as what carries it is JSON.
    if len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")) <= LIMIT:
        return {"contentType": "html", "content": content}
    return {"contentType": "text", "content": MARK.sub(NO_MARK, _speakable(plain(text)))}


def write_html(text: RichText) -> str:
    """Only tags that Teams keeps."""
    out: list[str] = []
    under, number = "", 0
    for block in text.blocks:
        listed = {BlockKind.BULLET: "ul", BlockKind.NUMBER: "ol"}.get(block.kind, "")
        if under and (listed != under or (listed == "ol" and block.number != number)):
            out.append(f"</{under}>")
            under = ""
        if listed and not under:
            first = min(max(block.number, 0), 999_999_999)
            out.append("<ul>" if listed == "ul" else "<ol>" if first == 1 else f'<ol start="{first}">')
        under, number = listed, block.number + 1
        out.append(_block(block))
    return "".join([*out, f"</{under}>" if under else ""])


def _block(block: Block) -> str:
    match block.kind:
        case BlockKind.CODE:
            # A parser drops the first line feed behind the tag.
            return f"<pre>\n{_escaped(''.join(shown(span) for span in block.spans))}</pre>"
        case BlockKind.BULLET | BlockKind.NUMBER:
            return f"<li>{_inline(block)}</li>"
        case BlockKind.QUOTE:
            return f"<blockquote>{_inline(block)}</blockquote>"
        case BlockKind.PARAGRAPH:
            return f"<p>{_inline(block)}</p>"


def _inline(block: Block) -> str:
    return "".join(_span(span) for span in block.spans)


def _span(span: Span) -> str:
    link = span.link or ""
    linked = link.startswith(WEB) and bool(span.text.strip())
    made = _escaped(span.text if linked or link.startswith(("http://", "https://")) else shown(span))
    made = made.replace("  ", " &nbsp;").replace("\n", "<br>")
    for flag, tag in ((Style.CODE, "code"), (Style.STRIKE, "s"), (Style.ITALIC, "em"), (Style.BOLD, "strong")):
        if span.style & flag and span.text:
            made = f"<{tag}>{made}</{tag}>"
    return f'<a href="{html.escape(_speakable(link))}">{made}</a>' if linked else made


def _escaped(words: str) -> str:
    return html.escape(_speakable(words), quote=False)


def _speakable(words: str) -> str:
    """Without what no text may hold: control characters, and halves of a character."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", words).encode("utf-8", "replace").decode()
