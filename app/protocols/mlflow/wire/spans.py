"""Spans as OTLP has them, and as MLflow's file of spans has."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.traces.values import Span, SpanStatus, Trace

_TRACE_PREFIX = "tr-"
_SCALARS = {
    bool: "bool_value",
    str: "string_value",
    int: "int_value",
    float: "double_value",
}


def dump_span(span: Span) -> Dumped:
    """Return OpenTelemetry's Span, with its id in base64."""
    dumped: Dumped = {
        "trace_id": _base64(span.trace_id.removeprefix(_TRACE_PREFIX)),
        "span_id": _base64(span.span_id),
        "name": span.name,
        "start_time_unix_nano": span.start_ns,
        "attributes": _pairs(span.attributes),
        **span.details,
    }
    if span.parent_id:
        dumped["parent_span_id"] = _base64(span.parent_id)
    if span.end_ns:
        dumped["end_time_unix_nano"] = span.end_ns
    message = dumped.pop("status_message", "")
    dumped["status"] = {"code": f"STATUS_CODE_{span.status.value}"}
    if message and span.status is not SpanStatus.UNSET:
        dumped["status"]["message"] = message
    return dumped


def dump_spans_file(trace: Trace) -> Dumped:
    """Return the spans as MLflow's ``traces.json`` has them: attributes are texts of JSON."""
    return {"spans": [_dump_filed_span(one) for one in trace.spans]}


def _dump_filed_span(span: Span) -> Dumped:
    status = {
        "code": f"STATUS_CODE_{span.status.value}",
        "message": span.details.get("status_message", ""),
    }
    return {
        "trace_id": _base64(span.trace_id.removeprefix(_TRACE_PREFIX)),
        "span_id": _base64(span.span_id),
        "parent_span_id": _base64(span.parent_id) if span.parent_id else None,
        "name": span.name,
        "start_time_unix_nano": span.start_ns,
        "end_time_unix_nano": span.end_ns or None,
        "events": [_dump_event(event) for event in span.details.get("events", ())],
        "status": status,
        "attributes": {
            "mlflow.traceRequestId": orjson.dumps(span.trace_id).decode(),
            **{name: orjson.dumps(value).decode() for name, value in span.attributes.items()},
        },
        "links": [],
    }


def _dump_event(event: Mapping[str, Any]) -> Dumped:
    return {
        "name": event.get("name", ""),
        "time_unix_nano": int(event.get("time_unix_nano", 0)),
        "attributes": _json_members(event.get("attributes", ())),
    }


def _pairs(members: Mapping[str, Any]) -> list[Dumped]:
    return [{"key": name, "value": _any_value(value)} for name, value in members.items()]


def _any_value(value: Any) -> Dumped:
    """Return OpenTelemetry's AnyValue of a JSON value."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return {"kvlist_value": {"values": _pairs(value)}}
    if isinstance(value, list):
        return {"array_value": {"values": [_any_value(one) for one in value]}}
    return {_SCALARS[type(value)]: value}


def _json_value(value: Mapping[str, Any]) -> Any:
    """Return the JSON value of OpenTelemetry's AnyValue, as protobuf writes that in JSON."""
    for kind, content in value.items():
        if kind == "array_value":
            return [_json_value(one) for one in content.get("values", ())]
        if kind == "kvlist_value":
            return _json_members(content.get("values", ()))
        return int(content) if kind == "int_value" else content
    return None


def _json_members(pairs: Iterable[Mapping[str, Any]]) -> Dumped:
    """Return pairs as an object; protobuf leaves out an empty key, and a value that is none."""
    return {pair.get("key", ""): _json_value(pair.get("value", {})) for pair in pairs}


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()
