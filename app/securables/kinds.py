"""The kinds of securable and the one value that stands for a row of the spine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.securables.names import FullName, SecurableId

METASTORE_ID = SecurableId("0" * 32)
"""The root of the tree, of which every database has one."""


class Kind(StrEnum):
    """What a securable is; the value is Unity Catalog's spelling where it has one."""

    METASTORE = "metastore"
    CATALOG = "catalog"
    SCHEMA = "schema"
    REGISTERED_MODEL = "registered_model"
    EXPERIMENT = "experiment"
    TABLE = "table"
    VOLUME = "volume"
    FUNCTION = "function"
    KEY = "key"
    ENDPOINT = "endpoint"


LEAVES = frozenset(
    {Kind.REGISTERED_MODEL, Kind.EXPERIMENT, Kind.TABLE, Kind.VOLUME, Kind.FUNCTION, Kind.ENDPOINT}
)
"""The kinds that live in a schema."""


@dataclass(frozen=True, slots=True)
class Securable:
    """A row of the spine with its place. Held only by whoever was allowed to.

    Times are in milliseconds since 1970 UTC.
    """

    id: SecurableId
    kind: Kind
    name: str
    full_name: FullName
    parent_id: SecurableId | None
    catalog_id: SecurableId | None
    schema_id: SecurableId | None
    owner_id: str
    comment: str
    isolated: bool
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    deleted_at: int | None = None

    @property
    def chain(self) -> tuple[SecurableId, ...]:
        """The ids of this securable and the schema and catalog above it, nearest first."""
        seen: list[SecurableId] = [self.id]
        for above in (self.schema_id, self.catalog_id):
            if above is not None and above not in seen:
                seen.append(above)
        return tuple(seen)
