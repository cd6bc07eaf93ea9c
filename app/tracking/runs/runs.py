"""Runs: create, read, rename, end, delete and restore, with their tags and parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app import audit
from app.access import Operation
from app.db.metadata import new_id
from app.db.statements import Sql
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.tracking.checks import (
    MAX_INT64,
    MAX_TAG_VALUE,
    check_key,
    check_params,
    check_tags,
    check_text,
    invalid,
)
from app.tracking.resolve import (
    RunRef,
    obtain_experiment,
    obtain_run,
    run_not_found,
)
from app.tracking.runs.logged import fetch_logged
from app.tracking.runs.names import random_name
from app.tracking.values import Pair, Run, RunInfo, RunStatus

NAME_TAG = "mlflow.runName"
_MAX_USER = 256
_SHOWN = 200

_CREATE = Sql("""
INSERT INTO runs (run_id, experiment_number, name, user_id, created_by, status, start_time)
VALUES (:run_id, :experiment_number, :name, :user_id, :created_by, :status, :start_time)
RETURNING pk""")
_UPDATE = Sql("""
UPDATE runs SET name = coalesce(:name, name), status = coalesce(:status, status),
 end_time = coalesce(:end_time, end_time) WHERE pk = :pk RETURNING name, status, end_time""")
_RENAME = Sql("UPDATE runs SET name = :name WHERE pk = :pk")
_SET_DELETED = Sql("UPDATE runs SET deleted_at = :deleted_at WHERE pk = :pk")
_SET_TAG = Sql("""
INSERT INTO run_tags (run_pk, experiment_number, start_time, tag_name, value)
VALUES (:pk, :number, :start_time, :name, :value)
ON CONFLICT (run_pk, tag_name) DO UPDATE SET value = excluded.value""")
_DELETE_TAG = Sql("DELETE FROM run_tags WHERE run_pk = :pk AND tag_name = :name")
_ADD_PARAM = Sql("""
INSERT INTO params (run_pk, experiment_number, start_time, param_name, value)
VALUES (:pk, :number, :start_time, :name, :value)
ON CONFLICT (run_pk, param_name) DO NOTHING""")
_PARAMS = Sql("""
SELECT param_name, value FROM params WHERE run_pk = :pk AND param_name IN_LIST(:names)""")


def create_run(
    caller: Caller,
    experiment_id: str,
    *,
    run_name: str | None = None,
    user_id: str = "",
    start_time: int | None = None,
    tags: Sequence[Pair] = (),
) -> Run:
    """Start a run; without a name, in ``run_name`` or the tag, it is given one.

    Raises InvalidParameterError for a bad tag, a name that differs from its tag, or an experiment
    in the trash; NotFoundError and PermissionDeniedError as ``obtain_experiment``.
    """
    experiment = obtain_experiment(caller, Operation.RUN_CREATE, experiment_id, active=True)
    tagged = check_tags(tags)
    name = _first_name(run_name, tagged)
    tagged[NAME_TAG] = name
    run_id = new_id()
    user_id = check_text(user_id or caller.principal.name, "user_id", _MAX_USER, truncate=True)
    start_time = check_time(caller.now if start_time is None else start_time, "start_time")
    pk = _CREATE.run(
        caller.session,
        run_id=run_id,
        experiment_number=experiment.number,
        name=name,
        user_id=user_id,
        created_by=caller.principal.id,
        status=RunStatus.RUNNING.value,
        start_time=start_time,
    ).scalar_one()
    run = RunRef(
        pk=pk,
        run_id=run_id,
        experiment=experiment,
        name=name,
        user_id=user_id,
        status=RunStatus.RUNNING,
        start_time=start_time,
        end_time=None,
        deleted_at=None,
        created_by=caller.principal.id,
    )
    _add_tags(caller, run, tagged)
    audit.record(caller, Operation.RUN_CREATE, experiment.securable, run_id=run_id)
    return Run(run.info, tags=tuple(tagged.items()))


def get_run(caller: Caller, run_id: str) -> Run:
    """Return a run, in the trash or not, with what it logged.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError.
    """
    run = obtain_run(caller, Operation.RUN_READ, run_id)
    return fetch_logged(caller.session, [run.pk])[run.pk].run(run.info)


def update_run(
    caller: Caller,
    run_id: str,
    *,
    status: RunStatus | None = None,
    end_time: int | None = None,
    run_name: str | None = None,
) -> RunInfo:
    """Change what is given; a new name is written to the tag ``mlflow.runName`` too.

    Raises InvalidParameterError for a run in the trash or a bad time, NotFoundError,
    PermissionDeniedError.
    """
    run = obtain_run(caller, Operation.RUN_UPDATE, run_id, active=True)
    name = check_text(run_name or "", "run_name", MAX_TAG_VALUE, truncate=True)
    row = _UPDATE.run(
        caller.session,
        pk=run.pk,
        name=name or None,
        status=status and status.value,
        end_time=None if end_time is None else check_time(end_time, "end_time"),
    ).first()
    if row is None:
        raise run_not_found(run_id)
    if name:
        _add_tags(caller, run, {NAME_TAG: name})
    audit.record(caller, Operation.RUN_UPDATE, run_id=run_id, status=row.status)
    told = {"name": row.name, "status": RunStatus(row.status), "end_time": row.end_time}
    return replace(run, **told).info


def delete_run(caller: Caller, run_id: str) -> None:
    """Move a run to the trash; one that is there stays there.

    Raises NotFoundError, PermissionDeniedError.
    """
    run = obtain_run(caller, Operation.RUN_DELETE, run_id)
    if run.deleted_at is None:
        _SET_DELETED.run(caller.session, pk=run.pk, deleted_at=caller.now)
    audit.record(caller, Operation.RUN_DELETE, run_id=run_id)


def restore_run(caller: Caller, run_id: str) -> None:
    """Bring a run back from the trash.

    Raises InvalidParameterError if its experiment is in the trash, NotFoundError,
    PermissionDeniedError.
    """
    run = obtain_run(caller, Operation.RUN_RESTORE, run_id)
    if run.experiment.securable.deleted_at is not None:
        msg = (
            f"The experiment {run.experiment.number} must be in the 'active' state. "
            "Current state is deleted."
        )
        raise InvalidParameterError(msg, field="run_id")
    if _SET_DELETED.run(caller.session, pk=run.pk, deleted_at=None).rowcount == 0:
        raise run_not_found(run_id)  # It was purged while this waited.
    audit.record(caller, Operation.RUN_RESTORE, run_id=run_id)


def set_run_tag(caller: Caller, run_id: str, name: str, value: str) -> None:
    """Set a tag; ``mlflow.runName`` renames the run.

    Raises InvalidParameterError for a bad name or value or a run in the trash, NotFoundError,
    PermissionDeniedError.
    """
    tagged = check_tags([(name, value)])
    run = obtain_run(caller, Operation.RUN_LOG, run_id, active=True)
    write_tags(caller, run, tagged)
    audit.record(caller, Operation.RUN_LOG, run_id=run_id, tags=1)


def delete_run_tag(caller: Caller, run_id: str, name: str) -> None:
    """Delete a tag.

    Raises NotFoundError if the run has no such tag, or is absent or hidden; InvalidParameterError
    for a run in the trash; PermissionDeniedError.
    """
    run = obtain_run(caller, Operation.RUN_LOG, run_id, active=True)
    check_key(name, "key")
    if _DELETE_TAG.run(caller.session, pk=run.pk, name=name).rowcount == 0:
        msg = f"No tag with name: {name} in run with id {run_id}"
        raise NotFoundError(msg, field="key")
    audit.record(caller, Operation.RUN_LOG, run_id=run_id, deleted_tag=name)


def log_param(caller: Caller, run_id: str, name: str, value: str) -> None:
    """Log a parameter, once: the same value again is fine.

    Raises InvalidParameterError for another value, a bad name or a run in the trash; NotFoundError,
    PermissionDeniedError.
    """
    checked = check_params([(name, value)])
    run = obtain_run(caller, Operation.RUN_LOG, run_id, active=True)
    write_params(caller, run, checked)
    audit.record(caller, Operation.RUN_LOG, run_id=run_id, params=1)


def write_params(caller: Caller, run: RunRef, params: dict[str, str]) -> None:
    """Add parameters that were checked.

    Raises InvalidParameterError if the run has one of them with another value.
    """
    rows = _rows(run, params)
    if _ADD_PARAM.run_each(caller.session, rows) == len(rows):
        return
    for name, value in _PARAMS.run(caller.session, pk=run.pk, names=list(params)):
        if params[name] != value:
            msg = (
                f"Changing param values is not allowed. Param with key='{name}' was already logged "
                f"with value='{value}' for run ID='{run.run_id}'. Attempted logging new value "
                f"'{params[name]}'."
            )
            raise InvalidParameterError(msg, field="params")


def write_tags(caller: Caller, run: RunRef, tags: dict[str, str]) -> None:
    """Set tags that were checked; ``mlflow.runName`` renames the run."""
    _add_tags(caller, run, tags)
    if NAME_TAG in tags:
        _RENAME.run(caller.session, pk=run.pk, name=tags[NAME_TAG])


def check_time(moment: int, field: str) -> int:
    """Return a moment that fits 64 bits; raises InvalidParameterError for any other."""
    if not 0 <= moment <= MAX_INT64:
        raise invalid(field, moment, "It must be milliseconds since 1970")
    return moment


def _add_tags(caller: Caller, run: RunRef, tags: dict[str, str]) -> None:
    _SET_TAG.run_each(caller.session, _rows(run, tags))


def _rows(run: RunRef, values: dict[str, str]) -> list[dict[str, Any]]:
    place = {"pk": run.pk, "number": run.experiment.number, "start_time": run.start_time}
    # In one order for everybody, so that two batches for one run cannot wait for each other.
    return [{**place, "name": name, "value": values[name]} for name in sorted(values)]


def _first_name(run_name: str | None, tags: dict[str, str]) -> str:
    tagged = tags.get(NAME_TAG)
    if run_name and tagged and run_name != tagged:
        msg = (
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different "
            f"values (run_name='{run_name[:_SHOWN]}', mlflow.runName='{tagged[:_SHOWN]}')."
        )
        raise InvalidParameterError(msg, field="run_name")
    return check_text(run_name or tagged or random_name(), "run_name", MAX_TAG_VALUE, truncate=True)
