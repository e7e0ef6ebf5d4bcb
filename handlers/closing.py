"""Ending syncs by a plan: reset, remove, exclude, teams that are no longer imported – and taking excluded people back.

Hearing and speaking stop at once; how it was is kept sealed for a while, so that it can be taken back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bot.events import Ticked
from bot.ids import AccountId, PersonId, PlanId, PlatformId
from bot.links import Happening, State
from bot.orders import RevokeGrant
from bot.people import Person
from bot.words import listed, say
from cards.content import Answer
from handlers import unasked
from handlers.consent import close
from handlers.ctx import Ctx
from handlers.planning import AT_ONCE, Row
from storage.parked import Parked
from storage.plans import Plan

BATCH = 50
ROWS = 500
"""Messages erased in one transaction."""
DELIVERY = timedelta(minutes=10)
"""An account that is to be erased stays so long, since somebody is told through it."""


# -- what would end ------------------------------------------------------------------------------


def look(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> list[str]:
    """The platforms whose sync, or question, would end; a chosen primary would be forgotten, too."""
    ends = _ends(ctx, rows)
    return [ends[person.id] or "forget:" for _, person in rows]


def look_remove(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> list[str]:
    ends = _ends(ctx, rows)
    return [ends[person.id] or "erase:" for _, person in rows]


def look_exclude(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> list[str]:
    ends = _ends(ctx, rows)
    return ["already:" if person.excluded else ends[person.id] or "exclude:" for _, person in rows]


def look_include(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> list[str]:
    return ["include:" if person.excluded else "already:" for _, person in rows]


def look_unsync(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> list[str]:
    """A team that was selected again meanwhile, and holds the account, spares the person."""
    platform = PlatformId(plan.data["platform"])
    said = []
    for _, person in rows:
        account = person.on(platform)
        spared = account is None or ctx.tx.teams.holds(platform, account.id)
        said.append("spared:" if spared else f"unsync:{platform}")
    return said


def _ends(ctx: Ctx, rows: Sequence[Row]) -> dict[PersonId, str]:
    links = ctx.tx.links.of([person.id for _, person in rows])
    ends: dict[PersonId, list[str]] = {person.id: [] for _, person in rows}
    for (person, platform), link in sorted(links.items()):
        if link.state is not State.NOT_CREATED:
            ends[person].append(f"end:{platform}")
    return {person: ",".join(parts) for person, parts in ends.items()}


# -- what Confirm does ---------------------------------------------------------------------------


def reset(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> Counter[str]:
    """Break all syncs and forget a chosen primary. The person may be synced again."""
    for _, person in rows:
        _end(ctx, plan, person)
        ctx.tx.people.clear_primary(person.id)
    return Counter(ended=len(rows))


def remove(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> Counter[str]:
    """Break all syncs and take the person out; what is stored of them goes with the undo window."""
    for _, person in rows:
        _end(ctx, plan, person, removed=True)
        ctx.tx.leaving.remember([account.id for account in person.accounts.values()], ctx.now + ctx.policy.keep)
        ctx.tx.leaving.detach(person.id)
    return Counter(ended=len(rows))


def exclude(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> Counter[str]:
    """What is linked or asked ends; from now on nothing begins."""
    for _, person in rows:
        _end(ctx, plan, person)
    ctx.tx.people.exclude([person.id for _, person in rows], True)
    return Counter(ended=len(rows))


def include(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> Counter[str]:
    """Nobody is asked by it: they may be synced again."""
    people = [person for _, person in rows]
    include_now(ctx, people, plan.by)
    return Counter(ended=len(people))


def include_now(ctx: Ctx, people: Sequence[Person], by: AccountId) -> None:
    ctx.tx.people.exclude([person.id for person in people], False)
    for person in people:
        ctx.tx.acts.add(by, "include", person.id, {})


def unsync(ctx: Ctx, plan: Plan, rows: Sequence[Row]) -> Counter[str]:
    """The accounts there are no longer imported: syncs that need them end."""
    platform = PlatformId(plan.data["platform"])
    for _, person in rows:
        _end(ctx, plan, person, None if person.primary == platform else platform)
        account = person.on(platform)
        if account is not None:
            ctx.tx.people.deactivate(account.id)
    return Counter(ended=len(rows))


def leave_teams(ctx: Ctx, plan: Plan) -> None:
    """Who was in the dropped teams is not remembered any longer. One that was selected again meanwhile is none of them."""
    platform = PlatformId(plan.data["platform"])
    again = {team.id for team in ctx.tx.teams.chosen(platform)}
    ctx.tx.teams.leave(platform, [team for team in plan.data["teams"] if team not in again])
    state = "unsynced" if plan.state == "done" else "kept"
    ctx.tx.acts.add(plan.asker, f"dropped teams: {state}", platform, {"people": plan.data["acts"]})


def _end(ctx: Ctx, plan: Plan, person: Person, only: PlatformId | None = None, *, removed: bool = False) -> None:
    """Stop at once, keep sealed how it was, and tell the person in one sentence."""
    by = plan.by
    window = timedelta() if plan.data.get("now") else ctx.policy.undo_window
    body = snapshot(ctx, person, removed=removed)
    allowed = [PlatformId(link["platform"]) for link in body["links"] if link["state"] == State.SYNCED]
    grants: list[tuple[str, str]] = []
    closed = close(ctx, person, Happening.RESET, only, park=grants)
    body["grants"] = grants
    ctx.tx.people.move_to(person.id, None)
    ctx.tx.acts.add(by, plan.kind, person.id, {"plan": plan.number, "platforms": list(closed)})
    if window:
        ctx.tx.parked.put([Parked(plan.id, person.id, ctx.now + window, body)])
    else:
        plan.data["for_good"] = True
        revoke(ctx, body)
        if removed:
            part(ctx, plan.id, person, body["accounts"])
    tell(ctx, plan, person, f"ended.{plan.kind}", [p for p in allowed if p in closed], by)


def part(ctx: Ctx, plan: PlanId, person: Person, accounts: Sequence[AccountId]) -> None:
    """Nothing can be taken back: all that is stored of the person is erased once the last word has reached them."""
    rest = {"removed": True, "name": person.name, "accounts": list(accounts), "ended": ctx.now.isoformat()}
    ctx.tx.parked.put([Parked(plan, person.id, ctx.now + DELIVERY, rest)])


def snapshot(ctx: Ctx, person: Person, *, removed: bool) -> dict[str, Any]:
    """How a person is now, as plain values."""
    return {
        "removed": removed,
        "ended": ctx.now.isoformat(),
        "name": person.name,
        "email": person.email,
        "excluded": person.excluded,
        "primary": ctx.tx.people.chosen_primary(person.id),
        "accounts": [account.id for account in person.accounts.values()],
        "links": [msgspec.to_builtins(link) for link in ctx.tx.links.of([person.id]).values()],
    }


def tell(ctx: Ctx, plan: Plan, person: Person, key: str, platforms: Sequence[PlatformId], by: AccountId) -> None:
    """One sentence to somebody whose links were changed by an administrator; who had none hears nothing. Where a plan is about
    many, it waits for whatever else they were told today."""
    if not platforms:
        return
    account = ctx.tx.people.account(by)
    titles = listed([ctx.policy.title(platform) for platform in sorted(platforms)])
    words = say(key, who=account.name if account else say("answer.somebody"), platforms=titles)
    # Whoever is erased for good cannot be told tomorrow.
    at_once = plan.data["acts"] <= AT_ONCE or bool(plan.data.get("now"))
    unasked.show(ctx, person, Answer(say("answer.noted"), (words,)), at_once=at_once)


# -- when it can no longer be taken back -----------------------------------------------------------


def revoke(ctx: Ctx, body: Mapping[str, Any]) -> None:
    """The parked permissions end at the platforms, and are erased."""
    for old, parked in body.get("grants", ()):
        grant = ctx.tx.grants.by_id(parked)
        if grant is not None:
            owner = AccountId(old.partition(":")[2])
            ctx.put(RevokeGrant(grant.id, grant.platform, owner), key=f"revoke:{grant.id}")


def let_go(event: Ticked, ctx: Ctx) -> None:
    """The undo window is over: what was parked is revoked, and whoever was removed is erased."""
    rows = ctx.tx.parked.due(ctx.now, BATCH)
    left = ROWS
    for row in rows:
        if row.body.get("removed"):
            left -= ctx.tx.leaving.erase_messages(row.person, left)
            if not left:
                break
            _erase(ctx, row)
        revoke(ctx, row.body)
        ctx.tx.parked.drop([row])
    if len(rows) == BATCH or not left:
        ctx.again(event)


def _erase(ctx: Ctx, row: Parked) -> None:
    """What stays is the audit log, under a number behind which there is nobody."""
    ended = datetime.fromisoformat(row.body["ended"]) if "ended" in row.body else ctx.now
    if row.body.get("name"):
        ctx.tx.leaving.erase_names(row.person, str(row.body["name"]))
    ctx.tx.leaving.erase_person(row.person)
    ctx.tx.leaving.erase_accounts([AccountId(one) for one in row.body["accounts"]], row.person, ended)
