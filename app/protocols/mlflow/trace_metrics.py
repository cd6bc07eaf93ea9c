"""Figures over traces (``service.proto``: queryTraceMetrics, calculateTraceFilterCorrelation)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.protocols.mlflow.filters.trace_metrics import parse_metric_filter
from app.protocols.mlflow.filters.traces import parse_trace_filter
from app.protocols.mlflow.routes import api
from app.protocols.mlflow.wire.messages import from_double
from app.protocols.mlflow.wire.trace_metrics import (
    CalculateCorrelation,
    QueryMetrics,
    dump_point,
    to_aggregation,
    to_member,
)
from app.protocols.mlflow.wire.tracking import dump_list
from app.tracking.traces.correlation import correlate
from app.tracking.traces.measures import View
from app.tracking.traces.metrics import MAX_POINTS, Question, measure_traces

_V3 = ("3.0",)


@api("POST", "traces/metrics", versions=_V3)
def query_trace_metrics() -> ResponseReturnValue:
    """Answer figures over the traces, spans or assessments of some experiments."""
    wanted = QueryMetrics.read()
    size = wanted["max_results"]
    question = Question(
        view=to_member(View, wanted["view_type"], "view_type"),
        metric=wanted["metric_name"],
        aggregations=[to_aggregation(one) for one in wanted["aggregations"]],
        dimensions=list(dict.fromkeys(wanted["dimensions"])),
        filters=[parse_metric_filter(one) for one in wanted["filters"]],
        bucket=wanted["time_interval_seconds"] or 0,
        earliest=wanted["start_time_ms"],
        latest=wanted["end_time_ms"],
        max_points=MAX_POINTS if size is None else size,
    )
    points = measure_traces(caller(), wanted["experiment_ids"], question)
    return jsonify(dump_list("data_points", [dump_point(question.metric, one) for one in points]))


@api("POST", "traces/calculate-filter-correlation", versions=_V3)
def calculate_trace_filter_correlation() -> ResponseReturnValue:
    """Answer how two filters of traces go together."""
    wanted = CalculateCorrelation.read()
    found = correlate(
        caller(),
        wanted["experiment_ids"],
        parse_trace_filter(wanted["filter_string1"]),
        parse_trace_filter(wanted["filter_string2"]),
        parse_trace_filter(wanted["base_filter"]),
    )
    return jsonify(
        {
            "npmi": from_double(found.npmi),
            "npmi_smoothed": from_double(found.smoothed),
            "filter1_count": found.first,
            "filter2_count": found.second,
            "joint_count": found.both,
            "total_count": found.total,
        }
    )
