"""Presses that wait for their answer: the card that replaces the pressed one, if it comes soon enough.

In this process only. Where another one does the work the press is answered with a line, and the card changes by itself.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

PATIENCE = 2.0
"""Seconds; the client gives up after about ten."""
Place = tuple[str, str]
"""Conversation and activity of the pressed card."""


class Invokes:
    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._waiting: dict[Place, set[asyncio.Future[dict[str, Any]]]] = {}

    @asynccontextmanager
    async def expecting(self, place: Place) -> AsyncIterator[asyncio.Future[dict[str, Any]]]:
        """Before the press is kept, so that no answer can come too early."""
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(place, set()).add(future)
        try:
            yield future
        finally:
            self._waiting[place].discard(future)
            if not self._waiting[place]:
                del self._waiting[place]

    async def answer(self, card: asyncio.Future[dict[str, Any]]) -> dict[str, Any] | None:
        """What was shown while there was patience."""
        await asyncio.wait([card], timeout=self.patience)
        return card.result() if card.done() else None

    def shown(self, place: Place, card: dict[str, Any]) -> None:
        """The card stands there now."""
        for future in self._waiting.get(place, ()):
            if not future.done():
                future.set_result(card)
