"""``muniment workspace``, ``catalog`` and ``schema``: the upper levels of the namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from app import namespace
from app.cli.context import command
from app.cli.output import done, show
from app.db import Page, all_items
from app.edge.services import Services
from app.identity import Caller
from app.identity.principals import names_of
from app.securables import Securable


@click.group()
def workspace() -> None:
    """Workspaces: where teams work, each with a catalog of its own."""


@click.group()
def catalog() -> None:
    """Catalogs, the first level."""


@click.group()
def schema() -> None:
    """Schemas, the second level."""


force_option = click.option("--force", is_flag=True, help="Drop what is in it as well.")


@command(workspace, "create")
@click.argument("name")
@click.option("--comment", default="")
@click.option("--member", "members", multiple=True, help="Who is in it; may be repeated.")
def create_workspace(
    caller: Caller,
    _services: Services,
    as_json: bool,
    name: str,
    comment: str,
    members: tuple[str, ...],
) -> None:
    """Make a workspace and the catalog that is bound to it alone."""
    made = namespace.create_workspace(caller, name, members=members, comment=comment)
    done(f"Created workspace {made.name}", as_json=as_json, id=made.id, name=made.name)


@command(workspace, "list")
def list_workspaces(caller: Caller, _services: Services, as_json: bool) -> None:
    """List all workspaces."""
    rows = [
        {"name": one.name, "role": one.role, "comment": one.comment, "created_at": one.created_at}
        for one in all_items(lambda token: namespace.list_workspaces(caller, page_token=token))
    ]
    show(rows, as_json=as_json)


@command(workspace, "add")
@click.argument("name")
@click.argument("members", metavar="MEMBER...", nargs=-1, required=True)
def add_members(
    caller: Caller, _services: Services, as_json: bool, name: str, members: tuple[str, ...]
) -> None:
    """Add users or groups to a workspace."""
    for member in members:
        namespace.add_workspace_member(caller, name, member)
    done(f"Added {', '.join(members)} to {name}", as_json=as_json, added=list(members))


@command(workspace, "remove")
@click.argument("name")
@click.argument("member")
def remove_member(
    caller: Caller, _services: Services, as_json: bool, name: str, member: str
) -> None:
    """Take a member out of a workspace."""
    namespace.remove_workspace_member(caller, name, member)
    done(f"Removed {member} from {name}", as_json=as_json, removed=member)


@command(workspace, "members")
@click.argument("name")
def list_members(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """List who is in a workspace."""
    found = all_items(
        lambda token: namespace.list_workspace_members(caller, name, page_token=token)
    )
    show([{"name": one.name, "kind": one.kind.value} for one in found], as_json=as_json)


@command(workspace, "delete")
@click.argument("name")
@force_option
def delete_workspace(
    caller: Caller, _services: Services, as_json: bool, name: str, force: bool
) -> None:
    """Delete a workspace; its catalog goes to the trash."""
    namespace.delete_workspace(caller, name, force=force)
    done(f"Deleted workspace {name}", as_json=as_json, name=name)


@command(catalog, "create")
@click.argument("name")
@click.option("--comment", default="")
def create_catalog(
    caller: Caller, _services: Services, as_json: bool, name: str, comment: str
) -> None:
    """Make a catalog that is open to all workspaces, and own it."""
    made = namespace.create_catalog(caller, name, comment=comment)
    done(f"Created catalog {made.full_name}", as_json=as_json, id=made.id, name=name)


@command(catalog, "list")
def list_catalogs(caller: Caller, _services: Services, as_json: bool) -> None:
    """List the catalogs that one may see."""
    _show_all(caller, lambda token: namespace.list_catalogs(caller, page_token=token), as_json)


@command(catalog, "bind")
@click.argument("name")
@click.argument("workspace_name", metavar="WORKSPACE")
@click.option("--read-only", is_flag=True, help="Nothing may be written from there.")
def bind_catalog(
    caller: Caller,
    _services: Services,
    as_json: bool,
    name: str,
    workspace_name: str,
    read_only: bool,
) -> None:
    """Let a workspace use an isolated catalog."""
    namespace.bind_catalog(caller, name, workspace_name, read_only=read_only)
    done(f"Bound {name} to {workspace_name}", as_json=as_json, bound=workspace_name)


@command(catalog, "unbind")
@click.argument("name")
@click.argument("workspace_name", metavar="WORKSPACE")
def unbind_catalog(
    caller: Caller, _services: Services, as_json: bool, name: str, workspace_name: str
) -> None:
    """Shut an isolated catalog to a workspace."""
    namespace.unbind_catalog(caller, name, workspace_name)
    done(f"Unbound {name} from {workspace_name}", as_json=as_json, unbound=workspace_name)


@command(catalog, "isolate")
@click.argument("name")
def isolate_catalog(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Keep a catalog to the workspaces that it is bound to."""
    namespace.isolate_catalog(caller, name)
    done(f"Isolated {name}", as_json=as_json, name=name)


@command(catalog, "open")
@click.argument("name")
def open_catalog(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Open a catalog to all workspaces."""
    namespace.open_catalog(caller, name)
    done(f"Opened {name}", as_json=as_json, name=name)


@command(catalog, "drop")
@click.argument("name")
@force_option
def drop_catalog(
    caller: Caller, _services: Services, as_json: bool, name: str, force: bool
) -> None:
    """Move a catalog to the trash."""
    namespace.drop_catalog(caller, name, force=force)
    done(f"Dropped {name}", as_json=as_json, name=name)


@command(schema, "create")
@click.argument("full_name", metavar="CATALOG.SCHEMA")
@click.option("--comment", default="")
def create_schema(
    caller: Caller, _services: Services, as_json: bool, full_name: str, comment: str
) -> None:
    """Make a schema in a catalog."""
    catalog_name, _, name = full_name.rpartition(".")
    made = namespace.create_schema(caller, catalog_name, name, comment=comment)
    done(f"Created schema {made.full_name}", as_json=as_json, id=made.id, name=full_name)


@command(schema, "list")
@click.argument("catalog_name", metavar="CATALOG")
def list_schemas(caller: Caller, _services: Services, as_json: bool, catalog_name: str) -> None:
    """List the schemas of a catalog that one may see."""
    _show_all(
        caller,
        lambda token: namespace.list_schemas(caller, catalog_name, page_token=token),
        as_json,
    )


@command(schema, "drop")
@click.argument("full_name", metavar="CATALOG.SCHEMA")
@force_option
def drop_schema(
    caller: Caller, _services: Services, as_json: bool, full_name: str, force: bool
) -> None:
    """Move a schema to the trash."""
    namespace.drop_schema(caller, full_name, force=force)
    done(f"Dropped {full_name}", as_json=as_json, name=full_name)


def _show_all(caller: Caller, list_page: Callable[[str], Page[Securable]], as_json: bool) -> None:
    found = all_items(list_page)
    owners = names_of(caller.session, {one.owner_id for one in found})
    rows: list[dict[str, Any]] = [
        {
            "name": str(one.full_name),
            "owner": owners.get(one.owner_id, ""),
            "isolated": one.isolated,
            "comment": one.comment,
            "created_at": one.created_at,
        }
        for one in found
    ]
    show(rows, as_json=as_json)
