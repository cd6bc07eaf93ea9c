"""What can be measured of traces, spans and assessments, and by what it can be grouped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from app.db.predicates import ChildTable
from app.tracking.tables import assessments, trace_spans, traces
from app.tracking.traces.conditions import METADATA, TAGS
from app.tracking.traces.facts import COSTS, TOKENS
from app.tracking.traces.settling import NAME_TAG, SESSION

_NANOS = 1_000_000


class View(StrEnum):
    """What is counted; the value is MLflow's."""

    TRACES = "TRACES"
    SPANS = "SPANS"
    ASSESSMENTS = "ASSESSMENTS"


class Aggregate(StrEnum):
    """What is made of many values; the value is MLflow's, and SQL's but for the percentile."""

    COUNT = "COUNT"
    SUM = "SUM"
    AVG = "AVG"
    MIN = "MIN"
    MAX = "MAX"
    PERCENTILE = "PERCENTILE"


_COUNTED = frozenset({Aggregate.COUNT})
_SPREAD = frozenset({Aggregate.AVG, Aggregate.MIN, Aggregate.MAX, Aggregate.PERCENTILE})
_SUMMED = _SPREAD | {Aggregate.SUM}


@dataclass(frozen=True, slots=True)
class Measure:
    """A value of each row, NULL where it has none, and what may be made of the values."""

    value: ColumnElement[Any]
    aggregates: frozenset[Aggregate]
    dimensions: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    is_distinct: bool = False


def _of_trace(child: ChildTable, name: str) -> ColumnElement[Any]:
    rows = select(child.value).where(child.owner == traces.c.pk, child.key == name)
    return rows.correlate(traces).scalar_subquery()


_NAME = {"trace_name": _of_trace(TAGS, NAME_TAG)}
_NAMED = {f"span_{name}": trace_spans.c[name] for name in ("name", "type", "status")}
_MODELS = {f"span_{name}": trace_spans.c[name] for name in ("model_name", "model_provider")}
_ASSESSED = {"assessment_name": assessments.c.name}
_LATENCY = case((trace_spans.c.end_ns > 0, (trace_spans.c.end_ns - trace_spans.c.start_ns)))
# The mean of greater ones could exceed a double, which is an error in PostgreSQL.
_MAX_NUMBER = 1e100
_NUMBER = case(
    (assessments.c.number.between(-_MAX_NUMBER, _MAX_NUMBER), assessments.c.number),
    (or_(assessments.c.value == "true", func.lower(assessments.c.shown) == "yes"), 1.0),
    (or_(assessments.c.value == "false", func.lower(assessments.c.shown) == "no"), 0.0),
)

MEASURES: Mapping[View, Mapping[str, Measure]] = {
    View.TRACES: {
        "trace_count": Measure(traces.c.pk, _COUNTED, {**_NAME, "trace_status": traces.c.state}),
        "session_count": Measure(_of_trace(METADATA, SESSION), _COUNTED, is_distinct=True),
        "latency": Measure(traces.c.duration, _SPREAD, _NAME),
        **{name: Measure(traces.c[name], _SUMMED, _NAME) for name in TOKENS},
    },
    View.SPANS: {
        "span_count": Measure(trace_spans.c.trace_pk, _COUNTED, {**_NAMED, **_MODELS}),
        "latency": Measure(
            _LATENCY // _NANOS,
            _SPREAD,
            {name: _NAMED[name] for name in ("span_name", "span_status")},
        ),
        **{name: Measure(trace_spans.c[name], _SUMMED, _MODELS) for name in COSTS},
    },
    View.ASSESSMENTS: {
        "assessment_count": Measure(
            assessments.c.trace_pk,
            _COUNTED,
            {**_ASSESSED, "assessment_value": assessments.c.value},
        ),
        "assessment_value": Measure(_NUMBER, _SPREAD, _ASSESSED),
    },
}
