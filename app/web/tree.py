"""The tree of catalogs and schemas, with what is in them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request, url_for

from app import access, namespace
from app.access import Grant, Operation
from app.access.foresee import foresee
from app.access.requests import AccessRequest
from app.edge import caller
from app.identity.principals import names_of
from app.namespace import Hit
from app.securables import FullName, Kind, Securable
from app.web.blueprint import address, web
from app.web.notices import done
from app.web.partials import render

_MOST_CATALOGS = 500
_PAGE_SIZE = 100
_SHELVES = (
    (Kind.REGISTERED_MODEL, Operation.REGISTERED_MODEL_READ, "Models"),
    (Kind.EXPERIMENT, Operation.EXPERIMENT_READ, "Experiments"),
    (Kind.TABLE, Operation.TABLE_READ, "Data sets"),
)
_PAGES = {
    Kind.CATALOG: "web.show_catalog",
    Kind.SCHEMA: "web.show_schema",
    Kind.REGISTERED_MODEL: "web.show_model",
    Kind.EXPERIMENT: "web.find_experiment",
    Kind.TABLE: "web.show_dataset",
}
_WAYS_OF_CATALOG = (
    Operation.SCHEMA_CREATE,
    Operation.GRANT_READ,
    Operation.CATALOG_BIND,
    Operation.CATALOG_DELETE,
)


@dataclass(frozen=True, slots=True)
class Branches:
    """The tree beside a page: all catalogs, and the schemas of the one that is open."""

    catalogs: tuple[Securable, ...]
    schemas: tuple[Securable, ...] = ()
    open_at: FullName = access.METASTORE
    is_trash: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """The objects of one kind in a schema."""

    kind: Kind
    title: str
    objects: tuple[Securable, ...]
    next_url: str


@dataclass(frozen=True, slots=True)
class PlacePage:
    """The metastore, a catalog or a schema: what it is, what is in it, what may be done."""

    branches: Branches
    place: Securable | None
    owner: str
    children: tuple[Securable, ...]
    shelves: tuple[Shelf, ...]
    ways: frozenset[Operation]

    @property
    def may_create(self) -> bool:
        """Whether the reader may add a catalog or schema here."""
        return bool(self.ways & {Operation.CATALOG_CREATE, Operation.SCHEMA_CREATE})

    @property
    def may_bind(self) -> bool:
        """Whether the reader may say which workspaces reach the catalog."""
        return Operation.CATALOG_BIND in self.ways

    @property
    def may_drop(self) -> bool:
        """Whether the reader may move it to the trash."""
        return bool(self.ways & {Operation.CATALOG_DELETE, Operation.SCHEMA_DELETE})

    @property
    def may_see_grants(self) -> bool:
        """Whether the reader may see who holds what here."""
        return Operation.GRANT_READ in self.ways


@web.get("/catalogs")
def list_catalogs() -> str:
    """Show all catalogs."""
    branches = Branches(catalogs())
    ways = foresee(caller(), None, Operation.CATALOG_CREATE)
    page = PlacePage(branches, None, "", branches.catalogs, (), ways)
    return render("place.html", page=page)


@web.post("/catalogs")
def create_catalog() -> Response:
    """Create a catalog."""
    name, comment = request.form.get("name", ""), request.form.get("comment", "")
    made = namespace.create_catalog(caller(), name, comment=comment)
    return done("created", "web.show_catalog", name=made.full_name)


@web.get("/catalogs/<catalog:name>")
def show_catalog(name: FullName) -> str:
    """Show a catalog and its schemas."""
    catalog = namespace.get_catalog(caller(), name.leaf)
    schemas = tuple(namespace.list_schemas(caller(), name.leaf, limit=_MOST_CATALOGS).items)
    branches = Branches(catalogs(), schemas, name)
    ways = foresee(caller(), catalog, *_WAYS_OF_CATALOG)
    page = PlacePage(branches, catalog, _owner(catalog), schemas, (), ways)
    return render("place.html", page=page)


@web.post("/catalogs/<catalog:name>/schemas")
def create_schema(name: FullName) -> Response:
    """Create a schema."""
    leaf, comment = request.form.get("name", ""), request.form.get("comment", "")
    made = namespace.create_schema(caller(), name.leaf, leaf, comment=comment)
    return done("created", "web.show_schema", name=made.full_name)


@web.get("/schemas/<schema:name>")
def show_schema(name: FullName) -> str:
    """Show a schema and the objects in it."""
    schema = namespace.get_schema(caller(), str(name))
    ways = foresee(caller(), schema, Operation.GRANT_READ, Operation.SCHEMA_DELETE)
    shelves = tuple(_shelf(schema, *shelf) for shelf in _SHELVES)
    page = PlacePage(_branches(name), schema, _owner(schema), (), shelves, ways)
    return render("place.html", page=page)


@web.app_template_filter("object_url")
def object_url(found: Securable | Hit | AccessRequest | Grant) -> str:
    """Return the address of the page of a securable."""
    return page_of(found.kind, found.full_name)


def page_of(kind: Kind, name: FullName) -> str:
    """Return the address of the page of what has a kind and name; of its schema if it has none."""
    if kind in _PAGES:
        return url_for(_PAGES[kind], name=name)
    return url_for("web.show_schema", name=name.parent)


def catalogs() -> tuple[Securable, ...]:
    """Return all catalogs for the tree."""
    return tuple(namespace.list_catalogs(caller(), limit=_MOST_CATALOGS).items)


def _branches(name: FullName) -> Branches:
    """Return the tree around a schema; its catalog may be one that the reader may not enter."""
    known = catalogs()
    if name.parent not in {catalog.full_name for catalog in known}:
        return Branches(known, (), name)
    found = namespace.list_schemas(caller(), name.parent.leaf, limit=_MOST_CATALOGS)
    return Branches(known, tuple(found.items), name)


def _shelf(schema: Securable, kind: Kind, operation: Operation, title: str) -> Shelf:
    after = request.args.get("after", "") if request.args.get("kind") == kind else ""
    found = access.visible_names(caller(), operation, kind, schema, after, _PAGE_SIZE)
    following = address(
        "web.show_schema", name=schema.full_name, kind=kind.value, after=found.next_token
    )
    return Shelf(kind, title, tuple(found.items), following if found.next_token else "")


def _owner(securable: Securable) -> str:
    return names_of(caller().session, [securable.owner_id]).get(securable.owner_id, "")
