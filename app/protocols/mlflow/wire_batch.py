"""LogBatch, the hot path: from bytes to metrics by msgspec, with no marshmallow between.

What the fast decoder refuses is read again with protobuf's liberties: ``fooBar`` for ``foo_bar``,
1.0 for 1, null for nothing, a JSON string that holds the message.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from flask import request
from marshmallow import ValidationError

from app.edge.bodies import parse_json, raw_body
from app.errors import InvalidParameterError
from app.protocols.mlflow.wire import snake_case, to_double, to_int64
from app.tracking.values import Metric, Pair

_PLACE = re.compile(r"(?P<why>.*?)(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)
_MISSING = re.compile("Object missing required field `(?P<name>.*)`")
_CAMEL = (b'"modelId"', b'"datasetName"', b'"datasetDigest"', b'"runId"', b'"runUuid"')


class _Metric(msgspec.Struct, gc=False):
    key: str
    value: float | str
    timestamp: int | str
    step: int | str = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class _Pair(msgspec.Struct, gc=False):
    key: str
    value: str = ""


class _Batch(msgspec.Struct):
    run_id: str = ""
    run_uuid: str = ""
    metrics: list[_Metric] = []
    params: list[_Pair] = []
    tags: list[_Pair] = []


class LogBatch(msgspec.Struct):
    """What is to be logged to a run."""

    run_id: str
    metrics: list[Metric]
    params: list[Pair]
    tags: list[Pair]


_DECODER = msgspec.json.Decoder(_Batch)


def read_log_batch() -> LogBatch:
    """Return this request's batch.

    Raises InvalidParameterError whose field is the path of what is wrong, such as
    ``metrics[3].value``, and TooLargeError.
    """
    if request.mimetype != "application/json":
        msg = "Bad Request. Content-Type must be application/json"
        raise InvalidParameterError(msg, field="Content-Type")
    batch = _decode(raw_body())
    run_id = batch.run_id or batch.run_uuid
    if not run_id:
        raise _missing("run_id")
    return LogBatch(
        run_id=run_id,
        metrics=[_metric(index, item) for index, item in enumerate(batch.metrics)],
        params=[(item.key, item.value) for item in batch.params],
        tags=[(item.key, item.value) for item in batch.tags],
    )


def _decode(body: bytes) -> _Batch:
    if not any(name in body for name in _CAMEL):
        try:
            return _DECODER.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
    return _decode_liberally(body)


def _decode_liberally(body: bytes) -> _Batch:
    value = parse_json(body)
    if isinstance(value, str):
        value = parse_json(value.encode())
    try:
        return msgspec.convert(_plain(value), _Batch)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None
    except ValidationError as error:
        raise InvalidParameterError(str(error), field="body") from None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in snake_case(value).items() if item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _metric(index: int, item: _Metric) -> Metric:
    value, timestamp, step = item.value, item.timestamp, item.step
    if isinstance(value, str) or isinstance(timestamp, str) or isinstance(step, str):
        try:
            value = to_double(value, f"metrics[{index}].value")
            timestamp = to_int64(timestamp, f"metrics[{index}].timestamp")
            step = to_int64(step, f"metrics[{index}].step")
        except ValidationError as error:
            raise InvalidParameterError(str(error.messages[0]), field=f"metrics[{index}]") from None
    return Metric(
        item.key,
        value,
        timestamp,
        step,
        item.model_id,
        item.dataset_name,
        item.dataset_digest,
    )


def _invalid(text: str) -> InvalidParameterError:
    found = _PLACE.fullmatch(text)
    why, place = (found["why"], found["place"] or "") if found else (text, "")
    missing = _MISSING.fullmatch(why)
    if missing is not None:
        return _missing(f"{place}.{missing['name']}".lstrip("."))
    msg = f"Invalid value for parameter '{place or 'body'}' supplied: {why}"
    return InvalidParameterError(msg, field=place or "body")


def _missing(name: str) -> InvalidParameterError:
    msg = (
        f"Missing value for required parameter '{name}'. "
        "See the API docs for more information about request parameters."
    )
    return InvalidParameterError(msg, field=name)
