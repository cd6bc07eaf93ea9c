"""Catalogs: the first level of the namespace."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from app import access, audit, securables
from app.access import Operation
from app.db import Page, decode_token, encode_token
from app.errors import ConflictError
from app.identity import Caller
from app.namespace.properties import replace_properties
from app.namespace.tables import workspaces
from app.securables import FullName, Kind, Securable, check_comment, check_name
from app.securables.tables import securables as spine

MAX_PAGE = 1000


def create_catalog(
    caller: Caller, name: str, *, comment: str = "", properties: Mapping[str, str] | None = None
) -> Securable:
    """Create a catalog that is open to all workspaces and owned by the caller.

    Raises PermissionDeniedError without CREATE CATALOG, AlreadyExistsError if the name is taken.
    """
    metastore = access.obtain(caller, Operation.CATALOG_CREATE, access.METASTORE)
    catalog = securables.add(
        caller, Kind.CATALOG, metastore, check_name(name), comment=check_comment(comment)
    )
    replace_properties(caller, catalog, properties or {})
    audit.record(caller, Operation.CATALOG_CREATE, catalog)
    return catalog


def get_catalog(caller: Caller, name: str) -> Securable:
    """Return a catalog. Raises NotFoundError if it is absent or hidden."""
    return access.obtain(caller, Operation.CATALOG_READ, FullName.of(name))


def list_catalogs(caller: Caller, *, page_token: str = "", limit: int = 100) -> Page[Securable]:
    """Return the catalogs that the caller may see, by name."""
    after = decode_token(page_token, 1)
    found = access.visible_where(
        caller,
        Operation.CATALOG_READ,
        Kind.CATALOG,
        spine.c.name > str(after[0] if after else ""),
        limit=page_size(limit) + 1,
    )
    return page_by_name(found, page_size(limit))


def update_catalog(
    caller: Caller,
    name: str,
    *,
    new_name: str | None = None,
    comment: str | None = None,
    properties: Mapping[str, str] | None = None,
) -> Securable:
    """Rename or describe a catalog; what is None stays. Ids and grants stay with a new name.

    Raises ConflictError for a new name of a workspace's catalog, which has the workspace's name.
    """
    catalog = access.obtain(caller, Operation.CATALOG_UPDATE, FullName.of(name))
    if new_name is not None and new_name != catalog.name:
        refuse_home(caller, catalog, "rename")
        catalog = securables.rename(caller, catalog, check_name(new_name, field="new_name"))
    if comment is not None:
        catalog = securables.describe(caller, catalog, check_comment(comment))
    if properties is not None:
        securables.touch(caller, catalog)
        replace_properties(caller, catalog, properties)
    changes = {"old_name": name, "new_name": new_name, "comment": comment}
    audit.record(caller, Operation.CATALOG_UPDATE, catalog, **changes)
    return catalog


def drop_catalog(caller: Caller, name: str, *, force: bool = False) -> None:
    """Move a catalog to the trash, and with ``force`` all that is in it.

    Raises ConflictError if it is not empty and ``force`` is not given, or is a workspace's.
    """
    catalog = access.obtain(caller, Operation.CATALOG_DELETE, FullName.of(name))
    refuse_home(caller, catalog, "delete")
    securables.drop(caller, catalog, force=force)
    audit.record(caller, Operation.CATALOG_DELETE, force=force)


def undrop_catalog(caller: Caller, catalog_id: str) -> Securable:
    """Bring a catalog back from the trash, by its id, with what was dropped together with it.

    Raises AlreadyExistsError if its name was taken meanwhile.
    """
    catalog = access.obtain(
        caller, Operation.CATALOG_RESTORE, catalog_id, kind=Kind.CATALOG, deleted=True
    )
    restored = securables.undrop(caller, catalog)
    audit.record(caller, Operation.CATALOG_RESTORE)
    return restored


def refuse_home(caller: Caller, securable: Securable, verb: str) -> None:
    """Raise ConflictError if a catalog or schema is the home of a living workspace."""
    column = workspaces.c.catalog_id
    if securable.kind is Kind.SCHEMA:
        column = workspaces.c.home_schema_id
    home = select(workspaces.c.name).where(
        column == securable.id, workspaces.c.deleted_at.is_(None)
    )
    if caller.session.execute(home).first() is not None:
        msg = f"{securable.full_name} is the home of a workspace: {verb} the workspace"
        raise ConflictError(msg)


def page_size(limit: int) -> int:
    """Return how many a page holds, for whatever a client asks."""
    return min(max(limit, 1), MAX_PAGE)


def page_by_name(found: list[Securable], size: int) -> Page[Securable]:
    """Return the page of ``size`` that begins what was found, of which there is one more if any."""
    items = found[:size]
    return Page(items, encode_token(items[-1].name) if len(found) > size else "")
