"""Traces as MLflow's server answers them: TraceInfoV3, and spans in protobuf's JSON."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from app.cli.importing.messages import Page

Nanos = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class AnyValue(msgspec.Struct):
    """AnyValue (``opentelemetry/proto/common/v1/common.proto``); without a member it is null."""

    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | None = None
    double_value: float | None = None
    bytes_value: str | None = None
    array_value: ArrayValue | None = None
    kvlist_value: KeyValues | None = None


class KeyValue(msgspec.Struct):
    """KeyValue."""

    key: str
    value: AnyValue = msgspec.field(default_factory=AnyValue)


class ArrayValue(msgspec.Struct):
    """ArrayValue."""

    values: list[AnyValue] = []


class KeyValues(msgspec.Struct):
    """KeyValueList."""

    values: list[KeyValue] = []


class SpanStatus(msgspec.Struct):
    """Status."""

    code: str | int = "STATUS_CODE_UNSET"
    message: str = ""


class Span(msgspec.Struct):
    """Span (``opentelemetry/proto/trace/v1/trace.proto``); ids are base64."""

    span_id: str
    name: str = ""
    parent_span_id: str = ""
    start_time_unix_nano: Nanos = 0
    end_time_unix_nano: Nanos = 0
    attributes: list[KeyValue] = []
    status: SpanStatus = msgspec.field(default_factory=SpanStatus)
    kind: str | int | None = None
    trace_state: str | None = None
    flags: int | None = None
    events: list[dict[str, Any]] | None = None
    links: list[dict[str, Any]] | None = None


class AssessmentSource(msgspec.Struct):
    """AssessmentSource."""

    source_type: str = "SOURCE_TYPE_UNSPECIFIED"
    source_id: str = ""


class Feedback(msgspec.Struct):
    """Feedback."""

    value: Any = None
    error: dict[str, str] | None = None


class Serialized(msgspec.Struct):
    """Expectation.SerializedValue."""

    value: str


class Expectation(msgspec.Struct):
    """Expectation."""

    value: Any = None
    serialized_value: Serialized | None = None


class Issue(msgspec.Struct):
    """IssueReference."""

    issue_name: str = ""


class Assessment(msgspec.Struct):
    """Assessment."""

    assessment_id: str
    assessment_name: str
    source: AssessmentSource = msgspec.field(default_factory=AssessmentSource)
    create_time: str = ""
    last_update_time: str = ""
    feedback: Feedback | None = None
    expectation: Expectation | None = None
    issue: Issue | None = None
    rationale: str | None = None
    metadata: dict[str, str] = {}
    span_id: str | None = None
    overrides: str | None = None
    valid: bool = True


class TraceInfo(msgspec.Struct):
    """TraceInfoV3."""

    trace_id: str
    request_time: str = ""
    execution_duration: str = ""
    state: str = "STATE_UNSPECIFIED"
    client_request_id: str | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    trace_metadata: dict[str, str] = {}
    tags: dict[str, str] = {}
    assessments: list[Assessment] = []


class TraceInfos(Page):
    """SearchTracesV3.Response."""

    traces: list[TraceInfo] = msgspec.field(default_factory=list)


class Trace(msgspec.Struct):
    """Trace."""

    spans: list[Span] = []


class GotTrace(msgspec.Struct):
    """GetTrace.Response."""

    trace: Trace = msgspec.field(default_factory=Trace)
