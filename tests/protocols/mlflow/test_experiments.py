"""Experiments over HTTP."""

from tests.application import Person

API = "/api/2.0/mlflow/experiments"


def create(person: Person, name: str = "ml.prod.wine") -> str:
    response = person.post(f"{API}/create", name=name)
    assert response.status_code == 200, response.text
    experiment_id: str = response.get_json()["experiment_id"]
    return experiment_id


def test_an_experiment_is_answered_in_mlflows_form(alice: Person) -> None:
    number = create(alice, "wine")
    response = alice.get(f"{API}/get", experiment_id=number)
    experiment = response.get_json()["experiment"]
    assert response.status_code == 200
    assert experiment["experiment_id"] == number
    assert experiment["name"] == "wine"
    assert experiment["artifact_location"] == f"mlflow-artifacts:/{number}"
    assert experiment["lifecycle_stage"] == "active"
    assert experiment["workspace"] == "default"
    assert isinstance(experiment["creation_time"], int)
    assert "tags" not in experiment
