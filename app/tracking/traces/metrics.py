"""Figures over many traces, their spans or their assessments, in groups and over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, distinct, func, select

from app.access import Operation
from app.db.percentiles import percentile
from app.db.predicates import Comparison
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import check_count, check_page_size
from app.tracking.resolve import parse_experiment_ids
from app.tracking.runs.search import fetch_scope
from app.tracking.tables import assessments, trace_spans, traces
from app.tracking.traces.conditions import trace_condition
from app.tracking.traces.measures import MEASURES, Aggregate, Measure, View

MAX_POINTS = 1000
MAX_AGGREGATIONS = 20
MAX_FILTERS = 100
BUCKET = "time_bucket"
_MAX_BUCKET = 10_000 * 366 * 86_400
_NANOS = 1_000_000


@dataclass(frozen=True, slots=True)
class Aggregation:
    """What to make of the values of a group; ``percent`` is for a percentile alone."""

    aggregate: Aggregate
    percent: float | None = None

    @property
    def label(self) -> str:
        """The name of the result, such as ``AVG`` or ``P95.0``."""
        return f"P{self.percent}" if self.percent is not None else self.aggregate.value


class Subject(StrEnum):
    """What a filter of figures is about beside the trace; the value is its prefix."""

    SPAN = "span"
    ASSESSMENT = "assessment"


@dataclass(frozen=True, slots=True)
class Equal:
    """A filter on spans or assessments: a column and what it must be."""

    subject: Subject
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """Which figures are asked for; times in ms, ``bucket`` in seconds, 0 for all time in one."""

    view: View
    metric: str
    aggregations: Sequence[Aggregation]
    dimensions: Sequence[str] = ()
    filters: Sequence[Comparison | Equal] = ()
    bucket: int = 0
    earliest: int | None = None
    latest: int | None = None
    max_points: int = MAX_POINTS


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of one group, by their labels."""

    dimensions: Mapping[str, str]
    values: Mapping[str, float]


def measure_traces(
    caller: Caller, experiment_ids: Sequence[str], question: Question
) -> list[Point]:
    """Return the figures of each group, in the order of time and then of the dimensions.

    Experiments that are absent, hidden or in the trash are left out. Raises InvalidParameterError
    for a metric, aggregation, dimension or filter that there is not or is one too many, or a bad
    time or size.
    """
    measure = _check(question)
    size = check_page_size(question.max_points, MAX_POINTS)
    wanted = parse_experiment_ids(experiment_ids)
    conditions = [_condition(question.view, one) for one in question.filters]
    numbers = sorted(fetch_scope(caller, Operation.TRACE_READ, wanted).living)
    if not numbers:
        return []
    groups = [measure.dimensions[name].label(name) for name in question.dimensions]
    if question.bucket:
        width = question.bucket * 1000
        moment = _moment(question.view)
        groups.insert(0, (moment - moment % width).label(BUCKET))
    asked = dict.fromkeys(question.aggregations)
    figures = [_figure(one, measure).label(one.label) for one in asked]
    known = [group.element.is_not(None) for group in groups]
    statement = (
        _from(select(*groups, *figures), question.view)
        .where(traces.c.experiment_number.in_(numbers), measure.value.is_not(None))
        .where(*known, *conditions, *_between(question))
    )
    if groups:
        places = [group.element for group in groups]
        statement = statement.group_by(*places).order_by(*places)
    rows = caller.session.execute(statement.limit(size))
    names = list(rows.keys())
    points = [_point(list(zip(names, row, strict=True)), len(groups)) for row in rows]
    return [point for point in points if point.values]


def _check(question: Question) -> Measure:
    measures = MEASURES[question.view]
    measure = measures.get(question.metric)
    if measure is None:
        raise _unknown("metric_name", [question.metric], measures)
    check_count("aggregations", len(question.aggregations), MAX_AGGREGATIONS)
    check_count("filters", len(question.filters), MAX_FILTERS)
    told = {one.aggregate for one in question.aggregations}
    if not told or not told <= measure.aggregates:
        raise _unknown("aggregations", told, measure.aggregates)
    if not set(question.dimensions) <= set(measure.dimensions):
        raise _unknown("dimensions", question.dimensions, measure.dimensions)
    if not 0 <= question.bucket <= _MAX_BUCKET:
        msg = f"time_interval_seconds is at most {_MAX_BUCKET}, and not negative"
        raise InvalidParameterError(msg, field="time_interval_seconds")
    if question.bucket and None in (question.earliest, question.latest):
        msg = "start_time_ms and end_time_ms are required if time_interval_seconds is set"
        raise InvalidParameterError(msg, field="time_interval_seconds")
    return measure


def _unknown(field: str, told: Any, known: Any) -> InvalidParameterError:
    names = ", ".join(sorted(str(one)[:80] for one in told)[:MAX_AGGREGATIONS])
    msg = f"Invalid value for {field}: {names}. Supported are: {', '.join(sorted(known))}"
    return InvalidParameterError(msg, field=field)


def _from(statement: Select[Any], view: View) -> Select[Any]:
    match view:
        case View.SPANS:
            return statement.join_from(traces, trace_spans, trace_spans.c.trace_pk == traces.c.pk)
        case View.ASSESSMENTS:
            # What is overridden counts no longer.
            joined = assessments.c.trace_pk == traces.c.pk
            return statement.join_from(traces, assessments, joined).where(assessments.c.valid)
        case View.TRACES:
            return statement.select_from(traces)


def _moment(view: View) -> ColumnElement[Any]:
    if view is View.SPANS:
        return trace_spans.c.start_ns // _NANOS
    return traces.c.request_time


def _between(question: Question) -> list[ColumnElement[bool]]:
    moment = _moment(question.view)
    earliest, latest = question.earliest, question.latest
    return [
        *([moment >= earliest] if earliest is not None else []),
        *([moment <= latest] if latest is not None else []),
    ]


def _condition(view: View, wanted: Comparison | Equal) -> ColumnElement[bool]:
    if isinstance(wanted, Comparison):
        return trace_condition(wanted)
    table, own = {
        Subject.SPAN: (trace_spans, View.SPANS),
        Subject.ASSESSMENT: (assessments, View.ASSESSMENTS),
    }[wanted.subject]
    if view is not own:
        msg = (
            f"Invalid filters: one by {wanted.subject} is for figures of {own.value.lower()} alone"
        )
        raise InvalidParameterError(msg, field="filters")
    is_equal: ColumnElement[bool] = table.c[wanted.column] == wanted.value
    return is_equal


def _figure(asked: Aggregation, measure: Measure) -> ColumnElement[Any]:
    if asked.percent is not None:
        return percentile(measure.value, asked.percent)
    value = distinct(measure.value) if measure.is_distinct else measure.value
    function: ColumnElement[Any] = getattr(func, asked.aggregate.value.lower())(value)
    return function


def _point(pairs: Sequence[tuple[str, Any]], groups: int) -> Point:
    dimensions = {
        name: _instant(value) if name == BUCKET else str(value) for name, value in pairs[:groups]
    }
    values = {name: float(value) for name, value in pairs[groups:] if value is not None}
    return Point(dimensions, values)


def _instant(millis: Any) -> str:
    return datetime.fromtimestamp(int(millis) / 1000, tz=UTC).isoformat()
