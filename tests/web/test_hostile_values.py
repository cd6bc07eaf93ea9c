"""Pages on what clients may store, whatever it is: one of them must not take a page from others."""

import pytest
from flask import Flask
from sqlalchemy import text

from app.edge.services import EXTENSION
from tests.application import ALICE, Person
from tests.web.world import Reader, World

API = "/api/2.0/mlflow"


@pytest.fixture
def client(application: Flask, world: World) -> Person:
    """Alice's script, which holds a token."""
    return Person(application.test_client(), world.template.tokens[ALICE])


@pytest.mark.parametrize("moment", [2**53, 2**62])
def test_a_run_of_another_age_is_shown(client: Person, bob: Reader, world: World, moment: int):
    new = {"experiment_id": world.experiment_id, "start_time": moment}
    run_id = client.post(f"{API}/runs/create", **new).get_json()["run"]["info"]["run_id"]
    assert "9999-12-31" in bob.get(f"/runs/{run_id}").text
    assert bob.get(f"/experiments/{world.experiment_id}").status_code == 200


def test_a_point_of_another_age_is_shown(client: Person, bob: Reader, world: World):
    point = {"run_id": world.run_id, "key": "late", "value": 1.0, "timestamp": 2**60}
    assert client.post(f"{API}/runs/log-metric", **point).status_code == 200
    assert bob.get(f"/runs/{world.run_id}/metrics/late").status_code == 200


@pytest.mark.parametrize("name", ["mlflow.spanInputs", "notes"])
def test_a_span_with_json_that_is_nested_too_deep_is_shown(
    client: Person, bob: Reader, world: World, name: str
):
    deep = "[" * 300 + "]" * 300
    span = {
        "traceId": "8" * 32,
        "spanId": "8" * 16,
        "name": "deep",
        "attributes": [{"key": name, "value": {"stringValue": deep}}],
    }
    batch = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    headers = {"x-mlflow-experiment-id": world.experiment_id}
    assert client.send("POST", "/v1/traces", json=batch, headers=headers).status_code == 200
    assert deep in bob.get(f"/traces/tr-{'8' * 32}").text


@pytest.mark.parametrize("kind", ["volume", "function", "endpoint"])
def test_there_is_nothing_of_a_kind_that_is_only_reserved(root: Reader, kind: str):
    for path in ("/access-requests/new?", "/explain?operation=run.read&"):
        assert root.get(f"{path}kind={kind}&name=ml.prod.detector").status_code == 404


def test_a_version_of_a_high_number_is_chosen_from_no_longer_a_list(
    application: Flask, bob: Reader
):
    """An import keeps the numbers of another server, which may give any."""
    with application.extensions[EXTENSION].database.session() as session:
        session.begin()
        session.execute(text("UPDATE model_versions SET version = 200000 WHERE version = 2"))
        session.commit()
    found = bob.get("/models/ml.prod.detector/lineage")
    assert found.text.count("<option") < 50
    assert "<option selected>200000</option>" in found.text
    assert bob.get("/models/ml.prod.detector/lineage?version=1").status_code == 200


@pytest.mark.parametrize(
    "path", ["/access-requests?page=WzFd", "/people/readers?grants=WzEsMiwzLDRd"]
)
def test_a_token_of_another_list_is_no_error_of_ours(root: Reader, path: str):
    assert root.get(path).status_code in {200, 400}


@pytest.mark.parametrize("words", ["x" * 20_000, "a\0b"])
def test_words_that_nobody_reads_are_not_kept(root: Reader, words: str):
    forms = {
        "/keys": {"name": "spare", "comment": words},
        "/grants": {
            "kind": "catalog",
            "name": "ml",
            "item": "BROWSE",
            "principal": "charlie",
            "reason": words,
        },
    }
    for path, form in forms.items():
        assert root.submit(path, **form).status_code == 400, path
