"""Collect what belongs to no file: blobs of dead uploads, and bytes that outlived their row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import exists, select

from app.artifacts.references import forget_unnamed
from app.artifacts.tables import artifact_files, blobs
from app.artifacts.vault import Vault
from app.db import Database, Session
from app.db.metadata import now_millis

_AT_ONCE = 500


def collect_orphans(database: Database, vault: Vault, age: int) -> int:
    """Remove what no file names and is older than ``age`` seconds; return how many blobs.

    An upload in progress is safe: until its last byte is written it holds a lock, and from then on
    it has ``age`` seconds to get its row.
    """
    removed = vault.blobs.remove_abandoned(age)
    with database.session() as session:
        _forget_rows(session, now_millis() - age * 1000)
        candidates = vault.blobs.blobs_older_than(age)
        while batch := list(islice(candidates, _AT_ONCE)):
            for blob_id in _without_row(session, batch):
                vault.blobs.delete(blob_id)
                removed += 1
    return removed


def _forget_rows(session: Session, before: int) -> None:
    """Delete rows of blobs without a file; their bytes have no row then and are found below."""
    named = exists().where(artifact_files.c.blob_id == blobs.c.id)
    unnamed = select(blobs.c.id).where(blobs.c.created_at <= before, ~named).limit(_AT_ONCE)
    while ids := list(session.execute(unnamed).scalars()):
        session.begin()
        forget_unnamed(session, ids)
        session.commit()


def _without_row(session: Session, blob_ids: list[str]) -> Iterator[str]:
    known = set(session.execute(select(blobs.c.id).where(blobs.c.id.in_(blob_ids))).scalars())
    return (blob_id for blob_id in blob_ids if blob_id not in known)
