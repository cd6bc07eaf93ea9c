"""The `local` key provider: KEKs in a keyring file that the processes of one machine share."""

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.crypto.errors import (
    DecryptionError,
    KeyExistsError,
    KeyFormatError,
    KeyUnavailableError,
)
from app.crypto.private_file import (
    FileStamp,
    ensure_file,
    lock_file,
    read_file,
    replace_file,
    stamp_file,
)
from app.crypto.providers import WrappedDek
from app.crypto.root import RootKey
from app.crypto.stream import DEK_SIZE

_PURPOSE = "keyring"
_KEK_SIZE = 32
_KEK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_WRAP_FORMAT = b"\x01"
_NONCE_SIZE = 12
_WRAPPED_SIZE = 1 + _NONCE_SIZE + DEK_SIZE + 16


@dataclass(frozen=True, slots=True)
class _Kek:
    """One KEK's material by version; without any it is destroyed, and its id stays taken."""

    material: Mapping[int, bytes] = field(repr=False)

    @property
    def newest(self) -> int:
        return max(self.material)


@dataclass(frozen=True, slots=True)
class _Keyring:
    stamp: FileStamp
    keks: Mapping[str, _Kek]


class _StoredKek(TypedDict):
    versions: dict[str, str]


class LocalKeyProvider:
    """A `KeyProvider` over one file, sealed as a whole under the root key.

    Inside the seal is JSON, `{"keks": {id: {"versions": {number: base64 of 32 bytes}}}}`. Each
    change replaces the file under a lock; each use first looks (one `stat`) whether it changed. A
    wrapped DEK is, with the caller's context as associated data::

        1   format, 1
        12  nonce, random: one KEK version may wrap 2**32 DEKs
        48  AES-256-GCM of the DEK, with its tag

    Destroying removes the material from the file. It cannot reach into a copy of the file that
    somebody kept: backups of the keyring have to be destroyed with it.
    """

    def __init__(self, path: Path, root_key: RootKey) -> None:
        """Open the keyring, or make an empty one if there is no file.

        Raises WrongKeyError, DecryptionError, KeyFormatError or KeyUnavailableError: a keyring that
        cannot be used is found out here and not at the first file.
        """
        self._path = path
        self._root_key = root_key
        ensure_file(path, lambda: self._seal({}))
        self._keyring = self._read()

    def create_key(self, kek_id: str) -> int:
        """See `KeyProvider`; raises KeyFormatError for an id not of 1 to 64 of `A-Za-z0-9_-`."""
        if not _KEK_ID.fullmatch(kek_id):
            raise KeyFormatError("A KEK id is 1 to 64 letters, digits, '_' or '-'.")
        with self._change() as keks:
            if kek_id in keks:
                raise KeyExistsError(f"The KEK id {kek_id} is taken.")
            keks[kek_id] = _Kek({1: os.urandom(_KEK_SIZE)})
        return 1

    def rotate_key(self, kek_id: str) -> int:
        """See `KeyProvider`."""
        with self._change() as keks:
            kek = _find_living(keks, kek_id)
            version = kek.newest + 1
            keks[kek_id] = _Kek({**kek.material, version: os.urandom(_KEK_SIZE)})
        return version

    def versions(self, kek_id: str) -> tuple[int, ...]:
        """See `KeyProvider`."""
        return tuple(sorted(self._living(kek_id).material))

    def destroy_key(self, kek_id: str) -> None:
        """See `KeyProvider`."""
        with self._change() as keks:
            if kek_id not in keks:
                raise _gone(kek_id)
            keks[kek_id] = _Kek({})

    def wrap(self, kek_id: str, context: bytes, dek: bytes) -> WrappedDek:
        """See `KeyProvider`; raises KeyFormatError for a DEK not of 32 bytes."""
        if len(dek) != DEK_SIZE:
            raise KeyFormatError(f"A DEK is {DEK_SIZE} bytes.")
        kek = self._living(kek_id)
        nonce = os.urandom(_NONCE_SIZE)
        sealed = AESGCM(kek.material[kek.newest]).encrypt(nonce, dek, context)
        return WrappedDek(kek.newest, _WRAP_FORMAT + nonce + sealed)

    def unwrap(self, kek_id: str, kek_version: int, context: bytes, wrapped: bytes) -> bytes:
        """See `KeyProvider`."""
        material = self._living(kek_id).material.get(kek_version)
        if material is None:
            raise _gone(f"{kek_id} version {kek_version}")
        msg = "A wrapped DEK is not what was written for this file and KEK."
        if len(wrapped) != _WRAPPED_SIZE or not wrapped.startswith(_WRAP_FORMAT):
            raise DecryptionError(msg)
        nonce, sealed = wrapped[1 : 1 + _NONCE_SIZE], wrapped[1 + _NONCE_SIZE :]
        try:
            return AESGCM(material).decrypt(nonce, sealed, context)
        except InvalidTag as error:
            raise DecryptionError(msg) from error

    def rewrap(self, kek_id: str, kek_version: int, context: bytes, wrapped: bytes) -> WrappedDek:
        """See `KeyProvider`."""
        return self.wrap(kek_id, context, self.unwrap(kek_id, kek_version, context, wrapped))

    def check(self) -> None:
        """See `KeyProvider`: reads and opens the file, whether or not it changed."""
        self._read()

    def _living(self, kek_id: str) -> _Kek:
        if stamp_file(self._path) != self._keyring.stamp:
            self._keyring = self._read()
        return _find_living(self._keyring.keks, kek_id)

    @contextmanager
    def _change(self) -> Iterator[dict[str, _Kek]]:
        with lock_file(self._path):
            keks = dict(self._read().keks)
            yield keks
            replace_file(self._path, self._seal(keks))

    def _read(self) -> _Keyring:
        document, stamp = read_file(self._path)
        # Authenticated by the seal, so its shape is what `_seal` gave it.
        stored: dict[str, dict[str, _StoredKek]] = json.loads(
            self._root_key.open(_PURPOSE, document)
        )
        return _Keyring(stamp, {kek_id: _load(kek) for kek_id, kek in stored["keks"].items()})

    def _seal(self, keks: Mapping[str, _Kek]) -> bytes:
        stored = {"keks": {kek_id: _dump(kek) for kek_id, kek in keks.items()}}
        return self._root_key.seal(_PURPOSE, json.dumps(stored).encode())


def _find_living(keks: Mapping[str, _Kek], kek_id: str) -> _Kek:
    kek = keks.get(kek_id)
    if kek is None or not kek.material:
        raise _gone(kek_id)
    return kek


def _gone(kek: str) -> KeyUnavailableError:
    return KeyUnavailableError(f"There is no KEK {kek}, or it was destroyed.")


def _load(stored: _StoredKek) -> _Kek:
    return _Kek({int(n): base64.b64decode(kept) for n, kept in stored["versions"].items()})


def _dump(kek: _Kek) -> _StoredKek:
    return {"versions": {str(n): base64.b64encode(m).decode() for n, m in kek.material.items()}}
