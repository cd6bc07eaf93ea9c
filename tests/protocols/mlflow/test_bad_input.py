"""Bad input of each kind: a 4xx in MLflow's form that names the field, and nothing changed."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.application import ALICE, Person, Template, opened
from tests.protocols.mlflow.calls import API, EXPERIMENT, MODEL, answer, refusal, start_run

JSON = {"Content-Type": "application/json"}
_INVALID = "INVALID_PARAMETER_VALUE"

MISSING = [
    ("POST experiments/create", {}, "name"),
    ("GET experiments/get", {}, "experiment_id"),
    ("GET experiments/get-by-name", {}, "experiment_name"),
    ("POST experiments/update", {"experiment_id": "{experiment}"}, "new_name"),
    ("POST experiments/set-experiment-tag", {"experiment_id": "{experiment}"}, "key"),
    ("GET runs/get", {}, "run_id"),
    ("POST runs/update", {}, "run_id"),
    ("POST runs/delete", {}, "run_id"),
    ("POST runs/log-metric", {"run_id": "{run}", "value": 1, "timestamp": 1}, "key"),
    ("POST runs/log-metric", {"run_id": "{run}", "key": "a", "timestamp": 1}, "value"),
    ("POST runs/log-metric", {"run_id": "{run}", "key": "a", "value": 1}, "timestamp"),
    ("POST runs/log-parameter", {"run_id": "{run}", "key": "a"}, "value"),
    ("POST runs/set-tag", {"run_id": "{run}", "value": "a"}, "key"),
    ("POST runs/log-inputs", {"run_id": "{run}", "datasets": [{}]}, "datasets.0.dataset"),
    ("POST runs/outputs", {"run_id": "{run}", "models": [{}]}, "models.0.model_id"),
    ("GET metrics/get-history", {"run_id": "{run}"}, "metric_key"),
    ("GET artifacts/list", {}, "run_id"),
    ("POST logged-models", {"name": "a"}, "experiment_id"),
    ("POST registered-models/create", {}, "name"),
    ("POST registered-models/rename", {"name": MODEL}, "new_name"),
    ("POST registered-models/alias", {"name": MODEL, "version": "1"}, "alias"),
    ("DELETE registered-models/delete", {}, "name"),
    ("POST model-versions/create", {"name": MODEL}, "source"),
    ("GET model-versions/get", {"name": MODEL}, "version"),
    ("POST model-versions/transition-stage", {"name": MODEL, "version": "1"}, "stage"),
]

WRONG = [
    ("POST experiments/create", {"name": 5}, "name"),
    ("POST experiments/create", {"name": "a", "tags": "b"}, "tags"),
    ("POST experiments/create", {"name": "a", "tags": [{"key": 1}]}, "tags.0.key"),
    ("POST experiments/create", {"name": "a" * 501}, "name"),
    ("POST experiments/create", {"name": " "}, "name"),
    ("POST experiments/create", {"name": "a\0b"}, "name"),
    ("POST experiments/create", {"name": "a\nb"}, "name"),
    ("GET experiments/get", {"experiment_id": "one"}, "experiment ID"),
    ("GET experiments/get", {"experiment_id": "9" * 30}, "experiment ID"),
    ("POST experiments/search", {"max_results": 0}, "max_results"),
    ("POST experiments/search", {"max_results": "many"}, "max_results"),
    ("POST experiments/search", {"max_results": 50_001}, "max_results"),
    ("POST experiments/search", {"page_token": "guess"}, "page_token"),
    ("POST experiments/search", {"filter": "size > 1"}, "filter"),
    ("POST experiments/search", {"order_by": ["size"]}, "order_by"),
    ("POST experiments/search", {"view_type": 1}, "view_type"),
    (
        "POST experiments/set-experiment-tag",
        {"experiment_id": "{experiment}", "key": "../a", "value": "b"},
        "key",
    ),
    (
        "POST experiments/set-experiment-tag",
        {"experiment_id": "{experiment}", "key": "a", "value": "b" * 20_001},
        "value",
    ),
    ("GET runs/get", {"run_id": "../../etc"}, "run_id"),
    ("POST runs/create", {"experiment_id": "{experiment}", "start_time": -1}, "start_time"),
    ("POST runs/create", {"experiment_id": "{experiment}", "start_time": "1e3"}, "start_time"),
    ("POST runs/create", {"experiment_id": "{experiment}", "start_time": 2**63}, "start_time"),
    ("POST runs/update", {"run_id": "{run}", "end_time": 1.5}, "end_time"),
    ("POST runs/search", {"experiment_ids": "1"}, "experiment_ids"),
    ("POST runs/search", {"experiment_ids": ["x"]}, "experiment"),
    ("POST runs/search", {"experiment_ids": ["1"], "page_token": "guess"}, "page_token"),
    (
        "POST runs/log-metric",
        {"run_id": "{run}", "key": "a", "value": True, "timestamp": 1},
        "value",
    ),
    (
        "POST runs/log-metric",
        {"run_id": "{run}", "key": "a", "value": "1,5", "timestamp": 1},
        "value",
    ),
    (
        "POST runs/log-metric",
        {"run_id": "{run}", "key": "a", "value": 1, "timestamp": "now"},
        "timestamp",
    ),
    (
        "POST runs/log-metric",
        {"run_id": "{run}", "key": "a" * 251, "value": 1, "timestamp": 1},
        "metrics[0].name",
    ),
    ("POST runs/set-tag", {"run_id": "{run}", "key": "a", "value": "\0"}, "value"),
    ("POST runs/set-tag", {"run_id": "{run}", "key": "/a", "value": "b"}, "key"),
    ("GET artifacts/list", {"run_id": "{run}", "path": "../up"}, "path"),
    ("GET artifacts/list", {"run_id": "{run}", "page_token": "guess"}, "page_token"),
    ("POST logged-models", {"experiment_id": "{experiment}", "name": "a/b"}, "name"),
    ("POST logged-models/search", {"experiment_ids": [], "max_results": -1}, "max_results"),
    (
        "POST logged-models/search",
        {"experiment_ids": [], "order_by": [{"field_name": "size"}]},
        "order_by",
    ),
    ("POST registered-models/create", {"name": "a/b"}, "name"),
    ("POST registered-models/create", {"name": "ml.prod." + "a" * 501}, "name"),
    ("GET registered-models/search", {"max_results": 1001}, "max_results"),
    ("GET registered-models/search", {"page_token": "guess"}, "page_token"),
    ("GET registered-models/search", {"filter": "name ="}, "filter"),
    ("GET model-versions/search", {"order_by": "size"}, "order_by"),
    ("POST registered-models/alias", {"name": MODEL, "alias": "v1", "version": "1"}, "alias"),
    ("POST registered-models/alias", {"name": MODEL, "alias": "a b", "version": "1"}, "alias"),
]


@pytest.fixture(scope="module")
def application(
    template: Template,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    """One application for all tests here, which find it as it was after each refusal."""
    home = tmp_path_factory.mktemp("bad-input") / "home"
    with opened(template, home, request) as app:
        yield app


@pytest.fixture(scope="module")
def ids(application: Flask, template: Template) -> dict[str, str]:
    """What there is before: an experiment with a run."""
    alice = Person(application.test_client(), template.tokens[ALICE])
    info = start_run(alice, run_name="as it was")
    return {"{experiment}": info["experiment_id"], "{run}": info["run_id"]}


@pytest.mark.parametrize("endpoint, message, field", MISSING)
def test_what_is_missing_is_named(
    alice: Person, ids: dict[str, str], endpoint: str, message: dict[str, Any], field: str
) -> None:
    words = refusal(_send(alice, endpoint, _with(ids, message)), 400, _INVALID)
    assert words.startswith(f"Missing value for required parameter '{field}'")


@pytest.mark.parametrize("endpoint, message, field", WRONG)
def test_what_is_wrong_is_named_and_changes_nothing(
    alice: Person, ids: dict[str, str], endpoint: str, message: dict[str, Any], field: str
) -> None:
    words = refusal(_send(alice, endpoint, _with(ids, message)), 400, _INVALID)
    assert field in words
    assert len(words) < 700
    found = answer(alice.post(f"{API}/experiments/search"))["experiments"]
    assert [one["name"] for one in found if one["experiment_id"] != "0"] == [EXPERIMENT]
    runs = answer(alice.post(f"{API}/runs/search", experiment_ids=[ids["{experiment}"]]))["runs"]
    assert [run["data"]["tags"] for run in runs] == [
        [{"key": "mlflow.runName", "value": "as it was"}]
    ]
    assert answer(alice.get(f"{API}/registered-models/search")) == {}


@pytest.mark.parametrize(
    "body, status",
    [
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"name": "\xff"}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b"[]", 400),
        (b"5", 400),
        (b'{"x": ' + b"[" * 51 + b"]" * 51 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"a": NaN}', 400),
        (b'{"name": "' + b"a" * 1_000_000 + b'"}', 413),
    ],
    ids=[
        "cut",
        "of another encoding",
        "not UTF-8",
        "half a surrogate",
        "a list",
        "a number",
        "deep",
        "deep and cut",
        "NaN",
        "large",
    ],
)
def test_what_is_no_message_is_refused(alice: Person, body: bytes, status: int) -> None:
    response = alice.send("POST", f"{API}/experiments/create", data=body, headers=JSON)
    refusal(response, status, _INVALID if status == 400 else "BAD_REQUEST")


def test_a_body_of_another_type_is_refused(alice: Person) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = alice.send("POST", f"{API}/experiments/create", data=b"name=a", headers=headers)
    assert "Content-Type" in refusal(response, 400, _INVALID)


@pytest.mark.parametrize("credential", ["", "Bearer guess", "Basic %%%", "Digest x", "Bearer"])
def test_a_credential_that_is_no_good_is_refused_before_anything(
    anonymous: Person, credential: str
) -> None:
    headers = {"Authorization": credential} if credential else {}
    response = anonymous.send("POST", f"{API}/experiments/create", data=b"{", headers=headers)
    refusal(response, 401, "UNAUTHENTICATED")
    assert response.headers["WWW-Authenticate"].startswith("Basic")


def _with(ids: dict[str, str], message: dict[str, Any]) -> dict[str, Any]:
    return {
        name: ids.get(value, value) if isinstance(value, str) else value
        for name, value in message.items()
    }


def _send(person: Person, endpoint: str, message: dict[str, Any]) -> Any:
    method, path = endpoint.split()
    if method == "GET":
        return person.get(f"{API}/{path}", **message)
    return person.send(method, f"{API}/{path}", json=message)
