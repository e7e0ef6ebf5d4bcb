"""Taking back what a plan ended: links, permissions and people as they were – unless something newer stands there."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from bot.ids import AccountId, PlatformId, platform_of
from bot.links import Happening, LinkReason, State, SyncLink
from bot.people import Account, Person
from bot.plans import has_link
from bot.words import say
from cards.content import Answer
from handlers import closing, planning
from handlers.asking import refresh_consent
from handlers.consent import heard
from handlers.ctx import Ctx
from handlers.kinds import KINDS
from storage.parked import Parked
from storage.plans import Plan

PAGE = 20
ENDING = ("reset", "remove", "exclude", "unsync")
"""Kinds of plans that can be taken back once they were carried out."""


def undo(ctx: Ctx, actor: Account, number: int | None) -> None:
    """Take back plan ``number``, or the last one that its administrator ended something with."""
    plan = ctx.tx.plans.numbered(number) if number is not None else _last(ctx, actor)
    key = "undo.none"
    if plan is not None and plan.data.get("for_good"):
        key = "undo.for_good"
    elif plan is not None and plan.kind in ENDING and plan.state in ("done", "undoing", "undone"):
        if ctx.tx.parked.count(plan.id) and ctx.tx.plans.move(plan.id, ["done"], "undoing"):
            ctx.tx.acts.add(actor.id, "undo", plan.id, {"plan": plan.number, "kind": plan.kind})
            plan.data.update({"undone": {}, "undone_by": actor.id})
            return proceed(ctx, replace(plan, state="undoing"))
        key = "undo.before" if plan.state != "done" else "undo.late"
    elif plan is not None:
        key = "undo.cannot"
    ctx.show(actor, Answer(say("failed.title"), (say(key, number=plan.number if plan else number or "–"),)))


def _last(ctx: Ctx, actor: Account) -> Plan | None:
    for plan in ctx.tx.plans.newest_of(actor.id, 20):
        fit = plan.kind in ENDING and plan.state == "done" and not plan.data.get("for_good")
        if fit and ctx.tx.parked.count(plan.id):
            return plan
    return None


def proceed(ctx: Ctx, plan: Plan) -> None:
    """A page of people comes back."""
    rows = ctx.tx.parked.of(plan.id, PAGE)
    ctx.tx.people.lock([row.person for row in rows])
    done: Counter[str] = Counter(plan.data["undone"])
    for row in rows:
        done["back" if _restore(ctx, plan, row) else "newer"] += 1
    ctx.tx.parked.drop(rows)
    plan.data["undone"] = dict(done)
    if len(rows) == PAGE:
        return planning.go_on(ctx, plan)
    planning.move(ctx, KINDS[plan.kind], plan, "undone")


def _restore(ctx: Ctx, plan: Plan, row: Parked) -> bool:
    """False: the person was erased or synced anew since, so that nothing is put back."""
    body = row.body
    person = _brought_back(ctx, row) if body["removed"] else ctx.tx.people.get(row.person)
    if person is None or has_link(person, ctx.tx.links.of([person.id])):
        closing.revoke(ctx, body)
        return False
    if plan.kind == "exclude":
        ctx.tx.people.exclude([person.id], bool(body["excluded"]))
    if plan.kind == "unsync":
        ctx.tx.matches.reactivate([AccountId(account) for account in body["accounts"]], person.id)
        person = ctx.tx.people.get(person.id) or person
    _home(ctx, person, body)
    alive = _give_back(ctx, person, body)
    back = [_as_it_was(ctx, link, person, alive) for link in body["links"]]
    ctx.tx.links.put(*(link for link in back if link is not None))
    found = ctx.tx.people.get(person.id)
    by = AccountId(plan.data["undone_by"])
    ctx.tx.acts.add(by, "undone", person.id, {"plan": plan.number})
    if found is not None:
        refresh_consent(ctx, found)
        closing.tell(ctx, plan, found, "ended.undone", [link.platform for link in back if link and link.allowed], by)
    return True


def _home(ctx: Ctx, person: Person, body: Mapping[str, Any]) -> None:
    primary = body["primary"]
    if primary is not None and person.on(PlatformId(primary)) is not None:
        ctx.tx.people.set_primary([person.id], PlatformId(primary))


def _brought_back(ctx: Ctx, row: Parked) -> Person | None:
    """The removed person under their old number; whoever an import made of their accounts meanwhile gives them back."""
    accounts = [AccountId(account) for account in row.body["accounts"]]
    newer = [p for p in (ctx.tx.people.by_account(account) for account in accounts) if p is not None]
    if any(has_link(person, ctx.tx.links.of([person.id])) or person.excluded for person in newer):
        return None
    ctx.tx.leaving.welcome(accounts)
    ctx.tx.matches.bring_back(row.person, row.body["name"], row.body["email"], accounts)
    return ctx.tx.people.get(row.person)


def _give_back(ctx: Ctx, person: Person, body: Mapping[str, Any]) -> set[PlatformId]:
    """Parked permissions are in use again, where none was given since and the account is still the person's."""
    alive = set()
    for old, parked in body.get("grants", ()):
        account = AccountId(old.partition(":")[2])
        platform = platform_of(account)
        mine = person.on(platform)
        if mine is None or mine.id != account or not ctx.tx.grants.restore(parked, old):
            continue
        ctx.grants.append(old)
        alive.add(platform)
    return alive


def _as_it_was(ctx: Ctx, before: Mapping[str, Any], person: Person, alive: set[PlatformId]) -> SyncLink | None:
    """A link as it was; an allowed one only with its permission, and heard again first where that is set up for each person."""
    link = msgspec.convert(before, SyncLink)
    account = person.on(link.platform)
    if account is None or link.state is State.NOT_CREATED:
        return None
    if not link.allowed:
        return replace(link, next_ask=max(link.next_ask, ctx.now) if link.next_ask else None)
    if link.platform not in alive:
        return replace(link, state=State.NOT_CREATED, reason=LinkReason.RESET, since=ctx.now, next_ask=None)
    if heard(ctx, link.platform, account.id) is Happening.ALLOWED:
        return replace(link, state=State.PENDING, reason=LinkReason.CONNECTING, since=ctx.now, next_ask=None)
    return replace(link, state=State.SYNCED, reason=LinkReason.NONE, since=ctx.now, next_ask=None)
