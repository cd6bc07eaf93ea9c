"""Figures over traces as MLflow's pages ask for them."""

from typing import Any

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import TRACES, answer, create_experiment, refusal

METRICS = f"{TRACES}/metrics"


@pytest.fixture
def number(alice: Person) -> str:
    """An experiment with two traces, one of them red."""
    made = create_experiment(alice)
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": made}}
    for digit, tags in (("1", {"color": "red", "a.b": "c"}), ("2", {})):
        info = {
            "trace_id": f"tr-{digit * 32}",
            "trace_location": place,
            "request_time": "2026-01-01T00:00:00Z",
            "execution_duration": f"{digit}s",
            "state": "OK",
            "tags": tags,
            "trace_metadata": {"mlflow.trace.tokenUsage": '{"total_tokens": 7}'},
        }
        answer(alice.post(TRACES, trace={"trace_info": info}))
    return made


def ask(person: Person, number: str, **more: Any) -> Any:
    question = {"view_type": "TRACES", "metric_name": "trace_count", "experiment_ids": [number]}
    counted = {"aggregations": [{"aggregation_type": "COUNT"}]}
    return person.post(METRICS, **(question | counted | more))


@pytest.mark.parametrize(
    "filters, count",
    [
        ([], 2),
        (["trace.status = 'OK'"], 2),
        (['trace.status = "ERROR"'], 0),
        (["trace.tag.color = 'red'", "trace.tag.a.b = 'c'"], 1),
        (["trace.tag.`a.b` = 'c'"], 1),
        (["trace.metadata.mlflow.sourceRun = 'x'"], 0),
    ],
)
def test_traces_are_counted(alice: Person, number: str, filters: list[str], count: int) -> None:
    (point,) = answer(ask(alice, number, filters=filters))["data_points"]
    assert point == {
        "metric_name": "trace_count",
        "dimensions": {},
        "values": {"COUNT": float(count)},
    }


def test_figures_over_time(alice: Person, number: str) -> None:
    more = {
        "metric_name": "latency",
        "aggregations": [{"aggregation_type": "PERCENTILE", "percentile_value": 50}],
        "time_interval_seconds": 86_400,
        "start_time_ms": 0,
        "end_time_ms": 2 * 10**12,
    }
    (point,) = answer(ask(alice, number, **more))["data_points"]
    assert point["dimensions"] == {"time_bucket": "2026-01-01T00:00:00+00:00"}
    assert point["values"] == {"P50.0": 1500.0}


def test_tokens_that_the_client_counted_are_measured(alice: Person, number: str) -> None:
    more = {"metric_name": "total_tokens", "aggregations": [{"aggregation_type": "SUM"}]}
    (point,) = answer(ask(alice, number, **more))["data_points"]
    assert point["values"] == {"SUM": 14.0}


@pytest.mark.parametrize(
    "more, field",
    [
        ({"view_type": "SALES"}, "view_type"),
        ({"aggregations": [{"aggregation_type": "GUESS"}]}, "aggregations"),
        ({"aggregations": [{"aggregation_type": "PERCENTILE"}]}, "aggregations"),
        ({"aggregations": [{"aggregation_type": "COUNT", "percentile_value": 5}]}, "aggregations"),
        (
            {"aggregations": [{"aggregation_type": "PERCENTILE", "percentile_value": 101}]},
            "aggregations",
        ),
        ({"filters": ["trace.status != 'OK'"]}, "filters"),
        ({"filters": ["trace.status = 'OK' AND trace.status = 'OK'"]}, "filters"),
        ({"filters": ["trace.status = 5"]}, "filters"),
        ({"filters": ["trace.beauty = 'OK'"]}, "filters"),
        ({"filters": ["trace.tag = 'OK'"]}, "filters"),
        ({"filters": ["span.name = 'OK'"]}, "filters"),
        ({"max_results": 0}, "max_results"),
        (
            {"time_interval_seconds": 2**62, "start_time_ms": 0, "end_time_ms": 2**62},
            "time_interval_seconds",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(
    alice: Person, number: str, more: dict[str, Any], field: str
) -> None:
    assert field in refusal(ask(alice, number, **more), 400, "INVALID_PARAMETER_VALUE")


def test_how_two_filters_go_together(alice: Person, bob: Person, number: str) -> None:
    message = {
        "experiment_ids": [number],
        "filter_string1": "tags.color = 'red'",
        "filter_string2": "status = 'ERROR'",
    }
    path = f"{TRACES}/calculate-filter-correlation"
    assert answer(bob.post(path, **message)) == {
        "npmi": "NaN",
        "npmi_smoothed": "NaN",
        "filter1_count": 1,
        "filter2_count": 0,
        "joint_count": 0,
        "total_count": 2,
    }


def test_a_stranger_measures_nothing(charlie: Person, number: str) -> None:
    assert answer(ask(charlie, number)) == {}
