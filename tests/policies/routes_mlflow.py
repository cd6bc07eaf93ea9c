"""What each of MLflow's endpoints answers to whom; see ``test_every_route_is_covered``.

The columns: anonymous, disabled user, stranger, reader, owner, administrator. A path below ``/api``
stands for its twin below ``/ajax-api`` as well.
"""

from typing import Any

A2 = "/api/2.0/mlflow"
A3 = "/api/3.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"

Row = tuple[str, str, Any, str]
"""Method, path, JSON body (or bytes), and the six answers."""

_MODEL = {"name": "{model}"}
_VERSION = {"name": "{model}", "version": "1"}
_TAG = {"key": "color", "value": "blue"}
_RUN = {"run_id": "{run}"}
_EXP = {"experiment_id": "{exp}"}

_TRACE = f"{A3}/traces/{{trace}}"
_PLACE = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": _EXP}
_FEEDBACK = {"assessment_name": "good", "feedback": {"value": False}}

ROWS: list[Row] = [
    ("GET", "/version", None, "200 200 200 200 200 200"),
    ("GET", f"{A3}/server-info", None, "200 200 200 200 200 200"),
    # experiments
    ("POST", f"{A2}/experiments/create", {"name": "ml.prod.new"}, "401 401 404 403 200 403"),
    ("GET", f"{A2}/experiments/get?experiment_id={{exp}}", None, "401 401 404 200 200 200"),
    (
        "GET",
        f"{A2}/experiments/get-by-name?experiment_name=ml.prod.tasting",
        None,
        "401 401 404 200 200 200",
    ),
    ("POST", f"{A2}/experiments/search", {"max_results": 5}, "401 401 200 200 200 200"),
    ("GET", f"{A2}/experiments/search?max_results=5", None, "401 401 200 200 200 200"),
    (
        "POST",
        f"{A2}/experiments/update",
        _EXP | {"new_name": "ml.prod.renamed"},
        "401 401 404 403 200 200",
    ),
    ("POST", f"{A2}/experiments/set-experiment-tag", _EXP | _TAG, "401 401 404 403 200 200"),
    (
        "POST",
        f"{A2}/experiments/delete-experiment-tag",
        _EXP | {"key": "color"},
        "401 401 404 403 200 404",
    ),
    ("POST", f"{A2}/experiments/delete", _EXP, "401 401 404 403 200 404"),
    (
        "POST",
        f"{A2}/experiments/restore",
        {"experiment_id": "{old}"},
        "401 401 404 403 200 404",
    ),
    # runs
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
    # logged models
    ("POST", f"{A2}/logged-models", _EXP | {"name": "n"}, "401 401 404 403 200 403"),
    ("GET", f"{A2}/logged-models/{{lm}}", None, "401 401 404 200 200 200"),
    (
        "PATCH",
        f"{A2}/logged-models/{{lm}}",
        {"status": "LOGGED_MODEL_READY"},
        "401 401 404 403 200 403",
    ),
    (
        "POST",
        f"{A2}/logged-models/search",
        {"experiment_ids": ["{exp}"]},
        "401 401 200 200 200 200",
    ),
    (
        "PATCH",
        f"{A2}/logged-models/{{lm}}/tags",
        {"tags": [_TAG]},
        "401 401 404 403 200 403",
    ),
    ("DELETE", f"{A2}/logged-models/{{lm}}/tags/color", None, "401 401 404 403 200 403"),
    (
        "POST",
        f"{A2}/logged-models/{{lm}}/params",
        {"params": [{"key": "k", "value": "v"}]},
        "401 401 404 403 200 403",
    ),
    ("GET", f"{A2}/logged-models/{{lm}}/artifacts/directories", None, "401 401 404 200 200 403"),
    (
        "GET",
        f"{A2}/logged-models/{{lm}}/artifacts/files?artifact_file_path=no",
        None,
        "401 401 404 404 404 403",
    ),
    ("DELETE", f"{A2}/logged-models/{{lm}}", None, "401 401 404 403 200 404"),
    # traces
    ("POST", "/v1/traces", b"spans", "401 401 400 400 400 400"),
    (
        "POST",
        f"{A3}/traces",
        {"trace": {"trace_info": {"trace_id": "tr-1", "trace_location": _PLACE}}},
        "401 401 404 403 200 403",
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
    # registered models
    ("POST", f"{A2}/registered-models/create", {"name": "{spare}"}, "401 401 404 403 200 400"),
    ("GET", f"{A2}/registered-models/get?name={{model}}", None, "401 401 404 200 200 200"),
    ("GET", f"{A2}/registered-models/search", None, "401 401 200 200 200 200"),
    (
        "PATCH",
        f"{A2}/registered-models/update",
        _MODEL | {"description": "d"},
        "401 401 404 403 200 200",
    ),
    ("POST", f"{A2}/registered-models/set-tag", _MODEL | _TAG, "401 401 404 403 200 200"),
    (
        "DELETE",
        f"{A2}/registered-models/delete-tag",
        _MODEL | {"key": "color"},
        "401 401 404 403 200 200",
    ),
    (
        "POST",
        f"{A2}/registered-models/alias",
        _VERSION | {"alias": "fresh"},
        "401 401 404 403 200 200",
    ),
    (
        "GET",
        f"{A2}/registered-models/alias?name={{model}}&alias=champion",
        None,
        "401 401 404 200 200 200",
    ),
    (
        "DELETE",
        f"{A2}/registered-models/alias",
        _MODEL | {"alias": "champion"},
        "401 401 404 403 200 200",
    ),
    ("POST", f"{A2}/registered-models/get-latest-versions", _MODEL, "401 401 404 200 200 200"),
    (
        "GET",
        f"{A2}/registered-models/get-latest-versions?name={{model}}",
        None,
        "401 401 404 200 200 200",
    ),
    (
        "POST",
        f"{A2}/registered-models/rename",
        _MODEL | {"new_name": "ml.prod.vine"},
        "401 401 404 403 200 404",
    ),
    ("DELETE", f"{A2}/registered-models/delete", _MODEL, "401 401 404 403 200 404"),
    # versions
    (
        "POST",
        f"{A2}/model-versions/create",
        _MODEL | {"source": "runs:/{run}/model", "run_id": "{run}"},
        "401 401 404 403 200 403",
    ),
    (
        "GET",
        f"{A2}/model-versions/get?name={{model}}&version=1",
        None,
        "401 401 404 200 200 200",
    ),
    ("GET", f"{A2}/model-versions/search", None, "401 401 200 200 200 200"),
    (
        "GET",
        f"{A2}/model-versions/get-download-uri?name={{model}}&version=1",
        None,
        "401 401 404 200 200 403",
    ),
    (
        "PATCH",
        f"{A2}/model-versions/update",
        _VERSION | {"description": "d"},
        "401 401 404 403 200 200",
    ),
    ("POST", f"{A2}/model-versions/set-tag", _VERSION | _TAG, "401 401 404 403 200 200"),
    (
        "DELETE",
        f"{A2}/model-versions/delete-tag",
        _VERSION | {"key": "color"},
        "401 401 404 403 200 200",
    ),
    (
        "POST",
        f"{A2}/model-versions/transition-stage",
        _VERSION | {"stage": "Production", "archive_existing_versions": False},
        "401 401 404 403 200 200",
    ),
    ("DELETE", f"{A2}/model-versions/delete", _VERSION, "401 401 404 403 200 404"),
    (
        "GET",
        "/model-versions/get-artifact?name={model}&version=1&path=MLmodel",
        None,
        "401 401 404 200 200 403",
    ),
    # files
    ("PUT", f"{FILES}/{{exp}}/{{run}}/artifacts/new.txt", b"new", "401 401 404 403 200 403"),
    (
        "GET",
        f"{FILES}/{{exp}}/{{run}}/artifacts/model/MLmodel",
        None,
        "401 401 404 200 200 403",
    ),
    ("GET", f"{FILES}?path={{exp}}/{{run}}/artifacts", None, "401 401 404 200 200 403"),
    (
        "DELETE",
        f"{FILES}/{{exp}}/{{run}}/artifacts/model/MLmodel",
        None,
        "401 401 404 403 200 404",
    ),
    ("GET", f"{A2}/artifacts/list?run_id={{run}}", None, "401 401 404 200 200 403"),
    ("GET", "/get-artifact?run_id={run}&path=model/MLmodel", None, "401 401 404 200 200 403"),
    (
        "POST",
        "/api/2.0/mlflow-artifacts/mpu/create/{exp}/{run}/artifacts/big",
        {"path": "big", "num_parts": 2},
        "401 401 501 501 501 501",
    ),
    (
        "GET",
        "/api/2.0/mlflow-artifacts/presigned/{exp}/{run}/artifacts/model/MLmodel",
        None,
        "401 401 501 501 501 501",
    ),
    ("POST", f"{A2}/artifacts/presigned-upload-url", _RUN, "401 401 501 501 501 501"),
    ("POST", f"{A2}/artifacts/presigned-download-url", _RUN, "401 401 501 501 501 501"),
    # workspaces
    ("GET", f"{A3}/workspaces", None, "401 401 200 200 200 200"),
    ("POST", f"{A3}/workspaces", {"name": "lab"}, "401 401 403 403 403 201"),
    ("GET", f"{A3}/workspaces/default", None, "401 401 404 404 200 200"),
    (
        "PATCH",
        f"{A3}/workspaces/default",
        {"description": "d"},
        "401 401 403 403 403 200",
    ),
    ("DELETE", f"{A3}/workspaces/default", None, "401 401 403 403 403 400"),
]

ROWS += [
    (method, f"{prefix}/nothing/here", None, "401 401 404 404 404 404")
    for prefix in (A2, A3, "/api/2.0/mlflow-artifacts")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
]
