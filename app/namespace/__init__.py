"""Where things are: metastore, workspaces, catalogs, schemas, tags, trash, search, short names."""

from app.namespace.bootstrap import FirstStart, first_start
from app.namespace.members import (
    add_workspace_member,
    list_workspace_members,
    remove_workspace_member,
)
from app.namespace.operators import operator
from app.namespace.short_names import echo, full_name
from app.namespace.working_place import resolve_workspace, workspaces_of
from app.namespace.workspaces import (
    HOME_SCHEMA,
    Workspace,
    create_workspace,
    delete_workspace,
    get_workspace,
    list_own_workspaces,
    list_workspaces,
    rename_workspace,
    set_member_role,
    update_workspace,
)

__all__ = [
    "HOME_SCHEMA",
    "FirstStart",
    "Workspace",
    "add_workspace_member",
    "create_workspace",
    "delete_workspace",
    "echo",
    "first_start",
    "full_name",
    "get_workspace",
    "list_own_workspaces",
    "list_workspace_members",
    "list_workspaces",
    "operator",
    "remove_workspace_member",
    "rename_workspace",
    "resolve_workspace",
    "set_member_role",
    "update_workspace",
    "workspaces_of",
]
