"""The root key: what the files that hold all other keys are sealed under, and its own file."""

import base64
import binascii
import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.crypto.errors import DecryptionError, KeyFormatError, WrongKeyError
from app.crypto.private_file import ensure_file, read_file
from app.crypto.stream import derive

ROOT_KEY_SIZE = 32
DEFAULT_SCRYPT_LOG_N = 17

_FORMAT = 1
_NONCE_SIZE = 12
_SALT_SIZE = 16
# 2**20 takes 1 GiB: a stored cost beyond that is an attempt to exhaust memory.
_SCRYPT_LOG_N = range(10, 21)
_SCRYPT_R = 8
_SCRYPT_P = 1


class RootKey:
    """32 secret bytes under which small documents are sealed, each kind under a key of its own.

    A sealed document is JSON: `format` (1), `purpose`, `root` (hex id of the root key, so that a
    wrong root key is told from a damaged file) and `sealed`, base64 of

        12  nonce
        n   AES-256-GCM under HKDF-SHA256(root key, info="muniment root v1" | purpose),
            no associated data, tag of 16 bytes at the end
    """

    def __init__(self, secret: bytes) -> None:
        """Take 32 bytes; raises KeyFormatError for any other length."""
        if len(secret) != ROOT_KEY_SIZE:
            raise KeyFormatError(f"A root key is {ROOT_KEY_SIZE} bytes.")
        self._secret = secret
        self.root_id = derive(secret, None, b"muniment root id v1")[:8].hex()

    def seal(self, purpose: str, payload: bytes) -> bytes:
        """Return `payload` as a sealed document that opens for this purpose only."""
        nonce = os.urandom(_NONCE_SIZE)
        sealed = nonce + self._aead(purpose).encrypt(nonce, payload, None)
        document = {
            "format": _FORMAT,
            "purpose": purpose,
            "root": self.root_id,
            "sealed": _encode(sealed),
        }
        return json.dumps(document, indent=1).encode() + b"\n"

    def open(self, purpose: str, document: bytes) -> bytes:
        """Return what was sealed.

        Raises KeyFormatError if it is no sealed document, WrongKeyError if another root key
        sealed it, DecryptionError if it was altered or sealed for another purpose.
        """
        fields = _parse(document)
        if fields.get("format") != _FORMAT:
            raise KeyFormatError("A sealed document has a format that is not known.")
        if fields.get("root") != self.root_id:
            raise WrongKeyError(f"The {purpose} file was sealed under another root key.")
        sealed = _decode(fields.get("sealed"))
        try:
            return self._aead(purpose).decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], None)
        except (InvalidTag, ValueError) as error:
            raise DecryptionError(f"The {purpose} file is not what was written.") from error

    def _aead(self, purpose: str) -> AESGCM:
        return AESGCM(derive(self._secret, None, b"muniment root v1" + purpose.encode()))


def load_or_create_root_key(
    path: Path, passphrase: str | None = None, *, scrypt_log_n: int = DEFAULT_SCRYPT_LOG_N
) -> RootKey:
    """Return the root key at `path`; if nothing is there, make a random one first.

    Without a passphrase the file is the key: base64 of its 32 bytes, mode 600. With one, the key
    is sealed under scrypt(passphrase, salt, n=2**scrypt_log_n, r=8, p=1), and salt and cost stand
    beside it, so that a change of passphrase rewrites this file alone.

    Raises WrongKeyError for a wrong, missing or needless passphrase, KeyFormatError for a file
    that is neither form or that others may read.
    """
    ensure_file(path, lambda: _new_content(passphrase, scrypt_log_n))
    content, _ = read_file(path)
    is_protected = content.startswith(b"{")
    if is_protected != (passphrase is not None):
        needed = "needs a passphrase" if is_protected else "is not protected by a passphrase"
        raise WrongKeyError(f"The root key at {path} {needed}.")
    if passphrase is None:
        return RootKey(_decode(content.decode("ascii", "replace").strip()))
    return RootKey(_unprotect(content, passphrase))


def _new_content(passphrase: str | None, log_n: int) -> bytes:
    secret = os.urandom(ROOT_KEY_SIZE)
    if passphrase is None:
        return _encode(secret).encode() + b"\n"
    return _protect(secret, passphrase, log_n)


def _protect(secret: bytes, passphrase: str, log_n: int) -> bytes:
    salt = os.urandom(_SALT_SIZE)
    document = {
        "format": _FORMAT,
        "kdf": "scrypt",
        "log_n": log_n,
        "r": _SCRYPT_R,
        "p": _SCRYPT_P,
        "salt": _encode(salt),
        "protected": _parse(_stretch(passphrase, salt, log_n).seal("root key", secret)),
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def _unprotect(content: bytes, passphrase: str) -> bytes:
    fields = _parse(content)
    log_n = fields.get("log_n")
    parameters = tuple(fields.get(name) for name in ("format", "kdf", "r", "p"))
    if parameters != (_FORMAT, "scrypt", _SCRYPT_R, _SCRYPT_P) or not isinstance(log_n, int):
        raise KeyFormatError(
            "The root key file names another way of stretching a passphrase than ours."
        )
    salt = _decode(fields.get("salt"))
    stretched = _stretch(passphrase, salt, log_n)
    return stretched.open("root key", json.dumps(fields.get("protected")).encode())


def _stretch(passphrase: str, salt: bytes, log_n: int) -> RootKey:
    if log_n not in _SCRYPT_LOG_N:
        raise KeyFormatError(
            f"A scrypt cost is {_SCRYPT_LOG_N.start} to {_SCRYPT_LOG_N.stop - 1}, not {log_n}."
        )
    kdf = Scrypt(salt=salt, length=ROOT_KEY_SIZE, n=2**log_n, r=_SCRYPT_R, p=_SCRYPT_P)
    return RootKey(kdf.derive(passphrase.encode()))


def _parse(document: bytes) -> dict[str, object]:
    try:
        fields = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise KeyFormatError("A key file is not JSON.") from error
    if not isinstance(fields, dict):
        raise KeyFormatError("A key file is not a JSON object.")
    return fields


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decode(encoded: object) -> bytes:
    try:
        return base64.b64decode(encoded if isinstance(encoded, str) else "?", validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyFormatError("A key file holds something that is not base64.") from error
