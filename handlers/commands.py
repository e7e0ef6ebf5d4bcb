"""Commands typed to the bot: parse, check who asks, answer – always to the asker alone."""

from collections.abc import Callable

from bot.commands import TABLE, TOPICS, Command, May, Row, Usage, Who, WhoKind, parse
from bot.events import CommandGiven
from bot.ids import PlatformId
from bot.links import Happening
from bot.people import Account
from bot.plans import Wish
from bot.words import LEGEND, listed, say
from cards.content import Answer, Help, ImportOverview, Mistake, PlatformCount
from handlers import directory, people, sync
from handlers.acting import cancel_plan, confirm_plan, connect, decline, disconnect, propose_close, setup
from handlers.ctx import Ctx
from handlers.roles import is_admin, is_imported, who_can_help

Answering = Callable[[Ctx, Account, Command], None]


def given(event: CommandGiven, ctx: Ctx) -> None:
    """Answer one command. The actor was looked up at the platform just now."""
    ctx.tx.people.note(event.actor)
    command = parse(event.text, tuple(ctx.policy.platforms))
    known = ctx.policy.platforms.get(event.actor.platform)
    word = known.command if known else "/mio"
    if isinstance(command, Usage):
        facts = Mistake(command.understood, command.wrong, command.nearest, command.example, word)
        ctx.show(event.actor, facts)
        return
    row = next(row for row in TABLE if row.verb == command.verb)
    refusal = _refusal(ctx, row, event.actor, command)
    if refusal is not None:
        ctx.show(event.actor, refusal)
        return
    ANSWERS[command.verb](ctx, event.actor, command)
    ctx.count("mio_events_total", event.actor.platform, "CommandGiven", command.verb)


def _refusal(ctx: Ctx, row: Row, actor: Account, command: Command) -> Answer | None:
    """Why this person may not, and who can help; None when they may."""
    if is_admin(ctx, actor):
        return None
    helpers = listed(who_can_help(ctx)) or "your administrator"
    own = command.who is not None and command.who.kind is WhoKind.ME
    if row.verb == "primary" and own:
        return Answer(say("failed.title"), (say("answer.primary.self", names=helpers),))
    if row.may is May.ADMIN or (row.verb == "status" and not own and command.who is not None):
        lines = (say("answer.refused"), say("answer.refused.whom", names=helpers))
        return Answer(say("failed.title"), lines)
    if row.may is May.IMPORTED and not is_imported(ctx, actor):
        return Answer(say("failed.title"), (say("answer.not_imported", names=helpers),))
    return None


def _help(ctx: Ctx, actor: Account, command: Command) -> None:
    admin = is_admin(ctx, actor)
    word = ctx.policy.platforms[actor.platform].command
    lines = tuple(
        (f"{row.verb} {row.form}".strip(), row.line)
        for row in TABLE
        if not row.quiet and (admin or row.may is not May.ADMIN)
    )
    if command.words:
        text = TOPIC_WORDS[command.words]
        about = tuple(line for line in lines if line[0].startswith(command.words))
        ctx.show(actor, Help(word, about, (), command.words, text))
    else:
        ctx.show(actor, Help(word, lines, TOPICS))


TOPIC_WORDS = {
    "import": "Import reads the people of each platform and matches them by verified e-mail. Nobody is contacted. "
    "It can be repeated at any time.",
    "sync": "Sync asks people to link their account on another platform. A plan shows who would be asked; nothing is "
    "sent before Confirm. People click Allow once; then colleagues reach each other across platforms.",
    "states": LEGEND,
    "privacy": "Message text is kept only while a message is on its way, sealed, and is gone when it has been delivered. "
    "Kept are ids, times and outcomes. Permissions are sealed and can be taken back with disconnect.",
}


def _setup(ctx: Ctx, actor: Account, command: Command) -> None:
    setup(ctx, actor)


def _import(ctx: Ctx, actor: Account, command: Command) -> None:
    platforms = command.platforms or tuple(sorted(ctx.policy.platforms))
    directory.start(ctx, actor.id, platforms)


def overview(ctx: Ctx) -> ImportOverview:
    counts = ctx.tx.people.per_platform()
    return ImportOverview(
        tuple(PlatformCount(c.title, counts.get(p, 0), True) for p, c in sorted(ctx.policy.platforms.items()))
    )


def _sync(ctx: Ctx, actor: Account, command: Command) -> None:
    if command.who is None:
        ctx.show(actor, people.people_list(ctx, "", 1, actions=True))
        return
    found = people.meant(ctx, command.who, actor)
    if not found:
        return _nobody(ctx, actor, command.who)
    sync.propose(ctx, actor.id, found, Wish(command.primary, command.secondaries))


def _primary(ctx: Ctx, actor: Account, command: Command) -> None:
    assert command.who is not None and command.primary is not None
    found = people.meant(ctx, command.who, actor)
    if not found:
        return _nobody(ctx, actor, command.who)
    count, refused = sync.set_primary(ctx, found, command.primary, actor.id)
    title = ctx.policy.title(command.primary)
    lines = (say("answer.primary", count=count, platform=title),) if count else ()
    if refused:
        names = listed(people.names(refused))
        lines = (*lines, say("answer.primary.refused", platform=title, names=names))
    ctx.show(actor, Answer(say("person.primary"), lines))


def _users(ctx: Ctx, actor: Account, command: Command) -> None:
    ctx.show(actor, people.people_list(ctx, command.words, 1, actions=False))


def _status(ctx: Ctx, actor: Account, command: Command) -> None:
    if command.who is None and is_admin(ctx, actor):
        ctx.show(actor, people.status(ctx))
        return
    found = people.meant(ctx, command.who or Who(WhoKind.ME), actor)
    if len(found) == 1:
        ctx.show(actor, people.person_card(ctx, found[0], actions=False))
    elif found:
        ctx.show(actor, people.status(ctx))
    else:
        _nobody(ctx, actor, command.who or Who(WhoKind.ME))


def _reprompt(ctx: Ctx, actor: Account, command: Command) -> None:
    assert command.who is not None
    found = people.meant(ctx, command.who, actor)
    if not found:
        return _nobody(ctx, actor, command.who)
    count = sync.reprompt(ctx, found, actor.id)
    words = say("answer.reprompt", count=count) if count else say("answer.reprompt.none", who=command.who.value)
    ctx.show(actor, Answer("Reprompt user", (words,)))


def _close(ctx: Ctx, actor: Account, command: Command) -> None:
    assert command.who is not None
    found = people.meant(ctx, command.who, actor)
    if not found:
        return _nobody(ctx, actor, command.who)
    propose_close(ctx, actor.id, command.verb, found)


def _me(ctx: Ctx, actor: Account, command: Command) -> None:
    ctx.show(actor, people.me(ctx, actor, ctx.tx.people.by_account(actor.id)))


def _connect(ctx: Ctx, actor: Account, command: Command) -> None:
    connect(ctx, actor, _only(command))


def _disconnect(ctx: Ctx, actor: Account, command: Command) -> None:
    disconnect(ctx, actor, _only(command))


def _only(command: Command) -> PlatformId | None:
    return command.platforms[0] if command.platforms else None


def _confirm(ctx: Ctx, actor: Account, command: Command) -> None:
    plan = ctx.tx.runs.plan_numbered(command.number or 0)
    if plan is None or not confirm_plan(ctx, plan.id, actor.id):
        ctx.show(actor, Answer(say("failed.title"), (say("answer.stale"),)))


def _cancel(ctx: Ctx, actor: Account, command: Command) -> None:
    plan = ctx.tx.runs.plan_numbered(command.number or 0)
    if plan is None or not cancel_plan(ctx, plan.id, actor.id):
        ctx.show(actor, Answer(say("failed.title"), (say("answer.stale"),)))


def _allow(ctx: Ctx, actor: Account, command: Command) -> None:
    connect(ctx, actor, _only(command), only_open=True)


def _not_now(ctx: Ctx, actor: Account, command: Command) -> None:
    decline(ctx, actor.id, Happening.NOT_NOW)


def _no_thanks(ctx: Ctx, actor: Account, command: Command) -> None:
    decline(ctx, actor.id, Happening.DECLINED)


def _next(ctx: Ctx, actor: Account, command: Command) -> None:
    _turn(ctx, actor, 1)


def _previous(ctx: Ctx, actor: Account, command: Command) -> None:
    _turn(ctx, actor, -1)


def _turn(ctx: Ctx, actor: Account, by: int) -> None:
    facts = people.turn(ctx, actor.id, by) if is_admin(ctx, actor) else None
    ctx.show(actor, facts or Answer(say("failed.title"), (say("answer.nothing_open"),)))


def _try_again(ctx: Ctx, actor: Account, command: Command) -> None:
    if is_admin(ctx, actor):
        directory.start(ctx, actor.id, tuple(sorted(ctx.policy.platforms)))
    else:
        connect(ctx, actor, None, only_open=True)


def _nobody(ctx: Ctx, actor: Account, who: Who) -> None:
    ctx.show(actor, Answer(say("failed.title"), (people.nobody(who),)))


ANSWERS: dict[str, Answering] = {
    "help": _help,
    "me": _me,
    "connect": _connect,
    "disconnect": _disconnect,
    "status": _status,
    "setup": _setup,
    "import": _import,
    "sync": _sync,
    "primary": _primary,
    "users": _users,
    "reset": _close,
    "reprompt": _reprompt,
    "remove": _close,
    "confirm": _confirm,
    "cancel": _cancel,
    "allow": _allow,
    "not now": _not_now,
    "no thanks": _no_thanks,
    "next": _next,
    "previous": _previous,
    "try again": _try_again,
}
