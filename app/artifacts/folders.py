"""Delete and copy whole folders, or single files, without touching their bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select
from sqlalchemy.exc import IntegrityError as DatabaseIntegrityError

from app.artifacts.listing import below
from app.artifacts.paths import normalize_directory, split_path
from app.artifacts.references import release
from app.artifacts.tables import artifact_files
from app.artifacts.vault import Vault
from app.errors import ConflictError, NotFoundError
from app.identity import Caller
from app.keys import scope_of
from app.securables import Securable


def delete_files(caller: Caller, vault: Vault, container: str, path: str = "") -> int:
    """Delete a file, a folder with all that is in it, or a whole container; return how many files.

    Raises NotFoundError if there is nothing, InvalidParameterError for a bad path.
    """
    path = normalize_directory(path)
    chosen = and_(artifact_files.c.container == container, _at_or_below(path))
    blob_ids = caller.session.execute(
        delete(artifact_files).where(chosen).returning(artifact_files.c.blob_id)
    ).scalars()
    deleted = list(blob_ids)
    if not deleted:
        raise NotFoundError(f"There is no file or folder {path!r}")
    release(caller, vault, deleted)
    return len(deleted)


def delete_containers(caller: Caller, vault: Vault, containers: Sequence[str]) -> int:
    """Delete all files of some containers, whether they have any or not; return how many files."""
    chosen = artifact_files.c.container.in_(containers)
    deleted = list(
        caller.session.execute(
            delete(artifact_files).where(chosen).returning(artifact_files.c.blob_id)
        ).scalars()
    )
    release(caller, vault, deleted)
    return len(deleted)


def copy_files(
    caller: Caller,
    vault: Vault,
    from_container: str,
    to_container: str,
    target: Securable,
    *,
    directory: str = "",
) -> int:
    """Let a new container share the files of another, or of a folder in it; return how many.

    What was in ``directory`` is at the top of the new container. No bytes are copied: a DEK is
    wrapped once more where the target's catalog does not hold it yet. ``target`` is the securable
    that the new container belongs to.

    Raises NotFoundError if there is nothing to copy, ConflictError if a path is taken or the files
    change meanwhile, KeyDisabledError unless the keys of both catalogs are enabled.
    """
    directory = normalize_directory(directory)
    catalog_id = scope_of(target)
    # Held until the commit: what a file names is not let go of as long as the file is there.
    rows = caller.session.execute(
        select(artifact_files)
        .where(artifact_files.c.container == from_container, below(directory))
        .order_by(artifact_files.c.blob_id)
        .with_for_update(read=True)
    ).all()
    if not rows:
        raise NotFoundError(f"There are no files in {directory!r}")
    sources: dict[str, set[str]] = {}
    for row in rows:
        sources.setdefault(row.catalog_id, set()).add(row.blob_id)
    try:
        for source_catalog_id, blob_ids in sources.items():
            vault.key_ring.share(caller.session, blob_ids, source_catalog_id, catalog_id)
        caller.session.execute(
            insert(artifact_files),
            [_copied(caller, row, to_container, catalog_id, directory) for row in rows],
        )
    except DatabaseIntegrityError as error:
        raise ConflictError("The files changed while they were copied, or are there") from error
    return len(rows)


def _at_or_below(path: str) -> ColumnElement[bool]:
    if not path:
        return below(path)
    parent, name = split_path(path)
    is_file = and_(artifact_files.c.parent == parent, artifact_files.c.name == name)
    return or_(is_file, below(path))


def _copied(
    caller: Caller, row: Row[Any], container: str, catalog_id: str, directory: str
) -> dict[str, Any]:
    return {
        "container": container,
        "parent": row.parent[len(directory) :].removeprefix("/"),
        "name": row.name,
        "blob_id": row.blob_id,
        "catalog_id": catalog_id,
        "content_type": row.content_type,
        "created_at": caller.now,
        "created_by": caller.principal.id,
    }
