"""log-batch: the hot path, with protobuf's liberties, and its refusals that name the place."""

from typing import Any

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import API, answer, get_run, refusal, start_run

HERE = f"{API}/runs/log-batch"
POINT = {"key": "loss", "value": 1.5, "timestamp": 1, "step": 0}


def test_metrics_parameters_and_tags_go_in_together(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    answer(
        alice.post(
            HERE,
            run_id=run_id,
            metrics=[{**POINT, "step": step} for step in range(3)],
            params=[{"key": "depth", "value": "3"}],
            tags=[{"key": "team", "value": "red"}],
        )
    )
    data = get_run(alice, run_id)["data"]
    assert data["metrics"] == [{**POINT, "step": 2}]
    assert data["params"] == [{"key": "depth", "value": "3"}]
    assert {"key": "team", "value": "red"} in data["tags"]


@pytest.mark.parametrize(
    "point",
    [
        {"key": "loss", "value": "1.5", "timestamp": "1", "step": "0"},
        {"key": "loss", "value": 1.5, "timestamp": 1.0, "step": None},
        {"key": "loss", "value": 1.5, "timestamp": 1, "step": 0, "of": {"newer": ["clients"]}},
    ],
    ids=["as text", "as whole doubles and null", "with an unknown field"],
)
def test_numbers_come_in_every_form_of_protobuf(alice: Person, point: dict[str, Any]) -> None:
    run_id = start_run(alice)["run_id"]
    answer(alice.post(HERE, run_id=run_id, metrics=[point]))
    assert get_run(alice, run_id)["data"]["metrics"] == [POINT]


def test_nan_comes_back_as_text(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    answer(alice.post(HERE, runId=run_id, metrics=[{**POINT, "value": "NaN"}]))
    assert get_run(alice, run_id)["data"]["metrics"][0]["value"] == "NaN"


def test_a_message_in_a_json_string_is_unwrapped_once(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    body = f'{{"run_id": "{run_id}", "tags": [{{"key": "a", "value": "b"}}]}}'
    answer(alice.send("POST", HERE, json=body))
    assert {"key": "a", "value": "b"} in get_run(alice, run_id)["data"]["tags"]


@pytest.mark.parametrize(
    "batch, field",
    [
        ({"metrics": [POINT, {**POINT, "value": True}]}, "metrics[1].value"),
        ({"metrics": [POINT, {**POINT, "value": None}]}, "metrics[1].value"),
        ({"metrics": [{**POINT, "value": "much"}]}, "metrics[0].value"),
        ({"metrics": [{**POINT, "timestamp": 1.5}]}, "metrics[0].timestamp"),
        ({"metrics": [{**POINT, "timestamp": "1_0"}]}, "metrics[0].timestamp"),
        ({"metrics": [{**POINT, "timestamp": -1}]}, "metrics[0].timestamp"),
        ({"metrics": [{**POINT, "step": 2**63}]}, "metrics[0].step"),
        ({"metrics": [{"value": 1, "timestamp": 1}]}, "metrics[0].key"),
        ({"metrics": [{**POINT, "key": "../up"}]}, "metrics[0].name"),
        ({"metrics": {"key": "loss"}}, "metrics"),
        ({"metrics": [{**POINT, "model_id": "m", "modelId": "m"}]}, "model_id"),
        ({"params": [{"key": "depth", "value": 3}]}, "params[0].value"),
        ({"params": [{"key": "depth\0", "value": "3"}]}, "params[0].key"),
        ({"tags": [{"key": "a" * 251, "value": "3"}]}, "tags[0].key"),
        ({"tags": [{"value": "3"}]}, "tags[0].key"),
        ({"metrics": [POINT] * 1001}, "metrics"),
        ({"params": [{"key": str(n), "value": "v"} for n in range(101)]}, "params"),
    ],
)
def test_what_is_wrong_is_named_by_its_place_and_nothing_is_logged(
    alice: Person, batch: dict[str, Any], field: str
) -> None:
    run_id = start_run(alice, run_name="as it was")["run_id"]
    message = {"run_id": run_id, "tags": [{"key": "a", "value": "b"}], **batch}
    assert field in refusal(alice.post(HERE, **message), 400, "INVALID_PARAMETER_VALUE")
    data = get_run(alice, run_id)["data"]
    assert data == {"tags": [{"key": "mlflow.runName", "value": "as it was"}]}


def test_a_batch_without_a_run_is_refused(alice: Person) -> None:
    words = refusal(alice.post(HERE, metrics=[POINT]), 400, "INVALID_PARAMETER_VALUE")
    assert words.startswith("Missing value for required parameter 'run_id'")


@pytest.mark.parametrize(
    "body",
    [
        b'{"run_id": "\xff"}',
        b'{"run_id": ',
        b"[]",
        b'{"metrics": [{"key": "a", "value": NaN, "timestamp": 1}]}',
        b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=["not UTF-8", "cut", "no object", "bare NaN", "deep"],
)
def test_what_is_no_message_is_refused(alice: Person, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = alice.send("POST", HERE, data=body, headers=headers)
    refusal(response, 400, "INVALID_PARAMETER_VALUE")


def test_a_batch_that_is_no_json_by_its_type_is_refused(alice: Person) -> None:
    response = alice.send("POST", HERE, data=b"{}", headers={"Content-Type": "text/plain"})
    assert "Content-Type" in refusal(response, 400, "INVALID_PARAMETER_VALUE")


def test_a_batch_beyond_the_limit_is_refused(alice: Person) -> None:
    body = b'{"run_id": "' + b"a" * 1_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    refusal(alice.send("POST", HERE, data=body, headers=headers), 413, "BAD_REQUEST")
