"""More ways to trace and to look at traces through the unmodified client, and who may not."""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import (
    AssessmentError,
    AssessmentSource,
    Expectation,
    Feedback,
    SpanType,
    Trace,
)
from mlflow.entities.issue import IssueSeverity, IssueStatus
from mlflow.entities.trace_metrics import AggregationType, MetricAggregation, MetricViewType
from mlflow.entities.trace_status import TraceStatus
from mlflow.exceptions import MlflowException
from mlflow.genai import scorer
from mlflow.tracing.attachments import Attachment
from mlflow.tracing.client import TracingClient

from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def experiment(sign_in: SignIn) -> str:
    """An experiment of alice's in ``ml.prod``, which bob may read, made the active one."""
    made = mlflow.set_experiment(f"ml.prod.tracing-{uuid.uuid4().hex}")
    return str(made.experiment_id)


def last() -> str:
    trace_id = mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()
    assert trace_id is not None
    return trace_id


def traced(question: str = "why?") -> str:
    with mlflow.start_span("answer", span_type=SpanType.CHAIN) as span:
        span.set_inputs({"question": question})
        span.set_outputs(question.upper())
    return last()


def found(experiment: str, filter_string: str = "", **options: Any) -> list[Trace]:
    traces: Any = mlflow.search_traces(
        locations=[experiment], filter_string=filter_string, return_type="list", **options
    )
    return list(traces)


def ids(traces: list[Trace]) -> list[str]:
    return [trace.info.trace_id for trace in traces]


def test_functions_of_every_kind_leave_their_spans(experiment: str) -> None:
    @mlflow.trace
    async def fetch(page: int) -> str:
        await asyncio.sleep(0)
        return f"page {page}"

    @mlflow.trace(output_reducer="".join)
    def stream(text: str):
        yield from text

    @mlflow.trace(span_type=SpanType.AGENT)
    async def agent() -> str:
        pages = await asyncio.gather(fetch(1), fetch(2))
        return " ".join(pages) + "".join(stream("!?"))

    assert asyncio.run(agent()) == "page 1 page 2!?"
    trace = mlflow.get_trace(last())
    assert sorted(span.name for span in trace.data.spans) == ["agent", "fetch", "fetch", "stream"]
    root = next(span for span in trace.data.spans if span.parent_id is None)
    assert {span.parent_id for span in trace.data.spans} == {None, root.span_id}
    (streamed,) = (span for span in trace.data.spans if span.name == "stream")
    assert streamed.outputs == "!?"


def test_spans_without_a_context_are_ended_by_hand(experiment: str) -> None:
    root = mlflow.start_span_no_context("root", inputs={"a": 1}, tags={"color": "red"})
    child = mlflow.start_span_no_context("child", parent_span=root)
    child.set_attributes({"n": 5, "deep": {"a": [1, None]}})
    child.record_exception(ValueError("broken"))
    child.end(status="ERROR")
    root.end(outputs={"b": 2})
    mlflow.flush_trace_async_logging()
    trace = mlflow.get_trace(root.trace_id)
    assert (trace.info.state, trace.info.tags["color"]) == ("OK", "red")
    ended = next(span for span in trace.data.spans if span.name == "child")
    assert ended.status.status_code == "ERROR"
    assert (ended.get_attribute("n"), ended.get_attribute("deep")) == (5, {"a": [1, None]})


def test_a_trace_is_logged_after_the_fact_with_what_is_known_of_it(experiment: str) -> None:
    trace_id = mlflow.log_trace(
        name="told",
        request={"question": "why?"},
        response="so",
        intermediate_outputs={"found": ["a page"]},
        tags={"color": "red"},
        start_time_ms=1_700_000_000_000,
        execution_time_ms=1234,
    )
    mlflow.flush_trace_async_logging()
    trace = mlflow.get_trace(trace_id)
    assert (trace.info.request_time, trace.info.execution_duration) == (1_700_000_000_000, 1234)
    assert trace.data.intermediate_outputs == {"found": ["a page"]}
    assert ids(found(experiment, "tags.color = 'red' AND text ILIKE '%A PAGE%'")) == [trace_id]


def test_what_is_said_while_tracing_is_of_the_trace(experiment: str) -> None:
    with mlflow.start_span("chat"):
        mlflow.update_current_trace(
            tags={"topic": "wine"},
            metadata={"mlflow.trace.session": "evening", "mlflow.trace.user": "ann"},
            client_request_id="request-1",
            request_preview="hello",
            response_preview="good day",
        )
    info = mlflow.get_trace(last()).info
    assert (info.client_request_id, info.request_preview, info.response_preview) == (
        "request-1",
        "hello",
        "good day",
    )
    assert len(found(experiment, "metadata.`mlflow.trace.session` = 'evening'")) == 1
    assert len(found(experiment, "client_request_id LIKE 'request-%' AND tags.topic = 'wine'")) == 1


def test_traces_come_in_the_order_asked_for(experiment: str) -> None:
    made = [traced(word) for word in ("b", "a", "c")]
    assert ids(found(experiment, order_by=["timestamp ASC"])) == made
    assert ids(found(experiment, max_results=2)) == made[:0:-1]
    assert ids(found(experiment, include_spans=False)) == made[::-1]


def test_tokens_and_cost_are_added_up(experiment: str) -> None:
    with mlflow.start_span("agent"):
        for count in (3, 4):
            with mlflow.start_span("chat", span_type=SpanType.CHAT_MODEL) as span:
                usage = {"input_tokens": count, "output_tokens": 1, "total_tokens": count + 1}
                span.set_attribute("mlflow.chat.tokenUsage", usage)
    trace = mlflow.get_trace(last())
    assert trace.info.token_usage == {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}
    points = MlflowClient()._tracking_client.store.query_trace_metrics(
        experiment_ids=[experiment],
        view_type=MetricViewType.TRACES,
        metric_name="total_tokens",
        aggregations=[
            MetricAggregation(AggregationType.SUM),
            MetricAggregation(AggregationType.PERCENTILE, 50.0),
        ],
    )
    assert [point.values for point in points] == [{"SUM": 9.0, "P50.0": 9.0}]


def test_an_attachment_of_a_span_is_stored_with_its_trace(experiment: str) -> None:
    picture = Attachment(content_type="image/png", content_bytes=b"\x89PNG and more")
    with mlflow.start_span("draw") as span:
        span.set_outputs({"picture": picture})
    trace = mlflow.get_trace(last())
    assert trace.data.spans[0].outputs["picture"].startswith(f"mlflow-attachment://{picture.id}")
    repository = TracingClient()._get_artifact_repo_for_trace(trace.info)
    assert repository.download_trace_attachment(picture.id) == b"\x89PNG and more"


def test_spans_that_the_client_cannot_export_are_kept_as_its_file(experiment: str) -> None:
    with mlflow.start_span("count") as span:
        span.set_outputs(2**64)
    (output,) = (one.outputs for one in mlflow.get_trace(last()).data.spans)
    assert output == 2**64


def test_a_prompt_that_was_loaded_while_tracing_leads_to_the_trace(experiment: str) -> None:
    name = f"ml.prod.asking-{uuid.uuid4().hex}"
    mlflow.genai.register_prompt(name=name, template="Answer {{question}}")

    @mlflow.trace
    def ask() -> str:
        return str(mlflow.genai.load_prompt(f"prompts:/{name}/1").format(question="why?"))

    ask()
    trace_id = last()
    mlflow.flush_trace_async_logging()
    assert ids(found(experiment, f"prompt = '{name}/1'")) == [trace_id]


def test_feedback_of_every_shape_comes_back_and_changes(experiment: str) -> None:
    trace_id = traced()
    judge = AssessmentSource("LLM_JUDGE", "gpt")
    made = mlflow.log_feedback(
        trace_id=trace_id,
        name="parts",
        value={"a": 1, "b": "text"},
        source=judge,
        metadata={"model": "x"},
    )
    failed = mlflow.log_feedback(
        trace_id=trace_id, name="failed", error=AssessmentError("RATE_LIMIT", "later")
    )
    mlflow.update_assessment(
        trace_id=trace_id,
        assessment_id=str(made.assessment_id),
        assessment=Feedback(name="parts", value=3, rationale="so", source=judge),
    )
    known = {one.assessment_id: one for one in mlflow.get_trace(trace_id).info.assessments}
    changed = known[made.assessment_id]
    assert (changed.value, changed.rationale, changed.metadata["model"]) == (3, "so", "x")
    assert known[failed.assessment_id].feedback.error.error_code == "RATE_LIMIT"
    assert ids(found(experiment, "feedback.parts >= 3")) == [trace_id]


def test_a_scorer_judges_answers_that_are_there_and_answers_that_are_made(experiment: str) -> None:
    @scorer
    def is_loud(outputs: Any) -> bool:
        return bool(outputs == outputs.upper())

    @scorer
    def length(outputs: Any, expectations: Any) -> Feedback:
        return Feedback(value=len(outputs) - expectations["length"], rationale="counted")

    rows = [
        {"inputs": {"question": word}, "expectations": {"length": 3}} for word in ("why", "where")
    ]
    made = mlflow.genai.evaluate(data=rows, predict_fn=lambda question: question.upper(),
                                 scorers=[is_loud, length])  # fmt: skip
    assert made.metrics["is_loud/mean"] == 1.0
    assert made.metrics["length/mean"] == 1.0
    traces = found(experiment, f"run_id = '{made.run_id}'")
    assert len(traces) == 2
    assert {one.name for one in traces[0].info.assessments} == {"is_loud", "length"}
    told = [row | {"outputs": "quiet"} for row in rows]
    given = mlflow.genai.evaluate(data=told, scorers=[is_loud])
    assert given.metrics["is_loud/mean"] == 0.0
    again = mlflow.genai.evaluate(data=traces, scorers=[is_loud])
    assert again.metrics["is_loud/mean"] == 1.0


def test_sessions_are_found_with_all_their_traces(experiment: str) -> None:
    for session in ("evening", "morning", "evening"):
        with mlflow.start_span("chat"):
            mlflow.update_current_trace(metadata={"mlflow.trace.session": session})
    traced()
    mlflow.flush_trace_async_logging()
    sessions = mlflow.search_sessions(locations=[experiment])
    # In no order: two of them may have begun in the same millisecond.
    assert {session.id: len(session) for session in sessions} == {"evening": 2, "morning": 1}


def test_the_traces_of_a_model_are_found_by_it(experiment: str) -> None:
    model = mlflow.create_external_model(name="agent")
    mlflow.set_active_model(model_id=model.model_id)
    of_model = traced()
    mlflow.clear_active_model()
    traced()
    assert ids(found(experiment, model_id=model.model_id)) == [of_model]


def test_how_two_filters_go_together(experiment: str) -> None:
    first, _ = traced("red"), traced("white")
    mlflow.log_feedback(trace_id=first, name="good", value=True)
    result = TracingClient().calculate_trace_filter_correlation(
        [experiment], "text LIKE '%red%'", "feedback.good = 'true'", base_filter="status = 'OK'"
    )
    assert (result.joint_count, result.total_count, result.npmi) == (1, 2, 1.0)


def test_the_trace_of_another_service_becomes_a_part_of_ones_own(experiment: str) -> None:
    remote = mlflow.get_trace(traced("remote"))
    with mlflow.start_span("local"):
        mlflow.add_trace(remote)
    spans = mlflow.get_trace(last()).data.spans
    assert sorted(span.name for span in spans) == ["answer", "local"]


def test_an_issue_is_told_noted_on_a_trace_and_resolved(experiment: str) -> None:
    client, trace_id = TracingClient(), traced()
    made = client._create_issue(
        experiment_id=experiment,
        name="too sweet",
        description="Answers are about dessert",
        severity=IssueSeverity.HIGH,
        categories=["taste"],
    )
    mlflow.log_issue(trace_id=trace_id, issue_id=made.issue_id, rationale="sugar")
    (noted,) = mlflow.get_trace(trace_id).info.assessments
    assert (noted.issue.issue_name, noted.rationale) == ("too sweet", "sugar")
    assert ids(found(experiment, f"issue.id = '{made.issue_id}'")) == [trace_id]
    client.store.update_issue(made.issue_id, status=IssueStatus.RESOLVED)
    (known,) = client.store.search_issues(
        experiment, "status = 'resolved'", include_trace_count=True
    )
    assert (known.name, known.severity, known.categories, known.trace_count) == (
        "too sweet",
        IssueSeverity.HIGH,
        ["taste"],
        1,
    )


Use = Callable[[str, str], Any]
READ: dict[str, Use] = {
    "get": lambda trace_id, _: MlflowClient().get_trace(trace_id),
    "info": lambda trace_id, _: TracingClient().get_trace_info(trace_id),
}
CHANGE: dict[str, Use] = {
    "tag": lambda trace_id, _: mlflow.set_trace_tag(trace_id, "a", "b"),
    "untag": lambda trace_id, _: mlflow.delete_trace_tag(trace_id, "color"),
    "feedback": lambda trace_id, _: mlflow.log_feedback(trace_id=trace_id, name="n", value=1),
    "expect": lambda trace_id, _: mlflow.log_expectation(trace_id=trace_id, name="n", value=1),
    "assess": lambda trace_id, _: mlflow.log_assessment(trace_id, Expectation("n", 1)),
    "delete": lambda trace_id, number: MlflowClient().delete_traces(number, trace_ids=[trace_id]),
}


@pytest.mark.parametrize("use", CHANGE)
def test_a_reader_reads_and_changes_nothing(experiment: str, sign_in: SignIn, use: str) -> None:
    trace_id = traced()
    mlflow.set_trace_tag(trace_id, "color", "red")
    before = mlflow.get_trace(trace_id)
    sign_in("bob")
    assert mlflow.get_trace(trace_id).to_dict() == before.to_dict()
    with pytest.raises(MlflowException) as refused:
        CHANGE[use](trace_id, experiment)
    assert refused.value.error_code == "PERMISSION_DENIED"
    assert mlflow.get_trace(trace_id).to_dict() == before.to_dict()


@pytest.mark.parametrize("use", READ | CHANGE)
def test_a_stranger_learns_nothing(experiment: str, sign_in: SignIn, use: str) -> None:
    trace_id = traced("a secret")
    sign_in("charlie")
    assert found(experiment) == []
    with pytest.raises(MlflowException) as refused:
        (READ | CHANGE)[use](trace_id, experiment)
    assert "not found" in str(refused.value) or refused.value.error_code == (
        "RESOURCE_DOES_NOT_EXIST"
    )
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_traces_where_they_may_not_log(experiment: str, sign_in: SignIn, who: str) -> None:
    sign_in(who)
    traced("intruding")
    sign_in("alice")
    assert found(experiment) == []


def test_a_trace_that_an_older_client_told_is_read_by_a_newer_one(experiment: str) -> None:
    """What clients before 3.0 call, by the newest one's own means for older servers."""
    store: Any = MlflowClient()._tracking_client.store
    begun = store.deprecated_start_trace_v2(experiment, 1_700_000_000_000, {"a": "1"}, {"b": "2"})
    ended = store.deprecated_end_trace_v2(
        begun.request_id, 1_700_000_001_500, TraceStatus.OK, {"c": "3"}, {"mlflow.traceName": "old"}
    )
    assert (ended.execution_time_ms, ended.request_metadata) == (1500, {"a": "1", "c": "3"})
    newer = mlflow.get_trace(traced("spans to put into the file"))
    repository = TracingClient()._get_artifact_repo_for_trace(ended.to_v3())
    repository.upload_trace_data(json.dumps(newer.data.to_dict()))
    read = MlflowClient().get_trace(begun.request_id)
    assert (read.info.state, read.info.tags["mlflow.traceName"]) == ("OK", "old")
    assert [span.name for span in read.data.spans] == ["answer"]
    assert ids(found(experiment, "name = 'old'", include_spans=False)) == [begun.request_id]
