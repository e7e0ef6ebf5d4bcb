"""Zoom's characters with spans and our rich text, both ways."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.text import Block, BlockKind, RichText, Span, Style, Unit, length, normal, of, plain, split
from platforms.zoom import TRAITS, text
from platforms.zoom.text import MOST, units


def span(start: int, end: int, kind: str, attr: str | None = None) -> dict[str, Any]:
    found = {"start_position": start, "end_position": end, "format_type": kind}
    return {**found, **({"format_attr": attr} if attr is not None else {})}


def test_spans_end_before_their_end() -> None:
    assert text.read("Hello", [span(0, 1, "Bold")]).blocks[0].spans == (Span("H", Style.BOLD), Span("ello"))


def test_lines_of_a_list_and_a_quote_are_blocks() -> None:
    said = "todo\none\ntwo\nfirst\nsecond\nsaid\nend"
    spans = [
        span(5, 12, "BulletedList"),
        span(13, 18, "NumberedList"),
        span(19, 25, "NumberedList"),
        span(27, 28, "Quote"),
    ]
    assert text.read(said, spans) == RichText(
        (
            Block((Span("todo"),)),
            Block((Span("one"),), BlockKind.BULLET),
            Block((Span("two"),), BlockKind.BULLET),
            Block((Span("first"),), BlockKind.NUMBER, 1),
            Block((Span("second"),), BlockKind.NUMBER, 2),
            Block((Span("said"),), BlockKind.QUOTE),
            Block((Span("end"),)),
        )
    )


def test_looks_add_up_and_unknown_ones_are_plain() -> None:
    spans = [span(0, 4, "Bold"), span(2, 4, "Italic"), span(0, 4, "FontSize", "l"), span(0, 4, "Underline")]
    assert text.read("abcd", spans).blocks[0].spans == (Span("ab", Style.BOLD), Span("cd", Style.BOLD | Style.ITALIC))


@pytest.mark.parametrize(
    "odd",
    [
        {},
        span(3, 1, "Bold"),
        span(-5, 0, "Bold"),
        span(900, 1_000, "Bold"),
        {**span(0, 2, "Bold"), "end_position": None},
        {**span(0, 2, "Bold"), "end_position": float("inf")},
        {**span(0, 2, "Bold"), "start_position": []},
        {**span(0, 2, "Bold"), "format_type": None},
    ],
)
def test_an_odd_span_changes_nothing(odd: dict[str, Any]) -> None:
    assert text.read("hi there", [odd]) == of("hi there")


def test_markup_of_other_platforms_is_characters_here() -> None:
    assert text.write(of("*hi* <@U0BOB> @all")) == {"message": "*hi* <@U0BOB> @all"}


def test_a_link_stands_behind_its_words_where_it_cannot_be_hidden() -> None:
    links = [
        Span("this", link="https://a.example"),
        Span(" ann@a.example", link="mailto:ann@a.example"),
        Span("me", link="mailto:bob@a.example"),
        Span("two\nlines", link="https://a.example"),
    ]
    made = text.write(RichText((Block(tuple(links)),)))
    assert made["message"] == (
        "this ann@a.example (mailto:ann@a.example)me (mailto:bob@a.example)two\nlines (https://a.example)"
    )
    assert made["rich_text"] == [span(0, 4, "AddLink", "https://a.example")]
    alone = text.write(RichText((Block((Span("ann@a.example", link="mailto:ann@a.example"),)),)))
    assert alone == {"message": "ann@a.example"}


def test_code_keeps_its_back_ticks() -> None:
    said = RichText((Block((Span("run "), Span("ls", Style.CODE))), Block((Span("x = 1\ny"),), BlockKind.CODE)))
    assert text.write(said) == {"message": "run `ls`\n```\nx = 1\ny\n```"}


def test_back_ticks_give_way_where_they_would_be_too_much() -> None:
    """A part of 1,000 units must not grow over what Zoom takes, however much code is in it."""
    said = RichText((Block(tuple(Span(style, Style.CODE) for style in ["ab"] * 500)),))
    assert text.write(said) == {"message": "ab" * 500}


LINES = some.text(some.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
ASTRAL = some.sampled_from(["👋", "👋🏽", "👩‍👩‍👧", "𝒜", "🇪🇸"])
WORDS = some.builds(lambda before, word: before + word, ASTRAL | some.just(""), LINES)
LOOKS = some.sampled_from([Style.PLAIN, Style.BOLD, Style.ITALIC | Style.STRIKE])
SPANS = some.builds(Span, WORDS, LOOKS, some.sampled_from([None, "https://a.example/?q=1&r=<2>"]))
KINDS = some.sampled_from([BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.BULLET, BlockKind.NUMBER])


def merged(said: RichText) -> RichText:
    """What is left of a text where only looks and lines count: equal neighbours are one, numbers count from 1."""
    blocks: list[Block] = []
    for block in said.blocks:
        number = 0
        if block.kind is BlockKind.NUMBER:
            before = blocks[-1] if blocks else None
            number = before.number + 1 if before is not None and before.kind is BlockKind.NUMBER else 1
        if blocks and block.kind is blocks[-1].kind is BlockKind.PARAGRAPH:
            blocks[-1] = Block((*blocks[-1].spans, Span("\n"), *block.spans))
        else:
            blocks.append(Block(block.spans, block.kind, number))
    return RichText(tuple(Block(tuple(runs(b.spans)), b.kind, b.number) for b in blocks))


def runs(spans: tuple[Span, ...]) -> list[Span]:
    found: list[Span] = []
    for one in spans:
        # Blanks show no look, so none is written; a line feed belongs to no run.
        look = Span(one.text, one.style if one.text.strip() else Style.PLAIN, one.link)
        if (
            found
            and "\n" not in (found[-1].text, look.text)
            and (found[-1].style, found[-1].link) == (look.style, look.link)
        ):
            found[-1] = Span(found[-1].text + look.text, look.style, look.link)
        else:
            found.append(look)
    return found


BLOCKS = some.builds(Block, some.lists(SPANS, min_size=1, max_size=3).map(tuple), KINDS)


@given(some.lists(BLOCKS, min_size=1, max_size=4).map(lambda found: RichText(tuple(found))))
def test_what_we_write_reads_back_the_same(said: RichText) -> None:
    made = text.write(said)
    assert text.read(made["message"], made.get("rich_text", ())) == merged(said)


@given(some.lists(BLOCKS, min_size=1, max_size=4).map(lambda found: RichText(tuple(found))))
def test_every_span_lies_inside_and_no_link_crosses_a_line(said: RichText) -> None:
    made = text.write(said)
    bare = made["message"].encode("utf-16-le")
    for mark in made.get("rich_text", ()):
        start, end = mark["start_position"], mark["end_position"]
        assert 0 <= start < end <= len(bare) // 2
        inside = bare[start * 2 : end * 2].decode("utf-16-le")
        assert mark["format_type"] != "AddLink" or "\n" not in inside


ANY_SPANS = some.builds(
    Span,
    some.text(max_size=300),
    some.sampled_from([Style.PLAIN, Style.CODE, Style.CODE | Style.BOLD]),
    some.sampled_from([None, "https://a.example", "mailto:ann@a.example", "tel:1"]),
)
ANY_BLOCKS = some.builds(Block, some.lists(ANY_SPANS, max_size=8).map(tuple), some.sampled_from(BlockKind))


@given(some.lists(ANY_BLOCKS, max_size=8).map(lambda found: RichText(tuple(found))))
def test_no_part_is_longer_than_zoom_takes(said: RichText) -> None:
    for part in split(said, TRAITS.text_limit, TRAITS.text_unit):
        assert units(text.write(part)["message"]) <= MOST


@given(LINES)
def test_history_without_spans_still_compares_equal(said: str) -> None:
    assert normal(text.read(text.write(of(said))["message"], ())) == normal(of(said))


@given(some.text())
def test_units_are_counted_as_the_splitter_counts(said: str) -> None:
    assert units(said) == length(said, Unit.UTF16)


def test_an_empty_message_is_empty() -> None:
    assert text.read("", ()) == RichText()
    assert plain(text.read("\n", ())) == "\n"
