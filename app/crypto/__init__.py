"""Keys and ciphertext: bytes in, bytes out, and nothing of catalogs, requests or databases.

- A stored file: `seal_dek` makes a DEK and its `Envelope`, `EncryptingWriter` or `encrypt` writes
  the stream; `open_dek` and `decrypt_range` read it; `rewrap` follows a rotated KEK, `transfer`
  puts the same stream under another KEK. `ciphertext_size` tells what a file will take.
- Key providers: the `KeyProvider` protocol, and `LocalKeyProvider`, a keyring file.
- Files in which keys live are sealed under a `RootKey`, from `load_or_create_root_key`.
- The audit log's keys: `AuditKeys`, and `verify_signature` for whoever has the public key only.
- Bearer secrets: `new_secret`, `is_secret`, `hash_secret`.
- Errors: `app.crypto.errors`, all of them a `CryptoError`.
"""

from app.crypto.envelope import Envelope, open_dek, rewrap, seal_dek, transfer
from app.crypto.local import LocalKeyProvider
from app.crypto.providers import KeyProvider, WrappedDek
from app.crypto.root import RootKey, load_or_create_root_key
from app.crypto.signing import AuditKeys, verify_signature
from app.crypto.stream import (
    EncryptingWriter,
    StreamKey,
    ciphertext_size,
    decrypt_range,
    encrypt,
)
from app.crypto.tokens import hash_secret, is_secret, new_secret

__all__ = [
    "AuditKeys",
    "EncryptingWriter",
    "Envelope",
    "KeyProvider",
    "LocalKeyProvider",
    "RootKey",
    "StreamKey",
    "WrappedDek",
    "ciphertext_size",
    "decrypt_range",
    "encrypt",
    "hash_secret",
    "is_secret",
    "load_or_create_root_key",
    "new_secret",
    "open_dek",
    "rewrap",
    "seal_dek",
    "transfer",
    "verify_signature",
]
