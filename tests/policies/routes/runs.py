"""Runs and their metrics."""

from tests.policies.routes.row import A2, Row

_TAG = {"key": "color", "value": "blue"}
_RUN = {"run_id": "{run}"}
_MODEL = '{{"artifact_path": "m", "flavors": {{}}, "utc_time_created": "t", "run_id": "r"}}'
_EXP = {"experiment_id": "{exp}"}

_QUERY = """
mutation Q {{ mlflowSearchRuns(input: {{experimentIds: ["{exp}"]}}) {{
  apiError {{ code }} runs {{ info {{ runId }} experiment {{ name }} modelVersions {{ name }} }}
}} }}"""

ROWS: list[Row] = [
    ("POST", "/graphql", {"query": _QUERY}, "401 401 200 200 200 200"),
    ("POST", f"{A2}/runs/create", _EXP, "401 401 404 403 200 403"),
    ("GET", f"{A2}/runs/get?run_id={{run}}", None, "401 401 404 200 200 200"),
    ("POST", f"{A2}/runs/update", _RUN | {"status": "FINISHED"}, "401 401 404 403 200 403"),
    ("POST", f"{A2}/runs/search", {"experiment_ids": ["{exp}"]}, "401 401 200 200 200 200"),
    ("POST", f"{A2}/runs/log-batch", _RUN, "401 401 404 403 200 403"),
    (
        "POST",
        f"{A2}/runs/log-metric",
        _RUN | {"key": "a", "value": 1, "timestamp": 1},
        "401 401 404 403 200 403",
    ),
    (
        "POST",
        f"{A2}/runs/log-parameter",
        _RUN | {"key": "p", "value": "1"},
        "401 401 404 403 200 403",
    ),
    ("POST", f"{A2}/runs/set-tag", _RUN | _TAG, "401 401 404 403 200 403"),
    ("POST", f"{A2}/runs/delete-tag", _RUN | {"key": "color"}, "401 401 404 403 200 403"),
    ("POST", f"{A2}/runs/log-inputs", _RUN | {"datasets": []}, "401 401 404 403 200 403"),
    ("POST", f"{A2}/runs/log-model", _RUN | {"model_json": _MODEL}, "401 401 404 403 200 403"),
    ("POST", f"{A2}/runs/outputs", _RUN | {"models": []}, "401 401 404 403 200 403"),
    ("POST", f"{A2}/runs/delete", _RUN, "401 401 404 403 200 200"),
    ("POST", f"{A2}/runs/restore", {"run_id": "{dead}"}, "401 401 404 403 200 200"),
    (
        "GET",
        f"{A2}/metrics/get-history?run_id={{run}}&metric_key=loss",
        None,
        "401 401 404 200 200 200",
    ),
    (
        "GET",
        f"{A2}/metrics/get-history-bulk?run_id={{run}}&metric_key=loss",
        None,
        "401 401 404 200 200 200",
    ),
    (
        "GET",
        f"{A2}/metrics/get-history-bulk-interval?run_ids={{run}}&metric_key=loss",
        None,
        "401 401 404 200 200 200",
    ),
]
