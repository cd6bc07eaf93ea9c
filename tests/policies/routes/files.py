"""Artifacts."""

from tests.policies.routes.row import A2, FILES, Row

_RUN = {"run_id": "{run}"}

ROWS: list[Row] = [
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
    (
        "POST",
        f"{A2}/upload-artifact?run_uuid={{run}}&path=notes/new.txt",
        b"new",
        "401 401 404 403 200 403",
    ),
    ("GET", "/get-artifact?run_id={run}&path=model/MLmodel", None, "401 401 404 200 200 403"),
    (
        "GET",
        f"{A2}/get-artifact?run_uuid={{run}}&path=model/MLmodel",
        None,
        "401 401 404 200 200 403",
    ),
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
]
