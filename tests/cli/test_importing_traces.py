"""Traces of another server: in its store, or in the files of older ones."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

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
    span = {"span_id": base(ROOT), "name": "a\x00b", "attributes": [{"key": "k"}]}
    there.says[GET] = {"trace": {"spans": [span]}}
    found = bring(command, there)
    assert (found["traces"], found["spans"], found["assessments"]) == ((1, 1), (1, 1), (1, 1))
    there.asked.clear()
    bring(command, there)
    assert not [path for path in there.asked if path.startswith(GET)]


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
