"""Sync: who is asked to link what – by a plan, again, or because the person wants it – and where people are at home."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.ids import AccountId, PersonId, PlatformId
from bot.links import SAID_NO, Happening, LinkReason, State, SyncLink, step
from bot.people import Person
from bot.plans import Outcome, Wish, has_link, plan
from bot.relay import LinkKey
from handlers import unasked
from handlers.asking import ask
from handlers.ctx import Ctx
from handlers.planning import Row
from storage.plans import Plan, PlanPerson

Links = Mapping[LinkKey, SyncLink]


# -- plans to sync -------------------------------------------------------------------------------


def look(ctx: Ctx, plan_: Plan, rows: Sequence[Row]) -> list[str]:
    """What would be done with each person, platform by platform."""
    links = ctx.tx.links.of([person.id for _, person in rows])
    return [
        ",".join(f"{line.outcome}:{line.platform or ''}" for line in plan([person], wish(plan_, row), links))
        for row, person in rows
    ]


def wish(plan_: Plan, row: PlanPerson) -> Wish:
    """What is wanted of a person: a file's line may say it for its own, as ``primary>secondary;…``."""
    if row.remark:
        primary, _, others = row.remark.partition(">")
        platforms = tuple(PlatformId(p) for p in others.split(";") if p)
        return Wish(PlatformId(primary) if primary else None, platforms)
    common = plan_.data.get("primary")
    return Wish(PlatformId(common) if common else None, tuple(map(PlatformId, plan_.data.get("secondaries", ()))))


def wanted(
    ctx: Ctx, plan_: Plan, row: PlanPerson, person: Person, links: Links
) -> tuple[PlatformId | None, list[PlatformId]]:
    """The primary that a person is to have, if one is named, and the platforms to ask for, as things are now."""
    if plan_.kind == "reprompt":
        mine = [link for (owner, _), link in links.items() if owner == person.id]
        return None, [link.platform for link in mine if may_ask(link, False) and person.on(link.platform)]
    its = wish(plan_, row)
    lines = plan([person], its, {key: link for key, link in links.items() if link.reason is not LinkReason.PLANNED})
    return its.primary, [line.platform for line in lines if line.outcome is Outcome.ASK and line.platform]


def act(ctx: Ctx, plan_: Plan, rows: Sequence[Row]) -> Counter[str]:
    """Ask at once: the consent cards of a page of people."""
    done: Counter[str] = Counter()
    links = ctx.tx.links.of([person.id for _, person in rows])
    for row, person in rows:
        primary, platforms = wanted(ctx, plan_, row, person, links)
        if not platforms:
            done["skipped"] += 1
            continue
        if primary is not None and person.primary != primary:
            ctx.tx.people.set_primary([person.id], primary)
            person = ctx.tx.people.many([person.id])[person.id]
        _ask_for(ctx, person, [links.get((person.id, p)) or SyncLink(person.id, p) for p in platforms])
        ask(ctx, person, plan_.by)
        done["asked"] += 1
    return done


def _ask_for(ctx: Ctx, person: Person, links: Sequence[SyncLink]) -> None:
    ctx.tx.links.put(*(step(link, Happening.ASKED, ctx.now, ctx.policy.timetable).link for link in links))


# -- asking again --------------------------------------------------------------------------------


def look_reprompt(ctx: Ctx, plan_: Plan, rows: Sequence[Row]) -> list[str]:
    """Who would be asked again: whoever is pending or failed; nobody who said no."""
    links = ctx.tx.links.of([person.id for _, person in rows])
    said = []
    for row, person in rows:
        _, platforms = wanted(ctx, plan_, row, person, links)
        fit = person.home is not None and not person.excluded
        said.append(",".join(f"again:{p}" for p in sorted(platforms)) if fit and platforms else "leave:")
    return said


def reprompt(ctx: Ctx, people: Sequence[Person], asker: AccountId, *, express: bool) -> int:
    """Ask again now: whoever is pending or failed, and who said no when ``express``ly named. Returns how many were asked.

    Many at once are no act on one person: those who were asked less than a day ago are left alone.
    """
    asked = 0
    ctx.tx.people.lock([person.id for person in people])
    for person in people:
        links = [k for k in ctx.tx.links.of([person.id]).values() if may_ask(k, express) and person.on(k.platform)]
        soon = not express and unasked.next_free(ctx, person) > ctx.now
        if person.excluded or person.home is None or not links or soon:
            continue
        _ask_for(ctx, person, links)
        ctx.tx.acts.add(asker, "reprompt", person.id, {})
        asked += ask(ctx, person, asker)
    return asked


def may_ask(link: SyncLink, express: bool) -> bool:
    """Who was never asked, or was reset, is asked through a plan."""
    if link.state is State.NOT_CREATED:
        return express and link.reason in SAID_NO
    return not link.allowed


def connect(ctx: Ctx, person: Person, only: PlatformId | None) -> bool:
    """The person asks for their own consent card, also after having declined."""
    ctx.tx.people.lock([person.id])
    wanted_ = [p for p in person.platforms if p != person.primary and only in (None, p)]
    links = [link for link in (ctx.tx.links.get(person.id, p, lock=True) for p in wanted_) if not link.allowed]
    _ask_for(ctx, person, links)
    return bool(links) and ask(ctx, person)


# -- home ----------------------------------------------------------------------------------------


def set_primary(ctx: Ctx, people: Sequence[Person], platform: PlatformId, by: AccountId) -> tuple[int, list[Person]]:
    """Set at once for whoever has nothing synced. Returns how many were set, and who could not be."""
    refused: list[Person] = []
    fit: list[PersonId] = []
    ctx.tx.people.lock([person.id for person in people])
    links = ctx.tx.links.of([person.id for person in people])
    for person in people:
        moves = person.primary != platform and has_link(person, links)
        if person.on(platform) is None or moves:
            refused.append(person)
        else:
            fit.append(person.id)
    ctx.tx.people.set_primary(fit, platform)
    for person_id in fit:
        ctx.tx.acts.add(by, "primary", person_id, {"platform": platform})
    return len(fit), refused
