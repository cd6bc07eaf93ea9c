"""Where ciphertext is kept: a ``BlobStore`` by random ids, and the one in a local folder."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from app.errors import UnavailableError

_BLOB_ID = re.compile(r"[0-9a-f]{32}")
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
# So many bytes are left to the system before the disk is told to begin with them.
_WRITTEN_BACK_AT = 8 * 1024 * 1024


class BlobMissingError(LookupError):
    """No blob has this id."""


class BlobWriter(Protocol):
    """A blob being written; nobody sees it before ``commit``, and ``abort`` leaves nothing."""

    def write(self, piece: memoryview) -> int:
        """Append bytes and return how many were taken."""
        ...

    def commit(self) -> None:
        """Make the blob durable under its id."""
        ...

    def abort(self) -> None:
        """Throw away what was written; after ``commit`` there is nothing to throw away."""
        ...


class BlobStore(Protocol):
    """Keeps immutable blobs by ids of 32 hex digits.

    Every method raises UnavailableError when the place does not answer or is full.
    """

    def create(self, blob_id: str) -> BlobWriter:
        """Begin a blob."""
        ...

    def open(self, blob_id: str) -> BinaryIO:
        """Open a blob to read and seek; raises BlobMissingError."""
        ...

    def delete(self, blob_id: str) -> None:
        """Remove a blob; twice is no error."""
        ...

    def blobs_older_than(self, seconds: float) -> Iterator[str]:
        """Yield the ids of blobs that were last written more than so many seconds ago."""
        ...

    def remove_abandoned(self, seconds: float) -> int:
        """Remove what was begun, is written to by nobody and is older; return how many."""
        ...

    def check(self) -> None:
        """Return if blobs can be written, for the readiness probe."""
        ...


class LocalBlobStore:
    """Blobs as files ``ab/cd/<id>`` below a folder that only its owner may enter."""

    def __init__(self, root: Path) -> None:
        """Make the folder if it is not there."""
        self._root = root
        self._unfinished = root / "unfinished"
        with _store_errors():
            root.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            self._unfinished.mkdir(mode=_FOLDER_MODE, exist_ok=True)

    def create(self, blob_id: str) -> BlobWriter:
        """See ``BlobStore``."""
        unfinished = self._unfinished / f"{blob_id}.{secrets.token_hex(8)}"
        return _LocalBlobWriter(unfinished, self._path(blob_id))

    def open(self, blob_id: str) -> BinaryIO:
        """See ``BlobStore``."""
        with _store_errors():
            try:
                descriptor = os.open(self._path(blob_id), _OPEN)
            except FileNotFoundError as error:
                raise BlobMissingError(blob_id) from error
            return os.fdopen(descriptor, "rb", buffering=0)

    def delete(self, blob_id: str) -> None:
        """See ``BlobStore``."""
        with _store_errors():
            self._path(blob_id).unlink(missing_ok=True)

    def blobs_older_than(self, seconds: float) -> Iterator[str]:
        """See ``BlobStore``."""
        latest = time.time() - seconds
        with _store_errors():
            for path in self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
                if _BLOB_ID.fullmatch(path.name) and _is_older(path, latest):
                    yield path.name

    def remove_abandoned(self, seconds: float) -> int:
        """See ``BlobStore``."""
        latest = time.time() - seconds
        with _store_errors():
            return sum(
                _is_older(path, latest) and _remove_unless_locked(path)
                for path in self._unfinished.iterdir()
            )

    def check(self) -> None:
        """See ``BlobStore``."""
        probe = self.create(secrets.token_hex(16))
        probe.write(memoryview(b"probe"))
        probe.abort()

    def _path(self, blob_id: str) -> Path:
        if not _BLOB_ID.fullmatch(blob_id):
            raise BlobMissingError(blob_id)
        return self._root / blob_id[:2] / blob_id[2:4] / blob_id


class _LocalBlobWriter:
    """Writes beside the blobs, under a lock that tells an upload in progress from a dead one."""

    def __init__(self, unfinished: Path, target: Path) -> None:
        self._unfinished = unfinished
        self._target = target
        self._held_back = 0
        with _store_errors():
            self._file = os.fdopen(os.open(unfinished, _CREATE, _FILE_MODE), "wb", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def write(self, piece: memoryview) -> int:
        """See ``BlobWriter``."""
        with _store_errors():
            written = self._file.write(piece) or 0
            self._held_back += written
            if self._held_back >= _WRITTEN_BACK_AT:
                self._begin_writing_back()
        return written

    def commit(self) -> None:
        """See ``BlobWriter``."""
        with _store_errors():
            os.fsync(self._file.fileno())
            _make_folders(self._target.parent)
            self._unfinished.rename(self._target)
            _sync_folder(self._target.parent)
            self._file.close()

    def abort(self) -> None:
        """See ``BlobWriter``."""
        with suppress(OSError):
            self._unfinished.unlink(missing_ok=True)
        self._file.close()

    def _begin_writing_back(self) -> None:
        """Have the disk write while the rest is still on its way, so that ``commit`` waits less.

        Linux begins to write what it is told to forget, and forgets nothing that is not written.
        """
        if sys.platform == "linux":
            begun = self._file.tell() - self._held_back
            descriptor = self._file.fileno()
            os.posix_fadvise(descriptor, begun, self._held_back, os.POSIX_FADV_DONTNEED)
        self._held_back = 0


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UnavailableError(f"The store of artifacts does not work: {why}") from error


def _make_folders(folder: Path) -> None:
    """Make the two levels of folders above a blob, durably.

    One that is there is synced too: whoever made it may not have come to that yet.
    """
    for level in (folder.parent, folder):
        level.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        _sync_folder(level.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_older(path: Path, latest: float) -> bool:
    try:
        return path.lstat().st_mtime <= latest
    except FileNotFoundError:
        return False


def _remove_unless_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, _OPEN)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
