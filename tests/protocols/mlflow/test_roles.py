"""Every endpoint of the protocol, asked by nobody, a stranger, a reader, the owner, a disabled."""

import re
from typing import Any

import pytest
from flask import Flask

from app.protocols import mlflow
from tests.application import ALICE, BOB, CHARLIE, EVE, Person, Template
from tests.protocols.mlflow.calls import (
    API,
    PROXY,
    answer,
    assess,
    register_model,
    start_run,
    start_trace,
)
from tests.protocols.mlflow.roles import ROOT_ROWS, ROWS, Expected, Row

ASKERS = dict(zip(Expected._fields, ("", CHARLIE, BOB, ALICE, EVE), strict=True))
OWNER_LAST = ("anonymous", "disabled", "stranger", "reader", "owner")
_PART = re.compile(r"<(?:[^<>]*:)?(\w+)>")


def make_world(alice: Person) -> dict[str, str]:
    """Make one of each kind and return the names and ids by which the rows know them."""
    info = start_run(alice)
    number, run_id = info["experiment_id"], info["run_id"]
    root = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    for path in ("file", "model/MLmodel"):
        answer(alice.send("PUT", f"{PROXY}/{root}/{path}", data=b"x"))
    tag = {"key": "old", "value": "1"}
    point = {"key": "loss", "value": 1, "timestamp": 1}
    answer(alice.post(f"{API}/runs/log-batch", run_id=run_id, tags=[tag], metrics=[point]))
    answer(alice.post(f"{API}/experiments/set-experiment-tag", experiment_id=number, **tag))
    gone = start_run(alice, number)["run_id"]
    answer(alice.post(f"{API}/runs/delete", run_id=gone))
    other = answer(alice.post(f"{API}/experiments/create", name="ml.prod.gone"))["experiment_id"]
    answer(alice.post(f"{API}/experiments/delete", experiment_id=other))
    message = {"experiment_id": number, "name": "tree", "tags": [tag]}
    logged = answer(alice.post(f"{API}/logged-models", **message))["model"]["info"]
    logged_root = logged["artifact_uri"].removeprefix("mlflow-artifacts:/")
    answer(alice.send("PUT", f"{PROXY}/{logged_root}/file", data=b"x"))
    trace_id = start_trace(alice, number, tags={"old": "1"})
    feedback = assess(alice, trace_id, feedback={"value": True})["assessment_id"]
    name = register_model(alice)["name"]
    source = {"name": name, "source": f"runs:/{run_id}/model", "tags": [tag]}
    answer(alice.post(f"{API}/model-versions/create", **source))
    answer(alice.post(f"{API}/registered-models/alias", name=name, alias="champion", version="1"))
    return {
        "experiment": number,
        "run": run_id,
        "root": root,
        "deleted_run": gone,
        "deleted_experiment": other,
        "logged_model": logged["model_id"],
        "trace": trace_id,
        "assessment": feedback,
        "name": name,
    }


@pytest.mark.parametrize("row", [*ROWS, *ROOT_ROWS], ids=lambda row: row.endpoint)
def test_each_asker_gets_the_status_of_the_table(
    application: Flask, template: Template, row: Row
) -> None:
    people = {
        asker: Person(application.test_client(), template.tokens.get(name, ""))
        for asker, name in ASKERS.items()
    }
    world = make_world(people["owner"])
    got = {asker: _ask(people[asker], row, world) for asker in OWNER_LAST}
    assert Expected(**got) == row.expected


def test_no_endpoint_is_without_a_row() -> None:
    served = Flask(__name__, static_folder=None)
    for blueprint in mlflow.blueprints():
        served.register_blueprint(blueprint)
    endpoints = {
        f"{method} {rule.rule}"
        for rule in served.url_map.iter_rules()
        for method in rule.methods or ()
        if method != "HEAD"
    }
    tabled = {row.endpoint for row in ROOT_ROWS}
    for row in ROWS:
        method, rule = row.endpoint.split(" ", maxsplit=1)
        tabled |= {f"{method} /{prefix}/{rule}" for prefix in ("api", "ajax-api")}
    assert endpoints == tabled


def _ask(person: Person, row: Row, world: dict[str, str]) -> int:
    method, rule = row.endpoint.split(" ", maxsplit=1)
    message = {name: _filled(value, world) for name, value in row.message.items()}
    path = _PART.sub(lambda part: str(message.pop(part[1])), rule)
    if not path.startswith("/"):
        path = f"/api/{path}"
    if method == "PUT":
        options: dict[str, Any] = {"data": b"bytes"}
    elif method == "GET":
        options = {"query_string": message}
    else:
        options = {"json": message}
    with person.send(method, path, **options) as response:
        return response.status_code


def _filled(value: Any, world: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, world) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, world) for one in value]
    return value.format(**world) if isinstance(value, str) else value
