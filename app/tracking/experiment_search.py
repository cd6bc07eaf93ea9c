"""Search experiments: those that the caller may see, one statement a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, select

from app import access
from app.access import Operation
from app.db import Page
from app.db.filling import read_what_fits, size_of_pairs
from app.db.finds import among
from app.db.predicates import (
    ChildTable,
    Comparison,
    Entity,
    Operator,
    OrderBy,
    child_condition,
    compare,
    literal_texts,
)
from app.errors import InvalidParameterError
from app.identity import Caller
from app.securables import FullName, Kind, find_by_dotted_text
from app.securables.tables import securables
from app.tracking.checks import check_page_size
from app.tracking.experiments import fetch_tags
from app.tracking.keyset import (
    Term,
    fetch_rows,
    fit,
    question_mark,
    read_token,
    token_after,
)
from app.tracking.resolve import artifact_location, lifecycle, parse_experiment_id
from app.tracking.tables import experiment_tags, experiments
from app.tracking.values import Experiment, Search, View

MAX_RESULTS = 50_000
_OF_AN_EXPERIMENT = 300

_CATALOGS = securables.alias("catalogs")
_SCHEMAS = securables.alias("schemas")
_TAGS = ChildTable(
    experiment_tags.c.experiment_number, experiment_tags.c.tag_name, experiment_tags.c.value
)
_NUMBER = experiments.c.number
_NAMING = frozenset({Operator.EQ, Operator.LIKE, Operator.ILIKE})
_KINDS: dict[str, type[int | str]] = {
    "name": str,
    "experiment_id": int,
    "creation_time": int,
    "last_update_time": int,
}


def search_experiments(caller: Caller, search: Search) -> Page[Experiment]:
    """Return a page of the experiments that the caller may see, by default the newest first.

    It is shorter than asked for where their tags are large.

    Raises InvalidParameterError for a bad page size, token or value.
    """
    size = check_page_size(search.max_results, MAX_RESULTS)
    name = _echoed_name(caller)
    terms = _terms(name, search.order_by)
    question = question_mark(search.view, search.filters, search.order_by)
    _, after = read_token(search.page_token, [terms], question)
    may_see = access.visible(
        caller,
        Operation.EXPERIMENT_READ,
        Kind.EXPERIMENT,
        deleted=search.view is not View.ACTIVE_ONLY,
    )
    statement = _statement().where(may_see, *(_condition(name, one) for one in search.filters))
    if search.view is View.DELETED_ONLY:
        statement = statement.where(securables.c.deleted_at.is_not(None))
    few = _find_few(caller, search.filters)
    if few is not None:
        statement = statement.where(among(securables.c.id, few))
    rows = fetch_rows(caller.session, statement, terms, size + 1, after)
    fitting = read_what_fits(rows[:size], lambda part: _experiments(caller, part), _size_of)
    token = ""
    if len(rows) > len(fitting):
        token = token_after(rows[len(fitting) - 1], [terms], 0, question)
    return Page(fitting, token)


def _statement() -> Select[*tuple[Any, ...]]:
    return (
        select(
            _NUMBER,
            securables,
            _CATALOGS.c.name.label("catalog_name"),
            _SCHEMAS.c.name.label("schema_name"),
        )
        .join_from(experiments, securables, securables.c.id == experiments.c.securable_id)
        .join(_CATALOGS, _CATALOGS.c.id == securables.c.catalog_id)
        .join(_SCHEMAS, _SCHEMAS.c.id == securables.c.schema_id)
    )


def _echoed_name(caller: Caller) -> ColumnElement[Any]:
    home = caller.workspace.home_schema_id if caller.workspace else ""
    full = _CATALOGS.c.name + "." + _SCHEMAS.c.name + "." + securables.c.name
    return case((securables.c.schema_id == home, securables.c.name), else_=full)


def _columns(name: ColumnElement[Any]) -> dict[str, ColumnElement[Any]]:
    return {
        "name": name,
        "experiment_id": _NUMBER,
        "creation_time": securables.c.created_at,
        "last_update_time": securables.c.updated_at,
    }


def _condition(name: ColumnElement[Any], comparison: Comparison) -> ColumnElement[bool]:
    if comparison.entity is Entity.TAG:
        return child_condition(_NUMBER, _TAGS, comparison)
    value = comparison.value
    if comparison.key == "experiment_id":
        if isinstance(value, tuple):
            numbers = [parse_experiment_id(str(one)) for one in value]
            chosen = _NUMBER.in_(numbers)
            return chosen if comparison.operator.value == "IN" else ~chosen
        value = parse_experiment_id(str(value))
    column = _columns(name).get(comparison.key)
    if column is None:
        msg = f"Invalid attribute key '{comparison.key}' in a search of experiments"
        raise InvalidParameterError(msg, field="filter")
    return compare(column, comparison.operator, value)


def _find_few(caller: Caller, filters: Sequence[Comparison]) -> Sequence[str] | None:
    """Return what can have a name that is asked for, seen or not, if that is little."""
    for comparison in filters:
        name = comparison.value
        if comparison.key != "name" or comparison.entity is Entity.TAG or not isinstance(name, str):
            continue
        texts = [name] if comparison.operator is Operator.EQ else literal_texts(name)
        if comparison.operator in _NAMING:
            found = find_by_dotted_text(caller.session, Kind.EXPERIMENT, texts)
            if found is not None:
                return found
    return None


def _terms(name: ColumnElement[Any], order_by: Sequence[OrderBy]) -> list[Term]:
    columns = _columns(name)
    orders = order_by or (OrderBy(Entity.ATTRIBUTE, "creation_time", ascending=False),)
    terms = [Term(columns[one.key], _KINDS[one.key], one.ascending) for one in orders]
    return fit([*terms, Term(_NUMBER, int)])


def _size_of(experiment: Experiment) -> int:
    """Return about how many characters an experiment is sent in."""
    return _OF_AN_EXPERIMENT + size_of_pairs(experiment.tags)


def _experiments(caller: Caller, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Experiment]:
    home = caller.workspace.home_schema_id if caller.workspace else None
    tags = fetch_tags(caller, [row.number for row in rows]) if rows else {}
    found = []
    for row in rows:
        place = FullName.of(row.catalog_name, row.schema_name, row.name)
        found.append(
            Experiment(
                experiment_id=str(row.number),
                id=row.id,
                name=row.name if row.schema_id == home else str(place),
                full_name=place,
                artifact_location=artifact_location(row.number),
                lifecycle_stage=lifecycle(row.deleted_at),
                creation_time=row.created_at,
                last_update_time=max(row.updated_at, row.deleted_at or 0),
                owner_id=row.owner_id,
                tags=tuple(tags[row.number]),
            )
        )
    return found
