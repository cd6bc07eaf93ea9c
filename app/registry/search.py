"""Search models and versions: what the caller may see of what a filter asks, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select

from app import access
from app.access import Operation
from app.db import Page
from app.db.finds import MOST, Finder, among
from app.db.predicates import (
    ChildTable,
    Comparison,
    Entity,
    Operator,
    OrderBy,
    child_condition,
    compare,
    has_row,
)
from app.errors import InvalidParameterError
from app.identity import Caller, Ledger
from app.registry.masking import of_readable_model
from app.registry.names import find_few_named, name_condition
from app.registry.ordering import Ordering, Term, check_page_size, order_terms
from app.registry.queries import (
    complete_models,
    complete_versions,
    fetch_models,
    select_versions,
)
from app.registry.tables import model_version_tags, model_versions
from app.registry.values import IS_PROMPT, PROMPT_TEXT, ModelVersion, RegisteredModel
from app.securables import Kind
from app.securables.tables import securables, tags

MODELS_PAGE = 100
MAX_MODELS_PAGE = 1000
VERSIONS_PAGE = 10_000
MAX_VERSIONS_PAGE = 200_000
_FEW = 100
_TAGGED = Finder("""
SELECT securable_id FROM securable_tags WHERE tag_name = :key AND value = :value""")

_NAME = Term(securables.c.name, "name", str)
_MODEL_ORDERS = {
    "name": _NAME,
    "creation_timestamp": Term(securables.c.created_at, "created_at", int),
    "last_updated_timestamp": Term(securables.c.updated_at, "updated_at", int),
}
_ID = Term(securables.c.id, "id", str)
_MODEL_ORDER = (_NAME, _ID)
_named = securables.alias("named")
_MODEL_NAME = Term(_named.c.name, "name", str)
_UPDATED = Term(model_versions.c.updated_at, "updated_at", int, ascending=False)
_VERSION_ORDERS = {
    "name": _MODEL_NAME,
    "version_number": Term(model_versions.c.version, "version", int),
    "creation_timestamp": Term(model_versions.c.created_at, "created_at", int),
    "last_updated_timestamp": _UPDATED,
}
_MODEL_ID = Term(model_versions.c.model_id, "model_id", str)
_VERSION_TIES = (
    _MODEL_NAME,
    Term(model_versions.c.version, "version", int, ascending=False),
    _MODEL_ID,
)
_VERSION_PLACES = (
    select(*(term.labelled for term in (_MODEL_ID, *_VERSION_ORDERS.values())))
    .select_from(model_versions)
    .join(_named, _named.c.id == model_versions.c.model_id)
    .where(model_versions.c.deleted_at.is_(None))
)
_VERSION_KEYS: dict[str, ColumnElement[Any]] = {
    "run_id": model_versions.c.run_id,
    "source_path": model_versions.c.source,
    "version_number": model_versions.c.version,
}
_MODEL_TAGS = ChildTable(tags.c.securable_id, tags.c.tag_name, tags.c.value)
# By its tag, whoever set that.
_IS_PROMPT = securables.c.id.in_(
    select(tags.c.securable_id).where(
        tags.c.tag_name == IS_PROMPT, func.lower(tags.c.value) == "true"
    )
)
_MODEL_PLACES = {
    prompts: select(*(term.labelled for term in (_ID, *_MODEL_ORDERS.values()))).where(condition)
    for prompts, condition in ((True, _IS_PROMPT), (False, ~_IS_PROMPT))
}


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
    seeing = access.visible(caller, Operation.REGISTERED_MODEL_READ, Kind.REGISTERED_MODEL)
    statement = _MODEL_PLACES[prompts].where(
        seeing, *(_model_condition(caller, comparison) for comparison in comparisons)
    )
    narrowing = _narrowing(caller, comparisons)
    if narrowing is not None:
        statement = statement.where(narrowing)
    chosen = _chosen(statement, ordering, page_token, limit, are_few=narrowing is not None)
    rows, token = _page(caller, chosen, ordering, limit)
    models = fetch_models(caller.session, [row.id for row in rows])
    return Page(complete_models(caller, models, seeing), token)


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
    seeing, are_few = _seeing(caller, Operation.MODEL_VERSION_READ)
    names = [one for one in comparisons if _is_name(one)]
    by_name = [name_condition(caller, one) for one in names]
    few = _find_few(caller, names)
    if few is not None:
        by_name.append(among(securables.c.id, few))
    rest = [_version_condition(caller, one, seeing) for one in comparisons if not _is_name(one)]
    chosen = _chosen(
        _VERSION_PLACES.where(
            model_versions.c.is_prompt.is_(prompts),
            _of_models(and_(seeing, *by_name), are_few=are_few or bool(by_name)),
            *rest,
        ),
        ordering,
        page_token,
        limit,
    )
    statement = _whole(chosen, ordering)
    rows, token = _page(caller, statement, ordering, limit)
    return Page(complete_versions(caller, rows, seeing), token)


def _seeing(caller: Caller, operation: Operation) -> tuple[ColumnElement[bool], bool]:
    """Return the condition for what the caller may see, and whether that is known to be little.

    Who sees little is spared the walk through everything: the condition is then a list of ids.
    """
    kind = Kind.REGISTERED_MODEL
    head = access.visible_page(caller, operation, kind, limit=_FEW)
    if not head.next_token:
        return securables.c.id.in_([model.id for model in head.items]), True
    # The decision is on record already, and another look at the same list is not another one.
    unrecorded = replace(caller, ledger=Ledger())
    return access.visible(unrecorded, operation, kind), False


def _of_models(condition: ColumnElement[bool], *, are_few: bool) -> ColumnElement[bool]:
    """Return the condition that a version's model meets ``condition``: by a list, or one by one."""
    if are_few:
        models = select(securables.c.id).where(condition).correlate(None)
        return model_versions.c.model_id.in_(models)
    return exists().where(securables.c.id == model_versions.c.model_id, condition)


def _chosen(
    statement: Select[Any],
    ordering: Ordering,
    page_token: str,
    limit: int,
    *,
    are_few: bool = False,
) -> Select[Any]:
    """Return the keys of a page and one more: rows are read whole only where they are in it."""
    after = ordering.after(page_token)
    if after is not None:
        statement = statement.where(after)
    # SQLite would walk all names for their order, and look for each among the few.
    clauses = ordering.sorting_clauses() if are_few else ordering.clauses()
    return statement.order_by(*clauses).limit(limit + 1)


def _whole(chosen: Select[Any], ordering: Ordering) -> Select[Any]:
    """Return the versions of a page by their keys, in the page's order."""
    page = chosen.subquery("chosen")
    keys = page.c.model_id, page.c.version
    joined = and_(keys[0] == model_versions.c.model_id, keys[1] == model_versions.c.version)
    return select_versions().join(page, joined).order_by(*ordering.clauses_over(page))


def _page(
    caller: Caller, statement: Select[Any], ordering: Ordering, limit: int
) -> tuple[Sequence[Row[Any]], str]:
    rows = caller.session.execute(statement).all()
    more = len(rows) > limit
    return rows[:limit], ordering.token(rows[limit - 1]) if more else ""


def _model_condition(caller: Caller, comparison: Comparison) -> ColumnElement[bool]:
    if comparison.entity is Entity.TAG:
        return child_condition(securables.c.id, _MODEL_TAGS, comparison)
    if _is_name(comparison):
        return name_condition(caller, comparison)
    raise _unknown(comparison)


def _narrowing(caller: Caller, comparisons: Sequence[Comparison]) -> ColumnElement[bool] | None:
    """Return a condition that all wanted fulfil and only few do, seen or not, if there is one."""
    few = _find_few(caller, comparisons)
    if few is not None:
        return among(securables.c.id, few)
    if not comparisons:
        return None
    operation, kind = Operation.REGISTERED_MODEL_READ, Kind.REGISTERED_MODEL
    return access.held_singly(caller, operation, kind, MOST)


def _find_few(caller: Caller, comparisons: Sequence[Comparison]) -> Sequence[str] | None:
    """Return what can meet one of the conditions, seen or not; None if each of them leaves much."""
    for comparison in comparisons:
        found: Sequence[str] | None = None
        if _is_name(comparison):
            found = find_few_named(caller, comparison)
        elif comparison.entity is Entity.TAG and comparison.operator is Operator.EQ:
            tag = {"key": comparison.key, "value": comparison.value}
            found = _TAGGED.find(caller.session, **tag)
        if found is not None:
            return found
    return None


def _version_condition(
    caller: Caller, comparison: Comparison, seeing: ColumnElement[bool]
) -> ColumnElement[bool]:
    if comparison.entity is Entity.TAG:
        t = model_version_tags.c
        has_tag = has_row(
            model_versions.c.model_id,
            t.model_id,
            t.version == model_versions.c.version,
            t.tag_name == comparison.key,
            compare(t.value, comparison.operator, comparison.value),
        )
        in_text = comparison.key == PROMPT_TEXT
        return and_(has_tag, of_readable_model(caller)) if in_text else has_tag
    column = _VERSION_KEYS.get(comparison.key)
    if comparison.entity is not Entity.ATTRIBUTE or column is None:
        raise _unknown(comparison)
    condition = compare(column, comparison.operator, comparison.value)
    if comparison.key != "source_path":
        return condition
    origin = model_versions.c.source_model_id
    seen = select(securables.c.id).where(seeing).correlate(None)
    return and_(condition, or_(origin.is_(None), origin.in_(seen)))


def _is_name(comparison: Comparison) -> bool:
    return comparison.entity is Entity.ATTRIBUTE and comparison.key == "name"


def _unknown(comparison: Comparison) -> InvalidParameterError:
    msg = f"Invalid value for filter: {comparison.entity} {comparison.key!r} cannot be searched by"
    return InvalidParameterError(msg, field="filter")
