"""What the use-cases of evaluation take and return; times are in milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.tracking.values import Pair

USER_TAG = "mlflow.user"
"""The tag by which clients say who they are."""


@dataclass(frozen=True, slots=True)
class EvaluationDataset:
    """An evaluation dataset without its records.

    ``fields`` are the types of what records hold, by name, below inputs, outputs and expectations.
    ``created_by`` and ``updated_by`` are what clients say, ``home_id`` is the experiment on which
    it is decided who reads it.
    """

    dataset_id: str
    home_id: str
    name: str
    digest: str
    fields: Mapping[str, Any] | None
    record_count: int
    created_by: str | None
    updated_by: str | None
    created_at: int
    updated_at: int
    tags: tuple[Pair, ...] = ()
    experiment_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record comes from; ``type`` and ``details`` are MLflow's."""

    type: str
    details: Mapping[str, Any]

    @property
    def id(self) -> str | None:
        """The trace, or what else the details name."""
        named = self.details.get("trace_id" if self.type == "TRACE" else "source_id")
        return named if isinstance(named, str) else None


@dataclass(frozen=True, slots=True)
class EvaluationRecord:
    """One example: what goes in, what came out, what was expected; all values are JSON's."""

    record_id: str
    dataset_id: str
    inputs: Mapping[str, Any]
    outputs: Any
    expectations: dict[str, Any] | None
    tags: dict[str, Any]
    source: Source | None
    created_by: str | None
    updated_by: str | None
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class GivenRecord:
    """A record as a client gives it; without ``has_outputs`` nothing was said of outputs."""

    inputs: Mapping[str, Any]
    outputs: Any = None
    has_outputs: bool = False
    expectations: Mapping[str, Any] | None = None
    tags: Mapping[str, Any] | None = None
    source: Source | None = None

    @property
    def user(self) -> str | None:
        """Who says so, by the tag that clients set."""
        named = (self.tags or {}).get(USER_TAG)
        return named if isinstance(named, str) else None


@dataclass(frozen=True, slots=True)
class Merged:
    """How many records a merge added, and how many it changed."""

    inserted: int
    updated: int
