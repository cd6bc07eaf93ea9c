"""The journal of an import: written in the transaction of each thing that is brought."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping

import orjson

from app import access, audit
from app.access import Operation
from app.db.metadata import new_id
from app.db.statements import Sql
from app.errors import NotFoundError
from app.identity import Caller
from app.imports.values import Brought, Import, Origin
from app.securables import FullName, Kind

_BEGIN = Sql("""
INSERT INTO imports (source, schema_id, created_by, created_at)
VALUES (:source, :schema_id, :principal, :now)
ON CONFLICT (source, schema_id) DO UPDATE SET source = excluded.source RETURNING pk""")
_NOTE = Sql("""
INSERT INTO imported (import_pk, kind, source_id, ours, is_whole, counted)
VALUES (:pk, :kind, :source_id, :ours, :is_whole, :counted)
ON CONFLICT (import_pk, kind, source_id) DO UPDATE
SET ours = excluded.ours, is_whole = excluded.is_whole, counted = excluded.counted""")
_FIND = Sql("""
SELECT source_id, ours, is_whole FROM imported
WHERE import_pk = :pk AND kind = :kind AND source_id IN_LIST(:ids)""")
_RUN_TAKEN = Sql("SELECT 1 FROM runs WHERE run_id = :id")
_MODEL_TAKEN = Sql("SELECT 1 FROM logged_models WHERE model_id = :id")
_RUN_ID = re.compile("[0-9a-f]{32}")
_MODEL_ID = re.compile("m-[0-9a-f]{32}")


def begin_import(caller: Caller, source: str, place: FullName) -> Import:
    """Begin to bring what a server has into a schema, or go on where it was left.

    Raises NotFoundError if the schema is absent or hidden, PermissionDeniedError.
    """
    schema = access.obtain(caller, Operation.IMPORT_START, place, kind=Kind.SCHEMA)
    pk: int = _BEGIN.run(
        caller.session,
        source=source,
        schema_id=schema.id,
        principal=caller.principal.id,
        now=caller.now,
    ).scalar_one()
    audit.record(caller, Operation.IMPORT_START, schema, source=source)
    return Import(pk, source, schema.full_name, schema.id)


def find_brought(
    caller: Caller, into: Import, kind: Origin, source_ids: Iterable[str]
) -> dict[str, Brought]:
    """Return what of the source is here already, or begun, by its ids over there.

    Raises NotFoundError if the schema is absent or hidden by now, PermissionDeniedError.
    """
    access.obtain(caller, Operation.IMPORT_READ, into.schema_id, kind=Kind.SCHEMA)
    return look_up(caller, into, kind, source_ids)


def look_up(
    caller: Caller, into: Import, kind: Origin, source_ids: Iterable[str]
) -> dict[str, Brought]:
    """Return the journal's lines for ids of the source, to use-cases that decide themselves."""
    rows = _FIND.run(caller.session, pk=into.pk, kind=kind.value, ids=list(source_ids))
    return {row.source_id: Brought(row.ours, bool(row.is_whole)) for row in rows}


def require(caller: Caller, into: Import, kind: Origin, source_id: str) -> str:
    """Return the id here of something that was begun; raises NotFoundError for anything else."""
    found = look_up(caller, into, kind, [source_id]).get(source_id)
    if found is None:
        msg = f"The {kind.value} {source_id[:80]!r} of {into.source} was not brought"
        raise NotFoundError(msg)
    return found.ours


def note(
    caller: Caller,
    into: Import,
    kind: Origin,
    source_id: str,
    brought: Brought,
    counted: Mapping[str, int] | None = None,
) -> None:
    """Write down what something of the source is here, and how much the source had of it."""
    _NOTE.run(
        caller.session,
        pk=into.pk,
        kind=kind.value,
        source_id=source_id,
        ours=brought.ours,
        is_whole=brought.is_whole,
        counted=orjson.dumps(counted or {}).decode(),
    )


def claim_run(caller: Caller, into: Import, source_id: str) -> str:
    """Return the id that a run of the source has here or is to have: its own, if that is free.

    To be called within the transaction of what needs the id.
    """
    known = look_up(caller, into, Origin.RUN, [source_id]).get(source_id)
    if known is not None:
        return known.ours
    is_free = (
        _RUN_ID.fullmatch(source_id) and not _RUN_TAKEN.run(caller.session, id=source_id).all()
    )
    run_id = source_id if is_free else new_id()
    note(caller, into, Origin.RUN, source_id, Brought(run_id, is_whole=False))
    return run_id


def claim_logged_model(caller: Caller, into: Import, source_id: str) -> str:
    """Return the id that a logged model of the source has here or is to have, as ``claim_run``."""
    known = look_up(caller, into, Origin.LOGGED_MODEL, [source_id]).get(source_id)
    if known is not None:
        return known.ours
    taken = _MODEL_TAKEN.run(caller.session, id=source_id).all()
    is_free = _MODEL_ID.fullmatch(source_id) and not taken
    model_id = source_id if is_free else f"m-{secrets.token_hex(16)}"
    note(caller, into, Origin.LOGGED_MODEL, source_id, Brought(model_id, is_whole=False))
    return model_id
