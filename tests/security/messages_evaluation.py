"""The same for evaluation datasets, scorers, label schemas and review queues."""

from typing import Any

from tests.policies.routes.row import A3

_DATASET = f"{A3}/datasets/{{ds}}"
_RECORD = (
    '{{"inputs": {{"q": "why"}}, "outputs": "so", "expectations": {{"a": 1}},'
    ' "tags": {{"mlflow.user": "ann"}},'
    ' "source": {{"source_type": "TRACE", "source_data": {{"trace_id": "tr-1"}}}}}}'
)
_SCORER = {"experiment_id": "{exp}", "name": "polite"}
_EXP = {"experiment_id": "{exp}"}
_QUESTION = {"schema_id": "{question}"}
_ASKED = {"name": "kind?", "instruction": "i", "enable_comment": True}
_OPTIONS = {"categorical": {"options": ["a", "b"], "multi_select": True}}
_QUEUE = {"queue_id": "{queue}"}
_FILLED = {"queue_id": "{filled}"}
_ITEMS = {"item_ids": ["{trace}"]}
_EXPERIMENTS = {"experiment_ids": ["{exp}"]}

MESSAGES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "POST",
        f"{A3}/datasets/create",
        {"name": "silver", "tags": '{{"shade": "blue"}}', **_EXPERIMENTS},
    ),
    ("PATCH", f"{_DATASET}/tags", {"tags": '{{"shade": "blue"}}'}),
    ("POST", f"{_DATASET}/add-experiments", _EXPERIMENTS),
    ("POST", f"{_DATASET}/remove-experiments", _EXPERIMENTS),
    ("POST", f"{_DATASET}/records", {"records": f"[{_RECORD}]"}),
    ("DELETE", f"{_DATASET}/records", {"dataset_record_ids": ["dr-1"]}),
    ("POST", f"{A3}/scorers/register", _SCORER | {"serialized_scorer": "{{}}"}),
    ("DELETE", f"{A3}/scorers/delete", _SCORER | {"version": 1}),
    (
        "POST",
        f"{A3}/label-schemas/create",
        _EXP | _ASKED | {"type": "FEEDBACK", "input": _OPTIONS},
    ),
    (
        "PATCH",
        f"{A3}/label-schemas/update",
        _QUESTION | _ASKED | {"input": {"text": {"max_length": 5}}},
    ),
    ("DELETE", f"{A3}/label-schemas/delete", _QUESTION),
    (
        "POST",
        f"{A3}/review-queues/create",
        _EXP | {"name": "q", "queue_type": "CUSTOM", "users": ["u"], "schema_ids": ["{question}"]},
    ),
    ("POST", f"{A3}/review-queues/get-or-create-user", _EXP | {"user": "u"}),
    (
        "POST",
        f"{A3}/review-queues/update",
        _QUEUE
        | {
            "update_users": True,
            "users": ["u"],
            "update_schema_ids": True,
            "schema_ids": ["{question}"],
            "name": "q",
            "new_owner": "o",
        },
    ),
    ("POST", f"{A3}/review-queues/items/add", _QUEUE | _ITEMS | {"item_type": "TRACE"}),
    ("POST", f"{A3}/review-queues/items/remove", _FILLED | _ITEMS),
    (
        "POST",
        f"{A3}/review-queues/items/set-status",
        _FILLED | {"item_id": "{trace}", "status": "COMPLETE"},
    ),
    ("POST", f"{A3}/review-queues/delete", _QUEUE),
]

SEARCHES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "POST",
        f"{A3}/datasets/search",
        {
            "filter_string": "name = 'a'",
            "max_results": 5,
            "order_by": ["name"],
            "page_token": "",
            **_EXPERIMENTS,
        },
    ),
]

WITHOUT_MESSAGE = {("DELETE", _DATASET), ("DELETE", f"{_DATASET}/tags/color")}
