"""MLflow's rules for what is logged: names, lengths, numbers and how much at once."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Sequence
from typing import Final

from app.errors import InvalidParameterError
from app.tracking.values import Metric, Pair

MAX_METRICS: Final = 1000
MAX_PARAMS: Final = 100
MAX_TAGS: Final = 100
MAX_ENTITIES: Final = 1000
MAX_KEY: Final = 250
MAX_DATASET_NAME: Final = 500
MAX_DATASET_DIGEST: Final = 36
MAX_PARAM_VALUE: Final = 6000
MAX_TAG_VALUE: Final = 8000
MAX_EXPERIMENT_TAG_VALUE: Final = 20_000
MAX_LOGGED_MODEL_TAG_VALUE: Final = 100_000
MAX_FLOAT: Final = 1.7976931348623157e308
MAX_INT64: Final = 2**63 - 1

_NAME = re.compile(r"[/\w.\- :]*")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
_SHOWN = 200


def invalid(field: str, value: object, hint: str = "") -> InvalidParameterError:
    """Return the error for a value, in the words that MLflow's clients look for."""
    shown = value if isinstance(value, str) else str(value)
    if len(shown) > _SHOWN:
        shown = shown[:_SHOWN] + "..."
    msg = f"Invalid value {_quoted(shown)} for parameter '{field}' supplied"
    return InvalidParameterError(f"{msg}: {hint}" if hint else f"{msg}.", field=field)


def too_long(what: str, limit: int, field: str) -> InvalidParameterError:
    """Return the error for a text of more characters than allowed."""
    msg = f"'{what}' exceeds the maximum length of {limit} characters"
    return InvalidParameterError(msg, field=field)


def check_run_id(run_id: str) -> str:
    """Return a run id of the form that MLflow admits.

    Raises InvalidParameterError for any other.
    """
    if _RUN_ID.fullmatch(run_id) is None:
        raise invalid("run_id", run_id)
    return run_id


def check_key(name: str, field: str) -> str:
    """Return the name of a metric, parameter or tag.

    Raises InvalidParameterError if it is empty, longer than 250 characters, holds other than
    letters, digits and ``_-.:/`` and spaces, or would be another path when taken as one.
    """
    if _NAME.fullmatch(name) is None:
        hint = (
            "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), "
            "spaces ( ), colon(:) and slashes (/)."
        )
        raise invalid(field, name, hint)
    resolved = posixpath.normpath(name)
    if resolved != name or resolved == "." or resolved.startswith(("..", "/")):
        hint = (
            "Names may be treated as files in certain cases, and must not resolve to other names "
            f"when treated as such. This name would resolve to {resolved!r}"
        )
        raise invalid(field, name, hint)
    if len(name) > MAX_KEY:
        raise too_long(field, MAX_KEY, field)
    return name


def check_text(value: str, field: str, limit: int, *, truncate: bool = False) -> str:
    """Return a text that both engines can store, of at most ``limit`` characters.

    ``truncate`` cuts what is longer, as MLflow does by default with parameters and tags of runs.
    Raises InvalidParameterError for NUL, unpaired surrogates, or a text too long.
    """
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise invalid(field, ascii(value), "It is not valid Unicode") from None
    if "\x00" in value:
        raise invalid(field, ascii(value), "It holds a NUL character")
    if len(value) <= limit:
        return value
    if truncate:
        return value[:limit]
    raise too_long(field, limit, field)


def check_params(params: Sequence[Pair]) -> dict[str, str]:
    """Return parameters by name, long values cut to 6000 characters.

    Raises InvalidParameterError for a bad name or value, or a name that comes twice.
    """
    checked: dict[str, str] = {}
    repeated: list[str] = []
    for index, (name, value) in enumerate(params):
        check_key(name, f"params[{index}].key")
        if name in checked:
            repeated.append(name)
        checked[name] = check_text(value, f"params[{index}].value", MAX_PARAM_VALUE, truncate=True)
    if repeated:
        msg = (
            f"Duplicate parameter keys have been submitted: {repeated}. Please ensure the request "
            "contains only one param value per param key."
        )
        raise InvalidParameterError(msg, field="params")
    return checked


def check_tags(
    tags: Sequence[Pair], *, limit: int = MAX_TAG_VALUE, truncate: bool = True
) -> dict[str, str]:
    """Return tags by name; of a name that comes twice the last value counts.

    Raises InvalidParameterError for a bad name or value.
    """
    checked: dict[str, str] = {}
    for index, (name, value) in enumerate(tags):
        check_key(name, f"tags[{index}].key")
        checked[name] = check_text(value, f"tags[{index}].value", limit, truncate=truncate)
    return checked


def check_metrics(metrics: Sequence[Metric]) -> None:
    """Check names and numbers; a value may be any double, a step any 64-bit integer.

    Raises InvalidParameterError for a bad name, a negative time, what exceeds 64 bits, or a data
    set's name or digest that cannot be stored.
    """
    known: set[str] = set()
    for index, metric in enumerate(metrics):
        if metric.key not in known:
            check_key(metric.key, f"metrics[{index}].name")
            known.add(metric.key)
        if not 0 <= metric.timestamp <= MAX_INT64:
            hint = (
                f"metric '{metric.key}' (value={metric.value}). "
                "Timestamp must be a nonnegative long (64-bit integer)"
            )
            raise invalid(f"metrics[{index}].timestamp", metric.timestamp, hint)
        if not -MAX_INT64 - 1 <= metric.step <= MAX_INT64:
            hint = (
                f"metric '{metric.key}' (value={metric.value}). "
                "Step must be a valid long (64-bit integer)."
            )
            raise invalid(f"metrics[{index}].step", metric.step, hint)
        if metric.dataset_name is not None or metric.dataset_digest is not None:
            place = f"metrics[{index}].dataset"
            check_text(metric.dataset_name or "", f"{place}_name", MAX_DATASET_NAME)
            check_text(metric.dataset_digest or "", f"{place}_digest", MAX_DATASET_DIGEST)


def check_batch_size(metrics: int, params: int, tags: int) -> None:
    """Raise InvalidParameterError for more at once than MLflow's clients send."""
    together = metrics + params + tags
    for what, limit, count in (
        ("metrics", MAX_METRICS, metrics),
        ("params", MAX_PARAMS, params),
        ("tags", MAX_TAGS, tags),
        ("metrics, params, and tags", MAX_ENTITIES, together),
    ):
        if count > limit:
            msg = (
                f"A batch logging request can contain at most {limit} {what}. Got {count} {what}. "
                f"Please split up {what} across multiple requests and try again."
            )
            raise InvalidParameterError(msg, field=what.split(",", maxsplit=1)[0])


def stored_number(value: float) -> tuple[float, bool]:
    """Return a double as it is stored: (value, is it NaN); infinities become the largest double."""
    if math.isfinite(value):
        return value, False
    if math.isnan(value):
        return 0.0, True
    return math.copysign(MAX_FLOAT, value), False


def check_count(field: str, count: int, most: int) -> None:
    """Raise InvalidParameterError for a list of more than ``most``."""
    if count > most:
        msg = f"At most {most} {field} can be given at once. Got {count}."
        raise InvalidParameterError(msg, field=field)


def check_page_size(size: int, most: int, field: str = "max_results") -> int:
    """Return a page size between 1 and ``most``; raises InvalidParameterError for any other."""
    if not 1 <= size <= most:
        hint = f"It must be at least 1 and at most {most}."
        raise invalid(field, size, hint)
    return size


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '\\"') + '"'
