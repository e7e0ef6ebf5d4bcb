"""Statements on the hot path: written with Core, compiled once, run on the driver's own cursor.

Core's own execution costs ten times what the database needs for such a statement. Values and rows are converted by
the same types as everywhere else.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

Convert = Callable[[Any], Any]


class _Made:
    """One statement for one dialect: its SQL, the order and conversion of parameters, the shape of rows."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.constants: Mapping[str, Any] = compiled.construct_params(_check=False)
        self.names: tuple[str, ...] = tuple(compiled.positiontup)
        self.binds: list[tuple[str, Convert | None]] = [(n, compiled._bind_processors.get(n)) for n in self.names]
        columns = compiled._result_columns
        self.row: Any = namedtuple("Row", [c.keyname for c in columns]) if columns else None
        found = [c.type.dialect_impl(dialect).result_processor(dialect, None) for c in columns]
        self.converts: list[tuple[int, Convert]] = [(at, f) for at, f in enumerate(found) if f is not None]

    def values(self, params: Mapping[str, Any]) -> tuple[Any, ...]:
        given = {**self.constants, **params}
        return tuple(given[name] if convert is None else convert(given[name]) for name, convert in self.binds)

    def read(self, raw: Iterable[Any]) -> list[Any]:
        assert self.row is not None
        rows = []
        for found in raw:
            values = list(found)
            for at, convert in self.converts:
                values[at] = convert(values[at])
            rows.append(self.row._make(values))
        return rows


class Hot:
    """A statement with named ``bindparam``s. ``rows`` for what returns rows, ``run`` for the number of rows changed."""

    def __init__(self, statement: Callable[[Connection], ClauseElement] | ClauseElement) -> None:
        self.statement = statement
        self._made: dict[str, _Made] = {}

    def _for(self, conn: Connection) -> _Made:
        made = self._made.get(conn.dialect.name)
        if made is None:
            statement = self.statement(conn) if callable(self.statement) else self.statement
            made = self._made[conn.dialect.name] = _Made(statement, conn.dialect)
        return made

    def rows(self, conn: Connection, **params: Any) -> list[Any]:
        """Named tuples, all of them."""
        made = self._for(conn)
        if conn.dialect.name == "sqlite":
            return made.read(_raw(conn).execute(made.sql, made.values(params)))
        return made.read(conn.exec_driver_sql(made.sql, made.values(params)))

    def first(self, conn: Connection, **params: Any) -> Any:
        """The first row, or None."""
        found = self.rows(conn, **params)
        return found[0] if found else None

    def run(self, conn: Connection, **params: Any) -> int:
        """How many rows were changed."""
        made = self._for(conn)
        if conn.dialect.name == "sqlite":
            changed: int = _raw(conn).execute(made.sql, made.values(params)).rowcount
            return changed
        return conn.exec_driver_sql(made.sql, made.values(params)).rowcount

    def each(self, conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """The same statement for many rows."""
        made = self._for(conn)
        values = [made.values(row) for row in rows]
        if conn.dialect.name == "sqlite":
            _raw(conn).executemany(made.sql, values)
        elif values:
            conn.exec_driver_sql(made.sql, values)


def _raw(conn: Connection) -> Any:
    """The driver's connection; SQLAlchemy's own transaction state is not involved, see ``storage.sqlite``."""
    return conn.connection.driver_connection
