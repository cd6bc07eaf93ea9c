"""Figures over traces, their spans and their assessments."""

import math
from dataclasses import replace

import pytest
from mlflow.store.analytics.trace_correlation import calculate_npmi_from_counts

from app.db.predicates import Comparison, Entity, Operator
from app.errors import InvalidParameterError
from app.tracking.traces.assessments import create_assessment
from app.tracking.traces.correlation import Correlation, correlate
from app.tracking.traces.measures import Aggregate, View
from app.tracking.traces.metrics import (
    Aggregation,
    Equal,
    Question,
    Subject,
    measure_traces,
)
from app.tracking.traces.traces import log_spans, start_trace
from app.tracking.traces.values import (
    AssessmentKind,
    NewAssessment,
    Span,
    SpanStatus,
    ToldTrace,
    TraceState,
)
from tests.tracking.worlds import World

HOUR = 3_600_000
COUNT, AVG, SUM = (Aggregation(Aggregate(name)) for name in ("COUNT", "AVG", "SUM"))
MEDIAN = Aggregation(Aggregate.PERCENTILE, 50.0)
OK = Comparison(Entity.ATTRIBUTE, "status", Operator.EQ, "OK")
RED = Comparison(Entity.TAG, "color", Operator.EQ, "red")
COUNTED = Question(View.TRACES, "trace_count", [COUNT])


def add(world: World, number: int, *, name: str, cost: float, tokens: int, color: str) -> None:
    """Add a trace that begins in the hour of its number and takes as many seconds."""
    trace_id, begun = f"tr-{number:032x}", number * HOUR
    span = Span(
        trace_id, "1" * 16, "", name, begun * 10**6, (begun + number * 1000) * 10**6, SpanStatus.OK,
        {
            "mlflow.spanType": "LLM",
            "mlflow.llm.model": f"model-{number % 2}",
            "mlflow.llm.cost": {"total_cost": cost},
            "mlflow.chat.tokenUsage": {"input_tokens": tokens, "total_tokens": tokens},
            "session.id": f"session-{number % 2}",
        },
    )  # fmt: skip
    log_spans(world.caller(), world.number, [span])
    state = TraceState.ERROR if number == 3 else TraceState.OK
    start_trace(
        world.caller(), world.number, ToldTrace(trace_id, state=state, tags={"color": color})
    )


@pytest.mark.parametrize("metric", ["total_cost", "input_tokens"])
def test_no_span_spoils_the_figures_of_all_others(world: World, metric: str):
    for number in (1, 2, 3):
        cost, tokens = (0.5, 10) if number == 1 else (1.5e308, 1 << 52)
        add(world, number, name="ask", cost=cost, tokens=tokens, color="red")
    view = View.SPANS if metric == "total_cost" else View.TRACES
    (point,) = measure_traces(world.caller(), [world.number], Question(view, metric, [SUM, AVG]))
    expected = 0.5 if metric == "total_cost" else 10.0
    assert point.values == {"SUM": expected, "AVG": expected}


def assess(world: World, number: int, value: object, overrides: str | None = None) -> str:
    new = NewAssessment("good", AssessmentKind.FEEDBACK, value, "HUMAN", overrides=overrides)
    return create_assessment(world.caller(), f"tr-{number:032x}", new).assessment_id


def test_no_assessment_spoils_the_figures_of_all_others(world: World):
    for number, value in ((1, 2.5), (2, 1.5e308), (3, 1.5e308), (4, -1.5e308)):
        add(world, number, name="ask", cost=0, tokens=0, color="red")
        assess(world, number, value)
    asked = Question(View.ASSESSMENTS, "assessment_value", [AVG, MEDIAN])
    (point,) = measure_traces(world.caller(), [world.number], asked)
    assert point.values == {"AVG": 2.5, "P50.0": 2.5}


@pytest.fixture
def three(world: World) -> World:
    """Three traces, the third of which failed."""
    add(world, 1, name="ask", cost=0.5, tokens=10, color="red")
    add(world, 2, name="ask", cost=0.25, tokens=20, color="white")
    add(world, 3, name="tell", cost=1.0, tokens=60, color="red")
    return world


def figures(world: World, question: Question, who: str = "alice") -> list[tuple[str, ...]]:
    """Return each group as its dimensions and its figures, in short."""
    points = measure_traces(world.caller(who), [world.number], question)
    return [
        (*point.dimensions.values(), *(f"{name}={value:g}" for name, value in point.values.items()))
        for point in points
    ]


@pytest.mark.parametrize(
    "question, expected",
    [
        (COUNTED, [("COUNT=3",)]),
        (
            replace(COUNTED, dimensions=["trace_name", "trace_status"]),
            [("ask", "OK", "COUNT=2"), ("tell", "ERROR", "COUNT=1")],
        ),
        (replace(COUNTED, filters=[OK]), [("COUNT=2",)]),
        (replace(COUNTED, filters=[OK, RED]), [("COUNT=1",)]),
        (replace(COUNTED, earliest=2 * HOUR, latest=3 * HOUR - 1), [("COUNT=1",)]),
        (replace(COUNTED, max_points=1, dimensions=["trace_name"]), [("ask", "COUNT=2")]),
        (Question(View.TRACES, "session_count", [COUNT]), [("COUNT=2",)]),
        (
            Question(View.TRACES, "latency", [AVG, MEDIAN, Aggregation(Aggregate.MAX)]),
            [("AVG=2000", "P50.0=2000", "MAX=3000")],
        ),
        (
            Question(View.TRACES, "total_tokens", [SUM, replace(MEDIAN, percent=75.0)]),
            [("SUM=90", "P75.0=40")],
        ),
        (Question(View.TRACES, "output_tokens", [SUM, MEDIAN]), []),
        (
            Question(View.TRACES, "input_tokens", [SUM], ["trace_name"]),
            [("ask", "SUM=30"), ("tell", "SUM=60")],
        ),
        (
            Question(View.SPANS, "span_count", [COUNT], ["span_type", "span_model_name"]),
            [("LLM", "model-0", "COUNT=1"), ("LLM", "model-1", "COUNT=2")],
        ),
        (
            Question(View.SPANS, "latency", [AVG], filters=[Equal(Subject.SPAN, "name", "ask")]),
            [("AVG=1500",)],
        ),
        (
            Question(View.SPANS, "total_cost", [SUM], ["span_model_name"]),
            [("model-0", "SUM=0.25"), ("model-1", "SUM=1.5")],
        ),
    ],
)
def test_figures(three: World, question: Question, expected: list[tuple[str, ...]]) -> None:
    assert figures(three, question) == expected


def test_figures_over_time_come_in_its_order(three: World) -> None:
    question = replace(COUNTED, bucket=7200, earliest=0, latest=9 * HOUR)
    assert figures(three, question) == [
        ("1970-01-01T00:00:00+00:00", "COUNT=1"),
        ("1970-01-01T02:00:00+00:00", "COUNT=2"),
    ]


def test_assessments_are_measured_as_far_as_they_count(three: World) -> None:
    first = assess(three, 1, value=False)
    assess(three, 1, value=True, overrides=first)
    assess(three, 2, "Yes")
    assess(three, 3, 4)
    assess(three, 3, "no idea")
    value = Question(View.ASSESSMENTS, "assessment_value", [AVG], ["assessment_name"])
    assert figures(three, value) == [("good", "AVG=2")]
    count = Question(View.ASSESSMENTS, "assessment_count", [COUNT])
    assert figures(three, count) == [("COUNT=4",)]
    feedback = replace(count, filters=[Equal(Subject.ASSESSMENT, "kind", "expectation")])
    assert figures(three, feedback) == [("COUNT=0",)]
    by_value = replace(count, dimensions=["assessment_value"])
    assert ("true", "COUNT=1") in figures(three, by_value)


def test_figures_are_of_what_one_may_read(three: World) -> None:
    assert figures(three, COUNTED, "bob") == [("COUNT=3",)]
    assert figures(three, COUNTED, "charlie") == []


@pytest.mark.parametrize(
    "question, field",
    [
        (replace(COUNTED, metric="beauty"), "metric_name"),
        (replace(COUNTED, aggregations=[SUM]), "aggregations"),
        (replace(COUNTED, aggregations=[]), "aggregations"),
        (replace(COUNTED, dimensions=["span_name"]), "dimensions"),
        (replace(COUNTED, bucket=60, earliest=0), "time_interval_seconds"),
        (replace(COUNTED, bucket=-1, earliest=0, latest=1), "time_interval_seconds"),
        (replace(COUNTED, max_points=1001), "max_results"),
        (replace(COUNTED, filters=[Equal(Subject.SPAN, "name", "a")]), "filters"),
    ],
)
def test_what_cannot_be_measured_is_refused(world: World, question: Question, field: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        measure_traces(world.caller(), [world.number], question)
    assert caught.value.field == field


def test_how_two_filters_go_together(three: World) -> None:
    found = correlate(three.caller(), [three.number], [RED], [OK])
    assert found == Correlation(first=2, second=2, both=1, total=3)
    assert found.npmi == pytest.approx(math.log(3 / 4) / math.log(3))
    based = correlate(three.caller("bob"), [three.number], [RED], [OK], [OK])
    assert based == Correlation(first=1, second=2, both=1, total=2)
    hidden = correlate(three.caller("charlie"), [three.number], [RED], [OK])
    assert hidden == Correlation(0, 0, 0, 0)


@pytest.mark.parametrize(
    "correlation",
    [
        Correlation(0, 0, 0, 0),
        Correlation(0, 5, 0, 10),
        Correlation(5, 5, 0, 10),
        Correlation(10, 10, 10, 10),
        Correlation(5, 5, 5, 10),
        Correlation(3, 9, 3, 9),
        Correlation(20, 15, 10, 100),
    ],
)
def test_mutual_information_is_what_mlflow_makes_of_the_counts(correlation: Correlation) -> None:
    theirs = calculate_npmi_from_counts(
        correlation.both, correlation.first, correlation.second, correlation.total
    )
    assert correlation.npmi == pytest.approx(theirs.npmi, nan_ok=True)
    assert correlation.smoothed == pytest.approx(theirs.npmi_smoothed, nan_ok=True)
