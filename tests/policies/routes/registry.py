"""Registered models and their versions."""

from tests.policies.routes.row import A2, Row

_MODEL = {"name": "{model}"}
_VERSION = {"name": "{model}", "version": "1"}
_TAG = {"key": "color", "value": "blue"}

ROWS: list[Row] = [
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
]
