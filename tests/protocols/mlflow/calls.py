"""Steps that many tests of the protocol begin with; each fails where it is refused."""

from typing import Any

from werkzeug.test import TestResponse

from tests.application import Person

API = "/api/2.0/mlflow"
TRACES = "/api/3.0/mlflow/traces"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
EXPERIMENT = "ml.prod.wine"
MODEL = "ml.prod.grapes"


def answer(response: TestResponse) -> dict[str, Any]:
    """Return the message of a success."""
    assert response.status_code == 200, response.text
    message: dict[str, Any] = response.get_json()
    return message


def refusal(response: TestResponse, status: int, code: str) -> str:
    """Return the words of a refusal in MLflow's form."""
    assert response.status_code == status, response.text
    message = response.get_json()
    assert set(message) == {"error_code", "message"}
    assert message["error_code"] == code, message
    words: str = message["message"]
    return words


def create_experiment(person: Person, name: str = EXPERIMENT) -> str:
    message = answer(person.post(f"{API}/experiments/create", name=name))
    number: str = message["experiment_id"]
    return number


def start_run(person: Person, experiment_id: str | None = None, **message: Any) -> dict[str, Any]:
    """Return the info of a new run, in an experiment of its own unless one is given."""
    number = experiment_id or create_experiment(person)
    made = answer(person.post(f"{API}/runs/create", experiment_id=number, **message))
    info: dict[str, Any] = made["run"]["info"]
    return info


def get_run(person: Person, run_id: str) -> dict[str, Any]:
    run: dict[str, Any] = answer(person.get(f"{API}/runs/get", run_id=run_id))["run"]
    return run


def register_model(person: Person, name: str = MODEL) -> dict[str, Any]:
    made = answer(person.post(f"{API}/registered-models/create", name=name))
    model: dict[str, Any] = made["registered_model"]
    return model
