"""Which workspaces reach a catalog: all of them, or those it is bound to."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app import namespace
from app.access import Operation
from app.access.foresee import foresee
from app.db import all_items
from app.edge import caller
from app.namespace import Binding
from app.securables import FullName, Securable
from app.web.blueprint import web
from app.web.notices import done
from app.web.partials import render


@dataclass(frozen=True, slots=True)
class BindingsPage:
    """A catalog with the workspaces bound to it; ``own`` is where the reader works.

    ``others`` are those that could be bound, as far as the reader may know of them.
    """

    catalog: Securable
    bindings: tuple[Binding, ...]
    own: str
    others: tuple[str, ...]


@web.get("/catalogs/<catalog:name>/workspaces")
def show_catalog_bindings(name: FullName) -> str:
    """Show from where a catalog is reached, to whoever may change it."""
    bindings = namespace.list_bindings(caller(), name.leaf)
    catalog = namespace.get_catalog(caller(), name.leaf)
    bound = {binding.workspace for binding in bindings}
    page = BindingsPage(
        catalog=catalog,
        bindings=tuple(bindings),
        own=_own_workspace(),
        others=tuple(each for each in _known_workspaces() if each not in bound),
    )
    return render("bindings.html", page=page)


@web.post("/catalogs/<catalog:name>/isolate")
def isolate_catalog(name: FullName) -> Response:
    """Keep a catalog to the workspaces it is bound to, of which the reader's becomes one."""
    bound = {binding.workspace for binding in namespace.list_bindings(caller(), name.leaf)}
    own = _own_workspace()
    if own and own not in bound:
        namespace.bind_catalog(caller(), name.leaf, own)
    namespace.isolate_catalog(caller(), name.leaf)
    return _changed(name)


@web.post("/catalogs/<catalog:name>/open")
def open_catalog(name: FullName) -> Response:
    """Let every workspace reach a catalog."""
    namespace.open_catalog(caller(), name.leaf)
    return _changed(name)


@web.post("/catalogs/<catalog:name>/workspaces")
def bind_catalog(name: FullName) -> Response:
    """Let a workspace reach a catalog, perhaps to read only."""
    workspace = request.form.get("workspace", "")
    read_only = request.form.get("access") == "read"
    namespace.bind_catalog(caller(), name.leaf, workspace, read_only=read_only)
    return _changed(name)


@web.post("/catalogs/<catalog:name>/workspaces/remove")
def unbind_catalog(name: FullName) -> Response:
    """Take a catalog from a workspace."""
    namespace.unbind_catalog(caller(), name.leaf, request.form.get("workspace", ""))
    return _changed(name)


def _own_workspace() -> str:
    workspace = caller().workspace
    return workspace.name if workspace else ""


def _known_workspaces() -> list[str]:
    if foresee(caller(), None, Operation.WORKSPACE_READ):
        found = all_items(lambda token: namespace.list_workspaces(caller(), page_token=token))
        return [workspace.name for workspace in found]
    return [workspace.name for workspace in namespace.list_own_workspaces(caller())]


def _changed(name: FullName) -> Response:
    return done("bindings-changed", "web.show_catalog_bindings", name=name)
