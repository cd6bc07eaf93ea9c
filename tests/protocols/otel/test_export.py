"""``/v1/traces``: what exporters send, and what is done to servers that take it."""

import gzip
import resource
import zlib
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.audit.tables import audit_events
from app.edge import Services
from app.edge.services import EXTENSION
from tests.application import Person
from tests.protocols.mlflow.calls import TRACES, answer, create_experiment, start_run
from tests.protocols.otel.messages import SPAN, TRACE, batch, key_values, make_span

ID = f"tr-{TRACE.hex()}"
PROTOBUF = "application/x-protobuf"


def export(person: Person, number: str, body: bytes, **headers: str) -> TestResponse:
    sent = {"Content-Type": PROTOBUF, "x-mlflow-experiment-id": number}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return person.send("POST", "/v1/traces", data=body, headers=sent)


@pytest.fixture
def number(alice: Person) -> str:
    return create_experiment(alice)


def read(person: Person) -> dict[str, Any]:
    found: dict[str, Any] = answer(person.get(f"{TRACES}/get", trace_id=ID))["trace"]
    return found


def test_an_exported_span_comes_back_as_it_was_sent(alice: Person, number: str) -> None:
    attributes = {"a": [1, 2.5, True, None], "b": {"c": "ü"}, "big": 2**62, "d": "text"}
    sent = make_span(
        attributes,
        kind=Span.SPAN_KIND_CLIENT,
        status=Status(code=Status.STATUS_CODE_ERROR, message="bad"),
    )
    sent.events.add(name="event", time_unix_nano=7, attributes=key_values({"why": "so"}))
    sent.links.add(trace_id=b"\x09" * 16, span_id=b"\x08" * 8)
    response = export(alice, number, batch(sent))
    assert (response.status_code, response.data, response.mimetype) == (200, b"", PROTOBUF)
    (span,) = read(alice)["spans"]
    request = ExportTraceServiceRequest()
    back = request.resource_spans.add().scope_spans.add().spans.add()
    ParseDict(span, back)
    back.attributes.sort(key=lambda pair: pair.key)
    assert back == sent


def test_json_is_the_same_message_with_ids_in_hex(alice: Person, number: str) -> None:
    span = {
        "traceId": TRACE.hex(),
        "spanId": SPAN.hex(),
        "name": "ask",
        "startTimeUnixNano": "5000000",
        "endTimeUnixNano": "9000000",
        "attributes": [{"key": "n", "value": {"intValue": "3"}}],
        "events": None,
        "links": None,
        "unknownField": 1,
    }
    message = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    headers = {"x-mlflow-experiment-id": number}
    response = alice.send("POST", "/v1/traces", json=message, headers=headers)
    assert (response.status_code, response.json) == (200, {})
    by_json = read(alice)
    export(alice, number, batch(make_span({"n": 3})))
    assert read(alice) == by_json


@pytest.mark.parametrize(
    "encoding, compress", [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_compressed_batch_is_taken(alice: Person, number: str, encoding, compress) -> None:
    body = compress(batch(make_span()))
    assert export(alice, number, body, Content_Encoding=encoding).status_code == 200


def in_chunks(person: Person, number: str, body: bytes) -> TestResponse:
    """Send a body as Node and, where it is compressed, Go do: nobody says how long it is."""
    return person.send(
        "POST",
        "/v1/traces",
        input_stream=BytesIO(body),
        headers={"Content-Type": PROTOBUF, "x-mlflow-experiment-id": number},
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )


def test_a_batch_may_come_in_chunks(alice: Person, number: str) -> None:
    assert in_chunks(alice, number, batch(make_span())).status_code == 200
    assert read(alice)["trace_info"]["trace_id"] == ID


def test_chunks_come_to_an_end(alice: Person, charlie: Person, number: str) -> None:
    endless = bytes(17 << 20)
    assert in_chunks(alice, number, endless).status_code == 413
    assert in_chunks(charlie, number, endless).status_code == 404


@pytest.mark.parametrize(
    "body, headers, status, word",
    [
        (b"\xff\xff", {}, 400, "Invalid OpenTelemetry format"),
        (batch(), {}, 400, "no spans"),
        (batch(make_span(trace_id=b"\x01")), {}, 400, "16 bytes"),
        (batch(make_span(trace_id=bytes(16))), {}, 400, "not all zero"),
        (batch(make_span(span_id=b"")), {}, 400, "8 bytes"),
        (batch(make_span(parent_span_id=b"\x01")), {}, 400, "parent"),
        (batch(make_span(end_time_unix_nano=2**64 - 1)), {}, 400, "63 bits"),
        (batch(make_span({str(one): 1 for one in range(1001)})), {}, 400, "1000"),
        (batch(*(make_span() for _ in range(5001))), {}, 400, "5000"),
        (batch(make_span()).replace(b"ask", b"a\xff\xfe"), {}, 400, "Invalid OpenTelemetry"),
        (batch(make_span()), {"Content_Encoding": "gzip"}, 400, "damaged"),
        (gzip.compress(b"", mtime=0)[:-4], {"Content_Encoding": "gzip"}, 400, "damaged"),
        (gzip.compress(bytes(33 << 20)), {"Content_Encoding": "gzip"}, 413, "decompressed"),
        (batch(make_span()), {"Content_Encoding": "br"}, 400, "gzip or deflate"),
        (batch(make_span()), {"Content_Type": "text/plain"}, 400, "Content-Type"),
        (batch(make_span()), {"x_mlflow_experiment_id": ""}, 400, "experiment"),
        (batch(make_span()), {"x_mlflow_experiment_id": "9999"}, 404, "9999"),
        (b'{"resourceSpans": 1}', {"Content_Type": "application/json"}, 400, "Invalid"),
        (b"[" * 5000, {"Content_Type": "application/json"}, 400, "Invalid"),
    ],
)
def test_what_is_no_batch_is_refused(
    alice: Person, number: str, body: bytes, headers: dict[str, str], status: int, word: str
) -> None:
    response = export(alice, number, body, **headers)
    assert response.status_code == status, response.text
    assert word in response.json["message"]  # type: ignore[index]
    assert alice.get(f"{TRACES}/{ID}").status_code == 404


def field(number: int, content: bytes) -> bytes:
    """Return a delimited field of protobuf."""
    size, length = bytearray(), len(content)
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([number << 3 | 2, *size, length]) + content


EMPTY_SPANS = field(1, field(2, field(2, b"") * (4 << 20)))
EMPTY_RESOURCES = field(1, b"") * (4 << 20)
EMPTY_ATTRIBUTES = field(1, field(2, field(2, field(9, b"") * (3 << 20))))
JSON_SPANS = b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b"{}," * (2 << 20) + b"{}]}]}]}"
JSON_RESOURCES = b'{"resourceSpans":[' + b"{}," * (2 << 20) + b"{}]}"


@pytest.mark.parametrize(
    "body, mimetype",
    [
        (EMPTY_SPANS, PROTOBUF),
        (EMPTY_RESOURCES, PROTOBUF),
        (EMPTY_ATTRIBUTES, PROTOBUF),
        (JSON_SPANS, "application/json"),
        (JSON_RESOURCES, "application/json"),
    ],
    ids=["spans", "resources", "attributes", "spans in JSON", "resources in JSON"],
)
def test_a_small_body_is_not_blown_up_to_any_size(
    alice: Person, number: str, body: bytes, mimetype: str
) -> None:
    sent = gzip.compress(body)
    assert len(sent) < 20_000
    before = resource.getrusage(resource.RUSAGE_SELF)
    response = export(alice, number, sent, Content_Encoding="gzip", Content_Type=mimetype)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert response.status_code == 400
    assert after.ru_maxrss - before.ru_maxrss < 100 << 10
    assert after.ru_utime - before.ru_utime < 1


def test_deep_values_are_refused(alice: Person, number: str) -> None:
    deep: Any = 1
    for _ in range(45):
        deep = [deep]
    assert export(alice, number, batch(make_span({"a": deep}))).status_code == 400


def test_what_a_database_cannot_hold_is_kept_as_near_as_may_be(alice: Person, number: str) -> None:
    attributes = {"nul\x00": "a\x00b", "nan": float("nan"), "deep": {"\x00": ["\x00"]}}
    sent = make_span(attributes, name="a\x00")
    sent.events.add(name="e\x00", attributes=key_values({"x": "\x00"}))
    sent.attributes.add(key="bytes").value.bytes_value = b"\x00\xff"
    assert export(alice, number, batch(sent)).status_code == 200
    (span,) = read(alice)["spans"]
    values = {one["key"]: one["value"] for one in span["attributes"]}
    assert span["name"] == "a\ufffd"
    assert values["nul\ufffd"] == {"string_value": "a\ufffdb"}
    assert values["nan"] == {"string_value": "nan"}
    assert values["bytes"] == {"string_value": "AP8="}


def test_a_batch_is_taken_whole_or_not_at_all(alice: Person, number: str) -> None:
    body = batch(make_span(), make_span(span_id=b"\x01"))
    assert export(alice, number, body).status_code == 400
    assert alice.get(f"{TRACES}/{ID}").status_code == 404


def test_sending_again_changes_nothing(alice: Person, number: str) -> None:
    export(alice, number, batch(make_span({"a": 1})))
    before = read(alice)
    export(alice, number, batch(make_span({"a": 1})))
    assert read(alice) == before


def test_spans_are_written_by_those_alone_who_may_log(
    alice: Person, bob: Person, charlie: Person, number: str
) -> None:
    assert export(bob, number, batch(make_span())).status_code == 403
    assert export(charlie, number, batch(make_span())).status_code == 404
    assert alice.get(f"{TRACES}/{ID}").status_code == 404


@pytest.mark.parametrize(
    "body, encoding",
    [(b"\xff" * (65 << 10), "identity"), (b"no stream", "gzip")],
    ids=["large", "compressed"],
)
def test_what_costs_to_read_is_not_read_of_those_who_may_not_log(
    bob: Person, charlie: Person, number: str, body: bytes, encoding: str
) -> None:
    assert export(bob, number, body, Content_Encoding=encoding).status_code == 403
    assert export(charlie, number, body, Content_Encoding=encoding).status_code == 404


def test_what_costs_to_read_is_one_event_of_those_who_may(
    application: Flask, alice: Person, number: str
) -> None:
    body = gzip.compress(batch(make_span()))
    assert export(alice, number, body, Content_Encoding="gzip").status_code == 200
    services: Services = application.extensions[EXTENSION]
    columns = audit_events.c
    with services.database.session() as session:
        logged = select(columns.outcome).where(columns.operation == "trace.log")
        assert session.execute(logged).scalars().all() == ["allowed"]


def test_the_run_of_the_header_finds_the_trace(alice: Person) -> None:
    info = start_run(alice)
    run_id, number = info["run_id"], info["experiment_id"]
    assert export(alice, number, batch(make_span()), x_mlflow_run_id=run_id).status_code == 200
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": number}}
    search = {"locations": [place], "filter": f"run_id = '{run_id}'"}
    found = answer(alice.post(f"{TRACES}/search", **search))
    assert [one["trace_id"] for one in found["traces"]] == [ID]
