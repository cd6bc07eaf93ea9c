"""Which workspaces a catalog can be reached from: all, or those bound to it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select

from app import access, audit, securables
from app.access import Operation
from app.access.tables import catalog_bindings
from app.errors import ConflictError, NotFoundError
from app.identity import Caller
from app.namespace.catalogs import refuse_home
from app.namespace.tables import workspaces
from app.namespace.workspaces import insert_binding, living_named
from app.securables import FullName, Securable


@dataclass(frozen=True, slots=True)
class Binding:
    """A workspace that reaches an isolated catalog, perhaps to read only."""

    workspace: str
    read_only: bool


def isolate_catalog(caller: Caller, catalog: str) -> Securable:
    """Keep a catalog to the workspaces that are bound to it."""
    found = access.obtain(caller, Operation.CATALOG_BIND, FullName.of(catalog))
    found = securables.set_isolated(caller, found, isolated=True)
    audit.record(caller, Operation.CATALOG_BIND, isolated=True)
    return found


def open_catalog(caller: Caller, catalog: str) -> Securable:
    """Open a catalog to all workspaces; bindings stay for when it is isolated again.

    Raises ConflictError for the catalog of a workspace, which is its own.
    """
    found = access.obtain(caller, Operation.CATALOG_BIND, FullName.of(catalog))
    refuse_home(caller, found, "bind it to others instead, or delete")
    found = securables.set_isolated(caller, found, isolated=False)
    audit.record(caller, Operation.CATALOG_BIND, isolated=False)
    return found


def bind_catalog(caller: Caller, catalog: str, workspace: str, *, read_only: bool = False) -> None:
    """Let a workspace reach an isolated catalog; what is in it still needs grants.

    Raises NotFoundError if there is no such workspace.
    """
    found = access.obtain(caller, Operation.CATALOG_BIND, FullName.of(catalog))
    bound = living_named(caller.session, workspace)
    if read_only and bound.catalog_id == found.id:
        msg = f"Workspace {workspace} cannot be bound read-only to its own catalog"
        raise ConflictError(msg)
    securables.touch(caller, found)
    insert_binding(caller, found, bound.id, read_only=read_only)
    audit.record(caller, Operation.CATALOG_BIND, bound=workspace, read_only=read_only)


def unbind_catalog(caller: Caller, catalog: str, workspace: str) -> None:
    """Take an isolated catalog from a workspace.

    Raises NotFoundError if it is not bound to it, ConflictError for the workspace's own catalog.
    """
    found = access.obtain(caller, Operation.CATALOG_BIND, FullName.of(catalog))
    bound = living_named(caller.session, workspace)
    if bound.catalog_id == found.id:
        msg = f"Workspace {workspace} cannot lose its own catalog"
        raise ConflictError(msg)
    removed = caller.session.execute(
        delete(catalog_bindings).where(
            catalog_bindings.c.catalog_id == found.id,
            catalog_bindings.c.workspace_id == bound.id,
        )
    )
    if removed.rowcount == 0:
        msg = f"Catalog {catalog} is not bound to workspace {workspace}"
        raise NotFoundError(msg, field="workspace")
    audit.record(caller, Operation.CATALOG_BIND, unbound=workspace)


def list_bindings(caller: Caller, catalog: str) -> list[Binding]:
    """Return the workspaces bound to a catalog, by name, to those who may bind it."""
    found = access.obtain(caller, Operation.CATALOG_BIND, FullName.of(catalog))
    bound = (
        select(workspaces.c.name, catalog_bindings.c.read_only)
        .join(workspaces, workspaces.c.id == catalog_bindings.c.workspace_id)
        .where(catalog_bindings.c.catalog_id == found.id, workspaces.c.deleted_at.is_(None))
        .order_by(workspaces.c.name)
    )
    return [Binding(row.name, bool(row.read_only)) for row in caller.session.execute(bound)]
