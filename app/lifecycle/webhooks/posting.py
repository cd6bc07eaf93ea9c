"""POST one message to one webhook: to the checked address, once, within a time, reading little.

Nothing of the environment is heeded: no proxy, no credentials of the host's. Redirects are not
followed: where they lead was never checked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from typing_extensions import override

from app.config import WebhookSettings
from app.lifecycle.webhooks.addresses import Destination, RefusedAddressError, parse_url, resolve

MAX_RESPONSE = 4_096
_FIRST_SUCCESS, _FIRST_REDIRECT, _FIRST_REFUSAL = 200, 300, 400
_TRANSIENT = frozenset({429, 500, 502, 503, 504})
_MAX_RETRY_AFTER = 3_600
_SECONDS = re.compile("[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent; ``id`` is the same for each attempt, ``time`` is in seconds since 1970 UTC."""

    id: str
    time: int
    body: bytes

    def headers(self, secret: bytes | None) -> dict[str, str]:
        """Return MLflow's headers (``mlflow/webhooks/constants.py``), signed if there is a secret.

        The signature is HMAC-SHA256 of ``id.time.body`` in base64, behind ``v1,``.
        """
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "muniment",
            "X-MLflow-Delivery-Id": self.id,
            "X-MLflow-Timestamp": str(self.time),
        }
        if secret:
            signed = f"{self.id}.{self.time}.".encode() + self.body
            digest = hmac.digest(secret, signed, hashlib.sha256)
            headers["X-MLflow-Signature"] = f"v1,{base64.b64encode(digest).decode()}"
        return headers


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an attempt; ``retry_after`` is in seconds, ``error`` empty for a success."""

    status: int | None = None
    body: str = ""
    error: str = ""
    is_transient: bool = False
    retry_after: int = 0

    @property
    def is_success(self) -> bool:
        """True if the receiver took it."""
        return not self.error


def post(url: str, message: Message, secret: bytes | None, settings: WebhookSettings) -> Answer:
    """Send a message and return what became of it, in ``settings.timeout`` seconds at most.

    To resolve the name may take as long again as the system's resolver allows. Raises
    InvalidParameterError for a URL that the settings do not admit any more.
    """
    destination = parse_url(url, settings)
    try:
        addresses = resolve(destination, settings)
    except RefusedAddressError as error:
        return Answer(error=str(error))
    except (OSError, UnicodeError):
        return Answer(error="The name does not resolve", is_transient=True)
    deadline = time.monotonic() + settings.timeout
    try:
        return _exchange(destination, addresses, message.body, message.headers(secret), deadline)
    except (OSError, http.client.HTTPException) as error:
        return Answer(error=_failure(error, settings), is_transient=True)


def _failure(error: OSError | http.client.HTTPException, settings: WebhookSettings) -> str:
    if isinstance(error, TimeoutError):
        return f"No answer within {settings.timeout} s"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or 'no handshake'}"
    return f"The connection failed: {type(error).__name__}"


def _exchange(
    destination: Destination,
    addresses: list[str],
    body: bytes,
    headers: Mapping[str, str],
    deadline: float,
) -> Answer:
    connection = http.client.HTTPConnection(destination.host, destination.port)
    # Given its socket, it never resolves the name again.
    connection.sock = _connect(destination, addresses, deadline)
    try:
        connection.request("POST", destination.target, body, _with_host(destination, headers))
        source = cast("socket.socket", _Until(connection.sock, deadline))
        response = http.client.HTTPResponse(source, method="POST")
        response.begin()
        return _answer(response)
    finally:
        connection.close()


def _with_host(destination: Destination, headers: Mapping[str, str]) -> dict[str, str]:
    host = f"[{destination.host}]" if ":" in destination.host else destination.host
    is_default = destination.port == (443 if destination.is_secure else 80)
    return {"Host": host if is_default else f"{host}:{destination.port}", **headers}


def _connect(destination: Destination, addresses: list[str], deadline: float) -> socket.socket:
    failure: OSError = TimeoutError()
    for address in addresses:
        try:
            made = socket.create_connection((address, destination.port), _left(deadline))
        except OSError as error:
            failure = error
            continue
        made.settimeout(_left(deadline))
        return _secured(made, destination) if destination.is_secure else made
    raise failure


def _secured(plain: socket.socket, destination: Destination) -> socket.socket:
    try:
        context = ssl.create_default_context()
        return context.wrap_socket(plain, server_hostname=destination.host)
    except BaseException:
        plain.close()
        raise


def _answer(response: http.client.HTTPResponse) -> Answer:
    status = response.status
    body = response.read(MAX_RESPONSE).decode("utf-8", "replace")
    if _FIRST_SUCCESS <= status < _FIRST_REDIRECT:
        return Answer(status, body)
    what = f"The receiver answered {status}"
    if _FIRST_REDIRECT <= status < _FIRST_REFUSAL:
        what += "; redirects are not followed"
    return Answer(status, body, what, status in _TRANSIENT, _retry_after(response))


def _retry_after(response: http.client.HTTPResponse) -> int:
    asked = response.headers.get("Retry-After", "")
    return min(int(asked), _MAX_RETRY_AFTER) if _SECONDS.fullmatch(asked) else 0


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Until(io.RawIOBase):
    """Reads a socket up to a moment, however slowly it drips; what ``HTTPResponse`` reads from."""

    def __init__(self, source: socket.socket, deadline: float) -> None:
        self._source = source
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the stream, as a socket would."""
        return io.BufferedReader(self)

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._source.settimeout(_left(self._deadline))
        return self._source.recv_into(buffer)
