"""Lists of more than a statement takes: refused by name, never as an outage to be tried again."""

from typing import Any

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import API, TRACES, create_experiment, refusal

V3 = "/api/3.0/mlflow"
IDS = [str(number) for number in range(1, 10_002)]
MEAN = {"aggregation_type": "AVG"}
FIGURES = {"view_type": "TRACES", "metric_name": "latency", "experiment_ids": ["1"]}
FILTERS = {"filter_string1": "status = 'OK'", "filter_string2": "status = 'OK'"}


@pytest.mark.parametrize(
    "path, message, field",
    [
        (f"{API}/runs/search", {"experiment_ids": IDS}, "experiment_ids"),
        (f"{API}/logged-models/search", {"experiment_ids": IDS}, "experiment_ids"),
        (f"{V3}/datasets/search", {"experiment_ids": IDS}, "experiment_ids"),
        (
            f"{TRACES}/batchGetInfos",
            {"trace_ids": ["tr-1"], "experiment_ids": IDS},
            "experiment_ids",
        ),
        (
            f"{TRACES}/metrics",
            {**FIGURES, "aggregations": [MEAN], "experiment_ids": IDS},
            "experiment_ids",
        ),
        (
            f"{TRACES}/calculate-filter-correlation",
            {**FILTERS, "experiment_ids": IDS},
            "experiment_ids",
        ),
        (
            f"{API}/logged-models/search",
            {"order_by": [{"field_name": f"metrics.m{number}"} for number in range(1000)]},
            "order_by",
        ),
        (
            f"{API}/logged-models/search",
            {"datasets": [{"dataset_name": f"d{number}"} for number in range(1000)]},
            "datasets",
        ),
        (
            f"{TRACES}/metrics",
            {
                **FIGURES,
                "aggregations": [
                    {"aggregation_type": "PERCENTILE", "percentile_value": number / 40}
                    for number in range(3000)
                ],
            },
            "aggregations",
        ),
        (
            f"{TRACES}/metrics",
            {
                **FIGURES,
                "aggregations": [MEAN],
                "filters": [f"trace.tag.t{number} = 'x'" for number in range(1000)],
            },
            "filters",
        ),
    ],
)
def test_a_list_that_is_too_long_is_refused_by_name(
    alice: Person, path: str, message: dict[str, Any], field: str
) -> None:
    given = {"experiment_ids": [create_experiment(alice)], **message}
    words = refusal(alice.post(path, **given), 400, "INVALID_PARAMETER_VALUE")
    assert field in words


@pytest.mark.parametrize(
    "path, message",
    [
        (
            f"{API}/runs/create",
            {"run_name": "x" * 300_000, "tags": [{"key": "mlflow.runName", "value": "y"}]},
        ),
        (
            f"{TRACES}/metrics",
            {
                **FIGURES,
                "aggregations": [MEAN],
                "dimensions": [f"d{number}" for number in range(50_000)],
            },
        ),
    ],
)
def test_a_refusal_does_not_send_all_back(
    alice: Person, path: str, message: dict[str, Any]
) -> None:
    number = create_experiment(alice)
    given = {**message, "experiment_id": number, "experiment_ids": [number]}
    words = refusal(alice.post(path, **given), 400, "INVALID_PARAMETER_VALUE")
    assert len(words) < 1000
