"""The orders of a search of runs, as statements that need no sorting of everything there is.

Ordered first by a metric, parameter or tag, a search goes through phases: the runs with a value,
for a metric walked along an index; the runs whose metric is NaN; the runs without. Ordered first by
their end, those that ended come before those that did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, and_, case, cast, select
from sqlalchemy.sql.selectable import NamedFromClause

from app.db import Session
from app.db.finds import among
from app.db.predicates import Entity, OrderBy
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.tracking.keyset import Term, fit
from app.tracking.tables import START_LENGTH, latest_metrics, params, run_tags, runs

_KEYS = Sql("SELECT name, id FROM metric_keys WHERE name IN_LIST(:names)")
_NO_KEY = -1
_END = "end_time"
_NAME = "run_name"
_ID_LENGTH = 32

ARTIFACT_URI: ColumnElement[str] = (
    "mlflow-artifacts:/" + cast(runs.c.experiment_number, String) + "/" + runs.c.run_id
) + "/artifacts"

ATTRIBUTES: dict[str, tuple[ColumnElement[Any], type[int | str]]] = {
    "run_id": (runs.c.run_id, str),
    "run_name": (runs.c.name, str),
    "user_id": (runs.c.user_id, str),
    "status": (runs.c.status, str),
    "artifact_uri": (ARTIFACT_URI, str),
    "start_time": (runs.c.start_time, int),
    "end_time": (runs.c.end_time, int),
}


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a search: its order, and the statement over runs of some experiments."""

    terms: Sequence[Term]
    source: FromClause
    conditions: tuple[ColumnElement[bool], ...]
    number: ColumnElement[int] = runs.c.experiment_number
    has_many_alike: bool = False
    """Whether many runs may be alike in the first term, and an index gives the order of those."""

    def statement(
        self, numbers: Sequence[int], few: Sequence[int] | None = None
    ) -> Select[*tuple[Any, ...]]:
        """Return the statement for the experiments with these numbers.

        With ``few`` for the runs with these keys alone, which are looked up one by one.
        """
        conditions = [*self.conditions]
        number = self.number
        if few is not None:
            # As a sum it tempts no engine to walk an index of the experiment's runs for the order.
            number = self.number + 0
            conditions.append(among(runs.c.pk, few))
        inside = number == numbers[0] if len(numbers) == 1 else number.in_(numbers)
        return select(runs).select_from(self.source).where(inside, *conditions)


@dataclass(frozen=True, slots=True)
class _Child:
    """A row per run that an order asks for: one metric, parameter or tag."""

    table: NamedFromClause[Any]
    key: ColumnElement[bool]
    kind: type[float | str]

    @property
    def value(self) -> ColumnElement[Any]:
        column: ColumnElement[Any] = self.table.c.value
        return column

    @property
    def of_run(self) -> ColumnElement[bool]:
        return and_(self.table.c.run_pk == runs.c.pk, self.key)

    @property
    def is_missing(self) -> ColumnElement[bool]:
        return ~select(self.table.c.run_pk).where(self.of_run).correlate(runs).exists()

    def rank(self) -> Term:
        is_missing = self.table.c.run_pk.is_(None)
        is_nan = self.value.is_(None)
        return Term(case((is_missing, 2), (is_nan, 1), else_=0), int)


def run_phases(session: Session, order_by: Sequence[OrderBy]) -> list[Phase]:
    """Return the phases of a search in this order; ties go by start, the last first, and id.

    Raises InvalidParameterError for an attribute that runs do not have.
    """
    children = _children(session, order_by)
    source: FromClause = runs
    later: list[Term] = []
    for index, order in enumerate(order_by):
        child = children[index]
        if child is None:
            later += _attribute(order, is_first=index == 0)
        elif index > 0:
            source = source.outerjoin(child.table, child.of_run)
            later += [child.rank(), Term(child.value, child.kind, order.ascending)]
    first = children[0] if children else None
    if first is None:
        later += _ties(runs)
        if order_by and order_by[0].key == _END:
            return _phases_by_end(order_by[0], source, later)
        return [Phase(fit(later), source, ())]
    phases = _phases_by_text if first.kind is str else _phases_by_metric
    return phases(first, order_by[0].ascending, source, later)


def _phases_by_end(order: OrderBy, source: FromClause, later: Sequence[Term]) -> list[Phase]:
    end = runs.c.end_time
    return [
        Phase(fit([Term(end, int, order.ascending), *later]), source, (end.is_not(None),)),
        Phase(fit(later), source, (end.is_(None),)),
    ]


def _phases_by_text(
    first: _Child, ascending: bool, source: FromClause, later: Sequence[Term]
) -> list[Phase]:
    # The table's own columns of the run's experiment and start are in the index of the order.
    columns = first.table.c
    value = Term(columns.value_start, str, ascending, longest=START_LENGTH)
    return [
        Phase(
            fit([value, *later, *_ties(first.table)]),
            source.join(first.table, first.of_run),
            (),
            columns.experiment_number,
            has_many_alike=True,
        ),
        Phase(fit([*later, *_ties(runs)]), source, (first.is_missing,)),
    ]


def _phases_by_metric(
    first: _Child, ascending: bool, source: FromClause, later: Sequence[Term]
) -> list[Phase]:
    joined = source.join(first.table, first.of_run)
    # The metric's own column of the experiment's number leads the index that gives the order.
    number = first.table.c.experiment_number
    value = Term(first.value, float, ascending)
    terms = [*later, *_ties(runs)]
    return [
        Phase(fit([value, *terms]), joined, (first.value.is_not(None),), number),
        Phase(fit(terms), joined, (first.value.is_(None),), number),
        Phase(fit(terms), source, (first.is_missing,)),
    ]


def _ties(table: NamedFromClause[Any]) -> tuple[Term, Term]:
    """Return the terms that tell any two runs apart, with the start as a table has it."""
    return (
        Term(table.c.start_time, int, ascending=False),
        Term(runs.c.run_id, str, longest=_ID_LENGTH),
    )


def _children(session: Session, order_by: Sequence[OrderBy]) -> list[_Child | None]:
    names = [order.key for order in order_by if order.entity is Entity.METRIC]
    ids = {row[0]: row[1] for row in _KEYS.run(session, names=names)} if names else {}
    return [_child(order, index, ids) for index, order in enumerate(order_by)]


def _child(order: OrderBy, index: int, key_ids: dict[str, int]) -> _Child | None:
    match order.entity:
        case Entity.METRIC:
            table = latest_metrics.alias(f"order_{index}")
            key_id = key_ids.get(order.key, _NO_KEY)
            return _Child(table, table.c.key_id == key_id, float)
        case Entity.PARAM:
            table = params.alias(f"order_{index}")
            return _Child(table, table.c.param_name == order.key, str)
        case Entity.TAG:
            table = run_tags.alias(f"order_{index}")
            return _Child(table, table.c.tag_name == order.key, str)
        case _:
            return None


def _attribute(order: OrderBy, *, is_first: bool) -> list[Term]:
    if order.key not in ATTRIBUTES:
        msg = f"Invalid order by key '{order.key}' in a search of runs"
        raise InvalidParameterError(msg, field="order_by")
    column, kind = ATTRIBUTES[order.key]
    if is_first and order.key == _NAME:
        return [Term(runs.c.name_start, str, order.ascending, longest=START_LENGTH)]
    term = Term(column, kind, order.ascending)
    if order.key != _END:
        return [term]
    if is_first:
        return []
    return [Term(case((column.is_(None), 1), else_=0), int), term]
