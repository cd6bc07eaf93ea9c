"""The rows of assessments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Row

from app.db import Session
from app.db.statements import Sql
from app.tracking.traces.facts import as_text
from app.tracking.traces.values import Assessment, AssessmentKind

_COLUMNS = """assessment_id, trace_pk, name, kind, value, error, rationale, metadata, source_type,
 source_id, span_id, overrides, valid, created_at, updated_at"""
_OF_TRACES = Sql(f"""
SELECT {_COLUMNS} FROM assessments WHERE trace_pk IN_LIST(:pks)
ORDER BY created_at, assessment_id""")  # noqa: S608 (constants)
_FIND = f"""
SELECT {_COLUMNS} FROM assessments
WHERE assessment_id = :assessment_id AND trace_pk = :pk"""  # noqa: S608 (constants)
_ONE, _HELD = Sql(_FIND), Sql(_FIND, held="assessments")
_PUT = Sql("""
INSERT INTO assessments (assessment_id, trace_pk, name, kind, value, shown, number, error,
 rationale, metadata, source_type, source_id, span_id, overrides, valid, created_by, created_at,
 updated_at)
VALUES (:assessment_id, :pk, :name, :kind, :value, :shown, :number, :error, :rationale, :metadata,
 :source_type, :source_id, :span_id, :overrides, :valid, :principal, :created_at, :updated_at)
ON CONFLICT (assessment_id) DO UPDATE SET name = excluded.name, value = excluded.value,
 shown = excluded.shown, number = excluded.number, error = excluded.error,
 rationale = excluded.rationale, metadata = excluded.metadata, valid = excluded.valid,
 updated_at = excluded.updated_at""")
_SET_VALID = Sql("""
UPDATE assessments SET valid = :valid WHERE assessment_id = :assessment_id AND trace_pk = :pk""")
_DELETE = Sql("DELETE FROM assessments WHERE assessment_id = :assessment_id AND trace_pk = :pk")


def read_assessments(session: Session, traces: Mapping[int, str]) -> dict[int, list[Assessment]]:
    """Return the assessments of traces, given as ids by key: the oldest first."""
    found: dict[int, list[Assessment]] = {}
    rows = _OF_TRACES.run(session, pks=list(traces)) if traces else ()
    for row in rows:
        found.setdefault(row.trace_pk, []).append(_assessment(row, traces[row.trace_pk]))
    return found


def read_assessment(
    session: Session, pk: int, trace_id: str, assessment_id: str
) -> Assessment | None:
    """Return an assessment of a trace, or None if the trace has none of that id.

    In a transaction others are kept from changing it until that ends.
    """
    find = _HELD if session.in_transaction else _ONE
    row = find.run(session, pk=pk, assessment_id=assessment_id).first()
    return None if row is None else _assessment(row, trace_id)


def put_assessment(session: Session, pk: int, assessment: Assessment, principal: str) -> None:
    """Add an assessment, or change what may change of one that is there."""
    value = assessment.value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    _PUT.run(
        session,
        assessment_id=assessment.assessment_id,
        pk=pk,
        name=assessment.name,
        kind=assessment.kind.value,
        value=orjson.dumps(value).decode(),
        shown=as_text(value).replace("\x00", "\ufffd"),
        number=float(value) if is_number else None,
        error=_json(assessment.error),
        rationale=assessment.rationale,
        metadata=_json(assessment.metadata),
        source_type=assessment.source_type,
        source_id=assessment.source_id,
        span_id=assessment.span_id,
        overrides=assessment.overrides,
        valid=assessment.valid,
        principal=principal,
        created_at=assessment.created_at,
        updated_at=assessment.updated_at,
    )


def set_valid(session: Session, pk: int, assessment_id: str, *, valid: bool) -> bool:
    """Say whether an assessment still counts; return whether the trace has it."""
    changed = _SET_VALID.run(session, pk=pk, assessment_id=assessment_id, valid=valid)
    return changed.rowcount > 0


def delete_row(session: Session, pk: int, assessment_id: str) -> None:
    """Delete an assessment of a trace."""
    _DELETE.run(session, pk=pk, assessment_id=assessment_id)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return orjson.dumps(value).decode() if value else None


def _assessment(row: Row[*tuple[Any, ...]], trace_id: str) -> Assessment:
    return Assessment(
        assessment_id=row.assessment_id,
        trace_id=trace_id,
        name=row.name,
        kind=AssessmentKind(row.kind),
        value=orjson.loads(row.value),
        error=orjson.loads(row.error) if row.error else None,
        rationale=row.rationale,
        metadata=orjson.loads(row.metadata) if row.metadata else {},
        source_type=row.source_type,
        source_id=row.source_id,
        span_id=row.span_id,
        overrides=row.overrides,
        valid=bool(row.valid),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
