"""Make one of everything that a route can be about, as alice, through the API."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from tests.application import ALICE, BOB, ROOT, Person, Template

_API = "/api/2.0/mlflow"
_V3 = "/api/3.0/mlflow"
_DATASETS = f"{_V3}/datasets"
_TRACES = "/api/3.0/mlflow/traces"
_FILES = "/api/2.0/mlflow-artifacts/artifacts"


def make_everything(app: Flask, template: Template) -> Mapping[str, str]:
    """Fill a started home and return what stands for ``{names}`` in paths and bodies."""
    alice = Person(app.test_client(), template.tokens[ALICE])
    names: dict[str, str] = {"model": "ml.prod.wine", "spare": "ml.prod.spare"}
    experiment = _ok(alice, "POST", f"{_API}/experiments/create", {"name": "ml.prod.tasting"})
    names["exp"] = experiment["experiment_id"]
    spare = _ok(alice, "POST", f"{_API}/experiments/create", {"name": "ml.prod.old"})
    names["old"] = spare["experiment_id"]
    _ok(alice, "POST", f"{_API}/experiments/delete", {"experiment_id": names["old"]})
    _tag_experiment(alice, names)
    _make_runs(alice, names)
    _make_tables(alice, names)
    _make_logged_model(alice, names)
    _make_trace(alice, names)
    _make_evaluation_dataset(alice, names)
    _make_scorer(alice, names)
    _make_review(alice, names)
    _make_models(alice, names)
    _make_requests(app, template, names)
    _make_webhook(app, template, names)
    return names


def _tag_experiment(alice: Person, names: dict[str, str]) -> None:
    tag = {"experiment_id": names["exp"], "key": "color", "value": "red"}
    _ok(alice, "POST", f"{_API}/experiments/set-experiment-tag", tag)


def _make_runs(alice: Person, names: dict[str, str]) -> None:
    for name in ("run", "dead"):
        made = _ok(alice, "POST", f"{_API}/runs/create", {"experiment_id": names["exp"]})
        names[name] = made["run"]["info"]["run_id"]
    run = {"run_id": names["run"]}
    _ok(
        alice,
        "POST",
        f"{_API}/runs/log-batch",
        run
        | {
            "metrics": [{"key": "loss", "value": 0.5, "timestamp": 1, "step": 1}],
            "params": [{"key": "depth", "value": "3"}],
            "tags": [{"key": "color", "value": "red"}],
        },
    )
    file = f"{_FILES}/{names['exp']}/{names['run']}/artifacts/model/MLmodel"
    sent = alice.send("PUT", file, data=b"flavors: {}", headers={"Content-Type": "text/plain"})
    assert sent.status_code == 200, sent.text
    _ok(alice, "POST", f"{_API}/runs/delete", {"run_id": names["dead"]})


def _make_tables(alice: Person, names: dict[str, str]) -> None:
    """Log data sets by full names, which registers them."""
    names |= {"table": "ml.prod.grapes", "spare_table": "ml.prod.raisins"}
    dataset = {"digest": "d1", "source_type": "local", "source": "{}"}
    used = [{"dataset": dataset | {"name": names[each]}} for each in ("table", "spare_table")]
    message = {"run_id": names["run"], "datasets": used}
    _ok(alice, "POST", f"{_API}/runs/log-inputs", message)
    tag = {"tag": "color", "value": "red"}
    assert alice.send("POST", f"/datasets/{names['table']}/tags", data=tag).status_code == 303


def _make_logged_model(alice: Person, names: dict[str, str]) -> None:
    new = {"experiment_id": names["exp"], "name": "m", "source_run_id": names["run"]}
    made = _ok(alice, "POST", f"{_API}/logged-models", new)
    names["lm"] = made["model"]["info"]["model_id"]
    path = f"{_API}/logged-models/{names['lm']}"
    _ok(alice, "PATCH", f"{path}/tags", {"tags": [{"key": "color", "value": "red"}]})


def _make_trace(alice: Person, names: dict[str, str]) -> None:
    names["trace"] = f"tr-{'1' * 32}"
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": names["exp"]}}
    told = {"trace_id": names["trace"], "trace_location": place, "tags": {"color": "red"}}
    _ok(alice, "POST", f"{_TRACES}", {"trace": {"trace_info": told}})
    assessment = {"assessment_name": "good", "feedback": {"value": True}}
    path = f"{_TRACES}/{names['trace']}/assessments"
    made = _ok(alice, "POST", path, {"assessment": assessment})
    names["feedback"] = made["assessment"]["assessment_id"]
    issue = {"experiment_id": names["exp"], "name": "sweet", "description": "too sweet"}
    told = _ok(alice, "POST", "/api/3.0/mlflow/issues", issue)
    names["issue"] = told["issue"]["issue_id"]


def _make_evaluation_dataset(alice: Person, names: dict[str, str]) -> None:
    new = {"name": "golden", "experiment_ids": [names["exp"]], "tags": '{"color": "red"}'}
    made = _ok(alice, "POST", f"{_DATASETS}/create", new)
    names["ds"] = made["dataset"]["dataset_id"]
    records = {"records": '[{"inputs": {"question": "why"}}]'}
    _ok(alice, "POST", f"{_DATASETS}/{names['ds']}/records", records)


def _make_scorer(alice: Person, names: dict[str, str]) -> None:
    new = {"experiment_id": names["exp"], "name": "polite", "serialized_scorer": "{}"}
    _ok(alice, "POST", f"{_V3}/scorers/register", new)
    made = _ok(alice, "POST", f"{_V3}/scorers/register", new)
    names["scorer"] = made["scorer_id"]


def _make_review(alice: Person, names: dict[str, str]) -> None:
    place = {"experiment_id": names["exp"]}
    question = {"name": "right?", "type": "FEEDBACK", "input": {"text": {}}}
    made = _ok(alice, "POST", f"{_V3}/label-schemas/create", place | question)
    names["question"] = made["label_schema"]["schema_id"]
    for key in ("queue", "filled"):
        new = {"name": key, "queue_type": "CUSTOM", "schema_ids": [names["question"]]}
        made = _ok(alice, "POST", f"{_V3}/review-queues/create", place | new)
        names[key] = made["review_queue"]["queue_id"]
    items = {"queue_id": names["filled"], "item_ids": [names["trace"]]}
    _ok(alice, "POST", f"{_V3}/review-queues/items/add", items)


def _make_models(alice: Person, names: dict[str, str]) -> None:
    model = {"name": names["model"]}
    _ok(alice, "POST", f"{_API}/registered-models/create", model)
    tag = {"key": "color", "value": "red"}
    _ok(alice, "POST", f"{_API}/registered-models/set-tag", model | tag)
    source = {"source": f"runs:/{names['run']}/model", "run_id": names["run"]}
    for _ in range(2):
        _ok(alice, "POST", f"{_API}/model-versions/create", model | source)
    version = model | {"version": "1"}
    _ok(alice, "POST", f"{_API}/model-versions/set-tag", version | tag)
    _ok(alice, "POST", f"{_API}/registered-models/alias", version | {"alias": "champion"})


def _make_requests(app: Flask, template: Template, names: dict[str, str]) -> None:
    """Let bob, who may read, ask for more, twice."""
    bob = Person(app.test_client(), template.tokens[BOB])
    root = Person(app.test_client(), template.tokens[ROOT])
    for place, item in (("request", "APPLY TAG"), ("wish", "MANAGE")):
        form = {"kind": "registered_model", "name": names["model"], "item": item, "reason": "work"}
        answer = bob.send("POST", "/access-requests", data=form)
        assert answer.status_code == 303, answer.text
        listed = bob.get("/access-requests").text
        names[place] = listed.partition("/access-requests/")[2].partition("/")[0]
    made = root.send("POST", "/keys", data={"name": "spare-key"})
    assert made.status_code == 303, made.text


def _make_webhook(app: Flask, template: Template, names: dict[str, str]) -> None:
    """Let root make a webhook that leads nowhere."""
    root = Person(app.test_client(), template.tokens[ROOT])
    event = {"entity": "REGISTERED_MODEL", "action": "CREATED"}
    new = {"name": "hook", "url": "https://receiver.invalid/hook", "events": [event]}
    made = _ok(root, "POST", f"{_API}/webhooks", new | {"secret": "a secret of the house"})
    names["hook"] = made["webhook"]["webhook_id"]


def _ok(person: Person, method: str, path: str, message: Mapping[str, Any]) -> Any:
    answer = person.send(method, path, json=message)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json
