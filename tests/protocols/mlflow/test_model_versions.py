"""Versions of registered models, their aliases and stages, and their files."""

from typing import Any

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import (
    API,
    MODEL,
    PROXY,
    answer,
    refusal,
    register_model,
    start_run,
)

HERE = f"{API}/model-versions"
MODELS = f"{API}/registered-models"
_ABSENT = "RESOURCE_DOES_NOT_EXIST"
_INVALID = "INVALID_PARAMETER_VALUE"


def register_version(person: Person, name: str = MODEL, **more: Any) -> dict[str, Any]:
    """Return the next version of a model, of the files of a new run; the model is made first."""
    if person.get(f"{MODELS}/get", name=name).status_code != 200:
        register_model(person, name)
    known = person.get(f"{API}/experiments/get-by-name", experiment_name="ml.prod.wine")
    experiment = known.get_json().get("experiment", {}).get("experiment_id")
    info = start_run(person, experiment)
    root = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    answer(person.send("PUT", f"{PROXY}/{root}/model/MLmodel", data=b"wine"))
    source = f"runs:/{info['run_id']}/model"
    message = {"name": name, "source": source, "run_id": info["run_id"], **more}
    version: dict[str, Any] = answer(person.post(f"{HERE}/create", **message))["model_version"]
    return version


def test_a_version_is_answered_in_mlflows_form_and_is_ready_at_once(alice: Person) -> None:
    made = register_version(alice, description="first", tags=[{"key": "a", "value": "b"}])
    assert made["version"] == "1"
    assert made["name"] == MODEL
    assert (made["status"], made["current_stage"]) == ("READY", "None")
    assert made["source"] == f"runs:/{made['run_id']}/model"
    assert made["tags"] == [{"key": "a", "value": "b"}]
    found = answer(alice.get(f"{HERE}/get", name=MODEL, version="1"))["model_version"]
    assert found == made


def test_its_files_are_behind_the_proxy_and_never_change(alice: Person) -> None:
    register_version(alice)
    message = answer(alice.get(f"{HERE}/get-download-uri", name=MODEL, version="1"))
    uri = message["artifact_uri"]
    assert uri.startswith("mlflow-artifacts:/versions/")
    path = f"{PROXY}/{uri.removeprefix('mlflow-artifacts:/')}/MLmodel"
    assert alice.get(path).data == b"wine"
    for method in ("PUT", "DELETE"):
        words = refusal(alice.send(method, path, data=b"x"), 400, _INVALID)
        assert "what they were when it was registered" in words
    by_name = alice.get("/model-versions/get-artifact", name=MODEL, version=1, path="MLmodel")
    assert by_name.data == b"wine"


def test_aliases_are_set_moved_read_and_deleted(alice: Person) -> None:
    register_version(alice)
    register_version(alice)
    for version in ("1", "2"):
        answer(alice.post(f"{MODELS}/alias", name=MODEL, alias="champion", version=version))
    found = answer(alice.get(f"{MODELS}/alias", name=MODEL, alias="champion"))["model_version"]
    assert (found["version"], found["aliases"]) == ("2", ["champion"])
    model = answer(alice.get(f"{MODELS}/get", name=MODEL))["registered_model"]
    assert model["aliases"] == [{"alias": "champion", "version": "2"}]
    answer(alice.delete(f"{MODELS}/alias", name=MODEL, alias="champion"))
    words = refusal(alice.get(f"{MODELS}/alias", name=MODEL, alias="champion"), 400, _INVALID)
    assert words == "Registered model alias champion not found."


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_latest_version_of_each_stage_is_told(alice: Person, method: str) -> None:
    for _ in range(2):
        register_version(alice)
    stage = {"name": MODEL, "version": "1", "stage": "production"}
    answer(alice.post(f"{HERE}/transition-stage", **stage))
    path, wanted = f"{MODELS}/get-latest-versions", {"name": MODEL, "stages": ["Production"]}
    options = {"query_string": wanted} if method == "GET" else {"json": wanted}
    (found,) = answer(alice.send(method, path, **options))["model_versions"]
    assert (found["version"], found["current_stage"]) == ("1", "Production")


def test_a_version_is_described_tagged_searched_and_deleted(alice: Person) -> None:
    register_version(alice)
    answer(alice.amend(f"{HERE}/update", name=MODEL, version="1", description="good"))
    for name in ("a", "b"):
        tag = {"name": MODEL, "version": "1", "key": name, "value": "1"}
        answer(alice.post(f"{HERE}/set-tag", **tag))
    answer(alice.delete(f"{HERE}/delete-tag", name=MODEL, version="1", key="a"))
    query = {"filter": f"name = '{MODEL}'", "max_results": 5}
    (found,) = answer(alice.get(f"{HERE}/search", **query))["model_versions"]
    assert (found["description"], found["tags"]) == ("good", [{"key": "b", "value": "1"}])
    answer(alice.delete(f"{HERE}/delete", name=MODEL, version="1"))
    assert answer(alice.get(f"{HERE}/search", **query)) == {}


def test_a_name_at_home_is_short_in_every_answer(alice: Person) -> None:
    made = register_version(alice, "grapes")
    assert made["name"] == "grapes"
    (found,) = answer(alice.get(f"{HERE}/search", filter="name = 'grapes'"))["model_versions"]
    assert found["name"] == "grapes"


@pytest.mark.parametrize(
    "source",
    ["/etc/passwd", "file:///etc", "s3://mine/model", "runs:/../x", "mlflow-artifacts:/1", ""],
)
def test_a_source_that_is_not_ours_is_refused(alice: Person, source: str) -> None:
    register_model(alice)
    response = alice.post(f"{HERE}/create", name=MODEL, source=source)
    assert "source" in refusal(response, 400, _INVALID)
    assert answer(alice.get(f"{HERE}/search")) == {}


@pytest.mark.parametrize("version", ["one", "-1", "1.0", "", "9" * 30])
def test_a_version_that_is_no_number_is_refused_by_name(alice: Person, version: str) -> None:
    register_model(alice)
    response = alice.get(f"{HERE}/get", name=MODEL, version=version)
    assert "version" in refusal(response, 400, _INVALID)


def test_bob_loads_a_version_and_may_not_change_it(alice: Person, bob: Person) -> None:
    register_version(alice)
    uri = answer(bob.get(f"{HERE}/get-download-uri", name=MODEL, version="1"))["artifact_uri"]
    assert bob.get(f"{PROXY}/{uri.removeprefix('mlflow-artifacts:/')}/MLmodel").data == b"wine"
    at_1 = {"name": MODEL, "version": "1"}
    denied = "PERMISSION_DENIED"
    refusal(bob.post(f"{MODELS}/alias", **at_1, alias="champion"), 403, denied)
    refusal(bob.post(f"{HERE}/set-tag", **at_1, key="a", value="b"), 403, denied)
    refusal(bob.amend(f"{HERE}/update", **at_1, description="x"), 403, denied)
    refusal(bob.delete(f"{HERE}/delete", **at_1), 403, denied)


def test_charlie_gets_nothing_of_it(alice: Person, charlie: Person) -> None:
    register_version(alice)
    uri = answer(alice.get(f"{HERE}/get-download-uri", name=MODEL, version="1"))["artifact_uri"]
    at_1 = {"name": MODEL, "version": "1"}
    for path in ("get", "get-download-uri"):
        refusal(charlie.get(f"{HERE}/{path}", **at_1), 404, _ABSENT)
    path = f"{PROXY}/{uri.removeprefix('mlflow-artifacts:/')}/MLmodel"
    refusal(charlie.get(path), 404, _ABSENT)
    assert answer(charlie.get(f"{HERE}/search")) == {}
