"""Who works in a workspace: users and groups."""

from __future__ import annotations

from app import access, audit
from app.access import Operation
from app.db import Page
from app.identity import Caller, Principal
from app.identity.membership import add_membership, page_of_members, remove_membership
from app.identity.principals import find_principal, keep_somebody
from app.namespace.workspaces import get_workspace, living_named


def list_workspace_members(
    caller: Caller, name: str, *, page_token: str = "", limit: int = 100
) -> Page[Principal]:
    """Return a page of the direct members of a workspace, by name, to its members and to
    administrators.

    Raises NotFoundError if it is absent or somebody else's, InvalidParameterError for a page token
    that is not of this list.
    """
    workspace = get_workspace(caller, name)
    return page_of_members(caller.session, workspace.group, page_token=page_token, limit=limit)


def add_workspace_member(caller: Caller, name: str, member: str) -> None:
    """Let a user, group or service principal work in a workspace; again is fine.

    Raises NotFoundError if either does not exist, PermissionDeniedError to whoever does not
    administer for good, ConflictError if a group would contain itself.
    """
    metastore = access.obtain(caller, Operation.WORKSPACE_UPDATE, access.METASTORE)
    access.check_tenure(caller, Operation.WORKSPACE_UPDATE, metastore, None)
    workspace = living_named(caller.session, name)
    found = find_principal(caller.session, member, field="member")
    added_by = caller.principal.id
    add_membership(caller.session, workspace.group, found, now=caller.now, added_by=added_by)
    audit.record(caller, Operation.WORKSPACE_UPDATE, workspace=name, added=found.name)


def remove_workspace_member(caller: Caller, name: str, member: str) -> None:
    """Take a member out of a workspace, and with it what the workspace gave it.

    Raises NotFoundError if it is not a direct member, ConflictError if nobody would be left who
    administers the metastore.
    """
    metastore = access.obtain(caller, Operation.WORKSPACE_UPDATE, access.METASTORE)
    workspace = living_named(caller.session, name)
    found = find_principal(caller.session, member, field="member")
    remove_membership(caller.session, workspace.group, found)
    keep_somebody(caller.session, metastore.owner_id)
    audit.record(caller, Operation.WORKSPACE_UPDATE, workspace=name, removed=found.name)
