"""A link to a file that somebody asked for, or is to send."""

from dataclasses import dataclass, field

from bot.words import say
from cards.model import Action, Button, Buttons, Card, Text

LABELS = {"people": "Export", "plan": "Export", "me": "Download my data", "sync": "Continue"}


@dataclass(frozen=True, slots=True)
class Paper:
    """``what``: people, plan, me (to fetch) or sync (to send); ``url`` works once, for a short while; ``number``: the plan's."""

    what: str
    url: str = field(repr=False)
    number: int = 0


def paper(facts: Paper) -> Card:
    button = Button(LABELS[facts.what], Action("paper"), "primary", facts.url)
    items = (Text(say(f"paper.{facts.what}")), Buttons((button,)), Text(say("paper.once"), small=True))
    return Card(say(f"paper.{facts.what}.title", number=facts.number), items)
