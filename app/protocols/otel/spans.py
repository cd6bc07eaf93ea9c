"""From an ExportTraceServiceRequest to spans (opentelemetry-proto, ``trace.proto``).

What JSON or a database cannot hold is kept as near as may be: NUL becomes U+FFFD, a number that is
none becomes its name, bytes become base64.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from app.errors import InvalidParameterError
from app.protocols.otel.pieces import MAX_SPAN_BYTES, split_json, split_protobuf
from app.protocols.otel.translation import translate
from app.protocols.otel.values import MAX_DEPTH
from app.tracking.traces.values import Span, SpanStatus

MAX_ATTRIBUTES = 1000
"""Of a span."""

_TRACE_ID, _SPAN_ID = 16, 8
_MAX_NANOS = (1 << 63) - 1
_HEX_FIELDS = ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id")
_STATUS = {
    Status.STATUS_CODE_OK: SpanStatus.OK,
    Status.STATUS_CODE_ERROR: SpanStatus.ERROR,
}


def parse_spans(body: bytes, *, is_json: bool) -> list[Span]:
    """Return the spans of a batch.

    Raises InvalidParameterError for what is no batch of spans, has none, or is beyond the limits.
    """
    spans = [_to_span(span) for span in (_from_json if is_json else _from_protobuf)(body)]
    if not spans:
        msg = "Invalid OpenTelemetry format - no spans found"
        raise InvalidParameterError(msg, field="resource_spans")
    return spans


def _from_protobuf(body: bytes) -> Iterator[OtlpSpan]:
    try:
        for piece in split_protobuf(body):
            yield OtlpSpan.FromString(piece)
    except (DecodeError, RecursionError, ValueError, LookupError):
        raise _unreadable() from None


def _from_json(body: bytes) -> Iterator[OtlpSpan]:
    """Read OTLP's JSON, where ids are in hex and not in protobuf's base64."""
    try:
        for span in split_json(body):
            for one in (span, *(span.get("links") or ())):
                for name in _HEX_FIELDS:
                    if one.get(name):
                        one[name] = base64.b64encode(bytes.fromhex(one[name])).decode()
            yield ParseDict(span, OtlpSpan(), ignore_unknown_fields=True)
    except (ParseError, RecursionError, ValueError, TypeError, AttributeError, binascii.Error):
        raise _unreadable() from None


def _to_span(span: OtlpSpan) -> Span:
    if len(span.trace_id) != _TRACE_ID or not any(span.trace_id):
        raise _invalid("trace_id", "It must be 16 bytes that are not all zero")
    if len(span.span_id) != _SPAN_ID or not any(span.span_id):
        raise _invalid("span_id", "It must be 8 bytes that are not all zero")
    if len(span.parent_span_id) not in {0, _SPAN_ID}:
        raise _invalid("parent_span_id", "It must be 8 bytes")
    if max(span.start_time_unix_nano, span.end_time_unix_nano) > _MAX_NANOS:
        raise _invalid("start_time_unix_nano", "A time exceeds 63 bits")
    counts = (len(span.attributes), len(span.events), len(span.links))
    if max(counts) > MAX_ATTRIBUTES:
        raise _invalid("attributes", f"A span has at most {MAX_ATTRIBUTES} of them")
    if span.ByteSize() > MAX_SPAN_BYTES:
        raise _invalid("spans", f"A span has at most {MAX_SPAN_BYTES} bytes")
    is_child = any(span.parent_span_id)
    return Span(
        trace_id=f"tr-{span.trace_id.hex()}",
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() if is_child else "",
        name=_text(span.name),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        status=_STATUS.get(span.status.code, SpanStatus.UNSET),
        attributes=translate(
            _members(span.attributes, 0),
            [(_text(event.name), _members(event.attributes, 0)) for event in span.events],
        ),
        details=_details(span),
    )


def _details(span: OtlpSpan) -> dict[str, Any]:
    rest = OtlpSpan(
        trace_state=span.trace_state,
        kind=span.kind,
        flags=span.flags,
        events=span.events,
        links=span.links,
        dropped_attributes_count=span.dropped_attributes_count,
        dropped_events_count=span.dropped_events_count,
        dropped_links_count=span.dropped_links_count,
    )
    details: dict[str, Any] = _clean(MessageToDict(rest, preserving_proto_field_name=True), 0)
    if span.status.message:
        details["status_message"] = _text(span.status.message)
    return details


def _members(pairs: Iterable[KeyValue], depth: int) -> dict[str, Any]:
    return {_text(pair.key): _value(pair.value, depth + 1) for pair in pairs}


def _value(value: AnyValue, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise _invalid("attributes", f"Values are nested deeper than {MAX_DEPTH}")
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_value(one, depth + 1) for one in value.array_value.values]
        case "kvlist_value":
            return _members(value.kvlist_value.values, depth)
        case kind:
            return _scalar(getattr(value, kind))


def _scalar(value: str | bool | float | bytes) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _clean(value: Any, depth: int) -> Any:
    if depth > 4 * MAX_DEPTH:
        raise _invalid("events", f"Values are nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(name): _clean(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return [_clean(one, depth + 1) for one in value]
    return value


def _text(value: str) -> str:
    return value.replace("\x00", "\ufffd")


def _unreadable() -> InvalidParameterError:
    return InvalidParameterError("Invalid OpenTelemetry format", field="body")


def _invalid(field: str, hint: str) -> InvalidParameterError:
    return InvalidParameterError(f"Invalid value for '{field}' of a span: {hint}", field=field)
