"""``muniment dataset``: data sets that the namespace knows by a full name."""

from __future__ import annotations

from typing import Any

import click
from typing_extensions import override

from app import datasets
from app.cli.context import command
from app.cli.output import done, show
from app.datasets import Column, Contents, DataTable
from app.db import all_items
from app.edge.services import Services
from app.identity import Caller
from app.identity.principals import names_of
from app.securables import FullName

_REQUIRED = ":required"


@click.group()
def dataset() -> None:
    """Data sets: tables with a full name. A run that logs one by it registers it, too."""


class ColumnType(click.ParamType[Column]):
    """A column such as ``age:long``, or ``age:long:required`` for one without missing values."""

    name = "column"

    @override
    def convert(self, value: Any, param: Any, ctx: Any) -> Column:
        """Return the column that a text tells of; click reports what is none."""
        name, _, kind = str(value).removesuffix(_REQUIRED).partition(":")
        if not name or not kind:
            self.fail(
                f"{value!r} is not a column: write NAME:TYPE or NAME:TYPE:required", param, ctx
            )
        return Column(name, kind, nullable=not str(value).endswith(_REQUIRED))


@command(dataset, "create")
@click.argument("full_name", metavar="CATALOG.SCHEMA.NAME")
@click.option("--source", default="", help="Where it lies; it is not opened.")
@click.option("--format", "data_format", default="", help="Such as PARQUET.")
@click.option(
    "--column",
    "columns",
    type=ColumnType(),
    multiple=True,
    help="NAME:TYPE or NAME:TYPE:required; may be repeated.",
)
@click.option("--comment", default="")
def create_dataset(
    caller: Caller,
    _services: Services,
    as_json: bool,
    full_name: str,
    comment: str,
    **told: Any,
) -> None:
    """Register a data set, and own it."""
    made = datasets.create_table(caller, _parse(full_name), Contents(**told), comment=comment)
    name = str(made.full_name)
    done(f"Registered data set {name}", as_json=as_json, id=made.id, name=name)


@command(dataset, "list")
@click.argument("schema_name", metavar="CATALOG.SCHEMA")
def list_datasets(caller: Caller, _services: Services, as_json: bool, schema_name: str) -> None:
    """List the data sets of a schema that one may see."""
    place = FullName.parse(schema_name, levels=2, field="schema")
    found = all_items(
        lambda token: datasets.list_tables(caller, place, page_token=token, limit=1000)
    )
    owners = names_of(caller.session, {one.owner_id for one in found})
    show([_summary(one, owners.get(one.owner_id, "")) for one in found], as_json=as_json)


@command(dataset, "show")
@click.argument("full_name", metavar="CATALOG.SCHEMA.NAME")
def show_dataset(caller: Caller, _services: Services, as_json: bool, full_name: str) -> None:
    """Show a data set with its columns."""
    found = datasets.get_table(caller, _parse(full_name))
    owner = names_of(caller.session, [found.owner_id]).get(found.owner_id, "")
    columns = [
        {"column": one.name, "type": one.type, "nullable": one.nullable}
        for one in found.contents.columns
    ]
    told = _summary(found, owner) | {"digest": found.contents.digest}
    if as_json:
        done("", as_json=True, **told | {"columns": columns, "id": found.id})
        return
    show([told], as_json=False)
    click.echo()
    show(columns, as_json=False)


@command(dataset, "drop")
@click.argument("full_name", metavar="CATALOG.SCHEMA.NAME")
def drop_dataset(caller: Caller, _services: Services, as_json: bool, full_name: str) -> None:
    """Move a data set to the trash; what is in it stays where it lies."""
    name = _parse(full_name)
    datasets.delete_table(caller, name)
    done(f"Dropped {name}", as_json=as_json, name=str(name))


def _parse(full_name: str) -> FullName:
    return FullName.parse(full_name, levels=3, field="name")


def _summary(table: DataTable, owner: str) -> dict[str, Any]:
    return {
        "name": str(table.full_name),
        "owner": owner,
        "source": table.contents.source,
        "format": table.contents.data_format,
        "columns": len(table.contents.columns),
        "comment": table.comment,
        "updated_at": table.updated_at,
    }
