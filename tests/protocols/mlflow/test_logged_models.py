"""Logged models: create, finalize, read, search, tag and delete."""

from typing import Any

from tests.application import Person
from tests.protocols.mlflow.calls import API, answer, create_experiment, get_run, refusal, start_run

HERE = f"{API}/logged-models"
_ABSENT = "RESOURCE_DOES_NOT_EXIST"


def log_model(person: Person, experiment_id: str, name: str = "tree", **more: Any) -> str:
    message = answer(person.post(HERE, experiment_id=experiment_id, name=name, **more))
    model_id: str = message["model"]["info"]["model_id"]
    return model_id


def test_a_logged_model_is_pending_until_it_is_finalized(alice: Person) -> None:
    number = create_experiment(alice)
    model_id = log_model(alice, number, params=[{"key": "depth", "value": "3"}])
    model = answer(alice.get(f"{HERE}/{model_id}"))["model"]
    assert model["info"]["status"] == "LOGGED_MODEL_PENDING"
    uri = f"mlflow-artifacts:/{number}/models/{model_id}/artifacts"
    assert model["info"]["artifact_uri"] == uri
    assert model["data"] == {"params": [{"key": "depth", "value": "3"}]}
    ready = answer(
        alice.amend(f"{HERE}/{model_id}", model_id=model_id, status="LOGGED_MODEL_READY")
    )
    assert ready["model"]["info"]["status"] == "LOGGED_MODEL_READY"


def test_a_point_of_a_run_is_a_point_of_its_logged_model(alice: Person) -> None:
    info = start_run(alice)
    model_id = log_model(alice, info["experiment_id"], source_run_id=info["run_id"])
    point = {"key": "loss", "value": 0.5, "timestamp": 1, "model_id": model_id}
    answer(alice.post(f"{API}/runs/log-metric", run_id=info["run_id"], **point))
    metrics = answer(alice.get(f"{HERE}/{model_id}"))["model"]["data"]["metrics"]
    assert metrics == [{**point, "step": 0, "run_id": info["run_id"]}]


def test_a_run_tells_of_the_models_that_it_used_and_made(alice: Person) -> None:
    info = start_run(alice)
    run_id, number = info["run_id"], info["experiment_id"]
    used, made = log_model(alice, number, "used"), log_model(alice, number, "made")
    answer(alice.post(f"{API}/runs/log-inputs", run_id=run_id, models=[{"model_id": used}]))
    models = [{"model_id": made, "step": 4}]
    answer(alice.post(f"{API}/runs/outputs", run_id=run_id, models=models))
    run = get_run(alice, run_id)
    assert run["inputs"]["model_inputs"] == [{"model_id": used}]
    assert run["outputs"]["model_outputs"] == models


def test_tags_and_parameters_are_added_and_tags_deleted(alice: Person) -> None:
    model_id = log_model(alice, create_experiment(alice))
    tags = [{"key": "a", "value": "1"}, {"key": "b/c", "value": "2"}]
    answer(alice.amend(f"{HERE}/{model_id}/tags", tags=tags))
    answer(alice.post(f"{HERE}/{model_id}/params", params=[{"key": "d", "value": "3"}]))
    answer(alice.send("DELETE", f"{HERE}/{model_id}/tags/b/c"))
    model = answer(alice.get(f"{HERE}/{model_id}"))["model"]
    assert model["info"]["tags"] == [{"key": "a", "value": "1"}]
    assert model["data"]["params"] == [{"key": "d", "value": "3"}]


def test_a_search_filters_orders_and_pages(alice: Person) -> None:
    number = create_experiment(alice)
    for name in ("a", "b", "c"):
        log_model(alice, number, name)
    query = {
        "experiment_ids": [number],
        "filter": "name != 'a'",
        "order_by": [{"field_name": "name", "ascending": False}],
        "max_results": 1,
    }
    first = answer(alice.post(f"{HERE}/search", **query))
    last = answer(alice.post(f"{HERE}/search", **query, page_token=first["next_page_token"]))
    assert [one["info"]["name"] for one in first["models"] + last["models"]] == ["c", "b"]


def test_a_deleted_model_is_there_for_whoever_asks_for_deleted_ones(alice: Person) -> None:
    model_id = log_model(alice, create_experiment(alice))
    answer(alice.delete(f"{HERE}/{model_id}", model_id=model_id))
    refusal(alice.get(f"{HERE}/{model_id}"), 404, _ABSENT)
    answer(alice.get(f"{HERE}/{model_id}", allow_deleted="true"))


def test_an_unknown_status_is_refused_by_name(alice: Person) -> None:
    model_id = log_model(alice, create_experiment(alice))
    response = alice.amend(f"{HERE}/{model_id}", status="READY")
    assert "status" in refusal(response, 400, "INVALID_PARAMETER_VALUE")


def test_bob_reads_a_logged_model_and_may_not_change_it(alice: Person, bob: Person) -> None:
    number = create_experiment(alice)
    model_id = log_model(alice, number)
    answer(bob.get(f"{HERE}/{model_id}"))
    refusal(bob.amend(f"{HERE}/{model_id}/tags", tags=[]), 403, "PERMISSION_DENIED")
    refusal(bob.delete(f"{HERE}/{model_id}"), 403, "PERMISSION_DENIED")
    refusal(bob.post(HERE, experiment_id=number, name="x"), 403, "PERMISSION_DENIED")


def test_the_note_of_a_registration_is_refused_as_the_client_bears_it(
    alice: Person, bob: Person
) -> None:
    model_id = log_model(alice, create_experiment(alice))
    note = {"key": "mlflow.modelVersions", "value": "[]"}
    words = refusal(bob.amend(f"{HERE}/{model_id}/tags", tags=[note]), 404, _ABSENT)
    assert "needs LOG RUN" in words
    more = [note, {"key": "a", "value": "1"}]
    refusal(bob.amend(f"{HERE}/{model_id}/tags", tags=more), 403, "PERMISSION_DENIED")
    assert "tags" not in answer(bob.get(f"{HERE}/{model_id}"))["model"]["info"]


def test_charlie_cannot_tell_a_hidden_model_from_none(alice: Person, charlie: Person) -> None:
    model_id, none = log_model(alice, create_experiment(alice)), "m-" + "0" * 32
    hidden = refusal(charlie.get(f"{HERE}/{model_id}"), 404, _ABSENT)
    absent = refusal(charlie.get(f"{HERE}/{none}"), 404, _ABSENT)
    assert hidden.replace(model_id, none) == absent
