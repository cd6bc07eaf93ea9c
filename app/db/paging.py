"""Keyset pages: a page of items and an opaque token for the next one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from app.errors import InvalidParameterError

T = TypeVar("T")
_MAX_TOKEN = 4096
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items in order; ``next_token`` is empty on the last page."""

    items: list[T]
    next_token: str = ""


def all_items(list_page: Callable[[str], Page[T]]) -> list[T]:
    """Return the items of all pages, for whoever has to have them all at once.

    ``list_page`` is given the token of each page, at first an empty one.
    """
    page = list_page("")
    found = list(page.items)
    while page.next_token:
        page = list_page(page.next_token)
        found += page.items
    return found


def encode_token(*position: Any) -> str:
    """Return an opaque token that stands after the row whose sort values are ``position``."""
    return base64.urlsafe_b64encode(orjson.dumps(position)).decode().rstrip("=")


def decode_token(token: str, size: int, *, field: str = "page_token") -> list[Any] | None:
    """Return the ``size`` sort values of a token, or None for an empty one.

    Raises InvalidParameterError for a token that this server did not make for this list.
    """
    if not token:
        return None
    try:
        padded = token + "=" * (-len(token) % 4)
        position = orjson.loads(base64.urlsafe_b64decode(padded)) if len(token) < _MAX_TOKEN else 0
    except (binascii.Error, ValueError):
        position = None
    if (
        not isinstance(position, list)
        or len(position) != size
        or not all(_is_sort_value(value) for value in position)
    ):
        msg = f"Invalid value for {field}: it is not a token of this list"
        raise InvalidParameterError(msg, field=field)
    return position


def _is_sort_value(value: Any) -> bool:
    """Tell whether a value can have come out of a column of either engine."""
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, int):
        return value in _INT64
    return value is None or isinstance(value, float)
