"""Webex's Markdown in, HTML and plain text out, as the API shows a message to its readers. Checks no lengths.

The documented subset: bold, italic, links, lists, quotes, code. Raw HTML is shown, not obeyed. A mention
``<@personEmail:…|Bo>``, ``<@personId:…|Bo>`` or ``<@all>`` becomes a spark-mention. Source: developer.webex.com/docs/basics.
"""

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

Find = Callable[[str], tuple[str, str] | None]
"""Id and name of the person behind an e-mail or an id."""
MENTION = re.compile(r"<@(?:(all)|person(?:Email|Id):([^|>\s]+)(?:\|([^>]*))?)>")
BREAKS = re.compile(r"</(?:p|li|h[1-6]|blockquote|pre)>|<(?:br ?/?|ul|ol|pre)>")


def rendered(markdown: str, find: Find, headings: bool) -> tuple[str, str, list[str], list[str]]:
    """HTML, plain text, people mentioned, groups mentioned."""
    people: list[str] = []
    groups: list[str] = []
    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False})
    parser.disable(["image", *(() if headings else ("heading", "lheading"))])
    parser.inline.ruler.before("autolink", "mention", _mention)
    parser.add_render_rule("mention", _render_mention)
    parser.add_render_rule("link_open", _render_link)
    html: str = parser.render(markdown, {"find": find, "people": people, "groups": groups}).strip()
    return html, plain(html), people, groups


def _mention(state: StateInline, silent: bool) -> bool:
    found = MENTION.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("mention", "spark-mention", 0)
        token.meta = {"all": bool(found[1]), "who": found[2] or "", "name": found[3] or ""}
    state.pos = found.end()
    return True


def _render_mention(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    meta = tokens[index].meta
    if meta["all"]:
        env["groups"].append("all")
        return '<spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention>'
    person = env["find"](meta["who"])
    if person is None:
        return escape(meta["name"] or meta["who"])
    env["people"].append(person[0])
    name = escape(meta["name"] or person[1])
    return f'<spark-mention data-object-type="person" data-object-id="{person[0]}">{name}</spark-mention>'


def _render_link(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    return f'<a href="{escape(str(tokens[index].attrGet("href")))}" rel="nofollow">'


def plain(html: str) -> str:
    """The words without their form; code keeps its lines."""
    parts = re.split(r"(<pre>.*?</pre>)", html, flags=re.DOTALL)
    spaced = (part if part.startswith("<pre>") else part.replace("\n", " ") for part in parts)
    words = unescape(re.sub(r"<[^>]+>", "", BREAKS.sub("\n", "".join(spaced))))
    kept = words if len(parts) > 1 else "\n".join(line.strip() for line in words.split("\n"))
    return re.sub(r"\n\s*\n", "\n", kept).strip()
