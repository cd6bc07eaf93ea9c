"""Secret files on disk: whole or absent, and never mistaken for an older content."""

import itertools
import os
import stat
from pathlib import Path, PosixPath

import pytest
from typing_extensions import override

from app.crypto.errors import KeyFormatError, KeyUnavailableError
from app.crypto.private_file import ensure_file, lock_file, read_file, replace_file, stamp_file


def test_every_replacement_has_a_younger_stamp(tmp_path):
    path = tmp_path / "secret"
    stamps = []
    for _ in range(200):
        replace_file(path, b"same size")
        stamps.append(stamp_file(path).mtime_ns)
    assert all(one < other for one, other in itertools.pairwise(stamps))


def test_a_file_dated_in_the_future_is_outdated_too(tmp_path):
    path = tmp_path / "secret"
    replace_file(path, b"old")
    os.utime(path, ns=(2**62, 2**62))
    replace_file(path, b"new")
    assert stamp_file(path).mtime_ns == 2**62 + 1


def test_what_a_killed_writer_left_is_no_obstacle(tmp_path):
    path = tmp_path / "secret"
    left = tmp_path / "secret.tmp"
    left.write_bytes(b"half")
    left.chmod(0o644)
    replace_file(path, b"whole")
    content, stamp = read_file(path)
    assert content == b"whole"
    assert stamp == stamp_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not left.exists()


def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    (tmp_path / "secret.tmp").symlink_to(victim)
    replace_file(tmp_path / "secret", b"secret")
    assert victim.read_bytes() == b"untouched"


def test_a_file_that_is_not_there_is_unavailable(tmp_path):
    for look in (read_file, stamp_file):
        with pytest.raises(KeyUnavailableError):
            look(tmp_path / "secret")


def test_a_folder_is_unavailable(tmp_path):
    with pytest.raises(KeyUnavailableError):
        read_file(tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "secret"
    with path.open("wb") as file:
        file.truncate(2**40)
    path.chmod(0o600)
    with pytest.raises(KeyFormatError):
        read_file(path)


def test_a_secret_mounted_for_a_group_is_read(tmp_path):
    path = tmp_path / "secret"
    replace_file(path, b"mounted")
    path.chmod(0o440)
    assert read_file(path)[0] == b"mounted"


def test_a_lock_is_free_again_after_an_error(tmp_path):
    path = tmp_path / "folder" / "secret"
    with pytest.raises(KeyUnavailableError), lock_file(path):
        read_file(path)
    with lock_file(path):
        replace_file(path, b"secret")


def test_a_file_that_is_there_is_neither_made_anew_nor_locked(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"mounted")
    ensure_file(path, lambda: b"new")
    assert path.read_bytes() == b"mounted"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_a_rival_makes_meanwhile_is_kept(tmp_path):
    path = PathThatARivalMakes(tmp_path / "secret")
    ensure_file(path, lambda: b"ours")
    assert path.read_bytes() == b"the rival's"


def test_a_folder_that_cannot_be_is_unavailable(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KeyUnavailableError):
        ensure_file(tmp_path / "file" / "secret", lambda: b"new")


class PathThatARivalMakes(PosixPath):
    """Makes the file right after we looked and found none."""

    @override
    def exists(self):
        was_there = super().exists()
        if not was_there:
            replace_file(Path(self), b"the rival's")
        return was_there
