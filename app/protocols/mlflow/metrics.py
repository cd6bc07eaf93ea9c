"""Histories of metrics (``mlflow/protos/service.proto``: getMetricHistory …)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.errors import InvalidParameterError
from app.protocols.mlflow.routes import api
from app.protocols.mlflow.wire.tracking import (
    Dumped,
    GetMetricHistory,
    GetMetricHistoryBulk,
    GetMetricHistoryBulkInterval,
    dump_list,
    dump_metric,
)
from app.tracking.runs import metric_samples, metrics
from app.tracking.runs.metric_samples import Interval

MAX_RUNS = 100
MAX_POINTS = 25_000


@api("GET", "metrics/get-history")
def get_metric_history() -> ResponseReturnValue:
    """Answer the points of a metric of one run: all, or with a page size the next page."""
    wanted = GetMetricHistory.read()
    key = wanted["metric_key"]
    page = metrics.get_metric_points(
        caller(),
        wanted["run_id"],
        key,
        max_results=wanted["max_results"],
        page_token=wanted["page_token"] or "",
    )
    dumped = [
        {"key": key, "value": "NaN" if is_nan else value, "timestamp": timestamp, "step": step}
        for value, timestamp, step, is_nan in page.items
    ]
    return jsonify(dump_list("metrics", dumped, page.next_token))


@api("GET", "metrics/get-history-bulk")
def get_metric_history_bulk() -> ResponseReturnValue:
    """Answer the points of a metric of up to 100 runs, run by run, up to 25,000 in all."""
    wanted = GetMetricHistoryBulk.read()
    run_ids = wanted["run_id"] or wanted["run_ids"]
    if not 1 <= len(run_ids) <= MAX_RUNS:
        msg = (
            f"GetMetricHistoryBulk request must specify at least one run_id and no more than "
            f"{MAX_RUNS} run_ids. Received {len(run_ids)} run_ids."
        )
        raise InvalidParameterError(msg, field="run_id")
    asked = wanted["max_results"]
    left = MAX_POINTS if asked is None else min(asked, MAX_POINTS)
    dumped: list[Dumped] = []
    for run_id in sorted(set(run_ids)):
        page = metrics.get_metric_history(
            caller(), run_id, wanted["metric_key"], max_results=left - len(dumped)
        )
        dumped += [{**dump_metric(point), "run_id": run_id} for point in page.items]
        if len(dumped) == left:
            break
    return jsonify(dump_list("metrics", dumped))


@api("GET", "metrics/get-history-bulk-interval")
def get_metric_history_bulk_interval() -> ResponseReturnValue:
    """Answer a sample of the points of a metric of up to 100 runs, run by run."""
    return jsonify(answer_metric_samples(GetMetricHistoryBulkInterval.read()))


def answer_metric_samples(wanted: Dumped) -> Dumped:
    """Return the answer to GetMetricHistoryBulkInterval."""
    size = wanted["max_results"]
    found = metric_samples.sample_metric_histories(
        caller(),
        wanted["run_ids"],
        wanted["metric_key"],
        interval=_to_interval(wanted["start_step"], wanted["end_step"]),
        max_results=metric_samples.MAX_POINTS if size is None else size,
    )
    return dump_list("metrics", [{**dump_metric(point), "run_id": run} for run, point in found])


def _to_interval(start: int | None, end: int | None) -> Interval | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        msg = "If either start step or end step are specified, both must be specified."
        raise InvalidParameterError(msg, field="end_step" if end is None else "start_step")
    return Interval(start, end)
