"""A stock ``mlflow server`` with something of everything in it, and what a client sees."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Metric, Trace, ViewType
from mlflow.tracing.attachments import Attachment
from mlflow.tracing.client import TracingClient
from sklearn.linear_model import LogisticRegression

from tests.serving import free_port

_READY_WITHIN = 60
POINTS = 1500
PROMPTS = "tags.`mlflow.prompt.is_prompt` = 'true'"


@contextmanager
def stock_server(folder: Path) -> Iterator[str]:
    """Serve an empty store of MLflow's own in a folder; the value is its address."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/health", process, folder / "server.log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def populate(address: str) -> None:
    """Log what a team logs in a week: runs, models, prompts and traces, some of it deleted."""
    mlflow.set_tracking_uri(address)
    mlflow.set_registry_uri(address)
    client = MlflowClient()
    experiment = mlflow.set_experiment("harvest / 2026")
    client.set_experiment_tag(experiment.experiment_id, "team", "vineyard")
    run_id = _train(client)
    deleted = client.create_run(experiment.experiment_id, run_name="mistake")
    client.delete_run(deleted.info.run_id)
    client.delete_experiment(client.create_experiment("given up"))
    client.create_model_version("grape", f"runs:/{run_id}/notes", run_id, tags={"kind": "notes"})
    client.set_registered_model_alias("grape", "champion", "2")
    client.set_registered_model_tag("grape", "colour", "red")
    client.update_model_version("grape", "1", "The first one.")
    client.copy_model_version("models:/grape/1", "grape-copy")
    mlflow.genai.register_prompt("greeting", "Hello {{name}}", tags={"tone": "warm"})
    mlflow.genai.register_prompt("greeting", "Good day {{name}}")
    mlflow.genai.set_prompt_alias("greeting", "prod", 1)
    _trace()
    traces = mlflow.search_traces(return_type="list")
    client.link_traces_to_run([trace.info.trace_id for trace in traces], run_id)


def _train(client: MlflowClient) -> str:
    frame = pd.DataFrame({"sugar": [1.0, 2.0, 3.0, 4.0], "ripe": [0, 1, 0, 1]})
    model = LogisticRegression().fit(frame[["sugar"]], frame["ripe"])
    with mlflow.start_run(run_name="parent") as run:
        mlflow.log_params({"lr": "0.1", "depth": "3"})
        mlflow.log_input(from_pandas(frame, name="grapes"), context="training")
        points = [Metric("loss", 1 / (i + 1), 1_700_000_000_000 + i, i) for i in range(POINTS)]
        for at in range(0, POINTS, 1000):
            client.log_batch(run.info.run_id, points[at : at + 1000])
        mlflow.log_metrics({"none": float("nan"), "most": float("inf"), "least": float("-inf")})
        mlflow.log_text("ripe and sweet", "notes/été 1.txt")
        mlflow.log_dict({"a": list(range(2000))}, "notes/deep/er/numbers.json")
        with mlflow.start_run(run_name="child", nested=True):
            mlflow.log_metric("score", 1, step=-3)
        logged = mlflow.sklearn.log_model(
            model,
            name="grape",
            registered_model_name="grape",
            input_example=frame[["sugar"]],
            pip_requirements=["scikit-learn"],
        )
        mlflow.log_metric("accuracy", 0.9, model_id=logged.model_id)
    run_id: str = run.info.run_id
    return run_id


def _trace() -> None:
    label = Attachment(content_type="image/png", content_bytes=b"a label")

    @mlflow.trace
    def answer(question: str) -> str:
        with mlflow.start_span("look") as span:
            span.set_outputs({"label": label})
        with mlflow.start_span("look up", span_type="RETRIEVER") as span:
            span.set_inputs({"question": question})
            span.set_outputs([1, 2.5, None, True, {"deep": ["é"]}])
        return question.upper()

    answer("ripe?")
    mlflow.flush_trace_async_logging()
    trace = mlflow.search_traces(return_type="list")[0]
    trace_id = trace.info.trace_id
    mlflow.set_trace_tag(trace_id, "mood", "good")
    mlflow.log_feedback(trace_id=trace_id, name="right", value=True, rationale="It is.")
    mlflow.log_expectation(trace_id=trace_id, name="wanted", value={"answer": ["RIPE?"]})


def seen(address: str) -> dict[str, Any]:
    """Return all that MLflow's client sees of a server, with places and owners left out."""
    mlflow.set_tracking_uri(address)
    mlflow.set_registry_uri(address)
    client = MlflowClient()
    experiments = client.search_experiments(view_type=ViewType.ALL)
    return {
        "experiments": {
            one.name: (one.lifecycle_stage, dict(one.tags), one.creation_time)
            for one in experiments
            if one.name != "Default"
        },
        "runs": {
            run.info.run_id: _run(client, run, one.name)
            for one in experiments
            for run in client.search_runs([one.experiment_id], run_view_type=ViewType.ALL)
        },
        "logged models": {
            model.model_id: _logged_model(model)
            for one in experiments
            for model in client.search_logged_models([one.experiment_id])
        },
        "registered": _registered(client),
        "traces": _traces([one.experiment_id for one in experiments]),
    }


def _run(client: MlflowClient, run: Any, experiment: str) -> dict[str, Any]:
    info = run.info
    histories = {
        name: sorted(
            (point.timestamp, point.step, repr(point.value))
            for point in client.get_metric_history(info.run_id, name)
        )
        for name in run.data.metrics
    }
    return {
        "experiment": experiment,
        "info": (info.run_name, info.status, info.start_time, info.end_time, info.lifecycle_stage),
        "user": info.user_id,
        "params": run.data.params,
        "tags": run.data.tags,
        "histories": histories,
        "inputs": [one.to_dictionary() for one in run.inputs.dataset_inputs],
        "outputs": [one.to_dictionary() for one in run.outputs.model_outputs],
        "files": _files(info.artifact_uri),
        "traces": [
            trace.info.trace_id
            for trace in mlflow.search_traces(
                locations=[info.experiment_id], run_id=info.run_id, return_type="list"
            )
        ],
    }


def _logged_model(model: Any) -> dict[str, Any]:
    return {
        "name": (model.name, str(model.status), model.source_run_id),
        "times": (model.creation_timestamp, model.last_updated_timestamp),
        "tags": model.tags,
        "params": model.params,
        "metrics": sorted((m.key, m.timestamp, m.step, m.run_id) for m in model.metrics),
        "files": _files(model.artifact_location),
    }


def _registered(client: MlflowClient) -> dict[str, Any]:
    found = client.search_registered_models() + client.search_registered_models(PROMPTS)
    return {
        model.name: {
            "tags": dict(model.tags) | {"_mlflow_experiment_ids": ""},
            "aliases": dict(model.aliases),
            "created": model.creation_timestamp,
            "versions": {
                version.version: {
                    "stage": version.current_stage,
                    "text": version.description or "",
                    "run": version.run_id or "",
                    "tags": version.tags,
                    "created": version.creation_timestamp,
                    "files": _files(f"models:/{model.name}/{version.version}")
                    if model.name.startswith("grape")
                    else {},
                }
                for condition in ("", f" AND {PROMPTS}")
                for version in client.search_model_versions(f"name = '{model.name}'{condition}")
            },
        }
        for model in found
    }


def _traces(experiment_ids: list[str]) -> dict[str, Any]:
    found = mlflow.search_traces(locations=experiment_ids, return_type="list")
    return {
        trace.info.trace_id: {
            "info": (trace.info.request_time, str(trace.info.state), trace.info.execution_duration),
            "previews": (trace.info.request_preview, trace.info.response_preview),
            "metadata": trace.info.trace_metadata,
            "mood": trace.info.tags["mood"],
            "name": trace.info.tags["mlflow.traceName"],
            "attached": _attached(trace),
            "said": sorted(
                json.dumps(one.to_dictionary(), sort_keys=True) for one in trace.info.assessments
            ),
            "spans": [
                (s.name, s.span_type, s.span_id, s.parent_id, s.inputs, s.outputs, str(s.status))
                for s in trace.data.spans
            ],
        }
        for trace in found
    }


def _attached(trace: Trace) -> list[bytes]:
    repository = TracingClient()._get_artifact_repo_for_trace(trace.info)
    return [
        repository.download_trace_attachment(urlsplit(span.outputs["label"]).hostname)
        for span in trace.data.spans
        if span.name == "look"
    ]


def _files(uri: str) -> dict[str, str]:
    folder = Path(mlflow.artifacts.download_artifacts(uri)) if _lists(uri) else None
    if folder is None:
        return {}
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        # The client itself writes this one into what it downloads of a registered model.
        if path.is_file() and path.name != "registered_model_meta"
    }


def _lists(uri: str) -> bool:
    return bool(mlflow.artifacts.list_artifacts(uri))


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text()[-3000:])
