"""A path is a file or a folder of a container, never both, whoever stores at the same moment."""

from __future__ import annotations

import hashlib

from sqlalchemy import exists, or_, select, tuple_

from app.artifacts.listing import below
from app.artifacts.paths import split_path
from app.artifacts.tables import artifact_files
from app.db import Session
from app.errors import ConflictError

_MOST_LOCKS = 16


def refuse_overlap(session: Session, container: str, path: str) -> None:
    """Refuse a file where there is a folder, and a folder where there is a file.

    The path stays as free as it is found until the open transaction ends. Raises ConflictError.
    """
    if not session.is_sqlite:
        _lock(session, container, path)
    above = [split_path(prefix) for prefix in _prefixes(path)[:-1]]
    columns = artifact_files.c
    in_the_way = select(columns.name).where(
        columns.container == container,
        or_(below(path), tuple_(columns.parent, columns.name).in_(above)),
    )
    if session.execute(select(exists(in_the_way))).scalar():
        raise ConflictError(f"{path!r} is a folder, or a part of it is a file", field="path")


def _lock(session: Session, container: str, path: str) -> None:
    """Wait for whoever makes a folder of this path, or a file of a folder that it is in.

    Files of one folder share its lock. On SQLite the transaction is all of this already. A deep
    path stands for all below the last folder that is locked: the server has room for few locks.
    """
    locked = _prefixes(path)[:_MOST_LOCKS]
    shared = "pg_advisory_xact_lock_shared(%s), " * (len(locked) - 1)
    numbers = [_number(container, prefix) for prefix in locked]
    session.driver_execute(f"SELECT {shared}pg_advisory_xact_lock(%s)", tuple(numbers))


def _prefixes(path: str) -> list[str]:
    """Return the folders that a path is in, from the top, and the path."""
    segments = path.split("/")
    return ["/".join(segments[:count]) for count in range(1, len(segments) + 1)]


def _number(container: str, prefix: str) -> int:
    """Return what PostgreSQL knows a lock by, a signed whole number of 64 bits."""
    digest = hashlib.sha256(f"{container}/{prefix}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
