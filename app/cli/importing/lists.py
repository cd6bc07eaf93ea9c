"""What the other server has, list by list and page by page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TypeVar

from app.cli.importing import messages as wire
from app.cli.importing import messages_traces as wire_traces
from app.cli.importing.source import Source, SourceError, SourceMissingError, quoted
from app.cli.importing.stored_traces import TraceFile
from app.imports import Origin

_API = "/api/2.0/mlflow"
_TRACES = "/api/3.0/mlflow/traces"
_RUNS_AT_ONCE = 100
_POINTS_AT_ONCE = 10_000
_MOST_EMPTY = 100
_IS_PROMPT = "tags.`mlflow.prompt.is_prompt` = 'true'"

Page = TypeVar("Page", wire.Experiments, wire.Runs, wire.LoggedModels, wire_traces.TraceInfos)
Listed = TypeVar("Listed", wire.RegisteredModels, wire.ModelVersions)
Owner = tuple[Origin, str]
"""A run or a logged model, by its id over there."""


def experiments(source: Source) -> Iterator[wire.Experiment]:
    """Yield all experiments, those in the trash too, the oldest first."""
    pages = _post(
        source, f"{_API}/experiments/search", wire.Experiments, view_type="ALL", max_results=100
    )
    yield from sorted(
        (one for page in pages for one in page.experiments), key=lambda one: one.creation_time
    )


def runs(source: Source, experiment_id: str) -> Iterator[list[wire.Run]]:
    """Yield pages of the runs of an experiment, those in the trash too, the oldest first."""
    for page in _post(
        source,
        f"{_API}/runs/search",
        wire.Runs,
        experiment_ids=[experiment_id],
        run_view_type="ALL",
        max_results=_RUNS_AT_ONCE,
        order_by=["attributes.start_time ASC"],
    ):
        yield page.runs


def points(source: Source, run_id: str, metric: str) -> Iterator[list[wire.Metric]]:
    """Yield the whole history of a metric, in bounded pieces if the server pages it."""
    token, course = "", Course()
    while True:
        page = source.get(
            f"{_API}/metrics/get-history",
            wire.MetricHistory,
            run_id=run_id,
            metric_key=metric,
            max_results=_POINTS_AT_ONCE,
            page_token=token,
        )
        yield page.metrics
        token = course.next(page)
        if not token:
            return


def logged_models(source: Source, experiment_id: str) -> Iterator[list[wire.LoggedModel]]:
    """Yield pages of the logged models of an experiment; a server before MLflow 3 has none."""
    for page in _post_if_served(
        source,
        f"{_API}/logged-models/search",
        wire.LoggedModels,
        experiment_ids=[experiment_id],
        max_results=50,
    ):
        yield page.models


def registered_models(source: Source) -> Iterator[wire.RegisteredModel]:
    """Yield all registered models and, which the server lists apart, all prompts."""
    for condition in ("", _IS_PROMPT):
        path = f"{_API}/registered-models/search"
        for page in _get(
            source, path, wire.RegisteredModels, condition, "name ASC", max_results=100
        ):
            yield from page.registered_models


def versions(source: Source) -> Iterator[list[wire.ModelVersion]]:
    """Yield pages of all versions, the oldest first: copies come after what they copy."""
    for condition in ("", _IS_PROMPT):
        path = f"{_API}/model-versions/search"
        for page in _get(
            source, path, wire.ModelVersions, condition, "creation_timestamp ASC", max_results=500
        ):
            yield page.model_versions


def traces(
    source: Source, experiment_id: str, *, run_id: str = ""
) -> Iterator[list[wire_traces.TraceInfo]]:
    """Yield pages of the traces of an experiment, without their spans, the oldest first.

    With ``run_id``, of those that the run made or that are linked to it. A server before MLflow 3
    has none in this form.
    """
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}}
    for page in _post_if_served(
        source,
        f"{_TRACES}/search",
        wire_traces.TraceInfos,
        locations=[place],
        filter=f"attributes.run_id = '{run_id}'" if run_id else "",
        max_results=100,
        order_by=["timestamp_ms ASC"],
    ):
        yield page.traces


def spans(source: Source, trace_id: str) -> list[wire_traces.Span]:
    """Return the spans of a trace."""
    got = source.get(
        f"{_TRACES}/get", wire_traces.GotTrace, trace_id=trace_id, allow_partial="true"
    )
    return got.trace.spans


def stored_spans(source: Source, trace_id: str) -> TraceFile:
    """Return the file in which a server before MLflow 3.6 kept the spans of a trace."""
    return source.get("/ajax-api/2.0/mlflow/get-trace-artifact", TraceFile, request_id=trace_id)


def files(source: Source, owner: Owner, folder: str) -> Iterator[wire.FileInfo]:
    """Yield what is listed in a folder of a run or logged model; nothing of it is checked."""
    kind, source_id = owner
    token, course = "", Course()
    while True:
        if kind is Origin.RUN:
            page = source.get(
                f"{_API}/artifacts/list",
                wire.Files,
                run_id=source_id,
                path=folder,
                page_token=token,
            )
        else:
            page = source.get(
                f"{_API}/logged-models/{quoted(source_id)}/artifacts/directories",
                wire.Files,
                artifact_directory_path=folder,
                page_token=token,
            )
        yield from page.files
        token = course.next(page)
        if not token:
            return


def _post(source: Source, path: str, form: type[Page], **message: object) -> Iterator[Page]:
    token, course = "", Course()
    while True:
        asked = message if not token else message | {"page_token": token}
        page = source.post(path, form, **asked)
        yield page
        token = course.next(page)
        if not token:
            return


def _post_if_served(
    source: Source, path: str, form: type[Page], **message: object
) -> Iterator[Page]:
    try:
        yield from _post(source, path, form, **message)
    except SourceMissingError:
        return


def _get(
    source: Source, path: str, form: type[Listed], condition: str, order: str, *, max_results: int
) -> Iterator[Listed]:
    token, course = "", Course()
    while True:
        page = source.get(
            path,
            form,
            filter=condition,
            max_results=max_results,
            page_token=token,
            order_by=order,
        )
        yield page
        token = course.next(page)
        if not token:
            return


class Course:
    """The way through the pages of one list, which a server may never let come to its end."""

    def __init__(self) -> None:
        self._passed: set[bytes] = set()
        self._empty = 0

    def next(self, page: wire.Page) -> str:
        """Return the token of the page that follows, or nothing.

        Raises SourceError for one that was before, and after many pages with nothing on them.
        """
        token = page.next_page_token
        self._empty = self._empty + 1 if page.is_empty else 0
        known = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        if token and known in self._passed:
            raise SourceError("its pages go round in circles")
        if token and self._empty > _MOST_EMPTY:
            raise SourceError(f"more than {_MOST_EMPTY} of its pages are empty")
        self._passed.add(known)
        return token
