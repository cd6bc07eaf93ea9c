"""Compare names of models in a search: with the names as the caller knows them."""

from __future__ import annotations

import re
import sys
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, or_, select

from app.db.predicates import Comparison, Operator, compare
from app.errors import InvalidParameterError
from app.identity import Caller
from app.namespace import full_name
from app.securables import FullName, Kind
from app.securables.tables import securables

_EXACT = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN})
_SURROGATES = range(0xD800, 0xE000)
_NEGATED = frozenset({Operator.NE, Operator.NOT_IN})


def name_condition(caller: Caller, comparison: Comparison) -> ColumnElement[bool]:
    """Return the condition on the name of a model.

    Whole names are resolved as anywhere else. A pattern with a dot in it is compared with full
    names, but for models of the caller's home schema, which have short ones; a pattern without a
    dot is compared with the last part alone.

    Raises InvalidParameterError for a value that is no text.
    """
    value = comparison.value
    if comparison.operator in _EXACT:
        names = value if isinstance(value, tuple) else (value,)
        if not all(isinstance(name, str) for name in names):
            msg = "Invalid value for filter: a name is compared with text"
            raise InvalidParameterError(msg, field="filter")
        found = or_(false(), *(_is_named(caller, str(name)) for name in names))
        return ~found if comparison.operator in _NEGATED else found
    if isinstance(value, str) and "." in value:
        return compare(_known_name(caller), comparison.operator, value)
    condition = compare(securables.c.name, comparison.operator, value)
    if comparison.operator is Operator.LIKE and isinstance(value, str):
        return and_(*_bounds(value), condition)
    return condition


def _bounds(pattern: str) -> list[ColumnElement[bool]]:
    """Return what the beginning of a pattern says already, by which an index can be entered."""
    beginning = re.split("[%_]", pattern, maxsplit=1)[0]
    if not beginning:
        return []
    name = securables.c.name
    following = ord(beginning[-1]) + 1
    if following in _SURROGATES or following > sys.maxunicode:
        return [name >= beginning]
    return [name >= beginning, name < beginning[:-1] + chr(following)]


def _is_named(caller: Caller, text: str) -> ColumnElement[bool]:
    try:
        name = full_name(caller, text, field="filter")
    except InvalidParameterError:
        return false()
    return and_(securables.c.parent_id == _schema_id(name.parent), securables.c.name == name.leaf)


def _schema_id(name: FullName) -> ColumnElement[Any]:
    catalog, schema = securables.alias(), securables.alias()
    catalog_id = select(catalog.c.id).where(
        catalog.c.kind == Kind.CATALOG.value,
        catalog.c.name == name.parent.leaf,
        catalog.c.deleted_at.is_(None),
    )
    schema_id = select(schema.c.id).where(
        schema.c.parent_id == catalog_id.scalar_subquery(),
        schema.c.kind == Kind.SCHEMA.value,
        schema.c.name == name.leaf,
        schema.c.deleted_at.is_(None),
    )
    return schema_id.scalar_subquery()


def _known_name(caller: Caller) -> ColumnElement[Any]:
    home = caller.workspace.home_schema_id if caller.workspace else ""
    catalog = _name_of(securables.c.catalog_id)
    dotted = catalog + "." + _name_of(securables.c.schema_id) + "." + securables.c.name
    return case((securables.c.schema_id == home, securables.c.name), else_=dotted)


def _name_of(container_id: ColumnElement[Any]) -> ColumnElement[Any]:
    container = securables.alias()
    return select(container.c.name).where(container.c.id == container_id).scalar_subquery()
