"""Check what is told of a table before it is kept."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final
from urllib.parse import urlsplit

from app.datasets.values import Contents
from app.errors import InvalidParameterError

MAX_COLUMNS: Final = 5000
MAX_COLUMN_NAME: Final = 255
MAX_COLUMN_TYPE: Final = 4000
MAX_PROFILE: Final = 65_535
_LIMITS = {
    "source_type": 255,
    "source": 65_535,
    "data_format": 40,
    "digest": 255,
    "profile": MAX_PROFILE,
}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def check_contents(contents: Contents) -> Contents:
    """Return contents that can be kept.

    Raises InvalidParameterError for a text too long or unstorable, a source with a password in it,
    too many columns, and columns without a name or type or with one name twice.
    """
    for field, limit in _LIMITS.items():
        _check_text(getattr(contents, field), field, limit)
    if holds_password(contents.source):
        msg = "Invalid value for source: it holds a password, and whoever sees the table sees it"
        raise InvalidParameterError(msg, field="source")
    _check_columns(contents)
    return contents


def holds_password(source: str) -> bool:
    """Tell whether a place is a URI with a password for all to read."""
    try:
        return urlsplit(source).password is not None
    except ValueError:
        return False


def _check_columns(contents: Contents) -> None:
    columns = contents.columns
    if len(columns) > MAX_COLUMNS:
        msg = f"Invalid value for columns: there are {len(columns)}, and at most {MAX_COLUMNS}"
        raise InvalidParameterError(msg, field="columns")
    for column in columns:
        _check_text(column.name, "columns.name", MAX_COLUMN_NAME)
        _check_text(column.type, "columns.type", MAX_COLUMN_TYPE)
        if not column.name or not column.type:
            msg = "Invalid value for columns: each needs a name and a type"
            raise InvalidParameterError(msg, field="columns")
    twice = [name for name, count in Counter(one.name for one in columns).items() if count > 1]
    if twice:
        msg = f"Invalid value for columns: {twice[0]!r} comes twice"
        raise InvalidParameterError(msg, field="columns")


def _check_text(text: str, field: str, limit: int) -> None:
    if len(text) > limit:
        msg = f"Invalid value for {field}: it is longer than {limit} characters"
    elif _UNSTORABLE.search(text):
        msg = f"Invalid value for {field}: it holds a character that cannot be stored"
    else:
        return
    raise InvalidParameterError(msg, field=field)
