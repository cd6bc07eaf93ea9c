"""Find rows of the spine, unauthorized: for ``app.access`` alone.

Names are resolved by nested scalar subqueries because SQLite plans the equivalent joins badly.
"""

from __future__ import annotations

from typing import Any

from app.securables.kinds import METASTORE_ID, Kind, Securable
from app.securables.names import FullName

__all__ = ["METASTORE_ID", "from_row", "named"]

_CATALOG = f"""(SELECT id FROM securables WHERE parent_id = '{METASTORE_ID}' AND kind = 'catalog'
 AND name = :catalog AND deleted_at IS NULL)"""  # noqa: S608 (constants only, as below)
_SCHEMA = f"""(SELECT id FROM securables WHERE parent_id = {_CATALOG} AND kind = 'schema'
 AND name = :schema AND deleted_at IS NULL)"""  # noqa: S608
_PARENT = {1: f"'{METASTORE_ID}'", 2: _CATALOG, 3: _SCHEMA}


def named(levels: int) -> str:
    """Return the SELECT that finds a living securable by a full name of so many parts.

    It takes :kind, :name and, as far as the name goes, :catalog and :schema.
    """
    return f"""SELECT id, schema_id, catalog_id FROM securables
 WHERE parent_id = {_PARENT[levels]} AND kind = :kind AND name = :name AND deleted_at IS NULL"""  # noqa: S608


def from_row(row: Any, catalog_name: str | None, schema_name: str | None) -> Securable:
    """Build the value from a row with the columns of the spine and the names above it."""
    kind = Kind(row.kind)
    match kind:
        case Kind.METASTORE:
            name = FullName()
        case Kind.CATALOG | Kind.KEY:
            name = FullName.of(row.name)
        case Kind.SCHEMA:
            name = FullName.of(catalog_name or "", row.name)
        case _:
            name = FullName.of(catalog_name or "", schema_name or "", row.name)
    return Securable(
        id=row.id,
        kind=kind,
        name=row.name,
        full_name=name,
        parent_id=row.parent_id,
        catalog_id=row.catalog_id,
        schema_id=row.schema_id,
        owner_id=row.owner_id,
        comment=row.comment,
        isolated=bool(row.isolated),
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        deleted_at=row.deleted_at,
    )
