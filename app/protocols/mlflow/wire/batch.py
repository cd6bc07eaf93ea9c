"""LogBatch, the hot path: from bytes to metrics by msgspec, with no marshmallow between.

What the strict decoder refuses is read again with protobuf's liberties: ``fooBar`` for ``foo_bar``,
"1" and 1.0 for 1, "NaN", null for nothing, fields of newer clients, a string that holds it all.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from flask import request
from marshmallow import ValidationError

from app.edge.bodies import parse_json, raw_body
from app.errors import InvalidParameterError
from app.protocols.mlflow.wire.messages import refusal, snake_case, to_double, to_int64
from app.tracking.values import Metric, Pair

_PLACE = re.compile(r"(?P<why>.*?)(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)
_MISSING = re.compile("Object missing required field `(?P<name>.*)`")


class _Metric(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None


class _Pair(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    key: str
    value: str = ""


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
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
_NESTED: dict[str, type[msgspec.Struct]] = {"metrics": _Metric, "params": _Pair, "tags": _Pair}
_NUMBERS = {"value": to_double, "timestamp": to_int64, "step": to_int64}


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
        metrics=[
            Metric(
                item.key,
                item.value,
                item.timestamp,
                item.step,
                item.model_id,
                item.dataset_name,
                item.dataset_digest,
            )
            for item in batch.metrics
        ],
        params=[(item.key, item.value) for item in batch.params],
        tags=[(item.key, item.value) for item in batch.tags],
    )


def _decode(body: bytes) -> _Batch:
    try:
        return _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _decode_liberally(body)


def _decode_liberally(body: bytes) -> _Batch:
    value = parse_json(body)
    if isinstance(value, str):
        value = parse_json(value.encode())
    try:
        return msgspec.convert(_known(value, _Batch, ""), _Batch)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None
    except ValidationError as error:
        raise refusal(error) from None


def _known(value: Any, kind: type[msgspec.Struct], place: str) -> Any:
    """Return a message with the fields that ``kind`` has, numbers as such, and no nulls."""
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, item in snake_case(value).items():
        if item is None or name not in kind.__struct_fields__:
            continue
        where = f"{place}{name}"
        if isinstance(item, list) and (nested := _NESTED.get(name)):
            found[name] = [
                _known(one, nested, f"{where}[{index}].") for index, one in enumerate(item)
            ]
        elif kind is _Metric and (to_number := _NUMBERS.get(name)):
            found[name] = to_number(item, where)
        else:
            found[name] = item
    return found


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
