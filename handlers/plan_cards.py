"""The cards of plans, as each plan stands now."""

from typing import Any

from bot.ids import PlatformId
from bot.links import State
from bot.plans import Outcome
from bot.words import say
from cards.content import CloseCard, PlanCard, PlanDone, TeamsDropped
from handlers import days
from handlers.ctx import Ctx
from handlers.planning import AT_ONCE, NAMES, groups
from storage.plans import Plan

ORDER = ("again", "move", "set", "at home", *(str(outcome) for outcome in Outcome), "leave", "gone")
RUNNING = {"checking": "running", "confirmed": "running", "scheduling": "running"}
ENDING = {"withdrawing": "cancelled", "stopping": "stopped"}


def of_sync(ctx: Ctx, plan: Plan) -> PlanCard | PlanDone:
    """Before Confirm what it would do; afterwards how far it is."""
    if plan.state not in ("making", "open"):
        return _under_way(ctx, plan)
    primary = plan.data.get("primary")
    first = plan.data.get("first")
    asker = ctx.tx.people.account(first) if first else None
    at_once = sum(n for part, (n, _) in plan.data["groups"].items() if part.startswith("set:"))
    return PlanCard(
        plan=plan.id,
        number=plan.number,
        primary=ctx.policy.title(primary) if primary else "",
        groups=groups(ctx, plan, ORDER),
        people=plan.data["people"] - plan.data.get("unknown", 0),
        asks=plan.data["acts"] - at_once,
        acts=at_once,
        state="second" if first and plan.state == "open" else plan.state,
        changed=plan.data.get("changed", 0),
        limits=_limits(ctx, plan) if plan.state == "open" else (),
        unknown=plan.data.get("unknown", 0),
        asker=asker.name if asker else "",
        note=plan.data.get("note", ""),
        retry=_retry(ctx, plan) if plan.state == "open" else "",
    )


def _retry(ctx: Ctx, plan: Plan) -> str:
    """The one person whom a plan is about, the platform on which they have no account, and where they are at home."""
    away = [part.partition(":")[2] for part in plan.data["groups"] if part.startswith(f"{Outcome.NO_ACCOUNT}:")]
    rows = ctx.tx.plans.page(plan.id, 0, 1) if away and plan.data["people"] == 1 else []
    person = ctx.tx.people.get(rows[0].person) if rows and rows[0].person else None
    return f"{person.id}.{away[0]}.{plan.data.get('primary') or person.primary or ''}" if person else ""


def _limits(ctx: Ctx, plan: Plan) -> tuple[str, ...]:
    """What it would use: first cards a day, and places where a platform lets so many people be heard only."""
    lines = []
    asks = plan.data["acts"]
    if asks > AT_ONCE:
        last = days.in_words(days.last_of(ctx, asks))
        lines.append(say("plan.limit.waves", per_day=ctx.policy.per_day, last=last))
    for part, (n, _) in sorted(plan.data["groups"].items()):
        what, _, platform = part.partition(":")
        known = ctx.policy.platforms.get(PlatformId(platform)) if what in ("ask", "again") else None
        if known is None or known.traits.most_heard is None:
            continue
        counts = ctx.tx.links.counts()
        taken = sum(counts.get((PlatformId(platform), state), 0) for state in (State.SYNCED, State.PENDING))
        most = known.traits.most_heard
        key = "plan.limit.heard" if taken + n <= most else "plan.limit.heard.over"
        lines.append(say(key, platform=known.title, count=taken + n, most=most))
    return tuple(lines)


def _under_way(ctx: Ctx, plan: Plan) -> PlanDone:
    data: dict[str, Any] = plan.data
    done, seen = data.get("done", {}), data.get("seen", {})
    state = RUNNING.get(plan.state) or ENDING.get(plan.state) or plan.state
    waves = ctx.tx.plans.waves_of(plan.id) if "asked" in data else {}
    planned = sum(waves.values())
    asked = data.get("asked", done.get("asked", 0))
    ahead = [day for day in waves if day >= days.today(ctx)]
    return PlanDone(
        number=plan.number,
        state=state,
        asked=asked,
        skipped=done.get("skipped", 0) + plan.data["people"] - data["acts"] if "asked" not in data else 0,
        plan=plan.id,
        left=seen.get("left", max(0, planned - asked)),
        synced=seen.get("synced", 0),
        declined=seen.get("declined", 0),
        failed=seen.get("failed", 0),
        next=days.in_words(ahead[0]) if ahead else "",
        last=days.in_words(max(waves)) if waves else "",
        set=done.get("set", 0),
    )


def of_closing(ctx: Ctx, plan: Plan) -> CloseCard:
    """Reset, remove, exclude, include."""
    data = plan.data
    acting = {
        part: group for part, group in data["groups"].items() if part.partition(":")[0] not in ("already", "gone")
    }
    names = list(dict.fromkeys(name for _, found in acting.values() for name in found))[:NAMES]
    names = names or list(dict.fromkeys(name for _, found in data["groups"].values() for name in found))[:NAMES]
    window = (
        ctx.policy.undo_window if not data.get("now") and not data.get("for_good") and plan.kind != "include" else None
    )
    asker = ctx.tx.people.account(plan.asker)
    until = ctx.now + window if window and plan.state == "done" else None
    undone = data.get("undone", {})
    return CloseCard(
        plan=plan.id,
        number=plan.number,
        verb=plan.kind,
        names=tuple(names),
        count=data["acts"] if plan.state != "making" else data["people"],
        state="second" if "first" in data and plan.state == "open" else RUNNING.get(plan.state, plan.state),
        until=days.moment_in_words(ctx, until, asker.time_zone if asker else None) if until else "",
        window=days.span_in_words(window) if window else "",
        changed=data.get("changed", 0),
        linked=len([part for part in acting if part.startswith("end:")]) and _linked(acting),
        back=undone.get("back", 0),
        newer=undone.get("newer", 0),
    )


def _linked(acting: dict[str, Any]) -> int:
    """People with at least one sync; counted by their largest platform, since one may have several."""
    return max(int(n) for part, (n, _) in acting.items() if part.startswith("end:"))


def of_teams(ctx: Ctx, plan: Plan) -> TeamsDropped | CloseCard:
    """Teams that are no longer imported, and the people whom only they brought in."""
    data = plan.data
    if plan.state in ("undoing", "undone"):
        return of_closing(ctx, plan)
    state = {"cancelled": "kept", "done": "unsynced"}.get(plan.state, "open")
    title = ctx.policy.title(PlatformId(data["platform"]))
    return TeamsDropped(plan.id, plan.number, title, tuple(data["team_names"]), data["acts"], state)
