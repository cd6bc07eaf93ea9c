"""Store, open and look at one file of a container."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from app.artifacts.blobstore import BlobMissingError
from app.artifacts.listing import FileInfo, file_info
from app.artifacts.overlaps import refuse_overlap
from app.artifacts.paths import normalize_path, split_path
from app.artifacts.references import release, remover
from app.artifacts.tables import artifact_files, blobs
from app.artifacts.vault import Pieces, Readable, StoredBlob, Vault
from app.errors import IntegrityError, NotFoundError, RangeNotSatisfiableError
from app.identity import Caller
from app.keys import scope_of
from app.securables import Securable

_MAX_CONTENT_TYPE = 255

Authorize = Callable[[], Securable]
"""Obtains the securable that a container belongs to, for the operation at hand."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in; ``length`` is what the client announced, in bytes."""

    container: str
    path: str
    stream: Readable
    length: int | None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file, or bytes [start, end) of it, on its way out; sizes in bytes, the hash of the whole.

    ``chunks`` needs neither session nor transaction, and must be read to the end or closed.
    """

    info: FileInfo
    start: int
    end: int
    chunks: Pieces

    @property
    def size(self) -> int:
        """The bytes of the whole file."""
        return self.info.size

    @property
    def length(self) -> int:
        """The bytes that ``chunks`` yields."""
        return self.end - self.start


def store_file(caller: Caller, vault: Vault, authorize: Authorize, upload: Upload) -> FileInfo:
    """Store a file, replacing one of the same path; return what was stored.

    ``authorize`` is called twice: before the first byte is read, and again when all are there,
    because no transaction is open in between and a right may be gone by then. It must be the first
    use of the caller's session: whatever a transaction already holds is given up. The second
    decision takes the place of the first in the ledger.

    Raises InvalidParameterError for a bad path, LengthRequiredError, TooLargeError,
    IncompleteUploadError, KeyDisabledError, ConflictError if the path is a folder or below a file,
    and what ``authorize`` raises.
    """
    normalize_path(upload.path)
    length = vault.check_length(upload.length)
    decided = len(caller.ledger.entries)
    catalog_id = scope_of(authorize())
    provisional = caller.ledger.entries[decided:]
    # No write lock waits for the key provider, and no connection for the client.
    caller.session.close()
    seal = vault.seal(caller.session, catalog_id)
    caller.session.close()
    stored = vault.receive(seal, upload.stream, length)
    caller.session.after_rollback(remover(vault, [stored.blob_id]))
    try:
        securable = authorize()
    finally:
        del caller.ledger.entries[decided : decided + len(provisional)]
    return attach(caller, vault, securable, upload, stored)


def attach(
    caller: Caller, vault: Vault, securable: Securable, upload: Upload, stored: StoredBlob
) -> FileInfo:
    """Give a received blob its path, within the transaction that authorized it.

    The blob of a replaced file goes once this has committed. Raises as ``store_file``.
    """
    path = normalize_path(upload.path)
    parent, name = split_path(path)
    refuse_overlap(caller.session, upload.container, path)
    catalog_id = scope_of(securable)
    caller.session.execute(
        insert(blobs),
        {
            "id": stored.blob_id,
            "size": stored.size,
            "stored_size": stored.stored_size,
            "sha256": stored.sha256,
            "created_at": caller.now,
        },
    )
    vault.key_ring.admit(caller.session, stored.seal, catalog_id, stored.size)
    replaced = caller.session.execute(
        select(artifact_files.c.blob_id)
        .where(*_at(upload.container, path))
        .with_for_update(of=artifact_files)
    ).scalar()
    content_type = (upload.content_type or "")[:_MAX_CONTENT_TYPE] or None
    values = {
        "container": upload.container,
        "parent": parent,
        "name": name,
        "blob_id": stored.blob_id,
        "catalog_id": catalog_id,
        "content_type": content_type,
        "created_at": caller.now,
        "created_by": caller.principal.id,
    }
    _put(caller, values)
    if replaced is not None:
        release(caller, vault, [replaced])
    return FileInfo(
        path,
        is_dir=False,
        size=stored.size,
        sha256=stored.sha256,
        content_type=content_type,
        created_at=caller.now,
    )


def open_file(
    caller: Caller,
    vault: Vault,
    container: str,
    path: str,
    byte_range: tuple[int, int | None] | None = None,
) -> OpenedFile:
    """Open a file, or a range of its bytes, to be read after the request's session is closed.

    ``byte_range`` is (start, end) with the end excluded and None for the rest; a negative start
    counts from the end (RFC 9110 §14.1.2). An end past the file's is cut to it.

    Raises NotFoundError, KeyDisabledError, RangeNotSatisfiableError (with the size),
    IntegrityError if the stored bytes or their envelope were altered.
    """
    path = normalize_path(path)
    try:
        return _open(caller, vault, _find(caller, container, path), byte_range)
    except (BlobMissingError, IntegrityError):
        # The file may have been replaced since its row was read: it has another blob then.
        row = _find(caller, container, path)
    try:
        return _open(caller, vault, row, byte_range)
    except BlobMissingError as error:
        raise IntegrityError("The stored bytes of this file are gone") from error


def _open(
    caller: Caller, vault: Vault, row: Row[Any], byte_range: tuple[int, int | None] | None
) -> OpenedFile:
    start, end = _resolve(byte_range, row.size)
    stream_key = vault.key_ring.open(caller.session, row.catalog_id, row.blob_id)
    pieces = vault.read(row.blob_id, stream_key, row.size, start, end)
    return OpenedFile(file_info(row), start, end, pieces)


def _find(caller: Caller, container: str, path: str) -> Row[Any]:
    row = caller.session.execute(_files().where(*_at(container, path))).first()
    if row is None:
        raise NotFoundError(f"There is no file {path!r}")
    return row


def _files() -> Select[Any]:
    return select(artifact_files, blobs.c.size, blobs.c.sha256).join(
        blobs, blobs.c.id == artifact_files.c.blob_id
    )


def _at(container: str, path: str) -> tuple[Any, ...]:
    parent, name = split_path(path)
    columns = artifact_files.c
    return columns.container == container, columns.parent == parent, columns.name == name


def _put(caller: Caller, values: dict[str, Any]) -> None:
    """Insert or replace the row; PostgreSQL may meet another upload to the same path here."""
    places = ["container", "parent", "name"]
    changed = {column: values[column] for column in values if column not in places}
    if caller.session.is_sqlite:
        caller.session.execute(
            sqlite.insert(artifact_files)
            .values(values)
            .on_conflict_do_update(index_elements=places, set_=changed)
        )
    else:
        caller.session.execute(
            postgresql.insert(artifact_files)
            .values(values)
            .on_conflict_do_update(index_elements=places, set_=changed)
        )


def _resolve(byte_range: tuple[int, int | None] | None, size: int) -> tuple[int, int]:
    if byte_range is None:
        return 0, size
    start, end = byte_range
    if start < 0:
        start, end = max(0, size + start), size
    end = size if end is None else min(end, size)
    if start >= end:
        raise RangeNotSatisfiableError(
            f"Invalid value for range: the file has {size} bytes", size=size
        )
    return start, end
