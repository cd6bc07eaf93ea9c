"""Bring files of runs, logged models and traces: encrypted as they arrive, each by itself."""

from __future__ import annotations

from collections.abc import Sequence

from app import access, artifacts, audit
from app.access import Operation
from app.artifacts import FileInfo, Upload, Vault
from app.db.statements import Sql
from app.identity import Caller
from app.imports.journal import require
from app.imports.values import Import, Origin
from app.securables import Kind, Securable
from app.tracking.files import Holder
from app.tracking.resolve import ExperimentRef, obtain_logged_model, obtain_run
from app.tracking.traces.resolve import obtain_trace, trace_not_found

_SIZES = Sql("""
SELECT f.name, b.size FROM artifact_files f JOIN blobs b ON b.id = f.blob_id
WHERE f.container = :container AND f.parent = :directory AND f.name IN_LIST(:names)""")

_OF_TRACE = Sql("""
SELECT t.experiment_number FROM traces t JOIN imported e ON e.import_pk = :pk
 AND e.kind = 'experiment' AND e.ours = CAST(t.experiment_number AS varchar(20))
WHERE t.trace_id = :trace_id""")


def find_files(
    caller: Caller,
    into: Import,
    owner: tuple[Origin, str],
    directory: str,
    names: Sequence[str],
) -> dict[str, int]:
    """Return the sizes of those files of a folder that are here already, by name.

    ``owner`` is the run, logged model or trace that has them, by its id over there. Raises
    NotFoundError, PermissionDeniedError.
    """
    access.obtain(caller, Operation.IMPORT_READ, into.schema_id, kind=Kind.SCHEMA)
    container = _holder(caller, into, owner).container
    rows = _SIZES.run(caller.session, container=container, directory=directory, names=list(names))
    return {row.name: row.size for row in rows}


def bring_file(
    caller: Caller,
    vault: Vault,
    into: Import,
    owner: tuple[Origin, str],
    upload: Upload,
) -> FileInfo:
    """Store a file of a run, logged model or trace; the upload's container is not looked at.

    Must be the first use of the session but for reading. Raises InvalidParameterError for a bad
    path, IncompleteUploadError for another length than was announced, TooLargeError,
    ConflictError, KeyDisabledError, NotFoundError, PermissionDeniedError.
    """
    holder = _holder(caller, into, owner)

    def authorize() -> Securable:
        return _obtain(caller, holder).securable

    placed = Upload(
        holder.container, upload.path, upload.stream, upload.length, upload.content_type
    )
    stored = artifacts.store_file(caller, vault, authorize, placed)
    audit.record(
        caller,
        Operation.IMPORT_FILE,
        source=into.source,
        container=holder.container,
        path=stored.path,
        size=stored.size,
        sha256=stored.sha256.hex(),
    )
    return stored


def _holder(caller: Caller, into: Import, owner: tuple[Origin, str]) -> Holder:
    kind, source_id = owner
    ours = require(caller, into, kind, source_id)
    match kind:
        case Origin.RUN:
            return Holder(run_id=ours)
        case Origin.TRACE:
            row = _OF_TRACE.run(caller.session, pk=into.pk, trace_id=ours).first()
            if row is None:
                raise trace_not_found(ours)
            return Holder(trace_id=ours, experiment_id=str(row.experiment_number))
        case _:
            return Holder(model_id=ours)


def _obtain(caller: Caller, holder: Holder) -> ExperimentRef:
    operation = Operation.IMPORT_FILE
    if holder.run_id:
        return obtain_run(caller, operation, holder.run_id).experiment
    if holder.trace_id:
        number = int(holder.experiment_id or "")
        return obtain_trace(caller, operation, holder.trace_id, number=number).experiment
    return obtain_logged_model(caller, operation, holder.model_id, deleted=True).experiment
