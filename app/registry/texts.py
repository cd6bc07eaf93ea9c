"""Check what a client may write into the registry, by MLflow's limits."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from app.errors import InvalidParameterError
from app.securables import FullName, check_short_name

MAX_TAG_NAME = 250
MAX_TAG_VALUE = 100_000
MAX_ALIAS = 255
MAX_TEXT = 100_000

_TAG_NAME = re.compile(r"[/\w.\- :]+")
_ALIAS = re.compile(r"[\w\-]+")
_VERSION_ALIAS = re.compile(r"[vV]\d+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LATEST = "latest"


def check_model_name(name: FullName, *, field: str = "name") -> FullName:
    """Return the name of a model that can stand in a ``models:/`` URI.

    Raises InvalidParameterError if its last part is blank, too long, holds ``/``, ``:`` or a
    control character, or is a relative path.
    """
    leaf = check_short_name(name.leaf, field=field)
    if "/" in leaf or ":" in leaf:
        msg = f"Invalid model name {leaf[:80]!r}. Names cannot contain '/' or ':'."
        raise InvalidParameterError(msg, field=field)
    if leaf in {".", ".."}:
        msg = f"Invalid value for {field}: {leaf!r} is a relative path"
        raise InvalidParameterError(msg, field=field)
    return name


def check_text(text: str, *, field: str, limit: int = MAX_TEXT) -> str:
    """Return a text that both engines can store.

    Raises InvalidParameterError if it is too long or holds NUL or an unpaired surrogate.
    """
    if len(text) > limit:
        msg = f"Invalid value for {field}: it is longer than {limit} characters"
        raise InvalidParameterError(msg, field=field)
    if _UNSTORABLE.search(text):
        msg = f"Invalid value for {field}: it holds a character that cannot be stored"
        raise InvalidParameterError(msg, field=field)
    return text


def check_tag_name(name: str, *, field: str = "key") -> str:
    """Return a tag's name as MLflow admits it. Raises InvalidParameterError for another."""
    if not name:
        msg = f"Invalid value for {field}: A key name must be provided."
    elif len(name) > MAX_TAG_NAME:
        msg = f"Invalid value for {field}: it is longer than {MAX_TAG_NAME} characters"
    elif not _TAG_NAME.fullmatch(name):
        msg = (
            f"Invalid value for {field}: Names may only contain alphanumerics, underscores (_), "
            "dashes (-), periods (.), spaces ( ), colons (:) and slashes (/)."
        )
    elif posixpath.normpath(name) != name or name == "." or name.startswith(("..", "/")):
        msg = f"Invalid value for {field}: Names may be treated as paths and must be unique as such"
    else:
        return name
    raise InvalidParameterError(msg, field=field)


def check_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags whose names and values are all fit. Raises InvalidParameterError otherwise."""
    return {
        check_tag_name(name, field="tags.key"): check_text(
            value, field="tags.value", limit=MAX_TAG_VALUE
        )
        for name, value in tags.items()
    }


def check_alias(alias: str, *, field: str = "alias") -> str:
    """Return the name of an alias; ``latest`` passes, because it can be asked for.

    Raises InvalidParameterError if it is empty, too long, or holds more than letters, digits,
    ``_`` and ``-``.
    """
    if not alias:
        msg = "Registered model alias name cannot be empty."
    elif not _ALIAS.fullmatch(alias):
        msg = (
            f"Invalid alias name: {alias[:80]!r}. Names may only contain alphanumerics, "
            "underscores (_), and dashes (-)."
        )
    elif len(alias) > MAX_ALIAS:
        msg = f"Registered model alias name cannot be longer than {MAX_ALIAS} characters"
    else:
        return alias
    raise InvalidParameterError(msg, field=field)


def check_new_alias(alias: str, *, field: str = "alias") -> str:
    """Return the name of an alias that may be set.

    Raises InvalidParameterError for one that ``check_alias`` refuses, ``latest``, and ``v1``.
    """
    check_alias(alias, field=field)
    if alias.lower() == LATEST:
        msg = "'latest' alias name (case insensitive) is reserved."
        raise InvalidParameterError(msg, field=field)
    if _VERSION_ALIAS.fullmatch(alias):
        msg = f"Version alias name {alias!r} is reserved."
        raise InvalidParameterError(msg, field=field)
    return alias
