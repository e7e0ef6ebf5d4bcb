"""Webex's HTML and Markdown and ours: what is read, what is written, and that nothing a person wrote is obeyed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.text import Block, BlockKind, RichText, Span, Style, normal, of, plain
from platforms.webex import text
from sandbox.webex.text import rendered

B, IT, C, S = Style.BOLD, Style.ITALIC, Style.CODE, Style.STRIKE


def shown(said: RichText, headings: bool = True) -> tuple[RichText, list[str], list[str]]:
    """What a reader gets of it, and whom it mentions: people, groups."""
    words = text.write(said)
    if "markdown" not in words:
        return text.read(words), [], []
    html, _, people, groups = rendered(words["markdown"], lambda who: (who, who), headings)
    return text.read({"html": html, "text": words["text"]}), people, groups


READ = [
    ("<p>see <strong>the plan</strong></p>", (Block((Span("see "), Span("the plan", B))),)),
    ("<p><em><strong>x</strong></em><code>y</code></p>", (Block((Span("x", B | IT), Span("y", C))),)),
    ("<p>one<br>two<br/>three</p>", (Block((Span("one\ntwo\nthree"),)),)),
    ("<p>a</p>\n<p>b</p>", (Block((Span("a"),)), Block((Span("b"),)))),
    ("<p>a</p><p></p><p> </p>", (Block((Span("a"),)),)),
    ("<h1>Title</h1>text", (Block((Span("Title", B),)), Block((Span("text"),)))),
    ("<blockquote><p>said</p></blockquote>", (Block((Span("said"),), BlockKind.QUOTE),)),
    ("<blockquote>said</blockquote>yes", (Block((Span("said"),), BlockKind.QUOTE), Block((Span("yes"),)))),
    ("<pre><code>if x:\n    y &lt; 1\n</code></pre>", (Block((Span("if x:\n    y < 1"),), BlockKind.CODE),)),
    (
        "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>",
        tuple(Block((Span(word),), BlockKind.BULLET) for word in "abc"),
    ),
    (
        '<ol start="3"><li><p>a</p></li><li>b</li></ol>',
        (Block((Span("a"),), BlockKind.NUMBER, 3), Block((Span("b"),), BlockKind.NUMBER, 4)),
    ),
    ('<ol start="x"><li>a</li></ol>', (Block((Span("a"),), BlockKind.NUMBER, 1),)),
    (
        '<a href="https://acme.example" rel="nofollow">here</a>',
        (Block((Span("here", Style.PLAIN, "https://acme.example"),)),),
    ),
    ('<a href="javascript:alert(1)">here</a>', (Block((Span("here"),)),)),
    (
        '<spark-mention data-object-type="person" data-object-id="X">Bo <b>K</b></spark-mention> hi',
        (Block((Span("@Bo K hi"),)),),
    ),
    ('<spark-mention data-object-type="groupMention">All</spark-mention>', (Block((Span("@All"),)),)),
    ("<p>un<b>closed", (Block((Span("un"), Span("closed", B))),)),
    ("a</b></ul>b</p>c", (Block((Span("ab"),)), Block((Span("c"),)))),
    ("<script>x</script>&amp;lt; &#128075;", None),
    ("<table><tr><td>x</td></tr></table>", (Block((Span("x"),)),)),
    ("  a \n b  ", (Block((Span("a b"),)),)),
    ("<s>old</s>", (Block((Span("old", S),)),)),
    ("<code>&lt;\u200b@all&gt;</code>", (Block((Span("<@all>", C),)),)),
]


@pytest.mark.parametrize(("html", "blocks"), READ, ids=[html[:30] for html, _ in READ])
def test_read(html: str, blocks: tuple[Block, ...] | None) -> None:
    found = text.read({"html": html, "text": "?"})
    assert found.blocks == blocks if blocks is not None else "👋" in plain(found)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"html": "<p>best</p>", "markdown": "*second*", "text": "last"}, "best"),
        ({"markdown": "*second*", "text": "last"}, "*second*"),
        ({"text": "last"}, "last"),
        ({"html": "<p> </p>", "text": "last"}, "last"),
        ({"html": 7, "text": None}, ""),
        ({}, ""),
    ],
)
def test_the_best_form_is_read(message: dict[str, object], words: str) -> None:
    assert plain(text.read(message)) == words


HOSTILE = (
    "<@all>",
    "hey <@personEmail:bo@acme.example|Bo>!",
    "**not bold** *nor this* _nor that_ ~~no~~ `no code`",
    "# no heading\n- no list\n+ none\n1. none\n2) none\n> no quote\n===\n---",
    "[no](https://evil.example) ![none](x) <b>none</b> &amp; &lt;",
    "    no code\n\tnone\n\n\nthree lines on",
    "\\* \\\\ ends with \\",
    "| no | table |",
    "snake_case_words and 2*3*4",
    "https://acme.example/a_b_(c)?x=*1*",
)


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("style", [Style.PLAIN, B, IT, B | IT, C, S])
def test_what_a_person_wrote_formats_links_and_mentions_nothing(words: str, style: Style) -> None:
    said = RichText((Block((Span("so: ", B), Span(words, style))),))
    read, people, groups = shown(said)
    assert (people, groups) == ([], [])
    links = [span.link for block in read.blocks for span in block.spans if span.link]
    assert not links or links == [words]
    squeezed = normal(read)
    assert squeezed == normal(said)
    assert plain(read).replace("\u00a0", " ").split() == plain(said).split()


@pytest.mark.parametrize("words", ["<@all>", "say <@all> in code"])
def test_a_mention_in_code_is_broken_and_read_whole(words: str) -> None:
    for block in (Block((Span(words, C),)), Block((Span(words),), BlockKind.CODE)):
        assert "<@" not in text.write(RichText((block,)))["markdown"]
        read, _, groups = shown(RichText((block,)))
        assert groups == [] and plain(read) == words


def test_plain_words_go_as_they_are() -> None:
    assert text.write(of("2 * 3 # _x_\n> y")) == {"text": "2 * 3 # _x_\n> y"}


def test_markdown_that_grows_too_long_goes_as_plain_words() -> None:
    said = RichText((Block((Span("*" * 5_000, B),)),))
    assert text.write(said) == {"text": "*" * 5_000}


WRITTEN = [
    ((Block((Span("a "), Span("b", B), Span(" c"))),), "a **b** c"),
    ((Block((Span("b ", B), Span("c", B | IT))),), "**b** ***c***"),
    ((Block((Span("x", C), Span(" ` ", C))),), "`x` \\` "),
    ((Block((Span("here", Style.PLAIN, "https://a.example/(x) y"),)),), "[here](https://a.example/%28x%29%20y)"),
    ((Block((Span("Bo", Style.PLAIN, "tel:1"),)),), "Bo \\(tel:1\\)"),
    ((Block((Span("one\ntwo", B),)),), "**one**  \n**two**"),
    ((Block((Span("a"),), BlockKind.BULLET), Block((Span("b\nc"),), BlockKind.BULLET)), "- a\n- b  \n  c"),
    ((Block((Span("a"),), BlockKind.NUMBER, 7), Block((Span("b"),))), "7. a\n\nb"),
    ((Block((Span("a\nb"),), BlockKind.QUOTE),), "> a  \n> b"),
    ((Block((Span("a ``` b"),), BlockKind.CODE),), "````\na ``` b\n````"),
    ((Block((Span("gone", S), Span(" x", B))),), "gone **x**"),
]


@pytest.mark.parametrize(("blocks", "markdown"), WRITTEN, ids=[m[:20] for _, m in WRITTEN])
def test_written(blocks: tuple[Block, ...], markdown: str) -> None:
    assert text.write(RichText(blocks))["markdown"] == markdown


@pytest.mark.parametrize("blocks", [blocks for blocks, _ in WRITTEN if blocks[0].spans[0].link is None])
def test_there_and_back(blocks: tuple[Block, ...]) -> None:
    read, _, _ = shown(RichText(blocks))
    kinds = [(block.kind, block.number) for block in read.blocks]
    assert kinds == [(block.kind, block.number) for block in blocks]
    assert plain(read) == plain(RichText(blocks)).rstrip()


WORDS = some.text(
    some.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u200b\u2028\u2029")
    | some.sampled_from("*_`[]()<>@#-+=.1 \n\\&!|~"),
    min_size=1,
    max_size=25,
)
SPANS = some.builds(
    Span,
    WORDS,
    some.sampled_from([Style.PLAIN, B, IT, B | IT, C, S]),
    some.none() | some.sampled_from(["https://a.example/x", "https://a.example/(y)_*z*"]),
)
KINDS = some.sampled_from([BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.BULLET, BlockKind.CODE])


def block(spans: tuple[Span, ...], kind: BlockKind) -> Block:
    """Code has no links."""
    return Block(tuple(replace(s, link=None) for s in spans) if kind is BlockKind.CODE else spans, kind)


TEXTS = some.builds(
    lambda blocks: RichText(tuple(blocks)),
    some.lists(some.builds(block, some.lists(SPANS, min_size=1, max_size=3).map(tuple), KINDS), min_size=1, max_size=3),
)


@given(TEXTS)
def test_whatever_is_written_is_read_with_the_same_words(said: RichText) -> None:
    """The form in which two versions of a text are compared survives Webex's Markdown, and nobody is mentioned."""
    read, people, groups = shown(said)
    assert (people, groups) == ([], [])
    assert "".join(normal(read).split()) == "".join(normal(said).split())


@given(
    some.text(max_size=200)
    | some.lists(
        some.sampled_from(
            [
                "<p>",
                "</p>",
                "<ul>",
                "<ol>",
                "<li>",
                "</li>",
                "</ol>",
                "<b>",
                "</b>",
                "<a href='x'>",
                "</a>",
                "<pre>",
                "</pre>",
                "<spark-mention>",
                "</spark-mention>",
                "<br>",
                "x",
                " ",
                "&lt;",
                "<!--",
                "<![",
                "<",
                "</",
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_any_html_is_read(html: str) -> None:
    for block in text.read({"html": html}).blocks:
        assert block.spans


def test_deep_nesting_is_read() -> None:
    assert plain(text.read({"html": "<div><b>" * 20_000 + "x"})) == "x"
