"""Checks a message's words and its list of spans: lengths, positions, styles. Positions are end-exclusive.

Source: developers.zoom.us/docs/api/team-chat, "send a chat message". Lengths are counted in UTF-16 units here: in which
unit the vendor counts is not documented.
"""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.zoom.pages import invalid

MOST = 1_024
STYLES = {"Bold", "Italic", "Strikethrough", "Underline", "BulletedList", "NumberedList", "Quote"}
ATTRIBUTES = {
    "AddLink": r"https?://\S+",
    "Paragraph": r"h[123]",
    "FontSize": r"[sml]",
    "FontColor": r"[0-9A-Fa-f]{6}",
    "BackgroundColor": r"[0-9A-Fa-f]{6}",
    "LeftIndent": r"[1-9][0-9]*",
}


def words(body: Mapping[str, Any], cuts: bool) -> str:
    """The message; a longer one is refused, or cut without a word."""
    found = body.get("message")
    if not isinstance(found, str) or not found:
        raise invalid("message", "must not be empty")
    units = found.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * MOST:
        return found
    if not cuts:
        raise invalid("message", f"must be at most {MOST} characters")
    return units[: 2 * MOST].decode("utf-16-le", "ignore")


def check(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    marks = body.get("rich_text") or []
    if not isinstance(marks, list):
        raise invalid("rich_text", "must be a list")
    units = str(body.get("message", "")).encode("utf-16-le", "surrogatepass")
    for number, mark in enumerate(marks):
        _mark(mark, units, f"rich_text[{number}]")
    return marks


def _mark(mark: Any, units: bytes, path: str) -> None:
    if not isinstance(mark, dict):
        raise invalid(path, "must be an object")
    start, end, kind = mark.get("start_position"), mark.get("end_position"), mark.get("format_type")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(units) // 2:
        raise invalid(path, "positions must lie within the message")
    if kind in STYLES:
        return
    pattern = ATTRIBUTES.get(str(kind))
    if pattern is None:
        raise invalid(path, "unknown format_type")
    if not re.fullmatch(pattern, str(mark.get("format_attr", ""))):
        raise invalid(path, f"format_attr does not fit {kind}")
    if kind == "AddLink" and "\n" in units[2 * start : 2 * end].decode("utf-16-le", "ignore"):
        raise invalid(path, "a link must not cross a line")
