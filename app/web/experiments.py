"""Experiments: the list of them, and the runs of one in a table that can be filtered and sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Response, current_app, request, url_for

from app.access import Operation
from app.db.predicates import Comparison, Entity, OrderBy
from app.edge import caller
from app.errors import InvalidParameterError
from app.securables import FullName
from app.tracking.experiment_search import search_experiments
from app.tracking.experiments import get_experiment_by_name
from app.tracking.runs.search import search_runs
from app.tracking.values import Experiment, Run, Search
from app.web.blueprint import RUN_FILTER, address, next_address, web
from app.web.experiment_heads import ExperimentHead, head_of
from app.web.partials import render, render_or_block
from app.web.signin import see_other

_PAGE_SIZE = 50
_MOST_COLUMNS = 6
_SORTED_BY = {"metrics": Entity.METRIC, "params": Entity.PARAM, "attributes": Entity.ATTRIBUTE}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the runs table: where it leads when sorted by, and how it is sorted now."""

    name: str
    url: str
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A run with the values of the columns."""

    run: Run
    metrics: tuple[float | None, ...]
    params: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class RunsTable:
    """A page of runs."""

    filter: str
    problem: str
    metrics: tuple[Column, ...]
    params: tuple[Column, ...]
    rows: tuple[Row, ...]
    next_url: str
    order: str


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """An experiment with a page of its runs; ``table`` is None to whoever may not read runs."""

    head: ExperimentHead
    table: RunsTable | None


@dataclass(frozen=True, slots=True)
class ExperimentsPage:
    """A page of experiments."""

    experiments: tuple[Experiment, ...]
    next_url: str


@web.get("/experiments")
def list_experiments() -> str:
    """List the experiments that the reader may see, the newest first."""
    search = Search(max_results=_PAGE_SIZE, page_token=request.args.get("page", ""))
    found = search_experiments(caller(), search)
    following = next_address("web.list_experiments", found.next_token)
    page = ExperimentsPage(tuple(found.items), following)
    return render("experiments.html", page=page)


@web.get("/experiments/<int:number>")
def show_experiment(number: int) -> Response:
    """Show an experiment and its runs; ``filter`` and ``order`` stand in the address."""
    head = head_of(number, Operation.RUN_READ)
    page = ExperimentPage(head, _table(number) if head.allowed else None)
    return render_or_block("experiment.html", "runs", page=page)


@web.get("/experiments/<object:name>")
def find_experiment(name: FullName) -> Response:
    """Lead from an experiment's full name to its page."""
    experiment = get_experiment_by_name(caller(), str(name))
    return see_other(url_for("web.show_experiment", number=experiment.experiment_id))


def _table(number: int) -> RunsTable:
    wanted, order = request.args.get("filter", "").strip(), request.args.get("order", "")
    problem, found = "", None
    try:
        search = Search(
            filters=_filters(wanted),
            order_by=_order(order),
            max_results=_PAGE_SIZE,
            page_token=request.args.get("page", ""),
        )
        found = search_runs(caller(), [str(number)], search)
    except InvalidParameterError as error:
        problem = error.message
    runs = found.items if found else []
    metrics = _first(metric.key for run in runs for metric in run.metrics)
    params = _first(name for run in runs for name, _ in run.params)
    return RunsTable(
        filter=wanted,
        problem=problem,
        metrics=tuple(_column(number, f"metrics.{name}", name) for name in metrics),
        params=tuple(_column(number, f"params.{name}", name) for name in params),
        rows=tuple(_row(run, metrics, params) for run in runs),
        next_url=_address(number, page=found.next_token) if found and found.next_token else "",
        order=order,
    )


def _filters(text: str) -> tuple[Comparison, ...]:
    parse: Callable[[str], tuple[Comparison, ...]] = current_app.extensions[RUN_FILTER]
    return parse(text)


def _order(text: str) -> tuple[OrderBy, ...]:
    """Read ``metrics.NAME asc``; anything else is no order."""
    field, _, direction = text.rpartition(" ")
    entity, _, name = field.partition(".")
    if entity not in _SORTED_BY or not name:
        return ()
    return (OrderBy(_SORTED_BY[entity], name, ascending=direction == "asc"),)


def _first(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))[:_MOST_COLUMNS]


def _column(number: int, field: str, name: str) -> Column:
    order = request.args.get("order", "")
    direction = order.rpartition(" ")[2] if order.startswith(f"{field} ") else ""
    turned = "asc" if direction == "desc" else "desc"
    return Column(name, _address(number, order=f"{field} {turned}"), direction)


def _address(number: int, **changed: str) -> str:
    kept = {name: request.args.get(name) for name in ("filter", "order")}
    return address("web.show_experiment", number=number, **{**kept, **changed})


def _row(run: Run, metrics: tuple[str, ...], params: tuple[str, ...]) -> Row:
    measured = {metric.key: metric.value for metric in run.metrics}
    chosen = dict(run.params)
    return Row(
        run,
        tuple(measured.get(name) for name in metrics),
        tuple(chosen.get(name) for name in params),
    )
