"""What a key has in its hands: the containers that become unreadable without it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, distinct, func, select

from app import access
from app.access import Operation
from app.artifacts.tables import artifact_files
from app.identity import Caller
from app.keys.tables import envelopes
from app.securables import FullName

_KINDS = ("run", "logged_model", "version", "securable", "asset", "principal")


@dataclass(frozen=True, slots=True)
class Stake:
    """How many containers of a kind, with how many files and plaintext bytes, a key protects.

    ``kind`` is what stands before the colon of a container: ``run``, ``logged_model``, ``version``.
    """

    kind: str
    containers: int
    files: int
    size: int


def preview_disable(caller: Caller, name: FullName) -> list[Stake]:
    """Return what nobody could read without a key, by kind, without naming any of it.

    Raises NotFoundError or PermissionDeniedError.
    """
    key = access.obtain(caller, Operation.KEY_READ, name)
    container = artifact_files.c.container
    # ";" comes right after ":".
    kind = case(
        *(((container >= f"{kind}:") & (container < f"{kind};"), kind) for kind in _KINDS),
        else_="other",
    ).label("kind")
    rows = caller.session.execute(
        select(
            kind,
            func.count(distinct(container)).label("containers"),
            func.count().label("files"),
            func.sum(envelopes.c.size).label("size"),
        )
        .join(
            envelopes,
            (envelopes.c.blob_id == artifact_files.c.blob_id)
            & (envelopes.c.catalog_id == artifact_files.c.catalog_id),
        )
        .where(envelopes.c.key_id == key.id)
        .group_by(kind)
        .order_by(kind)
    )
    return [Stake(row.kind, row.containers, row.files, int(row.size)) for row in rows]
