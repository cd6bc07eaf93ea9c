"""Let go of blobs: what no file names any more loses its envelopes, its row and its bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from sqlalchemy import delete, exists, select

from app.artifacts.tables import artifact_files, blobs
from app.artifacts.vault import Vault
from app.db import Session
from app.errors import UnavailableError
from app.identity import Caller
from app.keys.tables import envelopes

_AT_ONCE = 500


def release(caller: Caller, vault: Vault, blob_ids: Iterable[str]) -> None:
    """Forget those of the blobs that lost their last file, and remove their bytes after commit."""
    forgotten = forget_unnamed(caller.session, sorted(set(blob_ids)))
    caller.session.after_commit(remover(vault, forgotten))


def forget_unnamed(session: Session, blob_ids: Sequence[str]) -> list[str]:
    """Delete the rows of those blobs that no file names, and return their ids.

    Needs an open transaction. Envelopes of catalogs that no longer share a blob go as well.
    """
    forgotten: list[str] = []
    for first in range(0, len(blob_ids), _AT_ONCE):
        batch = blob_ids[first : first + _AT_ONCE]
        # A copy that is being made names one of these: wait for it, then count anew.
        session.execute(
            select(blobs.c.id).where(blobs.c.id.in_(batch)).order_by(blobs.c.id).with_for_update()
        ).all()
        shared = exists().where(
            artifact_files.c.blob_id == envelopes.c.blob_id,
            artifact_files.c.catalog_id == envelopes.c.catalog_id,
        )
        session.execute(delete(envelopes).where(envelopes.c.blob_id.in_(batch), ~shared))
        named = exists().where(artifact_files.c.blob_id == blobs.c.id)
        unnamed = select(blobs.c.id).where(blobs.c.id.in_(batch), ~named)
        ids = list(session.execute(unnamed).scalars())
        session.execute(delete(blobs).where(blobs.c.id.in_(ids)))
        forgotten += ids
    return forgotten


def remover(vault: Vault, blob_ids: list[str]) -> Callable[[], None]:
    """Return what removes the bytes of blobs once their rows are gone."""

    def remove() -> None:
        # What cannot be removed now has no row any more, and is collected as an orphan.
        with suppress(UnavailableError):
            for blob_id in blob_ids:
                vault.blobs.delete(blob_id)

    return remove
