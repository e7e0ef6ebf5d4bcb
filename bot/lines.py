"""An uploaded file of people, line by line: CSV as spreadsheets write it. Pure, and it holds no line it has given out.

A file whose columns mean nothing is refused as a whole; a line that means nothing is given out with its fault. Kept while
reading are the addresses seen so far, since a person must not stand in a plan twice.
"""

import codecs
import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from bot.commands import EMAIL, LATER
from bot.ids import PlatformId
from bot.words import say

MOST = 200_000
"""Lines in one file."""
BLOCK = 64 * 1024
COLUMNS = ("email", "zoom", "teams", "webex", "slack", "primary", "secondary")
"""What a header may name, in the order in which people are told; other columns are passed over."""
ALSO = {"e-mail": "email", "mail": "email", "msteams": "teams", "secondaries": "secondary"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate."""


class Unreadable(Exception):
    """The file as a whole cannot be used; the message says why, and what would do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One person. ``number``: the line in the file, the header being 1; ``addresses``: column and address in lower case;
    ``fault``: why nobody can be found by it, in words."""

    number: int
    addresses: tuple[tuple[str, str], ...] = ()
    primary: PlatformId | None = None
    secondaries: tuple[PlatformId, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """``guessed``: the file does not say its encoding, and it was read as Windows-1252. ``lines`` raises ``Unreadable``."""

    guessed: bool
    lines: Iterator[Line]


def read(file: BinaryIO, known: Collection[PlatformId]) -> Reading:
    """Begin to read. ``known``: the platforms that are connected here. Raises ``Unreadable``."""
    encoding = _encoding(file)
    file.seek(0)
    guessed = encoding == "cp1252"
    text = io.TextIOWrapper(file, encoding, "replace" if guessed else "strict", newline="")
    lines = _begun(text, known)
    next(lines)
    return Reading(guessed, lines)


def _begun(text: io.TextIOWrapper, known: Collection[PlatformId]) -> Iterator[Line]:
    """An empty line once the header is read, then the lines. The file stays open, since it is the caller's."""
    try:
        header = text.readline(BLOCK)
        text.seek(0)
        rows = csv.reader(text, delimiter=max(",;\t", key=header.count), strict=True)
        columns, width = _columns(next(_safe(rows), []), known)
        yield Line(1)
        yield from _lines(rows, columns, width, known)
    except UnicodeError:
        raise Unreadable(say("file.damaged")) from None
    finally:
        text.detach()


def _encoding(file: BinaryIO) -> str:
    """UTF-16 says so itself; what is not UTF-8 throughout is taken for Windows-1252. Looked at by blocks."""
    file.seek(0)
    head = file.read(BLOCK)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(b"PK") or b"\0" in head:
        raise Unreadable(say("file.no_csv"))
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while head:
            decoder.decode(head)
            head = file.read(BLOCK)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _safe(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows of a file; a broken one ends it in words."""
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable(say("file.broken", line=getattr(rows, "line_num", 1))) from None
        yield row


def _columns(header: Sequence[str], known: Collection[PlatformId]) -> tuple[dict[str, int], int]:
    """Where each column that means something stands, and how many there are in all."""
    names = [cell.strip().lower() for cell in header]
    names = [ALSO.get(name, name) for name in names]
    meant = {*COLUMNS, *known}
    found = {name: names.index(name) for name in names if name in meant}
    twice = next((name for name in found if names.count(name) > 1), "")
    if twice:
        raise Unreadable(say("file.twice", column=twice))
    if not any(name not in ("primary", "secondary") for name in found):
        shown = ", ".join("".join(c for c in cell[:40] if c.isprintable()) for cell in header[:12] if cell.strip())
        raise Unreadable(say("file.columns", found=shown or "–", expected=", ".join(COLUMNS[:5])))
    return found, len(names)


def _lines(
    rows: Iterator[list[str]], columns: Mapping[str, int], width: int, known: Collection[PlatformId]
) -> Iterator[Line]:
    seen: dict[str, int] = {}
    count = 0
    for cells in _safe(rows):
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST:
            raise Unreadable(say("file.long", most=MOST))
        number = int(getattr(rows, "line_num", count + 1))
        line = _line(number, cells, columns, width, known)
        before = [seen[address] for _, address in line.addresses if address in seen]
        if before and not line.fault:
            line = Line(number, fault=say("line.duplicate", line=min(before)))
        for _, address in line.addresses:
            seen.setdefault(address, number)
        yield line


def _line(
    number: int, cells: Sequence[str], columns: Mapping[str, int], width: int, known: Collection[PlatformId]
) -> Line:
    if any(cell.strip() for cell in cells[width:]):
        return Line(number, fault=say("line.columns", count=len(cells), expected=width))
    mine = {name: cells[at] for name, at in columns.items() if at < len(cells) and cells[at].strip()}
    for name, cell in mine.items():
        if cell.startswith(FORMULA) or cell.strip().startswith(FORMULA):
            return Line(number, fault=say("line.formula", column=name))
    addresses = []
    for name, cell in mine.items():
        if name in ("primary", "secondary"):
            continue
        address = cell.strip().lower()
        if len(address) > 254 or not EMAIL.fullmatch(address):
            return Line(number, fault=say("line.no_address", words=address[:60]))
        addresses.append((name, address))
    if not addresses:
        return Line(number, fault=say("line.empty"))
    words = [mine.get("primary", "").strip(), *(part.strip() for part in mine.get("secondary", "").split(";"))]
    platforms = [LATER.get(word.lower(), word.lower()) for word in words]
    unknown = next(
        (word for word, platform in zip(words, platforms, strict=True) if word and platform not in known), ""
    )
    if unknown:
        return Line(number, fault=say("line.platform", words=unknown[:40], platforms=", ".join(sorted(known))))
    primary = PlatformId(platforms[0]) if platforms[0] else None
    others = tuple(dict.fromkeys(PlatformId(platform) for platform in platforms[1:] if platform))
    return Line(number, tuple(addresses), primary, others)
