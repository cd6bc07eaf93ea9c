"""Read the body of an export, compressed or not, in bounded memory."""

from __future__ import annotations

import zlib

from flask import request

from app.errors import (
    IncompleteUploadError,
    InvalidParameterError,
    LengthRequiredError,
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
    is_plain = _encoding() == "identity"
    return not is_plain or (request.content_length or 0) > _CHEAP


def read_body() -> bytes:
    """Return the body of this request, decompressed.

    Raises LengthRequiredError if its length is not announced, TooLargeError, and
    InvalidParameterError for an encoding that is unknown or does not hold.
    """
    length = request.content_length
    if length is None or "chunked" in request.headers.get("Transfer-Encoding", ""):
        msg = "Announce the length of the body with Content-Length"
        raise LengthRequiredError(msg)
    if length > MAX_SENT:
        msg = f"The request body is larger than {MAX_SENT} bytes"
        raise TooLargeError(msg)
    body = request.stream.read(length)
    if len(body) != length:
        msg = f"{len(body)} bytes arrived of {length}"
        raise IncompleteUploadError(msg)
    encoding = _encoding()
    if encoding == "identity":
        return body
    if encoding not in _ENCODINGS:
        msg = "Content-Encoding must be gzip or deflate"
        raise InvalidParameterError(msg, field="Content-Encoding")
    return decompress(body)


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
