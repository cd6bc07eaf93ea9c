"""One POST: to the address that was checked, within a time, reading little, following nothing."""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.config import WebhookSettings
from app.lifecycle.webhooks.addresses import Destination
from app.lifecycle.webhooks.posting import MAX_RESPONSE, Answer, Message, _exchange, post
from tests.receiver import SECRET, Receiver

SETTINGS = WebhookSettings(
    schemes=("http", "https"), networks=("127.0.0.1/32",), timeout=1, attempts=1, kept=1
)
MESSAGE = Message("an-id", 1_800_000_000, b'{"a":"b"}')


@pytest.fixture
def proxied() -> Iterator[None]:
    """An environment that names a proxy where nobody listens."""
    before = dict(os.environ)
    os.environ.update({"http_proxy": "http://127.0.0.1:9/", "no_proxy": ""})
    yield
    os.environ.clear()
    os.environ.update(before)


def send(url: str, settings: WebhookSettings = SETTINGS) -> Answer:
    return post(url, MESSAGE, SECRET.encode(), settings)


def self_signed(path: Path) -> Path:
    """Write a fresh key and a certificate for 127.0.0.1 that only itself has signed."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(secret, SHA256())
    )
    private = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Yield the address of a receiver that reads a request and then does as it likes."""

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_the_message_is_sent_as_it_is_with_its_signature() -> None:
    with Receiver() as receiver:
        answer = send(receiver.url)
    assert answer == Answer(200, "taken")
    (received,) = receiver.received
    assert (received.id, received.body) == ("an-id", MESSAGE.body)
    assert received.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert received.is_signed()


def test_a_proxy_of_the_environment_is_not_heeded(proxied: None) -> None:
    with Receiver() as receiver:
        assert send(receiver.url).is_success


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_not_followed(status: int) -> None:
    with Receiver() as elsewhere, Receiver(status, headers={"Location": elsewhere.url}) as receiver:
        answer = send(receiver.url)
    assert (answer.is_success, answer.is_transient) == (False, False)
    assert "not followed" in answer.error
    assert elsewhere.received == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_transient(status: int) -> None:
    with Receiver(status) as receiver:
        assert send(receiver.url).is_transient


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_what_lasts_is_not(status: int) -> None:
    with Receiver(status) as receiver:
        assert not send(receiver.url).is_transient


@pytest.mark.parametrize(
    "asked,seconds", [("5", 5), ("999999", 3600), ("soon", 0), ("-1", 0), ("9" * 5000, 0)]
)
def test_how_long_to_wait_is_bounded(asked: str, seconds: int) -> None:
    with Receiver(503, headers={"Retry-After": asked}) as receiver:
        assert send(receiver.url).retry_after == seconds


def test_of_a_long_answer_little_is_read() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(OSError):
            while True:
                connection.sendall(b"x" * 65_536)

    with answering(flood) as url:
        answer = send(url)
    assert answer.body == "x" * MAX_RESPONSE


def test_an_answer_that_drips_is_cut_off() -> None:
    pause = threading.Event()

    def drip(connection: socket.socket) -> None:
        with suppress(OSError):
            for sign in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000:
                connection.sendall(bytes([sign]))
                pause.wait(0.05)

    begun = time.monotonic()
    with answering(drip) as url:
        answer = send(url)
    assert answer == Answer(error="No answer within 1 s", is_transient=True)
    assert time.monotonic() - begun < 3


def test_silence_is_cut_off() -> None:
    done = threading.Event()

    def keep_silent(_connection: socket.socket) -> None:
        done.wait(5)

    with answering(keep_silent) as url:
        answer = send(url)
        done.set()
    assert "No answer" in answer.error


@pytest.mark.parametrize("nonsense", [b"", b"hello\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_http_is_a_failure_that_may_pass(nonsense: bytes) -> None:
    with answering(lambda connection: connection.sendall(nonsense)) as url:
        answer = send(url)
    assert (answer.status, answer.is_transient) == (None, True)


def test_plain_text_behind_a_secure_url_is_a_failure() -> None:
    with Receiver() as receiver:
        answer = send(receiver.url.replace("http:", "https:"))
    assert "TLS" in answer.error or "connection failed" in answer.error


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "own.pem"))

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection, context.wrap_socket(connection, server_side=True):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        answer = send(f"https://127.0.0.1:{listening.getsockname()[1]}/")
    assert answer.error == "TLS failed: CERTIFICATE_VERIFY_FAILED"


def test_nobody_listening_is_a_failure_that_may_pass() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/").is_transient


def test_the_name_is_not_resolved_again_for_the_connection() -> None:
    """What was checked is what is connected to, though the name may lead elsewhere by now."""
    with Receiver() as receiver:
        somewhere = Destination(False, "receiver.invalid", receiver.port, "/")
        headers = {"Content-Type": "application/json"}
        deadline = time.monotonic() + 1
        answer = _exchange(somewhere, ["127.0.0.1"], b"{}", headers, deadline)
    assert answer.is_success
    assert receiver.received[0].headers["Host"] == f"receiver.invalid:{receiver.port}"


def test_an_address_that_is_not_allowed_any_more_is_not_sent_to() -> None:
    with Receiver() as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        answer = send(url, replace(SETTINGS, networks=()))
    assert (answer.is_success, answer.is_transient) == (False, False)
    assert receiver.received == []
