"""From a trace's id to a trace that the caller was allowed to have.

The same id in two experiments is two traces, so that nobody takes an id away from another, nor
learns that another has it. Where a caller may have several, the first that was made is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app import access
from app.access import Operation
from app.db.result import Row
from app.db.statements import Sql
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.securables import Kind
from app.tracking.resolve import ExperimentRef, begin_for, obtain_by_id

_TRACE_ID = re.compile(r"[A-Za-z0-9_\-]{1,50}")
_FIND = Sql("""
SELECT t.pk, t.experiment_number, t.span_count, e.securable_id
FROM traces t JOIN experiments e ON e.number = t.experiment_number
WHERE t.trace_id = :trace_id ORDER BY t.pk""")

_IN_EXPERIMENT = Sql("""
SELECT pk, trace_id FROM traces
WHERE experiment_number = :number AND trace_id IN_LIST(:trace_ids)""")


@dataclass(frozen=True, slots=True)
class TraceRef:
    """A trace in an experiment that the caller was allowed to have; ``pk`` stays inside."""

    pk: int
    trace_id: str
    experiment: ExperimentRef
    span_count: int


def check_trace_id(trace_id: str) -> str:
    """Return an id that a trace can have; raises InvalidParameterError for any other."""
    if _TRACE_ID.fullmatch(trace_id) is None:
        msg = f"Invalid trace ID {trace_id[:80]!r}"
        raise InvalidParameterError(msg, field="trace_id")
    return trace_id


def trace_not_found(trace_id: str) -> NotFoundError:
    """Return the one error for a trace that is absent or hidden."""
    return NotFoundError(f"Trace with ID '{trace_id[:80]}' not found.", field="trace_id")


def obtain_trace(
    caller: Caller,
    operation: Operation,
    trace_id: str,
    *,
    active: bool = False,
    number: int | None = None,
) -> TraceRef:
    """Resolve a trace, authorize on its experiment, and record.

    Of traces with the same id that of the experiment ``number`` is meant, if one is given. Raises
    NotFoundError if it is absent or its experiment hidden, PermissionDeniedError, and
    InvalidParameterError with ``active`` for one whose experiment is in the trash.
    """
    begin_for(caller, operation)
    error = trace_not_found(trace_id)
    row = _choose(caller, operation, trace_id, number)
    asked = f"trace:{trace_id[:80]}"
    found = row.securable_id if row else None
    part = ("trace_id", trace_id)
    securable = obtain_by_id(caller, operation, found, asked, error, part)
    if row is None:
        raise error
    if active and securable.deleted_at is not None:
        msg = f"The experiment of trace {trace_id} must be in the 'active' state."
        raise InvalidParameterError(msg, field="trace_id")
    return TraceRef(
        row.pk, trace_id, ExperimentRef(row.experiment_number, securable), row.span_count
    )


def find_pks(caller: Caller, experiment: ExperimentRef, trace_ids: Sequence[str]) -> dict[str, int]:
    """Return the keys of those traces that are in an experiment, which was obtained.

    Raises InvalidParameterError for what is no id.
    """
    ids = [check_trace_id(one) for one in trace_ids]
    rows = _IN_EXPERIMENT.run(caller.session, number=experiment.number, trace_ids=ids)
    return {row.trace_id: row.pk for row in rows}


def _choose(caller: Caller, operation: Operation, trace_id: str, number: int | None) -> Row | None:
    if _TRACE_ID.fullmatch(trace_id) is None:
        return None
    rows = [
        row
        for row in _FIND.run(caller.session, trace_id=trace_id)
        if number in (None, row.experiment_number)
    ]
    if len(rows) > 1:
        for wanted in (operation, Operation.EXPERIMENT_READ):
            for row in rows:
                if access.may(caller, wanted, row.securable_id, kind=Kind.EXPERIMENT):
                    return row
    return rows[0] if rows else None
