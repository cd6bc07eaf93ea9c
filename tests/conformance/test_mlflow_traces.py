"""Traces and assessments through the unmodified client."""

import time
import uuid
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import (
    Assessment,
    AssessmentSource,
    AssessmentSourceType,
    Expectation,
    SpanType,
)
from mlflow.exceptions import MlflowException

from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def experiment(sign_in: SignIn) -> str:
    """An experiment of alice's in ``ml.prod``, which bob may read, made the active one."""
    made = mlflow.set_experiment(f"ml.prod.traces-{uuid.uuid4().hex}")
    return str(made.experiment_id)


@mlflow.trace(span_type=SpanType.CHAIN, attributes={"model": "gpt"})
def answer(question: str) -> str:
    with mlflow.start_span("retrieve", span_type=SpanType.RETRIEVER) as span:
        span.set_inputs({"query": question})
        span.set_outputs(["a \x00 page"])
    return question.upper()


def traced(question: str = "why?") -> str:
    answer(question)
    trace_id = mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()
    assert trace_id is not None
    return trace_id


def names(experiment: str, filter_string: str) -> list[str]:
    found: Any = mlflow.search_traces(
        locations=[experiment], filter_string=filter_string, return_type="list"
    )
    return [trace.info.trace_id for trace in found]


def id_of(assessment: Assessment) -> str:
    assert assessment.assessment_id is not None
    return assessment.assessment_id


def fetch(trace_id: str, assessment: Assessment) -> Any:
    return mlflow.get_assessment(trace_id, id_of(assessment))


def test_a_decorated_function_leaves_a_trace_with_its_spans(experiment: str) -> None:
    trace = mlflow.get_trace(traced())
    assert trace.info.experiment_id == experiment
    assert trace.info.state == "OK"
    assert trace.info.tags["mlflow.traceName"] == "answer"
    root, child = sorted(trace.data.spans, key=lambda span: span.parent_id or "")
    assert (root.name, root.inputs, root.outputs) == ("answer", {"question": "why?"}, "WHY?")
    assert (root.span_type, root.get_attribute("model")) == (SpanType.CHAIN, "gpt")
    assert (child.name, child.parent_id, child.inputs) == (
        "retrieve",
        root.span_id,
        {"query": "why?"},
    )


def test_a_failure_is_kept_with_its_exception(experiment: str) -> None:
    with pytest.raises(ValueError, match="broken"), mlflow.start_span("breaks"):
        raise ValueError("broken")
    mlflow.flush_trace_async_logging()
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    assert trace.info.state == "ERROR"
    assert trace.data.spans[0].events[0].attributes["exception.message"] == "broken"


def test_traces_are_found_by_what_is_known_of_them(experiment: str) -> None:
    first, second = traced("red wine"), traced("white wine")
    mlflow.set_trace_tag(first, "color", "red")
    mlflow.log_feedback(trace_id=second, name="score", value=0.9)
    for filter_string, expected in {
        "tags.color = 'red'": [first],
        "tags.color IS NULL": [second],
        "trace.status = 'OK'": [second, first],
        "span.type = 'RETRIEVER' AND span.content LIKE '%white%'": [second],
        "span.attributes.model = 'gpt'": [second, first],
        "feedback.score > 0.5": [second],
        "feedback.score > 0.95": [],
        "name RLIKE '^ans.*r$'": [second, first],
        "text ILIKE '%RED WINE%'": [first],
    }.items():
        assert names(experiment, filter_string) == expected, filter_string


def test_tags_are_set_and_deleted(experiment: str) -> None:
    trace_id = traced()
    mlflow.set_trace_tag(trace_id, "color", "red")
    assert mlflow.get_trace(trace_id).info.tags["color"] == "red"
    mlflow.delete_trace_tag(trace_id, "color")
    assert "color" not in mlflow.get_trace(trace_id).info.tags


def test_feedback_is_given_overridden_and_taken_back(experiment: str) -> None:
    trace_id = traced()
    human = AssessmentSource(AssessmentSourceType.HUMAN, "ann")
    first = mlflow.log_feedback(
        trace_id=trace_id, name="good", value=False, rationale="no", source=human
    )
    second = mlflow.override_feedback(
        trace_id=trace_id, assessment_id=id_of(first), value=True, rationale="yes"
    )
    known = {one.assessment_id: one for one in mlflow.get_trace(trace_id).info.assessments}
    assert known[first.assessment_id].valid is False
    assert known[second.assessment_id].value is True
    assert known[second.assessment_id].overrides == first.assessment_id
    mlflow.delete_assessment(trace_id=trace_id, assessment_id=id_of(second))
    restored = fetch(trace_id, first)
    assert (restored.valid, restored.rationale, restored.source.source_id) == (True, "no", "ann")


def test_expectations_of_any_shape_come_back_and_change(experiment: str) -> None:
    trace_id = traced()
    for value in ("a text", 3, 2.5, True, ["a", 1], {"a": {"b": [None]}}):
        made = mlflow.log_expectation(trace_id=trace_id, name="expected", value=value)
        assert fetch(trace_id, made).value == value
    lacking = mlflow.log_expectation(trace_id=trace_id, name="expected", value=[1, float("nan")])
    assert fetch(trace_id, lacking).value == [1, None]
    first = mlflow.log_expectation(trace_id=trace_id, name="first", value=[1])
    mlflow.update_assessment(
        trace_id=trace_id,
        assessment_id=id_of(first),
        assessment=Expectation(name="other", value={"c": 1}),
    )
    changed = fetch(trace_id, first)
    assert (changed.name, changed.value) == ("other", {"c": 1})


def test_traces_of_a_run_and_those_linked_to_it_are_found_by_it(experiment: str) -> None:
    with mlflow.start_run() as run:
        inside = traced()
    outside = traced()
    assert names(experiment, f"run_id = '{run.info.run_id}'") == [inside]
    MlflowClient().link_traces_to_run([outside], run.info.run_id)
    assert names(experiment, f"run_id = '{run.info.run_id}'") == [outside, inside]


def test_pages_put_together_are_all_traces(experiment: str) -> None:
    made = [traced(str(number)) for number in range(5)]
    client, token, found = MlflowClient(), None, []
    while True:
        page = client.search_traces(locations=[experiment], max_results=2, page_token=token)
        found += [trace.info.trace_id for trace in page]
        token = page.token
        if not token:
            break
    assert found == made[::-1]


def test_traces_are_deleted_by_id_and_by_age(experiment: str) -> None:
    first, second, third = traced(), traced(), traced()
    client = MlflowClient()
    assert client.delete_traces(experiment, trace_ids=[second]) == 1
    assert names(experiment, "") == [third, first]
    now = time.time_ns() // 1_000_000
    assert client.delete_traces(experiment, max_timestamp_millis=now, max_traces=1) == 1
    assert names(experiment, "") == [third]


def test_a_reader_reads_traces_and_a_stranger_learns_nothing(
    experiment: str, sign_in: SignIn
) -> None:
    trace_id = traced()
    sign_in("bob")
    assert len(mlflow.get_trace(trace_id).data.spans) == 2
    with pytest.raises(MlflowException, match="ASSESS"):
        mlflow.log_feedback(trace_id=trace_id, name="good", value=True)
    sign_in("charlie")
    assert names(experiment, "") == []
    with pytest.raises(MlflowException, match="not found"):
        MlflowClient().get_trace(trace_id)
    with pytest.raises(MlflowException, match="not found"):
        mlflow.log_feedback(trace_id=trace_id, name="good", value=True)
