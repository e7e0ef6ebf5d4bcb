"""Confirm and Cancel: once, by whom the plan is for, and only what was shown.

A plan that no longer fits the world is shown again instead of being carried out.
"""

from collections import Counter
from dataclasses import replace

from bot.events import PlanProceeded
from bot.ids import AccountId, platform_of
from bot.people import Account
from bot.words import say
from cards.content import Answer
from handlers import planning, undoing, waves
from handlers.ctx import Ctx
from handlers.kinds import KINDS
from handlers.planning import AT_ONCE, Kind
from handlers.roles import administrators, is_admin, refusal
from storage.plans import Plan


def confirm(ctx: Ctx, plan: Plan | None, number: int | None, by: Account) -> None:
    """Carry a plan out; a large one only when a second administrator agrees. Or say what is true of it now."""
    plan = ctx.tx.plans.get(plan.id, lock=True) if plan is not None else None
    if plan is None or not _may(ctx, plan, by):
        return _untaken(ctx, plan, number, by)
    kind = KINDS[plan.kind]
    if plan.state == "stopped":
        return waves.resume(ctx, kind, plan, by.id)
    if plan.state != "open":
        return _untaken(ctx, plan, number, by)
    if _needs_another(ctx, plan, by):
        return
    ctx.tx.plans.move(plan.id, ["open"], "checking")
    ctx.tx.acts.add(by.id, "confirmed", plan.id, {"plan": plan.number, "kind": plan.kind, "people": plan.data["acts"]})
    plan.data.update({"groups": {}, "acts": 0, "changed": 0, "unknown": 0, "cursor": 0, "by": by.id})
    _check(ctx, kind, replace(plan, state="checking"))


def cancel(ctx: Ctx, plan: Plan | None, number: int | None, by: Account) -> None:
    """Nothing of it is done; of a plan under way, nothing more."""
    plan = ctx.tx.plans.get(plan.id, lock=True) if plan is not None else None
    if plan is None or not _may(ctx, plan, by):
        return _untaken(ctx, plan, number, by)
    kind = KINDS[plan.kind]
    if plan.state in ("waves", "stopped"):
        ctx.tx.acts.add(by.id, "cancelled", plan.id, {"plan": plan.number, "kind": plan.kind})
        return waves.withdraw(ctx, kind, plan)
    if plan.state not in ("open", "making"):
        return _untaken(ctx, plan, number, by)
    ctx.tx.acts.add(by.id, "cancelled", plan.id, {"plan": plan.number, "kind": plan.kind})
    planning.move(ctx, kind, plan, "cancelled")


def _may(ctx: Ctx, plan: Plan, by: Account) -> bool:
    """Its asker, while they may – or, where two must agree, any other administrator."""
    mine = plan.asker == by.id and (is_admin(ctx, by) or bool(plan.data.get("own")))
    return mine or ("first" in plan.data and is_admin(ctx, by))


def _needs_another(ctx: Ctx, plan: Plan, by: Account) -> bool:
    """The rule of two: the first Confirm asks the other administrators, one of them gives the second."""
    most = ctx.policy.two_person
    if not most or plan.data["acts"] <= most:
        return False
    first = plan.data.get("first")
    if first is not None and _person(ctx, AccountId(first)) != _person(ctx, by.id):
        return False
    others = [account for account in administrators(ctx) if _person(ctx, account.id) != _person(ctx, by.id)]
    if first is None and others:
        plan.data["first"] = by.id
        ctx.tx.acts.add(by.id, "confirmed first", plan.id, {"plan": plan.number, "kind": plan.kind})
        planning.show(ctx, KINDS[plan.kind], plan)
        for account in others[:20]:
            ctx.show(account, KINDS[plan.kind].face(ctx, plan), subject=f"second:{plan.id}")
    key = "answer.second" if others else "answer.second.nobody"
    ctx.show(by, Answer(say("answer.noted"), (say(key, number=plan.number, most=most),)))
    return True


def _person(ctx: Ctx, account: AccountId) -> str:
    person = ctx.tx.people.by_account(account)
    return person.id if person is not None else account


def _untaken(ctx: Ctx, plan: Plan | None, number: int | None, by: Account) -> None:
    """Why a plan was not taken: unknown, somebody else's, or answered before."""
    if not is_admin(ctx, by) and (plan is None or plan.asker != by.id):
        ctx.tx.acts.add(by.id, "refused", "confirm", {"plan": number or (plan.number if plan else 0)})
        ctx.show(by, refusal(ctx))
        return
    if plan is None:
        words = say("answer.plan.none", number=number) if number else say("answer.stale")
    elif plan.asker != by.id:
        asker = ctx.tx.people.account(plan.asker)
        title = ctx.policy.title(platform_of(plan.asker))
        ctx.tx.acts.add(by.id, "refused", plan.id, {"plan": plan.number})
        words = say("answer.plan.other", number=plan.number, name=asker.name if asker else "–", platform=title)
    else:
        key = plan.state if plan.state in ("cancelled", "making") else "confirmed"
        words = say(f"answer.plan.{key}", number=plan.number)
    ctx.show(by, Answer(say("failed.title"), (words,)))
    if plan is not None and plan.asker == by.id:
        ctx.show(by, KINDS[plan.kind].face(ctx, plan))


# -- page by page --------------------------------------------------------------------------------


def proceed(event: PlanProceeded, ctx: Ctx) -> None:
    """The next page of a plan, whatever it is at."""
    plan = ctx.tx.plans.get(event.plan, lock=True)
    if plan is None or plan.data.get("step") != event.offset:
        return
    kind = KINDS[plan.kind]
    match plan.state:
        case "making":
            planning.more(ctx, kind, plan)
        case "checking":
            _check(ctx, kind, plan)
        case "confirmed":
            _carry_out(ctx, kind, plan)
        case "undoing":
            undoing.proceed(ctx, plan)
        case "scheduling" | "withdrawing" | "stopping":
            waves.proceed(ctx, kind, plan)
        case _:
            return


def _check(ctx: Ctx, kind: Kind, plan: Plan) -> None:
    """Does it still say the same of everybody? Otherwise it is shown again, with what changed."""
    first = plan.data["cursor"] == 0
    if planning.look_again(ctx, kind, plan):
        if first:
            # Many people take a while: the card says that something happens.
            planning.show(ctx, kind, plan)
        return
    plan.data["cursor"] = 0
    if plan.data["changed"] and (plan.data["acts"] or kind.ended is None):
        plan.data.pop("first", None)
        planning.move(ctx, kind, plan, "open")
    elif kind.waves and plan.data["acts"] > AT_ONCE:
        waves.schedule(ctx, kind, plan)
    else:
        ctx.tx.plans.move(plan.id, ["checking"], "confirmed")
        plan.data["done"] = {}
        _carry_out(ctx, kind, replace(plan, state="confirmed"))


def _carry_out(ctx: Ctx, kind: Kind, plan: Plan) -> None:
    rows = ctx.tx.plans.page(plan.id, plan.data["cursor"], kind.page)
    wanted = [row for row in rows if row.person and planning.effective(kind, row.outcome)]
    ctx.tx.people.lock([row.person for row in wanted if row.person])
    done: Counter[str] = Counter(plan.data["done"])
    done.update(kind.act(ctx, plan, planning.with_people(ctx, wanted)))
    plan.data["done"] = dict(done)
    if len(rows) < kind.page:
        planning.move(ctx, kind, plan, "done")
        return
    first = plan.data["cursor"] == 0
    plan.data["cursor"] = rows[-1].n
    if first:
        planning.show(ctx, kind, plan)
    planning.go_on(ctx, plan)
