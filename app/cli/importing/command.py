"""``muniment import mlflow``: bring experiments, models and traces from a running MLflow server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import click

from app import imports
from app.cli.context import acting, home_option, json_option, open_services, workspace_option
from app.cli.importing import lists
from app.cli.importing.messages import Experiment
from app.cli.importing.registry import bring_registry
from app.cli.importing.report import count, report, show_count
from app.cli.importing.source import Credentials, Source, SourceError, SourceLostError
from app.cli.importing.tracking import bring_experiments
from app.cli.importing.work import Work
from app.cli.output import plain
from app.crypto.errors import CryptoError
from app.edge.services import Services
from app.errors import InvalidParameterError, MunimentError
from app.identity import Caller
from app.namespace import HOME_SCHEMA
from app.securables import FullName


@click.group(name="import")
def import_() -> None:
    """Bring what another server has; nothing is changed there."""


@import_.command("mlflow")
@home_option
@click.option("--from", "uri", required=True, metavar="URI", help="http:// or https:// address.")
@click.option("--user", "as_name", metavar="NAME", help="Who is to own what is brought.")
@workspace_option
@click.option("--catalog", metavar="NAME", help="Bring into this catalog, with --schema.")
@click.option("--schema", metavar="NAME", help="Bring into this schema instead of the home schema.")
@click.option(
    "--experiment",
    "names",
    multiple=True,
    metavar="NAME",
    help="Bring this experiment and no models; may be repeated.",
)
@click.option("--dry-run", is_flag=True, help="Count what is there, and bring nothing.")
@json_option
def import_mlflow(
    home: Path,
    uri: str,
    as_name: str | None,
    workspace: str | None,
    catalog: str | None,
    schema: str | None,
    names: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring experiments, models, prompts and traces from a running MLflow server.

    Credentials for that server are read from MLFLOW_TRACKING_TOKEN, or from
    MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD. An import can be interrupted at any
    moment: started again, it goes on, and afterwards brings only what is new.
    """
    if (catalog is None) is not (schema is None):
        raise click.UsageError("--catalog and --schema go together")
    place = None if catalog is None or schema is None else FullName.of(catalog, schema)
    with _told(), Source(uri, Credentials.of(os.environ)) as source:
        found = _choose(lists.experiments(source), names)
        if dry_run:
            show_count(count(source, found, with_models=not names), as_json=as_json)
            return
        services = open_services(home)
        unit = partial(acting, services, as_name=as_name, workspace=workspace)
        work = _begin(source, services, unit, place)
        bring_experiments(work, found)
        if not names:
            bring_registry(work)
        with unit() as caller:
            tallies = imports.tally(caller, work.into, work.seen)
    report(tallies, work.problems, as_json=as_json)


@contextmanager
def _told() -> Iterator[None]:
    """End the command with 1 and what went wrong; what was brought by then stays."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise click.ClickException("An argument is not text in UTF-8") from error
    except (MunimentError, CryptoError, SourceError, SourceLostError) as error:
        raise click.ClickException(plain(str(error))) from error


def _choose(found: Iterable[Experiment], names: Sequence[str]) -> list[Experiment]:
    chosen = [one for one in found if not names or one.name in names]
    if missing := sorted(set(names) - {one.name for one in chosen}):
        msg = f"the other server has no experiment {missing[0]!r}"
        raise SourceError(msg)
    return chosen


def _begin(
    source: Source,
    services: Services,
    unit: Callable[[], AbstractContextManager[Caller]],
    place: FullName | None,
) -> Work:
    with unit() as caller:
        into = imports.begin_import(caller, source.address, place or _home(caller))
    return Work(
        source,
        into,
        services.vault,
        unit,
        _tell,
        keeps_full_names=place is None,
    )


def _tell(message: str) -> None:
    click.echo(plain(message), err=True)


def _home(caller: Caller) -> FullName:
    if caller.workspace is None:
        msg = f"{caller.principal.name} works in no workspace: say --catalog and --schema"
        raise InvalidParameterError(msg)
    return FullName.of(caller.workspace.name, HOME_SCHEMA)
