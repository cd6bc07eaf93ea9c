"""Names for ids that pages show: of catalogs, and of models in them, as far as the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app import access
from app.access import Operation
from app.identity import Caller
from app.securables import FullName, Kind
from app.securables.tables import securables

_MOST = 50


@dataclass(frozen=True, slots=True)
class Catalog:
    """A catalog by id and name."""

    id: str
    name: FullName


def catalogs_of(caller: Caller, ids: Sequence[str]) -> tuple[Catalog, ...]:
    """Return those of the catalogs with these ids that the caller may see, by name."""
    rows = caller.session.execute(
        select(securables.c.id, securables.c.name)
        .where(access.visible(caller, Operation.CATALOG_READ, Kind.CATALOG))
        .where(securables.c.id.in_(ids))
        .order_by(securables.c.name)
    )
    return tuple(Catalog(row.id, FullName.of(row.name)) for row in rows)


def models_in(caller: Caller, catalog_ids: Sequence[str]) -> tuple[FullName, ...]:
    """Return the names of up to 50 models in these catalogs that the caller may see."""
    schema, catalog = securables.alias("schema_above"), securables.alias("catalog_above")
    rows = caller.session.execute(
        select(
            catalog.c.name.label("catalog_name"), schema.c.name.label("schema_name"), securables
        )
        .join(schema, schema.c.id == securables.c.schema_id)
        .join(catalog, catalog.c.id == securables.c.catalog_id)
        .where(access.visible(caller, Operation.REGISTERED_MODEL_READ, Kind.REGISTERED_MODEL))
        .where(securables.c.catalog_id.in_(catalog_ids))
        .order_by(catalog.c.name, schema.c.name, securables.c.name)
        .limit(_MOST)
    )
    return tuple(FullName.of(row.catalog_name, row.schema_name, row.name) for row in rows)
