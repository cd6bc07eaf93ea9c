"""The runs that one condition of a search leaves, where an index tells that those are few."""

from __future__ import annotations

from collections.abc import Sequence

from app.db import Session
from app.db.finds import Finder
from app.db.predicates import Comparison, Entity, Operator
from app.tracking.tables import START_LENGTH

_BY_PARAM = Finder("""
SELECT run_pk FROM params WHERE experiment_number IN_LIST(:numbers)
 AND param_name = :key AND value_start = :value""")
_BY_TAG = Finder("""
SELECT run_pk FROM run_tags WHERE experiment_number IN_LIST(:numbers)
 AND tag_name = :key AND value_start = :value""")
_BY_NAME = Finder("""
SELECT pk FROM runs WHERE experiment_number IN_LIST(:numbers)
 AND name_start = :value""")
_BY_STATUS = Finder("""
SELECT pk FROM runs WHERE experiment_number IN_LIST(:numbers) AND status = :value""")
_BY_ATTRIBUTE = {"run_name": _BY_NAME, "status": _BY_STATUS}
_BY_METRIC = {
    operator: Finder(f"""
SELECT run_pk FROM latest_metrics WHERE experiment_number IN_LIST(:numbers)
 AND key_id = (SELECT id FROM metric_keys WHERE name = :key)
 AND value {operator.value} :value""")  # noqa: S608 (constants)
    for operator in (Operator.EQ, Operator.LT, Operator.LE, Operator.GT, Operator.GE)
}


def find_few(
    session: Session, filters: Sequence[Comparison], numbers: Sequence[int]
) -> list[int] | None:
    """Return the keys of all runs that meet one of the conditions, and maybe of others.

    None if each of them leaves too many, or tells nothing by an index.
    """
    for comparison in filters:
        if index := _index(comparison):
            found = index.find(
                session, numbers=list(numbers), key=comparison.key, value=comparison.value
            )
            if found is not None:
                return found
    return None


def is_counted(comparison: Comparison) -> bool:
    """Tell whether ``find_few`` knows by an index how many runs the condition leaves."""
    return _index(comparison) is not None


def _index(comparison: Comparison) -> Finder | None:
    value = comparison.value
    if comparison.entity is Entity.METRIC:
        return _BY_METRIC.get(comparison.operator) if isinstance(value, float | int) else None
    if comparison.operator is not Operator.EQ or not isinstance(value, str):
        return None
    if len(value) > START_LENGTH:
        return None
    if comparison.entity is Entity.ATTRIBUTE:
        return _BY_ATTRIBUTE.get(comparison.key)
    return {Entity.PARAM: _BY_PARAM, Entity.TAG: _BY_TAG}.get(comparison.entity)
