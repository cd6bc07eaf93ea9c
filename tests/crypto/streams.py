"""Streams to attack: keys, plaintexts that say where they were cut, and the whole-file calls."""

import functools
import io
import random

from app.crypto import StreamKey, decrypt_range, encrypt

BLOB_ID = b"0191f3a2c4d87e6f"
OTHER_BLOB_ID = b"0191f3a2c4d87e70"
STREAM_KEY = StreamKey(bytes(range(32)), bytes(range(32, 64)), BLOB_ID)

SEGMENT = 65_536
FIRST = SEGMENT - 40 - 16
FULL = SEGMENT - 16

BORDER_SIZES = (
    0,
    1,
    FIRST - 1,
    FIRST,
    FIRST + 1,
    FIRST + FULL - 1,
    FIRST + FULL,
    FIRST + FULL + 1,
    FIRST + 2 * FULL,
    FIRST + 4 * FULL + 1,
)


@functools.cache
def plaintext(size):
    return random.Random(size).randbytes(size)


@functools.cache
def sealed_stream(size, stream_key=STREAM_KEY):
    sink = io.BytesIO()
    encrypt([plaintext(size)], sink, stream_key)
    return sink.getvalue()


def read_all(sealed, size, stream_key=STREAM_KEY):
    return b"".join(decrypt_range(io.BytesIO(sealed), stream_key, size, 0, size))


def flip_bit(attacked, position, bit=0):
    flipped = bytearray(attacked)
    flipped[position] ^= 1 << bit
    return bytes(flipped)
