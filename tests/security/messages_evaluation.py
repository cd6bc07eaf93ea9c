"""The same for evaluation datasets and scorers."""

from typing import Any

from tests.policies.routes.row import A3

_DATASET = f"{A3}/datasets/{{ds}}"
_RECORD = (
    '{{"inputs": {{"q": "why"}}, "outputs": "so", "expectations": {{"a": 1}},'
    ' "tags": {{"mlflow.user": "ann"}},'
    ' "source": {{"source_type": "TRACE", "source_data": {{"trace_id": "tr-1"}}}}}}'
)
_SCORER = {"experiment_id": "{exp}", "name": "polite"}
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
