"""Uploads, copies and deletions at once: whatever is listed can be read."""

import io
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.artifacts import Upload, copy_files, delete_files, list_files, open_file, store_file
from app.artifacts.tables import artifact_files, blobs
from app.db import Session
from app.errors import ConflictError, NotFoundError
from app.identity import Caller
from app.keys.tables import envelopes
from tests import factories
from tests.artifacts.world import RUN, World
from tests.together import meanwhile

CONTAINERS = [f"version:x/{number}" for number in range(3)]
PATHS = ["a", "b"]


def act(world: World, session: Session, chance: random.Random) -> None:
    caller = factories.caller_for(session, world.alice)
    match chance.choice(["store", "store", "copy", "delete", "delete copy"]):
        case "store":
            content = chance.randbytes(50)
            upload = Upload(RUN, chance.choice(PATHS), io.BytesIO(content), len(content))
            authorize = world.authorizer(caller)
            store_file(caller, world.vault, authorize, upload)
        case "copy":
            session.begin()
            copy_files(caller, world.vault, RUN, chance.choice(CONTAINERS), world.model)
        case "delete":
            session.begin()
            delete_files(caller, world.vault, RUN, chance.choice(PATHS))
        case _:
            session.begin()
            delete_files(caller, world.vault, chance.choice(CONTAINERS))


def work(world: World, seed: int) -> int:
    chance, done = random.Random(seed), 0
    with world.database.session() as session:
        for _ in range(25):
            try:
                act(world, session, chance)
                session.commit()
                done += 1
            except (NotFoundError, ConflictError):
                session.rollback()
    return done


def test_whatever_is_listed_after_a_race_can_be_read_and_nothing_else_is_left(world: World):
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda seed: work(world, seed), range(4)))
    caller = world.caller()
    for container in [RUN, *CONTAINERS]:
        for info in list_files(caller, container).items:
            opened = open_file(caller, world.vault, container, info.path)
            assert len(b"".join(opened.chunks)) == 50
    named = set(world.session.execute(select(artifact_files.c.blob_id)).scalars())
    assert {path.name for path in world.blob_files()} >= named
    assert set(world.session.execute(select(blobs.c.id)).scalars()) >= named
    pairs = select(artifact_files.c.blob_id, artifact_files.c.catalog_id)
    held = select(envelopes.c.blob_id, envelopes.c.catalog_id)
    assert set(world.session.execute(held).all()) >= set(world.session.execute(pairs).all())


def store(world: World, caller: Caller, path: str) -> None:
    upload = Upload(RUN, path, io.BytesIO(b"bytes"), 5)
    store_file(caller, world.vault, world.authorizer(caller), upload)


DEEP = "a/" * 40


@pytest.mark.parametrize(
    "first, second",
    [
        ("a", "a/b"),
        ("a/b", "a"),
        ("model/data", "model/data/x/y"),
        (f"{DEEP}b", f"{DEEP}b/c"),
        (f"{DEEP}b/c", f"{DEEP}b"),
        (f"{DEEP}b", "a/a/a"),
    ],
)
def test_a_file_and_a_folder_of_one_name_are_not_both_made_at_the_same_moment(
    world: World, first: str, second: str
):
    store(world, world.caller(), first)
    with (
        meanwhile(
            world.database, world.session, world.alice, lambda caller: store(world, caller, second)
        ) as other,
        pytest.raises(ConflictError),
    ):
        other.result()
    assert world.get(first) == b"bytes"


def test_files_of_one_folder_do_not_wait_for_each_other(world: World):
    if world.session.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    store(world, world.caller(), "a/b/first")
    with world.database.session() as session:
        store(world, factories.caller_for(session, world.alice), "a/b/second")
        session.commit()
    world.session.commit()
    assert len(list_files(world.caller(), RUN, "a/b").items) == 2
