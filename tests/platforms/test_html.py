"""What the platforms share in reading HTML: the same in every dialect, and at the same cost however deep it lies."""

import sys
from types import FrameType
from typing import Any

import pytest

from bot.text import Block, BlockKind, RichText, Span, Style, plain
from platforms import html
from platforms.html import Dialect, named, read_html
from platforms.teams.text import DIALECT as TEAMS
from platforms.webex.text import DIALECT as WEBEX

HERE = "https://acme.example"
DIALECTS = pytest.mark.parametrize("dialect", [TEAMS, WEBEX], ids=["teams", "webex"])


def linked(words: str) -> Span:
    return Span(words, Style.PLAIN, HERE)


READ = [
    ("<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>", (Block((Span("a | b"),)), Block((Span("c"),)))),
    ("one<hr>two", (Block((Span("one"),)), Block((Span("two"),)))),
    ("<s>a</s><strike>b</strike><del>c</del>", (Block((Span("abc", Style.STRIKE),)),)),
    (f'<a href="{HERE}">a</a><a href="{HERE}">b</a>', (Block((linked("a"), linked("b"))),)),
    (f'<a href=" {HERE}\n">a<b>b</b></a>', (Block((linked("a"), Span("b", Style.BOLD, HERE))),)),
    ("<p><br><b> <br></b>a <br></p>", (Block((Span("a"),)),)),
    ("<pre>\n\n a \n\n</pre>", (Block((Span("\n a "),), BlockKind.CODE),)),
    ("<pre>\n \n</pre>", (Block((Span(" "),), BlockKind.CODE),)),
    ("<pre><br></pre>", ()),
    ("a<script>x</script><style>x</style><title>x</title><template>x</template><!-- x -->b", (Block((Span("ab"),)),)),
    (
        '<ol start="7"><li>a<ul><li>b</li></ul></li><li>c</li></ol>',
        (
            Block((Span("a"),), BlockKind.NUMBER, 7),
            Block((Span("b"),), BlockKind.BULLET),
            Block((Span("c"),), BlockKind.NUMBER, 8),
        ),
    ),
]


@DIALECTS
@pytest.mark.parametrize(("markup", "blocks"), READ, ids=[markup[:30] for markup, _ in READ])
def test_read(dialect: Dialect, markup: str, blocks: tuple[Block, ...]) -> None:
    assert read_html(markup, dialect, named) == RichText(blocks)


@DIALECTS
def test_whoever_is_mentioned_within_a_mention_is_a_part_of_the_name(dialect: Dialect) -> None:
    """No words are lost by it."""
    begin, end = f"<{dialect.mention} {dialect.called}=", f"</{dialect.mention}>"
    markup = f"{begin}1>Ann\n {begin}2><b>Bo</b>{end} Lee{end}, {begin}3>Cy{end}"
    assert plain(read_html(markup, dialect, lambda who, name: f"[{who}:{name}]")) == "[1:Ann Bo Lee], [3:Cy]"


@DIALECTS
def test_a_mention_may_be_without_an_id_or_a_name(dialect: Dialect) -> None:
    markup = f"<{dialect.mention}></{dialect.mention}>"
    assert plain(read_html(markup, dialect, lambda who, name: f"[{who}:{name}]")) == "[:]"


def work(markup: str, dialect: Dialect) -> int:
    """How many lines of the reader run for it, each turn of a loop counted."""
    count = 0

    def trace(frame: FrameType, event: str, given: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename != html.__file__:
            return None
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read_html(markup, dialect, named)
    finally:
        sys.settrace(before)
    return count


NESTS = ("<div>", "<div>x", "<b>x", "<ul><li>x", "<blockquote><p>x", "<pre><br>", f'<div><a href="{HERE}">x')


@DIALECTS
@pytest.mark.parametrize("nest", NESTS)
def test_what_lies_deep_costs_no_more(dialect: Dialect, nest: str) -> None:
    """Twice as deep is twice as much; walking over all open elements would be four times as much."""
    once, twice = work(nest * 100, dialect), work(nest * 200, dialect)
    assert once < twice < 2.1 * once
