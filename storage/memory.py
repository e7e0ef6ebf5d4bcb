"""Each platform's own odds and ends by key, so that a new platform needs no migration."""

from sqlalchemy import Connection, select

from bot.ids import PlatformId
from storage.schema import memory
from storage.upsert import upsert


class Memory:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def get(self, platform: PlatformId, key: str) -> str | None:
        found = select(memory.c.value).where(memory.c.platform == platform, memory.c.key == key)
        value: str | None = self.conn.execute(found).scalar()
        return value

    def put(self, platform: PlatformId, key: str, value: str) -> None:
        new = upsert(self.conn, memory)
        change = {"value": new.excluded.value}
        statement = new.on_conflict_do_update(index_elements=["platform", "key"], set_=change)
        self.conn.execute(statement, [{"platform": platform, "key": key, "value": value}])
