"""The settings in force: chat's words over the defaults, the environment's over both, checked alike."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

import platforms
from service.main import program
from service.rules import IN_CHAT, check, fixed, joined, options
from service.settings import Settings, SettingsError, load, read_one
from storage.policies import Pause, Rules, Word

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def given(tmp_path: Path, **environ: str) -> Settings:
    return load({"MIO_DATA_DIR": str(tmp_path), **environ}, platforms.specs(), tmp_path)


def said(**words: str) -> Rules:
    return Rules({name: Word(word, "slack:T1:U1", NOW) for name, word in words.items()}, {})


def test_chat_stands_over_the_default_and_under_the_environment(tmp_path: Path) -> None:
    settings = given(tmp_path, MIO_PROMPT_MAX="5")
    both = joined(settings, said(prompt_every="2d", prompt_max="1", prompt_hours="08:00-12:00"))
    assert (both.prompt_every, both.prompt_max) == (timedelta(days=2), 5)
    assert both.hours.begin == time(8)
    assert fixed(settings, "prompt_max") == "the environment" and not fixed(settings, "prompt_every")


def test_a_word_that_is_not_valid_any_more_is_left_out(tmp_path: Path) -> None:
    both = joined(given(tmp_path), said(prompt_every="soon", bind="0.0.0.0:80", never_heard_of="1", hold="1h"))
    assert both == given(tmp_path).model_copy(update={"hold": timedelta(hours=1)})


@pytest.mark.parametrize("name", IN_CHAT)
def test_what_is_shown_of_a_default_would_set_it(name: str, tmp_path: Path) -> None:
    settings = given(tmp_path)
    shown = options(settings, settings)[name]
    default = Settings.model_fields[name].default
    assert shown.value == shown.default and not shown.fixed
    if shown.value:
        assert read_one(name, shown.value) == default
    else:
        assert default == ""


WRONG = {
    "prompt_every": "0s",
    "prompt_max": "-1",
    "prompt_hours": "17:00-09:00",
    "prompt_days": "someday",
    "removal_guard": "5%",
    "hold": "99999999d",
    "stop_share": "120%",
    "two_person": "many",
    "self_primary": "maybe",
    "company": "two\nlines",
    "help_url": "javascript:alert(1)",
    "timezone": "Atlantis/Capital",
    "language": "tlh",
    "paused": "never",
}


@pytest.mark.parametrize(("name", "word"), WRONG.items())
def test_chat_refuses_what_the_environment_refuses(name: str, word: str, tmp_path: Path) -> None:
    sentence = check(name, word)
    assert sentence.startswith(f"MIO_{name.upper()} must ")
    with pytest.raises(SettingsError) as refused:
        given(tmp_path, **{f"MIO_{name.upper()}": word})
    assert refused.value.problems == (sentence,)


async def test_what_another_process_decided_is_read_and_survives_a_restart(tmp_path: Path) -> None:
    settings = given(tmp_path)
    async with program(settings) as here:
        await here.store.write(lambda tx: tx.policies.set_word("undo_window", Word("1h", "slack:T1:U1", NOW)))
        await here.store.write(lambda tx: tx.policies.pause("zoom", Pause(NOW, "slack:T1:U1")))
        assert here.policy().undo_window == timedelta(hours=72) and not here.policy().pauses
        await here.rules.refresh()
        assert here.policy().undo_window == timedelta(hours=1) and here.policy().pauses["zoom"].since == NOW
        before = here.policy()
        await here.rules.refresh()
        assert here.policy() is before
    async with program(settings) as again:
        assert again.policy().undo_window == timedelta(hours=1) and "zoom" in again.policy().pauses
        await again.store.write(lambda tx: (tx.policies.unset_word("undo_window"), tx.policies.resume("zoom")))
        await again.rules.refresh()
        assert again.policy().undo_window == timedelta(hours=72) and not again.policy().pauses
