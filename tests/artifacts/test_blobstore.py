"""The local blob store: whole or absent, and nothing but ids for names."""

import os
import secrets
from pathlib import Path

import pytest

from app.artifacts import LocalBlobStore
from app.artifacts.blobstore import BlobMissingError
from app.errors import UnavailableError


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


def write(store: LocalBlobStore, content: bytes = b"ciphertext") -> str:
    blob_id = secrets.token_hex(16)
    writer = store.create(blob_id)
    writer.write(memoryview(content))
    writer.commit()
    return blob_id


def read(store: LocalBlobStore, blob_id: str) -> bytes:
    with store.open(blob_id) as file:
        return file.read()


def test_a_committed_blob_reads_back(store: LocalBlobStore):
    assert read(store, write(store)) == b"ciphertext"


def test_a_blob_reads_back_of_which_the_disk_was_told_early(store: LocalBlobStore):
    content = os.urandom(9 * 1024 * 1024)
    assert read(store, write(store, content)) == content


def test_a_blob_is_absent_until_it_is_committed(store: LocalBlobStore):
    blob_id = secrets.token_hex(16)
    writer = store.create(blob_id)
    writer.write(memoryview(b"half"))
    with pytest.raises(BlobMissingError):
        store.open(blob_id)
    writer.abort()


def test_an_aborted_blob_leaves_no_file(store: LocalBlobStore, tmp_path: Path):
    writer = store.create(secrets.token_hex(16))
    writer.write(memoryview(b"half"))
    writer.abort()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_error(store: LocalBlobStore):
    blob_id = write(store)
    store.delete(blob_id)
    store.delete(blob_id)
    with pytest.raises(BlobMissingError):
        store.open(blob_id)


@pytest.mark.parametrize("blob_id", ["../../etc/passwd", "", "AB" * 16, "a" * 31, "a" * 33])
def test_nothing_but_an_id_reaches_the_file_system(store: LocalBlobStore, blob_id: str):
    for use in (store.open, store.create, store.delete):
        with pytest.raises(BlobMissingError):
            use(blob_id)


def test_a_store_that_cannot_write_says_so(store: LocalBlobStore, tmp_path: Path):
    (tmp_path / "blobs" / "unfinished").rmdir()
    with pytest.raises(UnavailableError):
        store.check()
    with pytest.raises(UnavailableError):
        write(store)


def test_a_commit_that_fails_leaves_nothing(store: LocalBlobStore, tmp_path: Path):
    blob_id = secrets.token_hex(16)
    (tmp_path / "blobs" / blob_id[:2]).write_text("a file where a folder should be")
    writer = store.create(blob_id)
    with pytest.raises(UnavailableError):
        writer.commit()
    writer.abort()
    assert list((tmp_path / "blobs" / "unfinished").iterdir()) == []


def test_a_healthy_store_leaves_nothing_of_its_check(store: LocalBlobStore, tmp_path: Path):
    store.check()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_only_blobs_are_listed_and_only_old_ones(store: LocalBlobStore, tmp_path: Path):
    old, new = write(store), write(store)
    path = tmp_path / "blobs" / old[:2] / old[2:4] / old
    os.utime(path, (1, 1))
    path.with_name("stray").touch()
    assert list(store.blobs_older_than(60)) == [old]
    assert set(store.blobs_older_than(-60)) == {old, new}


def test_what_a_writer_holds_is_not_abandoned_however_old(store: LocalBlobStore):
    writer = store.create(secrets.token_hex(16))
    assert store.remove_abandoned(-60) == 0
    writer.write(memoryview(b"x"))
    writer.commit()


def test_what_nobody_holds_is_removed_once_it_is_old(store: LocalBlobStore, tmp_path: Path):
    left = tmp_path / "blobs" / "unfinished" / "left"
    left.touch()
    assert store.remove_abandoned(60) == 0
    assert store.remove_abandoned(-60) == 1
    assert not left.exists()
