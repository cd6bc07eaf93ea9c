"""The audit log's own keys, kept outside the database that the log is in."""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from app.crypto.private_file import ensure_file, read_file
from app.crypto.root import RootKey

_PURPOSE = "audit keys"
_SECRET_SIZE = 32


class AuditKeys:
    """An HMAC-SHA256 key for rows and an Ed25519 key for checkpoints.

    `public_key` is the raw 32 bytes of RFC 8032, which verifiers need; `key_id` is the first 16
    hex digits of its SHA-256, which a checkpoint names.
    """

    def __init__(self, row_secret: bytes, signing_seed: bytes) -> None:
        """Take two secrets of 32 bytes; `load_or_create` is the way to get the server's."""
        # Copied for each row: making one has OpenSSL look for its algorithms every time.
        self._keyed = HMAC(row_secret, SHA256())
        self._signer = Ed25519PrivateKey.from_private_bytes(signing_seed)
        self.public_key = self._signer.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(self.public_key).hexdigest()[:16]

    @classmethod
    def load_or_create(cls, path: Path, root_key: RootKey) -> Self:
        """Read the keys sealed at `path`; if there is no file, make random ones first.

        Raises WrongKeyError, DecryptionError, KeyFormatError or KeyUnavailableError.
        """
        ensure_file(path, lambda: root_key.seal(_PURPOSE, _new_payload()))
        document, _ = read_file(path)
        # Authenticated by the seal, so its shape is that of `_new_payload`.
        stored: dict[str, str] = json.loads(root_key.open(_PURPOSE, document))
        return cls(base64.b64decode(stored["hmac"]), base64.b64decode(stored["ed25519"]))

    def hmac(self, body: bytes) -> bytes:
        """Return the 32-byte HMAC-SHA256 of a row's canonical body."""
        mac = self._keyed.copy()
        mac.update(body)
        return mac.finalize()

    def is_hmac(self, body: bytes, mac: bytes) -> bool:
        """Whether `mac` is the body's HMAC, compared in constant time."""
        return bytes_eq(self.hmac(body), mac)

    def sign(self, signed: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of a checkpoint."""
        return self._signer.sign(signed)


def verify_signature(public_key: bytes, signature: bytes, signed: bytes) -> bool:
    """Whether `signature` is that of `signed`; False too for what is no key or signature at all."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _new_payload() -> bytes:
    names = ("hmac", "ed25519")
    return json.dumps(
        {name: base64.b64encode(os.urandom(_SECRET_SIZE)).decode() for name in names}
    ).encode()
