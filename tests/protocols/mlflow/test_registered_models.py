"""Registered models: create, get, search, describe, rename, tag and delete."""

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import API, MODEL, answer, refusal, register_model

HERE = f"{API}/registered-models"
_ABSENT = "RESOURCE_DOES_NOT_EXIST"


def test_a_model_is_answered_in_mlflows_form(alice: Person) -> None:
    made = answer(
        alice.post(
            f"{HERE}/create", name=MODEL, description="red", tags=[{"key": "a", "value": "b"}]
        )
    )["registered_model"]
    assert made["name"] == MODEL
    assert made["description"] == "red"
    assert made["tags"] == [{"key": "a", "value": "b"}]
    assert "latest_versions" not in made
    assert answer(alice.get(f"{HERE}/get", name=MODEL))["registered_model"] == made


@pytest.mark.parametrize("name", ["grapes", "v1.2", "my model", MODEL])
def test_a_name_comes_back_exactly_as_it_was_given(alice: Person, name: str) -> None:
    assert register_model(alice, name)["name"] == name
    assert answer(alice.get(f"{HERE}/get", name=name))["registered_model"]["name"] == name


def test_a_get_without_a_query_is_read_from_its_body(alice: Person) -> None:
    # As tools send it that were written against MLflow's server, such as mlflow-export-import.
    register_model(alice)
    asked = alice.send("GET", f"{HERE}/get", json={"name": MODEL})
    assert answer(asked)["registered_model"]["name"] == MODEL
    queried = alice.send("GET", f"{HERE}/get", json={"name": "x"}, query_string={"name": MODEL})
    assert answer(queried)["registered_model"]["name"] == MODEL


def test_a_name_that_is_taken_is_refused_in_the_words_of_mlflow(alice: Person) -> None:
    register_model(alice)
    register_model(alice, "ml.prod.vines")
    words = f"Registered Model (name={MODEL}) already exists."
    for response in (
        alice.post(f"{HERE}/create", name=MODEL),
        alice.post(f"{HERE}/rename", name="ml.prod.vines", new_name=MODEL),
    ):
        assert refusal(response, 400, "RESOURCE_ALREADY_EXISTS") == words


def test_a_model_is_described_renamed_and_tagged(alice: Person) -> None:
    register_model(alice)
    answer(alice.amend(f"{HERE}/update", name=MODEL, description="from the south"))
    answer(alice.post(f"{HERE}/rename", name=MODEL, new_name="ml.prod.vines"))
    answer(alice.post(f"{HERE}/set-tag", name="ml.prod.vines", key="a", value="1"))
    answer(alice.post(f"{HERE}/set-tag", name="ml.prod.vines", key="b", value="2"))
    answer(alice.delete(f"{HERE}/delete-tag", name="ml.prod.vines", key="a"))
    model = answer(alice.get(f"{HERE}/get", name="ml.prod.vines"))["registered_model"]
    assert model["description"] == "from the south"
    assert model["tags"] == [{"key": "b", "value": "2"}]
    refusal(alice.get(f"{HERE}/get", name=MODEL), 404, _ABSENT)


def test_a_model_is_deleted_by_a_body(alice: Person) -> None:
    register_model(alice)
    answer(alice.delete(f"{HERE}/delete", name=MODEL))
    refusal(alice.get(f"{HERE}/get", name=MODEL), 404, _ABSENT)


def test_a_search_goes_page_by_page(alice: Person) -> None:
    for name in ("grapes", "grass", "wine"):
        register_model(alice, name)
    query = {"filter": "name LIKE 'gra%'", "max_results": 1}
    first = answer(alice.get(f"{HERE}/search", **query))
    last = answer(alice.get(f"{HERE}/search", **query, page_token=first["next_page_token"]))
    found = first["registered_models"] + last["registered_models"]
    assert [model["name"] for model in found] == ["grapes", "grass"]
    assert "next_page_token" not in last


def test_prompts_are_found_when_asked_for_and_only_then(alice: Person) -> None:
    register_model(alice, "grapes")
    tag = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    answer(alice.post(f"{HERE}/create", name="greeting", tags=[tag]))
    models = answer(alice.get(f"{HERE}/search"))["registered_models"]
    assert [model["name"] for model in models] == ["grapes"]
    asked = "tags.`mlflow.prompt.is_prompt` = 'true'"
    prompts = answer(alice.get(f"{HERE}/search", filter=asked))["registered_models"]
    assert [model["name"] for model in prompts] == ["greeting"]


def test_bob_reads_a_model_and_may_not_change_it(alice: Person, bob: Person) -> None:
    register_model(alice)
    register_model(alice, "of alice alone")
    assert [one["name"] for one in answer(bob.get(f"{HERE}/search"))["registered_models"]] == [
        MODEL
    ]
    refusal(bob.amend(f"{HERE}/update", name=MODEL, description="x"), 403, "PERMISSION_DENIED")
    refusal(bob.delete(f"{HERE}/delete", name=MODEL), 403, "PERMISSION_DENIED")
    refusal(bob.post(f"{HERE}/set-tag", name=MODEL, key="a", value="b"), 403, "PERMISSION_DENIED")


def test_charlie_cannot_tell_a_hidden_model_from_none(alice: Person, charlie: Person) -> None:
    register_model(alice)
    hidden = refusal(charlie.get(f"{HERE}/get", name=MODEL), 404, _ABSENT)
    absent = refusal(charlie.get(f"{HERE}/get", name="ml.prod.nothing"), 404, _ABSENT)
    assert hidden.replace("grapes", "nothing") == absent
    assert answer(charlie.get(f"{HERE}/search")) == {}
