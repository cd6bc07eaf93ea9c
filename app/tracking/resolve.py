"""From MLflow's ids to what the caller was allowed to have: experiments, runs, logged models.

An id that nobody has and one in an experiment hidden from the caller give the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from app import access
from app.access import Operation
from app.db import Effect
from app.db.statements import Sql
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller, Entry, Outcome
from app.securables import Kind, Securable
from app.tracking.checks import MAX_INT64, check_count, check_run_id
from app.tracking.values import (
    Lifecycle,
    LoggedModel,
    LoggedModelStatus,
    RunInfo,
    RunStatus,
)

MAX_EXPERIMENTS = 10_000
"""To look in at once."""

_MAX_DIGITS = 19
_SHOWN = 80
_MODEL_ID = re.compile("m-[0-9a-f]{32}")

_EXPERIMENT = Sql("SELECT securable_id FROM experiments WHERE number = :number")
_RUN = Sql("""
SELECT r.pk, r.experiment_number, r.name, r.user_id, r.status, r.start_time, r.end_time,
 r.deleted_at, r.created_by, e.securable_id
FROM runs r JOIN experiments e ON e.number = r.experiment_number WHERE r.run_id = :run_id""")
_MODEL = Sql("""
SELECT m.pk, m.model_id, m.experiment_number, m.name, m.source_run_id, m.status, m.status_message,
 m.model_type, m.created_at, m.updated_at, m.deleted_at, e.securable_id
FROM logged_models m JOIN experiments e ON e.number = m.experiment_number
WHERE m.model_id = :model_id""")


@dataclass(frozen=True, slots=True)
class ExperimentRef:
    """An experiment that the caller was allowed to have."""

    number: int
    securable: Securable


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run in an experiment that the caller was allowed to have; ``pk`` stays inside."""

    pk: int
    run_id: str
    experiment: ExperimentRef
    name: str
    user_id: str
    status: RunStatus
    start_time: int
    end_time: int | None
    deleted_at: int | None
    created_by: str

    @property
    def lifecycle_stage(self) -> Lifecycle:
        """A run is in the trash by itself or with its experiment."""
        return lifecycle(self.deleted_at, self.experiment.securable.deleted_at)

    @property
    def info(self) -> RunInfo:
        """The run without what it logged."""
        return RunInfo(
            run_id=self.run_id,
            experiment_id=str(self.experiment.number),
            name=self.name,
            user_id=self.user_id,
            created_by=self.created_by,
            status=self.status,
            start_time=self.start_time,
            end_time=self.end_time,
            lifecycle_stage=self.lifecycle_stage,
            artifact_uri=run_artifact_uri(self.experiment.number, self.run_id),
        )


@dataclass(frozen=True, slots=True)
class LoggedModelRef:
    """A logged model in an experiment that the caller was allowed to have; ``pk`` stays inside.

    ``model`` lacks parameters, tags and metrics.
    """

    pk: int
    experiment: ExperimentRef
    model: LoggedModel


def obtain_experiment(
    caller: Caller, operation: Operation, experiment_id: str, *, active: bool = False
) -> ExperimentRef:
    """Resolve MLflow's decimal id, authorize and record.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError, and
    InvalidParameterError for what is not a number or, with ``active``, for one in the trash.
    """
    number = parse_experiment_id(experiment_id)
    begin_for(caller, operation)
    row = _EXPERIMENT.run(caller.session, number=number).first()
    asked, error = f"experiment:{number}", experiment_not_found(experiment_id)
    securable = obtain_by_id(caller, operation, row[0] if row else None, asked, error)
    if active and securable.deleted_at is not None:
        msg = f"The experiment {number} must be in the 'active' state. Current state is deleted."
        raise InvalidParameterError(msg, field="experiment_id")
    return ExperimentRef(number, securable)


def obtain_run(
    caller: Caller, operation: Operation, run_id: str, *, active: bool = False
) -> RunRef:
    """Resolve a run, authorize on its experiment, and record.

    Raises NotFoundError if it is absent or its experiment hidden, PermissionDeniedError, and
    InvalidParameterError for what is no run id or, with ``active``, for a run in the trash.
    """
    check_run_id(run_id)
    begin_for(caller, operation)
    row = _RUN.run(caller.session, run_id=run_id).first()
    error = run_not_found(run_id)
    found = row.securable_id if row else None
    part = ("run_id", run_id)
    securable = obtain_by_id(caller, operation, found, f"run:{run_id}", error, part)
    if row is None:
        raise error
    run = RunRef(
        pk=row.pk,
        run_id=run_id,
        experiment=ExperimentRef(row.experiment_number, securable),
        name=row.name,
        user_id=row.user_id,
        status=RunStatus(row.status),
        start_time=row.start_time,
        end_time=row.end_time,
        deleted_at=row.deleted_at,
        created_by=row.created_by,
    )
    if active and run.lifecycle_stage is Lifecycle.DELETED:
        msg = f"The run {run_id} must be in the 'active' state. Current state is deleted."
        raise InvalidParameterError(msg, field="run_id")
    return run


def obtain_logged_model(
    caller: Caller,
    operation: Operation,
    model_id: str,
    *,
    deleted: bool = False,
    active: bool = False,
) -> LoggedModelRef:
    """Resolve a logged model, authorize on its experiment, and record.

    Raises NotFoundError if it is absent, hidden or, without ``deleted``, in the trash by itself;
    PermissionDeniedError; and InvalidParameterError, with ``active``, if its experiment is there.
    """
    error = logged_model_not_found(model_id)
    begin_for(caller, operation)
    well_formed = _MODEL_ID.fullmatch(model_id) is not None
    row = _MODEL.run(caller.session, model_id=model_id).first() if well_formed else None
    if row is not None and row.deleted_at is not None and not deleted:
        row = None
    asked = f"logged_model:{model_id[:_SHOWN]}"
    found = row.securable_id if row else None
    part = ("logged_model", model_id)
    securable = obtain_by_id(caller, operation, found, asked, error, part)
    if row is None:
        raise error
    if active and securable.deleted_at is not None:
        msg = (
            f"The logged model {model_id} must be in the 'active' state. Current state is deleted."
        )
        raise InvalidParameterError(msg, field="model_id")
    model = bare_logged_model(row, securable.deleted_at)
    return LoggedModelRef(row.pk, ExperimentRef(row.experiment_number, securable), model)


def bare_logged_model(row: Row[*tuple[Any, ...]], experiment_deleted_at: int | None) -> LoggedModel:
    """Return the logged model of a row of its table."""
    return LoggedModel(
        model_id=row.model_id,
        experiment_id=str(row.experiment_number),
        name=row.name,
        source_run_id=row.source_run_id,
        status=LoggedModelStatus(row.status),
        status_message=row.status_message,
        model_type=row.model_type,
        artifact_uri=logged_model_artifact_uri(row.experiment_number, row.model_id),
        created_at=row.created_at,
        updated_at=row.updated_at,
        lifecycle_stage=lifecycle(row.deleted_at, experiment_deleted_at),
    )


def parse_experiment_id(experiment_id: str) -> int:
    """Return the number of an experiment; raises InvalidParameterError for what is none."""
    plain = experiment_id.isascii() and experiment_id.isdigit()
    number = int(experiment_id) if plain and len(experiment_id) <= _MAX_DIGITS else -1
    if not 0 <= number <= MAX_INT64:
        msg = (
            f"Invalid experiment ID '{experiment_id[:80]}'. Experiment ID must be a valid integer."
        )
        raise InvalidParameterError(msg, field="experiment_id")
    return number


def parse_experiment_ids(experiment_ids: Collection[str]) -> list[int]:
    """Return the numbers of experiments to look in, each once and in order.

    Raises InvalidParameterError for what is none, or more than a statement takes.
    """
    check_count("experiment_ids", len(experiment_ids), MAX_EXPERIMENTS)
    return sorted({parse_experiment_id(one) for one in experiment_ids})


def experiment_not_found(experiment_id: str) -> NotFoundError:
    """Return the one error for an experiment that is absent or hidden."""
    return NotFoundError(f"No Experiment with id={experiment_id} exists", field="experiment_id")


def run_not_found(run_id: str) -> NotFoundError:
    """Return the one error for a run that is absent or hidden."""
    return NotFoundError(f"Run with id={run_id} not found", field="run_id")


def logged_model_not_found(model_id: str) -> NotFoundError:
    """Return the one error for a logged model that is absent, deleted or hidden."""
    msg = f"Logged model with ID '{model_id[:_SHOWN]}' not found."
    return NotFoundError(msg, field="model_id")


def artifact_location(number: int) -> str:
    """Return where an experiment's files are: always behind this server's proxy."""
    return f"mlflow-artifacts:/{number}"


def run_artifact_uri(number: int, run_id: str) -> str:
    """Return where a run's files are."""
    return f"{artifact_location(number)}/{run_id}/artifacts"


def logged_model_artifact_uri(number: int, model_id: str) -> str:
    """Return where a logged model's files are."""
    return f"{artifact_location(number)}/models/{model_id}/artifacts"


def trace_artifact_uri(number: int, trace_id: str) -> str:
    """Return where a trace's files are."""
    return f"{artifact_location(number)}/traces/{trace_id}/artifacts"


def record_hidden(caller: Caller, operation: Operation, asked: str) -> None:
    """Note that ``asked`` was sought and is not there, as ``access.obtain`` does for names."""
    caller.ledger.add(Entry(operation, Outcome.HIDDEN, "absent", None, asked))


def obtain_by_id(
    caller: Caller,
    operation: Operation,
    securable_id: str | None,
    asked: str,
    error: NotFoundError,
    part: tuple[str, str] | None = None,
) -> Securable:
    """Authorize on an experiment whose id was looked up in this package's own tables.

    ``part`` is the name and id of what is asked for in it: the event tells of that too, whether it
    was given or not. Raises ``error`` alike if there is no id and if the experiment is hidden;
    PermissionDeniedError.
    """
    if securable_id is None:
        record_hidden(caller, operation, asked)
        raise error
    decided = len(caller.ledger.entries)
    try:
        return access.obtain(caller, operation, securable_id, kind=Kind.EXPERIMENT, deleted=True)
    except NotFoundError:
        raise error from None
    finally:
        if part is not None:
            for entry in caller.ledger.entries[decided:]:
                entry.details.update([part])


def begin_for(caller: Caller, operation: Operation) -> None:
    """Open the transaction that an operation on experiments needs, before its rows are looked up.

    The row and the decision belong to one: a run deleted between them stays deleted.
    """
    effect = access.policy().rule(operation, Kind.EXPERIMENT).effect
    if effect is not Effect.READ:
        caller.session.begin(effect)


def lifecycle(*deleted_at: int | None) -> Lifecycle:
    """Return the stage of what is in the trash as soon as one of the moments is known."""
    in_trash = any(moment is not None for moment in deleted_at)
    return Lifecycle.DELETED if in_trash else Lifecycle.ACTIVE
