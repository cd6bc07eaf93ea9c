"""Rows of securables with the names above them, as a full name needs them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from app.securables import Securable
from app.securables.lookup import from_row
from app.securables.tables import securables

_CATALOG = securables.alias("the_catalog")
_SCHEMA = securables.alias("the_schema")


def select_named(*more: ColumnElement[Any]) -> Select[Any]:
    """Select securables with the names above them, and ``more``."""
    return select(
        securables,
        _CATALOG.c.name.label("catalog_name"),
        _SCHEMA.c.name.label("schema_name"),
        *more,
    ).select_from(
        securables.outerjoin(_CATALOG, _CATALOG.c.id == securables.c.catalog_id).outerjoin(
            _SCHEMA, _SCHEMA.c.id == securables.c.schema_id
        )
    )


def securable_of(row: Row[Any]) -> Securable:
    """Build the value from a row of ``select_named``."""
    return from_row(row, row.catalog_name, row.schema_name)
