"""Slack's markup and our rich text, both ways."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.text import Block, BlockKind, RichText, Span, Style, normal, of, plain
from platforms.slack import text


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"text": "fallback", "blocks": [{"type": "rich_text", "elements": list(elements)}]}


def section(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(leaves)}


def words(said: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": said, **({"style": style} if style else {})}


def test_a_rich_text_block_is_read_with_its_looks() -> None:
    event = rich(
        section(words("see "), {"type": "link", "url": "https://a.example/x", "text": "this"}, words("!", bold=True)),
        {"type": "rich_text_list", "style": "bullet", "elements": [section(words("one")), section(words("two"))]},
        {"type": "rich_text_list", "style": "ordered", "offset": 2, "elements": [section(words("third"))]},
        {"type": "rich_text_quote", "elements": [words("said")]},
        {"type": "rich_text_preformatted", "elements": [words("x = 1\ny = 2")]},
    )
    assert text.read(event, {}) == RichText(
        (
            Block((Span("see "), Span("this", Style.PLAIN, "https://a.example/x"), Span("!", Style.BOLD))),
            Block((Span("one"),), BlockKind.BULLET),
            Block((Span("two"),), BlockKind.BULLET),
            Block((Span("third"),), BlockKind.NUMBER, 3),
            Block((Span("said"),), BlockKind.QUOTE),
            Block((Span("x = 1\ny = 2"),), BlockKind.CODE),
        )
    )


def test_emoji_mentions_and_the_rest_become_characters() -> None:
    event = rich(
        section(
            {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fd"},
            {"type": "emoji", "name": "acme"},
            words(" "),
            {"type": "user", "user_id": "U0BOB"},
            {"type": "broadcast", "range": "channel"},
            {"type": "date", "timestamp": 1, "fallback": "today"},
        )
    )
    assert plain(text.read(event, {"U0BOB": "Bob Kim"})) == "👋🏽:acme: @Bob Kim@channeltoday"


def test_text_alone_is_read_as_mrkdwn() -> None:
    said = "see <https://a.example|this &amp; that> or <mailto:a@b.example|a@b.example> <@U0BOB> <!here> &lt;b&gt;"
    assert plain(text.read({"text": said}, {"U0BOB": "Bob"})) == (
        "see this & that (https://a.example) or a@b.example @Bob @here <b>"
    )


def test_me_speaks_in_italics() -> None:
    assert text.read({"subtype": "me_message", "text": "waves"}, {}).blocks[0].spans == (Span("waves", Style.ITALIC),)


def test_nobody_can_mention_or_format_through_us() -> None:
    made = text.write(of("<!channel> *hi* <@U0BOB> &amp;"))
    assert made["text"] == "&lt;!channel&gt; *hi* &lt;@U0BOB&gt; &amp;amp;"
    [block] = made["blocks"]
    assert block["elements"] == [section(words("<!channel> *hi* <@U0BOB> &amp;"))]


def test_items_in_a_row_are_one_list_and_numbers_go_on() -> None:
    items = RichText(
        (
            Block((Span("a"),), BlockKind.BULLET),
            Block((Span("b"),), BlockKind.BULLET),
            Block((Span("c"),), BlockKind.NUMBER, 4),
            Block((Span("d"),), BlockKind.NUMBER, 5),
            Block((Span("e"),), BlockKind.NUMBER, 1),
        )
    )
    lists = text.write(items)["blocks"][0]["elements"]
    assert [(found["style"], found.get("offset"), len(found["elements"])) for found in lists] == [
        ("bullet", None, 2),
        ("ordered", 3, 2),
        ("ordered", None, 1),
    ]
    assert text.read(text.write(items), {}) == items


def test_mentioned_users_are_found_in_both_forms() -> None:
    event = {**rich(section({"type": "user", "user_id": "U1"})), "text": "<@U2|bob> and <@W3>"}
    assert text.mentioned(event) == {"U1", "U2", "W3"}


LINES = some.text(some.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
SPANS = some.builds(
    Span,
    LINES,
    some.sampled_from([Style.PLAIN, Style.BOLD, Style.ITALIC | Style.STRIKE, Style.CODE]),
    some.sampled_from([None, "https://a.example/?q=1&r=<2>"]),
)
BLOCKS = some.builds(
    Block,
    some.lists(SPANS, min_size=1, max_size=3).map(tuple),
    some.sampled_from([BlockKind.PARAGRAPH, BlockKind.QUOTE]),
)


@given(some.lists(BLOCKS, min_size=1, max_size=4).map(lambda found: RichText(tuple(found))))
def test_what_we_write_reads_back_the_same(said: RichText) -> None:
    assert text.read(text.write(said), {}) == said


@given(LINES)
def test_history_without_blocks_still_compares_equal(said: str) -> None:
    alone = {"text": text.write(of(said))["text"]}
    assert normal(text.read(alone, {})) == normal(of(said))


@pytest.mark.parametrize("odd", [{}, {"text": None}, {"blocks": None, "text": ""}, {"blocks": [None, {"type": "x"}]}])
def test_an_empty_message_is_empty(odd: dict[str, Any]) -> None:
    assert text.read(odd, {}) == RichText()
