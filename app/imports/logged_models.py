"""Bring logged models: first what runs and versions refer to, then their points, then the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import audit
from app.access import Operation
from app.db.statements import Sql
from app.errors import ConflictError
from app.identity import Caller
from app.imports.journal import claim_logged_model, claim_run, look_up, note, require
from app.imports.values import Brought, Import, Origin, SourceLoggedModel
from app.tracking.checks import (
    MAX_LOGGED_MODEL_TAG_VALUE,
    check_metrics,
    check_params,
    check_tags,
    check_text,
)
from app.tracking.logged_models import write_facts
from app.tracking.resolve import obtain_experiment, obtain_logged_model
from app.tracking.runs.metric_rows import fetch_key_ids, write_model_points
from app.tracking.values import Metric

_MAX_NAME = 500

_PUT = Sql("""
INSERT INTO logged_models (model_id, experiment_number, name, source_run_id, status,
 status_message, model_type, created_by, created_at, updated_at)
VALUES (:model_id, :number, :name, :source_run_id, :status, :message, :model_type, :principal,
 :created_at, :updated_at)
ON CONFLICT (model_id) DO UPDATE SET status = excluded.status,
 status_message = excluded.status_message, updated_at = excluded.updated_at
WHERE logged_models.experiment_number = excluded.experiment_number
RETURNING pk""")
_RUNS = Sql("SELECT run_id, pk FROM runs WHERE run_id IN_LIST(:run_ids)")


def bring_logged_model(caller: Caller, into: Import, found: SourceLoggedModel) -> str:
    """Make a logged model of the source here with its parameters and tags; return its id.

    The id is the source's if that is free. Raises InvalidParameterError for what cannot be kept
    here, NotFoundError, PermissionDeniedError, ConflictError if its id was given away meanwhile.
    """
    params = check_params(found.params)
    tags = check_tags(found.tags, limit=MAX_LOGGED_MODEL_TAG_VALUE, truncate=False)
    experiment_id = require(caller, into, Origin.EXPERIMENT, found.experiment_id)
    experiment = obtain_experiment(caller, Operation.IMPORT_LOGGED_MODEL, experiment_id)
    model_id = claim_logged_model(caller, into, found.model_id)
    run_id = claim_run(caller, into, found.source_run_id) if found.source_run_id else None
    message = check_text(found.status_message, "status_message", MAX_LOGGED_MODEL_TAG_VALUE)
    row = _PUT.run(
        caller.session,
        model_id=model_id,
        number=experiment.number,
        name=check_text(found.name, "name", _MAX_NAME),
        source_run_id=run_id,
        status=found.status.value,
        message=message,
        model_type=check_text(found.model_type, "model_type", _MAX_NAME),
        principal=caller.principal.id,
        created_at=found.created_at,
        updated_at=found.updated_at,
    ).first()
    if row is None:
        msg = f"The id {model_id} was given to another logged model meanwhile"
        raise ConflictError(msg)
    write_facts(caller.session, row.pk, params, tags)
    audit.record(
        caller,
        Operation.IMPORT_LOGGED_MODEL,
        source=into.source,
        source_id=found.model_id,
        logged_model=model_id,
    )
    return model_id


def settle_logged_model(
    caller: Caller,
    into: Import,
    found: SourceLoggedModel,
    counted: Mapping[str, int],
    *,
    is_whole: bool,
) -> int:
    """Add the points of a logged model, and note that all of it is here; return how many.

    To be called when the runs are here that logged the points; points of others are left out.
    Raises InvalidParameterError for a name or number that cannot be kept, NotFoundError,
    PermissionDeniedError.
    """
    check_metrics(found.metrics)
    model_id = require(caller, into, Origin.LOGGED_MODEL, found.model_id)
    model = obtain_logged_model(caller, Operation.IMPORT_LOGGED_MODEL, model_id, deleted=True)
    points = _write_points(caller, into, model.pk, found.metrics)
    counted = {**counted, "model_points": points}
    note(caller, into, Origin.LOGGED_MODEL, found.model_id, Brought(model_id, is_whole), counted)
    audit.record(
        caller,
        Operation.IMPORT_LOGGED_MODEL,
        source=into.source,
        logged_model=model_id,
        whole=is_whole,
        counted=counted,
    )
    return points


def _write_points(caller: Caller, into: Import, model_pk: int, metrics: Sequence[Metric]) -> int:
    run_ids = {metric.run_id or "" for metric in metrics}
    ours = look_up(caller, into, Origin.RUN, run_ids)
    rows = _RUNS.run(caller.session, run_ids=[brought.ours for brought in ours.values()])
    pks: dict[str, int] = {row.run_id: row.pk for row in rows}
    of_run = {source_id: pks[one.ours] for source_id, one in ours.items() if one.ours in pks}
    kept = [metric for metric in metrics if metric.run_id in of_run]
    key_ids = fetch_key_ids(caller.session, {metric.key for metric in kept})
    points = [
        (model_pk, key_ids[metric.key], of_run[metric.run_id or ""], metric) for metric in kept
    ]
    write_model_points(caller.session, points)
    return len({(metric.key, metric.run_id, metric.timestamp, metric.step) for metric in kept})
