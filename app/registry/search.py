"""Search models and versions: what the caller may see of what a filter asks, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from app import access
from app.access import Operation
from app.db import Page
from app.db.predicates import (
    ChildTable,
    Comparison,
    Entity,
    OrderBy,
    child_condition,
    compare,
    has_row,
)
from app.errors import InvalidParameterError
from app.identity import Caller
from app.registry.names import name_condition
from app.registry.ordering import Ordering, Term, check_page_size, order_terms
from app.registry.queries import (
    complete_models,
    complete_versions,
    select_models,
    select_versions,
)
from app.registry.tables import model_version_tags, model_versions, registered_models
from app.registry.values import ModelVersion, RegisteredModel
from app.securables import Kind
from app.securables.tables import securables, tags

MODELS_PAGE = 100
MAX_MODELS_PAGE = 1000
VERSIONS_PAGE = 10_000
MAX_VERSIONS_PAGE = 200_000

_NAME = Term(securables.c.name, "name", str)
_MODEL_ORDERS = {
    "name": _NAME,
    "creation_timestamp": Term(securables.c.created_at, "created_at", int),
    "last_updated_timestamp": Term(securables.c.updated_at, "updated_at", int),
}
_MODEL_ORDER = (_NAME, Term(securables.c.id, "id", str))
_UPDATED = Term(model_versions.c.updated_at, "updated_at", int, ascending=False)
_VERSION_ORDERS = {
    "name": _NAME,
    "version_number": Term(model_versions.c.version, "version", int),
    "creation_timestamp": Term(model_versions.c.created_at, "created_at", int),
    "last_updated_timestamp": _UPDATED,
}
_VERSION_TIES = (
    _NAME,
    Term(model_versions.c.version, "version", int, ascending=False),
    Term(model_versions.c.model_id, "model_id", str),
)
_VERSION_KEYS: dict[str, ColumnElement[Any]] = {
    "run_id": model_versions.c.run_id,
    "source_path": model_versions.c.source,
    "version_number": model_versions.c.version,
}
_MODEL_TAGS = ChildTable(tags.c.securable_id, tags.c.tag_name, tags.c.value)


def search_models(
    caller: Caller,
    comparisons: Sequence[Comparison] = (),
    *,
    order_by: Sequence[OrderBy] = (),
    max_results: int = MODELS_PAGE,
    page_token: str = "",
    prompts: bool = False,
) -> Page[RegisteredModel]:
    """Return the models that the caller may see, by name, or with ``prompts`` the prompts.

    Raises InvalidParameterError for a key or order that models do not have, a page size out of
    range, or a token of another search.
    """
    limit = check_page_size(max_results, MAX_MODELS_PAGE)
    ordering = Ordering(
        order_terms(order_by, _MODEL_ORDERS, _MODEL_ORDER),
        tuple(comparisons),
        tuple(order_by),
        prompts,
    )
    after = ordering.after(page_token)
    seeing = access.visible(caller, Operation.REGISTERED_MODEL_READ, Kind.REGISTERED_MODEL)
    statement = select_models().where(
        seeing,
        registered_models.c.is_prompt.is_(prompts),
        *(_model_condition(caller, comparison) for comparison in comparisons),
    )
    rows, token = _page(caller, statement, ordering, after, limit)
    return Page(complete_models(caller, rows, seeing), token)


def search_versions(
    caller: Caller,
    comparisons: Sequence[Comparison] = (),
    *,
    order_by: Sequence[OrderBy] = (),
    max_results: int = VERSIONS_PAGE,
    page_token: str = "",
    prompts: bool = False,
) -> Page[ModelVersion]:
    """Return versions of models that the caller may see, last updated first; or of prompts.

    Raises InvalidParameterError for a key or order that versions do not have, a page size out of
    range, or a token of another search.
    """
    limit = check_page_size(max_results, MAX_VERSIONS_PAGE)
    ordering = Ordering(
        order_terms(
            order_by, _VERSION_ORDERS, _VERSION_TIES if order_by else (_UPDATED, *_VERSION_TIES)
        ),
        tuple(comparisons),
        tuple(order_by),
        prompts,
    )
    after = ordering.after(page_token)
    seeing = access.visible(caller, Operation.MODEL_VERSION_READ, Kind.REGISTERED_MODEL)
    statement = select_versions().where(
        seeing,
        model_versions.c.is_prompt.is_(prompts),
        *(_version_condition(caller, comparison, seeing) for comparison in comparisons),
    )
    rows, token = _page(caller, statement, ordering, after, limit)
    return Page(complete_versions(caller, rows, seeing), token)


def _page(
    caller: Caller,
    statement: Select[Any],
    ordering: Ordering,
    after: ColumnElement[bool] | None,
    limit: int,
) -> tuple[Sequence[Row[Any]], str]:
    if after is not None:
        statement = statement.where(after)
    rows = caller.session.execute(statement.order_by(*ordering.clauses()).limit(limit + 1)).all()
    more = len(rows) > limit
    return rows[:limit], ordering.token(rows[limit - 1]) if more else ""


def _model_condition(caller: Caller, comparison: Comparison) -> ColumnElement[bool]:
    if comparison.entity is Entity.TAG:
        return child_condition(securables.c.id, _MODEL_TAGS, comparison)
    if comparison.entity is Entity.ATTRIBUTE and comparison.key == "name":
        return name_condition(caller, comparison)
    raise _unknown(comparison)


def _version_condition(
    caller: Caller, comparison: Comparison, seeing: ColumnElement[bool]
) -> ColumnElement[bool]:
    if comparison.entity is Entity.TAG:
        t = model_version_tags.c
        return has_row(
            model_versions.c.model_id,
            t.model_id,
            t.version == model_versions.c.version,
            t.tag_name == comparison.key,
            compare(t.value, comparison.operator, comparison.value),
        )
    if comparison.entity is Entity.ATTRIBUTE and comparison.key == "name":
        return name_condition(caller, comparison)
    column = _VERSION_KEYS.get(comparison.key)
    if comparison.entity is not Entity.ATTRIBUTE or column is None:
        raise _unknown(comparison)
    condition = compare(column, comparison.operator, comparison.value)
    if comparison.key != "source_path":
        return condition
    origin = model_versions.c.source_model_id
    seen = select(securables.c.id).where(seeing).correlate(None)
    return and_(condition, or_(origin.is_(None), origin.in_(seen)))


def _unknown(comparison: Comparison) -> InvalidParameterError:
    msg = f"Invalid value for filter: {comparison.entity} {comparison.key!r} cannot be searched by"
    return InvalidParameterError(msg, field="filter")
