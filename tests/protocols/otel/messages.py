"""Spans of OTLP as exporters send them."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

TRACE, SPAN = b"\x01" * 16, b"\x02" * 8


def any_value(value: Any) -> AnyValue:
    if isinstance(value, list):
        found = AnyValue()
        found.array_value.values.extend(any_value(one) for one in value)
        return found
    if isinstance(value, dict):
        found = AnyValue()
        found.kvlist_value.values.extend(key_values(value))
        return found
    kinds = {bool: "bool_value", str: "string_value", int: "int_value", float: "double_value"}
    return AnyValue(**{kinds[type(value)]: value}) if type(value) in kinds else AnyValue()


def key_values(members: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=name, value=any_value(value)) for name, value in members.items()]


def batch(*spans: Span) -> bytes:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.extend(spans)
    body: bytes = request.SerializeToString()
    return body


def make_span(attributes: Mapping[str, Any] | None = None, **fields: Any) -> Span:
    known: dict[str, Any] = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "name": "ask",
        "start_time_unix_nano": 5_000_000,
        "end_time_unix_nano": 9_000_000,
    }
    return Span(**(known | fields), attributes=key_values(attributes or {}))
