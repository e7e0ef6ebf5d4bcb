"""Waves: many people are asked over days, team by team, within working hours – and no further when it goes badly.

First cards go out by the clock, a few people in one transaction, so that nobody's messages wait for a roll-out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time

from bot.events import Ticked
from bot.hours import next_open, zone
from bot.ids import AccountId, PersonId, PlatformId, platform_of
from bot.links import Happening, LinkReason, State, SyncLink, step
from bot.people import Person
from handlers import days, notices, planning, unasked
from handlers.asking import ask
from handlers.ctx import Ctx
from handlers.kinds import KINDS
from handlers.planning import Kind, Row
from handlers.sync import wanted
from storage.plans import Plan, PlanPerson

BATCH = 3
"""People asked in one transaction."""
ENOUGH = 5
"""Before so many were asked, nothing can be said about how it goes."""


# -- scheduling ----------------------------------------------------------------------------------


def schedule(ctx: Ctx, kind: Kind, plan: Plan) -> None:
    """Everybody gets the day of their first card; from then on the clock does the rest."""
    plan.data.setdefault("begun", ctx.now.isoformat())
    plan.data.setdefault("asked", 0)
    plan.data.update({"cursor": 0, "team": ""})
    ctx.tx.plans.move(plan.id, ["checking", "stopped"], "scheduling")
    proceed(ctx, kind, replace(plan, state="scheduling"))


def resume(ctx: Ctx, kind: Kind, plan: Plan, by: AccountId) -> None:
    """An administrator lets a stopped plan go on: the share is counted anew from now on."""
    ctx.tx.acts.add(by, "resumed", plan.id, {"plan": plan.number})
    plan.data.update({"begun": ctx.now.isoformat(), "asked_before": plan.data.get("asked", 0)})
    schedule(ctx, kind, plan)


def withdraw(ctx: Ctx, kind: Kind, plan: Plan) -> None:
    """Nobody more is asked; who was asked stays asked."""
    _end(ctx, kind, plan, "withdrawing")


def _end(ctx: Ctx, kind: Kind, plan: Plan, state: str) -> None:
    plan.data.update({"cursor": 0, "team": ""})
    ctx.tx.plans.drop_waves(plan.id, days.today(ctx))
    ctx.tx.plans.move(plan.id, [plan.state], state)
    proceed(ctx, kind, replace(plan, state=state))


def proceed(ctx: Ctx, kind: Kind, plan: Plan) -> None:
    """A page of people gets its day, or loses it."""
    rows = ctx.tx.plans.by_team(plan.id, (plan.data["team"], plan.data["cursor"]), planning.GENTLE)
    mine = [row for row in rows if row.person and planning.effective(kind, row.outcome)]
    ctx.tx.people.lock([row.person for row in mine if row.person])
    if plan.state == "scheduling":
        _plan_page(ctx, plan, planning.with_people(ctx, mine))
    else:
        _take_back(ctx, plan, mine)
    if len(rows) == planning.GENTLE:
        plan.data.update({"team": rows[-1].team, "cursor": rows[-1].n})
        return planning.go_on(ctx, plan)
    after = {"scheduling": "waves", "withdrawing": "cancelled", "stopping": "stopped"}[plan.state]
    planning.move(ctx, kind, plan, after)


def _plan_page(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> None:
    """Pending, with a date: a first card goes out on the next day that has room."""
    free = days.room(ctx)
    links: list[SyncLink] = []
    used: Counter[date] = Counter()
    homes: dict[PlatformId, list[PersonId]] = {}
    again = "asked_before" in plan.data
    stored = ctx.tx.links.of([person.id for _, person in rows])
    for row, person in rows:
        primary, platforms = wanted(ctx, plan, row, person, stored)
        open_ = [stored.get((person.id, p)) or SyncLink(person.id, p) for p in platforms]
        # Resumed: whoever was asked before the plan stopped is not asked a second time.
        fresh = [link for link in open_ if not again or _waits(link)]
        if not fresh:
            continue
        if primary is not None and primary != person.primary:
            homes.setdefault(primary, []).append(person.id)
        day = next(free)
        used[day] += 1
        moment = _moment(ctx, person, day)
        links += [replace(_planned(ctx, link), next_ask=moment) for link in fresh]
    for home, people in homes.items():
        ctx.tx.people.set_primary(people, home)
    ctx.tx.links.put(*links)
    ctx.tx.plans.add_waves(plan.id, used)


def _planned(ctx: Ctx, link: SyncLink) -> SyncLink:
    return step(link, Happening.PLANNED, ctx.now, ctx.policy.timetable).link


def _waits(link: SyncLink) -> bool:
    return link.state is State.PENDING and link.reason is LinkReason.PLANNED


def _take_back(ctx: Ctx, plan: Plan, rows: Sequence[PlanPerson]) -> None:
    """Withdrawn: not created again. Stopped: pending without a date, until somebody lets it go on."""
    stored = ctx.tx.links.of([row.person for row in rows if row.person])
    waiting = [link for link in stored.values() if _waits(link)]
    if plan.state == "withdrawing":
        fresh = [link for link in waiting if not link.round]
        ctx.tx.links.forget(fresh)
        known = (link for link in waiting if link.round)
        ctx.tx.links.put(*(step(link, Happening.WITHDRAWN, ctx.now, ctx.policy.timetable).link for link in known))
    else:
        ctx.tx.links.put(*(replace(link, next_ask=None) for link in waiting))


def _moment(ctx: Ctx, person: Person, day: date) -> datetime:
    """When that day's working hours begin where the person is; not before now."""
    where = zone(person.time_zone, ctx.policy.time_zone)
    begins = datetime.combine(day, time(), where).astimezone(ctx.now.tzinfo)
    return next_open(max(ctx.now, begins), where, ctx.policy.hours)


# -- by the clock --------------------------------------------------------------------------------


def go_out(event: Ticked, ctx: Ctx) -> None:
    """The first cards that are due, a batch at a time; each plan is looked at before more of it goes out."""
    due = ctx.tx.links.planned(ctx.now, BATCH)
    waiting = ctx.tx.plans.plan_of(due)
    plans = {i: ctx.tx.plans.get(i, lock=True) for i in set(waiting.values())}
    for plan in plans.values():
        if plan is not None and plan.state == "waves" and _goes_badly(ctx, plan, event):
            return _stop(ctx, plan)
    ctx.tx.people.lock(due)
    people = ctx.tx.people.many(due)
    links = ctx.tx.links.of(due)
    for person_id in due:
        mine = [link for (owner, _), link in links.items() if owner == person_id and _waits(link)]
        plan = plans.get(waiting[person_id]) if person_id in waiting else None
        _first_card(ctx, people.get(person_id), mine, plan)
    for plan in plans.values():
        if plan is not None:
            ctx.tx.plans.save(plan)
    if len(due) == BATCH:
        ctx.again(event)


def _first_card(ctx: Ctx, person: Person | None, links: Sequence[SyncLink], plan: Plan | None) -> None:
    if person is None or person.excluded or person.home is None or (plan is not None and plan.state != "waves"):
        ctx.tx.links.put(*(replace(link, next_ask=None) for link in links))
        return
    free = unasked.next_free(ctx, person)
    opens = next_open(max(ctx.now, free), zone(person.time_zone, ctx.policy.time_zone), ctx.policy.hours)
    if opens > ctx.now:
        ctx.tx.links.put(*(replace(link, next_ask=opens) for link in links))
        return
    ctx.tx.links.put(*(step(link, Happening.ASKED, ctx.now, ctx.policy.timetable).link for link in links))
    ask(ctx, person, plan.by if plan else None)
    if plan is not None:
        plan.data["asked"] = plan.data.get("asked", 0) + 1


def _goes_badly(ctx: Ctx, plan: Plan, event: Ticked) -> bool:
    """Once a tick: more than the share of those asked declined or failed."""
    asked = plan.data.get("asked", 0) - plan.data.get("asked_before", 0)
    if asked < ENOUGH or plan.data.get("looked") == _minute(event):
        return False
    plan.data["looked"] = _minute(event)
    bad = ctx.tx.plans.trouble(plan.id, datetime.fromisoformat(plan.data["begun"]))
    return bad > int(asked) * ctx.policy.stop_share


def _minute(event: Ticked) -> str:
    """The tick itself, whichever of its batches this is."""
    return event.slot.replace(microsecond=0).isoformat()


def _stop(ctx: Ctx, plan: Plan) -> None:
    ctx.tx.acts.add(None, "stopped", plan.id, {"plan": plan.number})
    _end(ctx, KINDS[plan.kind], plan, "stopping")
    notices.tell_admins(ctx, "admin.wave_stopped", str(plan.number), "", LinkReason.NONE)


def report(event: Ticked, ctx: Ctx) -> None:
    """How far plans with waves are, on their cards; those with nobody left to ask are done."""
    for known in ctx.tx.plans.in_state("waves"):
        plan = ctx.tx.plans.get(known.id, lock=True)
        if plan is None or plan.state != "waves":
            continue
        found = ctx.tx.plans.progress(plan.id)
        left = found.get((State.PENDING, LinkReason.PLANNED), 0)
        seen = {"left": left, "asked": plan.data.get("asked", 0), **_by_state(found)}
        if seen == plan.data.get("seen") or (left and _would_ring(ctx, plan)):
            continue
        plan.data.update({"seen": seen, "shown": days.today(ctx).isoformat()})
        if left:
            planning.show(ctx, KINDS[plan.kind], plan)
        else:
            planning.move(ctx, KINDS[plan.kind], plan, "done")


def _would_ring(ctx: Ctx, plan: Plan) -> bool:
    """Where a card cannot be replaced, each change is a message: one a day is enough."""
    known = ctx.policy.platforms.get(platform_of(plan.asker))
    in_place = known is None or known.traits.card_replaceable
    return not in_place and plan.data.get("shown") == days.today(ctx).isoformat()


def _by_state(found: dict[tuple[State, LinkReason], int]) -> dict[str, int]:
    """Links of the plan's people: synced, declined, failed."""
    by: Counter[str] = Counter()
    for (state, reason), n in found.items():
        key = "declined" if reason is LinkReason.DECLINED else state.value
        by[key] += n
    return {key: by[key] for key in ("synced", "declined", "failed")}
