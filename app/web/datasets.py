"""The page of a data set; its tabs are addresses: overview, permissions, lineage, log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, request

from app import access, datasets, namespace
from app.access import Operation
from app.access.foresee import foresee
from app.datasets import DataTable
from app.edge import caller
from app.identity.principals import names_of
from app.securables import FullName, Kind, Securable
from app.tracking.runs.uses import Use, list_uses
from app.web.blueprint import address, next_address, web
from app.web.notices import done
from app.web.objects import ObjectHead, tabs_of
from app.web.partials import render
from app.web.permissions import render_permissions

_PAGE_SIZE = 50
_SHOWN_COLUMNS = 200
_SHOWN_FACTS = 12
_WAYS = (
    Operation.TABLE_UPDATE,
    Operation.TABLE_DELETE,
    Operation.TAG_SET,
    Operation.GRANT_READ,
)


@dataclass(frozen=True, slots=True)
class DatasetHead(ObjectHead):
    """What stands above every tab of a data set."""

    table: DataTable

    @property
    def may_describe(self) -> bool:
        """Whether the reader may change the description."""
        return Operation.TABLE_UPDATE in self.ways

    @property
    def may_tag(self) -> bool:
        """Whether the reader may set and remove tags."""
        return Operation.TAG_SET in self.ways

    @property
    def may_drop(self) -> bool:
        """Whether the reader may move the data set to the trash."""
        return Operation.TABLE_DELETE in self.ways


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """A data set at a glance: what is in it, who used it, and how to name it in a script."""

    head: DatasetHead
    tags: Mapping[str, str]
    profile: tuple[tuple[str, str], ...]
    uses: tuple[Use, ...]
    next_url: str
    python: str
    shown_columns: int = _SHOWN_COLUMNS


@web.get("/datasets/<object:name>")
def show_dataset(name: FullName) -> str:
    """Show a data set; ``page`` goes on with the runs that used it."""
    head = dataset_head(name, "Overview")
    uses = list_uses(caller(), name, page_token=request.args.get("page", ""), limit=_PAGE_SIZE)
    page = DatasetPage(
        head=head,
        tags=namespace.tags_of(caller(), obtain_table(name)),
        profile=_facts(head.table.contents.profile),
        uses=tuple(uses.items),
        next_url=next_address("web.show_dataset", uses.next_token, name=name),
        python=(
            "import mlflow\n\n"
            f'data = mlflow.data.from_pandas(frame, name="{name}")\n'
            'mlflow.log_input(data, context="training")'
        ),
    )
    return render("dataset.html", page=page)


@web.post("/datasets/<object:name>")
def describe_dataset(name: FullName) -> Response:
    """Replace the description of a data set."""
    datasets.update_table(caller(), name, comment=request.form.get("comment", ""))
    return done("described", "web.show_dataset", name=name)


@web.get("/datasets/<object:name>/permissions")
def show_dataset_permissions(name: FullName) -> str:
    """Show who holds what on a data set."""
    return render_permissions(dataset_head(name, "Permissions"), obtain_table(name))


def obtain_table(name: FullName) -> Securable:
    """Return the securable of a data set that the reader may see."""
    return access.obtain(caller(), Operation.TABLE_READ, name)


def dataset_head(name: FullName, current: str) -> DatasetHead:
    """Return what stands above the tab named ``current``.

    Raises NotFoundError if the data set is absent or hidden.
    """
    table = datasets.get_table(caller(), name)
    ways = foresee(caller(), table.id, *_WAYS)
    views = [
        ("Overview", "web.show_dataset"),
        ("Permissions", "web.show_dataset_permissions"),
        ("Lineage", "web.show_dataset_lineage"),
    ]
    if Operation.GRANT_READ in ways:
        views.append(("Log", "web.show_dataset_log"))
    ask_url = address("web.ask_for_access", kind=Kind.TABLE.value, name=name, item="SELECT")
    return DatasetHead(
        kind=Kind.TABLE,
        noun="data set",
        full_name=table.full_name,
        owner=names_of(caller().session, [table.owner_id]).get(table.owner_id, ""),
        tabs=tabs_of(name, views, current),
        ways=ways,
        content=Operation.TABLE_READ,
        ask_url="" if Operation.GRANT_READ in ways else ask_url,
        table=table,
    )


def _facts(profile: str) -> tuple[tuple[str, str], ...]:
    """Return the plain values of a profile, named in words."""
    told: dict[str, Any] = orjson.loads(profile) if profile else {}
    plain = [(name, str(value)) for name, value in told.items() if isinstance(value, int | str)]
    return tuple(
        (name.removeprefix("num_").replace("_", " "), value) for name, value in plain[:_SHOWN_FACTS]
    )
