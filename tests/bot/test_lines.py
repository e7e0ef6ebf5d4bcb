"""Files of people as spreadsheets write them: what is read, and what is said of every line that means nothing."""

import io
import tracemalloc

import pytest

from bot import sheet
from bot.ids import PlatformId
from bot.lines import MOST, Line, Unreadable, read

SLACK, ZOOM, TEAMS = PlatformId("slack"), PlatformId("zoom"), PlatformId("teams")
KNOWN = (SLACK, ZOOM, TEAMS)


def lines(data: bytes | str) -> list[Line]:
    return list(read(io.BytesIO(data.encode() if isinstance(data, str) else data), KNOWN).lines)


def faults(data: str) -> list[str]:
    return [line.fault for line in lines(data)]


def test_addresses_alone_or_among_other_columns() -> None:
    assert lines("email\nAnn@Acme.example\n\nbob@acme.example\n") == [
        Line(2, (("email", "ann@acme.example"),)),
        Line(4, (("email", "bob@acme.example"),)),
    ]
    assert lines("Name,E-Mail,Floor\nAnn,ann@acme.example,3\n") == [Line(2, (("email", "ann@acme.example"),))]


def test_platforms_columns_and_a_wish_for_each_line() -> None:
    (line,) = lines("zoom;slack;primary;secondary\nann@z.example;ann@s.example;Slack;zoom\n")
    assert line == Line(2, (("zoom", "ann@z.example"), ("slack", "ann@s.example")), SLACK, (ZOOM,))
    (line,) = lines('email,primary,secondary\nann@acme.example,slack,"zoom; MSTeams;zoom"\n')
    assert (line.primary, line.secondaries) == (SLACK, (ZOOM, TEAMS))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    text = f"name{delimiter}email\r\nZoë{delimiter}zoë@acme.example\r\n"
    reading = read(io.BytesIO(text.encode(encoding)), KNOWN)
    assert [line.addresses for line in reading.lines] == [(("email", "zoë@acme.example"),)]
    assert reading.guessed == (encoding == "cp1252")


def test_what_is_wrong_with_a_line_is_said_of_that_line() -> None:
    text = (
        "email,primary\n"
        "ann@acme.example,slack\n"
        "ANN@acme.example,zoom\n"
        "bob@acme.example,skype\n"
        ",zoom\n"
        "bob,zoom\n"
        '"=HYPERLINK(""http://x"")",zoom\n'
        "cleo@acme.example,zoom,more\n"
        "cleo@acme.example,zoom,,\n"
    )
    assert faults(text) == [
        "",
        "the same person as in line 2",
        "unknown platform “skype”; there are slack, teams, zoom",
        "no e-mail address",
        "no e-mail address: “bob”",
        "a formula in column email",
        "3 cells, and 2 columns",
        "",
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+ann@acme.example", "-ann@acme.example", "@sum(a1)", '"\tann@acme.example"'])
def test_formulas_are_nobodys_address(cell: str) -> None:
    assert faults(f"email\n{cell}\n") == ["a formula in column email"]


def test_other_columns_are_named_and_refused_as_a_whole() -> None:
    with pytest.raises(Unreadable, match=r"name, phone.*email, zoom, teams, webex, slack"):
        lines("name,phone\nAnn,7\n")
    with pytest.raises(Unreadable, match="secondary"):
        lines("primary,secondary\nslack,zoom\n")
    with pytest.raises(Unreadable, match="twice"):
        lines("email,mail\na@b.example,c@d.example\n")
    for empty in ("", "\n\n"):
        with pytest.raises(Unreadable):
            lines(empty)


def test_what_is_no_text_is_refused() -> None:
    for data in (b"PK\x03\x04rest", b"email\n\x00\x01\x02", b"\xff\xfee\x00m\x00\x00\xd8x\x00"):
        with pytest.raises(Unreadable):
            lines(data)
    with pytest.raises(Unreadable, match="Line 3"):
        lines('email\nann@acme.example\n"bob@acme.example\n')


def test_a_hundred_thousand_lines_are_not_held() -> None:
    """What stays in memory while reading is far less than the lines themselves."""
    text = "email,note\n" + "".join(f"p{n}@acme.example,{'x' * 200}\n" for n in range(100_000))
    file = io.BytesIO(text.encode())
    size = len(text)
    del text
    tracemalloc.start()
    count = sum(1 for line in read(file, KNOWN).lines if not line.fault)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000 and peak < size, peak


def test_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST >= 100_000
    monkeypatch.setattr("bot.lines.MOST", 3)
    assert len(lines("email\na\nb\nc\n")) == 3
    with pytest.raises(Unreadable, match="more than 3 lines"):
        lines("email\na\nb\nc\nd\n")


def test_what_is_written_is_no_formula_and_is_read_again() -> None:
    text = sheet.MARK + sheet.rows([["name", "email"], ["=cmd|x", "ann@acme.example"], ["-1", None], ["\tx\r", "@y"]])
    assert text.splitlines()[1:3] == ["'=cmd|x,ann@acme.example", "'-1,"]
    assert "'\tx" in text and "'@y" in text
    (line, *_) = lines(text)
    assert line.addresses == (("email", "ann@acme.example"),)
