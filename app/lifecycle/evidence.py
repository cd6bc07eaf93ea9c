"""Read, export and verify the log; see what happened to one securable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from app import access, audit
from app.access import METASTORE, Operation
from app.access.obtain import Target
from app.audit.export import export_csv, export_json_lines
from app.audit.ocsf import export_ocsf
from app.audit.queries import Event, EventFilter, search_events
from app.audit.verify import verify_database
from app.audit.walk import Progress, Verdict
from app.crypto import AuditKeys
from app.db import Database, Page
from app.errors import InvalidParameterError
from app.identity import Caller
from app.securables import Kind


class ExportFormat(StrEnum):
    """How the log is written out; of these, JSON Lines prove themselves."""

    JSON_LINES = "jsonl"
    CSV = "csv"
    OCSF = "ocsf"


def list_events(
    caller: Caller, wanted: EventFilter, *, limit: int = 100, page_token: str = ""
) -> Page[Event]:
    """Return a page of the whole log, newest first.

    Raises NotFoundError or PermissionDeniedError without READ AUDIT or MANAGE on the metastore,
    InvalidParameterError for a token that is not of this list.
    """
    access.obtain(caller, Operation.AUDIT_READ, METASTORE)
    return search_events(caller.session, wanted, limit=limit, page_token=page_token)


def events_of(
    caller: Caller,
    target: Target,
    *,
    kind: Kind | None = None,
    limit: int = 100,
    page_token: str = "",
) -> Page[Event]:
    """Return a page of what happened to one securable, under whatever name, newest first.

    Raises NotFoundError or PermissionDeniedError for whom ``grant.read`` on it is not permitted:
    who may see the grants may see what came of them. InvalidParameterError as ``list_events``.
    """
    securable = access.obtain(caller, Operation.GRANT_READ, target, kind=kind)
    wanted = EventFilter(securable_id=securable.id)
    return search_events(caller.session, wanted, limit=limit, page_token=page_token)


def export_events(
    caller: Caller,
    database: Database,
    keys: AuditKeys,
    export_format: ExportFormat,
    wanted: EventFilter,
) -> Iterator[bytes]:
    """Return the lines of an export, which are read as they are asked for.

    They come through a session of their own, since they are sent after the caller's has committed
    this export's own event.

    Raises NotFoundError or PermissionDeniedError without READ AUDIT or MANAGE on the metastore,
    InvalidParameterError for JSON Lines with another condition than ``since``: what is left out
    cannot be proved.
    """
    access.obtain(caller, Operation.AUDIT_EXPORT, METASTORE)
    is_verifiable = export_format is ExportFormat.JSON_LINES
    if is_verifiable and replace(wanted, since=None) != EventFilter():
        raise InvalidParameterError(
            "A verifiable export is of all events since a moment: use csv or ocsf to choose some",
            field="format",
        )
    audit.record(caller, Operation.AUDIT_EXPORT, format=export_format)
    return _lines(database, keys, export_format, wanted)


def verify_log(
    caller: Caller,
    database: Database,
    keys: AuditKeys,
    checkpoints_dir: Path,
    progress: Progress | None = None,
) -> Verdict:
    """Verify the whole log, however long that takes, and note in it what was found.

    Raises NotFoundError or PermissionDeniedError without READ AUDIT or MANAGE on the metastore.
    """
    access.obtain(caller, Operation.AUDIT_EXPORT, METASTORE)
    with database.unlimited.session() as session:
        verdict = verify_database(session, keys, checkpoints_dir, progress)
    flaw = None if verdict.is_sound else str(verdict.flaw)
    audit.record(caller, Operation.AUDIT_EXPORT, verified=verdict.sealed, flaw=flaw)
    return verdict


def _lines(
    database: Database, keys: AuditKeys, export_format: ExportFormat, wanted: EventFilter
) -> Iterator[bytes]:
    with database.unlimited.session() as session:
        match export_format:
            case ExportFormat.JSON_LINES:
                yield from export_json_lines(session, keys.key_id, since=wanted.since)
            case ExportFormat.CSV:
                yield from export_csv(session, wanted)
            case ExportFormat.OCSF:
                yield from export_ocsf(session, wanted)
