"""What is of another's experiment, named beside one's own: as good as what nobody has."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import access
from app.access import Operation
from app.db.metadata import now_millis
from app.edge.services import EXTENSION
from app.identity.principals import find_principal
from app.securables import FullName
from tests.application import Person
from tests.factories import caller_for, grant, make_schema
from tests.protocols.mlflow.calls import API, PROXY, TRACES, answer, create_experiment, start_run

V3 = "/api/3.0/mlflow"
SPAN = {"traceId": "0" * 31 + "5", "spanId": "0" * 15 + "1", "name": "a"}
SPANS = {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}]}]}
FEEDBACK = {"assessment_name": "n", "feedback": {"value": 1}}
ABSENT = {
    "experiment": "999",
    "run": "0" * 32,
    "model": "m-" + "0" * 32,
    "trace": "tr-none",
    "feedback": "a-" + "0" * 32,
    "question": "ls-" + "1" * 32,
}

Ids = dict[str, str]


def of(person: Person, name: str) -> Ids:
    """Make an experiment with one thing of each kind, and return their ids."""
    number = create_experiment(person, name)
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": number}}
    trace = f"tr-{number}"
    answer(person.post(TRACES, trace={"trace_info": {"trace_id": trace, "trace_location": place}}))
    model = answer(person.post(f"{API}/logged-models", experiment_id=number))["model"]["info"]
    feedback = answer(person.post(f"{TRACES}/{trace}/assessments", assessment=FEEDBACK))
    question = {"name": "q", "type": "FEEDBACK", "input": {"text": {}}, "experiment_id": number}
    asked = answer(person.post(f"{V3}/label-schemas/create", **question))
    queue = {"name": "q", "queue_type": "CUSTOM", "experiment_id": number}
    made = answer(person.post(f"{V3}/review-queues/create", **queue))
    dataset = answer(person.post(f"{V3}/datasets/create", name="d", experiment_ids=[number]))
    return {
        "experiment": number,
        "run": start_run(person, number)["run_id"],
        "model": model["model_id"],
        "trace": trace,
        "feedback": feedback["assessment"]["assessment_id"],
        "question": asked["label_schema"]["schema_id"],
        "queue": made["review_queue"]["queue_id"],
        "dataset": dataset["dataset"]["dataset_id"],
    }


@pytest.fixture
def charlies(application: Flask, charlie: Person) -> Ids:
    """An experiment in a schema of charlie's own."""
    with application.extensions[EXTENSION].database.session() as session:
        session.begin()
        admin = caller_for(session, find_principal(session, "admin"), now=now_millis())
        catalog = access.obtain(admin, Operation.CATALOG_READ, FullName.of("ml"))
        owner = find_principal(session, "charlie")
        grant(session, catalog, owner, "USE CATALOG")
        make_schema(session, catalog, "charlies", owner)
        session.commit()
    return of(charlie, "ml.charlies.mine")


def version(person: Person, source: str) -> TestResponse:
    person.post(f"{API}/registered-models/create", name="ml.charlies.model")
    return person.post(f"{API}/model-versions/create", name="ml.charlies.model", source=source)


ATTEMPTS: dict[str, Callable[[Person, Ids, Ids], TestResponse]] = {
    "trace to run": lambda person, own, other: person.post(
        f"{API}/traces/link-to-run", run_id=own["run"], trace_ids=[own["trace"], other["trace"]]
    ),
    "run of a trace": lambda person, own, other: person.post(
        f"{API}/traces/link-to-run", run_id=other["run"], trace_ids=[own["trace"]]
    ),
    "run of spans": lambda person, own, other: person.send(
        "POST",
        "/v1/traces",
        json=SPANS,
        headers={"x-mlflow-experiment-id": own["experiment"], "x-mlflow-run-id": other["run"]},
    ),
    "input": lambda person, own, other: person.post(
        f"{API}/runs/log-inputs", run_id=own["run"], models=[{"model_id": other["model"]}]
    ),
    "output": lambda person, own, other: person.post(
        f"{API}/runs/outputs", run_id=own["run"], models=[{"model_id": other["model"]}]
    ),
    "point": lambda person, own, other: person.post(
        f"{API}/runs/log-metric",
        run_id=own["run"],
        key="m",
        value=1,
        timestamp=1,
        model_id=other["model"],
    ),
    "source run": lambda person, own, other: person.post(
        f"{API}/logged-models", experiment_id=own["experiment"], source_run_id=other["run"]
    ),
    "item": lambda person, own, other: person.post(
        f"{V3}/review-queues/items/add", queue_id=own["queue"], item_ids=[other["trace"]]
    ),
    "question": lambda person, own, other: person.post(
        f"{V3}/review-queues/update",
        queue_id=own["queue"],
        update_schema_ids=True,
        schema_ids=[other["question"]],
    ),
    "overridden": lambda person, own, other: person.post(
        f"{TRACES}/{own['trace']}/assessments",
        assessment=FEEDBACK | {"overrides": other["feedback"]},
    ),
    "feedback": lambda person, own, other: person.get(
        f"{TRACES}/{own['trace']}/assessments/{other['feedback']}"
    ),
    "listed": lambda person, own, other: person.post(
        f"{V3}/datasets/{own['dataset']}/add-experiments", experiment_ids=[other["experiment"]]
    ),
    "listed from the beginning": lambda person, own, other: person.post(
        f"{V3}/datasets/create", name="x", experiment_ids=[own["experiment"], other["experiment"]]
    ),
    "deleted": lambda person, own, other: person.post(
        f"{TRACES}/delete-traces", experiment_id=own["experiment"], request_ids=[other["trace"]]
    ),
    "file of a run": lambda person, own, other: person.send(
        "PUT", f"{PROXY}/{own['experiment']}/{other['run']}/artifacts/a", data=b"a"
    ),
    "file of a trace": lambda person, own, other: person.send(
        "PUT", f"{PROXY}/{own['experiment']}/traces/{other['trace']}/artifacts/a", data=b"a"
    ),
    "histories": lambda person, own, other: person.get(
        f"{API}/metrics/get-history-bulk-interval",
        run_ids=[own["run"], other["run"]],
        metric_key="m",
    ),
    "traces": lambda person, own, other: person.get(
        f"{TRACES}/batchGet", trace_ids=[own["trace"], other["trace"]]
    ),
    "version of a run": lambda person, _own, other: version(person, f"runs:/{other['run']}/a"),
    "version of a model": lambda person, _own, other: version(person, f"models:/{other['model']}"),
    "version of a place": lambda person, own, other: version(
        person, f"mlflow-artifacts:/{own['experiment']}/{other['run']}/artifacts/a"
    ),
    "alias in a query": lambda person, own, other: person.post(
        "/graphql",
        query="query($a:MlflowGetRunInput,$b:MlflowGetRunInput){a:mlflowGetRun(input:$a)"
        "{run{info{runId}}} b:mlflowGetRun(input:$b){run{info{runId}} apiError{code message}}}",
        variables={"a": {"runId": own["run"]}, "b": {"runId": other["run"]}},
    ),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_is_anothers_is_as_good_as_absent(
    alice: Person, charlie: Person, charlies: Ids, attempt: str
) -> None:
    hidden = of(alice, "ml.prod.victim")
    told = [ATTEMPTS[attempt](charlie, charlies, other) for other in (hidden, ABSENT)]
    words = told[0].get_data(as_text=True)
    for kind, absent in ABSENT.items():
        if kind != "experiment":
            words = words.replace(hidden[kind], absent)
    words = words.replace(f"id={hidden['experiment']}", f"id={ABSENT['experiment']}")
    assert (told[0].status_code, words) == (told[1].status_code, told[1].get_data(as_text=True))
    assert unchanged(alice, hidden)


def unchanged(person: Person, ids: Ids) -> Any:
    """Tell whether an experiment is as it was made."""
    found = answer(person.get(f"{TRACES}/{ids['trace']}"))["trace"]["trace_info"]
    (assessment,) = found["assessments"]
    run = answer(person.get(f"{API}/runs/get", run_id=ids["run"]))["run"]
    listed = answer(person.get(f"{V3}/datasets/{ids['dataset']}/experiment-ids"))
    return (
        assessment["valid"]
        and not run["inputs"]
        and listed["experiment_ids"] == [ids["experiment"]]
    )
