"""Refuse requests for another host, so that a rebound name reaches nothing."""

from __future__ import annotations

from flask import request

from app.edge.services import services
from app.errors import InvalidParameterError

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


def check_host() -> None:
    """Check the Host header against the loopback names and ``server.allowed_hosts``.

    Raises InvalidParameterError for any other host.
    """
    allowed = services().settings.server.allowed_hosts
    name, _, port = request.headers.get("Host", "").rpartition(":")
    if not port.isdigit():
        name = request.headers.get("Host", "")
    if name.lower() in _LOOPBACK or "*" in allowed or name.lower() in allowed:
        return
    msg = "Invalid Host header: add the host to server.allowed_hosts"
    raise InvalidParameterError(msg, field="Host")
