"""Traces of generative AI: told as a whole by StartTraceV3, and span by span by OTLP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from app import audit
from app.access import Operation
from app.artifacts import Vault, delete_containers
from app.db.statements import Sql
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.tracking.checks import MAX_KEY, check_text
from app.tracking.files import trace_container
from app.tracking.resolve import obtain_experiment
from app.tracking.traces.lineage import record_model
from app.tracking.traces.links import link_logged_traces
from app.tracking.traces.reading import read_infos, read_spans
from app.tracking.traces.resolve import check_trace_id, find_pks, obtain_trace
from app.tracking.traces.rows import (
    delete_rows,
    put_spans,
    put_trace,
    set_pairs,
    settle_trace,
    tell,
)
from app.tracking.traces.settling import SIZE_STATS
from app.tracking.traces.tags import LOCATION_TAGS, check_pairs, location_tags
from app.tracking.traces.values import Span, ToldTrace, Trace, TraceInfo

MAX_DELETED = 10_000
_SHOWN = 100

_DELETE_TAG = Sql("DELETE FROM trace_tags WHERE trace_pk = :pk AND tag_name = :name")
_OLDEST = Sql("""
SELECT pk, trace_id FROM traces WHERE experiment_number = :number AND request_time <= :latest
ORDER BY request_time, pk LIMIT :count""")


def start_trace(caller: Caller, experiment_id: str, told: ToldTrace) -> ToldTrace:
    """Keep what a client says of a trace as a whole, before, after or between its spans.

    Returns what was kept of it, nothing that others said, and where spans and files are. While no
    span has come by itself, that is a file: a client whose export failed, as it does for a number
    beyond 64 bits, sends its spans there.

    Raises InvalidParameterError for a bad id or tag or an experiment in the trash; NotFoundError,
    PermissionDeniedError.
    """
    checked = check_told(told)
    experiment = obtain_experiment(caller, Operation.TRACE_LOG, experiment_id, active=True)
    row = put_trace(caller, experiment.number, told.trace_id)
    record_model(caller, experiment, row.pk, checked.metadata)
    kept = tell(caller.session, row.pk, checked)
    count = settle_trace(caller, row.pk, kept)
    audit.record(caller, Operation.TRACE_LOG, trace_id=told.trace_id)
    places = location_tags(experiment.number, told.trace_id, in_file=count == 0)
    return replace(checked, tags={**checked.tags, **places})


def check_may_log(caller: Caller, experiment_id: str) -> None:
    """Refuse whoever may not log spans before these are read; for what costs much to read.

    It must be the first use of the caller's session, and leaves neither that nor a record of this
    behind: ``log_spans`` decides again once the spans are there. Raises as that.
    """
    decided = len(caller.ledger.entries)
    obtain_experiment(caller, Operation.TRACE_LOG, experiment_id, active=True)
    del caller.ledger.entries[decided:]
    caller.session.close()


def log_spans(
    caller: Caller, experiment_id: str, spans: Sequence[Span], *, run_id: str | None = None
) -> None:
    """Add spans to their traces, which are made if need be, and link these to a run if one is told.

    Sending a span again changes nothing. Raises InvalidParameterError for a bad id, an experiment
    in the trash, or a run elsewhere; NotFoundError, PermissionDeniedError.
    """
    experiment = obtain_experiment(caller, Operation.TRACE_LOG, experiment_id, active=True)
    by_trace: dict[str, list[Span]] = {}
    for span in spans:
        by_trace.setdefault(check_trace_id(span.trace_id), []).append(span)
    pks = []
    for trace_id in sorted(by_trace):
        row = put_trace(caller, experiment.number, trace_id)
        put_spans(caller.session, row.pk, by_trace[trace_id])
        settle_trace(caller, row.pk, orjson.loads(row.told) if row.told else {})
        pks.append(row.pk)
    details: dict[str, Any] = {"traces": sorted(by_trace)[:_SHOWN], "spans": len(spans)}
    if run_id is not None:
        link_logged_traces(caller, experiment, run_id, pks)
        details["run_id"] = run_id
    audit.record(caller, Operation.TRACE_LOG, **details)


def get_trace_info(caller: Caller, trace_id: str) -> TraceInfo:
    """Return a trace without its spans.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError.
    """
    trace = obtain_trace(caller, Operation.TRACE_READ, trace_id)
    return read_infos(caller.session, [trace.pk])[0]


def get_trace(caller: Caller, trace_id: str, *, allow_partial: bool = False) -> Trace:
    """Return a trace with its spans.

    Raises NotFoundError if it is absent or hidden or, without ``allow_partial``, has fewer spans
    than its client counted; PermissionDeniedError.
    """
    trace = obtain_trace(caller, Operation.TRACE_READ, trace_id)
    info = read_infos(caller.session, [trace.pk])[0]
    if not allow_partial and trace.span_count < _expected(info):
        msg = f"Trace with ID {trace_id} is not fully exported yet, please try again later."
        raise NotFoundError(msg, field="trace_id")
    return Trace(info, read_spans(caller.session, {trace.pk: trace_id})[trace.pk])


def set_trace_tag(caller: Caller, trace_id: str, name: str, value: str) -> None:
    """Set a tag.

    Raises InvalidParameterError for a bad name or one that only the server sets, NotFoundError,
    PermissionDeniedError.
    """
    tags = check_pairs({name: value}, "key")
    if name in LOCATION_TAGS:
        msg = f"The tag {name!r} is set by the server alone"
        raise InvalidParameterError(msg, field="key")
    trace = obtain_trace(caller, Operation.TRACE_TAG, trace_id, active=True)
    set_pairs(caller.session, "trace_tags", trace.pk, tags, is_told=True)
    audit.record(caller, Operation.TRACE_TAG, trace_id=trace_id, tag=name)


def delete_trace_tag(caller: Caller, trace_id: str, name: str) -> None:
    """Delete a tag.

    Raises NotFoundError if the trace has no such tag, or is absent or hidden;
    PermissionDeniedError.
    """
    check_text(name, "key", MAX_KEY)
    trace = obtain_trace(caller, Operation.TRACE_TAG, trace_id, active=True)
    if _DELETE_TAG.run(caller.session, pk=trace.pk, name=name).rowcount == 0:
        msg = f"No trace tag with key '{name}' for trace with ID '{trace_id}'"
        raise NotFoundError(msg, field="key")
    audit.record(caller, Operation.TRACE_TAG, trace_id=trace_id, deleted_tag=name)


def delete_traces(
    caller: Caller,
    vault: Vault,
    experiment_id: str,
    *,
    trace_ids: Sequence[str] = (),
    latest: int | None = None,
    most: int | None = None,
) -> int:
    """Delete traces for good with their files, by id or the oldest up to a moment; return how many.

    Of ``latest`` traces at most ``most`` are deleted, and at most 10,000 at once. Raises
    InvalidParameterError unless it is said which, NotFoundError, PermissionDeniedError.
    """
    if bool(trace_ids) == (latest is not None):
        msg = "Either `max_timestamp_millis` or `trace_ids` must be specified, but not both."
        raise InvalidParameterError(msg, field="trace_ids")
    if most is not None and (trace_ids or most <= 0):
        msg = "`max_traces` must be positive, and goes with `max_timestamp_millis`."
        raise InvalidParameterError(msg, field="max_traces")
    experiment = obtain_experiment(caller, Operation.TRACE_DELETE, experiment_id)
    if trace_ids:
        ids = list(dict.fromkeys(trace_ids))[:MAX_DELETED]
        found = find_pks(caller, experiment, ids)
    else:
        count = min(most or MAX_DELETED, MAX_DELETED)
        rows = _OLDEST.run(caller.session, number=experiment.number, latest=latest, count=count)
        found = {row.trace_id: row.pk for row in rows}
    delete_rows(caller.session, list(found.values()))
    files = [trace_container(experiment.number, trace_id) for trace_id in found]
    delete_containers(caller, vault, files)
    audit.record(
        caller,
        Operation.TRACE_DELETE,
        deleted=len(found),
        trace_ids=list(found)[:_SHOWN],
        latest=latest,
    )
    return len(found)


def check_told(told: ToldTrace) -> ToldTrace:
    """Return what a client may say of a trace: without the tags that only the server sets.

    Raises InvalidParameterError for a bad id, tag or text.
    """
    check_trace_id(told.trace_id)
    tags = {name: value for name, value in told.tags.items() if name not in LOCATION_TAGS}
    for field, text in (
        ("client_request_id", told.client_request_id),
        ("request_preview", told.request_preview),
        ("response_preview", told.response_preview),
    ):
        check_text(text or "", field, 500 if field == "client_request_id" else 10_000)
    return ToldTrace(
        trace_id=told.trace_id,
        request_time=told.request_time,
        duration=told.duration,
        state=told.state,
        client_request_id=told.client_request_id,
        request_preview=told.request_preview,
        response_preview=told.response_preview,
        metadata=check_pairs(told.metadata, "trace_metadata"),
        tags=check_pairs(tags, "tags"),
    )


def _expected(info: TraceInfo) -> int:
    try:
        stats: Mapping[str, Any] = orjson.loads(info.metadata.get(SIZE_STATS, "{}"))
        return int(stats.get("num_spans", 0))
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        return 0
