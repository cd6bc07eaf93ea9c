"""Messages of logged models (``mlflow/protos/service.proto``: CreateLoggedModel …)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.protocols.mlflow.wire.messages import Boolean, Message, Tag, int64, tags, text, texts
from app.protocols.mlflow.wire.tracking import Dumped, dump_metric, dump_pairs
from app.tracking.values import LoggedModel


class Parameter(Tag):
    """LoggedModelParameter."""


class CreateLoggedModel(Message):
    """CreateLoggedModel."""

    experiment_id = text(required=True)
    name = text()
    model_type = text(default="")
    source_run_id = text()
    params = fields.List(fields.Nested(Parameter), load_default=list)
    tags = tags()


class GetLoggedModel(Message):
    """GetLoggedModel; the id is in the path."""

    allow_deleted = Boolean(load_default=False, allow_none=True)


class FinalizeLoggedModel(Message):
    """FinalizeLoggedModel."""

    status = text(required=True)


class SetLoggedModelTags(Message):
    """SetLoggedModelTags."""

    tags = tags()


class LogLoggedModelParams(Message):
    """LogLoggedModelParamsRequest."""

    params = fields.List(fields.Nested(Parameter), load_default=list)


class _Dataset(Message):
    dataset_name = text(required=True)
    dataset_digest = text()


class _OrderBy(Message):
    field_name = text(required=True)
    ascending = Boolean(load_default=True, allow_none=True)
    dataset_name = text()
    dataset_digest = text()


class SearchLoggedModels(Message):
    """SearchLoggedModels."""

    experiment_ids = texts()
    filter = text(default="")
    datasets = fields.List(fields.Nested(_Dataset), load_default=list)
    max_results = int64()
    order_by = fields.List(fields.Nested(_OrderBy), load_default=list)
    page_token = text(default="")


class ListLoggedModelArtifacts(Message):
    """ListLoggedModelArtifacts."""

    artifact_directory_path = text(default="")
    page_token = text(default="")


class GetLoggedModelArtifact(Message):
    """The download of one file of a logged model."""

    artifact_file_path = text(required=True)


def dump_logged_model(model: LoggedModel) -> Dumped:
    """Return a LoggedModel."""
    info: Dumped = {
        "model_id": model.model_id,
        "experiment_id": model.experiment_id,
        "name": model.name,
        "creation_timestamp_ms": model.created_at,
        "last_updated_timestamp_ms": model.updated_at,
        "artifact_uri": model.artifact_uri,
        "status": model.status.value,
        "model_type": model.model_type,
        "source_run_id": model.source_run_id or "",
        "status_message": model.status_message,
    }
    lists: dict[str, list[Any]] = {
        "params": dump_pairs(model.params),
        "metrics": [dump_metric(metric) for metric in model.metrics],
    }
    if model.tags:
        info["tags"] = dump_pairs(model.tags)
    return {"info": info, "data": {name: items for name, items in lists.items() if items}}
