"""The ids that a page is made of: heads of sorted branches, merged, in one statement.

Each branch walks one index from the page's start and stops after a page: the grants of a kind to
one principal, the securables of a kind that one principal owns, those in one container. PostgreSQL
does so by LATERAL; SQLite has none, and finds the end of each branch by a scalar subquery instead.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import TextualSelect, column, text

from app.access.scopes import Scope, items_of
from app.access.slices import Subject
from app.db import Session
from app.securables import Kind

_MANY_CONTAINERS = 100
_SQLITE_BRANCH = """SELECT x.{id} AS id FROM json_each(:{keys}) k CROSS JOIN {table} x
 ON x.{key} = k.value AND x.kind = :kind AND x.{id} > :after AND {where_x}
 AND x.{id} <= coalesce((SELECT DISTINCT y.{id} FROM {table} y
  WHERE y.{key} = k.value AND y.kind = :kind AND y.{id} > :after AND {where_y}
  ORDER BY y.{id} LIMIT 1 OFFSET :size - 1), 'g')"""
_POSTGRES_BRANCH = """SELECT b.id FROM unnest(CAST(:{keys} AS varchar[])) k(value)
 CROSS JOIN LATERAL (SELECT DISTINCT y.{id} AS id FROM {table} y
  WHERE y.{key} = k.value AND y.kind = :kind AND y.{id} > :after AND {where_y}
  ORDER BY y.{id} LIMIT :size) b"""
_SCAN = """SELECT * FROM (SELECT x.id FROM securables x
  WHERE x.kind = :kind AND x.id > :after AND {where_x} ORDER BY x.id LIMIT :size) s"""


def candidates(session: Session, subject: Subject, kind: Kind, scope: Scope) -> TextualSelect:
    """Return the statement for the next :size ids after :after that may be visible.

    All that are visible are among them, in the order of ids; others are few.
    """
    statement = _Statement(kind, is_sqlite=session.is_sqlite)
    if scope.elsewhere.throughout:
        statement.scan("x.kind = :kind")
        return statement.build()
    open_catalogs, open_schemas = _containers(scope, singly=True)
    is_open = statement.within(open_catalogs, open_schemas, "open")
    free = statement.members("item", items_of(*scope.elsewhere.singly), "free")
    if open_catalogs or open_schemas:
        zones = [*scope.catalogs.values(), *scope.schemas.values()]
        gated = statement.members("item", items_of(*(p for z in zones for p in z.singly)), "gated")
        granted = f"({free} OR {gated} AND {is_open})"
    else:
        granted = free
    principals = sorted(subject.principals)
    granted = f"{{x}}.effect = 'allow' AND {granted}"
    statement.branch("grants", "principal_id", "securable_id", principals, granted)
    owned = "{x}.kind = :kind" if scope.elsewhere.singly else is_open
    statement.branch("securables", "owner_id", "id", principals, owned)
    catalogs, schemas = _containers(scope, singly=False)
    if len(catalogs) + len(schemas) > _MANY_CONTAINERS:
        statement.scan(statement.within(catalogs, schemas, "whole"))
    else:
        statement.branch("securables", "catalog_id", "id", catalogs)
        statement.branch("securables", "schema_id", "id", schemas)
    return statement.build()


def _containers(scope: Scope, *, singly: bool) -> tuple[list[str], list[str]]:
    """Return the catalogs and schemas where a privilege counts where held singly, or throughout."""
    catalogs = scope.catalogs.items()
    schemas = scope.schemas.items()
    if singly:
        return [c for c, zone in catalogs if zone.singly], [s for s, zone in schemas if zone.singly]
    return (
        [c for c, zone in catalogs if zone.throughout],
        [s for s, zone in schemas if zone.throughout],
    )


class _Statement:
    """SQL made of constants and the names of parameters; ``{x}`` stands for the table."""

    def __init__(self, kind: Kind, *, is_sqlite: bool) -> None:
        self._is_sqlite = is_sqlite
        self._branches: list[str] = []
        self._parameters: dict[str, Any] = {"kind": kind.value}

    def members(self, column_name: str, values: Collection[str], name: str) -> str:
        """Return the condition that a column is one of ``values``."""
        if not values:
            return "false"
        self._bind(name, values)
        if self._is_sqlite:
            return f"{{x}}.{column_name} IN (SELECT value FROM json_each(:{name}))"  # noqa: S608
        return f"{{x}}.{column_name} = ANY(CAST(:{name} AS varchar[]))"

    def within(self, catalogs: Collection[str], schemas: Collection[str], name: str) -> str:
        """Return the condition to be in one of the containers."""
        in_catalog = self.members("catalog_id", catalogs, f"{name}_catalogs")
        in_schema = self.members("schema_id", schemas, f"{name}_schemas")
        return f"({in_catalog} OR {in_schema})"

    def branch(
        self, table: str, key: str, column_name: str, keys: Collection[str], where: str = "true"
    ) -> None:
        """Add the heads of what a table has under each of ``keys``."""
        if not keys:
            return
        name = f"{table}_{key}"
        self._bind(name, keys)
        template = _SQLITE_BRANCH if self._is_sqlite else _POSTGRES_BRANCH
        where_x, where_y = where.format(x="x"), where.format(x="y")
        self._branches.append(
            template.format(
                table=table, key=key, id=column_name, keys=name, where_x=where_x, where_y=where_y
            )
        )

    def scan(self, where: str) -> None:
        """Add the head of a walk over all of the kind."""
        self._branches.append(_SCAN.format(where_x=where.format(x="x")))

    def build(self) -> TextualSelect:
        merged = f"SELECT id FROM ({' UNION '.join(self._branches)}) u ORDER BY id LIMIT :size"  # noqa: S608
        return text(merged).bindparams(**self._parameters).columns(column("id"))

    def _bind(self, name: str, values: Collection[str]) -> None:
        ids = sorted(values)
        self._parameters[name] = orjson.dumps(ids).decode() if self._is_sqlite else ids
