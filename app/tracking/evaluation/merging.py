"""How records merge, as in MLflow: a record with the same inputs is the same record.

``mlflow/store/tracking/sqlalchemy_store.py``: upsert_dataset_records, _update_dataset_schema;
``dbmodels/models.py``: SqlEvaluationDatasetRecord.merge.
"""

from __future__ import annotations

import copy
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
    """Return a record as it is after more was said of it; its inputs and source stay.

    What was known is added to, not copied: thousands of records of one call may be the same one.
    """
    expectations = known.expectations
    if given.expectations:
        expectations = {} if expectations is None else expectations
        expectations.update(given.expectations)
    known.tags.update(given.tags or {})
    return replace(
        known,
        outputs=given.outputs if given.has_outputs else known.outputs,
        expectations=expectations,
        updated_by=given.user or known.updated_by,
        updated_at=now,
    )


def widen(known: Mapping[str, Any] | None, records: Iterable[GivenRecord]) -> Fields:
    """Return the types of fields with those that the records bring; a known one stays."""
    fields: Fields = copy.deepcopy({**_NO_FIELDS, **(known or {})})
    for record in records:
        _add_types(fields["inputs"], record.inputs)
        _add_types(fields["expectations"], record.expectations or {})
        if isinstance(record.outputs, dict) and isinstance(fields["outputs"], dict):
            _add_types(fields["outputs"], record.outputs)
        elif record.outputs is not None and not fields["outputs"]:
            fields["outputs"] = _TYPES[type(record.outputs)]
    return fields


def _add_types(known: Fields, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name not in known:
            known[name] = _TYPES[type(value)]
