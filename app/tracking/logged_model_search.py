"""Search logged models in the experiments that the caller may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from app.access import Operation
from app.db import Page, Session
from app.db.filling import read_what_fits, size_of_pairs
from app.db.predicates import (
    ChildTable,
    Comparison,
    Entity,
    OrderBy,
    Value,
    child_condition,
    compare,
)
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import check_count, check_page_size
from app.tracking.keyset import Term, fetch_rows, fit, question_mark, read_token, token_after
from app.tracking.logged_models import complete
from app.tracking.resolve import bare_logged_model, parse_experiment_ids
from app.tracking.runs.search import fetch_scope
from app.tracking.tables import (
    logged_model_metrics,
    logged_model_params,
    logged_model_tags,
    logged_models,
    metric_keys,
)
from app.tracking.values import LoggedModel, Search

MAX_RESULTS = 1000
MAX_ORDER_TERMS = 20
MAX_DATASETS = 100
_OF_A_MODEL = 500
_OF_A_METRIC = 200

DatasetRef = tuple[str, str | None]
"""(name, digest) of a data set that metrics were measured on; no digest means any."""

_STATUS_PREFIX = "LOGGED_MODEL_"
_PK = logged_models.c.pk
_PARAMS = ChildTable(
    logged_model_params.c.model_pk, logged_model_params.c.param_name, logged_model_params.c.value
)
_TAGS = ChildTable(
    logged_model_tags.c.model_pk, logged_model_tags.c.tag_name, logged_model_tags.c.value
)
_METRICS = ChildTable(
    logged_model_metrics.c.model_pk, metric_keys.c.name, logged_model_metrics.c.value
)
_ATTRIBUTES: dict[str, tuple[ColumnElement[Any], type[int | str]]] = {
    "name": (logged_models.c.name, str),
    "model_id": (logged_models.c.model_id, str),
    "model_type": (logged_models.c.model_type, str),
    "status": (logged_models.c.status, str),
    "source_run_id": (logged_models.c.source_run_id, str),
    "creation_timestamp": (logged_models.c.created_at, int),
    "last_updated_timestamp": (logged_models.c.updated_at, int),
}
_NEWEST = (OrderBy(Entity.ATTRIBUTE, "creation_timestamp", ascending=False),)


def search_logged_models(
    caller: Caller,
    experiment_ids: Sequence[str],
    search: Search,
    *,
    datasets: Sequence[DatasetRef] = (),
    order_datasets: Sequence[DatasetRef | None] = (),
) -> Page[LoggedModel]:
    """Return a page of logged models that are not in the trash, by default the newest first.

    ``datasets`` narrow what the filters say of metrics; ``order_datasets`` belong to the terms of
    the order, one each. Experiments that are absent or hidden are left out; the page is shorter
    than asked for where the models are large. Raises InvalidParameterError for a bad id, page size,
    token or value, more than 20 terms or 100 data sets.
    """
    check_count("order_by", len(search.order_by), MAX_ORDER_TERMS)
    check_count("datasets", len(datasets), MAX_DATASETS)
    size = check_page_size(search.max_results, MAX_RESULTS)
    wanted = parse_experiment_ids(experiment_ids)
    question = question_mark(
        wanted, search.filters, search.order_by, tuple(datasets), tuple(order_datasets)
    )
    terms = _terms(search.order_by, order_datasets)
    _, after = read_token(search.page_token, [terms], question)
    scope = fetch_scope(caller, Operation.LOGGED_MODEL_READ, wanted)
    numbers = sorted(scope.living)
    if not numbers:
        return Page([])
    statement = select(logged_models).where(
        logged_models.c.experiment_number.in_(numbers),
        logged_models.c.deleted_at.is_(None),
        *(_condition(one, datasets) for one in search.filters),
    )
    rows = fetch_rows(caller.session, statement, terms, size + 1, after)
    fitting = read_what_fits(rows[:size], lambda part: _models(caller.session, part), _size_of)
    token = ""
    if len(rows) > len(fitting):
        token = token_after(rows[len(fitting) - 1], [terms], 0, question)
    return Page(fitting, token)


def _models(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[LoggedModel]:
    return complete(session, {row.pk: bare_logged_model(row, None) for row in rows})


def _size_of(model: LoggedModel) -> int:
    """Return about how many characters a logged model is sent in."""
    pairs = size_of_pairs(model.params) + size_of_pairs(model.tags)
    return _OF_A_MODEL + _OF_A_METRIC * len(model.metrics) + pairs


def _condition(comparison: Comparison, datasets: Sequence[DatasetRef]) -> ColumnElement[bool]:
    match comparison.entity:
        case Entity.METRIC:
            narrowing = [logged_model_metrics.c.key_id == metric_keys.c.id]
            if datasets:
                narrowing.append(or_(*(_measured_on(one) for one in datasets)))
            return child_condition(_PK, _METRICS, comparison, *narrowing)
        case Entity.PARAM:
            return child_condition(_PK, _PARAMS, comparison)
        case Entity.TAG:
            return child_condition(_PK, _TAGS, comparison)
        case _:
            column, _ = _attribute(comparison.key, "filter")
            value = comparison.value
            if comparison.key == "status":
                value = _full_status(value)
            return compare(column, comparison.operator, value)


def _terms(order_by: Sequence[OrderBy], order_datasets: Sequence[DatasetRef | None]) -> list[Term]:
    terms: list[Term] = []
    for index, order in enumerate(order_by or _NEWEST):
        if order.entity is Entity.METRIC:
            dataset = order_datasets[index] if index < len(order_datasets) else None
            terms += _metric_terms(order, dataset)
            continue
        value, kind = _attribute(order.key, "order_by")
        if order.key == "source_run_id":
            terms.append(Term(case((value.is_(None), 1), else_=0), int))
        terms.append(Term(value, kind, order.ascending))
    return fit([*terms, Term(_PK, int, ascending=False)])


def _metric_terms(order: OrderBy, dataset: DatasetRef | None) -> tuple[Term, Term]:
    """Return the terms of an order by a metric: NaN, kept as null, after numbers; none at last."""
    value = logged_model_metrics.c.value
    is_nan = case((value.is_(None), 1), else_=0)
    rank = func.coalesce(_latest(is_nan, order.key, dataset), 2)
    return Term(rank, int), Term(_latest(value, order.key, dataset), float, order.ascending)


def _latest(
    wanted: ColumnElement[Any], name: str, dataset: DatasetRef | None
) -> ColumnElement[Any]:
    points = logged_model_metrics
    rows = (
        select(wanted)
        .join(metric_keys, metric_keys.c.id == points.c.key_id)
        .where(points.c.model_pk == _PK, metric_keys.c.name == name)
        .order_by(points.c.timestamp.desc(), points.c.step.desc(), points.c.run_pk.desc())
        .limit(1)
    )
    if dataset is not None:
        rows = rows.where(_measured_on(dataset))
    return rows.correlate(logged_models).scalar_subquery()


def _measured_on(dataset: DatasetRef) -> ColumnElement[bool]:
    name, digest = dataset
    same_name = logged_model_metrics.c.dataset_name == name
    if digest is None:
        return same_name
    return and_(same_name, logged_model_metrics.c.dataset_digest == digest)


def _attribute(key: str, field: str) -> tuple[ColumnElement[Any], type[int | str]]:
    if key not in _ATTRIBUTES:
        msg = f"Invalid attribute key '{key}' in a search of logged models"
        raise InvalidParameterError(msg, field=field)
    return _ATTRIBUTES[key]


def _full_status(value: Value) -> Value:
    """Read READY as LOGGED_MODEL_READY; MLflow's own server finds neither."""
    if isinstance(value, tuple):
        return tuple(str(_full_status(one)) for one in value)
    if isinstance(value, str) and not value.startswith((_STATUS_PREFIX, "%", "_")):
        return _STATUS_PREFIX + value
    return value
