"""Sync: the plan before anything is sent, confirming it page by page, and taking it back.

A plan is stored when shown; *Confirm* carries out what still fits and touches at most a page of people per transaction.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bot.events import PlanProceeded
from bot.ids import AccountId, PersonId, PlanId, PlatformId
from bot.links import Happening, LinkReason, State, SyncLink, step
from bot.orders import Proceed
from bot.people import Person
from bot.plans import Line, Outcome, Wish, has_link, plan
from cards.content import CloseCard, PlanCard, PlanDone, PlanGroup
from handlers import teams
from handlers.asking import ask, last_asked
from handlers.consent import close
from handlers.ctx import Ctx
from storage.runs import Plan

PAGE = 100
NAMES = 10


def propose(ctx: Ctx, asker: AccountId, people: Sequence[Person], wish: Wish) -> PlanId:
    """Compute, store and show the plan. Nothing is sent before *Confirm*."""
    links = ctx.tx.links.of([p.id for p in people])
    lines = plan(people, wish, links)
    data = json.dumps(
        {
            "primary": wish.primary,
            "secondaries": list(wish.secondaries),
            "people": [p.id for p in people],
        }
    )
    made = ctx.tx.runs.new_plan(asker, data)
    card = ctx.show(asker, _card(ctx, made, people, lines, wish), subject=f"plan:{made.id}")
    ctx.tx.runs.plan_card(made.id, card)
    return made.id


def _card(ctx: Ctx, made: Plan, people: Sequence[Person], lines: Iterable[Line], wish: Wish) -> PlanCard:
    return PlanCard(
        plan=made.id,
        number=made.number,
        primary=ctx.policy.title(wish.primary) if wish.primary else "",
        groups=groups(ctx, people, lines),
        people=len(people),
        asks=len({line.person for line in lines if line.outcome is Outcome.ASK}),
    )


def groups(ctx: Ctx, people: Sequence[Person], lines: Iterable[Line]) -> tuple[PlanGroup, ...]:
    """Counts and the first names per outcome and platform, in the order of the outcomes."""
    names = {p.id: p.name for p in people}
    found: dict[tuple[Outcome, PlatformId | None], list[PersonId]] = {}
    for line in lines:
        found.setdefault((line.outcome, line.platform), []).append(line.person)
    order = list(Outcome)
    return tuple(
        PlanGroup(
            outcome=outcome,
            platform=ctx.policy.title(platform) if platform else "",
            count=len(ids),
            names=tuple(names[i] for i in ids[:NAMES]),
        )
        for (outcome, platform), ids in sorted(found.items(), key=lambda kv: (order.index(kv[0][0]), kv[0][1] or ""))
    )


def confirm(ctx: Ctx, plan_id: PlanId, by: AccountId) -> bool:
    """Take the plan exactly once and begin. False: it was confirmed or cancelled before, or is somebody else's."""
    stored = ctx.tx.runs.plan(plan_id)
    if stored is None or stored.asker != by or not ctx.tx.runs.take_plan(plan_id, "confirmed"):
        return False
    ctx.tx.acts.add(by, "confirmed", plan_id, {"people": len(json.loads(stored.data)["people"])})
    ctx.put(Proceed(plan_id, 0), key=f"plan:{plan_id}:0")
    return True


def proceed(event: PlanProceeded, ctx: Ctx) -> None:
    """One page of people of a confirmed plan; then the next page, or the card that says what was done."""
    stored = ctx.tx.runs.plan(event.plan)
    if stored is None or stored.state != "confirmed":
        return
    data = json.loads(stored.data)
    if "close" in data:
        return _proceed_closing(ctx, stored, data, event.offset)
    ids: list[PersonId] = data["people"][event.offset : event.offset + PAGE]
    wish = Wish(data["primary"], tuple(data["secondaries"]))
    ctx.tx.people.lock(ids)
    found = ctx.tx.people.many(ids)
    people = [found[i] for i in ids if i in found]
    done: Counter[str] = Counter(data.get("done", {}))
    for person in people:
        done.update(_one(ctx, person, wish, stored.asker))
    data["done"] = dict(done)
    ctx.tx.runs.set_plan(event.plan, json.dumps(data))
    after = event.offset + PAGE
    if after < len(data["people"]):
        ctx.put(Proceed(event.plan, after), key=f"plan:{event.plan}:{after}")
    elif stored.card is not None:
        ctx.replace(stored.card, PlanDone(stored.number, "done", done["asked"], done["skipped"]))


def _proceed_closing(ctx: Ctx, stored: Plan, data: dict[str, Any], offset: int) -> None:
    """One page of a confirmed reset or remove."""
    ids: list[PersonId] = data["people"]
    ctx.tx.people.lock(ids[offset : offset + PAGE])
    found = ctx.tx.people.many(ids[offset : offset + PAGE])
    names = data.setdefault("names", [])
    for person in found.values():
        names.extend([person.name] if len(names) < NAMES else [])
        _close_one(ctx, person, data, stored.asker)
    ctx.tx.runs.set_plan(stored.id, json.dumps(data))
    after = offset + PAGE
    if after < len(ids):
        ctx.put(Proceed(stored.id, after), key=f"plan:{stored.id}:{after}")
    elif data["close"] == "unsync":
        teams.ended(ctx, stored, data, "unsynced")
    elif stored.card is not None:
        ctx.replace(stored.card, CloseCard(stored.id, stored.number, data["close"], tuple(names), len(ids), "done"))


def _close_one(ctx: Ctx, person: Person, data: dict[str, Any], by: AccountId) -> None:
    match data["close"]:
        case "reset":
            reset(ctx, [person], by)
        case "unsync":
            teams.unsync(ctx, person, PlatformId(data["platform"]))
        case "exclude":
            exclude(ctx, person, by)
        case _:
            remove(ctx, [person], by)


def _one(ctx: Ctx, person: Person, wish: Wish, asker: AccountId) -> Counter[str]:
    """Carry out what the plan says today for one person: the world may have changed since it was shown."""
    links = ctx.tx.links.of([person.id])
    wanted = [line.platform for line in plan([person], wish, links) if line.outcome is Outcome.ASK]
    if not wanted:
        return Counter(skipped=1)
    if wish.primary is not None and person.primary != wish.primary:
        ctx.tx.people.set_primary([person.id], wish.primary)
        person = ctx.tx.people.many([person.id])[person.id]
    for platform in wanted:
        assert platform is not None
        link = ctx.tx.links.get(person.id, platform, lock=True)
        ctx.tx.links.put(step(link, Happening.ASKED, ctx.now, ctx.policy.timetable).link)
    ask(ctx, person, asker)
    return Counter(asked=1)


def reprompt(ctx: Ctx, people: Sequence[Person], asker: AccountId, *, express: bool) -> int:
    """Ask again now: whoever is pending or failed, and who said no when ``express``ly named. Returns how many were asked.

    Many at once are no act on one person: those who were asked less than a day ago are left alone.
    """
    asked = 0
    ctx.tx.people.lock([person.id for person in people])
    for person in people:
        links = [k for k in ctx.tx.links.of([person.id]).values() if _may_ask(k, express) and person.on(k.platform)]
        last = last_asked(ctx, person)
        soon = not express and last is not None and ctx.now - last < ctx.policy.throttle
        if person.excluded or person.home is None or not links or soon:
            continue
        for link in links:
            ctx.tx.links.put(step(link, Happening.ASKED, ctx.now, ctx.policy.timetable).link)
        ctx.tx.acts.add(asker, "reprompt", person.id, {})
        asked += ask(ctx, person, asker)
    return asked


def _may_ask(link: SyncLink, express: bool) -> bool:
    """Who was never asked, or was reset, is asked through a plan."""
    if link.state is State.NOT_CREATED:
        return express and link.reason in (LinkReason.DECLINED, LinkReason.DISCONNECTED)
    return not link.allowed


def set_primary(ctx: Ctx, people: Sequence[Person], platform: PlatformId, by: AccountId) -> tuple[int, list[Person]]:
    """Set at once for whoever has nothing synced. Returns how many were set, and who could not be."""
    refused, fit = [], []
    ctx.tx.people.lock([person.id for person in people])
    for person in people:
        links = ctx.tx.links.of([person.id])
        moves = person.primary != platform and has_link(person, links)
        if person.on(platform) is None or moves:
            refused.append(person)
        else:
            fit.append(person.id)
    ctx.tx.people.set_primary(fit, platform)
    for person_id in fit:
        ctx.tx.acts.add(by, "primary", person_id, {"platform": platform})
    return len(fit), refused


def reset(ctx: Ctx, people: Sequence[Person], by: AccountId) -> int:
    """Break all syncs, revoke and erase at once, forget a chosen primary. The person may be synced again."""
    for person in people:
        close(ctx, person, Happening.RESET)
        ctx.tx.people.clear_primary(person.id)
        ctx.tx.acts.add(by, "reset", person.id, {})
    return len(people)


def remove(ctx: Ctx, people: Sequence[Person], by: AccountId) -> int:
    """Break all syncs and erase the person from our store."""
    for person in people:
        close(ctx, person, Happening.RESET)
        ctx.tx.acts.add(by, "remove", person.id, {})
        ctx.tx.cards.erase_of(tuple(a.id for a in person.accounts.values()))
        ctx.tx.people.remove(person.id)
    return len(people)


def exclude(ctx: Ctx, person: Person, by: AccountId) -> None:
    """What is linked or asked ends; from now on nothing begins."""
    close(ctx, person, Happening.RESET)
    ctx.tx.people.exclude([person.id], True)
    ctx.tx.acts.add(by, "exclude", person.id, {})


def connect(ctx: Ctx, person: Person, only: PlatformId | None) -> bool:
    """The person asks for their own consent card, also after having declined."""
    asked = False
    ctx.tx.people.lock([person.id])
    for platform in person.platforms:
        if platform == person.primary or only not in (None, platform):
            continue
        link = ctx.tx.links.get(person.id, platform, lock=True)
        if not link.allowed:
            ctx.tx.links.put(step(link, Happening.ASKED, ctx.now, ctx.policy.timetable).link)
            asked = True
    return asked and ask(ctx, person)
