"""Rows of versions that are given by their addresses, any number of them in one statement."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import BigInteger, String, Subquery, column, text

from app.db import Session
from app.db.result import Result

Address = tuple[str, int]
"""The id of a model, and the number of a version of it."""

_COLUMNS = (column("model_id", String), column("version", BigInteger))
_ON_SQLITE = text("""
SELECT json_extract(value, '$[0]') AS model_id, json_extract(value, '$[1]') AS version
FROM json_each(:addresses)""")
_ON_POSTGRES = text("""
SELECT model_id, version
FROM unnest(CAST(:ids AS varchar[]), CAST(:numbers AS bigint[])) a(model_id, version)""")


def places_of(session: Session, addresses: Sequence[Address]) -> Subquery:
    """Return the addresses as rows of ``model_id`` and ``version``, for a statement to join."""
    if session.is_sqlite:
        listed = _ON_SQLITE.bindparams(addresses=orjson.dumps(addresses).decode())
        return listed.columns(*_COLUMNS).subquery("places")
    ids, numbers = [one for one, _ in addresses], [number for _, number in addresses]
    listed = _ON_POSTGRES.bindparams(ids=ids, numbers=numbers)
    return listed.columns(*_COLUMNS).subquery("places")


class OfVersions:
    """Selects columns of a table whose rows belong to versions, in the order of the columns."""

    def __init__(self, columns: str, table: str) -> None:
        rows = f"JOIN {table} t ON t.model_id = {{}} AND t.version = {{}} ORDER BY {columns}"
        listed = ", ".join(f"t.{column} AS {column}" for column in columns.split(", "))
        at = (f"json_extract(a.value, '$[{place}]')" for place in range(2))
        self._sqlite = f"SELECT {listed} FROM json_each(?) a CROSS {rows.format(*at)}"  # noqa: S608 (constants)
        arrays = "unnest(CAST(%s AS varchar[]), CAST(%s AS bigint[])) a(id, number)"
        self._postgres = f"SELECT {listed} FROM {arrays} {rows.format('a.id', 'a.number')}"  # noqa: S608 (constants)

    def run(self, session: Session, addresses: Sequence[Address]) -> Result:
        """Return the rows of the versions at these addresses."""
        if session.is_sqlite:
            return session.driver_execute(self._sqlite, (orjson.dumps(addresses).decode(),))
        ids, numbers = [one for one, _ in addresses], [number for _, number in addresses]
        return session.driver_execute(self._postgres, (ids, numbers))
