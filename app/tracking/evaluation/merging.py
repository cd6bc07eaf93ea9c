"""How records merge, as in MLflow: a record with the same inputs is the same record.

``mlflow/store/tracking/sqlalchemy_store.py``: upsert_dataset_records, _update_dataset_schema;
``dbmodels/models.py``: SqlEvaluationDatasetRecord.merge.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from app.tracking.evaluation.values import EvaluationRecord, GivenRecord

Fields = dict[str, Any]
_NO_FIELDS: Mapping[str, Any] = {"inputs": {}, "outputs": {}, "expectations": {}, "version": "1.0"}
_TYPES: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
    list: "array",
    dict: "object",
}


def hash_inputs(inputs: Mapping[str, Any]) -> str:
    """Return what tells one record of a data set from another: 1 and 1.0 are two inputs."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def digest_of(name: str, updated_at: int) -> str:
    """Return what tells one state of a data set from another."""
    return hashlib.sha256(f"{name}:{updated_at}".encode()).hexdigest()[:8]


def merge(known: EvaluationRecord, given: GivenRecord, now: int) -> EvaluationRecord:
    """Return a record as it is after more was said of it; its inputs and source stay."""
    expectations, tags = known.expectations, known.tags
    if given.expectations:
        expectations = {**(expectations or {}), **given.expectations}
    if given.tags:
        tags = {**tags, **given.tags}
    return replace(
        known,
        outputs=given.outputs if given.has_outputs else known.outputs,
        expectations=expectations,
        tags=tags,
        updated_by=given.user or known.updated_by,
        updated_at=now,
    )


def widen(known: Mapping[str, Any] | None, records: Iterable[GivenRecord]) -> Fields:
    """Return the types of fields with those that the records bring; a known one stays."""
    fields: Fields = {**_NO_FIELDS, **(known or {})}
    for record in records:
        fields["inputs"] = _types(record.inputs) | fields["inputs"]
        fields["expectations"] = _types(record.expectations or {}) | fields["expectations"]
        if isinstance(record.outputs, dict) and isinstance(fields["outputs"], dict):
            fields["outputs"] = _types(record.outputs) | fields["outputs"]
        elif record.outputs is not None and not fields["outputs"]:
            fields["outputs"] = _TYPES[type(record.outputs)]
    return fields


def _types(values: Mapping[str, Any]) -> Fields:
    return {name: _TYPES[type(value)] for name, value in values.items()}
