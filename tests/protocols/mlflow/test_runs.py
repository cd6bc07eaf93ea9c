"""Runs: create, get, update, search, delete, restore, and single things logged to them."""

import json

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import (
    API,
    answer,
    create_experiment,
    get_run,
    refusal,
    start_run,
)

HERE = f"{API}/runs"


def test_a_new_run_is_answered_in_mlflows_form(alice: Person) -> None:
    info = start_run(alice, run_name="first", start_time=5, user_id="ann")
    assert info["run_id"] == info["run_uuid"]
    assert len(info["run_id"]) == 32
    assert (info["run_name"], info["user_id"], info["status"]) == ("first", "ann", "RUNNING")
    assert info["start_time"] == 5
    assert "end_time" not in info
    number = info["experiment_id"]
    assert info["artifact_uri"] == f"mlflow-artifacts:/{number}/{info['run_id']}/artifacts"


def test_a_run_holds_what_was_logged_and_leaves_empty_lists_out(alice: Person) -> None:
    run_id = start_run(alice, run_name="first")["run_id"]
    point = {"key": "loss", "value": 0.5, "timestamp": 7, "step": 3}
    answer(alice.post(f"{HERE}/log-metric", run_id=run_id, **point))
    answer(alice.post(f"{HERE}/set-tag", run_id=run_id, key="team", value="red"))
    run = get_run(alice, run_id)
    assert run["data"]["metrics"] == [point]
    assert "params" not in run["data"]
    assert {"key": "team", "value": "red"} in run["data"]["tags"]
    assert {"key": "mlflow.runName", "value": "first"} in run["data"]["tags"]
    assert run["inputs"] == {}
    assert run["outputs"] == {}


def test_old_clients_name_a_run_by_its_uuid(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    run = answer(alice.get(f"{HERE}/get", run_uuid=run_id))["run"]
    assert run["info"]["run_id"] == run_id


def test_both_spellings_of_a_field_are_one_field(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    answer(alice.post(f"{HERE}/update", runId=run_id, endTime="12", status="FINISHED"))
    info = get_run(alice, run_id)["info"]
    assert (info["end_time"], info["status"]) == (12, "FINISHED")


def test_a_field_in_both_spellings_at_once_is_refused(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    response = alice.post(f"{HERE}/set-tag", runId=run_id, run_id=run_id, key="a", value="b")
    assert "run_id" in refusal(response, 400, "INVALID_PARAMETER_VALUE")


def test_nan_and_infinities_travel_as_text(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    for key, value in (("a", "NaN"), ("b", "-Infinity"), ("c", "inf")):
        message = {"run_id": run_id, "key": key, "value": value, "timestamp": "1", "step": "2"}
        answer(alice.post(f"{HERE}/log-metric", **message))
    metrics = {one["key"]: one["value"] for one in get_run(alice, run_id)["data"]["metrics"]}
    assert metrics == {"a": "NaN", "b": -1.7976931348623157e308, "c": 1.7976931348623157e308}


def test_a_parameter_is_logged_once(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    for _ in range(2):
        answer(alice.post(f"{HERE}/log-parameter", run_id=run_id, key="depth", value="3"))
    other = alice.post(f"{HERE}/log-parameter", run_id=run_id, key="depth", value="4")
    assert "not allowed" in refusal(other, 400, "INVALID_PARAMETER_VALUE")
    assert get_run(alice, run_id)["data"]["params"] == [{"key": "depth", "value": "3"}]


def test_a_missing_tag_cannot_be_deleted(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    response = alice.post(f"{HERE}/delete-tag", run_id=run_id, key="none")
    assert "none" in refusal(response, 404, "RESOURCE_DOES_NOT_EXIST")


def test_a_deleted_run_takes_nothing_until_it_is_restored(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    answer(alice.post(f"{HERE}/delete", run_id=run_id))
    response = alice.post(f"{HERE}/set-tag", run_id=run_id, key="a", value="b")
    refusal(response, 400, "INVALID_PARAMETER_VALUE")
    answer(alice.post(f"{HERE}/restore", run_id=run_id))
    answer(alice.post(f"{HERE}/set-tag", run_id=run_id, key="a", value="b"))


def test_a_search_filters_orders_and_pages(alice: Person) -> None:
    number = create_experiment(alice)
    for depth in range(4):
        run_id = start_run(alice, number, run_name=f"run {depth}")["run_id"]
        message = {"run_id": run_id, "key": "loss", "value": depth, "timestamp": 1}
        answer(alice.post(f"{HERE}/log-metric", **message))
    query = {
        "experiment_ids": [number],
        "filter": "metrics.loss > 0",
        "order_by": ["metrics.loss DESC"],
        "max_results": 2,
    }
    first = answer(alice.post(f"{HERE}/search", **query))
    last = answer(alice.post(f"{HERE}/search", **query, page_token=first["next_page_token"]))
    names = [run["info"]["run_name"] for run in first["runs"] + last["runs"]]
    assert names == ["run 3", "run 2", "run 1"]
    assert "next_page_token" not in last


def test_a_filter_that_does_not_parse_is_refused(alice: Person) -> None:
    response = alice.post(f"{HERE}/search", experiment_ids=["1"], filter="metrics.loss >")
    refusal(response, 400, "INVALID_PARAMETER_VALUE")


def test_an_unknown_status_or_view_is_refused_by_name(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    response = alice.post(f"{HERE}/update", run_id=run_id, status="DONE")
    assert "status" in refusal(response, 400, "INVALID_PARAMETER_VALUE")
    response = alice.post(f"{HERE}/search", experiment_ids=["1"], run_view_type="SOME")
    assert "run_view_type" in refusal(response, 400, "INVALID_PARAMETER_VALUE")


def test_bob_reads_a_run_and_may_not_log_to_it(alice: Person, bob: Person) -> None:
    run_id = start_run(alice)["run_id"]
    assert get_run(bob, run_id)["info"]["run_id"] == run_id
    message = {"run_id": run_id, "key": "a", "value": "1", "timestamp": 1}
    for path in ("log-metric", "log-parameter", "set-tag", "delete", "update"):
        refusal(bob.post(f"{HERE}/{path}", **message), 403, "PERMISSION_DENIED")


def test_charlie_cannot_tell_a_hidden_run_from_none(alice: Person, charlie: Person) -> None:
    run_id = start_run(alice)["run_id"]
    hidden = refusal(charlie.get(f"{HERE}/get", run_id=run_id), 404, "RESOURCE_DOES_NOT_EXIST")
    none = "0" * 32
    absent = refusal(charlie.get(f"{HERE}/get", run_id=none), 404, "RESOURCE_DOES_NOT_EXIST")
    assert hidden.replace(run_id, none) == absent
    assert answer(charlie.post(f"{HERE}/search", experiment_ids=["1"])) == {}


NESTED = '[{"a":' * 300 + "%s" + "}]" * 300
TOLD = '{"artifact_path": "m", "flavors": %s, "utc_time_created": "t", "run_id": "r"}'


def tell_model(alice: Person, run_id: str, name: str) -> list[str]:
    """Log a model as a client before MLflow 3, and return how the names in the history begin."""
    told = {"artifact_path": name, "flavors": {}, "utc_time_created": "t", "run_id": run_id}
    answer(alice.post(f"{HERE}/log-model", run_id=run_id, model_json=json.dumps(told)))
    tags = {tag["key"]: tag["value"] for tag in get_run(alice, run_id)["data"]["tags"]}
    history = json.loads(tags["mlflow.log-model.history"])
    return [model["artifact_path"][0] for model in history]


def test_models_of_older_clients_are_noted_and_the_oldest_go(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    assert tell_model(alice, run_id, "a") == ["a"]
    assert tell_model(alice, run_id, "b" * 3000) == ["a", "b"]
    assert tell_model(alice, run_id, "c" * 3000) == ["a", "b", "c"]
    assert tell_model(alice, run_id, "d" * 3000) == ["c", "d"]


@pytest.mark.parametrize("tag", ["5", '"a"', "{}", "[5]", "[" * 300 + "]" * 300, NESTED % "0"])
def test_a_history_that_somebody_spoiled_begins_anew(alice: Person, tag: str) -> None:
    run_id = start_run(alice)["run_id"]
    spoiled = {"key": "mlflow.log-model.history", "value": tag}
    answer(alice.post(f"{HERE}/set-tag", run_id=run_id, **spoiled))
    assert tell_model(alice, run_id, "a") == ["a"]


@pytest.mark.parametrize(
    "model", ["", "{", "[]", "{}", '{"artifact_path": "m"}', TOLD % (NESTED % "0")]
)
def test_a_model_of_an_older_client_is_told_whole(alice: Person, model: str) -> None:
    run_id = start_run(alice)["run_id"]
    response = alice.post(f"{API}/runs/log-model", run_id=run_id, model_json=model)
    refusal(response, 400, "INVALID_PARAMETER_VALUE")
