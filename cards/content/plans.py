"""The plan before anything is sent, how far it is, what became of it – and the question before syncs are ended."""

from dataclasses import dataclass

from bot.plans import Outcome
from bot.reasons import OUTCOMES
from bot.words import listed, say
from cards.model import Action, Button, Buttons, Card, Item, Text


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """The people for whom Confirm means the same; ``outcome``: what it means; ``names`` are the first of them."""

    outcome: str
    platform: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanCard:
    """``state``: making, open, or second (one administrator agreed, another one has to). ``changed``: people of whom it says
    something else than when it was shown before; ``limits``: what it would use, in words; ``unknown``: lines that fitted nobody."""

    plan: str
    number: int
    primary: str
    groups: tuple[PlanGroup, ...]
    people: int
    asks: int
    state: str = "open"
    changed: int = 0
    limits: tuple[str, ...] = ()
    unknown: int = 0
    asker: str = ""
    note: str = ""
    """About the file it was made of."""
    acts: int = 0
    """People for whom something is done without a question."""
    retry: str = ""
    """The one person it is about, who has no account there, as ``person.platform.primary``: with an account they may be asked."""


@dataclass(frozen=True, slots=True)
class PlanDone:
    """``state``: running, waves, stopped, done or cancelled. ``left``: people whose first card is still to come; ``last``: the day
    of the last one, in words."""

    number: int
    state: str
    asked: int = 0
    skipped: int = 0
    plan: str = ""
    left: int = 0
    synced: int = 0
    declined: int = 0
    failed: int = 0
    next: str = ""
    last: str = ""
    set: int = 0
    """People who were given their primary platform at once."""


@dataclass(frozen=True, slots=True)
class CloseCard:
    """``verb``: what ends; ``state``: making, open, second, running, done, cancelled, undoing or undone. ``until``: till when it
    can be taken back, in words; empty: it cannot. ``back``: people who are as they were."""

    plan: str
    number: int
    verb: str
    names: tuple[str, ...]
    count: int
    state: str = "open"
    until: str = ""
    window: str = ""
    changed: int = 0
    linked: int = 0
    back: int = 0
    newer: int = 0


def plan(facts: PlanCard) -> Card:
    title = say("plan.title", number=facts.number)
    if facts.state == "making":
        return Card(say("plan.making.title", number=facts.number), (Text(say("plan.making", people=facts.people)),))
    items: list[Item] = []
    if facts.changed:
        items.append(Text(say("plan.changed", count=facts.changed)))
    if facts.state == "second":
        items.append(Text(say("plan.second", name=facts.asker)))
    items.append(Text(say("plan.summary", people=facts.people, asks=facts.asks)))
    if facts.primary:
        items.append(Text(say("plan.primary", primary=facts.primary)))
    items += [Text(_group(group)) for group in facts.groups]
    if facts.unknown:
        items.append(Text(say("plan.unknown", count=facts.unknown)))
    if facts.note:
        items.append(Text(facts.note))
    items += [Text(line, small=True) for line in facts.limits]
    if facts.retry:
        items += _refused(facts)
    items += _answers(facts)
    return Card(title, tuple(items))


def _refused(facts: PlanCard) -> list[Item]:
    away = next(group for group in facts.groups if group.outcome == Outcome.NO_ACCOUNT)
    words = say("plan.refused", names=listed(away.names), platform=away.platform)
    return [Text(words), Buttons((Button("Try again", Action("sync", facts.retry)),))]


def _group(group: PlanGroup) -> str:
    more = f" and {group.count - len(group.names)} more" if group.count > len(group.names) else ""
    words = OUTCOMES[group.outcome].format(platform=group.platform)
    return f"{group.count}: {words} – {', '.join(group.names)}{more}"


def _answers(facts: PlanCard) -> list[Item]:
    export = Button("Export", Action("export", facts.plan))
    if not facts.asks and not facts.acts:
        return [Buttons((export,)), Text(say("plan.nothing"), small=True)]
    confirm = Button("Confirm", Action("confirm", facts.plan), "primary")
    buttons = (confirm, Button("Cancel", Action("cancel", facts.plan)), export)
    return [Buttons(buttons), Text(say("plan.confirm", number=facts.number), small=True)]


def done(facts: PlanDone) -> Card:
    match facts.state:
        case "running":
            return Card(say("plan.running.title", number=facts.number), (Text(say("plan.running")),))
        case "waves" | "stopped":
            return _under_way(facts)
        case "cancelled":
            key = "plan.cancelled.rest" if facts.asked else "plan.cancelled"
            return Card(say("plan.cancelled.title", number=facts.number), (Text(say(key, asked=facts.asked)),))
        case _:
            words = [Text(say("plan.done", asked=facts.asked, skipped=facts.skipped))]
            if facts.set:
                words.append(Text(say("plan.done.set", count=facts.set)))
            if facts.synced or facts.declined or facts.failed:
                words.append(Text(_so_far(facts)))
            return Card(say("plan.done.title", number=facts.number), tuple(words))


def _under_way(facts: PlanDone) -> Card:
    key = facts.state
    items: list[Item] = [
        Text(say(f"plan.{key}", asked=facts.asked, left=facts.left, next=facts.next, last=facts.last)),
        Text(_so_far(facts)),
    ]
    buttons = [Button("Cancel", Action("cancel", facts.plan), "danger")]
    if key == "stopped":
        buttons.insert(0, Button("Resume", Action("confirm", facts.plan), "primary"))
    items.append(Buttons(tuple(buttons)))
    items.append(Text(say(f"plan.{key}.typed", number=facts.number), small=True))
    return Card(say(f"plan.{key}.title", number=facts.number), tuple(items))


def _so_far(facts: PlanDone) -> str:
    return say("plan.so_far", synced=facts.synced, declined=facts.declined, failed=facts.failed)


def close(facts: CloseCard) -> Card:
    more = (f"{facts.count - len(facts.names)} more",) if facts.count > len(facts.names) else ()
    names = listed((*facts.names, *more))
    title = say(f"close.title.{facts.verb}", names=names)
    match facts.state:
        case "making":
            return Card(title, (Text(say("plan.making", people=facts.count)),))
        case "open" | "second":
            return Card(title, tuple(_question(facts)))
        case "running" | "undoing":
            return Card(title, (Text(say(f"close.{facts.state}")),))
        case "cancelled":
            return Card(title, (Text(say("close.cancelled")),))
        case "undone":
            newer = (Text(say("closed.newer", count=facts.newer)),) if facts.newer else ()
            return Card(say("closed.undone", count=facts.back), (Text(names), *newer))
        case _:
            return _closed(facts, names)


def _question(facts: CloseCard) -> list[Item]:
    items: list[Item] = []
    if facts.changed:
        items.append(Text(say("plan.changed", count=facts.changed)))
    if facts.state == "second":
        items.append(Text(say("close.second")))
    linked = say("close.linked", count=facts.linked) if facts.linked else ""
    items.append(Text(say(f"close.{facts.verb}", count=facts.count) + linked))
    if facts.verb != "include":
        items.append(Text(say("close.window", window=facts.window) if facts.window else say("close.for_good")))
    confirm = Button("Confirm", Action("confirm", facts.plan), "danger")
    items.append(Buttons((confirm, Button("Cancel", Action("cancel", facts.plan)))))
    items.append(Text(say("close.typed", number=facts.number), small=True))
    return items


def _closed(facts: CloseCard, names: str) -> Card:
    items: list[Item] = [Text(say("closed.erase.after") if facts.verb == "erase" else names)]
    if facts.until:
        items.append(Text(say("closed.until", until=facts.until, number=facts.number)))
        items.append(Buttons((Button("Undo", Action("undo", facts.plan)),)))
    return Card(say(f"closed.{facts.verb}", count=facts.count), tuple(items))
