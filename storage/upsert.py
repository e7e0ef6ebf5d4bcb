"""Insert-or-update for the two databases through one code path."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from storage.hot import Hot


def upsert(conn: Connection, table: Table) -> Any:
    """The dialect's insert, which knows ``on_conflict_do_update`` and ``excluded``; the two types share no base."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def insert_or_ignore(conn: Connection, table: Table, rows: Sequence[dict[str, Any]], key: str) -> set[Any]:
    """Insert the rows whose key is new; returns the keys that this transaction won."""
    statement = upsert(conn, table).on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])
    won: set[Any] = set()
    for row in rows:
        won.update(conn.execute(statement, row).scalars())
    return won


def hot_upsert(
    table: Table, keys: Sequence[str], change: Callable[[Any], dict[str, Any]], columns: Sequence[str]
) -> Hot:
    """An insert of the named columns that updates on conflict; ``change`` gets the statement for its ``excluded``."""

    def statement(conn: Connection) -> Any:
        new = upsert(conn, table).values({column: bindparam(column) for column in columns})
        return new.on_conflict_do_update(index_elements=list(keys), set_=change(new))

    return Hot(statement)
