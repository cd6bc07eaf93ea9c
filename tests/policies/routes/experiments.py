"""Experiments."""

from tests.policies.routes.row import A2, Row

_TAG = {"key": "color", "value": "blue"}
_EXP = {"experiment_id": "{exp}"}

ROWS: list[Row] = [
    ("POST", f"{A2}/experiments/create", {"name": "ml.prod.new"}, "401 401 404 403 200 403"),
    ("GET", f"{A2}/experiments/get?experiment_id={{exp}}", None, "401 401 404 200 200 200"),
    (
        "GET",
        f"{A2}/experiments/get-by-name?experiment_name=ml.prod.tasting",
        None,
        "401 401 404 200 200 200",
    ),
    ("POST", f"{A2}/experiments/search", {"max_results": 5}, "401 401 200 200 200 200"),
    (
        "POST",
        f"{A2}/experiments/search-datasets",
        {"experiment_ids": ["{exp}"]},
        "401 401 200 200 200 200",
    ),
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
]
