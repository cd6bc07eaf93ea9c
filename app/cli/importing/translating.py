"""From the messages of MLflow's server to what is brought."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from app.cli.importing import messages as wire
from app.cli.importing.source import SourceError
from app.cli.importing.traces import clean
from app.imports import SourceLoggedModel, SourceModel, SourceRun, SourceVersion
from app.registry.values import Stage
from app.securables import FullName
from app.tracking.values import (
    Dataset,
    DatasetInput,
    LoggedModelStatus,
    Metric,
    ModelOutput,
    Pair,
    RunStatus,
)

Member = TypeVar("Member", bound=StrEnum)


def to_pairs(tags: Iterable[wire.Tag]) -> tuple[Pair, ...]:
    """Return parameters or tags, in a form that can be stored."""
    return tuple((tag.key, clean(tag.value)) for tag in tags)


def to_metric(found: wire.Metric) -> Metric:
    """Return a point of a metric; its run is named by the source's id."""
    return Metric(
        found.key,
        found.value,
        found.timestamp,
        found.step,
        dataset_name=found.dataset_name,
        dataset_digest=found.dataset_digest,
        run_id=found.run_id,
    )


def to_run(found: wire.Run) -> SourceRun:
    """Return a run to bring; raises SourceError for a status that no run has."""
    info = found.info
    return SourceRun(
        run_id=info.run_id,
        experiment_id=info.experiment_id,
        name=clean(info.run_name) or info.run_id,
        user_id=info.user_id,
        status=_member(RunStatus, info.status),
        start_time=info.start_time,
        end_time=info.end_time,
        params=to_pairs(found.data.params),
        tags=to_pairs(found.data.tags),
        datasets=tuple(_dataset(one) for one in found.inputs.dataset_inputs),
        model_inputs=tuple(one.model_id for one in found.inputs.model_inputs),
        model_outputs=tuple(
            ModelOutput(one.model_id, one.step) for one in found.outputs.model_outputs
        ),
    )


def to_logged_model(found: wire.LoggedModel) -> SourceLoggedModel:
    """Return a logged model to bring; raises SourceError for a status that none has."""
    info = found.info
    return SourceLoggedModel(
        model_id=info.model_id,
        experiment_id=info.experiment_id,
        name=info.name,
        source_run_id=info.source_run_id,
        status=_member(LoggedModelStatus, info.status),
        status_message=clean(info.status_message),
        model_type=info.model_type,
        created_at=info.creation_timestamp_ms,
        updated_at=info.last_updated_timestamp_ms,
        params=to_pairs(found.data.params),
        tags=to_pairs(info.tags),
        metrics=tuple(to_metric(one) for one in found.data.metrics),
    )


def to_model(found: wire.RegisteredModel, place: FullName) -> SourceModel:
    """Return a registered model or prompt to bring."""
    return SourceModel(
        name=found.name,
        place=place,
        description=clean(found.description),
        created_at=found.creation_timestamp,
        updated_at=found.last_updated_timestamp,
        tags=dict(to_pairs(found.tags)),
    )


def to_version(found: wire.ModelVersion) -> SourceVersion:
    """Return a version to bring; raises SourceError for a stage that there is not."""
    return SourceVersion(
        model=found.name,
        number=found.version,
        source=found.source,
        run_id=found.run_id,
        run_link=found.run_link,
        description=clean(found.description),
        stage=_member(Stage, found.current_stage),
        created_at=found.creation_timestamp,
        updated_at=found.last_updated_timestamp,
        tags=dict(to_pairs(found.tags)),
    )


def _dataset(found: wire.DatasetInput) -> DatasetInput:
    told = found.dataset
    dataset = Dataset(
        told.name, told.digest, told.source_type, told.source, told.schema, told.profile
    )
    return DatasetInput(dataset, to_pairs(found.tags))


def _member(kind: type[Member], text: str) -> Member:
    try:
        return kind(text)
    except ValueError as error:
        msg = f"{text[:80]!r} is no {kind.__name__}"
        raise SourceError(msg) from error
