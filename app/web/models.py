"""The page of a model; its tabs are addresses: overview, versions, permissions, lineage, log."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request, url_for

from app import access, namespace, registry
from app.access import Operation
from app.access.foresee import Lack, foresee, lacking
from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.edge import caller, services
from app.identity.principals import names_of
from app.registry import ModelVersion, RegisteredModel
from app.securables import FullName, Kind, Securable
from app.tracking.found_runs import find_runs
from app.tracking.values import Run
from app.web.blueprint import next_address, web
from app.web.layout import Link
from app.web.notices import done
from app.web.partials import render
from app.web.permissions import PermissionsPage, permissions_page

_PAGE_SIZE = 20
_WAYS = (
    Operation.REGISTERED_MODEL_UPDATE,
    Operation.MODEL_ALIAS_SET,
    Operation.GRANT_READ,
)


@dataclass(frozen=True, slots=True)
class ModelHead:
    """What stands above every tab of a model; ``lack`` keeps the reader from loading it."""

    model: RegisteredModel
    owner: str
    tabs: tuple[Link, ...]
    ways: frozenset[Operation]
    lack: Lack | None

    @property
    def may_describe(self) -> bool:
        """Whether the reader may change the description."""
        return Operation.REGISTERED_MODEL_UPDATE in self.ways

    @property
    def may_alias(self) -> bool:
        """Whether the reader may move aliases."""
        return Operation.MODEL_ALIAS_SET in self.ways


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """A model at a glance, with how to load it."""

    head: ModelHead
    python: str
    download: str
    latest: ModelVersion | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version with who made it and the run it came from, if the reader may read that."""

    version: ModelVersion
    creator: str
    run: Run | None


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """A page of versions, the newest first."""

    head: ModelHead
    rows: tuple[VersionRow, ...]
    next_url: str


@dataclass(frozen=True, slots=True)
class ModelPermissionsPage:
    """Who holds what on a model."""

    head: ModelHead
    permissions: PermissionsPage


@web.get("/models/<object:name>")
def show_model(name: FullName) -> str:
    """Show a model."""
    head = model_head(name, "Overview")
    latest = max(head.model.latest_versions, key=lambda version: version.version, default=None)
    known_as = namespace.echo(caller(), obtain_model(name))
    uri = f"models:/{known_as}@{next(iter(head.model.aliases), 'latest')}"
    server = services().settings.server.public_url or request.host_url.rstrip("/")
    page = OverviewPage(
        head=head,
        python=(
            "import mlflow\n\n"
            f'mlflow.set_tracking_uri("{server}")\n'
            f'model = mlflow.pyfunc.load_model("{uri}")'
        ),
        download=(
            f'MLFLOW_TRACKING_URI={server} \\\n  mlflow artifacts download --artifact-uri "{uri}"'
        ),
        latest=latest,
    )
    return render("model.html", page=page)


@web.post("/models/<object:name>")
def describe_model(name: FullName) -> Response:
    """Replace the description of a model."""
    registry.update_model(caller(), name, description=request.form.get("description", ""))
    return done("described", "web.show_model", name=name)


@web.get("/models/<object:name>/versions")
def list_model_versions(name: FullName) -> str:
    """List the versions of a model with what their runs measured."""
    head = model_head(name, "Versions")
    found = registry.search_versions(
        caller(),
        [Comparison(Entity.ATTRIBUTE, "name", Operator.EQ, str(name))],
        order_by=[OrderBy(Entity.ATTRIBUTE, "version_number", ascending=False)],
        max_results=_PAGE_SIZE,
        page_token=request.args.get("page", ""),
        prompts=head.model.is_prompt,
    )
    creators = names_of(caller().session, [version.created_by for version in found.items])
    runs = find_runs(caller(), [version.run_id for version in found.items if version.run_id])
    page = VersionsPage(
        head=head,
        rows=tuple(
            VersionRow(
                version, creators.get(version.created_by, ""), runs.get(version.run_id or "")
            )
            for version in found.items
        ),
        next_url=next_address("web.list_model_versions", found.next_token, name=name),
    )
    return render("model_versions.html", page=page)


@web.post("/models/<object:name>/aliases")
def set_model_alias(name: FullName) -> Response:
    """Point an alias at a version."""
    version = request.form.get("version", "")
    number = int(version) if version.isdecimal() and len(version) < _PAGE_SIZE else 0
    registry.set_alias(caller(), name, request.form.get("alias", ""), number)
    return done("alias-set", "web.list_model_versions", name=name)


@web.get("/models/<object:name>/permissions")
def show_model_permissions(name: FullName) -> str:
    """Show who holds what on a model."""
    head = model_head(name, "Permissions")
    page = ModelPermissionsPage(head, permissions_page(obtain_model(name)))
    return render("model_permissions.html", page=page)


def obtain_model(name: FullName) -> Securable:
    """Return the securable of a model that the reader may see."""
    return access.obtain(
        caller(), Operation.REGISTERED_MODEL_READ, name, kind=Kind.REGISTERED_MODEL
    )


def model_head(name: FullName, current: str) -> ModelHead:
    """Return what stands above the tab named ``current``.

    Raises NotFoundError if the model is absent or hidden.
    """
    model = registry.get_model(caller(), name)
    ways = foresee(caller(), model.id, *_WAYS)
    views = [
        ("Overview", "web.show_model"),
        ("Versions", "web.list_model_versions"),
        ("Permissions", "web.show_model_permissions"),
        ("Lineage", "web.show_model_lineage"),
    ]
    if Operation.GRANT_READ in ways:
        views.append(("Log", "web.show_model_log"))
    return ModelHead(
        model=model,
        owner=names_of(caller().session, [model.owner_id]).get(model.owner_id, ""),
        tabs=tuple(
            Link(label, url_for(view, name=name), current=label == current) for label, view in views
        ),
        ways=ways,
        lack=lacking(caller(), model.id, Operation.MODEL_VERSION_LOAD),
    )
