"""What tracking's use-cases take and return; times are in milliseconds since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from app.db.predicates import Comparison, OrderBy
from app.securables import FullName

Pair = tuple[str, str]
"""(name, value) of a parameter or tag."""

Point = tuple[float, int, int, bool]
"""(value, timestamp, step, whether it is NaN, whatever the value says) of a metric."""


class RunStatus(StrEnum):
    """How far a run is; the value is MLflow's."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class Lifecycle(StrEnum):
    """Whether something is in the trash; the value is MLflow's."""

    ACTIVE = "active"
    DELETED = "deleted"


class View(StrEnum):
    """Which lifecycles a search returns; the value is MLflow's."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for: all of ``filters`` must hold, ``page_token`` goes on after a page."""

    view: View = View.ACTIVE_ONLY
    filters: tuple[Comparison, ...] = ()
    order_by: tuple[OrderBy, ...] = ()
    max_results: int = 1000
    page_token: str = ""


class LoggedModelStatus(StrEnum):
    """How far a logged model is; the value is MLflow's."""

    PENDING = "LOGGED_MODEL_PENDING"
    READY = "LOGGED_MODEL_READY"
    UPLOAD_FAILED = "LOGGED_MODEL_UPLOAD_FAILED"


class Metric(NamedTuple):
    """One point of a metric; with ``model_id`` it is a point of that logged model's too.

    ``value`` may be NaN; infinities come back as the largest double.
    """

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment; ``name`` is spelled as the caller would, ``id`` is the securable's."""

    experiment_id: str
    id: str
    name: str
    full_name: FullName
    artifact_location: str
    lifecycle_stage: Lifecycle
    creation_time: int
    last_update_time: int
    owner_id: str
    tags: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run without what it logged.

    ``user_id`` is whom the client named, ``created_by`` the id of the principal that it called as.
    """

    run_id: str
    experiment_id: str
    name: str
    user_id: str
    created_by: str
    status: RunStatus
    start_time: int
    end_time: int | None
    lifecycle_stage: Lifecycle
    artifact_uri: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set as a run names it; ``digest`` tells its contents apart."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetInput:
    """A data set that a run used, with tags such as ``mlflow.data.context``."""

    dataset: Dataset
    tags: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """A logged model that a run made at a step."""

    model_id: str
    step: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A run with what it logged; of each metric the latest point."""

    info: RunInfo
    metrics: tuple[Metric, ...] = ()
    params: tuple[Pair, ...] = ()
    tags: tuple[Pair, ...] = ()
    dataset_inputs: tuple[DatasetInput, ...] = ()
    model_inputs: tuple[str, ...] = ()
    model_outputs: tuple[ModelOutput, ...] = ()


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A model that was logged, before or without being registered."""

    model_id: str
    experiment_id: str
    name: str
    source_run_id: str | None
    status: LoggedModelStatus
    status_message: str
    model_type: str
    artifact_uri: str
    created_at: int
    updated_at: int
    lifecycle_stage: Lifecycle
    params: tuple[Pair, ...] = ()
    tags: tuple[Pair, ...] = ()
    metrics: tuple[Metric, ...] = ()
