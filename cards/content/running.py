"""Running the bot: the settings with their sources."""

from dataclasses import dataclass

from bot.words import say
from cards.model import Card, Rows, Text


@dataclass(frozen=True, slots=True)
class SettingRow:
    """``source``: where the value comes from, in words."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class SettingsCard:
    rows: tuple[SettingRow, ...]


def settings(facts: SettingsCard) -> Card:
    rows = tuple((row.name, row.value, row.source) for row in facts.rows)
    how = Text(say("settings.how"), small=True)
    return Card(say("settings.title"), (Rows(("Setting", "Value", "Source"), rows), how))
