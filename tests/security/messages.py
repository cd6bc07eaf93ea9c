"""A whole message for each of MLflow's endpoints that change or search, every field of it filled.

Each is what ``alice`` could send, or where it is said ``root``; names in braces are the house's.
"""

from typing import Any

from tests.policies.routes.row import A2, A3
from tests.security import messages_evaluation, messages_webhooks

Endpoint = tuple[str, str, dict[str, Any]]

_MODEL = {"name": "{model}"}
_VERSION = {"name": "{model}", "version": "1"}
_TAG = {"key": "shade", "value": "blue"}
_RUN = {"run_id": "{run}"}
_TOLD_MODEL = '{{"artifact_path": "m", "flavors": {{}}, "utc_time_created": "t", "run_id": "r"}}'
_EXP = {"experiment_id": "{exp}"}
_METRIC = {
    "key": "m",
    "value": 0.5,
    "timestamp": 7,
    "step": 2,
    "model_id": "{lm}",
    "dataset_name": "wine",
    "dataset_digest": "d1",
}
_DATASET = {
    "name": "wine",
    "digest": "d1",
    "source_type": "local",
    "source": "wine.csv",
    "schema": "s",
    "profile": "p",
}
_PLACE = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": _EXP}
_TRACE = f"{A3}/traces/{{trace}}"
_ASSESSMENT = {
    "assessment_name": "a",
    "feedback": {"error": {"error_code": "e", "error_message": "m", "stack_trace": "s"}},
    "rationale": "r",
    "metadata": {"judge": "j"},
}
_INFO = {
    "trace_id": "tr-2",
    "client_request_id": "c",
    "trace_location": _PLACE,
    "request_preview": "p",
    "response_preview": "p",
    "request_time": "2026-01-01T00:00:00.5Z",
    "execution_duration": "1.5s",
    "state": "OK",
    "trace_metadata": {"mlflow.user": "u"},
    "tags": {"shade": "blue"},
}

MESSAGES: list[Endpoint] = [
    (
        "POST",
        f"{A2}/experiments/create",
        {"name": "ml.prod.x", "artifact_location": "", "tags": [_TAG]},
    ),
    ("POST", f"{A2}/experiments/update", _EXP | {"new_name": "ml.prod.y"}),
    ("POST", f"{A2}/experiments/set-experiment-tag", _EXP | _TAG),
    ("POST", f"{A2}/experiments/delete-experiment-tag", _EXP | {"key": "color"}),
    ("POST", f"{A2}/experiments/delete", _EXP),
    ("POST", f"{A2}/experiments/restore", {"experiment_id": "{old}"}),
    (
        "POST",
        f"{A2}/runs/create",
        _EXP | {"user_id": "u", "run_name": "r", "start_time": 5, "tags": [_TAG]},
    ),
    ("POST", f"{A2}/runs/update", _RUN | {"status": "FINISHED", "end_time": 9, "run_name": "r"}),
    ("POST", f"{A2}/runs/log-metric", _RUN | _METRIC),
    ("POST", f"{A2}/runs/log-parameter", _RUN | {"key": "p", "value": "1"}),
    (
        "POST",
        f"{A2}/runs/log-batch",
        _RUN | {"metrics": [_METRIC], "params": [{"key": "q", "value": "1"}], "tags": [_TAG]},
    ),
    ("POST", f"{A2}/runs/set-tag", _RUN | _TAG),
    ("POST", f"{A2}/runs/delete-tag", _RUN | {"key": "color"}),
    (
        "POST",
        f"{A2}/runs/log-inputs",
        _RUN
        | {
            "datasets": [
                {"tags": [_TAG], "dataset": _DATASET},
                {"tags": [], "dataset": _DATASET | {"name": "ml.prod.fresh"}},
            ],
            "models": [{"model_id": "{lm}"}],
        },
    ),
    ("POST", f"{A2}/runs/log-model", _RUN | {"model_json": _TOLD_MODEL}),
    ("POST", f"{A2}/runs/outputs", _RUN | {"models": [{"model_id": "{lm}", "step": 1}]}),
    ("POST", f"{A2}/runs/delete", _RUN),
    ("POST", f"{A2}/runs/restore", {"run_id": "{dead}"}),
    (
        "POST",
        f"{A2}/logged-models",
        _EXP
        | {
            "name": "n",
            "model_type": "t",
            "source_run_id": "{run}",
            "params": [{"key": "k", "value": "v"}],
            "tags": [_TAG],
        },
    ),
    ("PATCH", f"{A2}/logged-models/{{lm}}", {"status": "LOGGED_MODEL_READY"}),
    ("PATCH", f"{A2}/logged-models/{{lm}}/tags", {"tags": [_TAG]}),
    ("POST", f"{A2}/logged-models/{{lm}}/params", {"params": [{"key": "k", "value": "v"}]}),
    ("POST", f"{A3}/traces", {"trace": {"trace_info": _INFO}}),
    (
        "POST",
        f"{A2}/traces",
        _EXP | {"timestamp_ms": 5, "request_metadata": [_TAG], "tags": [_TAG]},
    ),
    (
        "PATCH",
        f"{A2}/traces/{{trace}}",
        {
            "timestamp_ms": 4_000_000_000_000,
            "status": "OK",
            "request_metadata": [_TAG],
            "tags": [_TAG],
        },
    ),
    (
        "POST",
        f"{A3}/issues",
        _EXP
        | {
            "name": "slow",
            "description": "too slow",
            "status": "pending",
            "severity": "high",
            "root_causes": ["load"],
            "categories": ["speed"],
            "source_run_id": "{run}",
        },
    ),
    (
        "PATCH",
        f"{A3}/issues/{{issue}}",
        {"name": "slow", "description": "slower", "status": "resolved", "severity": "low"},
    ),
    (
        "POST",
        f"{A3}/issues/search",
        _EXP
        | {
            "filter_string": "status = 'pending'",
            "max_results": 5,
            "page_token": "",
            "include_trace_count": True,
        },
    ),
    ("POST", f"{A2}/traces/link-to-run", _RUN | {"trace_ids": ["{trace}"]}),
    (
        "POST",
        f"{A2}/traces/link-prompts",
        {"trace_id": "{trace}", "prompt_versions": [{"name": "p", "version": "1"}]},
    ),
    *(
        endpoint
        for version in (A2, A3)
        for endpoint in (
            ("POST", f"{version}/traces/delete-traces", _EXP | {"request_ids": ["{trace}"]}),
            ("PATCH", f"{version}/traces/{{trace}}/tags", _TAG),
            ("DELETE", f"{version}/traces/{{trace}}/tags", {"key": "color"}),
        )
    ),
    (
        "POST",
        f"{_TRACE}/assessments",
        {
            "assessment": _ASSESSMENT
            | {
                "span_id": "1",
                "source": {"source_type": "HUMAN", "source_id": "ann"},
                "create_time": "2026-01-01T00:00:00Z",
                "overrides": "{feedback}",
            }
        },
    ),
    (
        "PATCH",
        f"{_TRACE}/assessments/{{feedback}}",
        {
            "assessment": _ASSESSMENT | {"valid": True},
            "update_mask": "assessment_name,feedback,rationale,metadata,valid",
        },
    ),
    (
        "POST",
        f"{A2}/registered-models/create",
        {"name": "ml.prod.z", "description": "d", "tags": [_TAG]},
    ),
    ("PATCH", f"{A2}/registered-models/update", _MODEL | {"description": "d"}),
    ("POST", f"{A2}/registered-models/rename", _MODEL | {"new_name": "ml.prod.vine"}),
    ("POST", f"{A2}/registered-models/set-tag", _MODEL | _TAG),
    ("DELETE", f"{A2}/registered-models/delete-tag", _MODEL | {"key": "color"}),
    ("POST", f"{A2}/registered-models/alias", _VERSION | {"alias": "fresh"}),
    ("DELETE", f"{A2}/registered-models/alias", _MODEL | {"alias": "champion"}),
    ("DELETE", f"{A2}/registered-models/delete", _MODEL),
    (
        "POST",
        f"{A2}/model-versions/create",
        _MODEL
        | {
            "source": "runs:/{run}/model",
            "run_id": "{run}",
            "run_link": "l",
            "tags": [_TAG],
            "description": "d",
            "model_id": "",
        },
    ),
    ("PATCH", f"{A2}/model-versions/update", _VERSION | {"description": "d"}),
    ("POST", f"{A2}/model-versions/set-tag", _VERSION | _TAG),
    ("DELETE", f"{A2}/model-versions/delete-tag", _VERSION | {"key": "color"}),
    (
        "POST",
        f"{A2}/model-versions/transition-stage",
        _VERSION | {"stage": "Production", "archive_existing_versions": False},
    ),
    ("DELETE", f"{A2}/model-versions/delete", _VERSION),
    *messages_evaluation.MESSAGES,
]
"""What changes something."""

SEARCHES: list[Endpoint] = [
    (
        "POST",
        f"{A2}/experiments/search",
        {
            "max_results": 5,
            "page_token": "",
            "filter": "name = 'a'",
            "order_by": ["name"],
            "view_type": "ALL",
        },
    ),
    ("POST", f"{A2}/experiments/search-datasets", {"experiment_ids": ["{exp}"]}),
    (
        "POST",
        f"{A2}/runs/search",
        {
            "experiment_ids": ["{exp}"],
            "filter": "metrics.loss < 1",
            "run_view_type": "ALL",
            "max_results": 5,
            "order_by": ["metrics.loss"],
            "page_token": "",
        },
    ),
    (
        "POST",
        f"{A2}/logged-models/search",
        {
            "experiment_ids": ["{exp}"],
            "filter": "name = 'a'",
            "datasets": [{"dataset_name": "wine", "dataset_digest": "d1"}],
            "max_results": 5,
            "order_by": [{"field_name": "name", "ascending": True}],
            "page_token": "",
        },
    ),
    (
        "POST",
        f"{A3}/traces/search",
        {
            "locations": [_PLACE],
            "filter": "status = 'OK'",
            "max_results": 5,
            "order_by": ["timestamp"],
            "page_token": "",
        },
    ),
    (
        "POST",
        f"{A3}/traces/metrics",
        {
            "experiment_ids": ["{exp}"],
            "view_type": "TRACES",
            "metric_name": "latency",
            "aggregations": [{"aggregation_type": "PERCENTILE", "percentile_value": 50.5}],
            "dimensions": ["trace_name"],
            "filters": ["trace.tag.color = 'red'"],
            "time_interval_seconds": 60,
            "start_time_ms": 1,
            "end_time_ms": 9,
            "max_results": 5,
        },
    ),
    (
        "POST",
        f"{A3}/traces/calculate-filter-correlation",
        {
            "experiment_ids": ["{exp}"],
            "filter_string1": "status = 'OK'",
            "filter_string2": "tags.color = 'red'",
            "base_filter": "name = 'a'",
        },
    ),
    (
        "POST",
        f"{A3}/traces/batchGetInfos",
        {"trace_ids": ["{trace}"], "experiment_ids": ["{exp}"]},
    ),
    ("POST", f"{A2}/registered-models/get-latest-versions", _MODEL | {"stages": ["None"]}),
    (
        "POST",
        "/graphql",
        {
            "query": 'query Q {{ mlflowGetRun(input: {{runId: "{run}"}}) {{ apiError {{code}} }}}}',
            "variables": {},
            "operationName": "Q",
        },
    ),
    *messages_evaluation.SEARCHES,
]
"""What only reads, although it is a POST."""

BY_ROOT: list[Endpoint] = [
    (
        "POST",
        f"{A3}/workspaces",
        {"name": "lab", "description": "d", "default_artifact_root": ""},
    ),
    (
        "PATCH",
        f"{A3}/workspaces/default",
        {"description": "d", "default_artifact_root": ""},
    ),
    *messages_webhooks.BY_ROOT,
]

# Their messages have no field at all: what is sent along is not even read.
WITHOUT_MESSAGE = {
    ("DELETE", f"{A2}/logged-models/{{lm}}"),
    ("DELETE", f"{A2}/logged-models/{{lm}}/tags/color"),
    ("DELETE", f"{_TRACE}/assessments/{{feedback}}"),
    ("DELETE", f"{A3}/workspaces/default"),
    ("DELETE", f"{A3}/workspaces/spare"),
    ("DELETE", f"{A2}/workspaces/spare"),
    *messages_evaluation.WITHOUT_MESSAGE,
    *messages_webhooks.WITHOUT_MESSAGE,
}
