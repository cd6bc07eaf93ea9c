"""What a key has in its hands: the containers that become unreadable without it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, case, distinct, func, select

from app import access
from app.access import Operation
from app.access.named import securable_of, select_named
from app.artifacts.tables import artifact_files
from app.db import Session
from app.identity import Caller
from app.keys import KeyState
from app.keys.tables import envelopes, keys
from app.securables import FullName, Kind, Securable
from app.securables.tables import securables

_VERSIONS, _AFTER_VERSIONS = "version:", "version;"  # ";" comes right after ":"
_ID_LENGTH = 32
_ENVELOPED = and_(
    envelopes.c.blob_id == artifact_files.c.blob_id,
    envelopes.c.catalog_id == artifact_files.c.catalog_id,
)
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
        .join(envelopes, _ENVELOPED)
        .where(envelopes.c.key_id == key.id)
        .group_by(kind)
        .order_by(kind)
    )
    return [Stake(row.kind, row.containers, row.files, int(row.size)) for row in rows]


def models_at_stake(caller: Caller, name: FullName, limit: int) -> list[Securable]:
    """Return the first models, by name, of which the caller sees that they would be unreadable.

    Raises NotFoundError or PermissionDeniedError.
    """
    key = access.obtain(caller, Operation.KEY_READ, name)
    container = artifact_files.c.container
    at_stake = (
        select(func.substr(container, len(_VERSIONS) + 1, _ID_LENGTH))
        .join(envelopes, _ENVELOPED)
        .where(envelopes.c.key_id == key.id, container >= _VERSIONS, container < _AFTER_VERSIONS)
    )
    seen = access.visible_beside(caller, Operation.REGISTERED_MODEL_READ, Kind.REGISTERED_MODEL)
    rows = caller.session.execute(
        select_named()
        .where(securables.c.id.in_(at_stake), seen)
        .order_by(securables.c.name, securables.c.id)
        .limit(limit)
    )
    return [securable_of(row) for row in rows]


def state_of_key(session: Session, container: str) -> KeyState | None:
    """Return the state of the key that a container's files are under; None if it has no file."""
    state = session.execute(
        select(keys.c.state)
        .select_from(artifact_files)
        .join(envelopes, _ENVELOPED)
        .join(keys, keys.c.id == envelopes.c.key_id)
        .where(artifact_files.c.container == container)
        .limit(1)
    ).scalar()
    return KeyState(state) if state is not None else None
