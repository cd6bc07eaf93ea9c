"""The canonical body of an event: the bytes that its MAC is over, and, with it, its leaf.

Body: JSON of the fields below, sorted by name, without spaces, in UTF-8; ``v`` is the version of
this layout. Details stand in it as the text that is stored, so that nothing is ever parsed and
dumped again. Leaf data, integers big-endian::

    8   seq
    8   xid, 0 on SQLite
    32  HMAC-SHA256 of the body
    …   body
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row

from app.audit.tables import audit_events
from app.crypto import AuditKeys
from app.db.metadata import new_id
from app.identity import Caller, Entry

VERSION = 1
MAX_TEXT = 2_000
_HEAD = struct.Struct(">qq32s")
_NUL = b"\\u0000"


class Content(NamedTuple):
    """What an event tells; the order is that of the columns from ``id`` to ``details``.

    ``time`` is in milliseconds since 1970 UTC, ``details`` is JSON.
    """

    id: str
    time: int
    principal_id: str | None
    principal_name: str
    on_behalf_of: str | None
    token_id: str | None
    workspace: str
    operation: str
    securable_id: str | None
    securable_name: str
    outcome: str
    determined_by: str
    request_id: str
    address: str
    agent: str
    details: str


_WIDTH = len(Content._fields)
EVENT_COLUMNS = tuple(audit_events.c[name] for name in (*Content._fields, "seq", "mac", "xid"))
"""What a row must be selected with for ``genuine_body``: the fields of ``Content`` come first."""


def contents_of(caller: Caller, entries: Iterable[Entry]) -> list[Content]:
    """Return the contents of a caller's entries; what is longer than its column is cut."""
    principal, request = caller.principal, caller.request
    return [
        Content(
            new_id(),
            caller.now,
            principal.id or None,
            principal.name[:255],
            caller.on_behalf_of.id if caller.on_behalf_of else None,
            request.token_id,
            caller.workspace.name if caller.workspace else "",
            str(entry.operation),
            entry.securable_id,
            entry.securable_name[:MAX_TEXT],
            entry.outcome.value,
            entry.determined_by[:MAX_TEXT],
            request.id[:64],
            request.address[:64],
            request.agent[:500],
            orjson.dumps(entry.details, option=orjson.OPT_SORT_KEYS).decode()
            if entry.details
            else "{}",
        )
        for entry in entries
    ]


def body_of(content: Sequence[Any]) -> bytes:
    """Return the canonical body of a ``Content``, or of a row that begins with its fields.

    Raises TypeError for text that is not UTF-8.
    """
    (
        event_id,
        time,
        principal_id,
        principal_name,
        on_behalf_of,
        token_id,
        workspace,
        operation,
        securable_id,
        securable_name,
        outcome,
        determined_by,
        request_id,
        address,
        agent,
        details,
    ) = content[:_WIDTH]
    return orjson.dumps(
        {
            "address": address,
            "agent": agent,
            "details": details,
            "determined_by": determined_by,
            "id": event_id,
            "on_behalf_of": on_behalf_of,
            "operation": operation,
            "outcome": outcome,
            "principal_id": principal_id,
            "principal_name": principal_name,
            "request_id": request_id,
            "securable_id": securable_id,
            "securable_name": securable_name,
            "time": time,
            "token_id": token_id,
            "v": VERSION,
            "workspace": workspace,
        }
    )


def storable(content: Content) -> tuple[Content, bytes]:
    """Return a content fit for any database, and its body.

    A caller may name things in text that no column takes: unpaired surrogates and NUL. They are
    kept visibly escaped, since a request must not escape the log by being malformed.
    """
    try:
        body = body_of(content)
        if _NUL not in body:
            return content, body
    except TypeError:
        pass
    clean = Content._make(_escape(part) if isinstance(part, str) else part for part in content)
    return clean, body_of(clean)


def genuine_body(keys: AuditKeys, row: Row[Any]) -> bytes | None:
    """Return the canonical body of a row of ``EVENT_COLUMNS``, or None if it was not written so."""
    try:
        body = body_of(row)
        is_genuine = keys.is_hmac(body, row.mac) and isinstance(row.xid, int | None)
    except TypeError:
        return None
    return body if is_genuine else None


def leaf_data(seq: int, xid: int | None, mac: bytes, body: bytes) -> bytes:
    """Return what the leaf of an event is the hash of."""
    return _HEAD.pack(seq, xid or 0, mac) + body


def _escape(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
