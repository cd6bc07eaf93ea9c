"""The stream format: that it is Tink's, and each way in which a file could be tampered with."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from app.crypto import EncryptingWriter, StreamKey, ciphertext_size, decrypt_range, encrypt
from app.crypto.errors import DecryptionError, KeyFormatError, SizeError
from app.crypto.stream import MAX_PLAIN_SIZE
from tests.crypto.streams import (
    BLOB_ID,
    BORDER_SIZES,
    FIRST,
    FULL,
    OTHER_BLOB_ID,
    SEGMENT,
    STREAM_KEY,
    flip_bit,
    plaintext,
    read_all,
    sealed_stream,
)
from tests.crypto.tink_stream import decrypt_with_tink, encrypt_with_tink

THREE_SEGMENTS = FIRST + FULL + 1_000
PINNED_STREAM = (
    "28"  # header length
    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"  # salt
    "a0a1a2a3a4a5a6"  # nonce prefix
    "8bc23fcd457af39ec5b657"  # ciphertext
    "1b2bbddcfdb2c5f507ba681a42997769"  # tag
)


@pytest.mark.parametrize("size", BORDER_SIZES)
def test_tink_reads_what_we_wrote(size):
    sealed = sealed_stream(size)
    assert decrypt_with_tink(STREAM_KEY.dek, BLOB_ID, sealed) == plaintext(size)


@pytest.mark.parametrize("size", BORDER_SIZES)
def test_we_read_what_tink_wrote(size):
    sealed = encrypt_with_tink(STREAM_KEY.dek, BLOB_ID, plaintext(size))
    stream_key = StreamKey(STREAM_KEY.dek, sealed[1:33], BLOB_ID)
    assert read_all(sealed, size, stream_key) == plaintext(size)


@pytest.mark.parametrize("size", BORDER_SIZES)
def test_the_size_told_before_is_the_size_written(size):
    assert ciphertext_size(size) == len(sealed_stream(size))


@pytest.mark.parametrize("size", [-1, MAX_PLAIN_SIZE + 1])
def test_a_size_that_no_stream_has_is_refused(size):
    with pytest.raises(SizeError):
        ciphertext_size(size)


def test_the_longest_stream_ends_with_the_last_segment_number():
    assert ciphertext_size(MAX_PLAIN_SIZE) == 2**32 * SEGMENT


def test_the_bytes_of_a_stream_written_long_ago_still_open():
    sealed = bytes.fromhex(PINNED_STREAM)
    assert read_all(sealed, 11) == b"hello world"
    assert decrypt_with_tink(STREAM_KEY.dek, BLOB_ID, sealed) == b"hello world"


@given(
    sizes=st.lists(st.integers(0, 2 * SEGMENT), max_size=5),
)
def test_pieces_of_any_size_make_the_same_plaintext(sizes):
    plain = plaintext(10 * SEGMENT)
    pieces, position = [], 0
    for size in sizes:
        pieces.append(plain[position : position + size])
        position += size
    sink = io.BytesIO()
    assert encrypt(pieces, sink, STREAM_KEY) == position
    assert read_all(sink.getvalue(), position) == plain[:position]


@given(bounds=st.tuples(st.integers(0, THREE_SEGMENTS), st.integers(0, THREE_SEGMENTS)).map(sorted))
def test_a_range_is_the_slice(bounds):
    start, end = bounds
    file = io.BytesIO(sealed_stream(THREE_SEGMENTS))
    pieces = decrypt_range(file, STREAM_KEY, THREE_SEGMENTS, start, end)
    assert b"".join(pieces) == plaintext(THREE_SEGMENTS)[start:end]


@pytest.mark.parametrize("border", [FIRST, FIRST + FULL, THREE_SEGMENTS])
@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("length", [0, 1, 2])
def test_a_range_at_a_border_is_the_slice(border, before, length):
    start, end = border - before, min(border - before + length, THREE_SEGMENTS)
    file = io.BytesIO(sealed_stream(THREE_SEGMENTS))
    pieces = decrypt_range(file, STREAM_KEY, THREE_SEGMENTS, start, end)
    assert b"".join(pieces) == plaintext(THREE_SEGMENTS)[start:end]


def test_a_range_reads_only_the_segments_asked_for():
    file = CountingFile(sealed_stream(THREE_SEGMENTS))
    assert list(decrypt_range(file, STREAM_KEY, THREE_SEGMENTS, FIRST, FIRST + 1))
    assert file.bytes_read == 40 + SEGMENT


def test_a_range_of_no_bytes_reads_no_segment():
    file = CountingFile(sealed_stream(THREE_SEGMENTS))
    assert list(decrypt_range(file, STREAM_KEY, THREE_SEGMENTS, 5, 5)) == []
    assert file.bytes_read == 40


def test_no_piece_is_empty():
    file = io.BytesIO(sealed_stream(0))
    assert list(decrypt_range(file, STREAM_KEY, 0, 0, 0)) == []


@pytest.mark.parametrize("bounds", [(-1, 5), (5, 4), (0, 1_001)])
def test_a_range_outside_the_stream_is_refused(bounds):
    with pytest.raises(SizeError):
        decrypt_range(io.BytesIO(sealed_stream(1_000)), STREAM_KEY, 1_000, *bounds)


def test_a_file_that_reads_in_dribbles_is_read_whole():
    file = DribblingFile(sealed_stream(THREE_SEGMENTS))
    pieces = decrypt_range(file, STREAM_KEY, THREE_SEGMENTS, 0, THREE_SEGMENTS)
    assert b"".join(pieces) == plaintext(THREE_SEGMENTS)


def test_a_sink_that_writes_in_dribbles_is_given_everything():
    sink = DribblingFile()
    encrypt([plaintext(THREE_SEGMENTS)], sink, STREAM_KEY)
    assert read_all(sink.getvalue(), THREE_SEGMENTS) == plaintext(THREE_SEGMENTS)


def test_a_sink_is_given_several_segments_at_once():
    sink = CountingFile()
    encrypt([plaintext(FIRST + 4 * FULL)], sink, STREAM_KEY)
    assert sink.writes == 3  # the header, four segments, the last


def test_two_streams_of_one_plaintext_differ():
    one, other = io.BytesIO(), io.BytesIO()
    encrypt([b"same"], one, STREAM_KEY)
    encrypt([b"same"], other, STREAM_KEY)
    assert one.getvalue()[33:] != other.getvalue()[33:]


@pytest.mark.parametrize(
    "position",
    [0, 1, 32, 33, 39, 40, SEGMENT - 17, SEGMENT - 1, SEGMENT, 2 * SEGMENT - 1, -17, -16, -1],
)
@pytest.mark.parametrize("bit", [0, 7])
def test_a_flipped_bit_is_refused(position, bit):
    sealed = flip_bit(sealed_stream(THREE_SEGMENTS), position, bit)
    with pytest.raises(DecryptionError):
        read_all(sealed, THREE_SEGMENTS)


@pytest.mark.parametrize("position", range(len(sealed_stream(20))))
def test_no_byte_of_a_small_stream_can_be_changed(position):
    with pytest.raises(DecryptionError):
        read_all(flip_bit(sealed_stream(20), position), 20)


@pytest.mark.parametrize("position", [0, 1, 33, 40, -1])
def test_no_byte_of_an_empty_stream_can_be_changed(position):
    with pytest.raises(DecryptionError):
        read_all(flip_bit(sealed_stream(0), position), 0)


def test_only_the_verified_segments_come_out_of_a_damaged_file():
    sealed = flip_bit(sealed_stream(THREE_SEGMENTS), 2 * SEGMENT - 1)
    pieces = decrypt_range(io.BytesIO(sealed), STREAM_KEY, THREE_SEGMENTS, 0, THREE_SEGMENTS)
    assert next(pieces) == plaintext(THREE_SEGMENTS)[:FIRST]
    with pytest.raises(DecryptionError):
        next(pieces)


@pytest.mark.parametrize("length", [0, 1, 39, 40, 55, SEGMENT - 1, SEGMENT, 2 * SEGMENT, -1])
def test_a_cut_file_is_refused_before_it_is_read(length):
    sealed = sealed_stream(THREE_SEGMENTS)[:length]
    with pytest.raises(DecryptionError):
        decrypt_range(io.BytesIO(sealed), STREAM_KEY, THREE_SEGMENTS, 0, 1)


def test_a_grown_file_is_refused_before_it_is_read():
    sealed = sealed_stream(1_000) + b"\x00"
    with pytest.raises(DecryptionError):
        decrypt_range(io.BytesIO(sealed), STREAM_KEY, 1_000, 0, 1)


def test_a_file_cut_at_a_segment_border_is_refused_though_the_size_says_so_too():
    cut = sealed_stream(THREE_SEGMENTS)[: 2 * SEGMENT]
    with pytest.raises(DecryptionError):
        read_all(cut, FIRST + FULL)


def test_a_last_segment_does_not_pass_for_one_in_the_middle():
    grown = sealed_stream(FIRST) + bytes(16 + 1)
    with pytest.raises(DecryptionError):
        read_all(grown, FIRST + 1)


def test_a_file_that_shrinks_while_it_is_read_is_refused():
    file = io.BytesIO(sealed_stream(THREE_SEGMENTS))
    pieces = decrypt_range(file, STREAM_KEY, THREE_SEGMENTS, 0, THREE_SEGMENTS)
    next(pieces)
    file.truncate(2 * SEGMENT - 1)
    with pytest.raises(DecryptionError):
        list(pieces)


def test_segments_in_another_order_are_refused():
    size = FIRST + 2 * FULL
    sealed = sealed_stream(size)
    second, third = sealed[SEGMENT : 2 * SEGMENT], sealed[2 * SEGMENT :]
    with pytest.raises(DecryptionError):
        read_all(sealed[:SEGMENT] + third + second, size)


def test_a_segment_of_another_stream_with_the_same_key_is_refused():
    sink = io.BytesIO()
    encrypt([plaintext(THREE_SEGMENTS)], sink, STREAM_KEY)
    one, other = sink.getvalue(), sealed_stream(THREE_SEGMENTS)
    with pytest.raises(DecryptionError):
        read_all(one[:SEGMENT] + other[SEGMENT:], THREE_SEGMENTS)


@pytest.mark.parametrize(
    "stream_key",
    [
        StreamKey(STREAM_KEY.dek, STREAM_KEY.salt, OTHER_BLOB_ID),
        StreamKey(bytes(32), STREAM_KEY.salt, BLOB_ID),
        StreamKey(STREAM_KEY.dek, bytes(32), BLOB_ID),
    ],
    ids=["other blob", "other DEK", "other salt"],
)
def test_a_file_in_the_place_of_another_is_refused(stream_key):
    with pytest.raises(DecryptionError):
        read_all(sealed_stream(1_000), 1_000, stream_key)


@pytest.mark.parametrize(
    "fields",
    [(bytes(31), bytes(32), b"x"), (bytes(32), bytes(33), b"x"), (bytes(32), bytes(32), b"")],
    ids=["short DEK", "long salt", "bound to nothing"],
)
def test_a_malformed_stream_key_is_refused(fields):
    with pytest.raises(KeyFormatError):
        StreamKey(*fields)


def test_a_stream_key_does_not_show_its_dek():
    assert repr(STREAM_KEY.dek) not in repr(STREAM_KEY)


def test_an_unfinished_stream_cannot_be_read_to_its_end():
    sink = io.BytesIO()
    writer = EncryptingWriter(sink, STREAM_KEY)
    writer.write(plaintext(FIRST + 1))
    with pytest.raises(DecryptionError):
        read_all(sink.getvalue(), FIRST)


def test_a_stream_longer_than_its_limit_cannot_be_finished():
    writer = EncryptingWriter(io.BytesIO(), STREAM_KEY, limit=10)
    writer.write(bytes(10))
    with pytest.raises(SizeError):
        writer.write(b"\x00")
    with pytest.raises(SizeError):
        writer.finish()


def test_a_finished_stream_takes_no_more():
    writer = EncryptingWriter(io.BytesIO(), STREAM_KEY)
    writer.finish()
    with pytest.raises(SizeError):
        writer.write(b"more")


def test_no_nonce_is_used_again_after_a_failed_write():
    sink = FailingOnceFile()
    writer = EncryptingWriter(sink, STREAM_KEY)
    sink.fails = True
    with pytest.raises(OSError, match="full"):
        writer.write(plaintext(SEGMENT))
    writer.write(plaintext(10))
    writer.finish()
    with pytest.raises(DecryptionError):
        read_all(sink.getvalue(), 10)


class CountingFile(io.BytesIO):
    bytes_read = 0
    writes = 0

    @override
    def read(self, size=-1):
        piece = super().read(size)
        self.bytes_read += len(piece)
        return piece

    @override
    def write(self, piece):
        self.writes += len(piece) > 0
        return super().write(piece)


class DribblingFile(io.BytesIO):
    @override
    def read(self, size=-1):
        return super().read(min(size, 10_000))

    @override
    def write(self, piece):
        return super().write(piece[:10_000])


class FailingOnceFile(io.BytesIO):
    fails = False

    @override
    def write(self, piece):
        if self.fails:
            self.fails = False
            raise OSError("disk full")
        return super().write(piece)
