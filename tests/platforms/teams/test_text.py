"""Teams' HTML and ours: what is read, what is written, and that nothing a person wrote is obeyed."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from selectolax.lexbor import LexborHTMLParser
from teams_tenant import Tenant, coded

from bot.text import Block, BlockKind, RichText, Span, Style, normal, of, plain
from platforms.teams import text

B, IT, C, S = Style.BOLD, Style.ITALIC, Style.CODE, Style.STRIKE
LEFT = "[File “{}” was not carried: files do not cross platforms yet.]"
PICTURE = "https://graph.example/v1.0/chats/19:x/messages/1/hostedContents/aWQ9/$value"
ALLOWED = {"p", "br", "strong", "em", "u", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
BOT = "28:44444444-dddd-4ddd-8ddd-444444444444"


def back(said: RichText) -> RichText:
    """What is read of what was written."""
    body = text.write(said)
    return text.read(body["content"], body["contentType"])


def elements(content: str) -> set[str]:
    """The tags that a browser would see."""
    body = LexborHTMLParser(content).body
    return {node.tag or "" for node in body.css("*")} - {"body"} if body is not None else set()


READ = [
    ("<p>see <strong>the plan</strong></p>", (Block((Span("see "), Span("the plan", B))),)),
    ("<div><div>one</div><div>two</div></div>", (Block((Span("one"),)), Block((Span("two"),)))),
    ("<p>one<br>two<br/>three</p>", (Block((Span("one\ntwo\nthree"),)),)),
    ("<p>a</p>\r\n<p>&nbsp;</p>\r\n<p>b&nbsp;&nbsp;c&nbsp;</p>", (Block((Span("a"),)), Block((Span("b c"),)))),
    ("<p><em><b>x</b></em> <s>y</s><strike>z</strike></p>", None),
    ("<h1>Title</h1>text", (Block((Span("Title", B),)), Block((Span("text"),)))),
    ("<blockquote>\n<p>said</p>\n</blockquote>\n<p>yes</p>", (Block((Span("said"),), BlockKind.QUOTE), Block((Span("yes"),)))),
    (
        '<codeblock class="Python"><code>if x:<br>&nbsp;&nbsp;y &lt; 1</code></codeblock>',
        (Block((Span("if x:\n  y < 1"),), BlockKind.CODE),),
    ),
    ("<pre>\na\n  b</pre>", (Block((Span("a\n  b"),), BlockKind.CODE),)),
    ("<p>run <code>ls</code></p>", (Block((Span("run "), Span("ls", C))),)),
    (
        "<ul><li>a</li><li><p>b</p><ul><li>c</li></ul></li></ul>",
        tuple(Block((Span(word),), BlockKind.BULLET) for word in "abc"),
    ),
    (
        '<ol start="3"><li>a</li><li>b</li></ol>',
        (Block((Span("a"),), BlockKind.NUMBER, 3), Block((Span("b"),), BlockKind.NUMBER, 4)),
    ),
    ('<ol start="-x"><li>a</li></ol>', (Block((Span("a"),), BlockKind.NUMBER, 1),)),
    ('<a href="https://acme.example" title="x">here</a>', (Block((Span("here", Style.PLAIN, "https://acme.example"),)),)),
    ('<a href="mailto:a@acme.example">Ann</a>', (Block((Span("Ann", Style.PLAIN, "mailto:a@acme.example"),)),)),
    ('<a href="javascript:alert(1)">here</a>', (Block((Span("here"),)),)),
    ('<p>Hi <at id="0">Ada</at>&nbsp;<at id="1">Bo <b>K</b></at>!</p>', (Block((Span("Hi @Ada @Bo K!"),)),)),
    ('<p>ok <emoji id="smile" alt="🙂" title="Smile"></emoji></p>', (Block((Span("ok 🙂"),)),)),
    ('<p>ok <img itemtype="http://schema.skype.com/Emoji" alt="😀" src="https://x.example/e.png"></p>', (Block((Span("ok 😀"),)),)),
    ('<attachment id="1767"></attachment><p>yes</p>', (Block((Span("yes"),)),)),
    ('<p>look</p><attachment id="1"/>here', (Block((Span("look"),)), Block((Span("here"),)))),
    (
        f'<p>this <img src="{PICTURE}" width="9" alt="chart"> here</p>',
        (Block((Span("this"),)), Block((Span(LEFT.format("chart")),)), Block((Span("here"),))),
    ),
    (f'<img src="{PICTURE}">', (Block((Span(LEFT.format("image")),)),)),
    ("<systemEventMessage/>", ()),
    ("<p>un<b>closed", (Block((Span("un"), Span("closed", B))),)),
    ("a</b></ul>b</p>c", (Block((Span("ab"),)), Block((Span("c"),)))),
    ("<script>x</script><style>y</style>z", (Block((Span("z"),)),)),
    ('<span style="color:red">red</span><new>er</new>', (Block((Span("reder"),)),)),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", (Block((Span("a | b"),)), Block((Span("c"),)))),
    ("one<hr>two", (Block((Span("one"),)), Block((Span("two"),)))),
    ("", ()),
]  # fmt: skip


@pytest.mark.parametrize(("content", "blocks"), READ, ids=[content[:30] for content, _ in READ])
def test_read(content: str, blocks: tuple[Block, ...] | None) -> None:
    wanted = (Block((Span("x", B | IT), Span(" "), Span("yz", S))),)
    assert text.read(content).blocks == (wanted if blocks is None else blocks)


def test_plain_words_are_not_looked_at_as_markup() -> None:
    assert plain(text.read("2 < 3 <b>x</b>\r\n&nbsp;", "text")) == "2 < 3 <b>x</b>\n&nbsp;"
    assert text.read("", "text") == RichText()


def test_mentions_can_stand_for_something_else() -> None:
    found = text.read('<at id="0">Ada</at> <at id="1">Bo</at>', "html", lambda number, name: f"{number}:{name}")
    assert plain(found) == "0:Ada 1:Bo"


def test_how_the_bot_is_mentioned() -> None:
    at, other = {"id": BOT.upper(), "name": "Mio"}, {"id": "29:1Bob", "name": "Bob"}
    entities: list[dict[str, Any]] = [
        {"type": "mention", "text": "<at>Mio</at>", "mentioned": at},
        {"type": "mention", "text": "<at>Bob</at>", "mentioned": other},
        {"type": "mention", "text": "<at>(Mio).*</at>", "mentioned": at},
        {"type": "mention", "text": None, "mentioned": at},
        {"type": "mention", "text": "x", "mentioned": None},
        {"type": "clientInfo", "text": "<at>no</at>", "mentioned": at},
    ]
    assert text.mentions(entities, BOT) == ["<at>Mio</at>", "<at>(Mio).*</at>"]


WRITTEN = [
    ((Block((Span("a "), Span("b", B), Span(" c"))),), "<p>a <strong>b</strong> c</p>"),
    ((Block((Span("b", B | IT | S),)),), "<p><strong><em><s>b</s></em></strong></p>"),
    ((Block((Span("a  b\n c"),)),), "<p>a &nbsp;b<br> c</p>"),
    ((Block((Span("if x:\n  y < 1"),), BlockKind.CODE),), "<pre>\nif x:\n  y &lt; 1</pre>"),
    (
        (Block((Span("a"),), BlockKind.BULLET), Block((Span("b"),), BlockKind.BULLET), Block((Span("c"),))),
        "<ul><li>a</li><li>b</li></ul><p>c</p>",
    ),
    (
        (Block((Span("a"),), BlockKind.NUMBER, 1), Block((Span("b"),), BlockKind.NUMBER, 2)),
        "<ol><li>a</li><li>b</li></ol>",
    ),
    (
        (Block((Span("a"),), BlockKind.NUMBER, 7), Block((Span("b"),), BlockKind.NUMBER, 1)),
        '<ol start="7"><li>a</li></ol><ol><li>b</li></ol>',
    ),
    ((Block((Span("said"),), BlockKind.QUOTE),), "<blockquote>said</blockquote>"),
    (
        (Block((Span("x", B, 'https://a.example/"><img'),)),),
        '<p><a href="https://a.example/&quot;&gt;&lt;img"><strong>x</strong></a></p>',
    ),
    ((Block((Span("Bo", Style.PLAIN, "tel:1"),)),), "<p>Bo (tel:1)</p>"),
    ((Block((Span("no", Style.PLAIN, "javascript:alert(1)"),)),), "<p>no (javascript:alert(1))</p>"),
    ((Block((Span("a\x00b\ud800"),)),), "<p>ab?</p>"),
]


@pytest.mark.parametrize(("blocks", "content"), WRITTEN, ids=[content[:20] for _, content in WRITTEN])
def test_written(blocks: tuple[Block, ...], content: str) -> None:
    assert text.write(RichText(blocks)) == {"contentType": "html", "content": content}


HOSTILE = (
    '<at id="0">Ann</at>',
    '<attachment id="1"></attachment> <img src="../hostedContents/1/$value">',
    "<script>alert(1)</script><systemEventMessage/>",
    "&lt;b&gt; &amp;nbsp; &#60;b&#62;",
    "</p></body></html><!-- --> ]]>",
    "<a href='https://evil.example'>x</a>",
)


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("kind", [BlockKind.PARAGRAPH, BlockKind.CODE, BlockKind.QUOTE, BlockKind.BULLET])
def test_what_a_person_wrote_formats_links_and_mentions_nothing(words: str, kind: BlockKind) -> None:
    said = RichText((Block((Span("so: ", B), Span(words)), kind),))
    content = text.write(said)["content"]
    assert elements(content) <= ALLOWED - {"a"}
    assert not text.MARK.search(content), "nothing that the vendor counts as one of its marks"
    assert plain(back(said)) == plain(said)


def test_markup_that_grows_too_long_goes_as_plain_words() -> None:
    """And what looks like a mention there is none."""
    said = RichText((Block((Span("&" * 19_000), Span('<at id="0">all</at>', B))),))
    body = text.write(said)
    assert body["contentType"] == "text" and '<at id="0"' not in body["content"]
    assert len(body["content"].encode()) < text.LIMIT
    assert plain(back(said)) == plain(said)


@pytest.mark.parametrize("words", ["ä" * 10_000, "x" * 20_000, "<" * 20_000, "\n" * 100, "🙂" * 5_000])
def test_what_the_program_takes_for_one_part_fits(words: str) -> None:
    assert len(json.dumps(text.write(of(words)), ensure_ascii=False).encode()) <= text.LIMIT + 100


SENT = (
    RichText((Block((Span("see "), Span("the plan", B), Span(" <at id=\"0\">all</at>", IT))), Block((Span("x = 1\n  y"),), BlockKind.CODE))),
    RichText((Block((Span("one"),), BlockKind.NUMBER, 3), Block((Span("here", S, "https://acme.example/?a=1&b"),), BlockKind.QUOTE))),
    of('<attachment id="1"></attachment>' + "&" * 10_000),
)  # fmt: skip


@pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])
@pytest.mark.parametrize("said", SENT, ids=["styles", "blocks", "long"])
async def test_what_bob_writes_to_ann_is_taken_and_read_again(tenant: Tenant, said: RichText, mean: bool) -> None:
    """Though Teams cleans what it is given, the words by which a message is found again stay."""
    tenant.switch(mean=mean)
    bob = await tenant.person("Bob Kim")
    place = f"/chats/{coded(await tenant.chat(bob, 'Bob Kim', 'Ann Lee'))}/messages"
    answer = await bob.post(place, {"body": text.write(said)})
    assert answer.status == 201, answer.body
    shown = (await bob.get(f"{place}/{answer.body['id']}")).body["body"]
    assert normal(text.read(shown["content"], shown["contentType"])) == normal(said)


# Marks that join the character before them are left out: at the beginning of a line they join another one than written.
WORDS = some.text(
    some.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Mn", "Mc", "Me"], exclude_characters="\u200b")
    | some.sampled_from("*_`[]()<>@#-+=.1 \n\\&!|~\"'"),
    min_size=1,
    max_size=25,
) | some.sampled_from(HOSTILE)
SPANS = some.builds(
    Span,
    WORDS,
    some.sampled_from([Style.PLAIN, B, IT, B | IT, C, S]),
    some.none() | some.sampled_from(["https://a.example/x", 'http://a.example/"<&>', "mailto:a@a.example", "tel:1"]),
)


def block(spans: tuple[Span, ...], kind: BlockKind, number: int) -> Block:
    """Code has no links."""
    spans = tuple(replace(s, link=None) for s in spans) if kind is BlockKind.CODE else spans
    return Block(spans, kind, number if kind is BlockKind.NUMBER else 0)


TEXTS = some.builds(
    lambda blocks: RichText(tuple(blocks)),
    some.lists(
        some.builds(block, some.lists(SPANS, min_size=1, max_size=3).map(tuple), some.sampled_from(BlockKind), some.integers(0, 3)),
        min_size=1,
        max_size=4,
    ),
)  # fmt: skip


@given(TEXTS)
def test_whatever_is_written_is_read_with_the_same_words(said: RichText) -> None:
    """The form in which two versions of a text are compared survives, and only allowed tags are used."""
    body = text.write(said)
    assert elements(body["content"]) <= ALLOWED
    assert "".join(normal(back(said)).split()) == "".join(normal(said).split())


PIECES = "<p>|</p>|<ul>|<ol>|<li>|</li>|</ol>|<b>|</b>|<a href='x'>|</a>|<pre>|</pre>|<codeblock>|<at id='0'>|</at>|<at>".split("|")  # fmt: skip
PIECES += [
    "<br>",
    "<td>",
    "<table>",
    "<img alt=x>",
    "<emoji alt=y>",
    "x",
    " ",
    "&nbsp;",
    "&lt;",
    "<!--",
    "<![",
    "<",
    "</",
]


@given(some.text(max_size=200) | some.lists(some.sampled_from(PIECES), max_size=30).map("".join))
def test_any_html_is_read(content: str) -> None:
    for found in text.read(content).blocks:
        assert found.spans


def test_deep_nesting_is_read() -> None:
    assert plain(text.read("<div><b>" * 20_000 + "x")) == "x"
