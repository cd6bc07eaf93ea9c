"""Orphans: what a dead upload or a lost deletion leaves is collected, and nothing else."""

import io
import os
import signal
import subprocess
import sys
import textwrap

from sqlalchemy import delete, func, select, update

from app.artifacts import Upload, collect_orphans, store_file
from app.artifacts.tables import artifact_files, blobs
from app.keys import scope_of
from tests.artifacts.world import RUN, World

NOW_OR_OLDER = -60


def age(world: World) -> None:
    for path in world.blob_files():
        os.utime(path, (1, 1))
    world.session.execute(update(blobs).values(created_at=1))


def test_a_file_that_is_named_stays(world: World):
    world.put(b"kept")
    age(world)
    assert collect_orphans(world.database, world.vault, 60) == 0
    assert world.get() == b"kept"


def test_bytes_without_a_row_are_collected_when_they_are_old(world: World):
    seal = world.vault.seal(world.session, scope_of(world.experiment))
    world.vault.receive(seal, io.BytesIO(b"lost"), 4)
    assert collect_orphans(world.database, world.vault, 60) == 0
    age(world)
    assert collect_orphans(world.database, world.vault, 60) == 1
    assert world.blob_files() == []


def test_a_blob_that_lost_its_file_is_collected_with_its_row(world: World):
    world.put(b"lost")
    world.session.execute(delete(artifact_files))
    age(world)
    assert collect_orphans(world.database, world.vault, 60) == 1
    assert world.blob_files() == []
    assert world.session.execute(select(func.count()).select_from(blobs)).scalar() == 0


def test_an_upload_in_progress_is_left_alone_at_any_age(world: World):
    class Collecting:
        left: tuple[bytes, ...] = (b"whole", b"")

        def read(self, _size: int) -> bytes:
            collect_orphans(world.database, world.vault, NOW_OR_OLDER)
            piece, *rest = self.left
            self.left = tuple(rest)
            return piece

    caller = world.caller()
    store_file(caller, world.vault, world.authorizer(caller), Upload(RUN, "a", Collecting(), 5))
    world.session.commit()
    assert world.get("a") == b"whole"


KILLED_UPLOAD = """
    import os, signal, sys
    from pathlib import Path
    from app.db import Database
    from tests.artifacts.world import make_vault

    class Dying:
        pieces = [os.urandom(1 << 18)] * 3

        def read(self, _size):
            if not self.pieces:
                os.kill(os.getpid(), signal.SIGKILL)
            return self.pieces.pop()

    vault = make_vault(Path(sys.argv[1]))
    with Database(sys.argv[2]).session() as session:
        vault.receive(vault.seal(session, sys.argv[3]), Dying(), 1 << 30)
"""


def test_what_a_killed_process_was_writing_is_never_visible_and_collected(world: World):
    url = world.database.url.render_as_string(hide_password=False)
    program = [sys.executable, "-c", textwrap.dedent(KILLED_UPLOAD)]
    ended = subprocess.run([*program, world.folder, url, scope_of(world.experiment)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert [path.parent.name for path in world.blob_files()] == ["unfinished"]
    assert list(world.vault.blobs.blobs_older_than(NOW_OR_OLDER)) == []
    assert collect_orphans(world.database, world.vault, NOW_OR_OLDER) == 1
    assert world.blob_files() == []
