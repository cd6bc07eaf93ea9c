"""Bring files of runs and logged models: encrypted as they arrive, each by itself."""

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
from app.tracking.resolve import obtain_logged_model, obtain_run

_SIZES = Sql("""
SELECT f.name, b.size FROM artifact_files f JOIN blobs b ON b.id = f.blob_id
WHERE f.container = :container AND f.parent = :directory AND f.name IN_LIST(:names)""")


def find_files(
    caller: Caller,
    into: Import,
    owner: tuple[Origin, str],
    directory: str,
    names: Sequence[str],
) -> dict[str, int]:
    """Return the sizes of those files of a folder that are here already, by name.

    ``owner`` is the run or logged model that has them, by its id over there. Raises NotFoundError,
    PermissionDeniedError.
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
    """Store a file of a run or logged model; the upload's container is not looked at.

    Must be the first use of the session but for reading. Raises InvalidParameterError for a bad
    path, IncompleteUploadError for another length than was announced, TooLargeError,
    ConflictError, KeyDisabledError, NotFoundError, PermissionDeniedError.
    """
    holder = _holder(caller, into, owner)

    def authorize() -> Securable:
        if holder.run_id:
            return obtain_run(caller, Operation.IMPORT_FILE, holder.run_id).experiment.securable
        found = obtain_logged_model(caller, Operation.IMPORT_FILE, holder.model_id, deleted=True)
        return found.experiment.securable

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
    return Holder(run_id=ours) if kind is Origin.RUN else Holder(model_id=ours)
