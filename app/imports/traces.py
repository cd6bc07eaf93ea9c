"""Bring traces: each whole, with its spans and what was said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from app import audit
from app.access import Operation
from app.db.statements import Sql
from app.errors import AlreadyExistsError
from app.identity import Caller
from app.imports.journal import claim_run, look_up, note, require
from app.imports.values import Brought, Import, Origin, SourceTrace
from app.tracking.resolve import obtain_experiment, obtain_run
from app.tracking.traces.assessment_rows import put_assessment
from app.tracking.traces.assessments import check_assessment
from app.tracking.traces.links import put_links
from app.tracking.traces.resolve import check_trace_id, find_pks
from app.tracking.traces.rows import put_spans, put_trace, settle_trace, tell
from app.tracking.traces.traces import check_told
from app.tracking.traces.values import Assessment, TraceState

SOURCE_RUN = "mlflow.sourceRun"
_MODEL_ID = "mlflow.modelId"
_TAKEN = Sql("SELECT 1 FROM traces WHERE experiment_number = :number AND trace_id = :trace_id")
_ASSESSED = Sql("""
SELECT assessment_id FROM assessments
WHERE assessment_id IN_LIST(:ids) AND trace_pk <> :pk""")


def bring_trace(
    caller: Caller, into: Import, found: SourceTrace, *, attached: int = 0, is_whole: bool = True
) -> None:
    """Make a trace of the source here, under its own id, or bring what is new of it.

    ``attached`` is how many files its spans refer to, and ``is_whole`` whether all are here.
    Raises InvalidParameterError for what cannot be kept here, AlreadyExistsError if the experiment
    has a trace of that id, NotFoundError, PermissionDeniedError.
    """
    trace_id = check_trace_id(found.told.trace_id)
    told = check_told(found.told)
    assessments = [check_assessment(one) for one in found.assessments]
    experiment_id = require(caller, into, Origin.EXPERIMENT, found.experiment_id)
    experiment = obtain_experiment(caller, Operation.IMPORT_TRACE, experiment_id)
    number = experiment.number
    known = look_up(caller, into, Origin.TRACE, [trace_id])
    if not known and _TAKEN.run(caller.session, number=number, trace_id=trace_id).all():
        msg = f"The experiment {number} has a trace {trace_id} that is not the source's"
        raise AlreadyExistsError(msg, field="trace_id")
    metadata = dict(told.metadata)
    if SOURCE_RUN in metadata:
        metadata[SOURCE_RUN] = claim_run(caller, into, metadata[SOURCE_RUN])
    if _MODEL_ID in metadata:
        models = look_up(caller, into, Origin.LOGGED_MODEL, [metadata[_MODEL_ID]])
        for model in models.values():
            metadata[_MODEL_ID] = model.ours
    row = put_trace(caller, number, trace_id)
    put_spans(caller.session, row.pk, found.spans)
    settle_trace(caller, row.pk, tell(caller.session, row.pk, replace(told, metadata=metadata)))
    for one in _with_free_ids(caller, into, row.pk, assessments):
        put_assessment(caller.session, row.pk, one, caller.principal.id)
    counted = {
        "spans": len(found.spans),
        "assessments": len(assessments),
        "attachments": attached,
    }
    # What is still going on there is looked at again by the next import.
    brought = Brought(trace_id, is_whole and told.state is not TraceState.IN_PROGRESS)
    note(caller, into, Origin.TRACE, trace_id, brought, counted)
    audit.record(
        caller, Operation.IMPORT_TRACE, source=into.source, trace_id=trace_id, counted=counted
    )


def bring_links(
    caller: Caller, into: Import, source_id: str, trace_ids: Sequence[str], *, is_whole: bool
) -> None:
    """Link traces to a run, both brought before; ``is_whole`` says that no more are to come.

    Raises NotFoundError, PermissionDeniedError.
    """
    run_id = require(caller, into, Origin.RUN, source_id)
    run = obtain_run(caller, Operation.IMPORT_TRACE, run_id)
    ours = look_up(caller, into, Origin.TRACE, trace_ids)
    found = find_pks(caller, run.experiment, list(ours))
    put_links(caller.session, run_id, found.values())
    brought = Brought(run_id, is_whole)
    note(caller, into, Origin.LINKS, source_id, brought, {"links": len(trace_ids)})
    audit.record(
        caller, Operation.IMPORT_TRACE, source=into.source, run_id=run_id, links=len(found)
    )


def _with_free_ids(
    caller: Caller, into: Import, trace_pk: int, assessments: Sequence[Assessment]
) -> list[Assessment]:
    """Give what has the id of another trace's assessment one that is always the same."""
    ids = [one.assessment_id for one in assessments]
    taken = _ASSESSED.run(caller.session, ids=ids, pk=trace_pk).scalars()
    renamed = {
        one: f"a-{hashlib.sha256(f'{into.pk}/{one}'.encode()).hexdigest()[:32]}" for one in taken
    }
    return [
        replace(
            one,
            assessment_id=renamed.get(one.assessment_id, one.assessment_id),
            overrides=one.overrides and renamed.get(one.overrides, one.overrides),
        )
        for one in assessments
    ]
