"""Files of traces: spans of older clients, attachments, and the spans as one file."""

import json
from typing import Any

import pytest
from flask import Flask
from mlflow.entities import TraceData
from sqlalchemy import func, select

from app.artifacts.tables import artifact_files
from app.edge import Services
from tests.application import Person
from tests.protocols.mlflow.calls import (
    API,
    PROXY,
    TRACES,
    answer,
    create_experiment,
    refusal,
)
from tests.protocols.otel.messages import TRACE, batch, key_values, make_span

ID = f"tr-{TRACE.hex()}"
ATTACHMENT = "12345678-1234-4234-8234-123456789abc"
SPANS = b'{"spans": []}'


@pytest.fixture
def number(alice: Person) -> str:
    """An experiment of alice's with one trace that has no spans."""
    made = create_experiment(alice)
    answer(alice.post(TRACES, trace={"trace_info": {"trace_id": ID, "trace_location": at(made)}}))
    return made


def at(number: str) -> dict[str, Any]:
    return {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": number}}


def files(number: str) -> str:
    return f"{PROXY}/{number}/traces/{ID}/artifacts"


def put(person: Person, number: str, path: str, content: bytes = SPANS) -> Any:
    return person.send("PUT", f"{files(number)}/{path}", data=content)


def spans_of(person: Person, **query: str) -> Any:
    return person.get(f"{API}/get-trace-artifact", request_id=ID, **query)


def location(person: Person) -> str:
    tags = answer(person.get(f"{TRACES}/{ID}"))["trace"]["trace_info"]["tags"]
    return str(tags["mlflow.trace.spansLocation"])


def test_a_client_is_sent_to_the_file_until_a_span_has_come(alice: Person, number: str) -> None:
    told = {"trace_info": {"trace_id": ID, "trace_location": at(number)}}

    def sent_to() -> str:
        message = answer(alice.post(TRACES, trace=told))
        return str(message["trace"]["trace_info"]["tags"]["mlflow.trace.spansLocation"])

    assert sent_to() == "ARTIFACT_REPO"
    headers = {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": number}
    sent = alice.send("POST", "/v1/traces", data=batch(make_span()), headers=headers)
    assert sent.status_code == 200
    assert sent_to() == "TRACKING_STORE"


def test_spans_of_an_older_client_are_where_its_file_is(alice: Person, number: str) -> None:
    assert location(alice) == "TRACKING_STORE"
    answer(put(alice, number, "traces.json"))
    assert location(alice) == "ARTIFACT_REPO"
    assert alice.get(f"{files(number)}/traces.json").data == SPANS
    assert spans_of(alice).data == SPANS


@pytest.mark.parametrize("path", ["/traces.json", ""])
def test_spans_are_not_where_their_file_was_deleted(alice: Person, number: str, path: str) -> None:
    answer(put(alice, number, "traces.json"))
    assert location(alice) == "ARTIFACT_REPO"
    answer(alice.send("DELETE", f"{files(number)}{path}"))
    assert location(alice) == "TRACKING_STORE"
    assert json.loads(spans_of(alice).data) == {"spans": []}


def test_spans_that_were_exported_come_as_the_file_that_mlflow_reads(
    alice: Person, number: str
) -> None:
    put(alice, number, "traces.json")
    sent = make_span({"mlflow.spanInputs": {"question": "why?"}, "n": 2**60})
    sent.events.add(name="told", time_unix_nano=7).attributes.add(key="a").value.int_value = 5
    headers = {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": number}
    assert alice.send("POST", "/v1/traces", data=batch(sent), headers=headers).status_code == 200
    assert location(alice) == "TRACKING_STORE"
    response = spans_of(alice)
    assert response.headers["Content-Disposition"].startswith("attachment")
    (span,) = TraceData.from_dict(json.loads(response.data)).spans
    assert (span.name, span.inputs, span.get_attribute("n")) == ("ask", {"question": "why?"}, 2**60)
    assert (span.events[0].name, span.events[0].attributes) == ("told", {"a": 5})


def test_an_event_may_have_a_key_without_a_value_and_none_without_a_key(
    alice: Person, number: str
) -> None:
    sent = make_span()
    told = sent.events.add(name="told").attributes
    told.extend(key_values({"": None, "a": None, "b": {"": 1, "c": None}}))
    headers = {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": number}
    assert alice.send("POST", "/v1/traces", data=batch(sent), headers=headers).status_code == 200
    (span,) = json.loads(spans_of(alice).data)["spans"]
    assert span["events"][0]["attributes"] == {"": None, "a": None, "b": {"": 1, "c": None}}


def test_an_attachment_comes_back_by_its_id(alice: Person, bob: Person, number: str) -> None:
    answer(put(alice, number, f"attachments/{ATTACHMENT}", b"\x89PNG"))
    response = spans_of(bob, path=ATTACHMENT)
    assert (response.status_code, response.data) == (200, b"\x89PNG")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    refusal(spans_of(bob, path=ATTACHMENT.replace("1", "2")), 404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("path", ["traces.json", "../traces.json", "a/b", ATTACHMENT.upper()])
def test_what_is_no_id_of_an_attachment_is_refused(alice: Person, number: str, path: str) -> None:
    put(alice, number, "traces.json")
    refusal(spans_of(alice, path=path), 400, "INVALID_PARAMETER_VALUE")


def test_files_of_a_trace_are_for_those_who_may_read_or_log(
    alice: Person, bob: Person, charlie: Person, number: str
) -> None:
    put(alice, number, "traces.json")
    assert bob.get(f"{files(number)}/traces.json").data == SPANS
    refusal(put(bob, number, "more.json"), 403, "PERMISSION_DENIED")
    for response in (
        put(charlie, number, "more.json"),
        charlie.get(f"{files(number)}/traces.json"),
        charlie.get(PROXY, path=f"{number}/traces/{ID}/artifacts"),
        spans_of(charlie),
        spans_of(charlie, path=ATTACHMENT),
    ):
        refusal(response, 404, "RESOURCE_DOES_NOT_EXIST")


def test_a_trace_of_another_experiment_has_no_files_here(alice: Person, number: str) -> None:
    other = create_experiment(alice, "ml.prod.other")
    refusal(put(alice, other, "traces.json"), 404, "RESOURCE_DOES_NOT_EXIST")


def test_a_trace_that_is_not_there_takes_no_files(alice: Person) -> None:
    refusal(put(alice, create_experiment(alice), "a"), 404, "RESOURCE_DOES_NOT_EXIST")


def test_files_go_with_their_trace(alice: Person, application: Flask, number: str) -> None:
    put(alice, number, "traces.json")
    answer(alice.post(f"{API}/traces/delete-traces", experiment_id=number, request_ids=[ID]))
    services: Services = application.extensions["muniment"]
    with services.database.session() as session:
        session.begin()
        assert session.execute(select(func.count()).select_from(artifact_files)).scalar() == 0
