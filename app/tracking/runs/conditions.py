"""The conditions of a search of runs."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from app.db.predicates import (
    ChildTable,
    Comparison,
    Entity,
    child_condition,
    compare,
    has_row,
)
from app.errors import InvalidParameterError
from app.tracking.runs.orders import ATTRIBUTES
from app.tracking.tables import (
    datasets,
    input_tags,
    inputs,
    latest_metrics,
    metric_keys,
    params,
    run_tags,
    runs,
)

CONTEXT_TAG = "mlflow.data.context"

_METRICS = ChildTable(
    latest_metrics.c.run_pk,
    latest_metrics.c.key_id,
    latest_metrics.c.value,
    names=(metric_keys.c.id, metric_keys.c.name),
)
_PARAMS = ChildTable(params.c.run_pk, params.c.param_name, params.c.value)
_TAGS = ChildTable(run_tags.c.run_pk, run_tags.c.tag_name, run_tags.c.value)


def run_condition(comparison: Comparison, *, leaves_many: bool = False) -> ColumnElement[bool]:
    """Return the condition on ``runs`` that a comparison asks for, as ``child_condition`` has it.

    Raises InvalidParameterError for an attribute that runs do not have.
    """
    match comparison.entity:
        case Entity.METRIC:
            return child_condition(runs.c.pk, _METRICS, comparison, leaves_many=leaves_many)
        case Entity.PARAM:
            return child_condition(runs.c.pk, _PARAMS, comparison, leaves_many=leaves_many)
        case Entity.TAG:
            return child_condition(runs.c.pk, _TAGS, comparison, leaves_many=leaves_many)
        case Entity.DATASET:
            return _dataset_condition(comparison)
        case _:
            if comparison.key not in ATTRIBUTES:
                raise _unknown(comparison)
            column, _ = ATTRIBUTES[comparison.key]
            return compare(column, comparison.operator, comparison.value)


def _dataset_condition(comparison: Comparison) -> ColumnElement[bool]:
    if comparison.key == "context":
        return has_row(
            runs.c.pk,
            input_tags.c.run_pk,
            input_tags.c.tag_name == CONTEXT_TAG,
            compare(input_tags.c.value, comparison.operator, comparison.value),
        )
    columns = {"name": datasets.c.name, "digest": datasets.c.digest}
    if comparison.key not in columns:
        raise _unknown(comparison)
    return has_row(
        runs.c.pk,
        inputs.c.run_pk,
        inputs.c.dataset_id == datasets.c.id,
        compare(columns[comparison.key], comparison.operator, comparison.value),
    )


def _unknown(comparison: Comparison) -> InvalidParameterError:
    msg = f"Invalid {comparison.entity} key '{comparison.key}' in a search of runs"
    return InvalidParameterError(msg, field="filter")
