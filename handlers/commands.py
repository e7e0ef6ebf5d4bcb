"""Commands typed to the bot: parse, check who asks, answer – always to the asker alone."""

from collections.abc import Callable

from bot.commands import Command, Usage, Who, WhoKind, parse
from bot.events import CommandGiven
from bot.ids import PlatformId
from bot.links import Happening
from bot.people import Account, Person
from bot.verbs import TABLE, TOPICS, May, Row
from bot.words import LEGEND, say
from cards.content import Answer, Help, Mistake
from handlers import (
    adjusting,
    appointing,
    auditing,
    closing,
    colleagues,
    confirming,
    conflicts,
    directory,
    files,
    listing,
    matching,
    people,
    planning,
    stopping,
    sync,
    teams,
    undoing,
    uploads,
)
from handlers.acting import (
    connect,
    decline,
    disconnect,
    give_primary,
    own_primary,
    setup,
    try_again,
)
from handlers.ctx import Ctx
from handlers.kinds import KINDS
from handlers.roles import helpers, is_admin, is_helpdesk, is_imported, refusal
from storage.listing import Search

Answering = Callable[[Ctx, Account, Command], None]


def given(event: CommandGiven, ctx: Ctx) -> None:
    """Answer one command. The actor was looked up at the platform just now."""
    ctx.tx.people.note(event.actor)
    known = ctx.policy.platforms.get(event.actor.platform)
    word = known.command if known else "/mio"
    command = parse(event.text, tuple(ctx.policy.platforms), word)
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
    if is_admin(ctx, actor) or (row.verb == "primary" and _own(ctx, actor, command)):
        return None
    others = row.verb == "status" and command.who is not None and not _own(ctx, actor, command)
    if (row.may is May.HELPDESK or row.verb == "status") and is_helpdesk(ctx, actor):
        return None
    if row.may in (May.ADMIN, May.HELPDESK) or others:
        ctx.tx.acts.add(actor.id, "refused", row.verb, {})
        return refusal(ctx)
    if row.may is May.IMPORTED and not is_imported(ctx, actor) and row.verb != "disconnect":
        known = ctx.tx.people.by_account(actor.id) is not None
        key = "answer.excluded" if known else "answer.not_imported"
        return Answer(say("failed.title"), (say(key, names=helpers(ctx)),))
    return None


def _own(ctx: Ctx, actor: Account, command: Command) -> bool:
    """Whether a command is about the one who gives it, by whatever name."""
    if command.who is None or command.who.kind not in (WhoKind.ME, WhoKind.EMAIL, WhoKind.ACCOUNT):
        return False
    mine = ctx.tx.people.by_account(actor.id)
    found = people.meant(ctx, command.who, actor)
    return command.who.kind is WhoKind.ME or (mine is not None and [p.id for p in found] == [mine.id])


def _help(ctx: Ctx, actor: Account, command: Command) -> None:
    may = {May.ALL, *([May.IMPORTED] if is_imported(ctx, actor) else ()), *(May if is_admin(ctx, actor) else ())}
    may |= {May.HELPDESK} if is_helpdesk(ctx, actor) else set()
    word = ctx.policy.platforms[actor.platform].command
    form = {row.verb: row.whole or row.form if May.ADMIN in may else row.form for row in TABLE}
    lines = tuple(
        (f"{row.verb} {form[row.verb]}".strip(), row.line) for row in TABLE if not row.quiet and row.may in may
    )
    if command.words:
        text = TOPIC_WORDS[command.words]
        about = tuple(line for line in lines if line[0].startswith(command.words))
        ctx.show(actor, Help(word, about, (), command.words, text))
    else:
        topics = tuple(t for t in TOPICS if t != "import" or May.ADMIN in may)
        ctx.show(actor, Help(word, lines, topics))


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
    if command.teams:
        return _teams(ctx, actor, command)
    imported(ctx, actor, command.platforms)


def imported(ctx: Ctx, actor: Account, platforms: tuple[PlatformId, ...]) -> None:
    """Import these platforms, or all; where teams have yet to be selected, that comes first."""
    wanted = platforms or tuple(sorted(ctx.policy.platforms))
    connected = [p for p in wanted if directory.is_connected(ctx, p)]
    open_ = [p for p in connected if directory.by_team(ctx, p) and not ctx.tx.teams.chosen(p)]
    ready = [p for p in wanted if p not in open_]
    if ready:
        directory.start(ctx, actor.id, ready)
    for platform in open_:
        teams.show(ctx, actor.id, platform)


def _teams(ctx: Ctx, actor: Account, command: Command) -> None:
    platform = command.platforms[0]
    if not directory.by_team(ctx, platform):
        words = say("teams.everybody", platform=ctx.policy.title(platform), command=platform)
        ctx.show(actor, Answer(say("failed.title"), (words,)))
        return
    if not directory.is_connected(ctx, platform):
        return directory.start(ctx, actor.id, [platform])
    teams.named(ctx, actor, platform, command.teams, drop=command.drop)


def _sync(ctx: Ctx, actor: Account, command: Command) -> None:
    if command.who is None:
        ctx.show(actor, listing.of(ctx, "", actions=True))
        return
    if command.who.kind is WhoKind.FILE:
        return uploads.ask(ctx, actor, command)
    found = _whom(ctx, actor, command.who)
    if found is not None:
        data = {"primary": command.primary, "secondaries": list(command.secondaries)}
        planning.begin(ctx, KINDS["sync"], "sync", actor.id, found, **data)


def _primary(ctx: Ctx, actor: Account, command: Command) -> None:
    assert command.who is not None and command.primary is not None
    if not is_admin(ctx, actor):
        return own_primary(ctx, actor, command.primary)
    found = _whom(ctx, actor, command.who)
    if isinstance(found, Search):
        planning.begin(ctx, KINDS["primary"], "primary", actor.id, found, primary=command.primary)
    elif found is not None:
        give_primary(ctx, actor, found, command.primary)


def _users(ctx: Ctx, actor: Account, command: Command) -> None:
    ctx.show(actor, listing.of(ctx, command.words, actions=False))


def _status(ctx: Ctx, actor: Account, command: Command) -> None:
    """Counts; one person's states; for a selection the list of those people."""
    if command.who is None and is_helpdesk(ctx, actor):
        ctx.show(actor, people.status(ctx))
        return
    who = command.who or Who(WhoKind.ME)
    if who.kind is WhoKind.FILE:
        return uploads.not_here(ctx, actor)
    if who.kind not in people.NAMED:
        words = f"{who.kind}:{who.value}" if who.value else who.kind
        ctx.show(actor, listing.of(ctx, words, actions=False))
        return
    for person in _found(ctx, actor, who):
        ctx.show(actor, people.person_card(ctx, person, actions=False))


def _reprompt(ctx: Ctx, actor: Account, command: Command) -> None:
    """At once for a few; many are a plan, and asked in waves."""
    assert command.who is not None
    found = _whom(ctx, actor, command.who)
    few = found if not isinstance(found, Search) else ctx.tx.people.page(found, None, planning.AT_ONCE + 1)
    if found is None or few is None:
        return
    if len(few) > planning.AT_ONCE:
        planning.begin(ctx, KINDS["reprompt"], "reprompt", actor.id, found)
        return
    count = sync.reprompt(ctx, few, actor.id, express=command.who.kind in people.NAMED)
    who = command.who.value or command.who.kind
    words = say("answer.reprompt", count=count) if count else say("answer.reprompt.none", who=who)
    ctx.show(actor, Answer("Reprompt user", (words,)))


def _close(ctx: Ctx, actor: Account, command: Command) -> None:
    """Reset, remove, exclude: a question first."""
    assert command.who is not None
    found = _whom(ctx, actor, command.who)
    if found is not None:
        plan = planning.begin(ctx, KINDS[command.verb], command.verb, actor.id, found, now=command.now)
        if command.verb == "exclude" and not any(part.startswith("end:") for part in plan.data["groups"]):
            # Nothing ends by it: there is nothing to ask.
            if plan.state == "open":
                confirming.confirm(ctx, plan, None, actor)


def _include(ctx: Ctx, actor: Account, command: Command) -> None:
    """At once for a few; nobody is asked by it."""
    assert command.who is not None
    found = _whom(ctx, actor, command.who)
    if isinstance(found, Search):
        planning.begin(ctx, KINDS["include"], "include", actor.id, found)
    elif found is not None:
        back = [person for person in found if person.excluded]
        closing.include_now(ctx, back, actor.id)
        key = "include.done" if back else "include.nobody"
        lines = (say(key, count=len(back)), *([", ".join(people.names(back))] if back else []))
        ctx.show(actor, Answer(say("include.title"), lines))


def _undo(ctx: Ctx, actor: Account, command: Command) -> None:
    undoing.undo(ctx, actor, command.number)


def _audit(ctx: Ctx, actor: Account, command: Command) -> None:
    found = _found(ctx, actor, command.who) if command.who is not None else []
    if found or command.who is None:
        auditing.show(ctx, actor, command, found)


def _export(ctx: Ctx, actor: Account, command: Command) -> None:
    files.export(ctx, actor)


def _admins(ctx: Ctx, actor: Account, command: Command) -> None:
    if command.who is None:
        return appointing.show(ctx, actor)
    found = _found(ctx, actor, command.who)
    if found:
        appointing.change(ctx, actor, command, found)


def _whom(ctx: Ctx, actor: Account, who: Who) -> list[Person] | Search | None:
    """The person named, or a selection to be walked through; None when there is nobody, which was the answer."""
    if who.kind in (*people.NAMED, WhoKind.FILE):
        return _found(ctx, actor, who) or None
    search = people.selection(ctx, who)
    if search is not None and ctx.tx.people.page(search, None, 1):
        return search
    ctx.show(actor, Answer(say("failed.title"), (people.nobody(ctx, who),)))
    return None


def _found(ctx: Ctx, actor: Account, who: Who) -> list[Person]:
    """The people meant; when there is nobody, or a name fits several, that was the answer."""
    if who.kind is WhoKind.FILE:
        uploads.not_here(ctx, actor)
        return []
    found = people.meant(ctx, who, actor)
    if not found:
        nobody = Answer(say("failed.title"), (people.nobody(ctx, who),))
        ctx.show(actor, listing.several(ctx, who) or nobody)
    return found


def _me(ctx: Ctx, actor: Account, command: Command) -> None:
    ctx.show(actor, people.me(ctx, actor, ctx.tx.people.by_account(actor.id)))


def _connect(ctx: Ctx, actor: Account, command: Command) -> None:
    connect(ctx, actor, _only(command))


def _disconnect(ctx: Ctx, actor: Account, command: Command) -> None:
    disconnect(ctx, actor, _only(command))


def _only(command: Command) -> PlatformId | None:
    return command.platforms[0] if command.platforms else None


def _confirm(ctx: Ctx, actor: Account, command: Command) -> None:
    confirming.confirm(ctx, ctx.tx.plans.numbered(command.number or 0), command.number, actor)


def _cancel(ctx: Ctx, actor: Account, command: Command) -> None:
    confirming.cancel(ctx, ctx.tx.plans.numbered(command.number or 0), command.number, actor)


def _allow(ctx: Ctx, actor: Account, command: Command) -> None:
    connect(ctx, actor, _only(command), only_open=True)


def _not_now(ctx: Ctx, actor: Account, command: Command) -> None:
    decline(ctx, actor, Happening.NOT_NOW, typed=True)


def _no_thanks(ctx: Ctx, actor: Account, command: Command) -> None:
    decline(ctx, actor, Happening.DECLINED, typed=True)


def _next(ctx: Ctx, actor: Account, command: Command) -> None:
    _turn(ctx, actor, 1)


def _previous(ctx: Ctx, actor: Account, command: Command) -> None:
    _turn(ctx, actor, -1)


def _turn(ctx: Ctx, actor: Account, by: int) -> None:
    """The list shown last: of people, or of conflicts."""
    card = ctx.tx.cards.newest(actor.id, ("people", "conflicts"))
    if card is not None and card.kind == "conflicts" and is_admin(ctx, actor):
        return conflicts.turned(ctx, actor, card, by)
    facts = listing.turn(ctx, actor.id, by) if is_helpdesk(ctx, actor) else None
    ctx.show(actor, facts or Answer(say("failed.title"), (say("answer.nothing_open"),)))


def _try_again(ctx: Ctx, actor: Account, command: Command) -> None:
    try_again(ctx, actor)


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
    "find": colleagues.find,
    "pause": stopping.pause,
    "resume": stopping.resume,
    "settings": adjusting.settings,
    "admins": _admins,
    "audit": _audit,
    "conflicts": conflicts.answer,
    "export": _export,
    "match": matching.match,
    "unmatch": matching.unmatch,
    "alias": matching.alias,
    "reset": _close,
    "reprompt": _reprompt,
    "remove": _close,
    "exclude": _close,
    "include": _include,
    "undo": _undo,
    "confirm": _confirm,
    "cancel": _cancel,
    "allow": _allow,
    "not now": _not_now,
    "no thanks": _no_thanks,
    "next": _next,
    "previous": _previous,
    "try again": _try_again,
}
