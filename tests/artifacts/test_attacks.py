"""What somebody with the folder or the database in hand can do: nothing but break."""

import os
import random
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from app.artifacts import Upload, open_file, store_file
from app.artifacts.tables import artifact_files, blobs
from app.errors import IntegrityError, KeyDisabledError, UnavailableError
from app.keys import bind_key, create_key, disable_key, enable_key
from app.keys.tables import envelopes, keys
from app.securables import FullName
from tests.artifacts.world import RUN, SEGMENT, World

MARKER = b"PLAINTEXT-MARKER-6f1d"
CONTENT = os.urandom(4 * SEGMENT + 1000)


def change(blob: bytes, how: str) -> bytes:
    middle = 2 * SEGMENT
    return {
        "cut to nothing": b"",
        "cut by a byte": blob[:-1],
        "cut at a segment": blob[:middle],
        "grown by a byte": blob + b"\0",
        "segments exchanged": (
            blob[:SEGMENT] + blob[middle : 3 * SEGMENT] + blob[SEGMENT:middle] + blob[3 * SEGMENT :]
        ),
        "a segment repeated": blob[:middle] + blob[SEGMENT:middle] + blob[3 * SEGMENT :],
        "salt changed": blob[:5] + bytes([blob[5] ^ 1]) + blob[6:],
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        "cut to nothing",
        "cut by a byte",
        "cut at a segment",
        "grown by a byte",
        "segments exchanged",
        "a segment repeated",
        "salt changed",
    ],
)
def test_a_blob_is_refused_that_was(world: World, how: str):
    path = world.blob_file(world.put(CONTENT))
    path.write_bytes(change(path.read_bytes(), how))
    with pytest.raises(IntegrityError):
        world.get()


def test_no_flipped_bit_of_a_blob_goes_unnoticed(world: World):
    path = world.blob_file(world.put(CONTENT[:2000]))
    stored = path.read_bytes()
    for position in random.Random(4).sample(range(len(stored) * 8), 200):
        flipped = bytearray(stored)
        flipped[position // 8] ^= 1 << position % 8
        path.write_bytes(flipped)
        with pytest.raises(IntegrityError):
            world.get()


def test_nothing_of_an_altered_segment_is_released(world: World):
    path = world.blob_file(world.put(CONTENT))
    stored = bytearray(path.read_bytes())
    stored[3 * SEGMENT + 10] ^= 1
    path.write_bytes(stored)
    released = b""
    with pytest.raises(IntegrityError):  # noqa: PT012 (what came before the error is the point)
        for piece in open_file(world.caller(), world.vault, RUN, "model/weights.bin").chunks:
            released += piece
    assert CONTENT.startswith(released)
    assert len(released) <= 3 * SEGMENT


def test_two_blobs_exchanged_on_disk_are_refused(world: World):
    one, two = (world.blob_file(world.put(CONTENT, name)) for name in ("one", "two"))
    ours, theirs = one.read_bytes(), two.read_bytes()
    one.write_bytes(theirs)
    two.write_bytes(ours)
    for name in ("one", "two"):
        with pytest.raises(IntegrityError):
            world.get(name)


def exchange(world: World, columns: list[str]) -> None:
    """Exchange columns of the envelopes of two files."""
    rows = world.session.execute(select(envelopes)).mappings().all()
    for row, other in zip(rows, reversed(rows), strict=True):
        world.session.execute(
            update(envelopes)
            .where(envelopes.c.blob_id == row["blob_id"])
            .values({column: other[column] for column in columns})
        )


@pytest.mark.parametrize(
    "columns",
    [
        ["wrapped_dek"],
        ["salt"],
        ["commitment"],
        ["wrapped_dek", "salt", "commitment"],
    ],
    ids=" ".join,
)
def test_columns_exchanged_between_envelopes_are_refused(world: World, columns: list[str]):
    world.put(CONTENT, "one")
    world.put(CONTENT, "two")
    exchange(world, columns)
    for name in ("one", "two"):
        with pytest.raises(IntegrityError):
            world.get(name)


def test_an_envelope_whose_blob_is_another_is_refused(world: World):
    kept = world.put(b"kept", "one")
    other = world.put(b"else", "two")
    row = dict(
        world.session.execute(select(envelopes).where(envelopes.c.blob_id == kept)).mappings().one()
    )
    world.session.execute(
        update(envelopes)
        .where(envelopes.c.blob_id == other)
        .values({name: row[name] for name in ("wrapped_dek", "salt", "commitment")})
    )
    world.blob_file(other).write_bytes(world.blob_file(kept).read_bytes())
    with pytest.raises(IntegrityError):
        world.get("two")


Tamper = Callable[[World, str], object]


def set_column(table, column: str, value: object) -> Tamper:
    key_column = table.c.get("blob_id", table.c.get("id"))
    return lambda world, blob_id: world.session.execute(
        update(table).where(key_column == blob_id).values({column: value})
    )


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(set_column(blobs, "size", 10), id="size"),
        pytest.param(set_column(blobs, "size", len(CONTENT) + 1), id="grown size"),
        pytest.param(set_column(envelopes, "kek_version", 0), id="version 0"),
        pytest.param(set_column(envelopes, "format_version", 2), id="format"),
        pytest.param(set_column(envelopes, "wrapped_dek", b""), id="no wrapped key"),
        pytest.param(set_column(envelopes, "salt", bytes(31)), id="short salt"),
    ],
)
def test_a_row_is_refused_with_another(world: World, tamper: Tamper):
    tamper(world, world.put(CONTENT))
    with pytest.raises(IntegrityError):
        world.get()


def test_an_unknown_version_of_the_key_is_refused(world: World):
    set_column(envelopes, "kek_version", 7)(world, world.put(CONTENT))
    with pytest.raises(UnavailableError):
        world.get()


def test_the_key_of_another_catalog_does_not_open_a_file(world: World):
    world.put(CONTENT)
    other = create_key(world.caller(world.root), world.vault.key_ring, "other")
    world.session.commit()
    world.session.execute(update(envelopes).values(key_id=other.id))
    with pytest.raises(IntegrityError):
        world.get()


def test_a_file_pointed_at_the_blob_of_another_reads_that_one_or_nothing(world: World):
    world.put(b"mine", "one")
    two = world.put(b"theirs", "two")
    world.session.execute(
        update(artifact_files).where(artifact_files.c.name == "one").values(blob_id=two)
    )
    assert world.get("one") == b"theirs"  # the row is who names it; its blob cannot be disguised
    world.session.execute(update(blobs).where(blobs.c.id == two).values(size=4))
    with pytest.raises(IntegrityError):
        world.get("one")


def test_a_missing_blob_is_an_integrity_error_and_no_absent_file(world: World):
    world.blob_file(world.put(CONTENT)).unlink()
    with pytest.raises(IntegrityError):
        world.get()


def test_a_link_in_place_of_a_blob_is_not_followed(world: World):
    path = world.blob_file(world.put(CONTENT))
    moved = path.with_name("elsewhere")
    path.rename(moved)
    path.symlink_to(moved)
    with pytest.raises(UnavailableError):
        world.get()


@pytest.mark.parametrize("state", ["disabled", "pending_deletion", "destroyed"])
def test_nothing_is_read_or_written_under_a_key_that_is(world: World, state: str):
    world.put(CONTENT)
    world.session.execute(update(keys).values(state=state))
    with pytest.raises(KeyDisabledError):
        world.get()
    with pytest.raises(KeyDisabledError):
        world.put(b"more", "more")


def test_a_disabled_key_is_refused_by_another_process_and_an_enabled_one_serves(world: World):
    world.put(CONTENT)
    name = FullName.of("metastore")
    with world.database.session() as elsewhere:
        other = world.caller(world.root)
        object.__setattr__(other, "session", elsewhere)
        disable_key(other, name)
        elsewhere.commit()
        with pytest.raises(KeyDisabledError):
            world.get()
        enable_key(other, name)
        elsewhere.commit()
    assert world.get() == CONTENT


def test_a_key_disabled_while_bytes_stream_in_refuses_the_upload(world: World):
    class Disabling:
        def __init__(self) -> None:
            self.left = [b"x", b""]

        def read(self, _size: int) -> bytes:
            disable_key(world.caller(world.root), FullName.of("metastore"))
            world.session.commit()
            return self.left.pop(0)

    caller = world.caller()
    upload = Upload(RUN, "a", Disabling(), 1)
    with pytest.raises(KeyDisabledError):
        store_file(caller, world.vault, world.authorizer(caller), upload)
    world.session.rollback()
    assert world.blob_files() == []


def test_no_plaintext_is_anywhere_in_the_home(world: World):
    world.put(MARKER * 5000)
    world.put(MARKER, "small")
    bind_root = world.caller(world.root)
    create_key(bind_root, world.vault.key_ring, "second")
    bind_key(bind_root, world.ml.full_name, FullName.of("second"))
    world.session.commit()
    found = [path for path in world.folder.rglob("*") if path.is_file()]
    assert len(found) > 3
    assert [path for path in found if MARKER in path.read_bytes()] == []


def test_files_of_the_store_are_for_their_owner_alone(world: World):
    world.put(CONTENT)
    modes = {path.stat().st_mode & 0o077 for path in (world.folder / "blobs").rglob("*")}
    assert modes == {0}
    assert (world.folder / "blobs").stat().st_mode & 0o077 == 0
