"""Makes a card from its stored facts at the moment of sending, so that it always says today's words."""

import json

import msgspec

from cards.content import KINDS, build
from cards.model import Card
from storage.cards import CardRow


class CardBuilder:
    def build(self, row: CardRow) -> Card:
        """Raises ``msgspec.ValidationError`` when stored facts do not fit their kind any more."""
        facts, _ = KINDS[row.kind]
        return build(msgspec.convert(json.loads(row.data), facts, strict=False))
