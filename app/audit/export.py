"""Take the log out, in constant memory: as CSV, as OCSF, or as JSON Lines that prove themselves.

The verifiable export is of all that was sealed, or of what was sealed since a checkpoint. Its
lines, each one JSON object:

- ``{"kind": "muniment-audit-export", "version": 1, "key_id": …, "start": …}``, where ``start`` is
  null or ``{"body": …, "signature": <hex>, "frontier": <hex>}`` of the checkpoint it goes on from;
- ``{"kind": "event", "leaf": …, "leaf_hash": <hex>, "mac": <hex>, "seq": …, "xid": …,
  "event": <the canonical body>}`` for each leaf, in order;
- ``{"kind": "checkpoint", "body": …, "signature": <hex>}`` behind the last leaf that it signs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Row, func, select

from app.audit.bodies import EVENT_COLUMNS, body_of
from app.audit.queries import Event, EventFilter, iterate_events
from app.audit.tables import audit_checkpoints, audit_events, audit_leaves
from app.db import Session

FORMAT = "muniment-audit-export"
_CHUNK = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_leaves, _checkpoints = audit_leaves.c, audit_checkpoints.c
_CSV_COLUMNS = (
    *("seq", "time", "principal_name", "principal_id", "on_behalf_of", "token_id", "workspace"),
    *("operation", "securable_name", "securable_id", "outcome", "determined_by", "request_id"),
    *("address", "agent", "details", "id", "leaf_index"),
)


def export_json_lines(
    session: Session, key_id: str, *, since: int | None = None
) -> Iterator[bytes]:
    """Yield the lines of a verifiable export: all that is sealed now, or since a moment.

    ``since`` is in milliseconds since 1970 UTC; the export then begins behind the last checkpoint
    up to that moment, and so may hold somewhat older events too.
    """
    start = _checkpoint_before(session, since)
    newest = session.execute(select(func.max(_checkpoints.tree_size))).scalar_one()
    yield _line({"kind": FORMAT, "version": 1, "key_id": key_id, "start": _start(start)})
    size = start.tree_size if start else 0
    while size < (newest or 0):
        checkpoint = _checkpoint_after(session, size)
        yield from _events(session, size, checkpoint.tree_size)
        yield _line({"kind": "checkpoint", **_signed(checkpoint)})
        size = checkpoint.tree_size


def export_csv(session: Session, wanted: EventFilter) -> Iterator[bytes]:
    """Yield the events as CSV (RFC 4180), oldest first, times as ISO 8601 in UTC.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    yield _csv_line(_CSV_COLUMNS)
    for event in iterate_events(session, wanted):
        yield _csv_line([_cell(event, column) for column in _CSV_COLUMNS])


def _events(session: Session, start: int, end: int) -> Iterator[bytes]:
    joined = (
        select(*EVENT_COLUMNS, _leaves.leaf_index, _leaves.leaf_hash)
        .select_from(audit_leaves.join(audit_events, audit_events.c.seq == _leaves.seq))
        .order_by(_leaves.leaf_index)
    )
    for first in range(start, end, _CHUNK):
        last = min(first + _CHUNK, end)
        within = joined.where(_leaves.leaf_index >= first, _leaves.leaf_index < last)
        for row in session.execute(within).all():
            yield _line(
                {
                    "kind": "event",
                    "leaf": row.leaf_index,
                    "leaf_hash": row.leaf_hash.hex(),
                    "mac": row.mac.hex(),
                    "seq": row.seq,
                    "xid": row.xid,
                    "event": orjson.Fragment(body_of(row)),
                }
            )


def _checkpoint_before(session: Session, since: int | None) -> Row[Any] | None:
    if since is None:
        return None
    before = select(audit_checkpoints).where(_checkpoints.time <= since)
    return session.execute(before.order_by(_checkpoints.tree_size.desc()).limit(1)).one_or_none()


def _checkpoint_after(session: Session, size: int) -> Row[Any]:
    after = select(audit_checkpoints).where(_checkpoints.tree_size > size)
    return session.execute(after.order_by(_checkpoints.tree_size).limit(1)).one()


def _start(checkpoint: Row[Any] | None) -> dict[str, str] | None:
    if checkpoint is None:
        return None
    return {**_signed(checkpoint), "frontier": checkpoint.frontier.hex()}


def _signed(checkpoint: Row[Any]) -> dict[str, str]:
    return {"body": checkpoint.body, "signature": checkpoint.signature.hex()}


def _line(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)


def _cell(event: Event, column: str) -> str:
    value = getattr(event, column)
    if column == "time":
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
    if column == "details":
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_line(cells: Any) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
