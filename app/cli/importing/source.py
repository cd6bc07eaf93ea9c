"""Speak to the server that is imported from: one host, no redirects, bounded answers.

By ``http.client``, which Python ships: what is asked for is a few GETs and POSTs of JSON and a
stream of bytes, and a library for more would have to be locked, installed and watched by everybody
who serves.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import SplitResult, quote, urlencode, urlsplit

import msgspec

from app import __version__

Message = TypeVar("Message", bound=msgspec.Struct)
Answer = TypeVar("Answer")

_TIMEOUT = 60
_ATTEMPTS = 5
_FIRST_WAIT = 0.05
_MAX_JSON = 256 << 20
_MAX_SHOWN = 300
_OK = 200
_NOT_FOUND = 404
_PASSING = frozenset({429, 502, 503, 504})
_REFUSALS = {401: "refuses the credentials", 403: "does not let these credentials read"}


class SourceError(Exception):
    """The other server said something that cannot be brought; the rest can."""


class SourceMissingError(SourceError):
    """The other server has no such thing, or is too old for it."""


class SourceLostError(Exception):
    """The other server does not answer, or refuses whoever asks: nothing more can be brought."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the other server is shown; a user and password go before a token, as in MLflow."""

    token: str = ""
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Return what MLflow's own variables say."""
        return cls(
            environ.get("MLFLOW_TRACKING_TOKEN", ""),
            environ.get("MLFLOW_TRACKING_USERNAME", ""),
            environ.get("MLFLOW_TRACKING_PASSWORD", ""),
        )

    @property
    def header(self) -> dict[str, str]:
        """The header that shows them, if there are any; raises SourceError for no such token."""
        if self.user or self.password:
            pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        if not self.token:
            return {}
        if not (self.token.isascii() and self.token.isprintable()):
            raise SourceError("MLFLOW_TRACKING_TOKEN holds a character that no header can carry")
        return {"Authorization": f"Bearer {self.token}"}


class Body:
    """The bytes of an answer, ``length`` of them; ``content_type`` is what the server says."""

    def __init__(self, answer: http.client.HTTPResponse, length: int) -> None:
        self._answer = answer
        self.length = length
        self.content_type = answer.headers.get_content_type()

    def read(self, size: int) -> bytes:
        """Return up to so many bytes; raises SourceError if the connection breaks."""
        try:
            return self._answer.read(size)
        except (OSError, http.client.HTTPException) as error:
            msg = f"it broke off on the way: {error}"
            raise SourceError(msg) from error


class Source:
    """A running MLflow server, by its address; to be used as a context."""

    def __init__(self, uri: str, credentials: Credentials) -> None:
        parts, port = _split(uri)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise _no_address(uri)
        if "@" in parts.netloc or parts.query or parts.fragment:
            msg = "The address holds a user, a query or a fragment: credentials go by environment"
            raise SourceError(msg)
        self._prefix = parts.path.rstrip("/")
        self.address = f"{parts.scheme}://{parts.netloc}{self._prefix}"
        self._headers = {"User-Agent": f"muniment/{__version__}", **credentials.header}
        self._connection = _connection(parts.scheme, parts.hostname, port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._connection.close()

    def get(self, path: str, form: type[Message], /, **query: Any) -> Message:
        """Return the answer to a GET.

        Raises SourceError for an error of the server's or an answer of another form,
        SourceLostError.
        """
        return self._exchange("GET", _with_query(path, query), None, form)

    def post(self, path: str, form: type[Message], /, **message: Any) -> Message:
        """Return the answer to a POST, of those that only read; raises as ``get``."""
        return self._exchange("POST", path, json.dumps(message).encode(), form)

    @contextmanager
    def open(self, path: str, length: int | None, /, **query: Any) -> Iterator[Body]:
        """Open a body of bytes that was listed with ``length`` of them; raises as ``get``.

        One that was listed without has to come with its length.
        """
        answer = self._retry(lambda: self._request("GET", _with_query(path, query), None))
        try:
            _check_status(answer, self.address, path)
            told = answer.length
            if told != length and None not in {told, length}:
                msg = f"it was listed with {length} bytes and comes with {told}"
                raise SourceError(msg)
            announced = length if told is None else told
            if announced is None:
                raise SourceError("it does not tell its length")
            yield Body(answer, announced)
        finally:
            if not answer.isclosed():
                # The rest of a body that was not read to its end must not be the next answer.
                answer.close()
                self._connection.close()

    def _exchange(self, verb: str, path: str, body: bytes | None, form: type[Message]) -> Message:
        return self._retry(lambda: self._once(verb, path, body, form))

    def _retry(self, ask: Callable[[], Answer]) -> Answer:
        """Ask again where the connection breaks: a server closes one that was idle for a while."""
        for attempt in range(_ATTEMPTS):
            try:
                return ask()
            except UnicodeError as error:
                raise self._lost(error) from error
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if attempt + 1 == _ATTEMPTS:
                    raise self._lost(error) from error
                time.sleep(_FIRST_WAIT * 2**attempt)
        raise AssertionError

    def _once(self, verb: str, path: str, body: bytes | None, form: type[Message]) -> Message:
        answer = self._request(verb, path, body)
        content = answer.read(_MAX_JSON + 1)
        if answer.status in _PASSING:
            msg = f"{answer.status} {answer.reason}"
            raise http.client.HTTPException(msg)
        _check_status(answer, self.address, path, content)
        if len(content) > _MAX_JSON:
            self._connection.close()
            msg = f"{path.partition('?')[0]} answers more than {_MAX_JSON} bytes"
            raise SourceError(msg)
        try:
            return msgspec.json.decode(content, type=form, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            msg = f"{path.partition('?')[0]} answers what is no {form.__name__}: {error}"
            raise SourceError(msg) from error

    def _request(self, verb: str, path: str, body: bytes | None) -> http.client.HTTPResponse:
        sending = self._headers if body is None else self._headers | _JSON
        self._connection.request(verb, self._prefix + path, body, sending)
        return self._connection.getresponse()

    def _lost(self, error: Exception) -> SourceLostError:
        return SourceLostError(
            f"{self.address} does not answer: {str(error) or type(error).__name__}"
        )


_JSON = {"Content-Type": "application/json"}


def quoted(part: str) -> str:
    """Return a part of a path that is all one segment."""
    return quote(part, safe="")


def _split(uri: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise _no_address(uri) from None
    return parts, port


def _no_address(uri: str) -> SourceError:
    return SourceError(f"{uri[:_MAX_SHOWN]!r} is not the http:// or https:// address of a server")


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT, context=context)


def _with_query(path: str, query: Mapping[str, Any]) -> str:
    told = {name: value for name, value in query.items() if value not in {None, ""}}
    return f"{path}?{urlencode(told, doseq=True)}" if told else path


def _check_status(
    answer: http.client.HTTPResponse, address: str, path: str, content: bytes | None = None
) -> None:
    if answer.status == _OK:
        return
    if answer.status in _REFUSALS:
        raise SourceLostError(f"{address} {_REFUSALS[answer.status]} ({answer.status})")
    said = (answer.read(_MAX_SHOWN) if content is None else content[:_MAX_SHOWN]).decode(
        errors="replace"
    )
    elsewhere = answer.headers.get("Location")
    where = f" to {elsewhere[:_MAX_SHOWN]!r}, which is not followed" if elsewhere else ""
    msg = f"{path.partition('?')[0]} answers {answer.status}{where}: {said!r}"
    raise SourceMissingError(msg) if answer.status == _NOT_FOUND else SourceError(msg)
