"""Rotation re-wraps DEKs and rewrites nothing; killed anywhere, it goes on where it was."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from sqlalchemy import func, select, update

from app.access import METASTORE
from app.artifacts import Upload, store_file
from app.errors import IntegrityError, NotFoundError
from app.keys import (
    bind_key,
    count_outdated,
    create_key,
    disable_key,
    enable_key,
    get_key,
    rewrap_outdated,
    rotate_key,
)
from app.keys.tables import envelopes
from app.securables import FullName
from tests.artifacts.world import RUN, World

DEFAULT = FullName.of("metastore")
FILES = 12


@pytest.fixture
def full(world: World) -> World:
    for number in range(FILES):
        world.put(f"content {number}".encode(), f"f{number}")
    return world


def rotate(world: World) -> None:
    rotate_key(world.caller(world.root), world.vault.key_ring, DEFAULT)
    world.session.commit()


def rewrap(world: World, **options) -> int:
    return rewrap_outdated(world.database, world.vault.key_ring, **options)


def assert_readable(world: World) -> None:
    for number in range(FILES):
        assert world.get(f"f{number}") == f"content {number}".encode()


def versions(world: World) -> dict[int, int]:
    rows = world.session.execute(
        select(envelopes.c.kek_version, func.count().label("files")).group_by(
            envelopes.c.kek_version
        )
    )
    return {row.kek_version: row.files for row in rows}


def test_a_rotation_leaves_old_envelopes_readable_and_counts_them(full: World):
    rotate(full)
    found = get_key(full.caller(full.root), DEFAULT)
    assert (found.current_version, found.outdated) == (2, FILES)
    assert [each.version for each in found.versions] == [1, 2]
    assert_readable(full)


def test_a_rewrap_moves_every_envelope_and_no_byte(full: World):
    stored = {path: path.read_bytes() for path in full.blob_files()}
    rotate(full)
    assert rewrap(full) == FILES
    assert versions(full) == {2: FILES}
    assert {path: path.read_bytes() for path in full.blob_files()} == stored
    assert_readable(full)
    assert rewrap(full) == 0


def test_what_is_stored_after_a_rotation_is_under_the_newest_version(full: World):
    rotate(full)
    full.put(b"new", "new")
    assert versions(full) == {1: FILES, 2: 1}


def test_a_file_received_before_a_rotation_is_admitted_under_the_newest_version(world: World):
    class Rotating:
        pieces: tuple[bytes, ...] = (b"x", b"")

        def read(self, _size: int) -> bytes:
            rotate(world)
            piece, *rest = self.pieces
            self.pieces = (*rest, b"")
            return piece

    from_upload(world, Rotating())
    assert list(versions(world)) == [get_key(world.caller(world.root), DEFAULT).current_version]
    assert world.get("rotated") == b"x"


def test_a_file_received_before_a_change_of_key_is_admitted_under_the_new_one(world: World):
    create_key(world.caller(world.root), world.vault.key_ring, "other")
    world.session.commit()

    class Rebinding:
        pieces: tuple[bytes, ...] = (b"x", b"")

        def read(self, _size: int) -> bytes:
            bind_key(world.caller(world.root), world.ml.full_name, FullName.of("other"))
            world.session.commit()
            piece, *rest = self.pieces
            self.pieces = (*rest, b"")
            return piece

    from_upload(world, Rebinding())
    assert get_key(world.caller(world.root), FullName.of("other")).files == 1
    assert world.get("rotated") == b"x"


def test_progress_is_told_after_each_batch(full: World):
    rotate(full)
    told: list[tuple[int, int]] = []
    rewrap(full, progress=lambda done, total: told.append((done, total)), batch=5)
    assert told == [(5, FILES), (10, FILES), (FILES, FILES)]


def test_an_interrupted_rewrap_goes_on_where_it_was(full: World):
    rotate(full)

    def interrupt(done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rewrap(full, progress=interrupt, batch=5)
    assert versions(full) == {1: FILES - 5, 2: 5}
    assert_readable(full)
    assert rewrap(full) == FILES - 5
    assert_readable(full)


KILLED_REWRAP = """
    import os, signal, sys
    from pathlib import Path
    from app.db import Database
    from app.keys import KeyRing, rewrap_outdated
    from tests.artifacts.world import make_key_ring

    ring = make_key_ring(Path(sys.argv[1]))
    calls = 0
    original = ring.provider.rewrap

    def dying(*arguments):
        global calls
        calls += 1
        if calls > int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments)

    ring.provider.rewrap = dying
    rewrap_outdated(Database(sys.argv[2]), ring, batch=5)
"""


@pytest.mark.parametrize("calls", [0, 7])
def test_a_killed_rewrap_goes_on_where_it_was(full: World, calls: int):
    rotate(full)
    url = full.database.url.render_as_string(hide_password=False)
    program = [
        sys.executable,
        "-c",
        textwrap.dedent(KILLED_REWRAP),
        str(full.folder),
        url,
        str(calls),
    ]
    assert subprocess.run(program, check=False).returncode == -signal.SIGKILL
    assert versions(full).get(2, 0) == calls // 5 * 5
    assert_readable(full)
    assert rewrap(full) == FILES - calls // 5 * 5
    assert_readable(full)


def test_a_rotation_undone_here_is_caught_up_by_the_next(full: World):
    rotate_key(full.caller(full.root), full.vault.key_ring, DEFAULT)
    full.session.rollback()
    full.put(b"between", "between")
    rotate(full)
    found = get_key(full.caller(full.root), DEFAULT)
    assert found.current_version == 3
    assert [each.version for each in found.versions] == [1, 2, 3]
    assert rewrap(full) == FILES + 1
    assert_readable(full)


def test_a_rewrap_moves_a_catalog_to_the_key_that_it_was_bound_to(full: World):
    create_key(full.caller(full.root), full.vault.key_ring, "ml-key")
    bind_key(full.caller(full.root), full.ml.full_name, FullName.of("ml-key"))
    full.session.commit()
    assert count_outdated(full.session) == FILES
    assert rewrap(full) == FILES
    assert get_key(full.caller(full.root), FullName.of("ml-key")).files == FILES
    disable_key(full.caller(full.root), DEFAULT)
    full.session.commit()
    assert_readable(full)


def test_a_rewrap_follows_another_key_of_the_metastore(full: World):
    create_key(full.caller(full.root), full.vault.key_ring, "next")
    bind_key(full.caller(full.root), METASTORE, FullName.of("next"))
    full.session.commit()
    assert rewrap(full) == FILES
    assert get_key(full.caller(full.root), DEFAULT).files == 0
    assert_readable(full)


def test_what_is_under_a_disabled_key_waits_until_it_is_enabled(full: World):
    rotate(full)
    disable_key(full.caller(full.root), DEFAULT)
    full.session.commit()
    assert rewrap(full) == 0
    enable_key(full.caller(full.root), DEFAULT)
    full.session.commit()
    assert rewrap(full) == FILES


def test_an_envelope_that_does_not_verify_is_told_and_stops_no_other(full: World):
    rotate(full)
    victim = full.session.execute(select(envelopes.c.blob_id).limit(1)).scalar_one()
    full.session.execute(
        update(envelopes)
        .where(envelopes.c.blob_id == victim)
        .values(wrapped_dek=b"\1" + os.urandom(60))
    )
    with pytest.raises(IntegrityError, match="1 wrapped keys"):
        rewrap(full, batch=5)
    assert versions(full) == {1: 1, 2: FILES - 1}


def test_a_stranger_rotates_no_key(world: World):
    with pytest.raises(NotFoundError):
        rotate_key(world.caller(world.charlie), world.vault.key_ring, DEFAULT)


def from_upload(world: World, stream) -> None:
    caller = world.caller()
    store_file(caller, world.vault, world.authorizer(caller), Upload(RUN, "rotated", stream, 1))
    world.session.commit()
