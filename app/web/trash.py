"""The trash: drop a place, model or data set, look at what was dropped, and bring it back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app import datasets, namespace, registry
from app.access import Operation
from app.access.foresee import foresee
from app.edge import caller
from app.errors import InvalidParameterError
from app.securables import FullName, Kind, Securable
from app.web.blueprint import next_address, web
from app.web.notices import done
from app.web.partials import render
from app.web.tree import Branches, catalogs

_PAGE_SIZE = 100
_RESTORES = {
    Kind.CATALOG: (Operation.CATALOG_RESTORE, "Catalogs"),
    Kind.SCHEMA: (Operation.SCHEMA_RESTORE, "Schemas"),
    Kind.REGISTERED_MODEL: (Operation.REGISTERED_MODEL_RESTORE, "Models"),
    Kind.TABLE: (Operation.TABLE_RESTORE, "Data sets"),
}


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something in the trash, and whether the reader may bring it back."""

    place: Securable
    may_restore: bool


@dataclass(frozen=True, slots=True)
class Heap:
    """What of one kind is in the trash."""

    kind: Kind
    title: str
    items: tuple[Dropped, ...]
    next_url: str


@dataclass(frozen=True, slots=True)
class TrashPage:
    """What was dropped and could be seen before."""

    branches: Branches
    heaps: tuple[Heap, ...]


@web.get("/trash")
def show_trash() -> str:
    """Show what is in the trash, of each kind a page."""
    page = TrashPage(Branches(catalogs(), is_trash=True), tuple(_heap(kind) for kind in _RESTORES))
    return render("trash.html", page=page)


@web.post("/trash/restore")
def restore() -> Response:
    """Bring something back, by its kind and id."""
    wanted, securable_id = request.form.get("kind", ""), request.form.get("id", "")
    match wanted:
        case Kind.CATALOG:
            catalog = namespace.undrop_catalog(caller(), securable_id)
            return done("restored", "web.show_catalog", name=catalog.full_name)
        case Kind.SCHEMA:
            schema = namespace.undrop_schema(caller(), securable_id)
            return done("restored", "web.show_schema", name=schema.full_name)
        case Kind.REGISTERED_MODEL:
            model = registry.restore_model(caller(), securable_id)
            return done("restored", "web.show_model", name=model.full_name)
        case Kind.TABLE:
            table = datasets.restore_table(caller(), securable_id)
            return done("restored", "web.show_dataset", name=table.full_name)
        case _:
            msg = "Invalid value for kind: nothing of this kind is brought back here"
            raise InvalidParameterError(msg, field="kind")


@web.post("/catalogs/<catalog:name>/drop")
def drop_catalog(name: FullName) -> Response:
    """Drop a catalog, with all that is in it if the form says so."""
    namespace.drop_catalog(caller(), name.leaf, force=_with_all())
    return done("dropped", "web.show_trash")


@web.post("/schemas/<schema:name>/drop")
def drop_schema(name: FullName) -> Response:
    """Drop a schema, with all that is in it if the form says so."""
    namespace.drop_schema(caller(), str(name), force=_with_all())
    return done("dropped", "web.show_trash")


@web.post("/models/<object:name>/drop")
def drop_model(name: FullName) -> Response:
    """Drop a model with its versions."""
    registry.delete_model(caller(), name)
    return done("dropped", "web.show_trash")


@web.post("/datasets/<object:name>/drop")
def drop_dataset(name: FullName) -> Response:
    """Drop a data set; what is in it is left where it lies."""
    datasets.delete_table(caller(), name)
    return done("dropped", "web.show_trash")


def _with_all() -> bool:
    return request.form.get("force") == "yes"


def _heap(kind: Kind) -> Heap:
    token = request.args.get("page", "") if request.args.get("kind") == kind else ""
    found = namespace.list_trash(caller(), kind, page_token=token, limit=_PAGE_SIZE)
    operation, title = _RESTORES[kind]
    return Heap(
        kind,
        title,
        tuple(Dropped(each, bool(foresee(caller(), each, operation))) for each in found.items),
        next_address("web.show_trash", found.next_token, kind=kind.value),
    )
