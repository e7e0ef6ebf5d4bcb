"""Settings in chat: which there are, where their value comes from, changing one. The environment's word wins.

A word is checked by the very rules of the environment, lent through the policy.
"""

import difflib

from bot.commands import Command
from bot.hours import zone
from bot.ids import AccountId
from bot.people import Account
from bot.running import MEANINGS, UNAVAILABLE
from bot.words import say
from cards.content import Answer, Mistake, SettingRow, SettingsCard
from handlers.ctx import Ctx, Option
from storage.policies import Word

LONGEST = 300
DEFAULT = "default"


def settings(ctx: Ctx, actor: Account, command: Command) -> None:
    """All of them, one of them, or a change."""
    name, word = command.setting, command.words
    if not name:
        ctx.show(actor, _all(ctx, actor))
        return
    option = ctx.policy.options.get(name)
    if option is None:
        return _unknown(ctx, actor, name)
    if not word:
        return _one(ctx, actor, name, option)
    setting = f"MIO_{name.upper()}"
    if option.fixed:
        words = say("settings.wins", setting=setting, origin=option.fixed, value=_shown(option.value))
        return _refuse(ctx, actor, words)
    if word.lower() == DEFAULT:
        return _back(ctx, actor, name, option)
    refused = _refusal(ctx, name, word, option)
    if refused:
        return _refuse(ctx, actor, refused)
    _set(ctx, actor, name, word, option)


def _refusal(ctx: Ctx, name: str, word: str, option: Option) -> str:
    """Why this word cannot be; empty when it can."""
    if any(name == held for held, _ in UNAVAILABLE - {("unlinked", "deliver")}):
        return say("settings.not_yet", name=name)
    if (name, word) in UNAVAILABLE:
        return say("settings.not_yet.word", name=name, word=word)
    setting = f"MIO_{name.upper()}"
    problem = ctx.policy.check(name, word)
    if len(word) > LONGEST:
        problem = say("settings.long", setting=setting, most=LONGEST)
    return say("settings.wrong", problem=problem, value=_shown(option.value)) if problem else ""


def _set(ctx: Ctx, actor: Account, name: str, word: str, option: Option) -> None:
    before = ctx.tx.policies.word(name)
    old = before.word if before else option.default
    key = "settings.same" if word in (old, option.value) else "settings.set"
    if key == "settings.set":
        ctx.tx.policies.set_word(name, Word(word, actor.id, ctx.now))
        ctx.tx.acts.add(actor.id, "settings", name, {"old": old, "new": word})
        ctx.ruled = True
    _answer(ctx, actor, say(key, name=name, value=word, old=_shown(old)))


def _back(ctx: Ctx, actor: Account, name: str, option: Option) -> None:
    before = ctx.tx.policies.word(name)
    if before is None:
        return _answer(ctx, actor, say("settings.not_set", name=name, value=_shown(option.value)))
    ctx.tx.policies.unset_word(name)
    ctx.tx.acts.add(actor.id, "settings", name, {"old": before.word, "new": option.default, "default": True})
    ctx.ruled = True
    words = say("settings.back", name=name, value=_shown(option.default), old=_shown(before.word))
    _answer(ctx, actor, words)


# -- looking ---------------------------------------------------------------------------------------


def _all(ctx: Ctx, actor: Account) -> SettingsCard:
    stored = ctx.tx.policies.rules().words
    rows = tuple(
        SettingRow(name, _shown(option.value), _source(ctx, actor, option, stored.get(name)))
        for name, option in ctx.policy.options.items()
    )
    return SettingsCard(rows)


def _one(ctx: Ctx, actor: Account, name: str, option: Option) -> None:
    source = _source(ctx, actor, option, ctx.tx.policies.word(name))
    lines = (
        MEANINGS[name],
        say("settings.now", value=_shown(option.value), source=source),
        say("settings.usual", value=_shown(option.default)),
        say("settings.one", name=name),
    )
    ctx.show(actor, Answer(name, lines))


def _source(ctx: Ctx, reader: Account, option: Option, word: Word | None) -> str:
    if option.fixed:
        return say("settings.fixed", origin=option.fixed)
    if word is None:
        return say("settings.default")
    by = ctx.tx.people.account(AccountId(word.by))
    at = word.at.astimezone(zone(reader.time_zone, ctx.policy.time_zone))
    name = by.name if by else say("settings.somebody")
    return say("settings.chat", name=name, at=f"{at.day} {at:%B %H:%M}")


def _shown(value: str) -> str:
    return value or say("settings.empty")


def _unknown(ctx: Ctx, actor: Account, name: str) -> None:
    if name == "aliases":
        return _refuse(ctx, actor, say("settings.alias"))
    setting = f"MIO_{name.upper()}"
    if setting in ctx.policy.elsewhere:
        return _refuse(ctx, actor, say("settings.outside", setting=setting))
    near = difflib.get_close_matches(name, list(ctx.policy.options), 1, 0.5)
    command = ctx.policy.platforms[actor.platform].command
    nearest = f"settings {near[0]}" if near else "settings"
    ctx.show(actor, Mistake("settings", name[:60], nearest, "settings prompt_every 2d", command))


def _refuse(ctx: Ctx, actor: Account, words: str) -> None:
    ctx.show(actor, Answer(say("failed.title"), (words,)))


def _answer(ctx: Ctx, actor: Account, words: str) -> None:
    ctx.show(actor, Answer(say("settings.title"), (words,)))
