"""OpenTelemetry's own exporter, set up as its SDK is: by endpoint and headers alone."""

import uuid

import pytest
from mlflow import MlflowClient
from mlflow.entities import Trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.application import Template
from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

NAME = "ml.prod.exported"


@pytest.fixture
def experiment(sign_in: SignIn) -> str:
    """An experiment of alice's in ``ml.prod``, which bob may read."""
    made: str = MlflowClient().create_experiment(f"{NAME}-{uuid.uuid4().hex[:12]}")
    return made


@pytest.fixture
def spans() -> list[ReadableSpan]:
    """A chat below an agent, as programs tell that know nothing of MLflow."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "cellar"}))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer(__name__)
    with tracer.start_as_current_span("invoke_agent"), tracer.start_as_current_span("chat") as span:
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.request.model", "riesling-1")
        span.set_attribute("gen_ai.usage.input_tokens", 12)
        span.set_attribute("gen_ai.usage.output_tokens", 3)
        span.add_event("tasted", {"note": "dry"})
    return list(kept.get_finished_spans())


class Program:
    """A program of somebody's that sends its spans to an experiment."""

    def __init__(self, server: str, template: Template) -> None:
        self._endpoint = f"{server}/v1/traces"
        self._tokens = template.tokens

    def send(
        self,
        spans: list[ReadableSpan],
        experiment: str,
        who: str = "alice",
        compression: Compression = Compression.Gzip,
    ) -> SpanExportResult:
        headers = {
            "authorization": f"Bearer {self._tokens[who]}",
            "x-mlflow-experiment-id": experiment,
        }
        return OTLPSpanExporter(self._endpoint, headers=headers, compression=compression).export(
            spans
        )


@pytest.fixture
def program(server: str, template: Template) -> Program:
    return Program(server, template)


def found(experiment: str) -> list[Trace]:
    return list(MlflowClient().search_traces(locations=[experiment]))


@pytest.mark.parametrize("compression", Compression)
def test_spans_arrive_as_a_trace(
    experiment: str, program: Program, spans: list[ReadableSpan], compression: Compression
) -> None:
    sent = program.send(spans, experiment, compression=compression)
    assert sent is SpanExportResult.SUCCESS
    (trace,) = found(experiment)
    assert (trace.info.tags["mlflow.traceName"], trace.info.state) == ("invoke_agent", "OK")
    assert trace.info.token_usage == {"input_tokens": 12, "output_tokens": 3, "total_tokens": 15}
    (chat,) = (span for span in trace.data.spans if span.name == "chat")
    assert (chat.span_type, chat.events[0].attributes) == ("CHAT_MODEL", {"note": "dry"})


def test_a_reader_sends_nothing(
    experiment: str, program: Program, spans: list[ReadableSpan], caplog: pytest.LogCaptureFixture
) -> None:
    assert program.send(spans, experiment, "bob") is SpanExportResult.FAILURE
    assert "403" in caplog.text
    assert found(experiment) == []


def test_a_stranger_is_told_what_is_told_of_nothing(
    experiment: str, program: Program, spans: list[ReadableSpan], caplog: pytest.LogCaptureFixture
) -> None:
    told = []
    for number in (experiment, "999999999"):
        assert program.send(spans, number, "charlie") is SpanExportResult.FAILURE
        told.append(caplog.messages)
        caplog.clear()
    assert "404" in str(told[0])
    assert NAME not in str(told)
    assert told[0] == told[1]
    assert found(experiment) == []
