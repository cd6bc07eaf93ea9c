"""What MLflow's pages have to show beside the furnished server: pictures, plots and a trace."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.db.metadata import now_millis
from tests.application import ALICE, Person
from tests.protocols.otel.messages import batch, make_span
from tests.web.world import MODEL, World

QUESTION = "why is the sky blue"
_API = "/api/2.0/mlflow"
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
_FILES = {
    "dot.png": _PIXEL,
    "page.html": b"<h1>Hello</h1>",
    "settings.json": b'{"depth": 3}',
    "notes.md": b"# How it went",
    "model/MLmodel": b"flavors: {}",
}


@dataclass(frozen=True, slots=True)
class Gallery:
    """Two runs of one experiment, a trace, and of the second run files and version 3 of a model."""

    experiment_id: str
    run_id: str
    other_id: str


def hang(application: Flask, world: World) -> Gallery:
    """Add to the furnished server, as alice, what the pages show."""
    alice = Person(application.test_client(), world.template.tokens[ALICE])
    made = _ok(
        alice,
        "POST",
        f"{_API}/runs/create",
        {"experiment_id": world.experiment_id, "run_name": "second"},
    )
    run_id = made["run"]["info"]["run_id"]
    begun = now_millis()
    metrics = [
        {"key": "loss", "value": 2 / (step + 1), "timestamp": begun + step, "step": step}
        for step in range(20)
    ]
    metrics.append({"key": "accuracy", "value": 0.95, "timestamp": begun, "step": 0})
    batch_of_second = {
        "run_id": run_id,
        "metrics": metrics,
        "params": [{"key": "depth", "value": "4"}],
    }
    _ok(alice, "POST", f"{_API}/runs/log-batch", batch_of_second)
    for name, content in _FILES.items():
        path = f"{_API}/upload-artifact?run_uuid={run_id}&path={name}"
        assert alice.send("POST", path, data=content).status_code == 200
    source = {"name": MODEL, "source": f"runs:/{run_id}/model", "run_id": run_id}
    _ok(alice, "POST", f"{_API}/model-versions/create", source)
    _trace(alice, world.experiment_id)
    return Gallery(world.experiment_id, run_id, world.run_id)


def _trace(alice: Person, experiment_id: str) -> None:
    now = now_millis() * 1_000_000
    attributes = {
        "mlflow.spanInputs": json.dumps({"question": QUESTION}),
        "mlflow.spanOutputs": json.dumps("because"),
    }
    span = make_span(attributes, start_time_unix_nano=now, end_time_unix_nano=now + 5_000_000)
    headers = {"x-mlflow-experiment-id": experiment_id, "Content-Type": "application/x-protobuf"}
    answer = alice.send("POST", "/v1/traces", data=batch(span), headers=headers)
    assert answer.status_code == 200, answer.text


def _ok(person: Person, method: str, path: str, message: Any) -> Any:
    answer = person.send(method, path, json=message)
    assert answer.status_code == 200, (path, answer.text)
    return answer.get_json()
