"""The page of a model; its tabs are addresses: overview, versions, permissions, lineage, log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response, request
from typing_extensions import override

from app import access, namespace, registry
from app.access import Operation
from app.access.foresee import Lack, foresee, lacking
from app.artifacts import state_of_key
from app.edge import caller
from app.identity.principals import names_of
from app.keys import KeyState
from app.registry import ModelVersion, RegisteredModel
from app.securables import FullName, Kind, Securable
from app.web.blueprint import web
from app.web.clients import tracking_uri
from app.web.notices import done
from app.web.objects import ObjectHead, tabs_of
from app.web.partials import render
from app.web.permissions import render_permissions
from app.web.requests import ask_url

_IN_EARNEST = ("champion", "production", "prod", "live", "stable")
_LATEST = "latest"
_WAYS = (
    Operation.REGISTERED_MODEL_UPDATE,
    Operation.MODEL_ALIAS_SET,
    Operation.REGISTERED_MODEL_TAG,
    Operation.REGISTERED_MODEL_DELETE,
    Operation.GRANT_READ,
    Operation.GRANT_CHANGE,
)


@dataclass(frozen=True, slots=True)
class ModelHead(ObjectHead):
    """What stands above every tab of a model; ``lack`` keeps the reader from loading it."""

    model: RegisteredModel
    lack: Lack | None

    @property
    def aliases(self) -> tuple[tuple[str, int], ...]:
        """The aliases with their versions; those that stand for use in earnest come first."""
        known = self.model.aliases.items()
        return tuple(sorted(known, key=lambda pair: (_rank_of(pair[0]), pair[0])))

    @property
    @override
    def badges(self) -> tuple[str, ...]:
        """The aliases, as they stand beside the name."""
        return tuple(f"@{alias} → {version}" for alias, version in self.aliases)

    @property
    def may_describe(self) -> bool:
        """Whether the reader may change the description."""
        return Operation.REGISTERED_MODEL_UPDATE in self.ways

    @property
    def may_tag(self) -> bool:
        """Whether the reader may set and remove tags."""
        return Operation.REGISTERED_MODEL_TAG in self.ways

    @property
    def may_drop(self) -> bool:
        """Whether the reader may move the model to the trash."""
        return Operation.REGISTERED_MODEL_DELETE in self.ways

    @property
    def may_grant(self) -> bool:
        """Whether the reader need not ask, because they can grant it to themselves."""
        return Operation.GRANT_CHANGE in self.ways

    @property
    def may_alias(self) -> bool:
        """Whether the reader may move aliases."""
        return Operation.MODEL_ALIAS_SET in self.ways


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """A model at a glance, with how to load it; ``key_state`` is that of the key it is under.

    It is None to those who may not load it, and where there is nothing to load.
    """

    head: ModelHead
    python: str
    download: str
    latest: ModelVersion | None
    key_state: KeyState | None


@web.get("/models/<object:name>")
def show_model(name: FullName) -> str:
    """Show a model."""
    head = model_head(name, "Overview")
    latest = max(head.model.latest_versions, key=lambda version: version.version, default=None)
    known_as = namespace.echo(caller(), obtain_model(name))
    uri = f"models:/{known_as}@{preferred_alias(head.model.aliases)}"
    server = tracking_uri()
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
        key_state=_key_state(head, latest),
    )
    return render("model.html", page=page)


@web.post("/models/<object:name>")
def describe_model(name: FullName) -> Response:
    """Replace the description of a model."""
    registry.update_model(caller(), name, description=request.form.get("description", ""))
    return done("described", "web.show_model", name=name)


@web.get("/models/<object:name>/permissions")
def show_model_permissions(name: FullName) -> str:
    """Show who holds what on a model."""
    return render_permissions(model_head(name, "Permissions"), obtain_model(name))


def preferred_alias(aliases: Iterable[str]) -> str:
    """Return the alias by which a model is best loaded; ``latest`` if none is meant for that."""
    chosen = min(aliases, key=_rank_of, default=_LATEST)
    return chosen if _rank_of(chosen) < len(_IN_EARNEST) else _LATEST


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
    lack = lacking(caller(), model.id, Operation.MODEL_VERSION_LOAD)
    return ModelHead(
        kind=Kind.REGISTERED_MODEL,
        noun="model",
        full_name=model.full_name,
        owner=names_of(caller().session, [model.owner_id]).get(model.owner_id, ""),
        tabs=tabs_of(name, views, current),
        ways=ways,
        content=Operation.MODEL_VERSION_LOAD,
        ask_url=ask_url(lack) if lack and Operation.GRANT_CHANGE not in ways else "",
        model=model,
        lack=lack,
    )


def _key_state(head: ModelHead, latest: ModelVersion | None) -> KeyState | None:
    if latest is None or head.lack is not None:
        return None
    return state_of_key(caller().session, latest.container)


def _rank_of(alias: str) -> int:
    known = alias.lower()
    return _IN_EARNEST.index(known) if known in _IN_EARNEST else len(_IN_EARNEST)
