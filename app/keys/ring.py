"""The key ring: makes, opens, shares and admits the DEKs of blobs, under whichever key is bound.

The state of the key is read with the envelope, for every use: a key that was disabled a moment ago
is refused in every process, and no DEK outlives what it was asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select

from app.crypto import Envelope, KeyProvider, StreamKey, open_dek, rewrap, seal_dek, transfer
from app.crypto.errors import CryptoError, KeyUnavailableError
from app.db import Session
from app.errors import IntegrityError, KeyDisabledError, UnavailableError
from app.keys.states import KeyState
from app.keys.tables import catalog_keys, envelopes, keys
from app.securables import METASTORE_ID, Securable

# The metastore's id is the smallest there is: a catalog's own binding comes first.
_BOUND = (
    select(keys.c.id, keys.c.kek_id, keys.c.state, keys.c.current_version)
    .join(catalog_keys, catalog_keys.c.key_id == keys.c.id)
    .order_by(catalog_keys.c.catalog_id.desc())
    .limit(1)
)
_ENVELOPE = select(keys.c.kek_id, keys.c.state, envelopes).join(
    keys, keys.c.id == envelopes.c.key_id
)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Seal:
    """A fresh DEK for one blob, and the envelope that will open it again."""

    blob_id: str
    stream_key: StreamKey
    envelope: Envelope


class KeyRing:
    """Uses the keys of one provider; shared by all threads, and holds no secret itself."""

    def __init__(self, provider: KeyProvider, *, provider_name: str = "local") -> None:
        self.provider = provider
        self.provider_name = provider_name

    def check(self) -> None:
        """Raise UnavailableError if the provider does not answer."""
        with crypto_errors():
            self.provider.check()

    def seal_for(self, session: Session, catalog_id: str, blob_id: str) -> Seal:
        """Make the DEK of a new blob, wrapped by the key that protects the catalog.

        Raises KeyDisabledError unless that key is enabled, UnavailableError if the provider does
        not answer.
        """
        bound = _bound_key(session, catalog_id)
        with crypto_errors():
            stream_key, envelope = seal_dek(self.provider, bound.kek_id, blob_id.encode())
        return Seal(blob_id, stream_key, envelope)

    def admit(self, session: Session, seal: Seal, catalog_id: str, size: int) -> None:
        """Keep the envelope of a blob of ``size`` plaintext bytes, within the open transaction.

        Whatever happened to the key since ``seal_for`` counts: another key or version that is in
        force by now wraps the DEK again. Raises as ``seal_for``.
        """
        bound = _bound_key(session, catalog_id, hold=True)
        envelope, blob_id = seal.envelope, seal.blob_id.encode()
        with crypto_errors():
            if envelope.kek_id != bound.kek_id:
                envelope = transfer(self.provider, envelope, blob_id, self.provider, bound.kek_id)
            elif envelope.kek_version < bound.current_version:
                envelope = rewrap(self.provider, envelope, blob_id)
        row = _to_row(envelope, bound.id)
        session.execute(
            insert(envelopes),
            {"blob_id": seal.blob_id, "catalog_id": catalog_id, "size": size, **row},
        )

    def open(self, session: Session, catalog_id: str, blob_id: str) -> StreamKey:
        """Return the DEK of a blob as the catalog holds it.

        Raises KeyDisabledError unless its key is enabled, IntegrityError if the envelope was
        altered or belongs to another blob or key, UnavailableError if the provider does not answer.
        """
        (row,) = _find_envelopes(session, [blob_id], catalog_id)
        with crypto_errors():
            return open_dek(self.provider, to_envelope(row), blob_id.encode())

    def share(
        self,
        session: Session,
        blob_ids: Collection[str],
        source_catalog_id: str,
        target_catalog_id: str,
    ) -> None:
        """Wrap DEKs for a second catalog, which then holds the blobs without the first.

        Those that it holds already stay as they are. Raises as ``open``, for the keys of both
        catalogs.
        """
        bound = _bound_key(session, target_catalog_id, hold=True)
        waiting = sorted(blob_ids)
        for first in range(0, len(waiting), _AT_ONCE):
            batch = waiting[first : first + _AT_ONCE]
            held = _held(session, batch, target_catalog_id)
            missing = [blob_id for blob_id in batch if blob_id not in held]
            rows = _find_envelopes(session, missing, source_catalog_id)
            shared = [self._shared(row, bound, target_catalog_id) for row in rows]
            if shared:
                session.execute(insert(envelopes), shared)

    def forget(self, session: Session, blob_id: str) -> None:
        """Delete the envelopes of something that is gone; nobody can open it any more."""
        session.execute(delete(envelopes).where(envelopes.c.blob_id == blob_id))

    def _shared(self, row: Row[Any], bound: Row[Any], catalog_id: str) -> dict[str, Any]:
        with crypto_errors():
            envelope = transfer(
                self.provider, to_envelope(row), row.blob_id.encode(), self.provider, bound.kek_id
            )
        return {
            "blob_id": row.blob_id,
            "catalog_id": catalog_id,
            "size": row.size,
            **_to_row(envelope, bound.id),
        }


def scope_of(securable: Securable) -> str:
    """Return the catalog whose key protects the bytes of a securable; the metastore if none."""
    return securable.catalog_id or METASTORE_ID


def require_enabled(state: str) -> None:
    """Raise KeyDisabledError unless a key in this state may be used.

    The message names no key: whoever may read the bytes may not know of it.
    """
    if state != KeyState.ENABLED:
        what = KeyState(state).value.replace("_", " ")
        raise KeyDisabledError(f"The customer-managed key that protects these bytes is {what}")


@contextmanager
def crypto_errors() -> Iterator[None]:
    """Turn what ``app.crypto`` raises into errors for a caller."""
    try:
        yield
    except KeyUnavailableError as error:
        raise UnavailableError("The key provider cannot use the key at the moment") from error
    except CryptoError as error:
        raise IntegrityError(f"Stored bytes do not verify: {error}") from error


def to_envelope(row: Row[Any]) -> Envelope:
    """Build the envelope from a row of ``envelopes`` joined with its key's ``kek_id``."""
    return Envelope(
        row.kek_id,
        row.kek_version,
        bytes(row.wrapped_dek),
        bytes(row.salt),
        bytes(row.commitment),
        row.format_version,
    )


def _to_row(envelope: Envelope, key_id: str) -> dict[str, Any]:
    return {
        "key_id": key_id,
        "kek_version": envelope.kek_version,
        "wrapped_dek": envelope.wrapped_dek,
        "salt": envelope.salt,
        "commitment": envelope.commitment,
        "format_version": envelope.format_version,
    }


def _bound_key(session: Session, catalog_id: str, *, hold: bool = False) -> Row[Any]:
    statement = _BOUND.where(catalog_keys.c.catalog_id.in_([catalog_id, METASTORE_ID]))
    if hold:
        # A rotation waits for this transaction, so that it finds the envelope being added.
        statement = statement.with_for_update(read=True, of=keys)
    row = session.execute(statement).first()
    if row is None:
        raise UnavailableError("This metastore has no key yet")
    require_enabled(row.state)
    return row


def _held(session: Session, blob_ids: list[str], catalog_id: str) -> set[str]:
    rows = session.execute(
        select(envelopes.c.blob_id).where(
            envelopes.c.blob_id.in_(blob_ids), envelopes.c.catalog_id == catalog_id
        )
    )
    return set(rows.scalars())


def _find_envelopes(session: Session, blob_ids: list[str], catalog_id: str) -> Sequence[Row[Any]]:
    rows = session.execute(
        _ENVELOPE.where(envelopes.c.blob_id.in_(blob_ids), envelopes.c.catalog_id == catalog_id)
    ).all()
    if len(rows) != len(blob_ids):
        raise IntegrityError("Stored bytes have no envelope")
    for state in {row.state for row in rows}:
        require_enabled(state)
    return rows
