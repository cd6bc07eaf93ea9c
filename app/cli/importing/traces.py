"""From a trace as MLflow's server answers it to a trace as it is kept here."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from app.cli.importing import messages_traces as wire
from app.cli.importing.source import SourceError
from app.edge.python_json import null_no_numbers
from app.imports import SourceTrace
from app.tracking.traces.values import (
    Assessment,
    AssessmentKind,
    Span,
    SpanStatus,
    ToldTrace,
    TraceState,
)

_SPAN_ID = 8
_STATUS = {
    "STATUS_CODE_OK": SpanStatus.OK,
    1: SpanStatus.OK,
    "STATUS_CODE_ERROR": SpanStatus.ERROR,
    2: SpanStatus.ERROR,
}


def to_trace(experiment_id: str, info: wire.TraceInfo, spans: tuple[Span, ...]) -> SourceTrace:
    """Return a trace to bring; raises SourceError for what is no trace."""
    try:
        return SourceTrace(
            experiment_id,
            _told(info),
            spans,
            tuple(_assessment(info.trace_id, one) for one in info.assessments),
        )
    except (ValueError, OverflowError) as error:
        msg = f"the trace {info.trace_id!r} is told in a form that is not MLflow's: {error}"
        raise SourceError(msg) from error


def to_spans(trace_id: str, spans: Sequence[wire.Span]) -> tuple[Span, ...]:
    """Return spans as they are kept here; raises SourceError for what is none."""
    try:
        return tuple(_span(trace_id, span) for span in spans)
    except ValueError as error:
        raise SourceError(f"a span of {trace_id!r} is none: {error}") from error


def _told(info: wire.TraceInfo) -> ToldTrace:
    return ToldTrace(
        trace_id=info.trace_id,
        request_time=_millis(info.request_time) if info.request_time else None,
        duration=_duration(info.execution_duration) if info.execution_duration else None,
        state=TraceState(info.state),
        client_request_id=clean(info.client_request_id),
        request_preview=clean(info.request_preview),
        response_preview=clean(info.response_preview),
        metadata=clean(info.trace_metadata),
        tags=clean(info.tags),
    )


def _span(trace_id: str, span: wire.Span) -> Span:
    details = {
        name: clean(value)
        for name in ("kind", "trace_state", "flags", "events", "links")
        if (value := getattr(span, name))
    }
    if span.status.message:
        details["status_message"] = clean(span.status.message)
    return Span(
        trace_id=trace_id,
        span_id=_hex(span.span_id),
        parent_id=_hex(span.parent_span_id) if span.parent_span_id else "",
        name=clean(span.name),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        status=_STATUS.get(span.status.code, SpanStatus.UNSET),
        attributes={clean(one.key): _value(one.value) for one in span.attributes},
        details=details,
    )


def _value(value: wire.AnyValue) -> Any:
    if value.kvlist_value is not None:
        return {clean(one.key): _value(one.value) for one in value.kvlist_value.values}
    if value.array_value is not None:
        return [_value(one) for one in value.array_value.values]
    scalars = (value.string_value, value.bool_value, value.int_value, value.double_value)
    return clean(next((one for one in (*scalars, value.bytes_value) if one is not None), None))


def _assessment(trace_id: str, told: wire.Assessment) -> Assessment:
    kind, value = _assessed(told)
    created = _millis(told.create_time)
    return Assessment(
        assessment_id=told.assessment_id,
        trace_id=trace_id,
        name=told.assessment_name,
        kind=kind,
        value=clean(value),
        error=clean(told.feedback.error) if told.feedback else None,
        rationale=clean(told.rationale),
        metadata=clean(told.metadata),
        source_type=told.source.source_type[:30],
        source_id=told.source.source_id,
        span_id=told.span_id,
        overrides=told.overrides,
        valid=told.valid,
        created_at=created,
        updated_at=_millis(told.last_update_time) if told.last_update_time else created,
    )


def _assessed(told: wire.Assessment) -> tuple[AssessmentKind, Any]:
    if told.feedback is not None:
        return AssessmentKind.FEEDBACK, told.feedback.value
    if told.expectation is not None:
        serialized = told.expectation.serialized_value
        if serialized is None:
            return AssessmentKind.EXPECTATION, told.expectation.value
        return AssessmentKind.EXPECTATION, orjson.loads(null_no_numbers(serialized.value))
    return AssessmentKind.ISSUE, told.issue.issue_name if told.issue else ""


def clean(value: Any) -> Any:
    """Return a value without what cannot be stored: NUL characters, and numbers that are none."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, dict):
        return {clean(name): clean(one) for name, one in value.items()}
    return value


def _hex(text: str) -> str:
    try:
        decoded = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        msg = f"{text[:40]!r} is no id of a span"
        raise ValueError(msg) from error
    if len(decoded) != _SPAN_ID:
        msg = f"{text[:40]!r} is no id of a span"
        raise ValueError(msg)
    return decoded.hex()


def _millis(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _duration(text: str) -> int:
    seconds = float(text.removesuffix("s"))
    if not 0 <= seconds < 1 << 40:
        msg = f"{text[:40]!r} is no duration"
        raise ValueError(msg)
    return round(seconds * 1000)
