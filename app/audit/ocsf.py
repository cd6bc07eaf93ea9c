"""The log in the Open Cybersecurity Schema Framework: class API Activity (6003), schema 1.6.0.

An outcome, a workspace and details have no attribute there and stand in ``unmapped``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from app import __version__
from app.audit.queries import Event, EventFilter, iterate_events
from app.db import Session
from app.identity import Outcome

SCHEMA_VERSION = "1.6.0"
CLASS_UID = 6003
_CATEGORY_UID = 6
_INFORMATIONAL = 1
_OTHER = 99
_ACTIVITIES = {
    1: ("Create", {"create", "write", "log"}),
    2: ("Read", {"read", "list", "load", "run", "export", "verify"}),
    3: (
        "Update",
        {"update", "set", "tag", "bind", "change", "restore", "revoke", "decide", "request"},
    ),
    4: ("Delete", {"delete", "destroy"}),
}
_VERBS = {verb: uid for uid, (_, verbs) in _ACTIVITIES.items() for verb in verbs}


def export_ocsf(session: Session, wanted: EventFilter) -> Iterator[bytes]:
    """Yield the events as OCSF, one JSON object a line, oldest first."""
    for event in iterate_events(session, wanted):
        yield orjson.dumps(to_ocsf(event), option=orjson.OPT_APPEND_NEWLINE)


def to_ocsf(event: Event) -> dict[str, Any]:
    """Return an event as OCSF's API Activity."""
    noun, _, verb = event.operation.partition(".")
    activity = _VERBS.get(verb, _OTHER)
    is_success = event.outcome is Outcome.ALLOWED
    return {
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity][0] if activity in _ACTIVITIES else verb,
        "actor": {"user": _user(event)},
        "api": {
            "operation": event.operation,
            "request": {"uid": event.request_id},
            "service": {"name": "muniment"},
        },
        "category_uid": _CATEGORY_UID,
        "class_uid": CLASS_UID,
        "http_request": {"uid": event.request_id, "user_agent": event.agent},
        "metadata": {
            "log_name": "audit",
            "product": {"name": "Muniment", "vendor_name": "Muniment", "version": __version__},
            "sequence": event.seq,
            "uid": event.id,
            "version": SCHEMA_VERSION,
        },
        "resources": [
            {"uid": event.securable_id, "name": event.securable_name, "type": noun},
        ]
        if event.securable_id or event.securable_name
        else [],
        "severity_id": _INFORMATIONAL,
        "src_endpoint": {"ip": event.address} if event.address else {"name": "muniment"},
        "status": "Success" if is_success else "Failure",
        "status_detail": event.determined_by,
        "status_id": 1 if is_success else 2,
        "time": event.time,
        "type_uid": CLASS_UID * 100 + activity,
        "unmapped": {
            "details": event.details,
            "leaf_index": event.leaf_index,
            "on_behalf_of": event.on_behalf_of,
            "outcome": event.outcome.value,
            "workspace": event.workspace,
        },
    }


def _user(event: Event) -> dict[str, Any]:
    user = {"name": event.principal_name}
    if event.principal_id:
        user["uid"] = event.principal_id
    if event.token_id:
        user["credential_uid"] = event.token_id
    return user
