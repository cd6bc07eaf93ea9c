"""Messages of evaluation datasets and their records (``mlflow/protos/datasets.proto``)."""

from __future__ import annotations

from typing import Any

import orjson
from marshmallow import ValidationError

from app.protocols.mlflow.wire.json import JsonText
from app.protocols.mlflow.wire.messages import Message, int64, refusal, text, texts
from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.evaluation.values import (
    EvaluationDataset,
    EvaluationRecord,
    GivenRecord,
    Source,
)

_SOURCES = frozenset({"UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE"})
_PARTS = {"inputs": dict, "expectations": dict | None, "tags": dict | None}


class CreateDataset(Message):
    """CreateDataset."""

    name = text(required=True)
    experiment_ids = texts()
    tags = JsonText(dict, load_default=None, allow_none=True)


class SearchDatasets(Message):
    """SearchEvaluationDatasets."""

    experiment_ids = texts()
    filter_string = text()
    max_results = int64()
    order_by = texts()
    page_token = text()


class SetDatasetTags(Message):
    """SetDatasetTags; the data set is in the path."""

    tags = JsonText(dict, required=True)


class OfExperiments(Message):
    """AddDatasetToExperiments and RemoveDatasetFromExperiments."""

    experiment_ids = texts()


class UpsertRecords(Message):
    """UpsertDatasetRecords; the data set is in the path."""

    records = JsonText(list, required=True)


class GetRecords(Message):
    """GetDatasetRecords; the data set is in the path."""

    max_results = int64()
    page_token = text()


class DeleteRecords(Message):
    """DeleteDatasetRecords; the data set is in the path."""

    dataset_record_ids = texts()


def to_records(given: list[Any]) -> list[GivenRecord]:
    """Return the records of a message.

    Raises InvalidParameterError, naming the record, for what is none.
    """
    try:
        return [_to_record(record, f"records[{index}]") for index, record in enumerate(given)]
    except ValidationError as error:
        raise refusal(error) from None


def dump_dataset(dataset: EvaluationDataset) -> Dumped:
    """Return ``mlflow.datasets.Dataset``: tags, schema and profile are JSON in texts.

    ``create_time`` is not in the specification, but what the list in MLflow's own pages shows.
    """
    dumped: Dumped = {
        "dataset_id": dataset.dataset_id,
        "name": dataset.name,
        "tags": _json(dict(dataset.tags)),
        "digest": dataset.digest,
        "created_time": dataset.created_at,
        "create_time": dataset.created_at,
        "last_update_time": dataset.updated_at,
    }
    if dataset.fields is not None:
        dumped["schema"] = _json(dataset.fields)
    if dataset.record_count:
        dumped["profile"] = _json({"num_records": dataset.record_count})
    if dataset.created_by is not None:
        dumped["created_by"] = dataset.created_by
    if dataset.updated_by is not None:
        dumped["last_updated_by"] = dataset.updated_by
    if dataset.experiment_ids:
        dumped["experiment_ids"] = list(dataset.experiment_ids)
    return dumped


def dump_records(records: list[EvaluationRecord]) -> str:
    """Return the list of records as the text that the client unpacks (DatasetRecord.from_dict)."""
    return _json([_dump_record(record) for record in records])


def _dump_record(record: EvaluationRecord) -> Dumped:
    dumped: Dumped = {
        "dataset_record_id": record.record_id,
        "dataset_id": record.dataset_id,
        "inputs": record.inputs,
        "tags": record.tags,
        "created_time": record.created_at,
        "last_update_time": record.updated_at,
    }
    optional: Dumped = {
        "outputs": record.outputs,
        "expectations": record.expectations,
        "created_by": record.created_by,
        "last_updated_by": record.updated_by,
    }
    if record.source:
        optional["source"] = {
            "source_type": record.source.type,
            "source_data": record.source.details,
        }
        optional["source_id"] = record.source.id
        optional["source_type"] = record.source.type
    return dumped | {name: value for name, value in optional.items() if value is not None}


def _to_record(given: Any, place: str) -> GivenRecord:
    if not isinstance(given, dict):
        raise _invalid(place, "it is not a JSON object")
    for name, kind in _PARTS.items():
        if not isinstance(given.get(name, {}), kind):
            raise _invalid(f"{place}.{name}", "it is not a JSON object")
    return GivenRecord(
        inputs=given.get("inputs", {}),
        outputs=given.get("outputs"),
        has_outputs="outputs" in given,
        expectations=given.get("expectations"),
        tags=given.get("tags"),
        source=_to_source(given.get("source"), f"{place}.source"),
    )


def _to_source(given: Any, place: str) -> Source | None:
    if not given:
        return None
    if not isinstance(given, dict):
        raise _invalid(place, "it is not a JSON object")
    named = given.get("source_type")
    kind = named.upper() if isinstance(named, str) else ""
    if kind not in _SOURCES:
        raise _invalid(f"{place}.source_type", f"it is not one of {sorted(_SOURCES)}")
    details = given.get("source_data") or {}
    if not isinstance(details, dict):
        raise _invalid(f"{place}.source_data", "it is not a JSON object")
    return Source(kind, details)


def _invalid(place: str, why: str) -> ValidationError:
    return ValidationError(f"Invalid value for parameter '{place}' supplied: {why}", place)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
