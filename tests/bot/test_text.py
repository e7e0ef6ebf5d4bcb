"""Rich text: cutting long messages loses nothing and keeps every part within the vendor's limit."""

from hypothesis import given
from hypothesis import strategies as st

from bot.text import Block, BlockKind, RichText, Span, Style, Unit, length, normal, of, plain, prefixed, split

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(" \n👋🏽é"), max_size=400)
spans = st.builds(Span, words, st.sampled_from(list(Style)), st.none() | st.just("https://acme.example/x"))
blocks = st.builds(Block, st.lists(spans, min_size=1, max_size=4).map(tuple), st.sampled_from(list(BlockKind)))
texts = st.lists(blocks, max_size=5).map(lambda b: RichText(tuple(b)))


@given(texts, st.integers(60, 300), st.sampled_from(list(Unit)))
def test_parts_fit_and_hold_every_word(text: RichText, limit: int, unit: Unit) -> None:
    parts = split(text, limit, unit)
    assert all(length(plain(part), unit) <= limit for part in parts)
    whole = "".join(s.text for b in text.blocks for s in b.spans)
    again = "".join(s.text for p in parts for b in p.blocks for s in b.spans)
    for char in set(whole):
        assert again.count(char) >= whole.count(char)


def test_a_short_text_is_one_part_and_unchanged() -> None:
    assert split(of("hello Ann"), 1000, Unit.UTF16) == (of("hello Ann"),)


def test_five_thousand_characters_are_cut_on_words() -> None:
    text = of("Bob writes a very long message to Ann. " * 128)
    parts = split(text, 1000, Unit.UTF16)
    assert len(parts) == 6 or len(parts) == 5
    assert "".join(plain(p) for p in parts) == plain(text)
    assert all(plain(p).endswith(" ") for p in parts)


def test_an_emoji_and_its_skin_tone_stay_together() -> None:
    parts = split(of("x" * 97 + "👋🏽" + "y" * 50), 100, Unit.UTF16)
    assert any("👋🏽" in plain(p) for p in parts)


def test_bytes_are_counted_and_no_character_is_cut() -> None:
    """A wave with its skin tone is two characters of four bytes each, an e with an accent two bytes."""
    for fill in range(90, 101):
        parts = split(of("é" * (fill // 2) + "👋🏽" * 20), 100, Unit.BYTE)
        assert all(length(plain(part), Unit.BYTE) <= 100 for part in parts)
        assert "".join(plain(part) for part in parts) == "é" * (fill // 2) + "👋🏽" * 20
        assert [plain(part).count("👋") for part in parts] == [plain(part).count("🏽") for part in parts]


def test_one_message_is_as_long_as_its_unit_says() -> None:
    wave = "👋🏽é"
    assert [length(wave, unit) for unit in (Unit.CHARACTER, Unit.UTF16, Unit.BYTE)] == [3, 5, 10]


def test_links_are_shown_in_plain_text() -> None:
    text = RichText((Block((Span("see "), Span("notes", link="https://acme.example/n"))),))
    assert plain(text) == "see notes (https://acme.example/n)"


def test_the_normal_form_ignores_marks_and_blanks() -> None:
    assert normal(of("*Hi*  there\n")) == normal(of("Hi there"))
    assert normal(of("Hi there")) != normal(of("Hi where"))


def test_a_message_of_marks_alone_still_has_a_normal_form() -> None:
    assert normal(of("***")) == "***"


def test_words_before_a_quote_stand_on_their_own_line() -> None:
    quote = RichText((Block((Span("said"),), BlockKind.QUOTE),))
    assert plain(prefixed(quote, "(14:02) ")) == "(14:02)\n> said"


def test_text_is_not_in_the_repr() -> None:
    assert "secret" not in repr(of("secret"))
