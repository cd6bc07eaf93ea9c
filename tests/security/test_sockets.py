"""What only a real connection can send: bodies without a length, two lengths, half a request."""

import gzip
import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.protocols.otel.messages import TRACE, batch, make_span
from tests.serving import ADMIN_TOKEN, Served

API = "/api/2.0/mlflow"
STATUS = re.compile(rb"HTTP/1.1 ([0-9]{3})")


@pytest.fixture(scope="module")
def server(
    module_database_url: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("sockets") / "home"
    with Served(home, database_url=module_database_url) as served:
        served.ok("POST", f"{API}/experiments/create", {"name": "sent"})
        yield served


@pytest.fixture(scope="module")
def folder(server: Served) -> str:
    run = server.ok("POST", f"{API}/runs/create", {"experiment_id": "1"})
    return f"/api/2.0/mlflow-artifacts/artifacts/1/{run['run']['info']['run_id']}/artifacts"


def exchange(server: Served, sent: bytes, *, then_close: bool = False) -> bytes:
    """Send bytes and return all that comes back until the server closes or says no more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=3) as connection:
        connection.sendall(sent)
        if then_close:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while piece := connection.recv(65536):
                received += piece
                if b"\r\n\r\n" in received and not then_close:
                    connection.settimeout(3 if b"Connection: close" in sent else 0.2)
        except TimeoutError:
            pass
        return received


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    head = [
        f"{line} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {ADMIN_TOKEN}",
        "Content-Type: application/json",
        *headers,
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def status(received: bytes) -> int:
    found = STATUS.match(received)
    return int(found[1]) if found else 0


def chunked(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"


MESSAGE = json.dumps({"name": "smuggled"}).encode()


def is_made(server: Served, name: str = "smuggled") -> bool:
    path = f"{API}/experiments/get-by-name?experiment_name={name}"
    return server.call("GET", path).status == 200


@pytest.mark.slow
def test_a_body_without_a_length_is_refused(server: Served, folder: str):
    for line in (
        f"POST {API}/experiments/create",
        f"POST {API}/runs/log-batch",
        f"PATCH {API}/registered-models/update",
        f"DELETE {API}/registered-models/delete",
        f"PUT {folder}/chunked.bin",
    ):
        for coding in ("chunked", "gzip, chunked"):
            headers = (f"Transfer-Encoding: {coding}", "Connection: close")
            received = exchange(server, request(line, *headers, body=chunked(MESSAGE)))
            assert status(received) == 411, line
            assert b'"error_code":"BAD_REQUEST"' in received
    assert not is_made(server)
    assert server.call("GET", f"{folder}/chunked.bin").status == 404


@pytest.mark.slow
def test_spans_come_in_chunks_and_are_none_where_they_break_off(server: Served):
    spans = gzip.compress(batch(make_span()))
    trace = f"/api/3.0/mlflow/traces/tr-{TRACE.hex()}"
    headers = (
        "Transfer-Encoding: chunked",
        "Content-Encoding: gzip",
        "x-mlflow-experiment-id: 1",
    )
    line = "POST /v1/traces"
    whole = request(line, *headers, body=chunked(spans)).replace(
        b"application/json", b"application/x-protobuf"
    )
    exchange(server, whole[: -len(spans) // 2], then_close=True)
    assert server.call("GET", trace).status == 404
    assert status(exchange(server, whole)) == 200
    assert server.call("GET", trace).status == 200


@pytest.mark.slow
def test_a_chunked_body_that_breaks_off_stores_nothing(server: Served, folder: str):
    sent = request(f"PUT {folder}/broken.bin", "Transfer-Encoding: chunked", body=b"5\r\nab")
    exchange(server, sent, then_close=True)
    assert server.call("GET", f"{folder}/broken.bin").status == 404


@pytest.mark.slow
def test_fewer_bytes_than_announced_store_nothing(server: Served, folder: str):
    sent = request(f"PUT {folder}/short.bin", "Content-Length: 100", body=b"only this")
    exchange(server, sent, then_close=True)
    assert server.call("GET", f"{folder}/short.bin").status == 404


AMBIGUOUS = {
    "a length and chunks": (
        ["Content-Length: 4", "Transfer-Encoding: chunked"],
        chunked(MESSAGE),
    ),
    "chunks and a length": (
        ["Transfer-Encoding: chunked", f"Content-Length: {len(MESSAGE)}"],
        MESSAGE,
    ),
    "two lengths": ([f"Content-Length: {len(MESSAGE)}", "Content-Length: 5"], MESSAGE),
    "a negative length": (["Content-Length: -1"], MESSAGE),
    "a length that is none": (["Content-Length: abc"], MESSAGE),
    "a length with a sign": ([f"Content-Length: +{len(MESSAGE)}"], MESSAGE),
    "a hidden coding": (["Transfer-Encoding: xchunked"], chunked(MESSAGE)),
    "a folded header": (["Content-Length:\r\n 5"], MESSAGE),
    "a space before the colon": ([f"Content-Length : {len(MESSAGE)}"], MESSAGE),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", AMBIGUOUS)
def test_nothing_is_smuggled_past_a_proxy(server: Served, what: str):
    headers, body = AMBIGUOUS[what]
    name = "smuggled by " + what
    made = json.dumps({"name": name}).encode()
    second = request(f"POST {API}/experiments/create", f"Content-Length: {len(made)}", body=made)
    sent = request(f"POST {API}/experiments/search", *headers, body=body + second)
    first = status(exchange(server, sent))
    assert first == 0 or 400 <= first < 500
    assert not is_made(server, quote(name))


@pytest.mark.slow
def test_a_compressed_message_is_refused(server: Served):
    headers = (f"Content-Length: {len(MESSAGE)}", "Content-Encoding: gzip")
    sent = request(f"POST {API}/experiments/create", *headers, body=MESSAGE)
    assert status(exchange(server, sent)) == 400


ODD = {
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "a foreign host": b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "two hosts": b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    "another's address": b"GET http://evil.example/health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a path in the host": b"GET /health HTTP/1.1\r\nHost: 127.0.0.1:5000/../x\r\n\r\n",
    "no path": b"GET HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a method of its own": b"BREW /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
    "bytes that are no text": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    + bytes(64)
    + b"\r\n\r\n",
    "a NUL": b"GET /hea\0lth HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a header without end": b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 2_000_000,
    "many headers": b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "a long address": b"GET /" + b"x" * 2_000_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("sent", ODD.values(), ids=ODD)
def test_what_is_no_request_is_refused_and_the_server_goes_on(server: Served, sent: bytes):
    try:
        found = status(exchange(server, sent))
    except ConnectionError:
        found = 0
    assert found == 0 or 400 <= found < 500
    assert server.call("GET", "/health").status == 200


@pytest.mark.slow
def test_no_answer_tells_the_version_of_what_serves(server: Served):
    received = exchange(server, request("GET /health"))
    head = received.partition(b"\r\n\r\n")[0].lower()
    server_header = head.partition(b"\r\nserver:")[2].partition(b"\r\n")[0]
    assert not re.search(rb"[0-9/]|python|flask|werkzeug", server_header)


@pytest.mark.slow
def test_whatever_was_sent_every_line_of_the_servers_log_is_json(server: Served):
    lines = (server.home / "server.log").read_text().splitlines()
    for line in lines:
        if line.startswith("{"):
            assert {"time", "level", "message"} <= set(json.loads(line))
    told = ("Muniment serves", "Sign in as", "More tokens")
    assert [line for line in lines if not line.startswith(("{", *told))] == []
