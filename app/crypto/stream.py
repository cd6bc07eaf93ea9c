"""Google Tink's AES-GCM-HKDF-Streaming: a file sealed in segments that can be read from anywhere.

Specification: developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming, with AES-256,
HKDF-SHA256, 64 KiB ciphertext segments and a 32-byte input key (the DEK), big-endian throughout::

    header   1 byte 40 | 32 bytes salt | 7 bytes nonce prefix
    segment  ciphertext | 16 bytes tag
    sealed   AES-256-GCM under HKDF-SHA256(ikm=DEK, salt, info=associated data, 32 bytes)
    nonce    nonce prefix | u32 segment number | 1 if it is the last segment, else 0

Segment i ends at byte (i + 1) * 65,536 of the file; the header takes its 40 bytes out of the first
one. Only the last segment may be shorter, and there is always one, even of nothing.
"""

import hmac
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.crypto.errors import DecryptionError, KeyFormatError, SizeError

DEK_SIZE = 32
SALT_SIZE = 32
SEGMENT_SIZE = 65_536
HEADER_SIZE = 40

_TAG_SIZE = 16
_PREFIX_SIZE = HEADER_SIZE - 1 - SALT_SIZE
_PLAIN_SEGMENT_SIZE = SEGMENT_SIZE - _TAG_SIZE
# A sink is given several segments at once: a file system takes 256 KiB for less than four times 64.
_MOST_AT_ONCE = 4 * SEGMENT_SIZE
# The segment number is a u32 in the nonce; one more segment would repeat a nonce.
MAX_PLAIN_SIZE = 2**32 * _PLAIN_SEGMENT_SIZE - HEADER_SIZE

Piece = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class StreamKey:
    """What opens one stream: its DEK, its salt, and the associated data it is bound to.

    A DEK and salt seal one stream only. Raises KeyFormatError for wrong lengths.
    """

    dek: bytes = field(repr=False)
    salt: bytes
    associated_data: bytes

    def __post_init__(self) -> None:
        if len(self.dek) != DEK_SIZE or len(self.salt) != SALT_SIZE or not self.associated_data:
            raise KeyFormatError(
                "A stream key is a 32-byte DEK, a 32-byte salt and associated data."
            )


def derive(ikm: bytes, salt: bytes | None, info: bytes) -> bytes:
    """Return 32 bytes of HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(ikm)


def ciphertext_size(plain_size: int) -> int:
    """Return the bytes that a plaintext of `plain_size` bytes takes; raises SizeError."""
    if not 0 <= plain_size <= MAX_PLAIN_SIZE:
        raise SizeError(f"A stream holds 0 to {MAX_PLAIN_SIZE} bytes, not {plain_size}.")
    return HEADER_SIZE + plain_size + _TAG_SIZE * _count_segments(plain_size)


class EncryptingWriter:
    """Writes one stream to `sink` in constant memory, whatever the sizes of the pieces.

    `sink.write` is given views of a reused buffer and must not keep them. Without `finish` what
    was written lacks its last segment, and nobody can read it to the end.
    """

    def __init__(
        self, sink: BinaryIO, stream_key: StreamKey, *, limit: int = MAX_PLAIN_SIZE
    ) -> None:
        """Write the header. `limit` is the most plaintext bytes that will be accepted."""
        self.plain_size = 0
        self._limit = min(limit, MAX_PLAIN_SIZE)
        self._sink = sink
        self._prefix = os.urandom(_PREFIX_SIZE)
        self._aead = _stream_aead(stream_key)
        self._index = 0
        self._plain = memoryview(bytearray(_PLAIN_SEGMENT_SIZE))
        self._filled = 0
        self._capacity = _PLAIN_SEGMENT_SIZE - HEADER_SIZE
        self._sealed = memoryview(bytearray(min(_MOST_AT_ONCE, ciphertext_size(self._limit))))
        self._sealed_size = 0
        self._has_ended = False
        _write_all(sink, memoryview(bytes([HEADER_SIZE]) + stream_key.salt + self._prefix))

    def write(self, piece: Piece) -> None:
        """Take the next bytes of plaintext; raises SizeError past the limit or the end."""
        rest = memoryview(piece).cast("B")
        self._refuse_if_ended()
        self.plain_size += len(rest)
        if self.plain_size > self._limit:
            self._has_ended = True
            raise SizeError(f"The stream may hold {self._limit} bytes and was given more.")
        # A full buffer waits for one byte more: only then is it known not to be the last segment.
        while len(rest) > (room := self._capacity - self._filled):
            self._seal_segment(self._fill(rest[:room]), is_last=False)
            rest = rest[room:]
        self._plain[self._filled : self._filled + len(rest)] = rest
        self._filled += len(rest)
        self._flush()

    def finish(self) -> int:
        """Write the last segment and return the plaintext size; raises SizeError past the end."""
        self._refuse_if_ended()
        self._has_ended = True
        self._seal_segment(self._plain[: self._filled], is_last=True)
        self._flush()
        return self.plain_size

    def _refuse_if_ended(self) -> None:
        if self._has_ended:
            raise SizeError("The stream has ended: it was finished, or was given too much.")

    def _fill(self, rest: memoryview) -> memoryview:
        if not self._filled:
            return rest
        self._plain[self._filled : self._capacity] = rest
        return self._plain[: self._capacity]

    def _seal_segment(self, segment: memoryview, *, is_last: bool) -> None:
        size = len(segment) + _TAG_SIZE
        nonce = _nonce(self._prefix, self._index, is_last)
        # Counted before the sink can fail: a caller that tries again must not meet the same nonce.
        self._index += 1
        if self._sealed_size + size > len(self._sealed):
            self._flush()
        sealed = self._sealed[self._sealed_size : self._sealed_size + size]
        self._aead.encrypt_into(nonce, segment, None, sealed)
        self._sealed_size += size
        self._filled = 0
        self._capacity = _PLAIN_SEGMENT_SIZE

    def _flush(self) -> None:
        sealed = self._sealed[: self._sealed_size]
        self._sealed_size = 0
        _write_all(self._sink, sealed)


def encrypt(pieces: Iterable[Piece], sink: BinaryIO, stream_key: StreamKey) -> int:
    """Write all pieces of plaintext as one stream to `sink` and return their size in bytes."""
    writer = EncryptingWriter(sink, stream_key)
    for piece in pieces:
        writer.write(piece)
    return writer.finish()


def decrypt_range(
    file: BinaryIO, stream_key: StreamKey, plain_size: int, start: int, end: int
) -> Iterator[bytes]:
    """Yield plaintext bytes [start, end) of a stream, each piece once its segment is verified.

    `plain_size` is what the catalog remembers, never what the file claims: the length of `file` is
    held against it here, before anything is yielded, so that a cut or grown file is refused even if
    the range asked for is whole. Reading to the end, or all of an empty stream, verifies the last
    segment's flag too. A range of no bytes reads no segment of a stream that has some.

    Raises SizeError for a range outside the stream, and DecryptionError: at the call for a wrong
    length or header, from the iterator for a segment that was altered, moved or sealed otherwise.
    """
    size = ciphertext_size(plain_size)
    if not 0 <= start <= end <= plain_size:
        raise SizeError(
            f"The range {start} to {end} is not within the stream's {plain_size} bytes."
        )
    if file.seek(0, os.SEEK_END) != size:
        raise DecryptionError("The stored file is shorter or longer than what was written.")
    prefix = _read_prefix(file, stream_key.salt)
    return _open_segments(_Segments(file, stream_key, prefix, plain_size), start, end)


@dataclass(frozen=True, slots=True)
class _Segments:
    file: BinaryIO
    stream_key: StreamKey
    prefix: bytes
    plain_size: int


def _open_segments(segments: _Segments, start: int, end: int) -> Iterator[bytes]:
    if start == end and segments.plain_size:
        return
    aead = _stream_aead(segments.stream_key)
    size = ciphertext_size(segments.plain_size)
    last = _count_segments(segments.plain_size) - 1
    # On a grid that counts the header as plaintext all segments but the last are equally long.
    first = (start + HEADER_SIZE) // _PLAIN_SEGMENT_SIZE
    final = (max(start, end - 1) + HEADER_SIZE) // _PLAIN_SEGMENT_SIZE
    position = max(HEADER_SIZE, first * SEGMENT_SIZE)
    segments.file.seek(position)
    for index in range(first, final + 1):
        boundary = min((index + 1) * SEGMENT_SIZE, size)
        sealed = _read_exactly(segments.file, boundary - position)
        plain = _open_segment(aead, _nonce(segments.prefix, index, index == last), sealed)
        offset = max(0, index * _PLAIN_SEGMENT_SIZE - HEADER_SIZE)
        if piece := plain[max(0, start - offset) : end - offset]:
            yield piece
        position = boundary


def _open_segment(aead: AESGCM, nonce: bytes, sealed: bytes) -> bytes:
    try:
        return aead.decrypt(nonce, sealed, None)
    except InvalidTag as error:
        raise DecryptionError("A segment of the stored file is not what was written.") from error


def _read_prefix(file: BinaryIO, salt: bytes) -> bytes:
    file.seek(0)
    header = _read_exactly(file, HEADER_SIZE)
    # The envelope commits to DEK and salt together, so the salt in the file has to be that one.
    if not hmac.compare_digest(header[: 1 + SALT_SIZE], bytes([HEADER_SIZE]) + salt):
        raise DecryptionError("The stored file begins with another header than the one written.")
    return header[1 + SALT_SIZE :]


def _read_exactly(file: BinaryIO, size: int) -> bytes:
    piece = file.read(size)
    while len(piece) < size:
        more = file.read(size - len(piece))
        if not more:
            raise DecryptionError("The stored file ended before its last segment.")
        piece += more
    return piece


def _write_all(sink: BinaryIO, rest: memoryview) -> None:
    while rest:
        rest = rest[sink.write(rest) :]


def _stream_aead(stream_key: StreamKey) -> AESGCM:
    return AESGCM(derive(stream_key.dek, stream_key.salt, stream_key.associated_data))


def _nonce(prefix: bytes, index: int, is_last: bool) -> bytes:
    return prefix + index.to_bytes(4, "big") + (b"\x01" if is_last else b"\x00")


def _count_segments(plain_size: int) -> int:
    return -(-(plain_size + HEADER_SIZE) // _PLAIN_SEGMENT_SIZE)
