"""The key–value space lent to a platform: stored rows behind a bounded cache.

Only for facts that do not change or may be found out again; never for text or tokens.
"""

from collections import OrderedDict

from bot.ids import PlatformId
from storage.store import Store

MOST = 50_000


class StoredMemory:
    """Fulfils ``bot.platform.Memory`` for one platform."""

    def __init__(self, store: Store, platform: PlatformId) -> None:
        self.store = store
        self.platform = platform
        self._cache: OrderedDict[str, str] = OrderedDict()

    async def get(self, key: str) -> str | None:
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        value = await self.store.read(lambda tx: tx.memory.get(self.platform, key))
        if value is not None:
            self._remember(key, value)
        return value

    async def put(self, key: str, value: str) -> None:
        if self._cache.get(key) == value:
            return
        await self.store.write(lambda tx: tx.memory.put(self.platform, key, value))
        self._remember(key, value)

    def _remember(self, key: str, value: str) -> None:
        self._cache[key] = value
        self._cache.move_to_end(key)
        while len(self._cache) > MOST:
            self._cache.popitem(last=False)
