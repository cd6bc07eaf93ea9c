"""Read traces whose keys are known to be readable: infos with assessments, and spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row

from app.db import Session
from app.db.statements import Sql
from app.tracking.traces.assessment_rows import read_assessments
from app.tracking.traces.tags import location_tags
from app.tracking.traces.values import Assessment, Span, SpanStatus, TraceInfo, TraceState

_INFOS = Sql("""
SELECT pk, trace_id, experiment_number, client_request_id, request_time, duration, state,
 request_preview, response_preview, has_spans_file AND span_count = 0 AS in_file
FROM traces WHERE pk IN_LIST(:pks)""")
_PAIRS = Sql("""
SELECT 'tag' AS kind, trace_pk, tag_name, value FROM trace_tags WHERE trace_pk IN_LIST(:pks)
UNION ALL
SELECT 'metadata', trace_pk, tag_name, value FROM trace_metadata
WHERE trace_pk IN_LIST(:others)""")
_SPANS = Sql("""
SELECT trace_pk, span_id, parent_id, name, status, start_ns, end_ns, attributes, details
FROM trace_spans WHERE trace_pk IN_LIST(:pks) ORDER BY trace_pk, start_ns, span_id""")


def read_infos(session: Session, pks: Sequence[int]) -> list[TraceInfo]:
    """Return traces without their spans, in the order of their keys as given."""
    if not pks:
        return []
    rows = {row.pk: row for row in _INFOS.run(session, pks=list(pks))}
    tags: dict[int, dict[str, str]] = {pk: {} for pk in rows}
    metadata: dict[int, dict[str, str]] = {pk: {} for pk in rows}
    for kind, pk, name, value in _PAIRS.run(session, pks=list(rows), others=list(rows)):
        (tags if kind == "tag" else metadata)[pk][name] = value
    found = read_assessments(session, {pk: row.trace_id for pk, row in rows.items()})
    return [
        _info(rows[pk], tags[pk], metadata[pk], tuple(found.get(pk, ())))
        for pk in pks
        if pk in rows
    ]


def read_spans(session: Session, traces: Mapping[int, str]) -> dict[int, tuple[Span, ...]]:
    """Return the spans of traces, given as ids by key: the first to begin first."""
    found: dict[int, list[Span]] = {pk: [] for pk in traces}
    rows = _SPANS.run(session, pks=list(traces)) if traces else ()
    for row in rows:
        found[row.trace_pk].append(
            Span(
                trace_id=traces[row.trace_pk],
                span_id=row.span_id,
                parent_id=row.parent_id,
                name=row.name,
                start_ns=row.start_ns,
                end_ns=row.end_ns,
                status=SpanStatus(row.status),
                attributes=orjson.loads(row.attributes),
                details=orjson.loads(row.details),
            )
        )
    return {pk: tuple(spans) for pk, spans in found.items()}


def _info(
    row: Row[*tuple[Any, ...]],
    tags: dict[str, str],
    metadata: dict[str, str],
    assessments: tuple[Assessment, ...],
) -> TraceInfo:
    return TraceInfo(
        trace_id=row.trace_id,
        experiment_id=str(row.experiment_number),
        request_time=row.request_time,
        duration=row.duration,
        state=TraceState(row.state),
        client_request_id=row.client_request_id,
        request_preview=row.request_preview,
        response_preview=row.response_preview,
        metadata=metadata,
        tags=tags | location_tags(row.experiment_number, row.trace_id, in_file=bool(row.in_file)),
        assessments=assessments,
        spans_are_in_file=bool(row.in_file),
    )
