"""Spans of traces that a server before MLflow 3.6 kept in a file, in the forms of such files.

Of 2.14 and later: a ``context``, ids as ``0x…``, ``start_time``. Of 3.0 and later: ids in base64
or, in 3.5, in hex, and ``start_time_unix_nano``. Values of attributes are JSON in text
(``mlflow/entities/span.py``: ``from_dict``, ``from_dict_v2``).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import orjson

from app.cli.importing.source import SourceError
from app.cli.importing.traces import clean
from app.edge.python_json import null_no_numbers
from app.tracking.traces.values import Span, SpanStatus

_DIGITS = 16
_MAX_NANOS = 2**63 - 1


class TraceFile(msgspec.Struct):
    """``traces.json``."""

    spans: list[dict[str, Any]] = []


def to_spans(trace_id: str, file: TraceFile) -> tuple[Span, ...]:
    """Return the spans of a file; raises SourceError for what is in none of its forms."""
    try:
        return tuple(_span(trace_id, told) for told in file.spans)
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        msg = f"the file of the trace {trace_id!r} is in a form that is not MLflow's: {error!r}"
        raise SourceError(msg) from error


def _span(trace_id: str, told: Mapping[str, Any]) -> Span:
    is_older = "context" in told
    parent = told.get("parent_id" if is_older else "parent_span_id")
    code = told["status_code"] if is_older else told["status"]["code"]
    message = told["status_message"] if is_older else told["status"].get("message")
    details: dict[str, Any] = {}
    if told.get("events"):
        details["events"] = [_event(one) for one in told["events"]]
    if message:
        details["status_message"] = clean(str(message))
    return Span(
        trace_id=trace_id,
        span_id=_id(told["context"]["span_id"] if is_older else told["span_id"]),
        parent_id=_id(parent) if parent else "",
        name=clean(str(told["name"])),
        start_ns=_nanos(told["start_time" if is_older else "start_time_unix_nano"]),
        end_ns=_nanos(told.get("end_time" if is_older else "end_time_unix_nano") or 0),
        status=_status(str(code)),
        attributes={
            clean(name): clean(_decoded(text)) for name, text in told["attributes"].items()
        },
        details=details,
    )


def _event(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as protobuf's JSON has it."""
    at = _nanos(told["timestamp"] if "timestamp" in told else told["time_unix_nano"])
    pairs: Sequence[tuple[str, Any]] = list((told.get("attributes") or {}).items())
    return {
        "time_unix_nano": str(at),
        "name": clean(str(told["name"])),
        "attributes": [
            {"key": clean(name), "value": {"string_value": clean(_text(value))}}
            for name, value in pairs
        ],
    }


def _status(code: str) -> SpanStatus:
    name = code.removeprefix("STATUS_CODE_")
    return SpanStatus(name) if name in set(SpanStatus) else SpanStatus.UNSET


def _id(text: str) -> str:
    digits = text.removeprefix("0x")
    if digits != text or len(text) == _DIGITS:
        return f"{int(digits, 16):0{_DIGITS}x}"[:_DIGITS]
    return f"{int.from_bytes(base64.b64decode(text, validate=True)):0{_DIGITS}x}"[:_DIGITS]


def _nanos(value: Any) -> int:
    moment = int(value)
    if not 0 <= moment <= _MAX_NANOS:
        msg = f"{moment} is no time in nanoseconds"
        raise ValueError(msg)
    return moment


def _decoded(text: Any) -> Any:
    try:
        return orjson.loads(null_no_numbers(text)) if isinstance(text, str) else text
    except orjson.JSONDecodeError:
        return text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
