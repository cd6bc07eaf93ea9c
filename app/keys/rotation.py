"""Rotate a key and re-wrap the DEKs under it; the stored bytes stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, or_, select, tuple_, update
from sqlalchemy.sql.expression import ColumnElement

from app import access, audit
from app.access import Operation
from app.crypto import Envelope, rewrap, transfer
from app.db import Database, Session
from app.errors import IntegrityError
from app.identity import Caller
from app.keys.customer_keys import CustomerKey, get_row, note_version
from app.keys.ring import KeyRing, crypto_errors, require_enabled, to_envelope
from app.keys.states import KeyState
from app.keys.tables import catalog_keys, envelopes, keys
from app.securables import METASTORE_ID, FullName

BATCH = 300

Progress = Callable[[int, int], None]
"""Told how many envelopes are done, of how many."""

_held = keys.alias("held")
_bound = keys.alias("bound")
_own = catalog_keys.alias("own")
_default = catalog_keys.alias("of_metastore")


def rotate_key(caller: Caller, key_ring: KeyRing, name: FullName) -> CustomerKey:
    """Add a version to a key, which wraps from now on.

    The older envelopes stay readable; ``rewrap_outdated`` brings them up to date afterwards.

    Raises KeyDisabledError unless the key is enabled, NotFoundError or PermissionDeniedError
    without MANAGE, UnavailableError if the provider does not answer.
    """
    key = access.obtain(caller, Operation.KEY_UPDATE, name)
    # Locked before the provider is asked, so that no file is admitted under the older version.
    row = caller.session.execute(
        select(keys.c.kek_id, keys.c.state, keys.c.current_version)
        .where(keys.c.id == key.id)
        .with_for_update()
    ).one()
    require_enabled(row.state)
    with crypto_errors():
        version = key_ring.provider.rotate_key(row.kek_id)
    caller.session.execute(update(keys).where(keys.c.id == key.id).values(current_version=version))
    # A rotation that was undone here has still happened in the provider.
    for missed in range(row.current_version + 1, version + 1):
        note_version(caller, key.id, missed)
    audit.record(caller, Operation.KEY_UPDATE, key, version=version)
    return get_row(caller, key)


def count_outdated(session: Session) -> int:
    """Return how many envelopes ``rewrap_outdated`` would bring up to date."""
    found: int = session.execute(_outdated(func.count()).select_from(_joined())).scalar_one()
    return found


def rewrap_outdated(
    database: Database,
    key_ring: KeyRing,
    *,
    progress: Progress | None = None,
    batch: int = BATCH,
) -> int:
    """Re-wrap every DEK that is under an older version, or another key than its catalog's.

    What is left to do is read from the rows, so a run that was killed is resumed by the next, and
    two runs at once do no harm. A batch is one short transaction; the provider is asked outside of
    it. What is under a key that is not enabled waits until it is. Returns how many were re-wrapped.

    Raises IntegrityError at the end if some envelopes do not verify, having done all others.
    """
    done, failed, after = 0, 0, ("", "")
    with database.session() as session:
        total = count_outdated(session) if progress else 0
        while rows := _next_batch(session, after, batch):
            after = (rows[-1].blob_id, rows[-1].catalog_id)
            fresh = [made for row in rows if (made := _renew(key_ring, row)) is not None]
            failed += len(rows) - len(fresh)
            done += _replace(session, fresh)
            if progress:
                progress(done, max(total, done))
    if failed:
        raise IntegrityError(f"{failed} wrapped keys do not verify and were left as they are")
    return done


def _joined() -> Any:
    """Join an envelope with the key that it is under and the key that its catalog is bound to."""
    return (
        envelopes.join(_held, _held.c.id == envelopes.c.key_id)
        .outerjoin(_own, _own.c.catalog_id == envelopes.c.catalog_id)
        .join(_default, _default.c.catalog_id == METASTORE_ID)
        .join(_bound, _bound.c.id == func.coalesce(_own.c.key_id, _default.c.key_id))
    )


def _outdated(*columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).where(
        _held.c.state == KeyState.ENABLED,
        _bound.c.state == KeyState.ENABLED,
        or_(
            envelopes.c.key_id != _bound.c.id,
            envelopes.c.kek_version < _held.c.current_version,
        ),
    )


def _next_batch(session: Session, after: tuple[str, str], size: int) -> list[Row[Any]]:
    place = tuple_(envelopes.c.blob_id, envelopes.c.catalog_id)
    statement = (
        _outdated(
            *envelopes.c,
            _held.c.kek_id,
            _bound.c.id.label("bound_id"),
            _bound.c.kek_id.label("bound_kek_id"),
        )
        .select_from(_joined())
        .where(place > tuple_(*after))
        .order_by(envelopes.c.blob_id, envelopes.c.catalog_id)
        .limit(size)
    )
    return list(session.execute(statement).all())


def _renew(key_ring: KeyRing, row: Row[Any]) -> dict[str, Any] | None:
    blob_id, envelope = row.blob_id.encode(), to_envelope(row)
    try:
        with crypto_errors():
            if row.key_id == row.bound_id:
                fresh = rewrap(key_ring.provider, envelope, blob_id)
            else:
                fresh = transfer(
                    key_ring.provider, envelope, blob_id, key_ring.provider, row.bound_kek_id
                )
    except IntegrityError:
        return None
    return _change(row, fresh)


def _change(row: Row[Any], fresh: Envelope) -> dict[str, Any]:
    return {
        "at_blob": row.blob_id,
        "at_catalog": row.catalog_id,
        "was_key": row.key_id,
        "was_version": row.kek_version,
        "key_id": row.bound_id,
        "kek_version": fresh.kek_version,
        "wrapped_dek": fresh.wrapped_dek,
    }


def _replace(session: Session, fresh: list[dict[str, Any]]) -> int:
    """Store re-wrapped DEKs where nobody was faster; one transaction."""
    if not fresh:
        return 0
    session.begin()
    session.execute(
        update(envelopes).where(
            envelopes.c.blob_id == bindparam("at_blob"),
            envelopes.c.catalog_id == bindparam("at_catalog"),
            envelopes.c.key_id == bindparam("was_key"),
            envelopes.c.kek_version == bindparam("was_version"),
        ),
        fresh,
    )
    session.commit()
    return len(fresh)
