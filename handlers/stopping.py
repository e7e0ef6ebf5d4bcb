"""Stop buttons: an administrator pauses a platform or everything, and everybody their own messages.

What a pause means for messages is in ``handlers.pausing``.
"""

from bot.commands import Command
from bot.ids import AccountId, PlatformId
from bot.pauses import ALL, key_of, own_key
from bot.people import Account
from bot.words import listed, say
from cards.content import Answer
from handlers import halting, pausing, planning
from handlers.acting import myself
from handlers.ctx import Ctx
from handlers.kinds import KINDS
from handlers.roles import helpers, is_admin
from storage.policies import Pause


def pause(ctx: Ctx, actor: Account, command: Command) -> None:
    name = _named(command)
    if not name:
        return own(ctx, actor, stop=True)
    if not _may(ctx, actor, "pause", name):
        return
    standing = ctx.tx.policies.rules().pauses
    if name in standing:
        return _answer(ctx, actor, _line(ctx, actor, name, standing[name]))
    if name == ALL:
        planning.begin(ctx, KINDS["pause"], "pause", actor.id, [])
        return
    halting.halt(ctx, actor, name)
    key = "pause.done.refuse" if ctx.policy.paused == "refuse" else "pause.done.hold"
    _answer(ctx, actor, say(key, platform=ctx.policy.title(PlatformId(name)), name=name))


def resume(ctx: Ctx, actor: Account, command: Command) -> None:
    """*all* ends every pause; one platform's ends with its name only."""
    name = _named(command)
    if not name:
        return own(ctx, actor, stop=False)
    if not _may(ctx, actor, "resume", name):
        return
    standing = ctx.tx.policies.rules().pauses
    ending = sorted(standing) if name == ALL else [name] if name in standing else []
    title = "" if name == ALL else ctx.policy.title(PlatformId(name))
    if not ending:
        key = "resume.nothing" if name == ALL or ALL not in standing else "resume.only_all"
        return _answer(ctx, actor, say(key, platform=title or say("pause.everything")))
    for one in ending:
        ctx.tx.policies.resume(one)
        ctx.tx.acts.add(actor.id, "resumed", one, {"since": standing[one].since.isoformat()})
        pausing.ended(ctx, key_of(one))
    ctx.ruled = True
    names = listed([say("pause.everything") if one == ALL else ctx.policy.title(PlatformId(one)) for one in ending])
    _answer(ctx, actor, say("resume.done", names=names))
    if name != ALL and ALL in standing:
        _answer(ctx, actor, say("resume.only_all", platform=title))
    halting.tell(ctx, actor, "admin.resumed", names)


def _named(command: Command) -> str:
    return ALL if command.words == ALL else command.platforms[0] if command.platforms else ""


def _may(ctx: Ctx, actor: Account, verb: str, name: str) -> bool:
    """Only administrators stop what is not theirs; whoever else tries hears what they can do."""
    if is_admin(ctx, actor):
        return True
    ctx.tx.acts.add(actor.id, "refused", verb, {"what": name})
    words = (say("answer.refused"), say("answer.refused.whom", names=helpers(ctx)), say(f"{verb}.own_instead"))
    ctx.show(actor, Answer(say("failed.title"), words))
    return False


def _line(ctx: Ctx, actor: Account, name: str, standing: Pause) -> str:
    by = ctx.tx.people.account(AccountId(standing.by))
    return pausing.line(ctx, actor.time_zone, name, standing.since, by)


def _answer(ctx: Ctx, actor: Account, words: str, *buttons: tuple[str, str]) -> None:
    ctx.show(actor, Answer(say("pause.title"), (words,), tuple(buttons)))


# -- one's own -------------------------------------------------------------------------------------


def own(ctx: Ctx, actor: Account, *, stop: bool) -> None:
    """Nothing is carried to or from oneself, until one goes on. Links and permissions stay."""
    person = myself(ctx, actor)
    if person is None:
        return
    if stop and person.paused is None:
        ctx.tx.pauses.set(person.id, ctx.now)
        ctx.tx.acts.add(actor.id, "paused", person.id, {})
    elif not stop and person.paused is not None:
        ctx.tx.pauses.set(person.id, None)
        ctx.tx.acts.add(actor.id, "resumed", person.id, {})
        pausing.ended(ctx, own_key(person.id))
    else:
        at = pausing.own_since(ctx, person)
        button = ("Resume", "resume:") if stop else ("Pause", "pause:")
        return _answer(ctx, actor, say("own.paused.before" if stop else "own.not_paused", since=at), button)
    key = "own.paused.refuse" if ctx.policy.paused == "refuse" else "own.paused.hold"
    words = say(key) if stop else say("own.resumed")
    _answer(ctx, actor, words, ("Resume", "resume:") if stop else ("Pause", "pause:"))
