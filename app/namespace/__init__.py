"""Where things are: metastore, workspaces, catalogs, schemas, tags, trash, search, short names."""

from app.namespace.bindings import (
    Binding,
    bind_catalog,
    isolate_catalog,
    list_bindings,
    open_catalog,
    unbind_catalog,
)
from app.namespace.bootstrap import FirstStart, first_start
from app.namespace.catalogs import (
    create_catalog,
    drop_catalog,
    get_catalog,
    list_catalogs,
    undrop_catalog,
    update_catalog,
)
from app.namespace.members import (
    add_workspace_member,
    list_workspace_members,
    remove_workspace_member,
)
from app.namespace.operators import operator
from app.namespace.properties import properties_of
from app.namespace.reach import Able, list_able
from app.namespace.schemas import (
    create_schema,
    drop_schema,
    get_schema,
    list_schemas,
    undrop_schema,
    update_schema,
)
from app.namespace.search import Found, Hit, Query, search
from app.namespace.short_names import echo, full_name, parse_whole
from app.namespace.tags import delete_tag, set_tags, tags_of
from app.namespace.trash import list_trash
from app.namespace.working_place import resolve_workspace
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
    "Able",
    "Binding",
    "FirstStart",
    "Found",
    "Hit",
    "Query",
    "Workspace",
    "add_workspace_member",
    "bind_catalog",
    "create_catalog",
    "create_schema",
    "create_workspace",
    "delete_tag",
    "delete_workspace",
    "drop_catalog",
    "drop_schema",
    "echo",
    "first_start",
    "full_name",
    "get_catalog",
    "get_schema",
    "get_workspace",
    "isolate_catalog",
    "list_able",
    "list_bindings",
    "list_catalogs",
    "list_own_workspaces",
    "list_schemas",
    "list_trash",
    "list_workspace_members",
    "list_workspaces",
    "open_catalog",
    "operator",
    "parse_whole",
    "properties_of",
    "remove_workspace_member",
    "rename_workspace",
    "resolve_workspace",
    "search",
    "set_member_role",
    "set_tags",
    "tags_of",
    "unbind_catalog",
    "undrop_catalog",
    "undrop_schema",
    "update_catalog",
    "update_schema",
    "update_workspace",
]
