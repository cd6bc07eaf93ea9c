"""Bring experiments with their runs, logged models and traces."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from app import imports
from app.cli.importing import lists, stored_traces
from app.cli.importing import messages as wire
from app.cli.importing.attachments import bring_attachments, find_attachments
from app.cli.importing.files import bring_files
from app.cli.importing.messages_traces import TraceInfo
from app.cli.importing.source import SourceMissingError, quoted
from app.cli.importing.traces import to_spans, to_trace
from app.cli.importing.translating import to_logged_model, to_metric, to_pairs, to_run
from app.cli.importing.work import Work
from app.imports import Origin, SourceExperiment, SourceTrace
from app.tracking.traces.tags import SPANS_LOCATION
from app.tracking.traces.values import Span
from app.tracking.values import LoggedModelStatus, Metric, RunStatus

_POINTS_AT_ONCE = 10_000
_DELETED = "deleted"
_IN_STORE = "TRACKING_STORE"
_OPEN = frozenset({RunStatus.RUNNING, RunStatus.SCHEDULED})


def bring_experiments(work: Work, found: Sequence[wire.Experiment]) -> None:
    """Bring experiments with all that is in them.

    Logged models are begun before the runs that made them, and finished after these, as their
    points are points of runs.
    """
    here = [one for one in found if _bring_experiment(work, one)]
    for one in here:
        with work.bringing(f"the logged models of {one.name!r}"):
            _begin_logged_models(work, one.experiment_id)
    for number, one in enumerate(here, start=1):
        work.tell(f"Experiment {number} of {len(here)}: {one.name}")
        for what, bring in _PARTS:
            with work.bringing(f"the {what} of {one.name!r}"):
                bring(work, one.experiment_id)
        if one.lifecycle_stage == _DELETED:
            with work.bringing(f"experiment {one.name!r}"), work.unit() as caller:
                imports.drop_experiment(caller, work.into, one.experiment_id)


def _bring_experiment(work: Work, found: wire.Experiment) -> bool:
    work.seen["experiments"] += 1
    problems = len(work.problems)
    with work.bringing(f"experiment {found.name!r}"), work.unit() as caller:
        experiment = SourceExperiment(
            found.experiment_id,
            work.place(caller, found.name),
            found.creation_time,
            found.last_update_time,
            to_pairs(found.tags),
        )
        imports.bring_experiment(caller, work.into, experiment)
    return len(work.problems) == problems


def _begin_logged_models(work: Work, experiment_id: str) -> None:
    for page in lists.logged_models(work.source, experiment_id):
        work.seen["logged_models"] += len(page)
        known = work.known(Origin.LOGGED_MODEL, [one.info.model_id for one in page])
        for one in page:
            if one.info.model_id not in known:
                with work.bringing(f"logged model {one.info.model_id}"), work.unit() as caller:
                    imports.bring_logged_model(caller, work.into, to_logged_model(one))


def _finish_logged_models(work: Work, experiment_id: str) -> None:
    for page in lists.logged_models(work.source, experiment_id):
        known = work.known(Origin.LOGGED_MODEL, [one.info.model_id for one in page])
        for one in page:
            begun = known.get(one.info.model_id)
            if begun is not None and not begun.is_whole:
                with work.bringing(f"logged model {one.info.model_id}"):
                    _finish_logged_model(work, one)


def _finish_logged_model(work: Work, found: wire.LoggedModel) -> None:
    model = to_logged_model(found)
    files = bring_files(work, (Origin.LOGGED_MODEL, model.model_id))
    is_whole = files.all_here and model.status is not LoggedModelStatus.PENDING
    with work.unit() as caller:
        imports.bring_logged_model(caller, work.into, model)
        imports.settle_logged_model(caller, work.into, model, files.counted, is_whole=is_whole)


def _bring_runs(work: Work, experiment_id: str) -> None:
    for page in lists.runs(work.source, experiment_id):
        work.seen["runs"] += len(page)
        known = work.known(Origin.RUN, [one.info.run_id for one in page])
        for one in page:
            begun = known.get(one.info.run_id)
            if begun is None or not begun.is_whole:
                with work.bringing(f"run {one.info.run_id}"):
                    _bring_run(work, one)
        work.tell(f"{work.seen['runs']} runs")


def _bring_run(work: Work, found: wire.Run) -> None:
    run = to_run(found)
    with work.unit() as caller:
        imports.bring_run(caller, work.into, run)
    points = _bring_points(work, found)
    files = bring_files(work, (Origin.RUN, run.run_id))
    counted = {
        "params": len(run.params),
        "points": points,
        "datasets": len({(one.dataset.name, one.dataset.digest) for one in run.datasets}),
        **files.counted,
    }
    with work.unit() as caller:
        imports.settle_run(
            caller,
            work.into,
            run.run_id,
            counted,
            # What is still running there is looked at again by the next import.
            is_whole=files.all_here and run.status not in _OPEN,
            is_deleted=found.info.lifecycle_stage == _DELETED,
        )


def _bring_points(work: Work, found: wire.Run) -> int:
    """Bring the whole history of each metric; return how many points, each counted once."""
    run_id, total = found.info.run_id, 0
    waiting: list[Metric] = []

    def flush() -> int:
        with work.unit() as caller:
            imports.bring_points(caller, work.into, run_id, waiting)
        # A NaN is no equal of another's: here it counts as one.
        told = {one._replace(value=0 if math.isnan(one.value) else one.value) for one in waiting}
        waiting.clear()
        return len(told)

    for latest in found.data.metrics:
        for page in lists.points(work.source, run_id, latest.key):
            waiting += [to_metric(one) for one in page]
            if len(waiting) >= _POINTS_AT_ONCE:
                total += flush()
    return total + flush() if waiting else total


def _bring_traces(work: Work, experiment_id: str) -> None:
    for page in lists.traces(work.source, experiment_id):
        work.seen["traces"] += len(page)
        known = work.known(Origin.TRACE, [one.trace_id for one in page])
        for one in page:
            begun = known.get(one.trace_id)
            if begun is None or not begun.is_whole:
                with work.bringing(f"trace {one.trace_id}"):
                    _bring_trace(work, experiment_id, one)


def _bring_links(work: Work, experiment_id: str) -> None:
    """Link traces to runs; the source is asked run by run, and only where there are traces."""
    if not any(lists.traces(work.source, experiment_id)):
        return
    for page in lists.runs(work.source, experiment_id):
        known = work.known(Origin.LINKS, [one.info.run_id for one in page])
        for one in page:
            told = known.get(one.info.run_id)
            if told is None or not told.is_whole:
                with work.bringing(f"the traces of run {one.info.run_id}"):
                    _bring_links_of(work, experiment_id, one.info)


def _bring_links_of(work: Work, experiment_id: str, run: wire.RunInfo) -> None:
    pages = lists.traces(work.source, experiment_id, run_id=quoted(run.run_id))
    trace_ids = [one.trace_id for page in pages for one in page]
    with work.unit() as caller:
        is_whole = run.status not in _OPEN
        imports.bring_links(caller, work.into, run.run_id, trace_ids, is_whole=is_whole)


def _bring_trace(work: Work, experiment_id: str, found: TraceInfo) -> None:
    trace_id = found.trace_id
    if found.tags.get(SPANS_LOCATION) == _IN_STORE:
        spans = to_spans(trace_id, lists.spans(work.source, trace_id))
    else:
        spans = _stored_spans(work, trace_id)
    trace, attached = to_trace(experiment_id, found, spans), find_attachments(trace_id, spans)
    all_here = True
    if attached:
        _put_trace(work, trace, len(attached), is_whole=False)
        all_here = bring_attachments(work, trace_id, attached)
    _put_trace(work, trace, len(attached), is_whole=all_here)


def _stored_spans(work: Work, trace_id: str) -> tuple[Span, ...]:
    """Return the spans in a trace's file; none where its client never wrote one."""
    try:
        return stored_traces.to_spans(trace_id, lists.stored_spans(work.source, trace_id))
    except SourceMissingError:
        work.tell(f"Without spans: trace {trace_id}, of which the other server has none")
        return ()


def _put_trace(work: Work, trace: SourceTrace, attached: int, *, is_whole: bool) -> None:
    with work.unit() as caller:
        imports.bring_trace(caller, work.into, trace, attached=attached, is_whole=is_whole)


_PARTS: tuple[tuple[str, Callable[[Work, str], None]], ...] = (
    ("runs", _bring_runs),
    ("logged models", _finish_logged_models),
    ("traces", _bring_traces),
    ("links of traces", _bring_links),
)
