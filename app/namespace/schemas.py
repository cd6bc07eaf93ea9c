"""Schemas: the second level of the namespace, where models, experiments and tables live."""

from __future__ import annotations

from collections.abc import Mapping

from app import access, audit, securables
from app.access import Operation
from app.db import Page, decode_token
from app.identity import Caller
from app.namespace.catalogs import page_by_name, page_size, refuse_home
from app.namespace.properties import replace_properties
from app.securables import FullName, Kind, Securable, check_comment, check_name
from app.securables.tables import securables as spine


def create_schema(
    caller: Caller,
    catalog: str,
    name: str,
    *,
    comment: str = "",
    properties: Mapping[str, str] | None = None,
) -> Securable:
    """Create a schema owned by the caller.

    Raises NotFoundError if the catalog is absent or hidden, PermissionDeniedError if it is visible
    but CREATE SCHEMA is missing, AlreadyExistsError if the name is taken.
    """
    parent = access.obtain(caller, Operation.SCHEMA_CREATE, FullName.of(catalog))
    schema = securables.add(
        caller, Kind.SCHEMA, parent, check_name(name), comment=check_comment(comment)
    )
    replace_properties(caller, schema, properties or {})
    audit.record(caller, Operation.SCHEMA_CREATE, schema)
    return schema


def get_schema(caller: Caller, full_name: str) -> Securable:
    """Return a schema by ``catalog.schema``. Raises NotFoundError if it is absent or hidden."""
    return access.obtain(caller, Operation.SCHEMA_READ, _parse(full_name))


def list_schemas(
    caller: Caller, catalog: str, *, page_token: str = "", limit: int = 100
) -> Page[Securable]:
    """Return the schemas of a catalog that the caller may see, by name.

    Raises NotFoundError if the catalog is absent or hidden.
    """
    parent = access.obtain(caller, Operation.CATALOG_READ, FullName.of(catalog))
    after = decode_token(page_token, 1)
    found = access.visible_where(
        caller,
        Operation.SCHEMA_READ,
        Kind.SCHEMA,
        spine.c.parent_id == parent.id,
        spine.c.name > str(after[0] if after else ""),
        limit=page_size(limit) + 1,
    )
    return page_by_name(found, page_size(limit))


def update_schema(
    caller: Caller,
    full_name: str,
    *,
    new_name: str | None = None,
    comment: str | None = None,
    properties: Mapping[str, str] | None = None,
) -> Securable:
    """Rename or describe a schema; what is None stays. Ids and grants stay with a new name.

    Raises ConflictError for a new name of a workspace's home schema.
    """
    schema = access.obtain(caller, Operation.SCHEMA_UPDATE, _parse(full_name))
    if new_name is not None and new_name != schema.name:
        refuse_home(caller, schema, "rename")
        schema = securables.rename(caller, schema, check_name(new_name, field="new_name"))
    if comment is not None:
        schema = securables.describe(caller, schema, check_comment(comment))
    if properties is not None:
        securables.touch(caller, schema)
        replace_properties(caller, schema, properties)
    changes = {"old_name": full_name, "new_name": new_name, "comment": comment}
    audit.record(caller, Operation.SCHEMA_UPDATE, schema, **changes)
    return schema


def drop_schema(caller: Caller, full_name: str, *, force: bool = False) -> None:
    """Move a schema to the trash, and with ``force`` all that is in it.

    Raises ConflictError if it is not empty and ``force`` is not given, or is a workspace's home.
    """
    schema = access.obtain(caller, Operation.SCHEMA_DELETE, _parse(full_name))
    refuse_home(caller, schema, "delete")
    securables.drop(caller, schema, force=force)
    audit.record(caller, Operation.SCHEMA_DELETE, force=force)


def undrop_schema(caller: Caller, schema_id: str) -> Securable:
    """Bring a schema back from the trash, by its id, with what was dropped together with it.

    Raises AlreadyExistsError if its name was taken meanwhile, ConflictError if its catalog is in
    the trash.
    """
    schema = access.obtain(
        caller, Operation.SCHEMA_RESTORE, schema_id, kind=Kind.SCHEMA, deleted=True
    )
    restored = securables.undrop(caller, schema)
    audit.record(caller, Operation.SCHEMA_RESTORE)
    return restored


def _parse(full_name: str) -> FullName:
    return FullName.parse(full_name, levels=2, field="full_name")
