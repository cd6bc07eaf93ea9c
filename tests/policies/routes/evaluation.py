"""Evaluation datasets with their records, scorers, label schemas and review queues."""

from tests.policies.routes.row import A3, Row

_EXPERIMENTS = {"experiment_ids": ["{exp}"]}
_SCORER = {"experiment_id": "{exp}", "name": "polite"}
_OF_SCORER = "experiment_id={exp}&name=polite"
_EXP = {"experiment_id": "{exp}"}
_OF_EXP = "experiment_id={exp}"
_LABELS = f"{A3}/label-schemas"
_QUESTION = {"schema_id": "{question}"}
_QUEUES = f"{A3}/review-queues"
_QUEUE = {"queue_id": "{queue}"}
_FILLED = {"queue_id": "{filled}"}
_ITEMS = {"item_ids": ["{trace}"]}
_DATASET = f"{A3}/datasets/{{ds}}"

ROWS: list[Row] = [
    (
        "POST",
        f"{A3}/datasets/create",
        {"name": "silver", **_EXPERIMENTS},
        "401 401 404 403 200 403",
    ),
    ("GET", _DATASET, None, "401 401 404 200 200 200"),
    ("GET", f"{A3}/datasets/search?max_results=5", None, "401 401 200 200 200 200"),
    ("POST", f"{A3}/datasets/search", _EXPERIMENTS, "401 401 200 200 200 200"),
    ("PATCH", f"{_DATASET}/tags", {"tags": '{{"shade": "blue"}}'}, "401 401 404 403 200 403"),
    ("DELETE", f"{_DATASET}/tags/color", None, "401 401 404 403 200 403"),
    ("GET", f"{_DATASET}/experiment-ids", None, "401 401 404 200 200 200"),
    ("POST", f"{_DATASET}/add-experiments", _EXPERIMENTS, "401 401 404 403 200 403"),
    (
        "POST",
        f"{_DATASET}/remove-experiments",
        {"experiment_ids": ["{old}"]},
        "401 401 404 403 200 403",
    ),
    ("POST", f"{_DATASET}/records", {"records": "[]"}, "401 401 404 403 200 403"),
    ("GET", f"{_DATASET}/records?max_results=5", None, "401 401 404 200 200 403"),
    (
        "DELETE",
        f"{_DATASET}/records",
        {"dataset_record_ids": ["dr-1"]},
        "401 401 404 403 200 403",
    ),
    ("DELETE", _DATASET, None, "401 401 404 403 200 404"),
    (
        "POST",
        f"{A3}/scorers/register",
        _SCORER | {"serialized_scorer": "{{}}"},
        "401 401 404 403 200 403",
    ),
    ("GET", f"{A3}/scorers/list?experiment_id={{exp}}", None, "401 401 404 200 200 403"),
    ("GET", f"{A3}/scorers/versions?{_OF_SCORER}", None, "401 401 404 200 200 403"),
    ("GET", f"{A3}/scorers/get?{_OF_SCORER}&version=1", None, "401 401 404 200 200 403"),
    ("GET", f"{A3}/scorers/online-configs?scorer_ids={{scorer}}", None, "401 401 200 200 200 200"),
    (
        "DELETE",
        f"{A3}/scorers/delete",
        _SCORER | {"version": 1},
        "401 401 404 403 200 404",
    ),
]

ROWS += [
    (
        "POST",
        f"{_LABELS}/create",
        _EXP | {"name": "x", "type": "FEEDBACK", "input": {"text": {}}},
        "401 401 404 403 200 400",
    ),
    ("GET", f"{_LABELS}/get?schema_id={{question}}", None, "401 401 404 200 200 200"),
    ("GET", f"{_LABELS}/get-by-name?{_OF_EXP}&name=right?", None, "401 401 404 200 200 200"),
    ("GET", f"{_LABELS}/list?{_OF_EXP}", None, "401 401 404 200 200 200"),
    ("PATCH", f"{_LABELS}/update", _QUESTION | {"name": "wrong?"}, "401 401 404 403 200 200"),
    (
        "POST",
        f"{_QUEUES}/create",
        _EXP | {"name": "x", "queue_type": "CUSTOM"},
        "401 401 404 403 200 400",
    ),
    (
        "POST",
        f"{_QUEUES}/get-or-create-user",
        _EXP | {"user": "bob"},
        "401 401 404 403 200 200",
    ),
    ("GET", f"{_QUEUES}/get?queue_id={{queue}}", None, "401 401 404 200 200 200"),
    ("GET", f"{_QUEUES}/get-by-name?{_OF_EXP}&name=queue", None, "401 401 404 200 200 200"),
    ("GET", f"{_QUEUES}/list?{_OF_EXP}", None, "401 401 404 200 200 200"),
    ("POST", f"{_QUEUES}/update", _QUEUE | {"name": "y"}, "401 401 404 403 200 200"),
    ("POST", f"{_QUEUES}/items/add", _QUEUE | _ITEMS, "401 401 404 403 200 200"),
    ("GET", f"{_QUEUES}/items/list?queue_id={{filled}}", None, "401 401 404 200 200 200"),
    (
        "POST",
        f"{_QUEUES}/items/set-status",
        _FILLED | {"item_id": "{trace}", "status": "COMPLETE"},
        "401 401 404 403 200 403",
    ),
    ("POST", f"{_QUEUES}/items/remove", _QUEUE | _ITEMS, "401 401 404 403 200 200"),
    ("POST", f"{_QUEUES}/delete", _QUEUE, "401 401 404 403 200 404"),
    ("DELETE", f"{_LABELS}/delete", _QUESTION, "401 401 404 403 200 404"),
]
