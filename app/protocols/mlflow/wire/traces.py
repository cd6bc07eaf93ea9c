"""Messages of traces (``mlflow/protos/service.proto``: StartTraceV3 … LinkTracesToRun)."""

from __future__ import annotations

from marshmallow import fields

from app.errors import InvalidParameterError
from app.protocols.mlflow.wire.assessments import dump_assessment
from app.protocols.mlflow.wire.messages import Boolean, Message, Tag, Text, int64, text, texts
from app.protocols.mlflow.wire.spans import dump_span
from app.protocols.mlflow.wire.times import Duration, Timestamp, dump_duration, dump_time
from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.traces.values import ToldTrace, Trace, TraceInfo, TraceState

_EXPERIMENT = "MLFLOW_EXPERIMENT"


class _Experiment(Message):
    experiment_id = text(required=True)


class _Location(Message):
    type = text(default=_EXPERIMENT)
    mlflow_experiment = fields.Nested(_Experiment, load_default=None, allow_none=True)


class _Info(Message):
    trace_id = text(required=True)
    client_request_id = text()
    trace_location = fields.Nested(_Location, required=True)
    request_preview = text()
    response_preview = text()
    request_time = Timestamp(load_default=None, allow_none=True)
    execution_duration = Duration(load_default=None, allow_none=True)
    state = text()
    trace_metadata = fields.Dict(keys=Text(), values=Text(), load_default=dict)
    tags = fields.Dict(keys=Text(), values=Text(), load_default=dict)


class _Trace(Message):
    trace_info = fields.Nested(_Info, required=True)


class StartTrace(Message):
    """StartTraceV3; spans travel by OTLP alone."""

    trace = fields.Nested(_Trace, required=True)


class GetTrace(Message):
    """GetTrace."""

    trace_id = text(required=True)
    allow_partial = Boolean(load_default=False, allow_none=True)


class BatchGet(Message):
    """BatchGetTraces and BatchGetTraceInfos."""

    trace_ids = texts(required=True)
    experiment_ids = texts()


class SearchTraces(Message):
    """SearchTracesV3."""

    locations = fields.List(fields.Nested(_Location), required=True)
    filter = text(default="")
    max_results = int64()
    order_by = texts()
    page_token = text(default="")


class DeleteTraces(Message):
    """DeleteTraces."""

    experiment_id = text(required=True)
    max_timestamp_millis = int64()
    max_traces = int64()
    request_ids = texts()


class SetTraceTag(Tag):
    """SetTraceTag; the id is in the path."""


class DeleteTraceTag(Message):
    """DeleteTraceTag."""

    key = text(required=True)


class LinkTracesToRun(Message):
    """LinkTracesToRun."""

    trace_ids = texts(required=True)
    run_id = text(required=True)


class _PromptVersion(Message):
    name = text(required=True)
    version = text(required=True)


class LinkPrompts(Message):
    """LinkPromptsToTrace."""

    trace_id = text(required=True)
    prompt_versions = fields.List(fields.Nested(_PromptVersion), required=True)


def to_experiment_id(location: Dumped) -> str:
    """Return the experiment that a trace location names.

    Raises InvalidParameterError for a place that is none, such as a table of Databricks.
    """
    experiment = location["mlflow_experiment"]
    if location["type"] != _EXPERIMENT or experiment is None:
        msg = f"Traces are kept in experiments: the location's type must be {_EXPERIMENT}"
        raise InvalidParameterError(msg, field="trace_location")
    found: str = experiment["experiment_id"]
    return found


def to_told(loaded: Dumped) -> ToldTrace:
    """Return what a client says of a trace as a whole.

    Raises InvalidParameterError for a state that no trace has.
    """
    state = loaded["state"] or TraceState.UNSPECIFIED.value
    if state not in set(TraceState):
        msg = f"Invalid value '{state[:80]}' for parameter 'state' supplied"
        raise InvalidParameterError(msg, field="state")
    return ToldTrace(
        trace_id=loaded["trace_id"],
        request_time=loaded["request_time"],
        duration=loaded["execution_duration"],
        state=TraceState(state),
        client_request_id=loaded["client_request_id"],
        request_preview=loaded["request_preview"],
        response_preview=loaded["response_preview"],
        metadata=loaded["trace_metadata"],
        tags=loaded["tags"],
    )


def dump_info(info: TraceInfo) -> Dumped:
    """Return a TraceInfoV3."""
    dumped: Dumped = {
        "trace_id": info.trace_id,
        "trace_location": _location(info.experiment_id),
        "request_time": dump_time(info.request_time),
        "state": info.state.value,
        "trace_metadata": dict(info.metadata),
        "tags": dict(info.tags),
    }
    _put_known(dumped, info)
    if info.assessments:
        dumped["assessments"] = [dump_assessment(one) for one in info.assessments]
    return dumped


def dump_told(told: ToldTrace, experiment_id: str) -> Dumped:
    """Return a TraceInfoV3 of what its client itself said."""
    dumped: Dumped = {
        "trace_id": told.trace_id,
        "trace_location": _location(experiment_id),
        "state": told.state.value,
        "trace_metadata": dict(told.metadata),
        "tags": dict(told.tags),
    }
    if told.request_time is not None:
        dumped["request_time"] = dump_time(told.request_time)
    _put_known(dumped, told)
    return dumped


def dump_trace(trace: Trace) -> Dumped:
    """Return a Trace: its info and its spans as OTLP has them."""
    return {"trace_info": dump_info(trace.info), "spans": [dump_span(one) for one in trace.spans]}


def _put_known(dumped: Dumped, info: TraceInfo | ToldTrace) -> None:
    for name in ("client_request_id", "request_preview", "response_preview"):
        value = getattr(info, name)
        if value is not None:
            dumped[name] = value
    if info.duration is not None:
        dumped["execution_duration"] = dump_duration(info.duration)


def _location(experiment_id: str) -> Dumped:
    return {"type": _EXPERIMENT, "mlflow_experiment": {"experiment_id": experiment_id}}
