"""Read the body of an export, compressed or not, in bounded memory."""

from __future__ import annotations

import zlib

from flask import request

from app.errors import (
    IncompleteUploadError,
    InvalidParameterError,
    TooLargeError,
)

MAX_SENT = 16 << 20
MAX_BODY = 32 << 20
"""Bytes, before and after decompression."""

_CHEAP = 64 << 10
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_ENCODINGS = frozenset({"gzip", "deflate"})


def is_costly() -> bool:
    """Tell whether to read the body costs more than to ask first whether it may be sent at all."""
    length = request.content_length
    return _encoding() != "identity" or length is None or length > _CHEAP


def read_body() -> bytes:
    """Return the body of this request, decompressed.

    Raises TooLargeError, IncompleteUploadError for fewer bytes than were announced, and
    InvalidParameterError for an encoding that is unknown or does not hold.
    """
    body = _sent()
    encoding = _encoding()
    if encoding == "identity":
        return body
    if encoding not in _ENCODINGS:
        msg = "Content-Encoding must be gzip or deflate"
        raise InvalidParameterError(msg, field="Content-Encoding")
    return decompress(body)


def _sent() -> bytes:
    """Return the bytes that were sent: exporters in Go and Node announce no length of most."""
    length = request.content_length
    if length is not None and length > MAX_SENT:
        raise _too_large()
    body = request.stream.read(MAX_SENT + 1 if length is None else length)
    if len(body) > MAX_SENT:
        raise _too_large()
    if length is not None and len(body) < length:
        msg = f"{len(body)} bytes arrived of {length}"
        raise IncompleteUploadError(msg)
    return bytes(body)


def _too_large() -> TooLargeError:
    return TooLargeError(f"The request body is larger than {MAX_SENT} bytes")


def _encoding() -> str:
    return request.headers.get("Content-Encoding", "identity").lower()


def decompress(body: bytes) -> bytes:
    """Return what a gzip or zlib stream holds.

    Raises TooLargeError above ``MAX_BODY``, InvalidParameterError for a stream that is damaged, cut
    or followed by something else.
    """
    stream = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = stream.decompress(body, MAX_BODY + 1)
    except zlib.error:
        raise _damaged() from None
    if len(plain) > MAX_BODY:
        msg = f"The request body is larger than {MAX_BODY} bytes once decompressed"
        raise TooLargeError(msg)
    if not stream.eof or stream.unused_data:
        raise _damaged()
    return plain


def _damaged() -> InvalidParameterError:
    return InvalidParameterError("The compressed body is damaged", field="body")
