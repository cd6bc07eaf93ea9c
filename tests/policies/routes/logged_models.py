"""Logged models."""

from tests.policies.routes.row import A2, Row

_TAG = {"key": "color", "value": "blue"}
_EXP = {"experiment_id": "{exp}"}

ROWS: list[Row] = [
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
]
