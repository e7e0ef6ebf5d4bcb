"""The plan before anything is sent, what became of it, and the question before breaking syncs."""

from dataclasses import dataclass

from bot.plans import Outcome
from bot.words import OUTCOMES, listed, say
from cards.model import Action, Button, Buttons, Card, Item, Text


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """The people for whom Confirm means the same; ``names`` are the first of them."""

    outcome: Outcome
    platform: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanCard:
    plan: str
    number: int
    primary: str
    groups: tuple[PlanGroup, ...]
    people: int
    asks: int


@dataclass(frozen=True, slots=True)
class PlanDone:
    """``state``: running, done or cancelled."""

    number: int
    state: str
    asked: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class CloseCard:
    """``verb``: reset or remove; ``state``: open, done or cancelled."""

    plan: str
    number: int
    verb: str
    names: tuple[str, ...]
    count: int
    state: str = "open"


def plan(facts: PlanCard) -> Card:
    items: list[Item] = [Text(say("plan.summary", people=facts.people, asks=facts.asks))]
    if facts.primary:
        items.append(Text(say("plan.primary", primary=facts.primary)))
    for group in facts.groups:
        more = f" and {group.count - len(group.names)} more" if group.count > len(group.names) else ""
        words = OUTCOMES[group.outcome].format(platform=group.platform)
        items.append(Text(f"{group.count}: {words} – {', '.join(group.names)}{more}"))
    cancel = Button("Cancel", Action("cancel", facts.plan))
    if facts.asks:
        items.append(Buttons((Button("Confirm", Action("confirm", facts.plan), "primary"), cancel)))
        items.append(Text(say("plan.confirm", number=facts.number), small=True))
    else:
        items.append(Text(say("plan.nothing"), small=True))
    return Card(say("plan.title", number=facts.number), tuple(items))


def done(facts: PlanDone) -> Card:
    match facts.state:
        case "running":
            return Card(say("plan.running.title", number=facts.number), (Text(say("plan.running")),))
        case "cancelled":
            return Card(say("plan.cancelled.title", number=facts.number), (Text(say("plan.cancelled")),))
        case _:
            words = say("plan.done", asked=facts.asked, skipped=facts.skipped)
            return Card(say("plan.done.title", number=facts.number), (Text(words),))


def close(facts: CloseCard) -> Card:
    more = (f"{facts.count - len(facts.names)} more",) if facts.count > len(facts.names) else ()
    names = listed((*facts.names, *more))
    title = say(f"close.title.{facts.verb}", names=names)
    match facts.state:
        case "open":
            buttons = Buttons(
                (
                    Button("Confirm", Action("confirm", facts.plan), "danger"),
                    Button("Cancel", Action("cancel", facts.plan)),
                )
            )
            typed = Text(f"Or type: confirm {facts.number}, cancel {facts.number}.", small=True)
            return Card(title, (Text(say(f"close.{facts.verb}", count=facts.count)), buttons, typed))
        case "cancelled":
            return Card(title, (Text(say("close.cancelled")),))
        case _:
            return Card(say(f"closed.{facts.verb}", count=facts.count), (Text(names),))
