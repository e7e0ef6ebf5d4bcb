"""Acts that a command and a button share: setup, confirm, cancel, connect, disconnect, answers to the consent card."""

import json
from collections.abc import Sequence

from bot.ids import AccountId, PersonId, PlanId, PlatformId
from bot.links import Happening, State
from bot.people import Account, Person
from bot.platform import GrantKind
from bot.words import listed, say
from cards.content import Answer, CloseCard, PlanDone, Setup, SetupLine
from handlers import sync
from handlers.asking import ask
from handlers.consent import close
from handlers.consent import decline as decline_links
from handlers.ctx import Ctx
from handlers.roles import who_can_help


def setup(ctx: Ctx, actor: Account) -> None:
    """The Connect Center: each platform's state in words, a button for what is not connected."""
    lines = []
    for platform, connected in sorted(ctx.policy.platforms.items()):
        missing = tuple(k for k in connected.installs if not _has(ctx, platform, k))
        url = ctx.policy.setup_url(platform, missing[0]) if missing else None
        sentence = connected.missing_words.get(missing[0], "") if missing else connected.ready_words
        lines.append(SetupLine(connected.title, not missing, sentence, url, platform))
    ctx.show(actor, Setup(tuple(lines)), subject="setup")


def _has(ctx: Ctx, platform: PlatformId, kind: GrantKind) -> bool:
    return ctx.tx.grants.get(kind, platform, None) is not None


# -- plans ---------------------------------------------------------------------------------------


def propose_close(ctx: Ctx, asker: AccountId, verb: str, people: Sequence[Person]) -> None:
    """Ask before syncs are broken; *Confirm* says that it cannot be undone."""
    data = json.dumps({"close": verb, "people": [p.id for p in people]})
    plan = ctx.tx.runs.new_plan(asker, data)
    facts = CloseCard(plan.id, plan.number, verb, tuple(p.name for p in people[:10]), len(people))
    ctx.tx.runs.plan_card(plan.id, ctx.show(asker, facts, subject=f"plan:{plan.id}"))


def confirm_plan(ctx: Ctx, plan_id: PlanId, by: AccountId) -> bool:
    """Carry a plan out, once, and only for its asker."""
    plan = ctx.tx.runs.plan(plan_id)
    if plan is None or plan.asker != by:
        return False
    if not sync.confirm(ctx, plan_id, by):
        return False
    if plan.card is not None and "close" not in json.loads(plan.data):
        ctx.replace(plan.card, PlanDone(plan.number, "running"))
    return True


def cancel_plan(ctx: Ctx, plan_id: PlanId, by: AccountId) -> bool:
    plan = ctx.tx.runs.plan(plan_id)
    if plan is None or plan.asker != by or not ctx.tx.runs.take_plan(plan_id, "cancelled"):
        return False
    if plan.card is not None:
        ctx.replace(plan.card, PlanDone(plan.number, "cancelled"))
    ctx.tx.acts.add(by, "cancelled", plan_id, {})
    return True


# -- one's own links -----------------------------------------------------------------------------


def connect(ctx: Ctx, actor: Account, only: PlatformId | None, *, only_open: bool = False) -> None:
    """Show the person their own consent card, also after *No thanks*; or say why there is nothing to link."""
    person = ctx.tx.people.by_account(actor.id)
    if person is None:
        return
    if person.primary is None:
        helpers = listed(who_can_help(ctx)) or "your administrator"
        ctx.show(actor, Answer(say("failed.title"), (say("answer.connect.undecided", names=helpers),)))
        return
    open_ = [k for k in ctx.tx.links.of([person.id]).values() if k.state in (State.PENDING, State.FAILED)]
    if only_open and open_:
        asked = ask(ctx, person)
    else:
        asked = sync.connect(ctx, person, only)
    if not asked:
        ctx.show(actor, Answer(say("failed.title"), (say("answer.connect.none"),)))


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


def decline(ctx: Ctx, account: AccountId, happening: Happening) -> None:
    """*Not now* or *No thanks* from the person the card is for."""
    person = ctx.tx.people.by_account(account)
    if person is None:
        return
    if not any(k.state in (State.PENDING, State.FAILED) for k in ctx.tx.links.of([person.id]).values()):
        ctx.show(account, Answer("Noted", (say("answer.nothing_open"),)))
        return
    decline_links(ctx, person, happening)


def person_named(ctx: Ctx, thing: str) -> Person | None:
    return ctx.tx.people.get(PersonId(thing))
