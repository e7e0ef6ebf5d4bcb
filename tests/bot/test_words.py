"""The catalogue is complete: every state, reason and outcome has words."""

import string

import pytest

from bot.links import LinkReason, State
from bot.plans import Outcome
from bot.reasons import NEXT_STEPS, OUTCOMES, OWN_STEPS, REASONS, next_step, why
from bot.words import ICONS, WORDS, listed, say, state_words


@pytest.mark.parametrize("reason", LinkReason)
def test_every_reason_has_words_and_a_next_step(reason: LinkReason) -> None:
    """For administrators and for the person, with a day and without; nothing is left to be filled in."""
    assert NEXT_STEPS[reason] and OWN_STEPS[reason]
    assert REASONS[reason] or reason is LinkReason.NONE
    for day in ("", "12 May"):
        for command in (None, "/mio"):
            said = next_step(State.PENDING, reason, day, command)
            assert said and "{" not in said and " ." not in said and not (command and "Reprompt" in said), said
    assert next_step(State.SYNCED, reason, "") == ""


def test_why_says_since_when() -> None:
    assert why(State.NOT_CREATED, LinkReason.DECLINED, "12 May") == " – declined 12 May"
    assert why(State.PENDING, LinkReason.NOT_NOW, "12 May") == " – said “Not now”, since 12 May"
    assert why(State.NOT_CREATED, LinkReason.NONE, "") == " – never asked"
    assert why(State.SYNCED, LinkReason.NONE, "12 May") == ", since 12 May"


@pytest.mark.parametrize("state", State)
def test_an_icon_stands_with_its_word(state: State) -> None:
    assert state_words(state) == f"{ICONS[state]} {state.value}"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_of_a_plan_has_words(outcome: Outcome) -> None:
    assert OUTCOMES[outcome].format(platform="Zoom")


@pytest.mark.parametrize("key", WORDS)
def test_every_sentence_can_be_said(key: str) -> None:
    fields = {name for _, name, _, _ in string.Formatter().parse(WORDS[key]) if name}
    assert say(key, **dict.fromkeys(fields, "x"))


def test_lists_read_like_sentences() -> None:
    assert [listed(w) for w in ([], ["Zoom"], ["Zoom", "Webex"], ["a", "b", "c"])] == [
        "",
        "Zoom",
        "Zoom and Webex",
        "a, b and c",
    ]


@pytest.mark.parametrize(
    ("key", "count", "words"),
    [
        ("closed.reset", 1, "1 person was reset."),
        ("closed.reset", 21, "21 people were reset."),
        ("answer.reprompt", 1, "1 person was asked again."),
        ("import.line.done", 1, "✅ Zoom: 1 person read"),
    ],
)
def test_one_is_not_many(key: str, count: int, words: str) -> None:
    assert say(key, count=count, platform="Zoom") == words
