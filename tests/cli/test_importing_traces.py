"""Traces of another server: in its store, or in the files of older ones."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from app.cli.importing import stored_traces
from app.cli.importing.messages_traces import TraceInfo
from app.cli.importing.stored_traces import TraceFile
from app.cli.importing.traces import to_trace
from tests.cli.command import Command
from tests.cli.other_server import RUNS, TRACES, OtherServer, other_server
from tests.cli.test_importing import bring

TRACE = "tr-0123456789abcdef0123456789abcdef"
ROOT, CHILD = b"\x00\x01\x02\x03\x04\x05\x06\x07", b"\x10" * 8
GET = "/api/3.0/mlflow/traces/get"
FILE = "/ajax-api/2.0/mlflow/get-trace-artifact"
IN_STORE = {"mlflow.trace.spansLocation": "TRACKING_STORE"}


def told(**more: Any) -> dict[str, Any]:
    info = {"trace_id": TRACE, "request_time": "2026-01-02T03:04:05.006Z", "state": "OK"}
    return {"traces": [info | more]}


def base(number: bytes) -> str:
    return base64.b64encode(number).decode()


@pytest.fixture
def there() -> Iterator[OtherServer]:
    with other_server() as server:
        server.says[RUNS] = {}
        server.says[TRACES] = told()
        yield server


def spans(root: Any, child: Any) -> list[dict[str, Any]]:
    """The two spans of a file of MLflow 3."""
    common = {
        "name": "step",
        "start_time_unix_nano": 5,
        "end_time_unix_nano": 9,
        "status": {"code": "STATUS_CODE_ERROR", "message": "no"},
        "attributes": {"mlflow.spanInputs": '{"a": 1}', "plain": "text"},
        "events": [{"name": "exception", "time_unix_nano": 7, "attributes": {"n": 1}}],
    }
    return [
        common | {"span_id": root, "parent_span_id": None},
        common | {"span_id": child, "parent_span_id": root},
    ]


OLDER = {
    "name": "step",
    "context": {"span_id": "0x0001020304050607", "trace_id": "0x1"},
    "parent_id": None,
    "start_time": 5,
    "end_time": None,
    "status_code": "OK",
    "status_message": "",
    "attributes": {},
    "events": [{"name": "e", "timestamp": 6, "attributes": {}}],
}


@pytest.mark.parametrize(
    "file",
    [spans(base(ROOT), base(CHILD)), spans(ROOT.hex(), CHILD.hex()), [OLDER]],
    ids=["3.0", "3.5", "2.14"],
)
def test_spans_in_a_file_are_brought(command: Command, there: OtherServer, file: list[Any]):
    there.says[FILE] = {"spans": file}
    found = bring(command, there)
    assert found["traces"] == (1, 1)
    assert found["spans"] == (len(file), len(file))


def test_spans_in_the_store_are_brought_with_what_was_said(command: Command, there: OtherServer):
    feedback = {
        "assessment_id": "a-1",
        "assessment_name": "right",
        "source": {"source_type": "HUMAN", "source_id": "ann"},
        "create_time": "2026-01-02T03:04:06Z",
        "feedback": {"value": True},
    }
    there.says[TRACES] = told(tags=IN_STORE, assessments=[feedback], execution_duration="0.25s")
    there.says[TRACES]["traces"][0]["trace_metadata"] = {"nul": "a\x00b"}
    span = {"span_id": base(ROOT), "name": "a\x00b", "attributes": [{"key": "k"}]}
    there.says[GET] = {"trace": {"spans": [span]}}
    found = bring(command, there)
    assert (found["traces"], found["spans"], found["assessments"]) == ((1, 1), (1, 1), (1, 1))
    there.asked.clear()
    bring(command, there)
    assert not [path for path in there.asked if path.startswith(GET)]


def test_what_python_writes_and_json_has_not_is_null():
    attributes = {"mlflow.spanInputs": '{"least": -Infinity}'}
    (span,) = stored_traces.to_spans(TRACE, TraceFile([OLDER | {"attributes": attributes}]))
    assert span.attributes == {"mlflow.spanInputs": {"least": None}}
    expectation = {
        "assessment_id": "a-1",
        "assessment_name": "wanted",
        "create_time": "2026-01-02T03:04:06Z",
        "expectation": {"serialized_value": {"value": '[1, NaN, "NaN"]'}},
    }
    told = {"trace_id": TRACE, "state": "OK", "assessments": [expectation]}
    trace = to_trace("7", msgspec.convert(told, TraceInfo), ())
    assert [one.value for one in trace.assessments] == [[1, None, "NaN"]]


def test_a_trace_without_spans_is_brought_without(command: Command, there: OtherServer):
    there.says[FILE] = (404, {}, b"{}")
    found = bring(command, there)
    assert (found["traces"], found["spans"]) == ((1, 1), (0, 0))


def test_a_trace_that_goes_on_there_is_looked_at_again(command: Command, there: OtherServer):
    there.says[TRACES] = told(tags=IN_STORE, state="IN_PROGRESS")
    there.says[GET] = {"trace": {"spans": []}}
    assert bring(command, there)["spans"] == (0, 0)
    there.says[TRACES] = told(tags=IN_STORE)
    there.says[GET] = {"trace": {"spans": [{"span_id": base(ROOT)}]}}
    assert bring(command, there)["spans"] == (1, 1)


@pytest.mark.parametrize(
    "more",
    [
        {"trace_id": "../x"},
        {"state": "LOST"},
        {"request_time": "soon"},
        {"execution_duration": "-1s"},
        {"execution_duration": "1e400s"},
    ],
)
def test_what_is_no_trace_is_left_out(command: Command, there: OtherServer, more: dict[str, Any]):
    there.says[TRACES] = told(**({"tags": IN_STORE} | more))
    there.says[GET] = {"trace": {"spans": []}}
    assert bring(command, there, code=1)["traces"] == (1, 0)


@pytest.mark.parametrize(
    "span", [{}, {"context": {}}, {"span_id": "?"}, OLDER | {"start_time": -1}]
)
def test_a_file_that_is_none_is_left_out(
    command: Command, there: OtherServer, span: dict[str, Any]
):
    there.says[FILE] = {"spans": [span]}
    assert bring(command, there, code=1)["traces"] == (1, 0)


def referring(*queries: str, name: str = "9c5b94b1-35ad-49bb-b118-8e8fc24abf80") -> dict[str, Any]:
    """A trace with a span that refers to an attachment once for each query."""
    references = json.dumps([f"mlflow-attachment://{name}?{query}" for query in queries])
    outputs = {"key": "mlflow.spanOutputs", "value": {"string_value": references}}
    return {"trace": {"spans": [{"span_id": base(ROOT), "attributes": [outputs]}]}}


@pytest.mark.parametrize("size", ["&size=3", ""])
def test_what_is_attached_to_a_trace_is_brought(command: Command, there: OtherServer, size: str):
    there.says[TRACES] = told(tags=IN_STORE)
    query = f"content_type=image%2Fpng&trace_id={TRACE}{size}"
    there.says[GET] = referring(query, query, "content_type=image%2Fpng&trace_id=tr-another")
    there.says[FILE] = b"dot"
    assert bring(command, there)["attachments"] == (1, 1)
    there.asked.clear()
    assert bring(command, there)["attachments"] == (1, 1)
    assert not [path for path in there.asked if path.startswith(FILE)]


@pytest.mark.parametrize(
    "answer", [(404, {}, b"{}"), b"another length", (200, {"Content-Length": "9"}, b"dot")]
)
def test_an_attachment_that_does_not_come_is_asked_for_again(
    command: Command, there: OtherServer, answer: Any
):
    there.says[TRACES] = told(tags=IN_STORE)
    there.says[GET] = referring(f"content_type=image%2Fpng&trace_id={TRACE}&size=3")
    there.says[FILE] = answer
    assert bring(command, there, code=1)["attachments"] == (1, 0)
    there.says[FILE] = b"dot"
    assert bring(command, there)["attachments"] == (1, 1)


def test_an_attachment_has_no_name_that_leads_elsewhere(command: Command, there: OtherServer):
    there.says[TRACES] = told(tags=IN_STORE)
    there.says[GET] = referring(f"content_type=a%2Fb&trace_id={TRACE}&size=3", name="../../etc")
    there.says[FILE] = b"dot"
    assert bring(command, there)["attachments"] == (0, 0)
