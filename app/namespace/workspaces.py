"""Workspaces: a team's place of work, with a catalog of its own, bound to it alone.

The members of a workspace are the members of its group, which holds a role on that catalog. The
catalog is owned by whoever owns the metastore, so that no member does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from app import access, audit, securables
from app.access import Operation, policy
from app.access.grants import Terms, write_grant
from app.access.tables import catalog_bindings
from app.db import Page, Session, decode_token, encode_token
from app.db.metadata import new_id
from app.errors import ConflictError, NotFoundError, PermissionDeniedError
from app.identity import Caller, Principal, PrincipalKind, WorkspaceRef
from app.identity.caller import WorkspaceId
from app.identity.membership import add_membership
from app.identity.names import canonical_name
from app.identity.principals import (
    change_name,
    end_principal,
    find_principal,
    insert_principal,
    keep_somebody,
    new_principal,
)
from app.identity.tables import principals
from app.namespace.catalogs import page_size
from app.namespace.tables import workspaces
from app.securables import Kind, Securable, check_comment, check_name
from app.securables.tables import securables as spine

HOME_SCHEMA = "default"
GROUP_PREFIX = "workspace:"
CONTRIBUTOR = "contributor"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A living workspace; ``role`` is what its members hold on its catalog."""

    id: WorkspaceId
    name: str
    comment: str
    catalog_id: str
    home_schema_id: str
    group: Principal
    role: str
    created_at: int

    @property
    def ref(self) -> WorkspaceRef:
        """What a Caller carries of it."""
        return WorkspaceRef(self.id, self.name, self.catalog_id, self.home_schema_id)


def create_workspace(
    caller: Caller,
    name: str,
    *,
    members: Sequence[str] = (),
    comment: str = "",
    role: str = CONTRIBUTOR,
) -> Workspace:
    """Create a workspace with its catalog and home schema; ``members`` are names of principals.

    Raises PermissionDeniedError without MANAGE on the metastore, AlreadyExistsError if a workspace,
    catalog or group has the name, NotFoundError for a member that does not exist.
    """
    metastore = access.obtain(caller, Operation.WORKSPACE_CREATE, access.METASTORE)
    check_name(name)
    item = policy().check_item(f"role:{role}", Kind.CATALOG, field="role")
    catalog = _add_isolated(caller, metastore, name, check_comment(comment))
    home = securables.add(caller, Kind.SCHEMA, catalog, HOME_SCHEMA)
    home = securables.transfer(caller, home, metastore.owner_id)
    group = insert_principal(
        caller.session,
        new_principal(PrincipalKind.GROUP, _group_name(name)),
        now=caller.now,
        created_by=caller.principal.id,
        display_name=f"Members of {name}",
    )
    workspace = Workspace(
        WorkspaceId(new_id()),
        name,
        comment,
        catalog.id,
        home.id,
        group,
        item.removeprefix("role:"),
        caller.now,
    )
    _insert(caller, workspace)
    insert_binding(caller, catalog, workspace.id)
    terms = Terms(reason=f"members of workspace {name}")
    write_grant(caller, catalog, group, item, terms)
    for member in members:
        found = find_principal(caller.session, member, field="members")
        add_membership(caller.session, group, found, now=caller.now, added_by=caller.principal.id)
    audit.record(caller, Operation.WORKSPACE_CREATE, catalog, workspace=name, members=list(members))
    return workspace


def list_workspaces(caller: Caller, *, page_token: str = "", limit: int = 100) -> Page[Workspace]:
    """Return a page of all workspaces, by name.

    Raises PermissionDeniedError to all but administrators and auditors, InvalidParameterError for a
    page token that is not of this list.
    """
    after, size = decode_token(page_token, 1) or [""], page_size(limit)
    access.obtain(caller, Operation.WORKSPACE_READ, access.METASTORE)
    found = living(caller.session, workspaces.c.name > str(after[0]), limit=size + 1)
    items = found[:size]
    return Page(items, encode_token(items[-1].name) if len(found) > size else "")


def list_own_workspaces(caller: Caller) -> list[Workspace]:
    """Return the workspaces that the caller is a member of, by name."""
    access.permit_self(caller, Operation.PROFILE_READ)
    return living(caller.session, workspaces.c.group_id.in_(caller.groups))


def get_workspace(caller: Caller, name: str) -> Workspace:
    """Return a workspace, to its members and to administrators.

    Raises NotFoundError if it is absent or somebody else's.
    """
    found = living(caller.session, workspaces.c.name == name)
    if found and found[0].group.id in caller.groups:
        access.permit_self(caller, Operation.PROFILE_READ)
        return found[0]
    try:
        access.obtain(caller, Operation.WORKSPACE_READ, access.METASTORE)
    except PermissionDeniedError:
        raise absent(name) from None
    return living_named(caller.session, name)


def update_workspace(caller: Caller, name: str, *, comment: str) -> Workspace:
    """Describe a workspace. Raises PermissionDeniedError without MANAGE on the metastore."""
    access.obtain(caller, Operation.WORKSPACE_UPDATE, access.METASTORE)
    workspace = living_named(caller.session, name)
    _change(caller, workspace, comment=check_comment(comment))
    audit.record(caller, Operation.WORKSPACE_UPDATE, workspace=name, comment=comment)
    return replace(workspace, comment=comment)


def rename_workspace(caller: Caller, name: str, new_name: str) -> Workspace:
    """Rename a workspace with its catalog and group; ids, grants and bindings stay.

    Raises AlreadyExistsError if a workspace, catalog or group has the name.
    """
    access.obtain(caller, Operation.WORKSPACE_UPDATE, access.METASTORE)
    workspace = living_named(caller.session, name)
    catalog = access.obtain(caller, Operation.CATALOG_UPDATE, workspace.catalog_id)
    securables.rename(caller, catalog, check_name(new_name))
    group = change_name(caller.session, workspace.group, _group_name(new_name))
    _change(caller, workspace, name=new_name)
    audit.record(caller, Operation.CATALOG_UPDATE, new_name=new_name)
    audit.record(caller, Operation.WORKSPACE_UPDATE, workspace=name, new_name=new_name)
    return replace(workspace, name=new_name, group=group)


def set_member_role(caller: Caller, name: str, role: str) -> Workspace:
    """Set the role that members hold on the workspace's catalog.

    Raises InvalidParameterError if there is no such role.
    """
    access.obtain(caller, Operation.WORKSPACE_UPDATE, access.METASTORE)
    item = policy().check_item(f"role:{role}", Kind.CATALOG, field="role")
    workspace = living_named(caller.session, name)
    catalog, group = workspace.catalog_id, workspace.group.id
    access.revoke(caller, catalog, group, f"role:{workspace.role}", kind=Kind.CATALOG)
    access.grant(caller, catalog, group, item, kind=Kind.CATALOG)
    changed = replace(workspace, role=item.removeprefix("role:"))
    _change(caller, workspace, role=changed.role)
    audit.record(caller, Operation.WORKSPACE_UPDATE, workspace=name, role=changed.role)
    return changed


def delete_workspace(caller: Caller, name: str, *, force: bool = False) -> None:
    """Delete a workspace; its catalog goes to the trash, from where its content can be restored.

    Raises ConflictError if something living is in the catalog and ``force`` is not given, or nobody
    would be left who administers the metastore.
    """
    metastore = access.obtain(caller, Operation.WORKSPACE_DELETE, access.METASTORE)
    workspace = living_named(caller.session, name)
    catalog = access.obtain(caller, Operation.CATALOG_DELETE, workspace.catalog_id)
    if not force and _is_inhabited(caller.session, workspace):
        msg = f"Workspace {name} is not empty: use force to drop what is in it"
        raise ConflictError(msg, field="force")
    securables.drop(caller, catalog, force=True)
    end_principal(caller.session, workspace.group, caller.now)
    keep_somebody(caller.session, metastore.owner_id)
    _change(caller, workspace, deleted_at=caller.now)
    audit.record(caller, Operation.CATALOG_DELETE, force=force)
    audit.record(caller, Operation.WORKSPACE_DELETE, workspace=name, force=force)


def living(
    session: Session, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[Workspace]:
    """Return the first living workspaces that ``conditions`` select, by name."""
    found = (
        select(workspaces, principals.c.name.label("group_name"))
        .join(principals, principals.c.id == workspaces.c.group_id)
        .where(workspaces.c.deleted_at.is_(None), *conditions)
        .order_by(workspaces.c.name)
        .limit(limit)
    )
    return [_from_row(row) for row in session.execute(found)]


def living_named(session: Session, name: str) -> Workspace:
    """Return the living workspace ``name``. Raises NotFoundError if there is none."""
    found = living(session, workspaces.c.name == name)
    if not found:
        raise absent(name)
    return found[0]


def absent(name: str) -> NotFoundError:
    """Return the one error for a workspace that is absent and one that is somebody else's."""
    msg = f"Workspace {name!r} does not exist"
    return NotFoundError(msg, field="workspace")


def insert_binding(
    caller: Caller, catalog: Securable, workspace_id: str, *, read_only: bool = False
) -> None:
    """Bind a catalog to a workspace, or change how it is bound."""
    caller.session.execute(
        delete(catalog_bindings).where(
            catalog_bindings.c.catalog_id == catalog.id,
            catalog_bindings.c.workspace_id == workspace_id,
        )
    )
    row = {
        "catalog_id": catalog.id,
        "workspace_id": workspace_id,
        "read_only": read_only,
        "bound_at": caller.now,
        "bound_by": caller.principal.id,
    }
    caller.session.execute(insert(catalog_bindings), row)


def _from_row(row: Any) -> Workspace:
    return Workspace(
        id=row.id,
        name=row.name,
        comment=row.comment,
        catalog_id=row.catalog_id,
        home_schema_id=row.home_schema_id,
        group=Principal(row.group_id, PrincipalKind.GROUP, row.group_name),
        role=row.role,
        created_at=row.created_at,
    )


def _add_isolated(caller: Caller, metastore: Securable, name: str, comment: str) -> Securable:
    catalog = securables.add(caller, Kind.CATALOG, metastore, name, comment=comment)
    catalog = securables.transfer(caller, catalog, metastore.owner_id)
    return securables.set_isolated(caller, catalog, isolated=True)


def _group_name(workspace_name: str) -> str:
    return canonical_name(GROUP_PREFIX + workspace_name)


def _insert(caller: Caller, workspace: Workspace) -> None:
    row = {
        "id": workspace.id,
        "name": workspace.name,
        "comment": workspace.comment,
        "catalog_id": workspace.catalog_id,
        "home_schema_id": workspace.home_schema_id,
        "group_id": workspace.group.id,
        "role": workspace.role,
        "created_at": caller.now,
        "created_by": caller.principal.id,
    }
    caller.session.execute(insert(workspaces), row)


def _change(caller: Caller, workspace: Workspace, **values: object) -> None:
    caller.session.execute(
        update(workspaces).where(workspaces.c.id == workspace.id).values(**values)
    )


def _is_inhabited(session: Session, workspace: Workspace) -> bool:
    home = (workspace.catalog_id, workspace.home_schema_id)
    inhabitant = select(spine.c.id).where(
        spine.c.catalog_id == workspace.catalog_id,
        spine.c.id.not_in(home),
        spine.c.deleted_at.is_(None),
    )
    return session.execute(inhabitant.limit(1)).first() is not None
