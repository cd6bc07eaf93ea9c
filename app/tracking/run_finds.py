"""The runs that one condition of a search leaves, where those are few.

A page is filled along the order asked for, which goes through the whole experiment to find five
runs. Where an index tells that a condition leaves no more than ``MOST``, they are looked up by key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.db import Session
from app.db.predicates import Comparison, Entity, Operator
from app.db.statements import Sql

MOST = 500
_LONGEST = 250
"""In characters: longer values are in no index, which PostgreSQL would refuse."""

_LIMIT = f"LIMIT {MOST + 1}"
_BY_PARAM = Sql(f"""
SELECT run_pk FROM params
WHERE param_name = :key AND value = :value AND length(value) <= {_LONGEST} {_LIMIT}""")  # noqa: S608 (constants)
_BY_TAG = Sql(f"""
SELECT run_pk FROM run_tags
WHERE tag_name = :key AND value = :value AND length(value) <= {_LONGEST} {_LIMIT}""")  # noqa: S608 (constants)
_BY_NAME = Sql(f"""
SELECT pk FROM runs WHERE experiment_number IN_LIST(:numbers)
 AND name = :value AND length(name) <= {_LONGEST} {_LIMIT}""")  # noqa: S608 (constants)
_BY_STATUS = Sql(f"""
SELECT pk FROM runs WHERE experiment_number IN_LIST(:numbers) AND status = :value {_LIMIT}""")  # noqa: S608 (constants)
_BY_ATTRIBUTE = {"run_name": _BY_NAME, "status": _BY_STATUS}
_BY_METRIC = {
    operator: Sql(f"""
SELECT run_pk FROM latest_metrics WHERE experiment_number IN_LIST(:numbers)
 AND key_id = (SELECT id FROM metric_keys WHERE name = :key)
 AND value {operator.value} :value {_LIMIT}""")  # noqa: S608 (constants)
    for operator in (Operator.EQ, Operator.LT, Operator.LE, Operator.GT, Operator.GE)
}


def find_few(
    session: Session, filters: Sequence[Comparison], numbers: Sequence[int]
) -> list[int] | None:
    """Return the keys of all runs that meet one of the conditions, and maybe of others.

    None if each of them leaves too many, or tells nothing by an index.
    """
    for comparison in filters:
        statement = _statement(comparison)
        if statement is not None:
            found = statement.run(session, **_asked(comparison, numbers)).all()
            if len(found) <= MOST:
                return [row[0] for row in found]
    return None


def _statement(comparison: Comparison) -> Sql | None:
    value = comparison.value
    if comparison.entity is Entity.METRIC:
        return _BY_METRIC.get(comparison.operator) if isinstance(value, float | int) else None
    if comparison.operator is not Operator.EQ or not isinstance(value, str):
        return None
    if len(value) > _LONGEST:
        return None
    if comparison.entity is Entity.ATTRIBUTE:
        return _BY_ATTRIBUTE.get(comparison.key)
    return {Entity.PARAM: _BY_PARAM, Entity.TAG: _BY_TAG}.get(comparison.entity)


def _asked(comparison: Comparison, numbers: Sequence[int]) -> dict[str, Any]:
    asked: dict[str, Any] = {"key": comparison.key, "value": comparison.value}
    in_index = comparison.entity in {Entity.METRIC, Entity.ATTRIBUTE}
    return asked | {"numbers": list(numbers)} if in_index else asked
