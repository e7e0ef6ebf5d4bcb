"""Webex's text and ours: HTML as clients and the API show a message, Markdown as the API takes it.

Whatever a person wrote is escaped: nothing of it formats, links or mentions; ``<@all>`` least of all.
Source: developer.webex.com/docs/basics (formatting messages).
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.text import Block, BlockKind, RichText, Span, Style, of, plain, shown
from platforms.html import Dialect, Mention, named, read_html

LIMIT = 7_439
"""Bytes of ``text`` and of ``markdown`` (developer.webex.com/docs/api/v1/messages)."""
NO_MENTION = "<\u200b@"
"""Within code, where nothing can be escaped, a mention is broken by a character without width."""


# -- reading -------------------------------------------------------------------------------------


def _whole(words: str) -> str:
    """With the mentions that were broken on the way out."""
    return words.replace(NO_MENTION, "<@")


DIALECT = Dialect(mention="spark-mention", called="data-object-id", clean=_whole)


def read(message: Mapping[str, Any], mention: Mention = named) -> RichText:
    """The best form there is: HTML, then Markdown as it was posted, then plain text."""

    def mentioned(person: str, name: str) -> str:
        # Only a group is mentioned without an id.
        return mention(person, name) if person else named("", name or "all")

    html = message.get("html")
    if isinstance(html, str) and html.strip():
        found = read_html(html, DIALECT, mentioned)
        if found.blocks:
            return found
    for form in ("markdown", "text"):
        words = message.get(form)
        if isinstance(words, str) and words:
            return of(_whole(words))
    return RichText()


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
