"""Read what a run tells of a data set: MLflow's source and schema, in its own JSON.

Whatever cannot be read is left out, because nobody logs a run for the sake of its data set.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from app.datasets.checks import MAX_COLUMN_NAME, MAX_COLUMN_TYPE, MAX_COLUMNS, MAX_PROFILE
from app.datasets.values import Column

_PLACES = ("uri", "url", "path", "delta_table_name")
_SCRIPT = "mlflow.source.name"
_DEEPEST = 20
_ELLIPSIS = "…"
_UNKNOWN = "unknown"


def read_source(source: str) -> str:
    """Return where a data set lies, from the JSON of an ``mlflow.data`` source.

    A user, a password and a query, in which people keep signatures, are taken out of a URI: more
    people see a table than see the run.
    """
    told = _read_object(source)
    tags = told.get("tags")
    places = [told.get(name) for name in _PLACES]
    places.append(tags.get(_SCRIPT) if isinstance(tags, dict) else None)
    place = next((one for one in places if isinstance(one, str) and one), "")
    return _bare(place if told else source)


def read_columns(schema: str) -> tuple[Column, ...]:
    """Return the columns of ``mlflow_colspec``; none of a schema in another form."""
    specified = _read_object(schema).get("mlflow_colspec")
    if not isinstance(specified, list) or len(specified) > MAX_COLUMNS:
        return ()
    columns = {
        spec["name"]: Column(spec["name"], _type_of(spec), spec.get("required") is False)
        for spec in specified
        if isinstance(spec, dict) and _is_name(spec.get("name"))
    }
    return tuple(columns.values())


def read_profile(profile: str) -> str:
    """Return a profile that is a JSON object and not too long to be kept, or nothing."""
    return profile if len(profile) <= MAX_PROFILE and _read_object(profile) else ""


def _read_object(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _bare(place: str) -> str:
    try:
        parts = urlsplit(place)
    except ValueError:
        return ""
    if "\0" in place:
        return ""
    if "://" not in place:
        return place
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= MAX_COLUMN_NAME and "\0" not in name


def _type_of(spec: Any) -> str:
    """Return a type in one line, such as ``array<struct<a: long>>``."""
    spelled = _spell(spec, 0)
    if "\0" in spelled:
        return _UNKNOWN
    is_long = len(spelled) > MAX_COLUMN_TYPE
    return spelled[: MAX_COLUMN_TYPE - 1] + _ELLIPSIS if is_long else spelled


def _spell(spec: Any, depth: int) -> str:
    if not isinstance(spec, dict) or depth > _DEEPEST:
        return _ELLIPSIS
    kind = spec.get("type")
    if kind == "array":
        return f"array<{_spell(spec.get('items'), depth + 1)}>"
    if kind == "map":
        return f"map<string, {_spell(spec.get('values'), depth + 1)}>"
    if kind == "object":
        return f"struct<{_spell_fields(spec.get('properties'), depth + 1)}>"
    return kind if isinstance(kind, str) and kind else _UNKNOWN


def _spell_fields(fields: Any, depth: int) -> str:
    known = fields.items() if isinstance(fields, dict) else ()
    return ", ".join(f"{name}: {_spell(spec, depth)}" for name, spec in known)
