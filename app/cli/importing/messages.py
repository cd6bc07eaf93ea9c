"""What MLflow's server answers, as far as it is brought (``mlflow/protos/service.proto``).

Numbers come as numbers or, as protobuf's JSON has 64-bit ones and NaN, as text.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Millis = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class Tag(msgspec.Struct):
    """ExperimentTag, RunTag, Param and the like."""

    key: str
    value: str = ""


class Experiment(msgspec.Struct):
    """Experiment."""

    experiment_id: str
    name: str
    lifecycle_stage: str = "active"
    creation_time: Millis = 0
    last_update_time: Millis = 0
    tags: list[Tag] = []


class Experiments(msgspec.Struct):
    """SearchExperiments.Response."""

    experiments: list[Experiment] = []
    next_page_token: str = ""


class Metric(msgspec.Struct):
    """Metric."""

    key: str
    value: float
    timestamp: int = 0
    step: int = 0
    run_id: str = ""
    dataset_name: str | None = None
    dataset_digest: str | None = None


class MetricHistory(msgspec.Struct):
    """GetMetricHistory.Response."""

    metrics: list[Metric] = []
    next_page_token: str = ""


class RunInfo(msgspec.Struct):
    """RunInfo."""

    run_id: str
    experiment_id: str
    run_name: str = ""
    user_id: str = ""
    status: str = "RUNNING"
    start_time: Millis = 0
    end_time: Millis | None = None
    lifecycle_stage: str = "active"


class RunData(msgspec.Struct):
    """RunData."""

    metrics: list[Metric] = []
    params: list[Tag] = []
    tags: list[Tag] = []


class Dataset(msgspec.Struct):
    """Dataset."""

    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class DatasetInput(msgspec.Struct):
    """DatasetInput."""

    dataset: Dataset
    tags: list[Tag] = []


class ModelLink(msgspec.Struct):
    """ModelInput and ModelOutput."""

    model_id: str
    step: int = 0


class RunInputs(msgspec.Struct):
    """RunInputs."""

    dataset_inputs: list[DatasetInput] = []
    model_inputs: list[ModelLink] = []


class RunOutputs(msgspec.Struct):
    """RunOutputs."""

    model_outputs: list[ModelLink] = []


class Run(msgspec.Struct):
    """Run."""

    info: RunInfo
    data: RunData = msgspec.field(default_factory=RunData)
    inputs: RunInputs = msgspec.field(default_factory=RunInputs)
    outputs: RunOutputs = msgspec.field(default_factory=RunOutputs)


class Runs(msgspec.Struct):
    """SearchRuns.Response."""

    runs: list[Run] = []
    next_page_token: str = ""


class FileInfo(msgspec.Struct):
    """FileInfo."""

    path: str
    is_dir: bool = False
    file_size: int | None = None


class Files(msgspec.Struct):
    """ListArtifacts.Response and ListLoggedModelArtifacts.Response."""

    files: list[FileInfo] = []
    next_page_token: str = ""


class LoggedModelInfo(msgspec.Struct):
    """LoggedModelInfo."""

    model_id: str
    experiment_id: str
    name: str = ""
    creation_timestamp_ms: Millis = 0
    last_updated_timestamp_ms: Millis = 0
    status: str = "LOGGED_MODEL_READY"
    status_message: str = ""
    model_type: str = ""
    source_run_id: str = ""
    tags: list[Tag] = []


class LoggedModelData(msgspec.Struct):
    """LoggedModelData."""

    params: list[Tag] = []
    metrics: list[Metric] = []


class LoggedModel(msgspec.Struct):
    """LoggedModel."""

    info: LoggedModelInfo
    data: LoggedModelData = msgspec.field(default_factory=LoggedModelData)


class LoggedModels(msgspec.Struct):
    """SearchLoggedModels.Response."""

    models: list[LoggedModel] = []
    next_page_token: str = ""


class Alias(msgspec.Struct):
    """RegisteredModelAlias."""

    alias: str
    version: Number


class RegisteredModel(msgspec.Struct):
    """RegisteredModel."""

    name: str
    creation_timestamp: Millis = 0
    last_updated_timestamp: Millis = 0
    description: str = ""
    tags: list[Tag] = []
    aliases: list[Alias] = []


class RegisteredModels(msgspec.Struct):
    """SearchRegisteredModels.Response."""

    registered_models: list[RegisteredModel] = []
    next_page_token: str = ""


class ModelVersion(msgspec.Struct):
    """ModelVersion."""

    name: str
    version: Number
    source: str = ""
    run_id: str = ""
    run_link: str = ""
    description: str = ""
    current_stage: str = "None"
    creation_timestamp: Millis = 0
    last_updated_timestamp: Millis = 0
    tags: list[Tag] = []


class ModelVersions(msgspec.Struct):
    """SearchModelVersions.Response."""

    model_versions: list[ModelVersion] = []
    next_page_token: str = ""
