"""Search evaluation datasets: those whose home the caller may read, one statement a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

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
)
from app.errors import InvalidParameterError
from app.identity import Caller
from app.securables import Kind
from app.securables.tables import securables
from app.tracking.checks import check_page_size
from app.tracking.evaluation.datasets import describe, fetch_tags
from app.tracking.evaluation.tables import (
    evaluation_dataset_experiments,
    evaluation_dataset_tags,
    evaluation_datasets,
)
from app.tracking.evaluation.values import EvaluationDataset
from app.tracking.keyset import Term, fetch_rows, fit, question_mark, read_token, token_after
from app.tracking.resolve import parse_experiment_ids
from app.tracking.tables import experiments
from app.tracking.values import Search

MAX_RESULTS = 1000

_PK = evaluation_datasets.c.pk
_TAGS = ChildTable(
    evaluation_dataset_tags.c.dataset_pk,
    evaluation_dataset_tags.c.tag_name,
    evaluation_dataset_tags.c.value,
)
_ATTRIBUTES: dict[str, tuple[ColumnElement[Any], type[int | str]]] = {
    "name": (evaluation_datasets.c.name, str),
    "created_by": (evaluation_datasets.c.user_id, str),
    "last_updated_by": (evaluation_datasets.c.updated_by, str),
    "created_time": (evaluation_datasets.c.created_at, int),
    "last_update_time": (evaluation_datasets.c.updated_at, int),
}
_NEWEST = (OrderBy(Entity.ATTRIBUTE, "created_time", ascending=False),)


def search_datasets(
    caller: Caller, search: Search, experiment_ids: Sequence[str] = ()
) -> Page[EvaluationDataset]:
    """Return a page of evaluation datasets, by default the newest first.

    ``experiment_ids`` narrow it to those listed in one of these experiments. Raises
    InvalidParameterError for a bad id, page size, token or value.
    """
    size = check_page_size(search.max_results, MAX_RESULTS)
    wanted = parse_experiment_ids(experiment_ids)
    terms = _terms(search.order_by)
    question = question_mark(wanted, search.filters, search.order_by)
    _, after = read_token(search.page_token, [terms], question)
    may_see = access.visible(caller, Operation.EVALUATION_DATASET_READ, Kind.EXPERIMENT)
    statement = (
        select(evaluation_datasets)
        .join(experiments, experiments.c.number == evaluation_datasets.c.experiment_number)
        .join(securables, securables.c.id == experiments.c.securable_id)
        .where(may_see, *(_condition(one) for one in search.filters))
    )
    if wanted:
        statement = statement.where(_is_listed(caller, wanted, may_see))
    rows = fetch_rows(caller.session, statement, terms, size + 1, after)
    token = ""
    if len(rows) > size:
        del rows[size:]
        token = token_after(rows[-1], [terms], 0, question)
    tags = fetch_tags(caller, [row.pk for row in rows])
    return Page([describe(row, tags[row.pk]) for row in rows], token)


def _is_listed(
    caller: Caller, wanted: Sequence[int], may_see: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that a data set is listed in one of some experiments.

    Those that the caller may not read list nothing: the answer would tell of the link.
    """
    numbers = caller.session.execute(
        select(experiments.c.number)
        .join(securables, securables.c.id == experiments.c.securable_id)
        .where(experiments.c.number.in_(wanted), may_see)
    ).scalars()
    links = evaluation_dataset_experiments.c
    # Not an EXISTS: the few of these experiments are walked, and not all that the caller may see.
    return _PK.in_(select(links.dataset_pk).where(links.experiment_number.in_(list(numbers))))


def _condition(comparison: Comparison) -> ColumnElement[bool]:
    if comparison.entity is Entity.TAG:
        return child_condition(_PK, _TAGS, comparison)
    if comparison.key not in _ATTRIBUTES:
        msg = f"Invalid attribute key '{comparison.key}' in a search of evaluation datasets"
        raise InvalidParameterError(msg, field="filter_string")
    return compare(_ATTRIBUTES[comparison.key][0], comparison.operator, comparison.value)


def _terms(order_by: Sequence[OrderBy]) -> list[Term]:
    terms = [
        Term(*_ATTRIBUTES[order.key], ascending=order.ascending) for order in order_by or _NEWEST
    ]
    return fit([*terms, Term(_PK, int, ascending=False)])
