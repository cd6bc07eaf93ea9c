"""Who may what: each endpoint of the protocol, a message that is right, and the status for each.

In messages ``{name}`` stands for what was there before, made by alice in ``ml.prod``.
"""

from typing import Any, NamedTuple


class Expected(NamedTuple):
    """The status for nobody, a stranger, a reader through a group, the owner, a disabled user."""

    anonymous: int
    stranger: int
    reader: int
    owner: int
    disabled: int


class Row(NamedTuple):
    """An endpoint as ``METHOD rule`` below ``/api``, and what is expected of it."""

    endpoint: str
    message: dict[str, Any]
    expected: Expected


OPEN = Expected(200, 200, 200, 200, 200)
EVERYBODY = Expected(401, 200, 200, 200, 401)
READS = Expected(401, 404, 200, 200, 401)
WRITES = Expected(401, 404, 403, 200, 401)
UNSERVED = Expected(401, 404, 404, 404, 401)
ELSEWHERE = Expected(401, 501, 501, 501, 401)
ADMINISTRATORS = Expected(401, 403, 403, 403, 401)
MEMBERS = Expected(401, 404, 404, 200, 401)

_EXPERIMENT = {"experiment_id": "{experiment}"}
_RUN = {"run_id": "{run}"}
_TAG = {"key": "team", "value": "red"}
_MODEL = {"name": "{name}"}
_VERSION = {"name": "{name}", "version": "1"}
_POINT = {"key": "loss", "value": 1, "timestamp": 1}
_E, _R, _L = "2.0/mlflow/experiments", "2.0/mlflow/runs", "2.0/mlflow/logged-models"
_M, _V = "2.0/mlflow/registered-models", "2.0/mlflow/model-versions"
_PROXY, _PROXY_PATH = "2.0/mlflow-artifacts", {"path": "{root}/file"}
_T, _TRACE = "3.0/mlflow/traces", {"trace_id": "{trace}"}
_PLACE = {
    "type": "MLFLOW_EXPERIMENT",
    "mlflow_experiment": {"experiment_id": "{experiment}"},
}
_ASSESSMENT = {"trace_id": "{trace}", "assessment_id": "{assessment}"}
_FEEDBACK = {"assessment_name": "good", "feedback": {"value": False}}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

ROWS = (
    Row(f"POST {_E}/create", {"name": "ml.prod.new"}, WRITES),
    Row(f"GET {_E}/get", _EXPERIMENT, READS),
    Row(f"GET {_E}/get-by-name", {"experiment_name": "ml.prod.wine"}, READS),
    Row(f"GET {_E}/search", {"max_results": 5}, EVERYBODY),
    Row(f"POST {_E}/search", {}, EVERYBODY),
    Row(f"POST {_E}/update", {**_EXPERIMENT, "new_name": "ml.prod.other"}, WRITES),
    Row(f"POST {_E}/delete", _EXPERIMENT, WRITES),
    Row(f"POST {_E}/restore", {"experiment_id": "{deleted_experiment}"}, WRITES),
    Row(f"POST {_E}/set-experiment-tag", {**_EXPERIMENT, **_TAG}, WRITES),
    Row(f"POST {_E}/delete-experiment-tag", {**_EXPERIMENT, "key": "old"}, WRITES),
    Row(f"POST {_R}/create", _EXPERIMENT, WRITES),
    Row(f"GET {_R}/get", _RUN, READS),
    Row(f"POST {_R}/update", {**_RUN, "status": "FINISHED"}, WRITES),
    Row(f"POST {_R}/delete", _RUN, WRITES),
    Row(f"POST {_R}/restore", {"run_id": "{deleted_run}"}, WRITES),
    Row(f"POST {_R}/search", {"experiment_ids": ["0"]}, EVERYBODY),
    Row(f"POST {_R}/log-metric", {**_RUN, **_POINT}, WRITES),
    Row(f"POST {_R}/log-parameter", {**_RUN, **_TAG}, WRITES),
    Row(f"POST {_R}/log-batch", {**_RUN, "tags": [_TAG]}, WRITES),
    Row(f"POST {_R}/log-inputs", {**_RUN, "models": []}, WRITES),
    Row(f"POST {_R}/outputs", {**_RUN, "models": []}, WRITES),
    Row(f"POST {_R}/set-tag", {**_RUN, **_TAG}, WRITES),
    Row(f"POST {_R}/delete-tag", {**_RUN, "key": "old"}, WRITES),
    Row("GET 2.0/mlflow/metrics/get-history", {**_RUN, "metric_key": "loss"}, READS),
    Row("GET 2.0/mlflow/metrics/get-history-bulk", {**_RUN, "metric_key": "loss"}, READS),
    Row("GET 2.0/mlflow/artifacts/list", _RUN, READS),
    Row("POST 2.0/mlflow/artifacts/presigned-upload-url", {}, ELSEWHERE),
    Row("POST 2.0/mlflow/artifacts/presigned-download-url", {}, ELSEWHERE),
    Row(f"GET {_PROXY}/artifacts", {"path": "{root}"}, READS),
    Row(f"GET {_PROXY}/artifacts/<path:path>", _PROXY_PATH, READS),
    Row(f"PUT {_PROXY}/artifacts/<path:path>", _PROXY_PATH, WRITES),
    Row(f"DELETE {_PROXY}/artifacts/<path:path>", _PROXY_PATH, WRITES),
    Row(
        f"POST {_PROXY}/mpu/<any(create, complete, abort):_step>/<path:path>",
        {"_step": "create", **_PROXY_PATH},
        ELSEWHERE,
    ),
    Row(f"GET {_PROXY}/presigned/<path:path>", _PROXY_PATH, ELSEWHERE),
    Row(f"POST {_L}", {**_EXPERIMENT, "name": "tree"}, WRITES),
    Row(f"POST {_L}/search", {"experiment_ids": ["0"]}, EVERYBODY),
    Row(f"GET {_L}/<model_id>", {"model_id": "{logged_model}"}, READS),
    Row(
        f"PATCH {_L}/<model_id>",
        {"model_id": "{logged_model}", "status": "LOGGED_MODEL_READY"},
        WRITES,
    ),
    Row(f"DELETE {_L}/<model_id>", {"model_id": "{logged_model}"}, WRITES),
    Row(f"PATCH {_L}/<model_id>/tags", {"model_id": "{logged_model}", "tags": [_TAG]}, WRITES),
    Row(
        f"DELETE {_L}/<model_id>/tags/<path:name>",
        {"model_id": "{logged_model}", "name": "old"},
        WRITES,
    ),
    Row(f"POST {_L}/<model_id>/params", {"model_id": "{logged_model}", "params": []}, WRITES),
    Row(f"GET {_L}/<model_id>/artifacts/directories", {"model_id": "{logged_model}"}, READS),
    Row(
        f"GET {_L}/<model_id>/artifacts/files",
        {"model_id": "{logged_model}", "artifact_file_path": "file"},
        READS,
    ),
    Row(
        f"POST {_T}",
        {"trace": {"trace_info": {**_TRACE, "trace_location": _PLACE}}},
        WRITES,
    ),
    Row(f"GET {_T}/<trace_id>", _TRACE, READS),
    Row(f"GET {_T}/get", _TRACE, READS),
    Row(f"GET {_T}/batchGet", {"trace_ids": "{trace}"}, EVERYBODY),
    Row(f"POST {_T}/batchGetInfos", {"trace_ids": ["tr-1"]}, EVERYBODY),
    Row(f"POST {_T}/search", {"locations": [_PLACE]}, EVERYBODY),
    Row(f"POST {_T}/<trace_id>/assessments", {**_TRACE, "assessment": _FEEDBACK}, WRITES),
    Row(f"GET {_T}/<trace_id>/assessments/<assessment_id>", _ASSESSMENT, READS),
    Row(
        f"PATCH {_T}/<trace_id>/assessments/<assessment_id>",
        {**_ASSESSMENT, "assessment": _FEEDBACK, "update_mask": "feedback"},
        WRITES,
    ),
    Row(f"DELETE {_T}/<trace_id>/assessments/<assessment_id>", _ASSESSMENT, WRITES),
    Row("POST 2.0/mlflow/traces/link-to-run", {**_RUN, "trace_ids": ["{trace}"]}, WRITES),
    *(
        row
        for version in ("2.0", "3.0")
        for row in (
            Row(f"PATCH {version}/mlflow/traces/<trace_id>/tags", {**_TRACE, **_TAG}, WRITES),
            Row(
                f"DELETE {version}/mlflow/traces/<trace_id>/tags",
                {**_TRACE, "key": "old"},
                WRITES,
            ),
            Row(
                f"POST {version}/mlflow/traces/delete-traces",
                {**_EXPERIMENT, "request_ids": ["tr-1"]},
                WRITES,
            ),
        )
    ),
    Row(f"POST {_M}/create", {"name": "ml.prod.new"}, WRITES),
    Row(f"GET {_M}/get", _MODEL, READS),
    Row(f"GET {_M}/search", {}, EVERYBODY),
    Row(f"PATCH {_M}/update", {**_MODEL, "description": "x"}, WRITES),
    Row(f"POST {_M}/rename", {**_MODEL, "new_name": "ml.prod.other"}, WRITES),
    Row(f"DELETE {_M}/delete", _MODEL, WRITES),
    Row(f"POST {_M}/set-tag", {**_MODEL, **_TAG}, WRITES),
    Row(f"DELETE {_M}/delete-tag", {**_MODEL, "key": "old"}, WRITES),
    Row(f"POST {_M}/alias", {**_VERSION, "alias": "new"}, WRITES),
    Row(f"GET {_M}/alias", {**_MODEL, "alias": "champion"}, READS),
    Row(f"DELETE {_M}/alias", {**_MODEL, "alias": "champion"}, WRITES),
    Row(f"GET {_M}/get-latest-versions", _MODEL, READS),
    Row(f"POST {_M}/get-latest-versions", _MODEL, READS),
    Row(f"POST {_V}/create", {**_MODEL, "source": "runs:/{run}/model"}, WRITES),
    Row(f"GET {_V}/get", _VERSION, READS),
    Row(f"GET {_V}/get-download-uri", _VERSION, READS),
    Row(f"GET {_V}/search", {}, EVERYBODY),
    Row(f"PATCH {_V}/update", {**_VERSION, "description": "x"}, WRITES),
    Row(f"POST {_V}/transition-stage", {**_VERSION, "stage": "Staging"}, WRITES),
    Row(f"POST {_V}/set-tag", {**_VERSION, **_TAG}, WRITES),
    Row(f"DELETE {_V}/delete-tag", {**_VERSION, "key": "old"}, WRITES),
    Row(f"DELETE {_V}/delete", _VERSION, WRITES),
    Row("GET 3.0/mlflow/server-info", {}, OPEN),
    Row("GET 3.0/mlflow/workspaces", {}, EVERYBODY),
    Row("POST 3.0/mlflow/workspaces", {"name": "team"}, ADMINISTRATORS),
    Row("GET 3.0/mlflow/workspaces/<name>", {"name": "default"}, MEMBERS),
    Row(
        "PATCH 3.0/mlflow/workspaces/<name>",
        {"name": "default", "description": "x"},
        ADMINISTRATORS,
    ),
    Row("DELETE 3.0/mlflow/workspaces/<name>", {"name": "default"}, ADMINISTRATORS),
    *(
        Row(f"{method} {service}/<path:path>", {"path": "guess"}, UNSERVED)
        for method in _METHODS
        for service in ("2.0/mlflow", "3.0/mlflow", _PROXY)
    ),
)

ROOT_ROWS = (
    Row("GET /version", {}, OPEN),
    Row("GET /get-artifact", {**_RUN, "path": "file"}, READS),
    Row("GET /model-versions/get-artifact", {**_VERSION, "path": "MLmodel"}, READS),
)
"""Endpoints that are not below ``/api``."""
