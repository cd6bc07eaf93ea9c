"""A run: what went in, what came out, what was measured on the way, and its files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, current_app, request, url_for
from werkzeug.http import dump_options_header

from app.access import Operation
from app.access.foresee import foresee
from app.artifacts import FileInfo, OpenedFile
from app.db import Page
from app.db.predicates import Comparison, Entity, Operator
from app.edge import caller, services
from app.identity.principals import names_of
from app.registry import ModelVersion, search_versions
from app.securables import FullName
from app.tracking.experiments import get_experiment
from app.tracking.files import Holder, list_files, open_file
from app.tracking.runs.metrics import get_metric_history
from app.tracking.runs.runs import get_run
from app.tracking.runs.uses import tables_of_run
from app.tracking.values import Experiment, Metric, Run
from app.web.blueprint import next_address, web
from app.web.partials import render

_MOST_POINTS = 10_000
_SHOWN_POINTS = 200
_MOST_VERSIONS = 50


@dataclass(frozen=True, slots=True)
class RunPage:
    """A run. ``files`` is None to whoever may not list them.

    ``creator`` is who it was made by, whatever name the client gave.
    ``tables`` are the data sets of the namespace among its inputs, by name and digest, ``versions``
    those of models that were registered from it.
    """

    run: Run
    creator: str
    experiment: Experiment
    tables: Mapping[tuple[str, str], FullName]
    versions: tuple[ModelVersion, ...]
    folder: str
    files: tuple[FileInfo, ...] | None
    next_url: str
    may_download: bool

    @property
    def duration(self) -> int | None:
        """How long it took, in milliseconds; None while it runs."""
        info = self.run.info
        return None if info.end_time is None else info.end_time - info.start_time

    @property
    def parent_folder(self) -> str:
        """The folder above the one that is shown."""
        return self.folder.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class MetricPage:
    """The history of one metric; ``series`` are the steps and values that the chart draws."""

    run: Run
    key: str
    points: tuple[Metric, ...]
    is_cut: bool

    @property
    def series(self) -> list[list[float | None]]:
        """Return steps and values in the chart's form; a gap where a value is no number."""
        ordered = sorted(self.points, key=lambda point: (point.step, point.timestamp))
        if len({point.step for point in ordered}) < len(ordered):
            steps: list[float | None] = [float(place) for place in range(len(ordered))]
        else:
            steps = [float(point.step) for point in ordered]
        values = [point.value if math.isfinite(point.value) else None for point in ordered]
        return [steps, values]

    @property
    def latest(self) -> tuple[Metric, ...]:
        """The points for the table: the last ones, the latest first."""
        return self.points[: -_SHOWN_POINTS - 1 : -1]


@web.get("/runs/<run_id>")
def show_run(run_id: str) -> str:
    """Show a run; ``folder`` in the address chooses which of its files are listed."""
    run = get_run(caller(), run_id)
    experiment = get_experiment(caller(), run.info.experiment_id)
    ways = foresee(caller(), experiment.id, Operation.ARTIFACT_LIST, Operation.ARTIFACT_READ)
    folder = request.args.get("folder", "")
    found = _files(run_id, folder) if Operation.ARTIFACT_LIST in ways else None
    page = RunPage(
        run=run,
        creator=names_of(caller().session, [run.info.created_by]).get(run.info.created_by, ""),
        experiment=experiment,
        tables=tables_of_run(caller(), run_id),
        versions=_versions(run_id),
        folder=folder,
        files=tuple(found.items) if found else None,
        next_url=_next_files(run_id, folder, found.next_token) if found else "",
        may_download=Operation.ARTIFACT_READ in ways,
    )
    return render("run.html", page=page)


@web.get("/runs/<run_id>/metrics/<path:key>")
def show_metric(run_id: str, key: str) -> str:
    """Show the history of a metric as a chart and a table."""
    run = get_run(caller(), run_id)
    history = get_metric_history(caller(), run_id, key, max_results=_MOST_POINTS)
    page = MetricPage(run, key, tuple(history.items), bool(history.next_token))
    return render("metric.html", page=page)


@web.get("/runs/<run_id>/files/<path:path>")
def download_file(run_id: str, path: str) -> Response:
    """Send a file of a run, to be kept and never to be shown as a page of ours."""
    return send(open_file(caller(), services().vault, Holder(run_id=run_id), path))


def send(opened: OpenedFile) -> Response:
    """Return a stored file as a download, whatever its type."""
    response = current_app.response_class(opened.chunks, mimetype="application/octet-stream")
    response.content_length = opened.length
    disposition = dump_options_header("attachment", {"filename": opened.info.name})
    response.headers["Content-Disposition"] = disposition
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def file_url(run_id: str, file: FileInfo) -> str:
    """Return the address of a file, or of the run with a folder open."""
    if file.is_dir:
        return url_for("web.show_run", run_id=run_id, folder=file.path, _anchor="files")
    return url_for("web.download_file", run_id=run_id, path=file.path)


def _versions(run_id: str) -> tuple[ModelVersion, ...]:
    made = Comparison(Entity.ATTRIBUTE, "run_id", Operator.EQ, run_id)
    return tuple(search_versions(caller(), [made], max_results=_MOST_VERSIONS).items)


def _files(run_id: str, folder: str) -> Page[FileInfo]:
    token = request.args.get("page", "")
    return list_files(caller(), Holder(run_id=run_id), folder, page_token=token).page


def _next_files(run_id: str, folder: str, token: str) -> str:
    return next_address("web.show_run", token, run_id=run_id, folder=folder, _anchor="files")
