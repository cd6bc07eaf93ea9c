"""Runs and what they log (``mlflow/protos/service.proto``: createRun … logOutputs)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.errors import InvalidParameterError
from app.protocols.mlflow.filters.expressions import RUNS
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.batch import read_log_batch
from app.protocols.mlflow.wire.json import parse_text
from app.protocols.mlflow.wire.tracking import (
    CreateRun,
    DeleteTag,
    Dumped,
    LogInputs,
    LogMetric,
    LogModel,
    LogOutputs,
    LogParam,
    OfRun,
    SearchRuns,
    SetTag,
    UpdateRun,
    dump_list,
    dump_run,
    dump_run_info,
    to_dataset_input,
    to_member,
    to_pairs,
    to_search,
)
from app.tracking import model_history
from app.tracking.runs import inputs, metrics, runs
from app.tracking.runs import search as run_search
from app.tracking.values import Metric, ModelOutput, RunStatus


@api("POST", "runs/create")
def create_run() -> ResponseReturnValue:
    """Start a run."""
    wanted = CreateRun.read()
    made = runs.create_run(
        caller(),
        wanted["experiment_id"] or "0",
        run_name=wanted["run_name"],
        user_id=wanted["user_id"] or "",
        start_time=wanted["start_time"],
        tags=to_pairs(wanted["tags"]),
    )
    return jsonify({"run": dump_run(made)})


@api("GET", "runs/get")
def get_run() -> ResponseReturnValue:
    """Answer a run with what it logged."""
    return jsonify(answer_run(OfRun.read()))


@api("POST", "runs/update")
def update_run() -> ResponseReturnValue:
    """Change a run's status, end or name."""
    wanted = UpdateRun.read()
    changed = runs.update_run(
        caller(),
        wanted["run_id"],
        status=to_member(RunStatus, wanted["status"], "status"),
        end_time=wanted["end_time"],
        run_name=wanted["run_name"],
    )
    return jsonify({"run_info": dump_run_info(changed)})


@api("POST", "runs/delete")
def delete_run() -> ResponseReturnValue:
    """Move a run to the trash."""
    runs.delete_run(caller(), OfRun.read()["run_id"])
    return empty()


@api("POST", "runs/restore")
def restore_run() -> ResponseReturnValue:
    """Bring a run back from the trash."""
    runs.restore_run(caller(), OfRun.read()["run_id"])
    return empty()


@api("POST", "runs/search")
def search_runs() -> ResponseReturnValue:
    """Answer a page of the runs of some experiments."""
    return jsonify(answer_runs(SearchRuns.read()))


@api("POST", "runs/log-metric")
def log_metric() -> ResponseReturnValue:
    """Log one point of a metric."""
    wanted = LogMetric.read()
    point = Metric(
        wanted["key"],
        wanted["value"],
        wanted["timestamp"],
        wanted["step"] or 0,
        wanted["model_id"] or None,
        wanted["dataset_name"],
        wanted["dataset_digest"],
    )
    metrics.log_metric(caller(), wanted["run_id"], point)
    return empty()


@api("POST", "runs/log-parameter")
def log_param() -> ResponseReturnValue:
    """Log a parameter."""
    wanted = LogParam.read()
    runs.log_param(caller(), wanted["run_id"], wanted["key"], wanted["value"])
    return empty()


@api("POST", "runs/set-tag")
def set_tag() -> ResponseReturnValue:
    """Set a tag of a run."""
    wanted = SetTag.read()
    runs.set_run_tag(caller(), wanted["run_id"], wanted["key"], wanted["value"] or "")
    return empty()


@api("POST", "runs/delete-tag")
def delete_tag() -> ResponseReturnValue:
    """Delete a tag of a run."""
    wanted = DeleteTag.read()
    runs.delete_run_tag(caller(), wanted["run_id"], wanted["key"])
    return empty()


@api("POST", "runs/log-batch")
def log_batch() -> ResponseReturnValue:
    """Log metrics, parameters and tags at once."""
    batch = read_log_batch()
    metrics.log_batch(
        caller(), batch.run_id, metrics=batch.metrics, params=batch.params, tags=batch.tags
    )
    return empty()


@api("POST", "runs/log-inputs")
def log_inputs() -> ResponseReturnValue:
    """Log which data sets and logged models a run used."""
    wanted = LogInputs.read()
    inputs.log_inputs(
        caller(),
        wanted["run_id"],
        datasets=[to_dataset_input(item) for item in wanted["datasets"]],
        model_ids=[item["model_id"] for item in wanted["models"]],
    )
    return empty()


@api("POST", "runs/outputs")
def log_outputs() -> ResponseReturnValue:
    """Log which logged models a run made."""
    wanted = LogOutputs.read()
    outputs = [ModelOutput(item["model_id"], item["step"] or 0) for item in wanted["models"]]
    inputs.log_outputs(caller(), wanted["run_id"], outputs)
    return empty()


@api("POST", "runs/log-model")
def log_model() -> ResponseReturnValue:
    """Note a model that a client before MLflow 3 logged."""
    wanted = LogModel.read()
    model_history.record_model(caller(), wanted["run_id"], _to_model(wanted["model_json"]))
    return empty()


def _to_model(text: str) -> Dumped:
    try:
        model = parse_text(text, "model_json")
    except InvalidParameterError:
        model = None
    if not isinstance(model, dict):
        msg = "Malformed model info: it is not a JSON object, or nests too deep"
        raise InvalidParameterError(msg, field="model_json")
    return model


def answer_run(wanted: Dumped) -> Dumped:
    """Return the answer to GetRun."""
    return {"run": dump_run(runs.get_run(caller(), wanted["run_id"]))}


def answer_runs(wanted: Dumped) -> Dumped:
    """Return the answer to SearchRuns."""
    search = to_search(wanted, RUNS, "run_view_type")
    page = run_search.search_runs(caller(), wanted["experiment_ids"], search)
    return dump_list("runs", [dump_run(run) for run in page.items], page.next_token)
