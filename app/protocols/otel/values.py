"""Values of attributes that other instrumentations write as JSON inside of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

MAX_DEPTH = 40
"""Of the nested values of an attribute."""

_COUNT = re.compile(r"[0-9]{1,15}")
_INT64 = range(-(2**63), 2**63)


def first(attributes: Mapping[str, Any], names: Iterable[str | re.Pattern[str]]) -> Any:
    """Return the first of the attributes that says anything; None if none does."""
    for name in names:
        if isinstance(name, str):
            found = [attributes.get(name)]
        else:
            found = [value for known, value in attributes.items() if name.match(known)]
        for value in found:
            if not _is_empty(value):
                return value
    return None


def decoded(value: Any) -> Any:
    """Return what a text of JSON says, where that is a text, a list or an object.

    A number in a text stays a text. So does JSON that is deeper, or of larger numbers, than a span
    of OTLP can carry back.
    """
    if not isinstance(value, str) or not value or value[0] not in '"[{':
        return value
    try:
        return _carriable(orjson.loads(value), 0)
    except (orjson.JSONDecodeError, _UncarriableError):
        return value


def plain(value: Any) -> Any:
    """Return a text without the quotes that JSON puts around it, and any other value as it is."""
    return decoded(value) if isinstance(value, str) and value.startswith('"') else value


def count_in(attributes: Mapping[str, Any], *names: str) -> int | None:
    """Return the first of the attributes that is a count, as a number or a text of one."""
    for name in names:
        value = plain(attributes.get(name))
        if isinstance(value, str) and _COUNT.fullmatch(value):
            return int(value)
        if type(value) is int and value >= 0:
            return value
    return None


class _UncarriableError(Exception):
    """A value that OTLP cannot carry."""


def _is_empty(value: Any) -> bool:
    return not value or value in ("{}", "[]", '""', "null", "false", "0")


def _carriable(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH or (isinstance(value, int) and value not in _INT64):
        raise _UncarriableError
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, list):
        return [_carriable(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {
            name.replace("\x00", "\ufffd"): _carriable(one, depth + 1)
            for name, one in value.items()
        }
    return value
