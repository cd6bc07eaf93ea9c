"""Bodies that break off, on a real connection to a real server."""

import http.client
import socket
from urllib.parse import urlsplit

import mlflow
import pytest
from mlflow import MlflowClient

from tests.application import ALICE, Template
from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def path(sign_in: SignIn) -> str:
    """The path of a file that is not there yet, of a run of alice's."""
    experiment = mlflow.set_experiment("ml.prod.uploads")
    run = MlflowClient().create_run(experiment.experiment_id)
    root = run.info.artifact_uri.removeprefix("mlflow-artifacts:")
    return f"/api/2.0/mlflow-artifacts/artifacts{root}/file"


@pytest.fixture
def credential(template: Template) -> dict[str, str]:
    return {"Authorization": f"Bearer {template.tokens[ALICE]}"}


def status(server: str, method: str, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=10)
    connection.request(method, path, headers=headers)
    found = connection.getresponse().status
    connection.close()
    return found


@pytest.mark.parametrize(
    "announced, body",
    [
        ("Content-Length: 5000000", b"x" * 100_000),
        ("Transfer-Encoding: chunked", b"5\r\nbytes\r\n"),
        ("Transfer-Encoding: chunked", b"ffff\r\nbytes"),
    ],
    ids=["shorter than announced", "no last chunk", "half a chunk"],
)
def test_a_client_that_dies_leaves_nothing(
    server: str, path: str, credential: dict[str, str], announced: str, body: bytes
) -> None:
    host, port = urlsplit(server).hostname or "", urlsplit(server).port
    head = f"PUT {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{announced}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in credential.items())
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(head.encode() + b"\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        while connection.recv(65536):
            pass
    assert status(server, "GET", path, credential) == 404


def test_a_body_in_chunks_is_asked_for_its_length(
    server: str, path: str, credential: dict[str, str]
) -> None:
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=10)
    connection.putrequest("PUT", path)
    for name, value in {"Transfer-Encoding": "chunked", **credential}.items():
        connection.putheader(name, value)
    connection.endheaders(b"2\r\nby\r\n")  # no more, since the answer does not wait for it
    assert connection.getresponse().status == 411
    connection.close()


def test_a_large_file_goes_in_and_its_end_comes_out(
    server: str, path: str, credential: dict[str, str]
) -> None:
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=30)
    connection.request("PUT", path, body=bytes(range(256)) * 40_000, headers=credential)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"{}")
    connection.request("GET", path, headers={**credential, "Range": "bytes=-3"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (206, b"\xfd\xfe\xff")
    connection.close()
