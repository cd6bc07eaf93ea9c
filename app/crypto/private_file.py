"""Small secret files that several processes share: locked, replaced whole, readable by one user."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from app.crypto.errors import KeyFormatError, KeyUnavailableError

_MAX_SIZE = 64 * 2**20
# A mounted secret may be readable by a group (as Kubernetes does it); nobody else gets near.
_FORBIDDEN_MODE = 0o027


class FileStamp(NamedTuple):
    """What differs between any two contents that `replace_file` ever put at one path."""

    mtime_ns: int
    inode: int
    size: int


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Keep other processes and threads from replacing `path` meanwhile; makes its folder.

    The lock is on a file beside it, since replacing changes the inode that a lock would be on. It
    dies with its process. Raises KeyUnavailableError for whatever the file system refuses, in the
    block too.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock_path = path.with_name(path.name + ".lock")
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        raise KeyUnavailableError(f"{path} cannot be written.") from error


def ensure_file(path: Path, make_content: Callable[[], bytes]) -> None:
    """Make the file if there is none; one that is there may be on a read-only mount."""
    if path.exists():
        return
    with lock_file(path):
        if not path.exists():
            replace_file(path, make_content())


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path`, wholly or not at all, also if killed; call it under `lock_file`."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        _outdate(path, file.fileno())
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def read_file(path: Path) -> tuple[bytes, FileStamp]:
    """Return the content and its stamp.

    Raises KeyUnavailableError if the file cannot be read, KeyFormatError if others may read it or
    it is larger than any of ours.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            _refuse_loose(path, status)
            return file.read(), _stamp(status)
    except OSError as error:
        raise _unreadable(path) from error


def stamp_file(path: Path) -> FileStamp:
    """Return the stamp of what is at `path` now; raises KeyUnavailableError if nothing is."""
    try:
        return _stamp(path.stat())
    except OSError as error:
        raise _unreadable(path) from error


def _outdate(path: Path, descriptor: int) -> None:
    """Make a new file younger than the one it replaces.

    Clocks tick slower than files can be replaced, and a freed inode may come back.
    """
    if not path.exists():
        return
    previous = path.stat().st_mtime_ns
    if os.fstat(descriptor).st_mtime_ns <= previous:
        os.utime(descriptor, ns=(previous + 1, previous + 1))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_loose(path: Path, status: os.stat_result) -> None:
    if status.st_mode & _FORBIDDEN_MODE:
        raise KeyFormatError(f"{path} must not be open to other users: chmod 600 it.")
    if status.st_size > _MAX_SIZE:
        raise KeyFormatError(f"{path} is larger than any key file of ours.")


def _stamp(status: os.stat_result) -> FileStamp:
    return FileStamp(status.st_mtime_ns, status.st_ino, status.st_size)


def _unreadable(path: Path) -> KeyUnavailableError:
    return KeyUnavailableError(f"{path} cannot be read.")
