"""A look at the stored state for ``doctor``: can it be unsealed, whose is it, may it be written. Reads only.

Works beside a running bot. What the findings mean for an administrator is not said here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from storage.schema import accounts, grants
from storage.sealing import SealError
from storage.store import Tx

MOST = 1_000
"""Grants that are tried; a wrong key fails at the first."""


@dataclass(frozen=True, slots=True)
class Examined:
    grants: int
    unreadable: int
    """Of these grants, how many none of the keys opens."""
    tenants: Mapping[str, frozenset[str]]
    """By platform: the workspaces and accounts that imported people belong to."""
    writable: bool


def examine(tx: Tx) -> Examined:
    sealed = tx.conn.execute(select(grants.c.id, grants.c.sealed).limit(MOST)).all()
    unreadable = sum(not _opens(tx, row.id, row.sealed) for row in sealed)
    tenants: dict[str, set[str]] = {}
    for platform, tenant in tx.conn.execute(select(accounts.c.platform, accounts.c.tenant).distinct()):
        tenants.setdefault(platform, set()).add(tenant)
    kept = {platform: frozenset(found) for platform, found in tenants.items()}
    return Examined(len(sealed), unreadable, kept, _writable(tx.conn))


def _opens(tx: Tx, grant: str, sealed: bytes) -> bool:
    try:
        tx.grants.keys.open(sealed, f"grants:{grant}")
    except SealError:
        return False
    return True


def _writable(conn: Connection) -> bool:
    """On SQLite the file's own permissions say it, and they are looked at from outside."""
    if conn.dialect.name != "postgresql":
        return True
    asked = "SELECT NOT pg_is_in_recovery() AND has_table_privilege('jobs', 'INSERT, UPDATE, DELETE')"
    return bool(conn.execute(text(asked)).scalar())
