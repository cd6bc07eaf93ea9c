"""Messages of figures over traces (``service.proto``: QueryTraceMetrics and its neighbour)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from marshmallow import fields

from app.errors import InvalidParameterError
from app.protocols.mlflow.wire.messages import Double, Message, from_double, int64, text, texts
from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.traces.measures import Aggregate
from app.tracking.traces.metrics import Aggregation, Point

_PERCENT = 100
Member = TypeVar("Member", bound=StrEnum)


class _Aggregation(Message):
    aggregation_type = text(required=True)
    percentile_value = Double(load_default=None, allow_none=True)


class QueryMetrics(Message):
    """QueryTraceMetrics; all points are in one page."""

    experiment_ids = texts(required=True)
    view_type = text(required=True)
    metric_name = text(required=True)
    aggregations = fields.List(fields.Nested(_Aggregation), required=True)
    dimensions = texts()
    filters = texts()
    time_interval_seconds = int64()
    start_time_ms = int64()
    end_time_ms = int64()
    max_results = int64()


class CalculateCorrelation(Message):
    """CalculateTraceFilterCorrelation."""

    experiment_ids = texts(required=True)
    filter_string1 = text(required=True)
    filter_string2 = text(required=True)
    base_filter = text(default="")


def to_member(kinds: type[Member], name: str, field: str) -> Member:
    """Return the member of an enumeration; raises InvalidParameterError for a name of none."""
    try:
        return kinds(name)
    except ValueError:
        known = ", ".join(kinds)
        msg = f"Invalid value '{name[:80]}' for parameter '{field}' supplied: it is one of {known}"
        raise InvalidParameterError(msg, field=field) from None


def to_aggregation(loaded: Dumped) -> Aggregation:
    """Return what to make of values; raises InvalidParameterError for what is nothing."""
    kind = to_member(Aggregate, loaded["aggregation_type"], "aggregations")
    percent = loaded["percentile_value"]
    if (percent is None) == (kind is Aggregate.PERCENTILE):
        msg = "Invalid aggregations: percentile_value goes with PERCENTILE, and with no other"
        raise InvalidParameterError(msg, field="aggregations")
    if percent is not None and not 0 <= percent <= _PERCENT:
        msg = f"Invalid aggregations: percentile_value is between 0 and 100. Got {percent}."
        raise InvalidParameterError(msg, field="aggregations")
    return Aggregation(kind, percent)


def dump_point(metric: str, point: Point) -> Dumped:
    """Return a MetricDataPoint."""
    return {
        "metric_name": metric,
        "dimensions": dict(point.dimensions),
        "values": {label: from_double(value) for label, value in point.values.items()},
    }
