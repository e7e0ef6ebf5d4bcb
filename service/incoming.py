"""Takes webhooks in: on disk before they are answered, or refused while too much is waiting."""

from sqlalchemy.exc import DBAPIError

from bot.ids import PlatformId
from bot.orders import Decode
from bot.platform import Incoming, Overloaded
from storage.queue import CARD, LIVE, NewJob
from storage.store import Store


class Intake:
    """One platform's way in. ``full``: how many webhooks may wait for the disk at once."""

    def __init__(self, store: Store, platform: PlatformId, full: int) -> None:
        self.store = store
        self.platform = platform
        self.full = full
        self._waiting = 0

    async def submit(self, incoming: Incoming) -> None:
        """Return once it is kept. Raises ``Overloaded`` when it cannot be kept now."""
        if self._waiting >= self.full:
            raise Overloaded
        job = NewJob(
            stream=f"in:{self.platform}:{incoming.stream}",
            kind="Decode",
            order=Decode(self.platform, incoming.body),
            at=incoming.at,
            rank=LIVE if incoming.live else CARD,
            key=f"in:{self.platform}:{incoming.key}",
        )
        self._waiting += 1
        try:
            await self.store.submit([job])
        except (DBAPIError, OSError) as fault:
            raise Overloaded from fault
        finally:
            self._waiting -= 1
