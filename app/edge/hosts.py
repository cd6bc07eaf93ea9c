"""Refuse requests for another host, so that a rebound name reaches nothing."""

from __future__ import annotations

import re

from flask import request

from app.edge.services import services
from app.errors import InvalidParameterError

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# RFC 9112 §3.2: a name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^:\[\]]+))(?::[0-9]{1,5})?")
_ANY = "*"


def check_host() -> None:
    """Check the Host header against the loopback names and ``server.allowed_hosts``.

    Raises InvalidParameterError for any other host.
    """
    found = _HOST.fullmatch(request.headers.get("Host", "").lower())
    name = (found["v6"] or found["name"]) if found else ""
    if name in _LOOPBACK:
        return
    allowed = services().settings.server.allowed_hosts
    if name and any(name == host.lower().strip("[]") or host == _ANY for host in allowed):
        return
    msg = "Invalid Host header: add the host to server.allowed_hosts"
    raise InvalidParameterError(msg, field="Host")
