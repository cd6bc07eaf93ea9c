"""The vault: ciphertext in a blob store, opened and sealed by a key ring."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from typing_extensions import override

from app.artifacts.blobstore import BlobStore
from app.crypto import EncryptingWriter, StreamKey, ciphertext_size, decrypt_range
from app.db import Session
from app.errors import IncompleteUploadError, LengthRequiredError, TooLargeError
from app.keys import KeyRing, Seal, crypto_errors

_PIECE_SIZE = 256 * 1024


class Readable(Protocol):
    """The body of an upload: ``read`` returns no bytes at its end."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes."""
        ...


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A whole blob in the store that no file names yet; sizes in bytes, the hash of plaintext."""

    seal: Seal
    size: int
    stored_size: int
    sha256: bytes

    @property
    def blob_id(self) -> str:
        """The blob's random id."""
        return self.seal.blob_id


class Vault:
    """Where all bytes are kept; ``max_bytes`` limits one file, 0 does not."""

    def __init__(self, blobs: BlobStore, key_ring: KeyRing, *, max_bytes: int = 0) -> None:
        self.blobs = blobs
        self.key_ring = key_ring
        self.max_bytes = max_bytes

    def check_length(self, length: int | None) -> int:
        """Return the announced length of an upload.

        Raises LengthRequiredError for none, TooLargeError for more than ``max_bytes``.
        """
        if length is None or length < 0:
            raise LengthRequiredError("Announce the length of the file with Content-Length")
        if self.max_bytes and length > self.max_bytes:
            raise TooLargeError(f"A file may hold {self.max_bytes} bytes")
        return length

    def seal(self, session: Session, catalog_id: str) -> Seal:
        """Make the id and the DEK of a new blob of a catalog; raises as ``KeyRing.seal_for``."""
        return self.key_ring.seal_for(session, catalog_id, secrets.token_hex(16))

    def receive(self, seal: Seal, stream: Readable, length: int) -> StoredBlob:
        """Encrypt exactly ``length`` bytes of ``stream`` into a blob, in constant memory.

        Takes as long as the client does: no transaction may be open. Whatever goes wrong leaves
        nothing in the store.

        Raises IncompleteUploadError if fewer or more bytes come, UnavailableError if the store
        does not work.
        """
        writer = self.blobs.create(seal.blob_id)
        try:
            sealed = EncryptingWriter(cast("BinaryIO", writer), seal.stream_key, limit=length)
            digest = hashlib.sha256()
            for piece in _pieces(stream, length):
                digest.update(piece)
                sealed.write(piece)
            sealed.finish()
            writer.commit()
        except BaseException:
            writer.abort()
            raise
        return StoredBlob(seal, length, ciphertext_size(length), digest.digest())

    def read(self, blob_id: str, stream_key: StreamKey, size: int, start: int, end: int) -> Pieces:
        """Return the plaintext bytes [start, end) of a blob of ``size`` plaintext bytes.

        Raises BlobMissingError, and IntegrityError if the blob was cut or grown, or its first
        segment asked for was altered.
        """
        return Pieces(self.blobs.open(blob_id), stream_key, size, start, end)


class Pieces(Iterator[bytes]):
    """Verified plaintext, one segment at a time; to be closed, or read to the end.

    The first piece is verified at once, so that an altered beginning is an error and not an answer
    that breaks off. ``next`` raises IntegrityError at an altered segment: what reads for a client
    must then cut the connection.
    """

    def __init__(
        self, file: BinaryIO, stream_key: StreamKey, size: int, start: int, end: int
    ) -> None:
        self._file = file
        try:
            with crypto_errors():
                self._segments = decrypt_range(file, stream_key, size, start, end)
                self._ahead = next(self._segments, None)
        except BaseException:
            file.close()
            raise

    @override
    def __next__(self) -> bytes:
        piece = self._ahead
        if piece is None:
            self.close()
            raise StopIteration
        try:
            with crypto_errors():
                self._ahead = next(self._segments, None)
        except BaseException:
            self._ahead = None
            self.close()
            raise
        return piece

    def close(self) -> None:
        """Give up the rest."""
        self._file.close()


def _pieces(stream: Readable, length: int) -> Iterator[bytes]:
    received = 0
    # One byte more is asked for, so that a body longer than announced is noticed.
    while piece := _read(stream, min(_PIECE_SIZE, length - received + 1)):
        received += len(piece)
        if received > length:
            raise IncompleteUploadError(f"More than the announced {length} bytes arrived")
        yield piece
    if received < length:
        raise IncompleteUploadError(f"{received} of the announced {length} bytes arrived")


def _read(stream: Readable, size: int) -> bytes:
    try:
        return stream.read(size)
    except OSError as error:
        raise IncompleteUploadError("The connection broke while the file was sent") from error
