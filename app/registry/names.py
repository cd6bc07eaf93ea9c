"""Compare names of models in a search: with the names as the caller knows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, select

from app.db.finds import Lead
from app.db.letters import end_of
from app.db.predicates import Comparison, Operator, compare, literal_texts
from app.errors import InvalidParameterError
from app.identity import Caller
from app.namespace import full_name
from app.securables import FullName, Kind, leads_by_dotted_text, leads_by_text
from app.securables.tables import securables

_EXACT = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN})
_PATTERNS = frozenset({Operator.LIKE, Operator.ILIKE})
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
        found = _is_one_of(caller, [str(name) for name in names])
        return ~found if comparison.operator in _NEGATED else found
    if isinstance(value, str) and "." in value:
        return compare(_known_name(caller), comparison.operator, value)
    condition = compare(securables.c.name, comparison.operator, value)
    if comparison.operator is Operator.LIKE and isinstance(value, str):
        return and_(*_bounds(value), condition)
    return condition


def leads_by_name(caller: Caller, comparison: Comparison) -> list[Lead]:
    """Return what leads to the models, of any schema, that can meet a pattern.

    A pattern that begins with a letter tells where to begin in the order of names instead.
    """
    pattern = comparison.value
    if not isinstance(pattern, str) or comparison.operator not in _PATTERNS:
        return []
    if comparison.operator is Operator.LIKE and "." not in pattern and literal_texts(pattern)[0]:
        return []
    texts, kind = literal_texts(pattern), Kind.REGISTERED_MODEL
    if "." in pattern:
        return leads_by_dotted_text(caller.session, kind, texts)
    return leads_by_text(kind, texts)


def _bounds(pattern: str) -> list[ColumnElement[bool]]:
    """Return what the beginning of a pattern says already, by which an index can be entered."""
    beginning = literal_texts(pattern)[0]
    if not beginning:
        return []
    name, end = securables.c.name, end_of(beginning)
    return [name >= beginning] if end is None else [name >= beginning, name < end]


def _is_one_of(caller: Caller, texts: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a model has one of some names, however many they are.

    The last part says it for almost all there are, and by an index; the whole is then compared.
    """
    names = {name for text in texts if (name := _whole(caller, text)) is not None}
    schemas = _schema_ids(caller, {name.parent for name in names})
    places = {schemas[name.parent] + name.leaf for name in names if name.parent in schemas}
    return and_(
        securables.c.parent_id.in_(sorted(schemas.values())),
        securables.c.name.in_(sorted({name.leaf for name in names})),
        (securables.c.parent_id + securables.c.name).in_(sorted(places)),
    )


def _whole(caller: Caller, text: str) -> FullName | None:
    try:
        return full_name(caller, text, field="filter")
    except InvalidParameterError:
        return None


def _schema_ids(caller: Caller, names: set[FullName]) -> dict[FullName, str]:
    """Return the ids of those of some schemas that are there, to whomever they are visible."""
    catalog, schema = securables.alias(), securables.alias()
    rows = caller.session.execute(
        select(schema.c.id, catalog.c.name.label("catalog_name"), schema.c.name)
        .join(catalog, catalog.c.id == schema.c.parent_id)
        .where(
            schema.c.kind == Kind.SCHEMA.value,
            catalog.c.kind == Kind.CATALOG.value,
            schema.c.deleted_at.is_(None),
            catalog.c.deleted_at.is_(None),
            catalog.c.name.in_(sorted({name.parent.leaf for name in names})),
            schema.c.name.in_(sorted({name.leaf for name in names})),
        )
    )
    found = {FullName.of(row.catalog_name, row.name): row.id for row in rows}
    return {name: found[name] for name in names if name in found}


def _known_name(caller: Caller) -> ColumnElement[Any]:
    home = caller.workspace.home_schema_id if caller.workspace else ""
    catalog = _name_of(securables.c.catalog_id)
    dotted = catalog + "." + _name_of(securables.c.schema_id) + "." + securables.c.name
    return case((securables.c.schema_id == home, securables.c.name), else_=dotted)


def _name_of(container_id: ColumnElement[Any]) -> ColumnElement[Any]:
    container = securables.alias()
    return select(container.c.name).where(container.c.id == container_id).scalar_subquery()
