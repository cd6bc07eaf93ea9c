"""Traces to clients before 3.0 and to MLflow's web pages (``service.proto``: startTrace …)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.protocols.mlflow.filters.expressions import parse_order_by
from app.protocols.mlflow.filters.traces import TRACES, parse_trace_filter
from app.protocols.mlflow.routes import api
from app.protocols.mlflow.wire.traces_older import (
    BeginTrace,
    EndTrace,
    FindTraces,
    dump_older_info,
    to_state,
)
from app.protocols.mlflow.wire.tracking import dump_list, to_pairs
from app.tracking.traces import older as traces_older
from app.tracking.traces import search as traces_search
from app.tracking.traces import traces
from app.tracking.values import Search

_PAGE = 100


@api("POST", "traces")
def begin_trace() -> ResponseReturnValue:
    """Begin a trace under an id of the server's."""
    wanted = BeginTrace.read()
    begun = traces_older.begin_trace(
        caller(),
        wanted["experiment_id"],
        wanted["timestamp_ms"],
        metadata=dict(to_pairs(wanted["request_metadata"])),
        tags=dict(to_pairs(wanted["tags"])),
    )
    return jsonify({"trace_info": dump_older_info(begun, wanted["experiment_id"])})


@api("PATCH", "traces/<trace_id>")
def end_trace(trace_id: str) -> ResponseReturnValue:
    """End a trace."""
    wanted = EndTrace.read()
    ended = traces_older.end_trace(
        caller(),
        trace_id,
        wanted["timestamp_ms"],
        to_state(wanted["status"]),
        metadata=dict(to_pairs(wanted["request_metadata"])),
        tags=dict(to_pairs(wanted["tags"])),
    )
    return jsonify({"trace_info": dump_older_info(ended, ended.experiment_id)})


@api("GET", "traces/<trace_id>/info")
def get_older_trace_info(trace_id: str) -> ResponseReturnValue:
    """Answer a trace without its spans."""
    info = traces.get_trace_info(caller(), trace_id)
    return jsonify({"trace_info": dump_older_info(info, info.experiment_id)})


@api("GET", "traces")
def find_traces() -> ResponseReturnValue:
    """Answer a page of the traces of some experiments, without their spans."""
    wanted = FindTraces.read()
    size = wanted["max_results"]
    search = Search(
        filters=parse_trace_filter(wanted["filter"]),
        order_by=parse_order_by(wanted["order_by"], TRACES),
        max_results=_PAGE if size is None else size,
        page_token=wanted["page_token"] or "",
    )
    page = traces_search.search_traces(caller(), wanted["experiment_ids"], search)
    found = [dump_older_info(info, info.experiment_id) for info in page.items]
    return jsonify(dump_list("traces", found, page.next_token))
