"""The secrets that deliveries are signed with: at rest only as ciphertext, under a catalog's key.

A secret is sealed as a file is, with a DEK of its own, wrapped by the key that protects the
workspace's catalog: rotation re-wraps it, and while the key is disabled nothing can be signed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from app.crypto import decrypt_range, encrypt
from app.db import Session
from app.db.metadata import new_id
from app.errors import InvalidParameterError
from app.keys import KeyRing, crypto_errors

MAX_SECRET = 1_000


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret as it is stored; ``size`` counts its plaintext bytes."""

    id: str
    ciphertext: bytes = field(repr=False)
    size: int


def check_secret(secret: str) -> bytes:
    """Return the bytes of a secret; raises InvalidParameterError for one that cannot be kept."""
    if len(secret) > MAX_SECRET or not secret.isprintable():
        msg = f"Invalid value for secret: it is up to {MAX_SECRET} printable characters"
        raise InvalidParameterError(msg, field="secret")
    return secret.encode()


def seal_secret(
    session: Session, key_ring: KeyRing, catalog_id: str, secret: bytes
) -> SealedSecret:
    """Encrypt a secret for a catalog, within the open transaction.

    Raises KeyDisabledError unless the catalog's key is enabled, UnavailableError if the provider
    does not answer.
    """
    seal = key_ring.seal_for(session, catalog_id, new_id())
    ciphertext = io.BytesIO()
    encrypt([secret], ciphertext, seal.stream_key)
    key_ring.admit(session, seal, catalog_id, len(secret))
    return SealedSecret(seal.blob_id, ciphertext.getvalue(), len(secret))


def open_secret(
    session: Session, key_ring: KeyRing, catalog_id: str, sealed: SealedSecret
) -> bytes:
    """Decrypt a secret.

    Raises as ``seal_secret``, and IntegrityError if what is stored was altered.
    """
    stream_key = key_ring.open(session, catalog_id, sealed.id)
    with crypto_errors():
        pieces = decrypt_range(
            io.BytesIO(sealed.ciphertext), stream_key, sealed.size, 0, sealed.size
        )
        return b"".join(pieces)
