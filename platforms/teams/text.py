"""Teams' HTML and ours: what people's clients and Graph show as untrusted HTML, and what may be written.

Whatever a person wrote is escaped: nothing of it formats, links or mentions. Fetches no picture and no file.
Source: learn.microsoft.com/graph/api/resources/chatmessage and microsoftteams/platform/bots/how-to/format-your-bot-messages.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.text import Block, BlockKind, RichText, Span, Style, of, plain, shown
from bot.words import say
from platforms.html import WEB, Dialect, Given, Mention, named, read_html

LIMIT = 24 * 1024
"""Bytes of a body with its markup; Graph refuses messages above about 28 KB as a whole."""
MARK = re.compile(r"<(?=/?(?:at|attachment|emoji|img|systemEventMessage)\b)", re.IGNORECASE)
NO_MARK = "<\u200b"
"""Plain words cannot be escaped: what looks like one of Teams' marks is broken by a character without width."""
LONGEST_NAME = 100


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


def _emoji(given: Given) -> str:
    return given.get("alt", "")


def _picture(given: Given) -> str | Block:
    """Emoji of older clients are pictures; any other picture stays behind and is named on a line of its own."""
    name = " ".join(given.get("alt", "").split())[:LONGEST_NAME]
    if given.get("itemtype", "").lower().endswith("/emoji"):
        return name
    return Block((Span(say("message.file_left", name=name or "image")),))


DIALECT = Dialect(
    mention="at",
    called="id",
    clean=lambda words: words.replace("\u00a0", " "),
    code=frozenset({"pre", "codeblock"}),
    shown={"emoji": _emoji, "img": _picture},
)


def read(content: str, kind: str = "html", mention: Mention = named) -> RichText:
    """A body by its ``contentType``. ``mention`` is asked by the mention's number in the message."""
    if kind.lower() == "text":
        return of(content.replace(NO_MARK, "<").replace("\r\n", "\n"))
    return read_html(content, DIALECT, lambda number, name: mention(number, name) if number or name else "")


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
