"""One file: stored, replaced, opened whole or in part, refused."""

import io
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.artifacts import LocalBlobStore, Upload, Vault, open_file, store_file
from app.artifacts.tables import artifact_files, blobs
from app.errors import (
    ConflictError,
    IncompleteUploadError,
    InvalidParameterError,
    LengthRequiredError,
    NotFoundError,
    PermissionDeniedError,
    RangeNotSatisfiableError,
    TooLargeError,
)
from app.keys.tables import envelopes
from tests.artifacts.world import RUN, SEGMENT, World


def count(world: World) -> tuple[int, int, int]:
    tables = (artifact_files, blobs, envelopes)
    return tuple(
        world.session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables
    )


class BrokenStream:
    """Gives some bytes, then loses its client."""

    def __init__(self, content: bytes) -> None:
        self._rest = io.BytesIO(content)

    def read(self, size: int) -> bytes:
        if piece := self._rest.read(size):
            return piece
        raise ConnectionResetError


def store(world: World, stream, length: int | None, path: str = "a.txt") -> None:
    caller = world.caller()
    store_file(caller, world.vault, world.authorizer(caller), Upload(RUN, path, stream, length))
    world.session.commit()


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 56, SEGMENT - 55, 3 * SEGMENT, 1_000_003])
def test_a_stored_file_reads_back(world: World, size: int):
    content = os.urandom(size)
    world.put(content)
    assert world.get() == content


def test_an_opened_file_tells_its_size_type_and_hash(world: World):
    world.put(b"hello", "notes/hello.txt")
    opened = open_file(world.caller(), world.vault, RUN, "notes/hello.txt")
    opened.chunks.close()
    info = opened.info
    assert (info.name, info.size, info.content_type) == ("hello.txt", 5, "text/plain")
    assert info.sha256.hex().startswith("2cf24dba5fb0a30e26e83b2ac5b9e29e")


def test_a_second_upload_replaces_the_first_and_its_blob(world: World):
    first = world.put(b"one")
    world.put(b"two")
    assert world.get() == b"two"
    assert not world.blob_file(first).exists()
    assert count(world) == (1, 1, 1)


def test_a_replacement_undone_leaves_the_first(world: World):
    world.put(b"one")
    caller = world.caller()
    upload = Upload(RUN, "model/weights.bin", io.BytesIO(b"two"), 3)
    store_file(caller, world.vault, world.authorizer(caller), upload)
    world.session.rollback()
    assert world.get() == b"one"
    assert len(world.blob_files()) == 1


def test_a_reader_of_a_replaced_file_reads_it_to_its_end(world: World):
    content = os.urandom(5 * SEGMENT)
    world.put(content)
    opened = open_file(world.caller(), world.vault, RUN, "model/weights.bin")
    world.put(b"new")
    assert b"".join(opened.chunks) == content


@pytest.mark.parametrize("length", [9, 11])
def test_another_number_of_bytes_than_announced_is_refused(world: World, length: int):
    with pytest.raises(IncompleteUploadError):
        store(world, io.BytesIO(b"0123456789"), length)
    world.session.rollback()
    assert count(world) == (0, 0, 0)
    assert world.blob_files() == []


def test_a_client_that_goes_away_leaves_nothing(world: World):
    with pytest.raises(IncompleteUploadError):
        store(world, BrokenStream(bytes(SEGMENT * 3)), SEGMENT * 4)
    assert count(world) == (0, 0, 0)
    assert world.blob_files() == []


def test_a_file_without_announced_length_is_refused(world: World):
    with pytest.raises(LengthRequiredError):
        store(world, io.BytesIO(b"x"), None)


def test_a_file_over_the_limit_is_refused_before_it_is_read(world: World, tmp_path):
    world.vault = Vault(LocalBlobStore(tmp_path / "blobs"), world.vault.key_ring, max_bytes=10)
    stream = io.BytesIO(bytes(11))
    with pytest.raises(TooLargeError):
        store(world, stream, 11)
    assert stream.tell() == 0


def test_no_transaction_is_open_while_bytes_stream_in(world: World):
    seen = []

    class Watching:
        left = b"x"

        def read(self, _size: int) -> bytes:
            seen.append(world.session.in_transaction)
            piece, self.left = self.left, b""
            return piece

    store(world, Watching(), 1)
    assert seen
    assert not any(seen)


def test_an_upload_is_one_decision_in_the_ledger(world: World):
    caller = world.caller()
    upload = Upload(RUN, "a", io.BytesIO(b"x"), 1)
    store_file(caller, world.vault, world.authorizer(caller), upload)
    assert [entry.operation for entry in caller.ledger.entries] == ["artifact.write"]


def test_a_right_lost_during_the_upload_refuses_it(world: World):
    caller = world.caller()
    answers = iter([world.experiment])

    def authorize():
        try:
            return next(answers)
        except StopIteration:
            raise PermissionDeniedError("gone") from None

    with pytest.raises(PermissionDeniedError):
        store_file(caller, world.vault, authorize, Upload(RUN, "a", io.BytesIO(b"x"), 1))
    world.session.rollback()
    assert world.blob_files() == []


@pytest.mark.parametrize("path", ["model", "model/weights.bin/deeper", "model/weights.bin/a/b"])
def test_a_file_cannot_be_where_a_folder_is_or_the_reverse(world: World, path: str):
    world.put(b"x", "model/weights.bin")
    with pytest.raises(ConflictError):
        store(world, io.BytesIO(b"y"), 1, path)


def test_a_bad_path_is_refused_before_anything(world: World):
    stream = io.BytesIO(b"x")
    with pytest.raises(InvalidParameterError) as refusal:
        store(world, stream, 1, "../etc/passwd")
    assert refusal.value.field == "path"
    assert stream.tell() == 0


def test_an_absent_file_is_not_found(world: World):
    with pytest.raises(NotFoundError):
        world.get("nothing")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(start=st.integers(-250_000, 250_000), end=st.none() | st.integers(0, 250_000))
def test_a_range_equals_the_slice(world: World, start: int, end: int | None):
    content = b"".join(index.to_bytes(4, "big") for index in range(50_000))
    if "slices" not in {path.name for path in world.folder.iterdir()}:
        (world.folder / "slices").touch()
        world.put(content)
    # A negative start is a suffix, which has no end of its own.
    wanted = content[start:] if start < 0 else content[start:end]
    if wanted:
        assert world.get(byte_range=(start, end)) == wanted
    else:
        with pytest.raises(RangeNotSatisfiableError) as refusal:
            world.get(byte_range=(start, end))
        assert refusal.value.size == len(content)


def test_a_range_reads_only_its_segments(world: World):
    blob_id = world.put(bytes(10 * SEGMENT))
    stored = bytearray(world.blob_file(blob_id).read_bytes())
    stored[5 * SEGMENT + 100] ^= 1
    world.blob_file(blob_id).write_bytes(stored)
    assert world.get(byte_range=(0, SEGMENT)) == bytes(SEGMENT)


def test_an_opened_file_can_be_given_up(world: World):
    world.put(bytes(10 * SEGMENT))
    opened = open_file(world.caller(), world.vault, RUN, "model/weights.bin")
    next(opened.chunks)
    opened.chunks.close()
