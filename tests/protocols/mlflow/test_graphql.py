"""GraphQL as MLflow's pages ask it: what one may not see is refused as elsewhere."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.tables import audit_events
from app.edge import Services
from tests.application import Person
from tests.protocols.mlflow.calls import API, MODEL, answer, create_experiment, refusal, start_run

_ABSENT = "RESOURCE_DOES_NOT_EXIST"
GET_EXPERIMENT = """
query Q($input: MlflowGetExperimentInput!) @component(name: "MLflow.ExperimentRunTracking") {
  mlflowGetExperiment(input: $input) {
    __typename apiError { code message }
    experiment { experimentId name creationTime lifecycleStage tags { key value } workspace }
  }
}"""
GET_RUN = """
query GetRun($data: MlflowGetRunInput!) {
  mlflowGetRun(input: $data) {
    apiError { helpUrl code message }
    run {
      info { runName status runUuid startTime endTime }
      experiment { experimentId name }
      modelVersions { name version status source }
      data { metrics { key value step timestamp } params { key value } }
      inputs { datasetInputs { dataset { digest name } tags { key value } } }
      outputs { modelOutputs { modelId step } }
    }
  }
}"""
SEARCH_RUNS = """
query SearchRuns($data: MlflowSearchRunsInput!) {
  mlflowSearchRuns(input: $data) {
    apiError { code message }
    runs { info { runUuid } experiment { name } modelVersions { name version } }
    nextPageToken
  }
}"""
SAMPLES = """
query S($data: MlflowGetMetricHistoryBulkIntervalInput!) {
  mlflowGetMetricHistoryBulkInterval(input: $data) {
    apiError { code message } metrics { runId key value step timestamp }
  }
}"""


def ask(person: Person, query: str, **variables: Any) -> dict[str, Any]:
    """Return the data of an answer in which nothing went wrong."""
    found = answer(person.post("/graphql", query=query, variables=variables))
    assert set(found) == {"data"}, found
    data: dict[str, Any] = found["data"]
    return data


def run_of(person: Person, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(person, GET_RUN, data={"runId": run_id})["mlflowGetRun"]
    return found


def log(person: Person, run_id: str, value: Any = 0.5) -> None:
    metrics = [{"key": "loss", "value": value, "timestamp": 7, "step": 2**40}]
    answer(person.post(f"{API}/runs/log-batch", run_id=run_id, metrics=metrics))


def register(person: Person, run_id: str) -> None:
    """Make a model's first version of a file of a run."""
    path = f"{API}/upload-artifact?run_uuid={run_id}&path=model/MLmodel"
    answer(person.send("POST", path, data=b"flavors: {}"))
    answer(person.post(f"{API}/registered-models/create", name=MODEL))
    source = {"source": f"runs:/{run_id}/model", "run_id": run_id}
    answer(person.post(f"{API}/model-versions/create", name=MODEL, **source))


def test_an_experiment_is_read(alice: Person) -> None:
    number = create_experiment(alice)
    found = ask(alice, GET_EXPERIMENT, input={"experimentId": number})["mlflowGetExperiment"]
    assert found["__typename"] == "MlflowGetExperimentResponse"
    assert found["apiError"] is None
    assert found["experiment"]["experimentId"] == number
    assert found["experiment"]["creationTime"].isdigit()
    assert found["experiment"]["tags"] == []


def test_a_run_is_read_with_what_surrounds_it(alice: Person) -> None:
    number = create_experiment(alice)
    run_id = start_run(alice, number)["run_id"]
    log(alice, run_id)
    register(alice, run_id)
    run = run_of(alice, run_id)["run"]
    assert (run["info"]["runUuid"], run["info"]["status"]) == (run_id, "RUNNING")
    assert run["experiment"]["experimentId"] == number
    point = {"key": "loss", "value": 0.5, "step": str(2**40), "timestamp": "7"}
    assert run["data"]["metrics"] == [point]
    [version] = run["modelVersions"]
    assert (version["name"], version["version"], version["status"]) == (MODEL, "1", "READY")


def test_what_is_no_number_is_null(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    log(alice, run_id, "NaN")
    assert run_of(alice, run_id)["run"]["data"]["metrics"][0]["value"] is None


def test_runs_are_searched_and_their_surroundings_sought_at_once(
    alice: Person, application: Flask
) -> None:
    number = create_experiment(alice)
    runs = [start_run(alice, number)["run_id"] for _ in range(4)]
    register(alice, runs[1])
    before = len(_events(application))
    wanted = {"experimentIds": [number], "maxResults": 3, "orderBy": ["start_time ASC"]}
    found = ask(alice, SEARCH_RUNS, data=wanted)["mlflowSearchRuns"]
    assert [run["info"]["runUuid"] for run in found["runs"]] == runs[:3]
    assert [len(run["modelVersions"]) for run in found["runs"]] == [0, 1, 0]
    assert found["nextPageToken"]
    assert len(_events(application)) - before <= 3


def test_samples_are_read(alice: Person) -> None:
    run_id = start_run(alice)["run_id"]
    log(alice, run_id)
    wanted = {"runIds": [run_id], "metricKey": "loss", "startStep": None, "maxResults": 320}
    found = ask(alice, SAMPLES, data=wanted)["mlflowGetMetricHistoryBulkInterval"]
    assert [point["runId"] for point in found["metrics"]] == [run_id]


def test_files_versions_and_data_sets_are_read(alice: Person) -> None:
    number = create_experiment(alice)
    run_id = start_run(alice, number)["run_id"]
    register(alice, run_id)
    found = ask(
        alice,
        f"""{{
          mlflowListArtifacts(input: {{runId: "{run_id}", path: "model"}}) {{
            rootUri files {{ path isDir fileSize }} }}
          mlflowSearchModelVersions(input: {{filter: "name='{MODEL}'", maxResults: 5}}) {{
            modelVersions {{ version }} }}
        }}""",
    )
    assert found["mlflowListArtifacts"]["files"] == [
        {"path": "model/MLmodel", "isDir": False, "fileSize": "11"}
    ]
    assert found["mlflowSearchModelVersions"]["modelVersions"] == [{"version": "1"}]
    mutation = f'mutation {{ mlflowSearchDatasets(input: {{experimentIds: ["{number}"]}}) {{ '
    data = ask(alice, mutation + "datasetSummaries { name } apiError { code } } }")
    assert data["mlflowSearchDatasets"]["apiError"] is None


def test_charlie_cannot_tell_a_hidden_run_from_none(
    alice: Person, charlie: Person, application: Flask
) -> None:
    run_id = start_run(alice)["run_id"]
    hidden, absent = run_of(charlie, run_id), run_of(charlie, "0" * 32)
    assert hidden["run"] is absent["run"] is None
    assert hidden["apiError"]["code"] == _ABSENT
    words = hidden["apiError"]["message"].replace(run_id, "0" * 32)
    assert words == absent["apiError"]["message"]
    by_rest = refusal(charlie.get(f"{API}/runs/get", run_id=run_id), 404, _ABSENT)
    assert by_rest == hidden["apiError"]["message"]
    assert [event.outcome for event in _events(application)][-3:] == ["hidden"] * 3


def test_charlie_finds_no_run_of_a_hidden_experiment(alice: Person, charlie: Person) -> None:
    number = create_experiment(alice)
    start_run(alice, number)
    found = ask(charlie, SEARCH_RUNS, data={"experimentIds": [number]})["mlflowSearchRuns"]
    assert found["runs"] == []
    assert found["apiError"] is None


def test_bob_sees_the_run_and_no_model_that_is_hidden_from_him(alice: Person, bob: Person) -> None:
    run_id = start_run(alice)["run_id"]
    answer(alice.post(f"{API}/registered-models/create", name="my-own"))
    path = f"{API}/upload-artifact?run_uuid={run_id}&path=model/MLmodel"
    answer(alice.send("POST", path, data=b"flavors: {}"))
    source = {"source": f"runs:/{run_id}/model", "run_id": run_id}
    answer(alice.post(f"{API}/model-versions/create", name="my-own", **source))
    assert len(run_of(alice, run_id)["run"]["modelVersions"]) == 1
    assert (
        run_of(bob, run_id)["run"]["modelVersions"] is None
        or not run_of(bob, run_id)["run"]["modelVersions"]
    )


def test_a_part_that_is_refused_leaves_the_rest_and_both_are_in_the_log(
    alice: Person, application: Flask
) -> None:
    run_id = start_run(alice)["run_id"]
    found = ask(
        alice,
        f'{{ good: mlflowGetRun(input: {{runId: "{run_id}"}}) {{ run {{ info {{ runId }} }} }}'
        f' bad: mlflowGetRun(input: {{runId: "{"0" * 32}"}}) {{ apiError {{ code }} }} }}',
    )
    assert found["good"]["run"]["info"]["runId"] == run_id
    assert found["bad"]["apiError"]["code"] == _ABSENT
    assert [event.outcome for event in _events(application)][-2:] == ["allowed", "hidden"]


@pytest.mark.parametrize(
    "data",
    [
        {"experimentIds": ["x"]},
        {"experimentIds": [None]},
        {"experimentIds": ["1"], "filter": "nonsense"},
        {"experimentIds": ["1"], "maxResults": 1001},
        {"experimentIds": ["1"], "maxResults": 0},
        {"experimentIds": ["1"], "pageToken": "guess"},
    ],
)
def test_what_is_asked_for_badly_is_told_in_its_place(alice: Person, data: Any) -> None:
    found = ask(alice, SEARCH_RUNS, data=data)["mlflowSearchRuns"]
    assert found["apiError"]["code"] == "INVALID_PARAMETER_VALUE"
    assert found["runs"] is None


def _events(application: Flask) -> list[Any]:
    services: Services = application.extensions["muniment"]
    with services.database.session() as session:
        return list(session.execute(select(audit_events).order_by(audit_events.c.seq)))
