"""Messages of assessments (``mlflow/protos/assessments.proto``)."""

from __future__ import annotations

from typing import Any

import orjson
from marshmallow import fields, post_load

from app.errors import InvalidParameterError
from app.protocols.mlflow.wire.json import parse_text
from app.protocols.mlflow.wire.messages import Boolean, Message, Text, text
from app.protocols.mlflow.wire.times import Timestamp, dump_time
from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.traces.assessments import AssessmentChange
from app.tracking.traces.values import Assessment, AssessmentKind, NewAssessment

_JSON = "JSON_FORMAT"
_SOURCES = frozenset({"SOURCE_TYPE_UNSPECIFIED", "HUMAN", "LLM_JUDGE", "CODE"})


class _Source(Message):
    source_type = text(default="SOURCE_TYPE_UNSPECIFIED")
    source_id = text(default="")


class _Error(Message):
    error_code = text(default="")
    error_message = text()
    stack_trace = text()


class _Feedback(Message):
    value = fields.Raw(load_default=None, allow_none=True)
    error = fields.Nested(_Error, load_default=None, allow_none=True)


class _Serialized(Message):
    serialization_format = text(default=_JSON)
    value = text(required=True)


class _Expectation(Message):
    value = fields.Raw(load_default=None, allow_none=True)
    serialized_value = fields.Nested(_Serialized, load_default=None, allow_none=True)


class _Issue(Message):
    issue_name = text(default="")


class _Assessment(Message):
    assessment_name = text()
    span_id = text()
    source = fields.Nested(_Source, load_default=None, allow_none=True)
    create_time = Timestamp(load_default=None, allow_none=True)
    feedback = fields.Nested(_Feedback, load_default=None, allow_none=True)
    expectation = fields.Nested(_Expectation, load_default=None, allow_none=True)
    issue = fields.Nested(_Issue, load_default=None, allow_none=True)
    rationale = text()
    metadata = fields.Dict(keys=Text(), values=Text(), load_default=dict)
    overrides = text()
    valid = Boolean(load_default=None, allow_none=True)


class CreateAssessment(Message):
    """CreateAssessment; the trace is in the path."""

    assessment = fields.Nested(_Assessment, required=True)


class UpdateAssessment(CreateAssessment):
    """UpdateAssessment; protobuf's JSON has the paths of a mask in one text."""

    update_mask = text(required=True)

    @post_load
    def _paths(self, data: Dumped, **_options: Any) -> Dumped:
        data["paths"] = {path.strip() for path in data["update_mask"].split(",")}
        return data


def to_new(loaded: Dumped) -> NewAssessment:
    """Return the assessment that a message asks for.

    Raises InvalidParameterError for a source or value that no assessment has.
    """
    kind, value, error = _to_value(loaded)
    source = loaded["source"] or {}
    source_type = (source.get("source_type") or "SOURCE_TYPE_UNSPECIFIED").upper()
    if source_type not in _SOURCES:
        msg = f"Invalid value '{source_type[:80]}' for parameter 'source_type' supplied"
        raise InvalidParameterError(msg, field="source.source_type")
    return NewAssessment(
        name=loaded["assessment_name"] or "",
        kind=kind,
        value=value,
        error=error,
        source_type=source_type,
        source_id=source.get("source_id") or "",
        rationale=loaded["rationale"] or None,
        metadata=loaded["metadata"],
        span_id=loaded["span_id"] or None,
        overrides=loaded["overrides"] or None,
        created_at=loaded["create_time"],
    )


def to_change(loaded: Dumped) -> AssessmentChange:
    """Return what the mask of a message says is to change.

    Raises InvalidParameterError for a path or value that no assessment has.
    """
    given, paths = loaded["assessment"], loaded["paths"]
    known = {"assessment_name", "assessmentName", "rationale", "metadata", "valid"}
    values = {member.value for member in AssessmentKind} & paths
    if paths - known - values or len(values) > 1:
        msg = f"Invalid value for parameter 'update_mask' supplied: {sorted(paths)}"[:200]
        raise InvalidParameterError(msg, field="update_mask")
    kind, value, error = _to_value(given) if values else (None, None, None)
    if values and kind not in values:
        msg = "The mask names a value that the assessment has not"
        raise InvalidParameterError(msg, field="update_mask")
    named = bool({"assessment_name", "assessmentName"} & paths)
    return AssessmentChange(
        name=(given["assessment_name"] or "") if named else None,
        kind=kind,
        value=value,
        error=error,
        rationale=(given["rationale"] or "") if "rationale" in paths else None,
        metadata=given["metadata"] if "metadata" in paths else None,
        valid=bool(given["valid"]) if "valid" in paths else None,
    )


def dump_assessment(assessment: Assessment) -> Dumped:
    """Return an Assessment."""
    dumped: Dumped = {
        "assessment_id": assessment.assessment_id,
        "assessment_name": assessment.name,
        "trace_id": assessment.trace_id,
        "source": {"source_type": assessment.source_type},
        "create_time": dump_time(assessment.created_at),
        "last_update_time": dump_time(assessment.updated_at),
        assessment.kind.value: _dump_value(assessment),
        "valid": assessment.valid,
    }
    if assessment.source_id:
        dumped["source"]["source_id"] = assessment.source_id
    for name in ("span_id", "rationale", "overrides"):
        if getattr(assessment, name):
            dumped[name] = getattr(assessment, name)
    if assessment.metadata:
        dumped["metadata"] = dict(assessment.metadata)
    return dumped


def _to_value(loaded: Dumped) -> tuple[AssessmentKind, Any, Dumped | None]:
    kinds = [kind for kind in AssessmentKind if loaded[kind.value] is not None]
    if len(kinds) != 1:
        msg = "Exactly one of `expectation`, `feedback`, or `issue` should be specified."
        raise InvalidParameterError(msg, field="assessment")
    kind = kinds[0]
    given = loaded[kind.value]
    if kind is AssessmentKind.ISSUE:
        return kind, given["issue_name"] or "", None
    if kind is AssessmentKind.FEEDBACK:
        error = given["error"]
        told = {name: text for name, text in error.items() if text} if error else None
        return kind, given["value"], told
    serialized = given["serialized_value"]
    if serialized is None:
        return kind, given["value"], None
    if serialized["serialization_format"] != _JSON:
        msg = f"Unknown serialization format: only {_JSON} is supported."
        raise InvalidParameterError(msg, field="expectation.serialized_value")
    return kind, parse_text(serialized["value"], "expectation.serialized_value"), None


def _dump_value(assessment: Assessment) -> Dumped:
    value = assessment.value
    if assessment.kind is AssessmentKind.ISSUE:
        return {"issue_name": value}
    if assessment.kind is AssessmentKind.FEEDBACK:
        dumped: Dumped = {"value": value}
        if assessment.error:
            dumped["error"] = dict(assessment.error)
        return dumped
    if value is None or isinstance(value, str | int | float):
        return {"value": value}
    text = orjson.dumps(value).decode()
    return {"serialized_value": {"serialization_format": _JSON, "value": text}}
