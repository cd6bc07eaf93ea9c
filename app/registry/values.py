"""What the registry hands out: registered models and their versions, as they were when read.

Both are tuples, since a page has hundreds: a frozen dataclass takes three times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from app.errors import InvalidParameterError
from app.securables import FullName, SecurableId

IS_PROMPT = "mlflow.prompt.is_prompt"
"""The tag that makes a model, or a version, a prompt when its value is ``true``."""

PROMPT_TEXT = "mlflow.prompt.text"
"""The tag of a version that is the prompt itself: content, for whoever holds EXECUTE."""

HIDDEN = "hidden"
"""What stands for the source of a copy where it may name what the caller does not see."""


class Stage(StrEnum):
    """MLflow's stages, the fixed predecessors of aliases."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"

    @classmethod
    def parse(cls, text: str, *, field: str = "stage") -> Stage:
        """Read a stage in any case. Raises InvalidParameterError for an unknown one."""
        for stage in cls:
            if stage.lower() == text.lower():
                return stage
        known = ", ".join(cls)
        msg = f"Invalid Model Version stage: {text[:80]!r}. Value must be one of {known}."
        raise InvalidParameterError(msg, field=field)

    @property
    def is_active(self) -> bool:
        """True for the stages that archiving makes room in."""
        return self in {Stage.STAGING, Stage.PRODUCTION}


class VersionStatus(StrEnum):
    """Whether a version's files are all there, in the words of MLflow and Unity Catalog."""

    PENDING = "PENDING_REGISTRATION"
    READY = "READY"
    FAILED = "FAILED_REGISTRATION"


class ModelVersion(NamedTuple):
    """One version of a registered model. Times are in milliseconds since 1970 UTC.

    ``source`` is what the creator gave, or ``hidden``; it is never opened: the files are in
    ``container``.
    """

    model_id: SecurableId
    model_name: FullName
    version: int
    source: str
    run_id: str | None
    logged_model_id: str | None
    run_link: str
    description: str
    stage: Stage
    status: VersionStatus
    is_prompt: bool
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    tags: Mapping[str, str]
    aliases: tuple[str, ...]

    @property
    def container(self) -> str:
        """Where its files are, which is also its node in lineage."""
        return container_of(self.model_id, self.version)

    @property
    def download_uri(self) -> str:
        """The URI under which MLflow's clients fetch its files through this server."""
        return f"mlflow-artifacts:/versions/{self.model_id}/{self.version}"


class RegisteredModel(NamedTuple):
    """A registered model. Times are in milliseconds since 1970 UTC.

    ``latest_versions`` has the highest version of each stage that has one.
    """

    id: SecurableId
    full_name: FullName
    schema_id: SecurableId
    catalog_id: SecurableId
    owner_id: str
    description: str
    is_prompt: bool
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    tags: Mapping[str, str]
    aliases: Mapping[str, int]
    latest_versions: tuple[ModelVersion, ...]


def container_of(model_id: str, version: int) -> str:
    """Return the address of a version's files and of its node in lineage."""
    return f"version:{model_id}/{version}"


def says_prompt(value: str | None) -> bool:
    """Tell whether a value of the prompt tag means yes, as MLflow reads it."""
    return value is not None and value.lower() == "true"
