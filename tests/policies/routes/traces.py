"""Traces and assessments."""

from tests.policies.routes.row import A2, A3, Row

_TAG = {"key": "color", "value": "blue"}
_RUN = {"run_id": "{run}"}
_EXP = {"experiment_id": "{exp}"}
_TRACE = f"{A3}/traces/{{trace}}"
_PLACE = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": _EXP}
_FEEDBACK = {"assessment_name": "good", "feedback": {"value": False}}
_PROMPTS = {"trace_id": "{trace}", "prompt_versions": [{"name": "p", "version": "1"}]}
_FIGURES = {
    "experiment_ids": ["{exp}"],
    "view_type": "TRACES",
    "metric_name": "trace_count",
    "aggregations": [{"aggregation_type": "COUNT"}],
}
_FILTERS = {
    "experiment_ids": ["{exp}"],
    "filter_string1": "status = 'OK'",
    "filter_string2": "tags.color = 'red'",
}
_ISSUE = _EXP | {"name": "slow", "description": "too slow"}

ROWS: list[Row] = [
    ("POST", "/v1/traces", b"spans", "401 401 400 400 400 400"),
    (
        "POST",
        f"{A3}/traces",
        {"trace": {"trace_info": {"trace_id": "tr-1", "trace_location": _PLACE}}},
        "401 401 404 403 200 403",
    ),
    ("POST", f"{A2}/traces", _EXP | {"timestamp_ms": 5}, "401 401 404 403 200 403"),
    (
        "PATCH",
        f"{A2}/traces/{{trace}}",
        {"timestamp_ms": 4_000_000_000_000, "status": "OK"},
        "401 401 404 403 200 403",
    ),
    ("GET", f"{A2}/traces/{{trace}}/info", None, "401 401 404 200 200 403"),
    ("GET", f"{A2}/traces?experiment_ids={{exp}}", None, "401 401 200 200 200 200"),
    *(
        (
            "GET",
            f"{version}/get-trace-artifact?request_id={{trace}}",
            None,
            "401 401 404 200 200 403",
        )
        for version in (A2, A3)
    ),
    ("GET", _TRACE, None, "401 401 404 200 200 403"),
    ("GET", f"{A3}/traces/get?trace_id={{trace}}", None, "401 401 404 200 200 403"),
    ("GET", f"{A3}/traces/batchGet?trace_ids={{trace}}", None, "401 401 200 200 200 200"),
    (
        "POST",
        f"{A3}/traces/batchGetInfos",
        {"trace_ids": ["{trace}"]},
        "401 401 200 200 200 200",
    ),
    ("POST", f"{A3}/traces/metrics", _FIGURES, "401 401 200 200 200 200"),
    ("POST", f"{A3}/traces/calculate-filter-correlation", _FILTERS, "401 401 200 200 200 200"),
    ("POST", f"{A3}/traces/search", {"locations": [_PLACE]}, "401 401 200 200 200 200"),
    ("PATCH", f"{_TRACE}/tags", _TAG, "401 401 404 403 200 403"),
    ("PATCH", f"{A2}/traces/{{trace}}/tags", _TAG, "401 401 404 403 200 403"),
    ("DELETE", f"{_TRACE}/tags", {"key": "color"}, "401 401 404 403 200 403"),
    ("DELETE", f"{A2}/traces/{{trace}}/tags", {"key": "color"}, "401 401 404 403 200 403"),
    (
        "POST",
        f"{A2}/traces/link-to-run",
        _RUN | {"trace_ids": ["{trace}"]},
        "401 401 404 403 200 403",
    ),
    ("POST", f"{A3}/issues", _ISSUE, "401 401 404 403 200 403"),
    ("GET", f"{A3}/issues/{{issue}}", None, "401 401 404 200 200 403"),
    ("PATCH", f"{A3}/issues/{{issue}}", {"status": "resolved"}, "401 401 404 403 200 403"),
    ("POST", f"{A3}/issues/search", _EXP, "401 401 200 200 200 200"),
    ("POST", f"{A2}/traces/link-prompts", _PROMPTS, "401 401 404 403 200 403"),
    (
        "POST",
        f"{_TRACE}/assessments",
        {"assessment": _FEEDBACK},
        "401 401 404 403 200 403",
    ),
    ("GET", f"{_TRACE}/assessments/{{feedback}}", None, "401 401 404 200 200 403"),
    (
        "PATCH",
        f"{_TRACE}/assessments/{{feedback}}",
        {"assessment": _FEEDBACK, "update_mask": "feedback"},
        "401 401 404 403 200 403",
    ),
    ("DELETE", f"{_TRACE}/assessments/{{feedback}}", None, "401 401 404 403 200 403"),
    *(
        (
            "POST",
            f"{version}/traces/delete-traces",
            _EXP | {"request_ids": ["{trace}"]},
            "401 401 404 403 200 200",
        )
        for version in (A2, A3)
    ),
]
