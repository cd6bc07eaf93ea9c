"""Traces as clients before 3.0 tell them: begun first, ended later, their spans in a file."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import orjson

from app import audit
from app.access import Operation
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import invalid
from app.tracking.traces.lineage import record_model
from app.tracking.traces.reading import read_infos
from app.tracking.traces.resolve import obtain_trace
from app.tracking.traces.rows import set_pairs, settle_trace, tell_end
from app.tracking.traces.tags import LOCATION_TAGS, check_pairs
from app.tracking.traces.traces import start_trace
from app.tracking.traces.values import ToldTrace, TraceInfo, TraceState

_LAST_MOMENT = 253_402_300_799_999
"""The end of the year 9999, which is the last one that RFC 3339 can write."""

_TOLD = Sql("SELECT told, request_time FROM traces WHERE pk = :pk", held="traces")


def begin_trace(
    caller: Caller,
    experiment_id: str,
    begun_at: int,
    *,
    metadata: Mapping[str, str],
    tags: Mapping[str, str],
) -> ToldTrace:
    """Begin a trace under a new id.

    Raises InvalidParameterError for a time before 1970 or after 9999, and as ``start_trace``.
    """
    _check_moment(begun_at)
    told = ToldTrace(
        trace_id=f"tr-{secrets.token_hex(16)}",
        request_time=begun_at,
        state=TraceState.IN_PROGRESS,
        metadata=metadata,
        tags=tags,
    )
    return start_trace(caller, experiment_id, told)


def end_trace(
    caller: Caller,
    trace_id: str,
    ended_at: int,
    state: TraceState,
    *,
    metadata: Mapping[str, str],
    tags: Mapping[str, str],
) -> TraceInfo:
    """End a trace; what is told beside is added to what was.

    Raises InvalidParameterError for a bad time or tag or an experiment in the trash, NotFoundError,
    PermissionDeniedError.
    """
    _check_moment(ended_at)
    added = check_pairs(metadata, "request_metadata")
    own = check_pairs(tags, "tags")
    trace = obtain_trace(caller, Operation.TRACE_LOG, trace_id, active=True)
    row = _TOLD.run(caller.session, pk=trace.pk).one()
    if ended_at < row.request_time:
        msg = f"A trace that began at {row.request_time} cannot have ended at {ended_at}"
        raise InvalidParameterError(msg, field="timestamp_ms")
    told = orjson.loads(row.told) if row.told else {}
    kept = told | {"state": state.value, "duration": ended_at - row.request_time}
    tell_end(caller.session, trace.pk, kept)
    record_model(caller, trace.experiment, trace.pk, added)
    set_pairs(caller.session, "trace_metadata", trace.pk, added, is_told=True)
    named = {name: value for name, value in own.items() if name not in LOCATION_TAGS}
    set_pairs(caller.session, "trace_tags", trace.pk, named, is_told=True)
    settle_trace(caller, trace.pk, kept)
    audit.record(caller, Operation.TRACE_LOG, trace_id=trace_id)
    return read_infos(caller.session, [trace.pk])[0]


def _check_moment(millis: int) -> None:
    if not 0 <= millis <= _LAST_MOMENT:
        raise invalid("timestamp_ms", millis, "It is in milliseconds from 1970 to 9999")
