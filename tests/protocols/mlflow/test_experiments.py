"""Experiments: create, get, search, rename, tag, delete and restore."""

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import API, EXPERIMENT, answer, create_experiment, refusal

HERE = f"{API}/experiments"


def test_an_experiment_is_answered_in_mlflows_form(alice: Person) -> None:
    number = create_experiment(alice, "wine")
    experiment = answer(alice.get(f"{HERE}/get", experiment_id=number))["experiment"]
    assert experiment["experiment_id"] == number
    assert experiment["name"] == "wine"
    assert experiment["artifact_location"] == f"mlflow-artifacts:/{number}"
    assert experiment["lifecycle_stage"] == "active"
    assert experiment["workspace"] == "default"
    assert isinstance(experiment["creation_time"], int)
    assert "tags" not in experiment


@pytest.mark.parametrize("name", ["wine", "/Users/ann/exp 1", "v1.2", EXPERIMENT, "Wein á 京"])
def test_a_name_comes_back_exactly_as_it_was_given(alice: Person, name: str) -> None:
    number = create_experiment(alice, name)
    found = answer(alice.get(f"{HERE}/get-by-name", experiment_name=name))["experiment"]
    assert (found["experiment_id"], found["name"]) == (number, name)


def test_a_name_that_is_taken_is_refused_in_the_words_of_mlflow(alice: Person) -> None:
    create_experiment(alice, "wine")
    response = alice.post(f"{HERE}/create", name="wine")
    assert "already exists" in refusal(response, 400, "RESOURCE_ALREADY_EXISTS")


def test_a_place_for_files_that_is_not_ours_is_refused(alice: Person) -> None:
    response = alice.post(f"{HERE}/create", name="wine", artifact_location="s3://mine/here")
    assert "artifact_location" in refusal(response, 400, "INVALID_PARAMETER_VALUE")
    refusal(alice.get(f"{HERE}/get-by-name", experiment_name="wine"), 404, _ABSENT)


def test_null_is_as_good_as_absent(alice: Person) -> None:
    answer(alice.post(f"{HERE}/create", name="wine", artifact_location=None, tags=[]))


def test_fields_that_newer_clients_add_are_ignored(alice: Person) -> None:
    answer(alice.post(f"{HERE}/create", name="wine", of_tomorrow={"a": [1]}))


def test_tags_are_set_and_deleted(alice: Person) -> None:
    number = create_experiment(alice)
    answer(alice.post(f"{HERE}/set-experiment-tag", experiment_id=number, key="team", value="red"))
    answer(alice.post(f"{HERE}/set-experiment-tag", experiment_id=number, key="old", value="1"))
    answer(alice.post(f"{HERE}/delete-experiment-tag", experiment_id=number, key="old"))
    experiment = answer(alice.get(f"{HERE}/get", experiment_id=number))["experiment"]
    assert experiment["tags"] == [{"key": "team", "value": "red"}]


def test_a_deleted_experiment_is_seen_as_such_until_it_is_restored(alice: Person) -> None:
    number = create_experiment(alice)
    answer(alice.post(f"{HERE}/delete", experiment_id=number))
    gone = answer(alice.get(f"{HERE}/get", experiment_id=number))["experiment"]
    assert gone["lifecycle_stage"] == "deleted"
    assert answer(alice.post(f"{HERE}/search", filter=f"name = '{EXPERIMENT}'")) == {}
    answer(alice.post(f"{HERE}/restore", experiment_id=number))
    back = answer(alice.get(f"{HERE}/get", experiment_id=number))["experiment"]
    assert back["lifecycle_stage"] == "active"


def test_an_experiment_is_renamed(alice: Person) -> None:
    number = create_experiment(alice, "wine")
    answer(alice.post(f"{HERE}/update", experiment_id=number, new_name="grapes"))
    assert answer(alice.get(f"{HERE}/get", experiment_id=number))["experiment"]["name"] == "grapes"


def test_a_search_goes_page_by_page_and_ends_without_a_token(alice: Person) -> None:
    for name in ("a", "b", "c"):
        create_experiment(alice, name)
    query = {"max_results": 2, "filter": "name LIKE '_'", "order_by": ["name ASC"]}
    first = answer(alice.post(f"{HERE}/search", **query))
    assert [found["name"] for found in first["experiments"]] == ["a", "b"]
    last = answer(alice.post(f"{HERE}/search", **query, page_token=first["next_page_token"]))
    assert [found["name"] for found in last["experiments"]] == ["c"]
    assert "next_page_token" not in last


def test_a_search_may_come_as_a_query_string(alice: Person) -> None:
    create_experiment(alice, "wine")
    found = answer(alice.get(f"{HERE}/search", max_results=5, order_by="name DESC"))
    assert [one["name"] for one in found["experiments"]] == ["wine", "Default"]


def test_bob_finds_and_reads_what_his_group_may(alice: Person, bob: Person) -> None:
    number = create_experiment(alice)
    create_experiment(alice, "of alice alone")
    found = answer(bob.post(f"{HERE}/search", max_results=5))["experiments"]
    assert [(one["experiment_id"], one["name"]) for one in found] == [(number, EXPERIMENT)]


def test_bob_may_not_change_what_he_reads(alice: Person, bob: Person) -> None:
    number = create_experiment(alice)
    for path in ("delete", "update", "set-experiment-tag"):
        message = {"experiment_id": number, "new_name": "ml.prod.x", "key": "a", "value": "b"}
        words = refusal(bob.post(f"{HERE}/{path}", **message), 403, "PERMISSION_DENIED")
        assert "alice" in words


def test_the_data_sets_of_experiments_are_told_in_a_few_words(alice: Person) -> None:
    number = create_experiment(alice)
    run = answer(alice.post(f"{API}/runs/create", experiment_id=number))["run"]["info"]["run_id"]
    dataset = {"name": "grapes", "digest": "d1", "source_type": "local", "source": "{}"}
    tags = [{"key": "mlflow.data.context", "value": "training"}]
    used = [{"dataset": dataset, "tags": tags}]
    answer(alice.post(f"{API}/runs/log-inputs", run_id=run, datasets=used))
    found = answer(alice.post(f"{HERE}/search-datasets", experiment_ids=[number]))
    summary = {"name": "grapes", "digest": "d1", "context": "training", "experiment_id": number}
    assert found == {"dataset_summaries": [summary]}


def test_charlie_cannot_tell_a_hidden_experiment_from_none(alice: Person, charlie: Person) -> None:
    number = create_experiment(alice)
    hidden = charlie.get(f"{HERE}/get", experiment_id=number)
    absent = charlie.get(f"{HERE}/get", experiment_id="424242")
    assert refusal(hidden, 404, _ABSENT).replace(number, "424242") == refusal(absent, 404, _ABSENT)
    by_name = charlie.get(f"{HERE}/get-by-name", experiment_name=EXPERIMENT)
    refusal(by_name, 404, _ABSENT)
    assert answer(charlie.post(f"{HERE}/search", max_results=5)) == {}


_ABSENT = "RESOURCE_DOES_NOT_EXIST"
