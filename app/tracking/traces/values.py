"""What the use-cases of traces take and return; times are in milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class TraceState(StrEnum):
    """How a trace ended, if it has; the value is MLflow's."""

    UNSPECIFIED = "STATE_UNSPECIFIED"
    OK = "OK"
    ERROR = "ERROR"
    IN_PROGRESS = "IN_PROGRESS"


class SpanStatus(StrEnum):
    """How a span ended (OpenTelemetry's StatusCode)."""

    UNSET = "UNSET"
    OK = "OK"
    ERROR = "ERROR"


class AssessmentKind(StrEnum):
    """What an assessment says of a trace."""

    FEEDBACK = "feedback"
    EXPECTATION = "expectation"
    ISSUE = "issue"


@dataclass(frozen=True, slots=True)
class Span:
    """One span: ids in hex, times in nanoseconds, attributes as JSON.

    ``details`` is the rest, such as events and links, in a form that only the doors read.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start_ns: int
    end_ns: int
    status: SpanStatus
    attributes: Mapping[str, Any]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToldTrace:
    """What a client says of a trace, beside its spans; None where it says nothing."""

    trace_id: str
    request_time: int | None = None
    duration: int | None = None
    state: TraceState = TraceState.UNSPECIFIED
    client_request_id: str | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewAssessment:
    """An assessment to be made; ``value`` is JSON, ``error`` a JSON object."""

    name: str
    kind: AssessmentKind
    value: Any
    source_type: str
    source_id: str = ""
    error: Mapping[str, Any] | None = None
    rationale: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    span_id: str | None = None
    overrides: str | None = None
    created_at: int | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """Feedback on a trace, what was expected of it, or an issue that it shows.

    ``valid`` is false once another overrides it.
    """

    assessment_id: str
    trace_id: str
    name: str
    kind: AssessmentKind
    value: Any
    error: Mapping[str, Any] | None
    rationale: str | None
    metadata: Mapping[str, str]
    source_type: str
    source_id: str
    span_id: str | None
    overrides: str | None
    valid: bool
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class TraceInfo:
    """A trace without its spans; ``duration`` is in milliseconds."""

    trace_id: str
    experiment_id: str
    request_time: int
    duration: int | None
    state: TraceState
    client_request_id: str | None
    request_preview: str | None
    response_preview: str | None
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    assessments: tuple[Assessment, ...] = ()
    spans_are_in_file: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace with its spans, the first to begin first."""

    info: TraceInfo
    spans: tuple[Span, ...]
