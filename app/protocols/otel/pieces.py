"""Take a batch apart into its spans before anything is made of them.

Two bytes are a message in protobuf, and a hundred once parsed: a batch of 32 MiB, which comes
compressed in a few KiB, could fill any memory. So each span is parsed by itself, once the spans and
what is in each were counted. The encoding: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from app.errors import InvalidParameterError

MAX_SPANS = 5000
MAX_SPAN_BYTES = 8 << 20
MAX_JSON_VALUES = 1_000_000
"""Of a batch, of a span in protobuf, and of a batch in JSON: its objects and lists."""

_MAX_FIELDS = 50_000
"""Of a message on the way down to the spans, and of a span."""

_RESOURCE_SPANS, _SCOPE_SPANS, _SPANS = 1, 2, 2
_VARINT, _DELIMITED = 0, 2
_FIXED = {1: 8, 5: 4}
"""The bytes of what has always as many, by the kind of a field."""

_MORE = 0x80
_MAX_VARINT = 10


def split_protobuf(body: bytes) -> Iterator[bytes]:
    """Yield the spans of an ExportTraceServiceRequest, each still to be parsed.

    Raises InvalidParameterError for too many spans or too large ones, ValueError or LookupError for
    what is no message.
    """
    spans = (
        span
        for resource in _messages(memoryview(body), _RESOURCE_SPANS)
        for scope in _messages(resource, _SCOPE_SPANS)
        for span in _messages(scope, _SPANS)
    )
    for number, span in enumerate(spans):
        _check_count(number + 1)
        if len(span) > MAX_SPAN_BYTES:
            msg = f"Invalid value for 'spans' of a span: A span has at most {MAX_SPAN_BYTES} bytes"
            raise InvalidParameterError(msg, field="spans")
        for _ in _fields(span):
            pass
        yield bytes(span)


def split_json(body: bytes) -> Iterator[Any]:
    """Yield the spans of a batch in JSON, each an object still to be read.

    Raises InvalidParameterError for too many of them, or for more values in all than a batch has;
    ValueError, TypeError or AttributeError for what is no batch.
    """
    if body.count(b"{") + body.count(b"[") > MAX_JSON_VALUES:
        msg = f"A batch has at most {MAX_JSON_VALUES} objects and lists"
        raise InvalidParameterError(msg, field="body")
    message: Any = orjson.loads(body)
    count = 0
    for resource in message.get("resourceSpans") or message.get("resource_spans") or ():
        for scope in resource.get("scopeSpans") or resource.get("scope_spans") or ():
            for span in scope.get("spans") or ():
                count += 1
                _check_count(count)
                yield span


def _check_count(spans: int) -> None:
    if spans > MAX_SPANS:
        msg = f"A batch has at most {MAX_SPANS} spans"
        raise InvalidParameterError(msg, field="spans")


def _messages(data: memoryview, wanted: int) -> Iterator[memoryview]:
    for number, content in _fields(data):
        if number == wanted:
            yield content


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the numbers and contents of the delimited fields of a message, and pass the others.

    Raises ValueError or LookupError for what is no message.
    """
    position = count = 0
    while position < len(data):
        count += 1
        if count > _MAX_FIELDS:
            msg = f"A part of a batch has at most {_MAX_FIELDS} fields"
            raise InvalidParameterError(msg, field="spans")
        tag, position = _varint(data, position)
        number, kind = tag >> 3, tag & 7
        if kind == _DELIMITED:
            size, start = _varint(data, position)
            position = start + size
            if position <= len(data):
                yield number, data[start:position]
        elif kind == _VARINT:
            _, position = _varint(data, position)
        else:
            position += _FIXED[kind]
    if position > len(data):
        raise ValueError(position)


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(_MAX_VARINT):
        byte = data[position + shift]
        value |= (byte & (_MORE - 1)) << 7 * shift
        if byte < _MORE:
            return value, position + shift + 1
    raise ValueError(value)
