"""Search models and versions: what the caller may see of what a filter asks, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select

from app import access
from app.access import Operation, Sight
from app.db import Page
from app.db.filling import MAX_PAGE_CHARACTERS, read_what_fits, size_of_pairs
from app.db.finds import Finder, Lead, among, find_common
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
from app.identity import Caller
from app.registry.addresses import places_of
from app.registry.masking import fetch_seen, of_readable_model
from app.registry.names import leads_by_name, name_condition
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
_AT_ONCE = 1000
_OF_A_VERSION = 500
_MOST_LEADS = 4
_PAGES = 4
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
    sight = access.look(caller, Operation.REGISTERED_MODEL_READ, Kind.REGISTERED_MODEL)
    statement = _MODEL_PLACES[prompts].where(
        *(_model_condition(caller, comparison) for comparison in comparisons),
        *ordering.after(page_token),
    )
    few = _find_few(caller, sight, comparisons)
    if few is None:
        statement = statement.where(sight.condition).order_by(*ordering.clauses())
        found = caller.session.execute(statement.limit(limit + 1)).all()
    else:
        statement = statement.order_by(*ordering.sorting_clauses())
        found = _sort_few(caller, statement, few, sight, limit + 1)
    rows, token = _cut(found, ordering, limit)
    models = fetch_models(caller.session, [row.id for row in rows])
    return Page(complete_models(caller, models, sight.condition), token)


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

    A page of more than a thousand is shorter than asked for where they are large. Raises
    InvalidParameterError for a key or order that versions do not have, a page size out of range, or
    a token of another search.
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
    sight = access.look(caller, Operation.MODEL_VERSION_READ, Kind.REGISTERED_MODEL)
    names = [one for one in comparisons if _is_name(one)]
    of_models = and_(sight.condition, *(name_condition(caller, one) for one in names))
    few = _find_few(caller, sight, names) if names else sight.ids
    if few is not None:
        of_models = and_(among(securables.c.id, few), of_models)
    others = [one for one in comparisons if not _is_name(one)]
    chosen = _VERSION_PLACES.where(
        model_versions.c.is_prompt.is_(prompts),
        _of_models(of_models, are_few=few is not None or bool(names)),
        *(_version_condition(caller, one, sight.condition) for one in others),
        *ordering.after(page_token),
    )
    chosen = chosen.order_by(*ordering.clauses())
    first = min(limit, _AT_ONCE)
    found = caller.session.execute(_whole(chosen.limit(first + 1), ordering)).all()
    rows, token = _cut(found, ordering, first)
    page = Page(complete_versions(caller, rows, sight.condition), token)
    if not token or limit == first:
        return page
    rest = chosen.where(*ordering.after(token)).limit(limit - first + 1)
    return _with_more(caller, page, rest, limit - first, ordering, sight)


def _of_models(condition: ColumnElement[bool], *, are_few: bool) -> ColumnElement[bool]:
    """Return the condition that a version's model meets ``condition``: by a list, or one by one."""
    if are_few:
        models = select(securables.c.id).where(condition).correlate(None)
        return model_versions.c.model_id.in_(models)
    return exists().where(securables.c.id == model_versions.c.model_id, condition)


def _sort_few(
    caller: Caller, statement: Select[Any], few: Sequence[str], sight: Sight, number: int
) -> Sequence[Row[Any]]:
    """Return the first rows that are seen of a statement in order, which few models lead to.

    Whether one is seen costs several times what its place does: of many more than a page, that is
    asked along the order.
    """
    statement = statement.where(among(securables.c.id, few))
    if len(few) <= _PAGES * number or sight.lead is None:
        return caller.session.execute(statement.where(sight.condition).limit(number)).all()
    seen: list[Row[Any]] = []
    for size in (number + number // 8, len(few)):
        rows = caller.session.execute(statement.limit(size)).all()
        ids = fetch_seen(caller, [row.id for row in rows], sight.condition)
        seen = [row for row in rows if row.id in ids]
        if len(seen) >= number or len(rows) < size:
            break
    return seen[:number]


def _whole(chosen: Select[Any], ordering: Ordering) -> Select[Any]:
    """Return the versions of a page by their keys, in the page's order."""
    page = chosen.subquery("chosen")
    keys = page.c.model_id, page.c.version
    joined = and_(keys[0] == model_versions.c.model_id, keys[1] == model_versions.c.version)
    return select_versions().join(page, joined).order_by(*ordering.clauses_over(page))


def _with_more(
    caller: Caller,
    page: Page[ModelVersion],
    rest: Select[Any],
    most: int,
    ordering: Ordering,
    sight: Sight,
) -> Page[ModelVersion]:
    """Return a page with at most so many versions more, of which ``rest`` selects the keys."""
    spent = sum(map(_size_of, page.items))
    if spent >= MAX_PAGE_CHARACTERS:
        return page
    keys = caller.session.execute(rest).all()
    more = read_what_fits(
        keys[:most], lambda part: _read_some(caller, part, sight), _size_of, spent=spent
    )
    token = ordering.token(keys[len(more) - 1]) if len(keys) > len(more) else ""
    return Page(page.items + [version for version in more if version is not None], token)


def _read_some(caller: Caller, keys: Sequence[Row[Any]], sight: Sight) -> list[ModelVersion | None]:
    """Return the versions of some keys; None for one that was deleted just now."""
    wanted = [(one.model_id, one.version) for one in keys]
    places = places_of(caller.session, wanted)
    joined = and_(
        places.c.model_id == model_versions.c.model_id, places.c.version == model_versions.c.version
    )
    rows = caller.session.execute(select_versions().join(places, joined)).all()
    found = {
        (version.model_id, version.version): version
        for version in complete_versions(caller, rows, sight.condition)
    }
    return [found.get(key) for key in wanted]


def _size_of(version: ModelVersion | None) -> int:
    """Return about how many characters a version is sent in."""
    if version is None:
        return 0
    texts = len(version.source) + len(version.description)
    return _OF_A_VERSION + texts + size_of_pairs(version.tags.items())


def _cut(
    rows: Sequence[Row[Any]], ordering: Ordering, limit: int
) -> tuple[Sequence[Row[Any]], str]:
    """Return the page of what was found, one more than it has, and the token of the next."""
    more = len(rows) > limit
    return rows[:limit], ordering.token(rows[limit - 1]) if more else ""


def _model_condition(caller: Caller, comparison: Comparison) -> ColumnElement[bool]:
    if comparison.entity is Entity.TAG:
        return child_condition(securables.c.id, _MODEL_TAGS, comparison)
    if _is_name(comparison):
        return name_condition(caller, comparison)
    raise _unknown(comparison)


def _find_few(
    caller: Caller, sight: Sight, comparisons: Sequence[Comparison]
) -> Sequence[str] | None:
    """Return what can be seen or meet the conditions, and maybe more; None if that may be much."""
    if sight.ids is not None:
        return sight.ids
    leads = [lead for one in comparisons for lead in _leads(caller, one)][:_MOST_LEADS]
    return find_common(caller.session, [*leads, sight.lead] if sight.lead else leads)


def _leads(caller: Caller, comparison: Comparison) -> list[Lead]:
    if _is_name(comparison):
        return leads_by_name(caller, comparison)
    if comparison.entity is Entity.TAG and comparison.operator is Operator.EQ:
        return [_TAGGED.asking(key=comparison.key, value=comparison.value)]
    return []


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
