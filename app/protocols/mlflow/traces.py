"""Traces (``mlflow/protos/service.proto``: startTraceV3 … linkTracesToRun); spans come by OTLP."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller, services
from app.protocols.mlflow.filters.expressions import parse_order_by
from app.protocols.mlflow.filters.traces import TRACES, parse_trace_filter
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.traces import (
    BatchGet,
    DeleteTraces,
    DeleteTraceTag,
    GetTrace,
    LinkPrompts,
    LinkTracesToRun,
    SearchTraces,
    SetTraceTag,
    StartTrace,
    dump_info,
    dump_told,
    dump_trace,
    to_experiment_id,
    to_told,
)
from app.protocols.mlflow.wire.tracking import dump_list
from app.tracking.traces import links as traces_links
from app.tracking.traces import search as traces_search
from app.tracking.traces import traces
from app.tracking.traces.prompts import PromptVersion
from app.tracking.values import Search

_PAGE = 100
_V3 = ("3.0",)
_BOTH = ("2.0", "3.0")


@api("POST", "traces", versions=_V3)
def start_trace() -> ResponseReturnValue:
    """Keep what the client says of a trace as a whole."""
    info = StartTrace.read()["trace"]["trace_info"]
    experiment_id = to_experiment_id(info["trace_location"])
    kept = traces.start_trace(caller(), experiment_id, to_told(info))
    return jsonify({"trace": {"trace_info": dump_told(kept, experiment_id)}})


@api("GET", "traces/<trace_id>", versions=_V3)
def get_trace_info(trace_id: str) -> ResponseReturnValue:
    """Answer a trace without its spans."""
    info = traces.get_trace_info(caller(), trace_id)
    return jsonify({"trace": {"trace_info": dump_info(info)}})


@api("GET", "traces/get", versions=_V3)
def get_trace() -> ResponseReturnValue:
    """Answer a trace with its spans."""
    wanted = GetTrace.read()
    partial = bool(wanted["allow_partial"])
    found = traces.get_trace(caller(), wanted["trace_id"], allow_partial=partial)
    return jsonify({"trace": dump_trace(found)})


@api("GET", "traces/batchGet", versions=_V3)
def batch_get_traces() -> ResponseReturnValue:
    """Answer those of some traces that the caller may read, with their spans."""
    wanted = BatchGet.read()
    found = traces_search.fetch_traces(
        caller(), wanted["trace_ids"], wanted["experiment_ids"] or None
    )
    return jsonify(dump_list("traces", [dump_trace(trace) for trace in found]))


@api("POST", "traces/batchGetInfos", versions=_V3)
def batch_get_trace_infos() -> ResponseReturnValue:
    """Answer those of some traces that the caller may read, without their spans."""
    wanted = BatchGet.read()
    found = traces_search.fetch_infos(
        caller(), wanted["trace_ids"], wanted["experiment_ids"] or None
    )
    return jsonify(dump_list("trace_infos", [dump_info(info) for info in found]))


@api("POST", "traces/search", versions=_V3)
def search_traces() -> ResponseReturnValue:
    """Answer a page of the traces of some experiments, without their spans."""
    wanted = SearchTraces.read()
    size = wanted["max_results"]
    search = Search(
        filters=parse_trace_filter(wanted["filter"]),
        order_by=parse_order_by(wanted["order_by"], TRACES),
        max_results=_PAGE if size is None else size,
        page_token=wanted["page_token"] or "",
    )
    places = [to_experiment_id(location) for location in wanted["locations"]]
    page = traces_search.search_traces(caller(), places, search)
    return jsonify(dump_list("traces", [dump_info(info) for info in page.items], page.next_token))


@api("POST", "traces/delete-traces", versions=_BOTH)
def delete_traces() -> ResponseReturnValue:
    """Delete traces by id, or the oldest."""
    wanted = DeleteTraces.read()
    count = traces.delete_traces(
        caller(),
        services().vault,
        wanted["experiment_id"],
        trace_ids=wanted["request_ids"],
        latest=wanted["max_timestamp_millis"],
        most=wanted["max_traces"],
    )
    return jsonify({"traces_deleted": count})


@api("PATCH", "traces/<trace_id>/tags", versions=_BOTH)
def set_trace_tag(trace_id: str) -> ResponseReturnValue:
    """Set a tag of a trace."""
    wanted = SetTraceTag.read()
    traces.set_trace_tag(caller(), trace_id, wanted["key"], wanted["value"] or "")
    return empty()


@api("DELETE", "traces/<trace_id>/tags", versions=_BOTH)
def delete_trace_tag(trace_id: str) -> ResponseReturnValue:
    """Delete a tag of a trace."""
    traces.delete_trace_tag(caller(), trace_id, DeleteTraceTag.read()["key"])
    return empty()


@api("POST", "traces/link-to-run")
def link_traces_to_run() -> ResponseReturnValue:
    """Link traces to a run of the same experiment."""
    wanted = LinkTracesToRun.read()
    traces_links.link_traces_to_run(caller(), wanted["run_id"], wanted["trace_ids"])
    return empty()


@api("POST", "traces/link-prompts")
def link_prompts_to_trace() -> ResponseReturnValue:
    """Say which versions of prompts a trace used."""
    wanted = LinkPrompts.read()
    prompts = [PromptVersion(one["name"], one["version"]) for one in wanted["prompt_versions"]]
    traces_links.link_prompts(caller(), wanted["trace_id"], prompts)
    return empty()
