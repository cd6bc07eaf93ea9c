"""SQL for the hot paths, sent to the driver as it stands: no statement is built per request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from app.db.result import Result
from app.db.session import Session

_PARAMETER = re.compile(r":([a-z_]+)")
_LIST = re.compile(r"IN_LIST\(:([a-z_]+)\)")


class Sql:
    """A statement with ``:name`` parameters for both engines.

    ``x IN_LIST(:names)`` holds if x is in the list ``names``, in one statement of any length.
    ``held`` is the table, by its name in the statement, whose rows nobody else may change until the
    transaction ends; on SQLite nobody else may change anything.
    """

    def __init__(self, sql: str, *, held: str = "") -> None:
        self._lists = frozenset(_LIST.findall(sql))
        self._sqlite = _LIST.sub(r"IN (SELECT value FROM json_each(:\1))", sql)
        self._postgres = _PARAMETER.sub(r"%(\1)s", _LIST.sub(r"= ANY(:\1)", sql))
        if held:
            self._postgres += f" FOR UPDATE OF {held}"

    def run(self, session: Session, **parameters: Any) -> Result:
        """Run it once."""
        return session.driver_execute(*self._for(session, parameters))

    def fetch(self, session: Session, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run it once and return plain tuples, which cost less where rows are many."""
        return session.driver_fetch(*self._for(session, parameters))

    def run_each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each row and return how many rows were changed."""
        if not rows:
            return 0
        sql = self._sqlite if session.is_sqlite else self._postgres
        return session.driver_execute(sql, list(rows)).rowcount

    def _for(self, session: Session, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the statement as the engine takes it, with the parameters."""
        if not session.is_sqlite:
            return self._postgres, parameters
        for name in self._lists:
            parameters[name] = orjson.dumps(parameters[name]).decode()
        return self._sqlite, parameters


class Insert:
    """An INSERT of many rows: one call for SQLite, one statement over arrays for PostgreSQL.

    ``columns`` maps each column to its type on PostgreSQL; ``on_conflict`` closes the statement.
    """

    def __init__(self, table: str, columns: Mapping[str, str], on_conflict: str) -> None:
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        arrays = ", ".join(f"CAST(%s AS {kind}[])" for kind in columns.values())
        into = f"INSERT INTO {table} ({names})"
        self._sqlite = f"{into} VALUES ({marks}) {on_conflict}"
        self._postgres = f"{into} SELECT * FROM unnest({arrays}) {on_conflict}"  # noqa: S608 (constants)

    def run(self, session: Session, rows: Sequence[tuple[Any, ...]]) -> int:
        """Insert the rows and return how many went in or changed."""
        if not rows:
            return 0
        if session.is_sqlite:
            return session.driver_execute(self._sqlite, list(rows)).rowcount
        arrays = tuple(list(column) for column in zip(*rows, strict=True))
        return session.driver_execute(self._postgres, arrays).rowcount
