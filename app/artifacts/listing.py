"""List the files of a container from an index, a page of a folder at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select

from app.artifacts.paths import normalize_directory
from app.artifacts.tables import artifact_files, blobs
from app.db import Page, decode_token, encode_token
from app.identity import Caller

PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file or folder of a container; ``size`` in bytes, ``sha256`` of the plaintext.

    A folder exists as long as a file is below it; it has no size, hash, type or time.
    """

    path: str
    is_dir: bool
    size: int = 0
    sha256: bytes = b""
    content_type: str | None = None
    created_at: int = 0

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def list_files(
    caller: Caller,
    container: str,
    directory: str = "",
    *,
    page_token: str = "",
    limit: int = PAGE_SIZE,
) -> Page[FileInfo]:
    """Return the files and folders that are directly in a folder, by name; empty if it is none.

    Raises InvalidParameterError for a bad path or page token.
    """
    directory = normalize_directory(directory)
    position = decode_token(page_token, 1)
    after = str(position[0]) if position else ""
    found = _list_files_in(caller, container, directory, after, limit)
    found += _list_folders_in(caller, container, directory, after)
    found.sort(key=lambda each: each.name)
    more = len(found) > limit
    return Page(found[:limit], encode_token(found[limit - 1].name) if more else "")


def below(directory: str) -> ColumnElement[bool]:
    """Return the condition for all files in a folder and the folders in it, at any depth."""
    parent = artifact_files.c.parent
    if not directory:
        return parent >= ""
    # "0" comes right after "/": the two bounds hold every folder below this one.
    inside = and_(parent >= f"{directory}/", parent < f"{directory}0")
    return or_(parent == directory, inside)


def file_info(row: Row[Any]) -> FileInfo:
    """Build the value from a row of a file joined with its blob."""
    return FileInfo(
        path=f"{row.parent}/{row.name}" if row.parent else row.name,
        is_dir=False,
        size=row.size,
        sha256=bytes(row.sha256),
        content_type=row.content_type,
        created_at=row.created_at,
    )


def _list_files_in(
    caller: Caller, container: str, directory: str, after: str, limit: int
) -> list[FileInfo]:
    columns = artifact_files.c
    rows = caller.session.execute(
        select(artifact_files, blobs.c.size, blobs.c.sha256)
        .join(blobs, blobs.c.id == columns.blob_id)
        .where(columns.container == container, columns.parent == directory, columns.name > after)
        .order_by(columns.name)
        .limit(limit + 1)
    )
    return [file_info(row) for row in rows]


def _list_folders_in(caller: Caller, container: str, directory: str, after: str) -> list[FileInfo]:
    parent = artifact_files.c.parent
    prefix = f"{directory}/" if directory else ""
    condition = parent > prefix + after
    if directory:
        condition = and_(condition, parent < f"{directory}0")
    parents = caller.session.execute(
        select(parent).distinct().where(artifact_files.c.container == container, condition)
    ).scalars()
    names = {each[len(prefix) :].partition("/")[0] for each in parents}
    return [FileInfo(prefix + name, is_dir=True) for name in names if name > after]
