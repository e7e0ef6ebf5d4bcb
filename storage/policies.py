"""What administrators set in chat, by name. The environment's word is joined elsewhere, and wins."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, select

from storage.schema import policy
from storage.upsert import upsert

ALIASES, ROLES = "aliases", "roles"


class Policies:
    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def get(self, name: str) -> str | None:
        value: str | None = self.conn.execute(select(policy.c.value).where(policy.c.name == name)).scalar()
        return value

    def put(self, name: str, value: str) -> None:
        new = upsert(self.conn, policy)
        change = {"value": new.excluded.value}
        self.conn.execute(
            new.on_conflict_do_update(index_elements=["name"], set_=change), [{"name": name, "value": value}]
        )

    def aliases(self) -> dict[str, str]:
        """Old domain to new domain."""
        held = self.get(ALIASES)
        return dict(json.loads(held)) if held else {}

    def roles(self) -> dict[str, str]:
        """Addresses that administrators named, each with its role: admin or helpdesk."""
        held = self.get(ROLES)
        return dict(json.loads(held)) if held else {}

    def set_roles(self, roles: Mapping[str, str]) -> None:
        self.put(ROLES, json.dumps(dict(sorted(roles.items()))))
