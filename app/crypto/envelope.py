"""The envelope of one stored file: its DEK wrapped by a KEK, and a commitment to that DEK."""

import hmac
import os
import struct
from dataclasses import dataclass, field, replace
from typing import Self

from app.crypto.errors import KeyFormatError, WrongKeyError
from app.crypto.providers import KeyProvider
from app.crypto.stream import DEK_SIZE, SALT_SIZE, StreamKey, derive

FORMAT_VERSION = 1
COMMITMENT_SIZE = 32

# AWS KMS and Transit answer with a few hundred bytes; nothing honest comes near these.
_MAX_KEK_ID_SIZE = 128
_MAX_WRAPPED_SIZE = 4_096
_FIXED = struct.Struct(">BB")
_SECOND = struct.Struct(f">I{SALT_SIZE}s{COMMITMENT_SIZE}sH")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything but the KEK and the blob's id that opening a stored file takes. No part is secret.

    As bytes, all integers big-endian::

        1   format version, 1: the stream format of `app.crypto.stream`, 64 KiB segments
        1   length k of the KEK id, 1 to 128
        k   KEK id, ASCII
        4   KEK version, from 1
        32  salt of the stream, repeated in the stream's header
        32  commitment: HKDF-SHA256(DEK, salt, "muniment commit v1" | blob id)
        2   length w of the wrapped DEK, 1 to 4,096
        w   wrapped DEK, in the provider's own format
    """

    kek_id: str
    kek_version: int
    wrapped_dek: bytes = field(repr=False)
    salt: bytes
    commitment: bytes
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        is_sound = (
            self.format_version == FORMAT_VERSION
            and self.kek_id.isascii()
            and 1 <= len(self.kek_id) <= _MAX_KEK_ID_SIZE
            and 1 <= self.kek_version < 2**32
            and len(self.salt) == SALT_SIZE
            and len(self.commitment) == COMMITMENT_SIZE
            and 1 <= len(self.wrapped_dek) <= _MAX_WRAPPED_SIZE
        )
        if not is_sound:
            raise KeyFormatError(
                "An envelope's field has another length or value than its format allows."
            )

    def to_bytes(self) -> bytes:
        """Return the layout above."""
        return b"".join(
            (
                _FIXED.pack(self.format_version, len(self.kek_id)),
                self.kek_id.encode("ascii"),
                _SECOND.pack(self.kek_version, self.salt, self.commitment, len(self.wrapped_dek)),
                self.wrapped_dek,
            )
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Parse the layout above; raises KeyFormatError unless every byte is accounted for."""
        try:
            format_version, id_size = _FIXED.unpack_from(stored)
            kek_version, salt, commitment, wrapped_size = _SECOND.unpack_from(
                stored, _FIXED.size + id_size
            )
            kek_id = stored[_FIXED.size : _FIXED.size + id_size].decode("ascii")
        except (struct.error, UnicodeDecodeError) as error:
            raise KeyFormatError("An envelope is cut short or its KEK id is not ASCII.") from error
        wrapped_dek = stored[_FIXED.size + id_size + _SECOND.size :]
        if len(wrapped_dek) != wrapped_size:
            raise KeyFormatError("An envelope's wrapped DEK is shorter or longer than announced.")
        return cls(kek_id, kek_version, wrapped_dek, salt, commitment, format_version)


def seal_dek(provider: KeyProvider, kek_id: str, blob_id: bytes) -> tuple[StreamKey, Envelope]:
    """Make a fresh DEK for one blob; return what its stream is written with, and its envelope.

    `blob_id` is the blob's immutable id and nothing that can change. Raises KeyUnavailableError.
    """
    stream_key = StreamKey(os.urandom(DEK_SIZE), os.urandom(SALT_SIZE), blob_id)
    return stream_key, _wrap(provider, kek_id, stream_key)


def open_dek(provider: KeyProvider, envelope: Envelope, blob_id: bytes) -> StreamKey:
    """Unwrap a blob's DEK and return what its stream is read with.

    Raises KeyUnavailableError if the KEK is gone, DecryptionError if the wrapped DEK was altered or
    belongs to another blob or KEK, WrongKeyError if it is not the DEK that the envelope commits to.
    """
    context = _wrap_context(blob_id, envelope.kek_id)
    dek = provider.unwrap(envelope.kek_id, envelope.kek_version, context, envelope.wrapped_dek)
    stream_key = StreamKey(dek, envelope.salt, blob_id)
    # GCM alone does not commit to its key: one ciphertext can open under two.
    if not hmac.compare_digest(key_commitment(stream_key), envelope.commitment):
        raise WrongKeyError("The unwrapped DEK is not the one that the envelope commits to.")
    return stream_key


def rewrap(provider: KeyProvider, envelope: Envelope, blob_id: bytes) -> Envelope:
    """Return the envelope with its DEK under the newest version of the same KEK.

    The stream stays as it is, and so does every other field. Raises as `open_dek`, but for
    WrongKeyError: a remote provider re-wraps without showing the DEK.
    """
    context = _wrap_context(blob_id, envelope.kek_id)
    kek_version, wrapped_dek = provider.rewrap(
        envelope.kek_id, envelope.kek_version, context, envelope.wrapped_dek
    )
    return replace(envelope, kek_version=kek_version, wrapped_dek=wrapped_dek)


def transfer(
    source: KeyProvider, envelope: Envelope, blob_id: bytes, target: KeyProvider, kek_id: str
) -> Envelope:
    """Return a second envelope for the same stream, under KEK `kek_id` of `target`.

    Raises as `open_dek` does, and KeyUnavailableError for the target's KEK too.
    """
    return _wrap(target, kek_id, open_dek(source, envelope, blob_id))


def key_commitment(stream_key: StreamKey) -> bytes:
    """Return 32 bytes that no other DEK, salt or associated data leads to, and that betray none."""
    info = b"muniment commit v1" + stream_key.associated_data
    return derive(stream_key.dek, stream_key.salt, info)


def _wrap(provider: KeyProvider, kek_id: str, stream_key: StreamKey) -> Envelope:
    context = _wrap_context(stream_key.associated_data, kek_id)
    kek_version, wrapped_dek = provider.wrap(kek_id, context, stream_key.dek)
    return Envelope(kek_id, kek_version, wrapped_dek, stream_key.salt, key_commitment(stream_key))


def _wrap_context(blob_id: bytes, kek_id: str) -> bytes:
    parts = (b"muniment dek v1", blob_id, kek_id.encode())
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
