"""Assessments of traces: feedback, expectations and issues, and what overrides them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app import audit
from app.access import Operation
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.tracking.checks import MAX_KEY, check_text, invalid
from app.tracking.traces.assessment_rows import (
    delete_row,
    put_assessment,
    read_assessment,
    set_valid,
)
from app.tracking.traces.resolve import TraceRef, obtain_trace
from app.tracking.traces.tags import check_pairs
from app.tracking.traces.values import Assessment, AssessmentKind, NewAssessment

_MAX_RATIONALE = 100_000
_MAX_ERROR = 20_000
_MAX_ID = 50


@dataclass(frozen=True, slots=True)
class AssessmentChange:
    """What is to change of an assessment; None stays. ``value`` is of the kind in ``kind``."""

    name: str | None = None
    kind: AssessmentKind | None = None
    value: Any = None
    error: Mapping[str, Any] | None = None
    rationale: str | None = None
    metadata: Mapping[str, str] | None = None
    valid: bool | None = None


def create_assessment(caller: Caller, trace_id: str, new: NewAssessment) -> Assessment:
    """Assess a trace; what the assessment overrides counts no longer.

    Raises InvalidParameterError for a bad name or text, NotFoundError for a trace that is absent or
    hidden or an overridden assessment that it lacks, PermissionDeniedError.
    """
    made = check_assessment(
        Assessment(
            assessment_id=f"a-{secrets.token_hex(16)}",
            trace_id=trace_id,
            name=new.name,
            kind=new.kind,
            value=new.value,
            error=new.error,
            rationale=new.rationale,
            metadata=new.metadata,
            source_type=new.source_type,
            source_id=new.source_id,
            span_id=new.span_id,
            overrides=new.overrides,
            valid=True,
            created_at=caller.now if new.created_at is None else new.created_at,
            updated_at=caller.now,
        )
    )
    trace = obtain_trace(caller, Operation.ASSESSMENT_CREATE, trace_id, active=True)
    overridden = made.overrides
    if overridden and not set_valid(caller.session, trace.pk, overridden, valid=False):
        raise _not_found(trace_id, overridden)
    put_assessment(caller.session, trace.pk, made, caller.principal.id)
    _record(caller, Operation.ASSESSMENT_CREATE, made)
    return made


def get_assessment(caller: Caller, trace_id: str, assessment_id: str) -> Assessment:
    """Return an assessment.

    Raises NotFoundError if it or its trace is absent or hidden, PermissionDeniedError.
    """
    trace = obtain_trace(caller, Operation.TRACE_READ, trace_id)
    return _read(caller, trace, assessment_id)


def update_assessment(
    caller: Caller, trace_id: str, assessment_id: str, change: AssessmentChange
) -> Assessment:
    """Change an assessment; metadata are added to those that are there.

    Raises InvalidParameterError for a value of another kind or a bad text, NotFoundError,
    PermissionDeniedError.
    """
    trace = obtain_trace(caller, Operation.ASSESSMENT_UPDATE, trace_id, active=True)
    known = _read(caller, trace, assessment_id)
    changed = replace(known, updated_at=caller.now)
    if change.kind is not None:
        if change.kind is not known.kind:
            msg = f"Cannot update {change.kind} value on an assessment that is {known.kind}."
            raise InvalidParameterError(msg, field="assessment")
        changed = replace(changed, value=change.value, error=_check_error(change.error))
    if change.name is not None:
        changed = replace(changed, name=_check_name(change.name))
    if change.rationale is not None:
        changed = replace(changed, rationale=_check_rationale(change.rationale))
    if change.metadata is not None:
        merged = {**known.metadata, **change.metadata}
        changed = replace(changed, metadata=check_pairs(merged, "metadata"))
    if change.valid is not None:
        changed = replace(changed, valid=change.valid)
    put_assessment(caller.session, trace.pk, changed, caller.principal.id)
    _record(caller, Operation.ASSESSMENT_UPDATE, changed)
    return changed


def delete_assessment(caller: Caller, trace_id: str, assessment_id: str) -> None:
    """Delete an assessment, if it is there; what it overrode counts again.

    Raises NotFoundError if the trace is absent or hidden, PermissionDeniedError.
    """
    trace = obtain_trace(caller, Operation.ASSESSMENT_DELETE, trace_id, active=True)
    known = read_assessment(caller.session, trace.pk, trace_id, assessment_id[:_MAX_ID])
    if known is None:
        return
    if known.overrides:
        set_valid(caller.session, trace.pk, known.overrides, valid=True)
    delete_row(caller.session, trace.pk, known.assessment_id)
    _record(caller, Operation.ASSESSMENT_DELETE, known)


def check_assessment(assessment: Assessment) -> Assessment:
    """Return an assessment as it can be kept.

    Raises InvalidParameterError for an empty name or a text that is too long or unstorable.
    """
    return replace(
        assessment,
        assessment_id=check_text(assessment.assessment_id, "assessment_id", _MAX_ID),
        name=_check_name(assessment.name),
        error=_check_error(assessment.error),
        rationale=_check_rationale(assessment.rationale),
        metadata=check_pairs(assessment.metadata, "metadata"),
        source_id=check_text(assessment.source_id, "source.source_id", MAX_KEY),
        span_id=_check_id(assessment.span_id, "span_id"),
        overrides=_check_id(assessment.overrides, "overrides"),
    )


def _read(caller: Caller, trace: TraceRef, assessment_id: str) -> Assessment:
    shown = assessment_id[:_MAX_ID]
    known = read_assessment(caller.session, trace.pk, trace.trace_id, shown)
    if known is None:
        raise _not_found(trace.trace_id, shown)
    return known


def _not_found(trace_id: str, assessment_id: str) -> NotFoundError:
    msg = f"Assessment with ID '{assessment_id}' not found for trace '{trace_id}'"
    return NotFoundError(msg, field="assessment_id")


def _record(caller: Caller, operation: Operation, assessment: Assessment) -> None:
    audit.record(
        caller,
        operation,
        trace_id=assessment.trace_id,
        assessment_id=assessment.assessment_id,
        assessment=assessment.kind.value,
        name=assessment.name,
    )


def _check_name(name: str) -> str:
    if not name:
        raise invalid("assessment_name", name, "A name is not empty")
    return check_text(name, "assessment_name", MAX_KEY)


def _check_rationale(text: str | None) -> str | None:
    return None if text is None else check_text(text, "rationale", _MAX_RATIONALE)


def _check_error(error: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    for name, text in (error or {}).items():
        check_text(text, f"error.{name}", _MAX_ERROR)
    return error


def _check_id(text: str | None, field: str) -> str | None:
    return check_text(text, field, _MAX_ID) if text else None
