"""What MLflow's server answers, as far as it is brought (``mlflow/protos/service.proto``).

Numbers come as numbers or, as protobuf's JSON has 64-bit ones and NaN, as text.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Millis = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class Page(msgspec.Struct):
    """A page of some list, and what the next one is asked for by."""

    next_page_token: str = ""

    @property
    def is_empty(self) -> bool:
        """True if there is nothing on it."""
        listed = set(self.__struct_fields__) - set(Page.__struct_fields__)
        return not any(getattr(self, name) for name in listed)


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


class Experiments(Page):
    """SearchExperiments.Response."""

    experiments: list[Experiment] = []


class Metric(msgspec.Struct):
    """Metric."""

    key: str
    value: float
    timestamp: int = 0
    step: int = 0
    run_id: str = ""
    dataset_name: str | None = None
    dataset_digest: str | None = None


class MetricHistory(Page):
    """GetMetricHistory.Response."""

    metrics: list[Metric] = []


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


class Runs(Page):
    """SearchRuns.Response."""

    runs: list[Run] = []


class FileInfo(msgspec.Struct):
    """FileInfo."""

    path: str
    is_dir: bool = False
    file_size: int | None = None


class Files(Page):
    """ListArtifacts.Response and ListLoggedModelArtifacts.Response."""

    files: list[FileInfo] = []


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


class LoggedModels(Page):
    """SearchLoggedModels.Response."""

    models: list[LoggedModel] = []


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


class RegisteredModels(Page):
    """SearchRegisteredModels.Response."""

    registered_models: list[RegisteredModel] = []


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


class ModelVersions(Page):
    """SearchModelVersions.Response."""

    model_versions: list[ModelVersion] = []
