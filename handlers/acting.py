"""Acts that a command and a button share: setup, connect, disconnect, answers to the consent card, primary."""

import json
from collections.abc import Sequence

from bot.ids import AccountId, PersonId, PlatformId
from bot.links import Happening, LinkReason, State, SyncLink
from bot.people import Account, Person
from bot.ready import GrantKind
from bot.words import listed, say
from cards.content import Answer, Setup, SetupLine
from handlers import directory, moving, notices, pausing, planning, sync
from handlers.asking import ask
from handlers.consent import close, holder_key
from handlers.consent import decline as decline_links
from handlers.ctx import Ctx
from handlers.kinds import KINDS
from handlers.roles import helpers, is_admin


def setup(ctx: Ctx, actor: Account) -> None:
    """The Connect Center: each platform's state in words, a button for what is not connected."""
    lines = []
    for platform, connected in sorted(ctx.policy.platforms.items()):
        missing = tuple(k for k in connected.installs if not _has(ctx, platform, k))
        url = ctx.policy.setup_url(platform, missing[0]) if missing else None
        sentence = connected.missing_words.get(missing[0], "") if missing else connected.ready_words
        unproven = not connected.installs and connected.proves and not _has(ctx, platform, connected.proves)
        if unproven and connected.proves:
            url = ctx.policy.setup_url(platform, connected.proves)
            sentence = say("setup.unproven", what=connected.missing_words.get(connected.proves, ""))
        colleague = _lends_directory(ctx, platform)
        if colleague is not None and not missing:
            sentence = say("setup.personal", sentence=sentence, name=colleague.name)
            url = ctx.policy.setup_url(platform, GrantKind.DIRECTORY)
        lines.append(SetupLine(connected.title, not missing, sentence, url, platform))
    ctx.show(actor, Setup(tuple(lines), pausing.lines(ctx, actor.time_zone)), subject="setup")


def _has(ctx: Ctx, platform: PlatformId, kind: GrantKind) -> bool:
    return ctx.tx.grants.get(kind, platform, None) is not None


def _lends_directory(ctx: Ctx, platform: PlatformId) -> Person | None:
    """Whoever connected the directory with the account they work with: known elsewhere, or synced. A service account is not."""
    if not _has(ctx, platform, GrantKind.DIRECTORY):
        return None
    holder = ctx.tx.policies.get(holder_key(platform, GrantKind.DIRECTORY))
    person = ctx.tx.people.by_account(AccountId(holder)) if holder else None
    return person if person is not None and len(person.platforms) > 1 else None


# -- one's own links -----------------------------------------------------------------------------


def myself(ctx: Ctx, actor: Account) -> Person | None:
    """The person behind an account who may link something; else the answer says why not, and who can help."""
    person = ctx.tx.people.by_account(actor.id)
    if person is not None and not person.excluded:
        return person
    key = "answer.excluded" if person is not None else "answer.not_imported"
    ctx.show(actor, Answer(say("failed.title"), (say(key, names=helpers(ctx)),)))
    return None


def connect(ctx: Ctx, actor: Account, only: PlatformId | None, *, only_open: bool = False) -> None:
    """Show the person their own consent card, also after *No thanks*; or say why there is nothing to link."""
    person = myself(ctx, actor)
    if person is None:
        return
    if person.home is None or person.primary is None:
        words = say("answer.connect.undecided", names=helpers(ctx))
        ctx.show(actor, Answer(say("failed.title"), (words,)))
        return
    waits = any(_is_open(k) and only in (None, k.platform) for k in ctx.tx.links.of([person.id]).values())
    if only_open and not waits:
        words = say("answer.connect.twin", command=ctx.policy.platforms[actor.platform].command)
        ctx.show(actor, Answer(say("failed.title"), (words,)))
    elif not (ask(ctx, person) if only_open else sync.connect(ctx, person, only)):
        ctx.show(actor, Answer(say("failed.title"), (say("answer.connect.none"),)))
    elif person.home.id != actor.id:
        words = say("answer.connect.there", platform=ctx.policy.title(person.primary))
        ctx.show(actor, Answer(say("answer.noted"), (words,)))


def _is_open(link: SyncLink) -> bool:
    return link.state in (State.PENDING, State.FAILED) and not link.connecting


def disconnect(ctx: Ctx, actor: Account, only: PlatformId | None) -> None:
    """Take the permission back: relay stops now, the grant is revoked at the platform and erased."""
    person = ctx.tx.people.by_account(actor.id)
    closed = close(ctx, person, Happening.DISCONNECTED, only) if person else ()
    if person is None or not closed:
        ctx.show(actor, Answer("Disconnect", (say("answer.disconnected.none"),)))
        return
    titles = listed([ctx.policy.title(p) for p in closed])
    ctx.tx.acts.add(actor.id, "disconnected", person.id, {"platforms": list(closed)})
    command = ctx.policy.platforms[actor.platform].command
    words = say("answer.disconnected", platforms=titles, command=command)
    ctx.show(actor, Answer("Disconnect", (words,)))


def decline(ctx: Ctx, actor: Account, happening: Happening, *, typed: bool) -> None:
    """*Not now* or *No thanks* from the person the card is for; whoever typed it sees that it was understood."""
    person = ctx.tx.people.by_account(actor.id)
    if person is None or not any(_is_open(k) for k in ctx.tx.links.of([person.id]).values()):
        ctx.show(actor, Answer(say("answer.noted"), (say("answer.nothing_open"),)))
        return
    decline_links(ctx, person, happening)
    moving.answered(ctx, person.id)
    if typed or person.home is None or person.home.id != actor.id:
        key = "answer.not_now" if happening is Happening.NOT_NOW else "answer.no_thanks"
        words = say(key, command=ctx.policy.platforms[actor.platform].command)
        ctx.show(actor, Answer(say("answer.noted"), (words,)))


def try_again(ctx: Ctx, actor: Account) -> None:
    """What failed last: the administrator's import or plan, else the person's own question."""
    card = ctx.tx.cards.newest(actor.id, ("import_progress", "import_result", "import_stopped", "plan", "plan_done"))
    if (
        is_admin(ctx, actor)
        and card is not None
        and card.kind == "plan"
        and (wanted := json.loads(card.data).get("retry"))
    ):
        sync_one(ctx, actor, wanted)
        return
    if is_admin(ctx, actor) and card is not None and card.kind == "import_stopped":
        platform = PlatformId(str(json.loads(card.data)["platform"]).lower())
        known = platform in ctx.policy.platforms
        return directory.start(ctx, actor.id, (platform,) if known else tuple(sorted(ctx.policy.platforms)))
    connect(ctx, actor, None, only_open=True)


def sync_one(ctx: Ctx, actor: Account, wanted: str) -> bool:
    """A plan for one person and one platform, written ``person.platform``, with the primary after it where that is not theirs
    any more. False: they are not here any more."""
    named, platform, *primary = (*wanted.split("."), "")
    person = person_named(ctx, named)
    if person is not None:
        home = primary[0] if primary and person.primary is None else None
        planning.begin(ctx, KINDS["sync"], "sync", actor.id, [person], primary=home or None, secondaries=[platform])
    return person is not None


# -- one's own primary ---------------------------------------------------------------------------


def give_primary(ctx: Ctx, actor: Account, found: Sequence[Person], platform: PlatformId) -> None:
    """At once for whoever has nothing linked; for the others a plan, and the answer why not where that cannot be."""
    count, rest = sync.set_primary(ctx, found, platform, actor.id)
    title = ctx.policy.title(platform)
    away = [person for person in rest if person.on(platform) is None]
    lines = [say("answer.primary", count=count, platform=title)] if count else []
    if away:
        lines.append(say("answer.primary.refused", platform=title, names=listed([p.name for p in away[:10]])))
    if lines:
        ctx.show(actor, Answer(say("person.primary"), tuple(lines)))
    linked = [person for person in rest if person.on(platform) is not None]
    if linked:
        planning.begin(ctx, KINDS["primary"], "primary", actor.id, linked, primary=platform)


def own_primary(ctx: Ctx, actor: Account, platform: PlatformId) -> None:
    """Somebody who is no administrator would like another primary platform: as ``MIO_SELF_PRIMARY`` says."""
    person = myself(ctx, actor)
    if person is None:
        return
    title = ctx.policy.title(platform)
    if person.on(platform) is None:
        words = say("answer.primary.none", platform=title)
    elif ctx.policy.self_primary == "no":
        words = say("answer.primary.self", names=helpers(ctx))
    elif ctx.policy.self_primary == "allow":
        _, linked = sync.set_primary(ctx, [person], platform, actor.id)
        if linked:
            planning.begin(ctx, KINDS["primary"], "primary", actor.id, linked, primary=platform, own=True)
            return
        words = say("answer.primary.moved", platform=title)
    else:
        notices.tell_admins(ctx, "admin.primary", person.name, title, LinkReason.NONE)
        words = say("answer.primary.asked", names=helpers(ctx), platform=title)
    ctx.show(actor, Answer(say("person.primary"), (words,)))


def person_named(ctx: Ctx, thing: str) -> Person | None:
    return ctx.tx.people.get(PersonId(thing))
