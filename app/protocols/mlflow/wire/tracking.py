"""Messages of tracking: experiments, runs, metrics and artifacts (``mlflow/protos/service.proto``).

Answers are plain dictionaries in protobuf's JSON with MLflow's twist: an int64 is a number, an
empty list is left out, NaN is text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan
from typing import Any, TypeVar

from marshmallow import ValidationError, fields, post_load

from app.errors import InvalidParameterError
from app.protocols.mlflow.filters.expressions import Grammar, parse_filter, parse_order_by
from app.protocols.mlflow.wire.messages import (
    Double,
    Message,
    Tag,
    int64,
    tags,
    text,
    texts,
)
from app.tracking.values import (
    Dataset,
    DatasetInput,
    Experiment,
    Metric,
    Pair,
    Run,
    RunInfo,
    RunStatus,
    Search,
    View,
)

Dumped = dict[str, Any]
_PAGE = 1000
_ABOUT_NOTHING = (None, None, None, None)
Member = TypeVar("Member", RunStatus, View)


class OfRun(Message):
    """What is asked of one run; clients before 1.0 call its id ``run_uuid``."""

    run_id = text()
    run_uuid = text()

    @post_load
    def _one_id(self, data: Dumped, **_options: Any) -> Dumped:
        data["run_id"] = data.get("run_id") or data.get("run_uuid")
        if not data["run_id"]:
            raise ValidationError({"run_id": ["Missing data for required field."]})
        return data


class OfExperiment(Message):
    """What is asked of one experiment: get, delete, restore."""

    experiment_id = text(required=True)


class CreateExperiment(Message):
    """CreateExperiment."""

    name = text(required=True)
    artifact_location = text(default="")
    tags = tags()


class GetExperimentByName(Message):
    """GetExperimentByName."""

    experiment_name = text(required=True)


class UpdateExperiment(OfExperiment):
    """UpdateExperiment; without a name nothing changes."""

    new_name = text(required=True)


class SetExperimentTag(OfExperiment, Tag):
    """SetExperimentTag."""


class DeleteExperimentTag(OfExperiment):
    """DeleteExperimentTag."""

    key = text(required=True)


class SearchExperiments(Message):
    """SearchExperiments."""

    max_results = int64()
    page_token = text(default="")
    filter = text(default="")
    order_by = texts()
    view_type = text()


class CreateRun(Message):
    """CreateRun."""

    experiment_id = text(default="0")
    user_id = text(default="")
    run_name = text()
    start_time = int64()
    tags = tags()


class UpdateRun(OfRun):
    """UpdateRun; what is absent stays."""

    status = text()
    end_time = int64()
    run_name = text()


class LogMetric(OfRun):
    """LogMetric."""

    key = text(required=True)
    value = Double(required=True)
    timestamp = int64(required=True)
    step = int64(default=0)
    model_id = text()
    dataset_name = text()
    dataset_digest = text()


class LogParam(OfRun):
    """LogParam."""

    key = text(required=True)
    value = text(required=True)


class SetTag(OfRun, Tag):
    """SetTag."""


class DeleteTag(OfRun):
    """DeleteTag."""

    key = text(required=True)


class SearchRuns(Message):
    """SearchRuns."""

    experiment_ids = texts()
    filter = text(default="")
    run_view_type = text()
    max_results = int64()
    order_by = texts()
    page_token = text(default="")


class _Dataset(Message):
    name = text(required=True)
    digest = text(required=True)
    source_type = text(required=True)
    source = text(required=True)
    schema = text()
    profile = text()


class _DatasetInput(Message):
    tags = tags()
    dataset = fields.Nested(_Dataset, required=True)


class _ModelInput(Message):
    model_id = text(required=True)


class _ModelOutput(_ModelInput):
    step = int64(default=0)


class LogInputs(OfRun):
    """LogInputs."""

    datasets = fields.List(fields.Nested(_DatasetInput), load_default=list)
    models = fields.List(fields.Nested(_ModelInput), load_default=list)


class LogOutputs(OfRun):
    """LogOutputs."""

    models = fields.List(fields.Nested(_ModelOutput), load_default=list)


class LogModel(OfRun):
    """LogModel, of clients before MLflow 3."""

    model_json = text(required=True)


class GetMetricHistory(OfRun):
    """GetMetricHistory."""

    metric_key = text(required=True)
    max_results = int64()
    page_token = text(default="")


class GetMetricHistoryBulk(Message):
    """The get-history-bulk of MLflow's web UI, which has no message of its own."""

    run_id = texts()
    run_ids = texts()
    metric_key = text(required=True)
    max_results = int64()


class GetMetricHistoryBulkInterval(Message):
    """GetMetricHistoryBulkInterval."""

    run_ids = texts()
    metric_key = text(required=True)
    start_step = int64()
    end_step = int64()
    max_results = int64()


class SearchDatasets(Message):
    """SearchDatasets."""

    experiment_ids = texts()


class ListArtifacts(OfRun):
    """ListArtifacts; all files of a folder are one page."""

    path = text(default="")
    page_token = text(default="")


class ListProxiedArtifacts(Message):
    """ListArtifacts of ``mlflow_artifacts.proto``: a path that begins with an experiment."""

    path = text(default="")


class GetArtifact(OfRun):
    """The download, or by MLflow's pages the upload, of one file of a run."""

    path = text(required=True)


def to_pairs(loaded: Iterable[Dumped]) -> list[Pair]:
    """Return tags or parameters as pairs of name and value."""
    return [(item["key"], item["value"] or "") for item in loaded]


def to_dataset_input(loaded: Dumped) -> DatasetInput:
    """Return a data set as a run used it."""
    return DatasetInput(Dataset(**loaded["dataset"]), tuple(to_pairs(loaded["tags"])))


def to_member(kind: type[Member], value: str | None, field: str) -> Member | None:
    """Return the member that an enum's name on the wire stands for, or None for an absent one.

    Raises InvalidParameterError for a name that the enum does not have.
    """
    if value is None:
        return None
    try:
        return kind[value]
    except KeyError:
        names = ", ".join(kind.__members__)
        msg = f"Invalid value '{value[:80]}' for parameter '{field}' supplied: one of {names}"
        raise InvalidParameterError(msg, field=field) from None


def to_search(wanted: Dumped, grammar: Grammar, view: str = "view_type") -> Search:
    """Return what a message asks for; without a size, MLflow's 1000 at most.

    Raises InvalidParameterError for a filter or order that the grammar does not have.
    """
    size = wanted["max_results"]
    return Search(
        view=to_member(View, wanted[view], view) or View.ACTIVE_ONLY,
        filters=parse_filter(wanted["filter"], grammar),
        order_by=parse_order_by(wanted["order_by"], grammar),
        max_results=_PAGE if size is None else size,
        page_token=wanted["page_token"] or "",
    )


def dump_pairs(pairs: Iterable[Pair]) -> list[Dumped]:
    """Return tags or parameters as on the wire."""
    return [{"key": name, "value": value} for name, value in pairs]


def dump_experiment(experiment: Experiment, workspace: str) -> Dumped:
    """Return an Experiment."""
    return _without_empty_lists(
        {
            "experiment_id": experiment.experiment_id,
            "name": experiment.name,
            "artifact_location": experiment.artifact_location,
            "lifecycle_stage": experiment.lifecycle_stage.value,
            "last_update_time": experiment.last_update_time,
            "creation_time": experiment.creation_time,
            "tags": dump_pairs(experiment.tags),
            "workspace": workspace,
        }
    )


def dump_run_info(info: RunInfo) -> Dumped:
    """Return a RunInfo."""
    dumped: Dumped = {
        "run_uuid": info.run_id,
        "run_id": info.run_id,
        "run_name": info.name,
        "experiment_id": info.experiment_id,
        "user_id": info.user_id,
        "status": info.status.value,
        "start_time": info.start_time,
        "artifact_uri": info.artifact_uri,
        "lifecycle_stage": info.lifecycle_stage.value,
    }
    if info.end_time is not None:
        dumped["end_time"] = info.end_time
    return dumped


def dump_run(run: Run) -> Dumped:
    """Return a Run."""
    data = {
        "metrics": [dump_metric(metric) for metric in run.metrics],
        "params": dump_pairs(run.params),
        "tags": dump_pairs(run.tags),
    }
    inputs: Dumped = {
        "dataset_inputs": [_dump_dataset_input(item) for item in run.dataset_inputs],
        "model_inputs": [{"model_id": model_id} for model_id in run.model_inputs],
    }
    outputs: Dumped = {
        "model_outputs": [
            {"model_id": output.model_id, "step": output.step} for output in run.model_outputs
        ]
    }
    return {
        "info": dump_run_info(run.info),
        "data": _without_empty_lists(data),
        "inputs": _without_empty_lists(inputs),
        "outputs": _without_empty_lists(outputs),
    }


def dump_metric(metric: Metric) -> Dumped:
    """Return a Metric, with the logged model and data set that it is about."""
    value = metric.value
    dumped: Dumped = {
        "key": metric.key,
        "value": "NaN" if isnan(value) else value,
        "timestamp": metric.timestamp,
        "step": metric.step,
    }
    if metric[4:] != _ABOUT_NOTHING:
        for name, about in zip(metric._fields[4:], metric[4:], strict=True):
            if about is not None:
                dumped[name] = about
    return dumped


def dump_list(name: str, items: Sequence[Dumped], next_token: str = "") -> Dumped:
    """Return a page: no list at all where it is empty, no token on the last page."""
    dumped: Dumped = {name: list(items)} if items else {}
    if next_token:
        dumped["next_page_token"] = next_token
    return dumped


def _dump_dataset_input(item: DatasetInput) -> Dumped:
    dataset = item.dataset
    dumped: Dumped = {
        "name": dataset.name,
        "digest": dataset.digest,
        "source_type": dataset.source_type,
        "source": dataset.source,
    }
    for name, value in (("schema", dataset.schema), ("profile", dataset.profile)):
        if value is not None:
            dumped[name] = value
    return _without_empty_lists({"tags": dump_pairs(item.tags), "dataset": dumped})


def _without_empty_lists(dumped: Dumped) -> Dumped:
    return {name: value for name, value in dumped.items() if value != []}
