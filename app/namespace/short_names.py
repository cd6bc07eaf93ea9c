"""MLflow's names: ``a.b.c`` is a full name, anything else lives in the workspace's home schema."""

from __future__ import annotations

from app.errors import InvalidParameterError
from app.identity import Caller
from app.namespace.workspaces import HOME_SCHEMA
from app.securables import FullName, Securable, check_short_name, quote_part, split_name

_LEVELS = 3


def full_name(caller: Caller, text: str, *, field: str = "name") -> FullName:
    """Return the place that a name stands for.

    Three plain parts, or three parts some of which are in backticks, are a full name; everything
    else (``wine``, ``v1.2``, ``/Users/ann/exp 1``) is a short name in the caller's workspace.

    Raises InvalidParameterError for a blank, too long or unprintable name, or a short name of a
    caller who works in no workspace.
    """
    whole = parse_whole(text)
    if whole:
        return whole
    check_short_name(text, field=field)
    if caller.workspace is None:
        msg = (
            f"Invalid value for {field}: {text[:80]!r} is a short name, and you are in no "
            f"workspace: use catalog.schema.object"
        )
        raise InvalidParameterError(msg, field=field)
    return FullName.of(caller.workspace.name, HOME_SCHEMA, text)


def echo(caller: Caller, securable: Securable) -> str:
    """Return the name by which the caller knows a securable, which `full_name` leads back to it."""
    at_home = caller.workspace and securable.schema_id == caller.workspace.home_schema_id
    if at_home and not parse_whole(securable.name):
        return securable.name
    return str(securable.full_name)


def parse_whole(text: str) -> FullName | None:
    """Return the full name that a text is, or None for what would be a short name."""
    if text.count(".") < _LEVELS - 1:
        return None
    parts = split_name(text)
    if parts is None or len(parts) != _LEVELS:
        return None
    is_plain = all(quote_part(part) == part for part in parts)
    return FullName.of(*parts) if is_plain or "`" in text else None
