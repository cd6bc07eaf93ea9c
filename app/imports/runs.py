"""Bring runs: first the run with what it knows, then its points, then that it is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import audit
from app.access import Operation
from app.db import Effect
from app.db.statements import Sql
from app.errors import ConflictError
from app.identity import Caller
from app.imports.journal import claim_run, look_up, note, require
from app.imports.values import Brought, Import, Origin, SourceRun
from app.tracking.checks import (
    MAX_TAG_VALUE,
    check_metrics,
    check_params,
    check_tags,
    check_text,
)
from app.tracking.resolve import (
    ExperimentRef,
    RunRef,
    obtain_experiment,
    obtain_logged_model,
    obtain_run,
)
from app.tracking.runs.inputs import check_datasets, link_models, write_datasets
from app.tracking.runs.metric_rows import write_metrics
from app.tracking.runs.runs import check_time, write_params, write_tags
from app.tracking.values import Metric

_MAX_USER = 256
_NAMING_RUNS = ("mlflow.parentRunId", "mlflow.rootRunId")

_PUT = Sql("""
INSERT INTO runs (run_id, experiment_number, name, user_id, created_by, status, start_time,
 end_time)
VALUES (:run_id, :number, :name, :user_id, :principal, :status, :start_time, :end_time)
ON CONFLICT (run_id) DO UPDATE SET status = excluded.status, end_time = excluded.end_time
WHERE runs.experiment_number = excluded.experiment_number
RETURNING pk, start_time, deleted_at""")
_DELETE = Sql("""
UPDATE runs SET deleted_at = coalesce(deleted_at, :now) WHERE pk = :pk""")


def bring_run(caller: Caller, into: Import, found: SourceRun) -> str:
    """Make a run of the source here with its parameters, tags, data sets and models.

    Returns its id, which is the source's if that is free. A run that was begun goes on. Raises
    InvalidParameterError for what cannot be kept here, NotFoundError, PermissionDeniedError,
    ConflictError if its id was given to another run meanwhile.
    """
    params, tags = check_params(found.params), check_tags(found.tags)
    check_datasets(found.datasets)
    if found.datasets:
        # One may stand for a table, and registering that decides rights: it has to last.
        caller.session.begin(Effect.WRITE)
    experiment_id = require(caller, into, Origin.EXPERIMENT, found.experiment_id)
    experiment = obtain_experiment(caller, Operation.IMPORT_RUN, experiment_id)
    run = _put(caller, into, experiment, found)
    for name in _NAMING_RUNS:
        if name in tags:
            tags[name] = claim_run(caller, into, tags[name])
    write_tags(caller, run, tags)
    write_params(caller, run, params)
    write_datasets(caller, run, found.datasets)
    _link(caller, into, run, found)
    audit.record(
        caller,
        Operation.IMPORT_RUN,
        source=into.source,
        source_id=found.run_id,
        run_id=run.run_id,
        params=len(params),
        tags=len(tags),
    )
    return run.run_id


def bring_points(caller: Caller, into: Import, source_id: str, points: Sequence[Metric]) -> None:
    """Add points of metrics to a run that was brought; one that is there already stays one.

    Raises InvalidParameterError for a name or number that cannot be kept, NotFoundError,
    PermissionDeniedError.
    """
    check_metrics(points)
    run_id = require(caller, into, Origin.RUN, source_id)
    run = obtain_run(caller, Operation.IMPORT_RUN, run_id)
    write_metrics(caller, run, points)
    audit.record(
        caller, Operation.IMPORT_RUN, source=into.source, run_id=run_id, points=len(points)
    )


def settle_run(
    caller: Caller,
    into: Import,
    source_id: str,
    counted: Mapping[str, int],
    *,
    is_whole: bool,
    is_deleted: bool,
) -> None:
    """Note that all of a run is here, as far as it went; what is deleted there is deleted here.

    Raises NotFoundError, PermissionDeniedError.
    """
    run_id = require(caller, into, Origin.RUN, source_id)
    run = obtain_run(caller, Operation.IMPORT_RUN, run_id)
    if is_deleted:
        _DELETE.run(caller.session, pk=run.pk, now=caller.now)
    note(caller, into, Origin.RUN, source_id, Brought(run_id, is_whole), counted)
    audit.record(
        caller,
        Operation.IMPORT_RUN,
        source=into.source,
        run_id=run_id,
        whole=is_whole,
        deleted=is_deleted,
        counted=dict(counted),
    )


def _put(caller: Caller, into: Import, experiment: ExperimentRef, found: SourceRun) -> RunRef:
    run_id = claim_run(caller, into, found.run_id)
    name = check_text(found.name, "run_name", MAX_TAG_VALUE, truncate=True)
    user_id = check_text(found.user_id, "user_id", _MAX_USER, truncate=True)
    end_time = None if found.end_time is None else check_time(found.end_time, "end_time")
    start_time = check_time(found.start_time, "start_time")
    row = _PUT.run(
        caller.session,
        run_id=run_id,
        number=experiment.number,
        name=name,
        user_id=user_id,
        principal=caller.principal.id,
        status=found.status.value,
        start_time=start_time,
        end_time=end_time,
    ).first()
    if row is None:
        msg = f"The run id {run_id} was given to another run meanwhile"
        raise ConflictError(msg)
    return RunRef(
        row.pk,
        run_id,
        experiment,
        name,
        user_id,
        found.status,
        row.start_time,
        end_time,
        row.deleted_at,
        caller.principal.id,
    )


def _link(caller: Caller, into: Import, run: RunRef, found: SourceRun) -> None:
    """Link the models that the run used and made, of those that are brought."""
    ids = {*found.model_inputs, *(output.model_id for output in found.model_outputs)}
    known = look_up(caller, into, Origin.LOGGED_MODEL, ids) if ids else {}
    models = {
        source_id: obtain_logged_model(
            caller, Operation.IMPORT_LOGGED_MODEL, brought.ours, deleted=True
        )
        for source_id, brought in known.items()
    }
    used = [(models[one], 0) for one in found.model_inputs if one in models]
    made = [
        (models[one.model_id], one.step) for one in found.model_outputs if one.model_id in models
    ]
    link_models(caller, run, used=used, made=made)
