"""Read JSON bodies and query strings within their limits."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from flask import request

from app.edge.marks import own_json_limit
from app.edge.services import services
from app.errors import InvalidParameterError, TooLargeError


def json_limit() -> int:
    """Return how many bytes of JSON this request may carry: ``limits.json_bytes``, or a view's."""
    return max(services().settings.limits.json_bytes, own_json_limit())


def raw_body() -> bytes:
    """Return the body's bytes.

    Raises TooLargeError above ``json_limit``, InvalidParameterError if it is compressed.
    """
    refuse_encoding()
    limit = json_limit()
    body = request.stream.read(limit + 1)
    if len(body) > limit:
        msg = f"The request body is larger than {limit} bytes"
        raise TooLargeError(msg)
    return bytes(body)


def json_body(*, unwrap: bool = False) -> dict[str, Any]:
    """Return the JSON object in the body; an empty body is an empty object.

    ``unwrap`` also takes a JSON string that holds the object, as MLflow's server does.
    Raises InvalidParameterError for another content type, malformed or too deep JSON, or JSON that
    is no object.
    """
    body = raw_body()
    if not body.strip():
        return {}
    if request.mimetype != "application/json":
        msg = "Bad Request. Content-Type must be application/json"
        raise InvalidParameterError(msg, field="Content-Type")
    value = parse_json(body)
    if unwrap and isinstance(value, str):
        value = parse_json(value.encode())
    if not isinstance(value, dict):
        msg = "The request body must be a JSON object"
        raise InvalidParameterError(msg, field="body")
    return value


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON text.

    Raises InvalidParameterError if it is malformed, not UTF-8 or nested deeper than
    ``limits.json_depth``.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        msg = f"The request body is not valid JSON: {error}"
        raise InvalidParameterError(msg, field="body") from None
    limit = services().settings.limits.json_depth
    if body.count(b"{") + body.count(b"[") > limit and _is_deeper(value, limit):
        msg = f"The request body nests deeper than {limit} levels"
        raise InvalidParameterError(msg, field="body")
    return value


def _is_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def query_dict() -> dict[str, Any]:
    """Return the query string as a dictionary; a repeated name becomes a list."""
    return {name: values if len(values) > 1 else values[0] for name, values in request.args.lists()}


def check_address() -> None:
    """Refuse an address that is not UTF-8, of which other text would be made on the way.

    Raises InvalidParameterError.
    """
    try:
        if b"%" in request.query_string:
            unquote_to_bytes(request.query_string).decode()
        is_text = "\ufffd" not in request.path  # what stands there for a byte that is none
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        msg = "The address is not valid UTF-8"
        raise InvalidParameterError(msg, field="address")


def refuse_encoding() -> None:
    """Refuse a compressed body, which could unpack to any size.

    Raises InvalidParameterError.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        msg = "Content-Encoding of request bodies is not supported"
        raise InvalidParameterError(msg, field="Content-Encoding")
