"""What is brought, as another server tells of it; times are in milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.registry.values import Stage
from app.securables import FullName
from app.tracking.traces.values import Assessment, Span, ToldTrace
from app.tracking.values import (
    DatasetInput,
    LoggedModelStatus,
    Metric,
    ModelOutput,
    Pair,
    RunStatus,
)


class Origin(StrEnum):
    """What a line of the journal is about."""

    EXPERIMENT = "experiment"
    RUN = "run"
    LOGGED_MODEL = "logged_model"
    MODEL = "registered_model"
    VERSION = "model_version"
    ALIAS = "alias"
    TRACE = "trace"
    LINKS = "trace_links"


@dataclass(frozen=True, slots=True)
class Import:
    """One source being brought into one schema; ``pk`` stays inside."""

    pk: int
    source: str
    schema: FullName
    schema_id: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What something of the source is here; not ``is_whole`` as long as parts of it are left."""

    ours: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class SourceExperiment:
    """An experiment over there, and the place that it is to have here."""

    source_id: str
    place: FullName
    created_at: int
    updated_at: int
    tags: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRun:
    """A run over there, but for its metrics and files; the ids in it are the source's."""

    run_id: str
    experiment_id: str
    name: str
    user_id: str
    status: RunStatus
    start_time: int
    end_time: int | None
    params: tuple[Pair, ...] = ()
    tags: tuple[Pair, ...] = ()
    datasets: tuple[DatasetInput, ...] = ()
    model_inputs: tuple[str, ...] = ()
    model_outputs: tuple[ModelOutput, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceLoggedModel:
    """A logged model over there, but for its files; the ids in it are the source's."""

    model_id: str
    experiment_id: str
    name: str
    source_run_id: str
    status: LoggedModelStatus
    status_message: str
    model_type: str
    created_at: int
    updated_at: int
    params: tuple[Pair, ...] = ()
    tags: tuple[Pair, ...] = ()
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceModel:
    """A registered model over there, and the place that it is to have here."""

    name: str
    place: FullName
    description: str
    created_at: int
    updated_at: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """A version over there; ``source`` and the ids are the other server's."""

    model: str
    number: int
    source: str
    run_id: str
    run_link: str
    description: str
    stage: Stage
    created_at: int
    updated_at: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceTrace:
    """A trace over there, with its spans and what was said of it."""

    experiment_id: str
    told: ToldTrace
    spans: tuple[Span, ...]
    assessments: tuple[Assessment, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How much there is of something: over there, and here of what came from there."""

    name: str
    source: int
    ours: int
