"""Messages of traces to clients before 3.0 (``service.proto``: startTrace, endTrace, TraceInfo)."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import InvalidParameterError
from app.protocols.mlflow.wire.messages import Message, int64, tags, text, texts
from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.traces.values import ToldTrace, TraceInfo, TraceState

_UNSPECIFIED = "TRACE_STATUS_UNSPECIFIED"
_STATES = {state.value: state for state in TraceState} | {_UNSPECIFIED: TraceState.UNSPECIFIED}


class BeginTrace(Message):
    """StartTrace."""

    experiment_id = text(required=True)
    timestamp_ms = int64(required=True)
    request_metadata = tags()
    tags = tags()


class EndTrace(Message):
    """EndTrace; the id is in the path."""

    timestamp_ms = int64(required=True)
    status = text()
    request_metadata = tags()
    tags = tags()


class FindTraces(Message):
    """SearchTraces."""

    experiment_ids = texts(required=True)
    filter = text(default="")
    max_results = int64()
    order_by = texts()
    page_token = text(default="")


def to_state(status: str | None) -> TraceState:
    """Return the state of a status; raises InvalidParameterError for one that no trace has."""
    if status is not None and status not in _STATES:
        msg = f"Invalid value '{status[:80]}' for parameter 'status' supplied"
        raise InvalidParameterError(msg, field="status")
    return TraceState.UNSPECIFIED if status is None else _STATES[status]


def dump_older_info(info: TraceInfo | ToldTrace, experiment_id: str) -> Dumped:
    """Return a TraceInfo of the older form."""
    is_unspecified = info.state is TraceState.UNSPECIFIED
    return {
        "request_id": info.trace_id,
        "experiment_id": experiment_id,
        "timestamp_ms": info.request_time,
        "execution_time_ms": info.duration or 0,
        "status": _UNSPECIFIED if is_unspecified else info.state.value,
        "request_metadata": _pairs(info.metadata),
        "tags": _pairs(info.tags),
    }


def _pairs(members: Mapping[str, str]) -> list[Dumped]:
    return [{"key": name, "value": value} for name, value in sorted(members.items())]
